"""Set the scale: a length that a person knows, and all metres follow without painting again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import gradio as gr

from vb_demo.answers import Calibration, DepthMap, RelativeDepthMap
from vb_demo.calibration import from_camera_height, from_distances, from_size, likely_ground
from vb_demo.errors import InputError
from vb_demo.scene import Scene
from vb_demo.ui.controls import AT_ONCE, INSIDE, fold, in_words, shown_if
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.session import Part, Session, with_scale

FACES_UP = "the largest surface that faces up"


def add(page: Page) -> None:
    with fold("Set the scale", "scale-panel"):
        kind = gr.Radio(list(KNOWN), value="Distance to a pin", label="What do you know?", elem_id="scale-kind")
        ground = gr.Dropdown([FACES_UP], value=FACES_UP, label="Ground", visible="hidden", elem_id="scale-ground")
        meters = gr.Number(label="Metres", step=0.01, value=None, elem_id="scale-meters")
        with gr.Row():
            apply = gr.Button("Set", variant="primary", size="md", min_width=90, elem_id="scale-set")
            undo = gr.Button("As painted", size="md", min_width=90, elem_id="scale-undo")
        shown = gr.HTML(card(Session(), "Distance to a pin"), elem_id="scale")
    view = page.shows(Part.ANSWERS | Part.PINS | Part.CAMERA, [shown], card, [kind])
    page.redraw(kind.input, view)
    named = page.shows(Part.PHOTO | Part.ANSWERS, [ground], grounds, [kind], about=lambda session: (_names(session),))
    page.redraw(kind.input, named)
    told = partial(gr.on, [apply.click, meters.submit])
    calibrated = page.changing(told, in_words(set_scale), [kind, meters, ground], show_progress="hidden", **INSIDE)
    page.changed(calibrated, Part.CAMERA)
    undone = page.changing(undo.click, lambda session: with_scale(session, None), **AT_ONCE)
    page.changed(undone, Part.CAMERA)


def set_scale(session: Session, kind: str, meters: float | None, ground: str = FACES_UP) -> Session:
    """The session at the scale at which what is known becomes so long. Raises InputError where that cannot be.

    Args:
        ground: for the camera's height, the name of what it is above, or `FACES_UP`.
    """
    if session.scene is None:
        raise InputError("There is no photo yet.")
    if meters is None:
        raise InputError("Type the length in metres first.")
    return with_scale(session, KNOWN[kind](session, session.scene, meters, ground))


def _by_distance(session: Session, scene: Scene, meters: float, _ground: str) -> Calibration:
    """By all distances known so far, and that of the pin in question."""
    pin = _pins(session, 1)[-1]
    known = {**known_distances(scene), pin: meters}
    return from_distances(scene, [(x, y, distance) for (x, y), distance in known.items()])


def _by_size(session: Session, scene: Scene, meters: float, _ground: str) -> Calibration:
    p, q = _pins(session, 2)
    return from_size(scene, p, q, meters)


def _by_height(session: Session, scene: Scene, meters: float, ground: str) -> Calibration:
    return from_camera_height(scene, meters, [ground] if ground in _names(session) else [])


KNOWN: dict[str, Callable[[Session, Scene, float, str], Calibration]] = {
    "Distance to a pin": _by_distance,
    "Length between two pins": _by_size,
    "Camera above the ground": _by_height,
}


def grounds(session: Session, kind: str) -> gr.Dropdown:
    """What the camera may be above: the legend's names, a floor or road before others."""
    names = _names(session)
    return gr.Dropdown(
        [FACES_UP, *names],
        value=likely_ground(names) or FACES_UP,
        visible=shown_if(bool(names) and kind == "Camera above the ground"),
    )


def _names(session: Session) -> tuple[str, ...]:
    segments = session.scene.segments if session.scene else None
    return tuple(segments.legend.names[1:]) if segments else ()


def _pins(session: Session, count: int) -> list[tuple[int, int]]:
    found = [session.pins[index] for index in session.pair]
    if len(found) < count:
        raise InputError(f"Click {count} place{'s' * (count > 1)} in a picture first; there {_are(len(found))}.")
    return found


def _are(count: int) -> str:
    return "is 1 pin" if count == 1 else "are no pins"


def known_distances(scene: Scene) -> dict[tuple[float, float], float]:
    """Pixel (x, y) → metres from the camera, of the distances that set the scale; empty where others did."""
    calibration = scene.depth.calibration if isinstance(scene.depth, DepthMap) else None
    if calibration is None or calibration.fact != "distances":
        return {}
    return dict(zip(calibration.points, calibration.known_m, strict=True))


def card(session: Session, kind: str) -> str:
    """Whose metres these are, and what a press of Set would do."""
    scene = session.scene
    if scene is None or scene.depth is None:
        return hint("This needs the depth answer; ask for depth first.")
    if isinstance(scene.depth, RelativeDepthMap):
        now = "This depth is relative: it has no metres until you set the scale."
    elif scene.depth.calibration is None:
        metres = scene.depth.stretched or "as painted"
        now = f"Metres are {metres}. A tape knows better: a straight line, in metres."
    else:
        now = scene.depth.calibration.describe()
    return f'<p class="vb-camera">{escape(now)}<br>{escape(_next(session, kind))}</p>{_list(scene)}'


def _next(session: Session, kind: str) -> str:
    numbers = [index + 1 for index in session.pair]
    if kind == "Camera above the ground":
        return (
            "Set measures down to the ground that is chosen here."
            if _names(session)
            else "Set takes the largest surface that faces up for the ground; segments would give it a name."
        )
    if kind == "Length between two pins":
        return "Set is about pins {} and {}.".format(*numbers) if len(numbers) == 2 else "Click both ends of it first."
    return f"Set is about pin {numbers[-1]}; further pins can be set after it." if numbers else "Click a place first."


def _list(scene: Scene) -> str:
    rows = "".join(
        f"<li>({x:.0f}, {y:.0f}): {meters:.2f} m, now reads {_reads(scene, x, y)}</li>"
        for (x, y), meters in known_distances(scene).items()
    )
    return f'<ul class="vb-known">{rows}</ul>' if rows else ""


def _reads(scene: Scene, x: float, y: float) -> str:
    meters = scene.reading(x, y).distance_m
    return "nothing" if meters is None else f"{meters:.2f} m"
