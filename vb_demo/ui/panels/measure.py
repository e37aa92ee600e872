"""Measure between the pins and inside the lines drawn: distance, path, height, area, angle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import gradio as gr
import numpy as np

from vb_demo.cloud import named_classes
from vb_demo.errors import InputError
from vb_demo.measure import angle_between, height_between, height_of, path_length, surface
from vb_demo.scene import Measurement, Scene
from vb_demo.ui.controls import AT_ONCE
from vb_demo.ui.marks import place_of, without_marks
from vb_demo.ui.page import Page
from vb_demo.ui.session import Part, Session
from vb_demo.views import meters_text

Line = tuple[tuple[int, int], tuple[int, int], str]
"""From, to, and what to write beside it."""


@dataclass(frozen=True)
class Result:
    """What was measured, in words."""

    headline: str
    small: str = ""
    lines: tuple[Line, ...] = ()
    """To draw on the pictures."""


@dataclass(frozen=True)
class Mode:
    """A way to measure."""

    how: str
    """What to do, for as long as there is nothing to measure."""
    measure: Callable[[Session, Scene], Iterable[Result]]
    draws: str = "pin"
    """What a click makes: "pin", or "outline"."""


def bar() -> tuple[gr.Radio, gr.Button]:
    """The modes, and a button that clears everything; to stand over the pictures."""
    with gr.Row():
        mode = gr.Radio(
            list(MODES),
            value="Distance",
            label="Measure",
            show_label=False,
            container=False,
            min_width=320,
            elem_id="mode",
            elem_classes="vb-bar",
        )
        clear = gr.Button("Clear marks", size="sm", scale=0, min_width=110, elem_id="clear-marks")
    return mode, clear


def add(page: Page, mode: gr.Radio, clear: gr.Button) -> None:
    measured = gr.HTML(card(Session(), "Distance"), elem_id="measure")
    view = page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, measured, card, [mode])
    page.redraw(mode.input, view)
    page.changed(page.changing(clear.click, without_marks, **AT_ONCE), Part.PINS)


def card(session: Session, mode: str) -> str:
    """What was measured. `data-draws` tells pointer.js what a click makes, the rest tells pins.js what to draw."""
    chosen = MODES[mode]
    scene = session.scene
    results: list[Result] = []
    if scene is not None:
        try:
            results.extend(chosen.measure(session, scene))
        except InputError as error:
            results.append(Result(str(error)))
    rows = "".join(
        f'<p class="vb-measured"><strong>{escape(result.headline)}</strong> <small>{escape(result.small)}</small></p>'
        for result in results
    )
    lines = [line for result in results for line in result.lines]
    return (
        f'<div class="vb-measure" data-draws="{chosen.draws}" data-lines="{_drawn(scene, lines)}" '
        f'data-outlines="{_drawn_outlines(session, chosen)}">{rows or _how(chosen)}</div>'
    )


def _how(mode: Mode) -> str:
    return f'<p class="vb-hint">{escape(mode.how)}</p>'


def _drawn(scene: Scene | None, lines: Sequence[Line]) -> str:
    if scene is None:
        return "[]"
    return escape(json.dumps([(place_of(scene.photo, p), place_of(scene.photo, q), text) for p, q, text in lines]))


def _drawn_outlines(session: Session, mode: Mode) -> str:
    if session.scene is None or mode.draws != "outline":
        return "[]"
    photo = session.scene.photo
    shown = session.outlines[-1:] if mode is MODES["Area"] else session.outlines
    return escape(json.dumps([[place_of(photo, corner) for corner in line] for line in shown]))


# --- the modes ------------------------------------------------------------------------------------------------------


def distance(session: Session, scene: Scene) -> Iterable[Result]:
    """A straight line between the two pins that are looked at."""
    if len(session.pair) == 2:
        a, b = session.pair
        yield _between(session, scene.distance_between(session.pins[a], session.pins[b]), "apart")


def path(session: Session, scene: Scene) -> Iterable[Result]:
    """Along all pins."""
    if len(session.pins) < 2:
        return
    steps = [(p, q, meters_text(scene.distance_between(p, q).value)) for p, q in pairwise(session.pins)]
    total = path_length(scene, session.pins)
    small = f"through {len(session.pins)} pins; {_doubts(total)}"
    yield Result(f"{meters_text(total.value)} along the path", small, tuple(steps))


def height(session: Session, scene: Scene) -> Iterable[Result]:
    """Between the two pins, and of the object under the last one."""
    if len(session.pair) == 2:
        a, b = session.pair
        yield _between(session, height_between(scene, session.pins[a], session.pins[b]), "in height, camera held level")
    if session.pins:
        x, y = session.pins[session.pair[-1]]
        for answer in (scene.instances, scene.segments):
            if answer is not None and (label := int(answer.labels[y, x])):
                name = named_classes(answer)[label - 1][0]
                tall = height_of(scene, np.equal(answer.labels, label))
                yield Result(f"{name}: {meters_text(tall.value)} high", f"what is seen of it; {_doubts(tall)}")
                return


def area(session: Session, scene: Scene) -> Iterable[Result]:
    """The flat surface inside the last outline."""
    for outline in session.outlines[-1:]:
        found = surface(scene, outline)
        yield Result(f"{found.area.value:.2f} m²", _doubts(found.area))
        yield Result(
            f"{meters_text(found.length.value)} × {meters_text(found.width.value)}",
            "the smallest rectangle around it, on the surface",
        )
        yield Result(
            f"tilt {found.tilt.value:.0f}°",
            f"0° = floor, 90° = wall, 180° = ceiling; {found.up_source}. "
            f"{found.inlier_share:.0%} of the points lie on this plane, ± {100 * found.plane.rms:.0f} cm.",
        )


def angle(session: Session, scene: Scene) -> Iterable[Result]:
    """Between the flat surfaces inside the last two outlines."""
    if len(session.outlines) == 1:
        only = surface(scene, session.outlines[0])
        yield Result(f"tilt {only.tilt.value:.0f}°", "Now draw a line around the second surface.")
    if len(session.outlines) == 2:
        first, second = (surface(scene, outline) for outline in session.outlines)
        tilts = f"they are tilted by {first.tilt.value:.0f}° and {second.tilt.value:.0f}° (0° = floor, 90° = wall)"
        yield Result(f"{angle_between(first, second):.0f}° between A and B", f"{tilts}; {first.up_source}")


OUTLINE = "drag around it, or click its corners and then the first one again (keyboard: arrow keys, Enter)."
MODES = {
    "Distance": Mode("Click two places to measure between them.", distance),
    "Path": Mode("Click places one after the other to add up the way.", path),
    "Height": Mode("Click the top and the bottom of something, or one object of Segment or Instances.", height),
    "Area": Mode(f"Draw a line around a flat surface: {OUTLINE}", area, draws="outline"),
    "Angle": Mode(f"Draw a line around each of two flat surfaces: {OUTLINE}", angle, draws="outline"),
}


def _between(session: Session, measured: Measurement, what: str) -> Result:
    a, b = session.pair
    text = meters_text(measured.value)
    line = (session.pins[a], session.pins[b], text)
    return Result(f"{a + 1} ↔ {b + 1} {text} {what}", _doubts(measured), (line,))


def _doubts(measured: Measurement) -> str:
    """The range and where it comes from: what `Measurement.describe` puts into brackets."""
    return measured.describe().split(" (", 1)[1].removesuffix(")")
