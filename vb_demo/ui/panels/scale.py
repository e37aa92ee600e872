"""Set the scale: a length that a person knows, and all metres follow without painting again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import gradio as gr

from vb_demo.answers import Calibration, DepthMap, RelativeDepthMap
from vb_demo.calibration import from_camera_height, from_distances, from_size
from vb_demo.errors import InputError
from vb_demo.scene import Scene
from vb_demo.ui.controls import AT_ONCE, INSIDE, fold, in_words
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.session import Part, Session, with_scale


def add(page: Page) -> None:
    with fold("Set the scale", "scale-panel"):
        kind = gr.Radio(list(KNOWN), value="Distance to a pin", label="What do you know?", elem_id="scale-kind")
        meters = gr.Number(label="Metres", step=0.01, value=None, elem_id="scale-meters")
        with gr.Row():
            apply = gr.Button("Set", variant="primary", size="md", min_width=90, elem_id="scale-set")
            undo = gr.Button("As painted", size="md", min_width=90, elem_id="scale-undo")
        shown = gr.HTML(card(Session(), "Distance to a pin"), elem_id="scale")
    view = page.shows(Part.ANSWERS | Part.PINS | Part.CAMERA, [shown], card, [kind])
    page.redraw(kind.input, view)
    told = partial(gr.on, [apply.click, meters.submit])
    calibrated = page.changing(told, in_words(set_scale), [kind, meters], show_progress="hidden", **INSIDE)
    page.changed(calibrated, Part.CAMERA)
    undone = page.changing(undo.click, lambda session: with_scale(session, None), **AT_ONCE)
    page.changed(undone, Part.CAMERA)


def set_scale(session: Session, kind: str, meters: float | None) -> Session:
    """The session at the scale at which what is known becomes so long. Raises InputError where that cannot be."""
    if session.scene is None:
        raise InputError("There is no photo yet.")
    if meters is None:
        raise InputError("Type the length in metres first.")
    return with_scale(session, KNOWN[kind](session, session.scene, meters))


def _by_distance(session: Session, scene: Scene, meters: float) -> Calibration:
    """By all distances known so far, and that of the pin in question."""
    pin = _pins(session, 1)[-1]
    known = {**known_distances(scene), pin: meters}
    return from_distances(scene, [(x, y, distance) for (x, y), distance in known.items()])


def _by_size(session: Session, scene: Scene, meters: float) -> Calibration:
    p, q = _pins(session, 2)
    return from_size(scene, p, q, meters)


def _by_height(session: Session, scene: Scene, meters: float) -> Calibration:
    return from_camera_height(scene, meters)


KNOWN: dict[str, Callable[[Session, Scene, float], Calibration]] = {
    "Distance to a pin": _by_distance,
    "Length between two pins": _by_size,
    "Camera above the ground": _by_height,
}


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
    return f'<p class="vb-camera"><b>Scale:</b> {escape(now)}<br>{escape(_next(session, kind))}</p>{_list(scene)}'


def _next(session: Session, kind: str) -> str:
    numbers = [index + 1 for index in session.pair]
    if kind == "Camera above the ground":
        return "Set takes the largest surface that faces up for the ground."
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
