"""What the endpoints for programs are told and tell: JSON in, JSON with units in its names out. No Gradio in here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vb_demo.calibration import from_camera_height, from_distances, from_size
from vb_demo.errors import InputError
from vb_demo.explain import Explanation
from vb_demo.export import plain
from vb_demo.measure import Pixel, angle_between, height_between, path_length, surface
from vb_demo.scene import Measurement, Scene
from vb_demo.ui.panels.why import sentences
from vb_demo.ui.session import Session, on_working_grid, with_scale


def pixels(session: Session, places: Any) -> list[Pixel]:
    """Places [[x, y], …] of the photo as it was handed in, on the grid that it is worked on at. Raises InputError."""
    return [on_working_grid(session, *as_numbers(place, 2)) for place in as_list(places)]


def with_known(session: Session, known: Any) -> Session:
    """The session at the scale that known lengths set, see `machines.SHARED`. Raises InputError."""
    rows = as_list(known or [])
    if not rows or session.scene is None:
        return session
    match [len(as_list(row)) for row in rows]:
        case [1]:
            [height] = as_numbers(rows[0], 1)
            calibration = from_camera_height(session.scene, height)
        case [5]:
            *ends, apart = as_numbers(rows[0], 5)
            p, q = pixels(session, [ends[:2], ends[2:]])
            calibration = from_size(session.scene, p, q, apart)
        case _:
            told = [as_numbers(row, 3) for row in rows]
            distances = [(*on_working_grid(session, x, y), meters) for x, y, meters in told]
            calibration = from_distances(session.scene, distances)
    return with_scale(session, calibration)


def told(measured: Measurement) -> dict[str, Any]:
    """A measurement in numbers and in words."""
    return {"text": measured.describe(), **vars(measured)}


def told_why(why: Explanation) -> dict[str, Any]:
    """An explanation in numbers and in words; colours as hex."""
    colors = {"painted": why.painted.hex, "nearest": why.nearest.hex if why.nearest else None}
    return {"text": " ".join(sentences(why)), **plain(why), **colors}


# --- shapes ---------------------------------------------------------------------------------------------------------


def path(scene: Scene, lines: Sequence[Sequence[Pixel]]) -> dict[str, Any]:
    return {"path_m": told(path_length(scene, lines[0]))}


def height(scene: Scene, lines: Sequence[Sequence[Pixel]]) -> dict[str, Any]:
    if len(lines[0]) != 2:
        raise InputError(f"A height needs 2 places, the top and the bottom; received {len(lines[0])}.")
    return {"height_m": told(height_between(scene, *lines[0])), "up": "level camera"}


def area(scene: Scene, lines: Sequence[Sequence[Pixel]]) -> dict[str, Any]:
    found = surface(scene, lines[0])
    sides = {"length_m": told(found.length), "width_m": told(found.width), "tilt_degrees": told(found.tilt)}
    fit = {"inlier_share": found.inlier_share, "residual_m": found.plane.rms, "up": found.up_source}
    return {"area_m2": told(found.area), **sides, **fit}


def angle(scene: Scene, lines: Sequence[Sequence[Pixel]]) -> dict[str, Any]:
    if len(lines) != 2:
        raise InputError(f"An angle needs two lines of pixels, one around each surface; received {len(lines)}.")
    first, second = (surface(scene, line) for line in lines)
    tilts = [told(each.tilt) for each in (first, second)]
    return {"angle_degrees": angle_between(first, second), "tilt_degrees": tilts, "up": first.up_source}


SHAPES: dict[str, Callable[[Scene, Sequence[Sequence[Pixel]]], dict[str, Any]]] = {
    "path": path,
    "height": height,
    "area": area,
    "angle": angle,
}
"""Name → what is measured of lines of pixels (x, y): one line, for an angle two."""


# --- what is handed in ----------------------------------------------------------------------------------------------


def as_list(value: Any) -> list[Any]:
    """A list as it is. Raises InputError for anything else."""
    if not isinstance(value, list):
        raise InputError(f"A list in square brackets is needed, such as [[320, 240]]; received {value!r}.")
    return value


def as_numbers(value: Any, count: int) -> list[float]:
    """So many numbers. Raises InputError for anything else."""
    found = as_list(value)
    if len(found) != count or not all(isinstance(each, int | float) for each in found):
        raise InputError(f"{count} numbers in square brackets are needed; received {value!r}.")
    return found
