"""Why this number: from the painted colour at a pin to what was read from it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import gradio as gr

from vb_demo.explain import Explanation, explain
from vb_demo.geometry import facing
from vb_demo.ui.markup import swatch
from vb_demo.ui.page import Page
from vb_demo.ui.panels.readout import WINDOW
from vb_demo.ui.session import TITLES, Part, Session

CLEAN, DOUBTFUL = 8, 40
"""Colour distances, in levels of RGB, below which a colour counts as clean and from which it counts as far off."""


def add(page: Page) -> None:
    page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, gr.HTML(card(Session()), elem_id="why"), card)


def card(session: Session) -> str:
    """An explanation for each answer at the pin in question; empty without one."""
    if session.scene is None or not session.pins:
        return ""
    number = session.pair[-1]
    found = explain(session.scene, *session.pins[number])
    if not found:
        return ""
    parts = "".join(f"<section>{''.join(_section(each))}</section>" for each in found)
    return (
        f'<details class="vb-why" open><summary>Why these values? <span class="vb-pin">{number + 1}</span></summary>'
        f"<div>{parts}</div></details>"
    )


def _section(why: Explanation) -> Iterable[str]:
    yield f"<h4>{TITLES[why.answer]}</h4>"
    nearest = "" if why.nearest is None else f'<span aria-hidden="true">→</span> {swatch(why.nearest, "read as")}'
    yield f'<p class="vb-swatches">{swatch(why.painted, "painted")}{nearest}</p>'
    yield f"<p>{escape(' '.join(sentences(why)))}</p>"


def sentences(why: Explanation) -> Iterable[str]:
    """The explanation in words."""
    if why.votes > 1:
        yield f"The colour stands for {why.votes} paintings."
    yield f"{_off(why)} {_says(why)}"
    yield from _factors(why)
    if why.level is not None:
        yield f"One level of colour more or less is worth {_level(why)} here."
    if why.runner_up is not None and why.margin is not None:
        yield f"Second nearest is {why.runner_up}, {why.margin:.0f} levels farther away."
    yield f"Reliability {why.reliability:.0%}."
    if why.answer == "depth":
        yield f"All this is about one pixel; the pin has the {WINDOW}."


def _factors(why: Explanation) -> Iterable[str]:
    """How the number came to be another than the colour says."""
    if why.decoded is None:
        if why.uncalibrated is not None:
            yield f"As painted, before the scale was set, that is {why.uncalibrated:.2f}."
        return
    rescaled = why.value if why.uncalibrated is None else why.uncalibrated
    yield (
        f"It was painted for a field of view of {why.told_degrees:.0f}°; "
        f"the focal length of this camera is × {why.stretch:.3g}, which makes it {rescaled:.2f} m."
    )
    if why.uncalibrated is not None:
        yield f"The scale that was set makes it {why.value:.2f} m."


def _off(why: Explanation) -> str:
    if why.color_distance is None:
        return "No valid colour is near this one."
    if why.color_distance < 0.5:
        return "The painted colour is exactly a valid one."
    levels = round(why.color_distance)
    off = f"{levels} level{'s' * (levels != 1)} from the nearest valid one"
    if why.color_distance < CLEAN:
        return f"The painted colour is {off}: clean."
    return f"The painted colour is {off}: {'far off' if why.color_distance > DOUBTFUL else 'somewhat off'}."


def _says(why: Explanation) -> str:
    match why.value:
        case None:
            return "It says nothing."
        case float() if why.unit == "m":
            read = why.value if why.decoded is None else why.decoded
            return "It says sky." if read == float("inf") else f"It says {read:.2f} m along the camera's axis."
        case float():
            return f"It says a nearness of {why.value:.3f}; 1 is nearest."
        case str():
            return f"It says {why.value}."
        case direction:
            right, up, towards = direction
            vector = f"right {right:+.2f}, up {up:+.2f}, towards the camera {towards:+.2f}"
            return f"It says {vector}: {facing(direction)}."


def _level(why: Explanation) -> str:
    assert why.level is not None
    match why.unit:
        case "m":
            return f"{100 * why.level:.1f} cm" if why.level < 1 else f"{why.level:.1f} m"
        case "nearness":
            return f"{why.level:.3f} of nearness"
        case _:
            return f"{why.level:.1f}°"
