"""What is at the pins: a card each for the two that are looked at, a table of all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

import gradio as gr

from vb_demo.answers import DepthMap
from vb_demo.cloud import named_classes
from vb_demo.errors import InputError
from vb_demo.scene import Reading, Scene
from vb_demo.ui.marks import place_of, with_choice, without_pin
from vb_demo.ui.markup import hint, painted
from vb_demo.ui.page import Page
from vb_demo.ui.panels.pointer import Hand, index
from vb_demo.ui.session import MAX_PINS, TITLES, Part, Session
from vb_demo.views import meters_text

CAMERAS = {"EXIF": "from EXIF", "user": "from the slider", "assumed": "assumed"}
"""`Camera.source` → how the camera is known, for people."""
WINDOW = "median of 5 × 5 pixels"
"""How `Scene.reading` comes to a depth."""
COLUMNS = ("", "away", "depth", "right, up, ahead (m)", "direction", "name", "reliability", "note", "pixel", "")


def add(page: Page, hand: Hand) -> None:
    page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, gr.HTML(card(Session()), elem_id="readout"), card)
    hand.does("choose", lambda session, deed: with_choice(session, index(deed)))
    hand.does("unpin", lambda session, deed: without_pin(session, index(deed)))


def card(session: Session) -> str:
    """What is at the pins. `data-pins` tells pins.js where to draw them."""
    if session.scene is None or not session.pins:
        return '<div class="vb-readout" data-pins="[]"></div>'
    scene = session.scene
    places = json.dumps([place_of(scene.photo, pin) for pin in session.pins])
    full = hint(f"{MAX_PINS} pins are the most; remove one to set another.") if len(session.pins) >= MAX_PINS else ""
    cards = "".join(_reading(scene, number + 1, *session.pins[number]) for number in session.pair)
    return (
        f'<div class="vb-readout" data-pins="{escape(places)}" data-chosen="{escape(json.dumps(session.pair))}">'
        f"{full}{cards}{_table(session, scene)}</div>"
    )


def _table(session: Session, scene: Scene) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in COLUMNS)
    rows = "".join(
        f'<tr class="{"vb-chosen" if number in session.pair else ""}">{"".join(_cells(scene, number, *pin))}</tr>'
        for number, pin in enumerate(session.pins)
    )
    return f'<div class="vb-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(scene: Scene, number: int, x: int, y: int) -> Iterable[str]:
    reading = scene.reading(x, y)
    names = [name for name in (reading.thing, reading.label) if name]
    yield _button("choose", number, f"Look at pin {number + 1}", f'<span class="vb-pin">{number + 1}</span>')
    yield _cell(_away(reading), "vb-number")
    yield _cell(reading.depth_text or "–", "vb-number")
    yield _cell("–" if reading.xyz is None else "{:.2f}, {:.2f}, {:.2f}".format(*_right_up_ahead(reading)), "vb-number")
    yield _cell(reading.facing or "–")
    yield _cell(", ".join(names) or "–")
    yield _cell("–" if reading.reliability is None else f"{reading.reliability:.0%}", "vb-number")
    yield _cell(reading.note or "")
    yield _cell(f"({x}, {y})", "vb-number")
    yield _button("unpin", number, f"Remove pin {number + 1}", "×")


def _cell(text: str, kind: str = "") -> str:
    return f'<td class="{kind}">{escape(text)}</td>'


def _button(event: str, index: int, label: str, face: str) -> str:
    return (
        f'<td><button class="vb-button" data-send="{event}" data-index="{index}" aria-label="{label}" title="{label}">'
        f"{face}</button></td>"
    )


def _away(reading: Reading) -> str:
    if reading.distance_m is not None:
        return meters_text(reading.distance_m)
    return "–" if reading.nearness is None else f"nearness {reading.nearness:.2f}"


def _right_up_ahead(reading: Reading) -> tuple[float, float, float]:
    assert reading.xyz is not None
    right, down, ahead = (round(length, 2) + 0.0 for length in reading.xyz)  # + 0.0: no “-0.00”
    return right, 0.0 - down, ahead


def _reading(scene: Scene, number: int, x: int, y: int) -> str:
    reading = scene.reading(x, y)
    facts = "".join(
        f"<div><dt>{escape(term)}</dt><dd>{value}</dd></div>" for term, value in _terms(scene, reading) if value
    )
    headline, small = _headline(scene, reading)
    return (
        f'<section><h3><span class="vb-pin">{number}</span>{escape(headline)} <small>{escape(small)}</small></h3>'
        f"<dl>{facts}</dl></section>"
    )


def _headline(scene: Scene, reading: Reading) -> tuple[str, str]:
    """The distance and its range; without metres, what there is instead."""
    try:
        measured = scene.distance_at(reading.x, reading.y)
        return meters_text(measured.value), f"{measured.low:.2f} to {measured.high:.2f} m away"
    except InputError:
        if reading.note == "sky":
            return "sky", "too far to measure"
        if reading.nearness is not None:
            return f"nearness {reading.nearness:.2f}", f"relative, no metres; {WINDOW}"
        return reading.thing or reading.label or reading.facing or "no answer", ""


def _terms(scene: Scene, reading: Reading) -> Iterable[tuple[str, str]]:
    """Term and HTML value for everything that is known at a place."""
    yield "name", _name(scene, reading)
    yield "direction", escape(reading.facing or "")
    yield "depth", f"{escape(reading.depth_text)} <small>{WINDOW}</small>" if reading.depth_text else ""
    if reading.depth_m is not None:
        yield "scale", escape(_scale(scene))
    yield "pixel (x, y)", f"({reading.x}, {reading.y})"
    if reading.xyz is not None:
        right, up, ahead = _right_up_ahead(reading)
        yield "position", f"{_aside(right, 'right', 'left')}, {_aside(up, 'up', 'down')}, {ahead:.2f} m ahead"
        yield "camera", escape(_camera(scene))
    if reading.reliability is not None:
        yield (
            "reliability",
            f'<meter min="0" max="1" value="{reading.reliability:.2f}"></meter> {reading.reliability:.0%}',
        )
    yield "painted", " ".join(painted(color, TITLES[name]) for name, color in reading.painted.items())
    yield "note", escape(reading.note or "")


def _scale(scene: Scene) -> str:
    """Whether metres are as painted, and how far off those usually are; "" = nothing is to be said about them."""
    if not isinstance(scene.depth, DepthMap):
        return ""
    if scene.depth.calibration is not None:
        return scene.depth.stretched
    doubt = f"off by {scene.scale_doubt:.0%} on average" if scene.scale_doubt else "nobody measured how far off"
    return f"{scene.depth.stretched or 'as painted'}, {doubt}"


def _camera(scene: Scene) -> str:
    """What the position and the distance depend on: "assumed, 53° across the photo"."""
    camera = scene.photo.camera
    return f"{CAMERAS.get(camera.source, camera.source)}, {camera.hfov:.0f}° across the photo"


def _name(scene: Scene, reading: Reading) -> str:
    names = [name for name in (reading.thing, reading.label) if name]
    known = [*(named_classes(answer) for answer in (scene.instances, scene.segments) if answer is not None)]
    colors = {name: color for classes in known for name, color in classes}
    return ", ".join(
        f'<span class="vb-swatch"><i style="background:{colors[name].hex}"></i>{escape(name)}</span>'
        if name in colors
        else escape(name)
        for name in names
    )


def _aside(meters: float, positive: str, negative: str) -> str:
    return f"{abs(meters):.2f} m {positive if meters >= 0 else negative}"
