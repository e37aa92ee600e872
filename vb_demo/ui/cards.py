"""Values as small pieces of HTML. Whatever a person typed is escaped here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from vb_demo.answers import Answer
from vb_demo.cloud import named_classes
from vb_demo.codecs import depth, normals, to_uint8
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.generators import Dialect
from vb_demo.prompts import Legend, PromptError, parse_instances, parse_prompt
from vb_demo.scene import ObjectFacts, Reading, Scene
from vb_demo.tasks import TASKS
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.handlers import TITLES, Session, understood
from vb_demo.views import meters_text

DIRECTIONS = {"left": (-1, 0, 0), "right": (1, 0, 0), "up": (0, 1, 0), "down": (0, -1, 0), "towards you": (0, 0, 1)}
RELIABLE = 0.5
"""Pixels at least this reliable are counted as read cleanly."""

HEADER = (
    '<div class="vb-header"><div><h1>vb_demo</h1>'
    "<p>Ask about a photo in words. A generator <b>paints</b> the answer; "
    "the colours decode to metres, directions and names that you can click on.</p></div></div>"
)
CREDITS = (
    '<p class="vb-credits">Example photos: '
    + ", ".join(f"{escape(e.title)} by {escape(e.credit)}" for e in EXAMPLES)
    + ".</p>"
)


def hint(text: str) -> str:
    """A quiet line of plain text."""
    return f'<p class="vb-hint">{escape(text)}</p>'


# --- colour plan ----------------------------------------------------------------------------------------------------


def plan(words: str, dialect: Dialect) -> str:
    """What the colours of the painting will mean, or which words cannot be read."""
    if not words.strip():
        return _plan(hint("Name a task, or give things colours: “the cat is orange”."))
    try:
        task = understood(words, dialect)
        if task == "segment":
            return _plan(legend_swatches(parse_prompt(words)))
    except PromptError as error:
        start, end = error.span
        marked = f"{escape(words[:start])}<mark>{escape(words[start:end])}</mark>{escape(words[end:])}"
        return _plan(f'<p class="vb-warning">{escape(str(error))}</p><p class="vb-quote">{marked}</p>')
    except InputError as error:
        return _plan(f'<p class="vb-warning">{escape(str(error))}</p>')
    if task == "instances":
        return _plan(_instance_swatches(words))
    encoding = dialect.get(task, TASKS[task].wording).encoding
    return _plan(_normal_swatches(encoding) if task == "normals" else _depth_ramp(encoding))


def _plan(inner: str) -> str:
    return f'<div class="vb-plan">{inner}</div>'


def swatch(color: Color, name: str, note: str = "") -> str:
    """A colour with what it stands for, its hex code, and a remark."""
    remark = f" <small>{escape(note)}</small>" if note else ""
    return (
        f'<span class="vb-swatch"><i style="background:{color.hex}"></i>'
        f"<b>{escape(name)}</b> <code>{color.hex}</code>{remark}</span>"
    )


def _painted(color: Color, title: str = "") -> str:
    return (
        f'<span class="vb-swatch" title="{title}"><i style="background:{color.hex}"></i><code>{color.hex}</code></span>'
    )


def legend_swatches(legend: Legend) -> str:
    """All entries of a legend, its background, and what the parser warns of."""
    chips = [swatch(entry.color, entry.name, entry.color.name) for entry in legend.entries]
    chips.append(swatch(legend.background_color, "background", "" if legend.background else "not said"))
    warnings = "".join(f'<p class="vb-warning">{escape(warning)}</p>' for warning in legend.warnings)
    return f'<div class="vb-swatches">{"".join(chips)}</div>{warnings}'


def _instance_swatches(words: str) -> str:
    asked = parse_instances(words)
    if asked is None:
        return ""
    chip = swatch(asked.background, "background") if asked.background else ""
    return (
        f'<div class="vb-swatches"><span class="vb-swatch"><i class="vb-many"></i><b>{escape(asked.of)}</b> '
        f"<small>each in a colour of its own</small></span>{chip}</div>"
    )


def _normal_swatches(axes: str) -> str:
    colors = to_uint8(normals.encode(np.array([list(DIRECTIONS.values())], np.float32), axes))[0]
    chips = [swatch(Color(*color), f"faces {name}") for name, color in zip(DIRECTIONS, colors.tolist(), strict=True)]
    return f'<div class="vb-swatches">{"".join(chips)}</div>'


def _depth_ramp(encoding: str) -> str:
    if encoding != "cube-walk":
        return _ramp([(255, 255, 255), (0, 0, 0)], ["near", "far"], "relative depth, no metres")
    metres = depth.decode(np.array([depth.CUBE], np.uint8)).values[0]
    names = ["∞" if np.isinf(m) else f"{m:.2g}" for m in metres]
    return _ramp(depth.CUBE, names, "metres from the camera plane")


def _ramp(corners: Iterable[Sequence[int]], names: Sequence[str], unit: str) -> str:
    stops = ",".join("#{:02x}{:02x}{:02x}".format(*corner) for corner in corners)
    ticks = "".join(f"<span>{escape(name)}</span>" for name in names)
    return (
        f'<div class="vb-ramp"><div style="background:linear-gradient(90deg,{stops})"></div>'
        f"<p>{ticks}</p><small>{escape(unit)}</small></div>"
    )


# --- status and camera ----------------------------------------------------------------------------------------------


def status(session: Session) -> str:
    """Who painted what is on screen, how long it took, and how cleanly it could be read."""
    if session.scene is None:
        return '<p class="vb-status">Add a photo or take an example, choose a task, press <b>Run</b>.</p>'
    photo = session.scene.photo
    answer = session.answer
    if answer is None:
        return f'<p class="vb-status"><b>{escape(photo.name)}</b> is ready. Choose a task and press <b>Run</b>.</p>'
    return f'<p class="vb-status">{" · ".join(_facts(session.shown, answer))}</p>'


def _facts(name: str, answer: Answer) -> Iterable[str]:
    origin = answer.provenance
    yield f"<b>{TITLES[name]}</b> painted by {escape(origin.generator)}"
    if origin.seconds is not None:
        yield f"{origin.seconds:.1f} s"
    if origin.steps is not None:
        yield f"{origin.steps} step{'s' * (origin.steps != 1)}"
    if origin.seed is not None:
        yield f"seed {origin.seed}"
    yield f"{answer.painting.shape[1]} × {answer.painting.shape[0]} px"
    yield f"{np.mean(answer.reliability >= RELIABLE):.0%} of the pixels read cleanly"
    if origin.prompt:
        yield f'<span title="{escape(origin.prompt)}">“{escape(_short(origin.prompt))}”</span>'


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def camera(session: Session) -> str:
    """The camera that metres depend on, and how it is known."""
    if session.scene is None:
        return '<p class="vb-camera">The camera shows once there is a photo.</p>'
    photo = session.scene.photo
    lines = [f"<b>Camera:</b> {escape(photo.camera.describe())}."]
    if photo.camera.source == "assumed":
        lines.append("The photo does not say; move the slider if you know better.")
    if session.original_size != photo.size:
        across, down = session.original_size
        lines.append(f"Worked on at {photo.width} × {photo.height} px, the photo has {across} × {down}.")
    return f'<p class="vb-camera">{"<br>".join(lines)}</p>'


# --- objects --------------------------------------------------------------------------------------------------------


OBJECT_COLUMNS = (
    "name",
    "colour",
    "share of photo",
    "nearest (m)",
    "median (m)",
    "width (m)",
    "height (m)",
    "direction",
)


def objects(session: Session) -> str:
    """A table with one row an object. Distances are from the camera; “–” = not known."""
    found = session.scene.objects() if session.scene else []
    if not found:
        return hint(
            "Objects come from Segment and Instances, their metres from Depth and their directions from Normals."
        )
    head = "".join(f"<th>{escape(column)}</th>" for column in OBJECT_COLUMNS)
    rows = "".join(f"<tr>{''.join(_object_cells(thing))}</tr>" for thing in found)
    return f'<div class="vb-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _object_cells(thing: ObjectFacts) -> Iterable[str]:
    yield f"<td><b>{escape(thing.name)}</b></td>"
    yield f"<td>{_painted(thing.color)}</td>"
    yield f'<td class="vb-number">{thing.area_share:.1%}</td>'
    for meters in (thing.nearest_m, thing.median_m, thing.width_m, thing.height_m):
        yield f'<td class="vb-number">{"–" if meters is None else f"{meters:.2f}"}</td>'
    yield f"<td>{escape(thing.facing or '–')}</td>"


# --- readout --------------------------------------------------------------------------------------------------------


def readout(session: Session) -> str:
    """What is at the pins, and how far they are apart. `data-pins` tells the page where to draw them."""
    if session.scene is None or not session.pins:
        how = hint("Click either picture to read a place; click a second one to measure between them.")
        return f'<div class="vb-readout" data-pins="[]">{how}</div>'
    scene = session.scene
    places = [[(x + 0.5) / scene.photo.width, (y + 0.5) / scene.photo.height] for x, y in session.pins]
    between, length = _between(scene, session.pins)
    cards = "".join(_reading(scene, number, *pin) for number, pin in enumerate(session.pins, start=1))
    return (
        f'<div class="vb-readout" data-pins="{escape(json.dumps(places))}" data-length="{escape(length)}">'
        f"{cards}{between}</div>"
    )


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
            return f"nearness {reading.nearness:.2f}", "relative, no metres"
        return reading.thing or reading.label or reading.facing or "no answer", ""


def _terms(scene: Scene, reading: Reading) -> Iterable[tuple[str, str]]:
    """Term and HTML value for everything that is known at a place."""
    yield "name", _name(scene, reading)
    yield "direction", escape(reading.facing or "")
    yield "depth", "" if reading.depth_m is None else meters_text(reading.depth_m)
    yield "pixel (x, y)", f"({reading.x}, {reading.y})"
    if reading.xyz is not None:
        right, down, forward = reading.xyz
        yield "position", f"{_aside(right, 'right', 'left')}, {_aside(-down, 'up', 'down')}, {forward:.2f} m ahead"
    if reading.reliability is not None:
        yield (
            "reliability",
            f'<meter min="0" max="1" value="{reading.reliability:.2f}"></meter> {reading.reliability:.0%}',
        )
    yield "painted", " ".join(_painted(color, TITLES[name]) for name, color in reading.painted.items())
    yield "note", escape(reading.note or "")


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


def _between(scene: Scene, pins: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """The line about two pins, and the length to write beside the line drawn between them."""
    if len(pins) < 2:
        return "", ""
    try:
        measured = scene.distance_between(*pins)
    except InputError as error:
        return f'<p class="vb-between"><b>1 ↔ 2</b> {escape(str(error))}</p>', ""
    length = meters_text(measured.value)
    return (
        f'<p class="vb-between"><b>1 ↔ 2</b> <strong>{length}</strong> apart '
        f"<small>{measured.low:.2f} to {measured.high:.2f} m, camera {escape(measured.camera_source)}</small></p>",
        length,
    )
