"""Set the scale: lengths that a person knows turn a painted depth into one that can be trusted further.

All take what a tape would measure, straight lines in metres, and start from the depth as painted, whatever scale was
set before. `scene.calibrated(…)` then applies the result. What a tape measured does not depend on the camera, but the
scale that follows from it does, as it depends on the painting: `with_camera` and `with_depth` fit it anew.

Metric depth gets one factor. Relative depth is affine in inverse depth, 1/z = scale · nearness + shift: two distances
settle both numbers. With one length only, the shift is taken to be 0: what is painted as farthest is infinitely far.
Linear depth is affine in depth, z = scale · (1 − nearness) + shift, and settled in the same way; with one length only,
what is painted as nearest is at the camera.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Calibration, DepthMap, RelativeDepthMap
from vb_demo.errors import InputError
from vb_demo.geometry import UP, Camera, normals_from_depth, point_at
from vb_demo.measure import Pixel, known_pixels, robust_plane
from vb_demo.scene import Scene

LEVEL = np.cos(np.radians(45))
"""A surface that leans less than this from facing up can be ground to a camera that is held about level."""
GROUNDS = frozenset(
    ("floor", "ground", "road", "street", "pavement", "sidewalk", "path", "grass", "lawn", "carpet", "tiles")
)
"""The last words of names that are likely ground."""
GROUND_PIXELS = 100_000
"""The directions of about so many pixels at most are derived to find the ground, evenly chosen: a camera is dragged."""
SHORTEST, LONGEST = 0.001, 100_000
"""Metres that a person may give: a photo shows nothing smaller, nor where anything farther away is."""
OUTLIER = 0.05
"""Relative misfit of a known distance from which, with three or more, it counts less and less."""


def from_distances(scene: Scene, known: Sequence[tuple[float, float, float]]) -> Calibration:
    """The scale at which the depth fits known distances from the camera.

    Metric depth: the median of the ratios. Relative and linear depth: scale and shift with the least relative misfits;
    from three distances on, misfits beyond `OUTLIER` count less (soft L1).

    Args:
        known: (x, y, metres in a straight line from the camera), one or more.

    Raises:
        InputError: no depth at a pixel, a distance out of range, or distances that the painting contradicts.
    """
    if not known:
        raise InputError("No distance is given; click a place whose distance you know.")
    raw = scene.uncalibrated()
    pixels = [(float(x), float(y)) for x, y, _ in known]
    straight = np.array([_length(meters) for *_, meters in known])
    slant = np.array([_slant(raw, pixel) for pixel in pixels])
    painted = np.array([_painted(raw, pixel) for pixel in pixels])
    depth = straight / slant
    count = len(known)
    known_m = tuple(straight.tolist())
    facts: dict[str, Any] = {"fact": "distances", "points": tuple(pixels), "known_m": known_m}
    facts |= {"source": "1 known distance" if count == 1 else f"{count} known distances"}
    facts |= {"hfov_degrees": raw.photo.camera.hfov}
    if isinstance(raw.depth, DepthMap):
        calibration = Calibration(float(np.median(depth / painted)), kind="metric", **facts)
        fitted = calibration.scale * painted
    elif raw.depth is not None and raw.depth.linear:
        scale, shift = _fit_affine(1 - painted, 1 / depth, "as near as can be; choose a farther one")
        calibration = Calibration(scale, shift, kind="linear", **facts)
        fitted = scale * (1 - painted) + shift
    else:
        scale, shift = _fit_affine(painted, depth, "as infinitely far; choose a nearer one")
        calibration = Calibration(scale, shift, **facts)
        with np.errstate(divide="ignore"):
            fitted = 1 / np.maximum(scale * painted + shift, 0)
    return replace(calibration, residuals_m=tuple((fitted * slant - straight).tolist()))


def from_size(scene: Scene, p: Pixel, q: Pixel, meters: float) -> Calibration:
    """The scale at which the pixels p and q, (x, y), lie `meters` apart in a straight line.

    Raises:
        InputError: no depth at a pixel, both at one place, or `meters` out of range.
    """
    known = _length(meters)
    raw = _provisional(scene)
    apart = raw.distance_between(p, q).value
    if apart == 0:
        raise InputError("Both points lie at the same place; choose the two ends of something whose size you know.")
    return _one_length(scene, known, apart, fact="size", source="a known size", points=(p, q))


def from_camera_height(scene: Scene, height_m: float, ground: Sequence[str] = ()) -> Calibration:
    """The scale at which the camera is `height_m` metres above the ground.

    Args:
        ground: names of classes in the scene's segments that are ground. Without any, the largest plane among the
            surfaces that face up (the painted normals tell, or those of the depth) is taken for it.

    Raises:
        InputError: no depth, an unknown class, no such surface, or `height_m` out of range.
    """
    known = _length(height_m)
    raw = _provisional(scene)
    mask = _ground(raw, ground)
    x, y, depth = known_pixels(raw, mask)
    plane, _ = robust_plane(point_at(depth, x, y, raw.photo.camera))
    if plane.normal @ UP < LEVEL:
        raise InputError("What was taken for the ground does not face up, seen from a level camera; name its class.")
    told: dict[str, Any] = {"source": "the camera's height", "ground": tuple(ground)}
    return _one_length(scene, known, plane.offset, fact="camera height", **told)


def likely_ground(names: Sequence[str]) -> str | None:
    """The first of the names that sounds like ground: "the wooden floor", not "floor lamp"."""
    return next((name for name in names if GROUNDS.intersection(name.casefold().split()[-1:])), None)


def with_camera(scene: Scene, camera: Camera) -> Scene:
    """The scene seen by another camera, in which the lengths that set its scale are still as long as they were.

    A distance from the camera, a size, and the camera's height above the ground are facts about the world; what the
    painting says about them depends on the camera, so the scale is fitted anew. A scale that was given as a factor
    stays, and so does one that cannot be fitted with this camera, for example because what was the ground no longer
    faces up; its `hfov_degrees` then tells which camera it is for.

    Raises:
        InputError: the camera is for another size of photo.
    """
    if (camera.width, camera.height) != scene.photo.size:
        raise InputError(f"The camera is for {camera.width} × {camera.height} pixels, not as the photo.")
    seen = replace(scene, photo=replace(scene.photo, camera=camera))
    calibration = seen.depth.calibration if isinstance(seen.depth, DepthMap) else None
    return seen if calibration is None or calibration.fits(camera.hfov) else refitted(seen)


def refitted(scene: Scene) -> Scene:
    """The scene with its scale fitted anew to the lengths that set it; it stays as it is where it cannot be fitted."""
    calibration = scene.depth.calibration if isinstance(scene.depth, DepthMap) else None
    if calibration is not None:
        with suppress(InputError):
            return scene.calibrated(_fitted_again(scene, calibration))
    return scene


def with_depth(scene: Scene, depth: DepthMap | RelativeDepthMap) -> Scene:
    """The scene with its depth painted anew, in which the lengths that set its scale are still as long as they were.

    The scale is fitted anew, as in `with_camera`, and one that was given as a factor stays. Where neither can be, for
    example because there is no depth any more at a place whose distance is known, the depth is as painted.
    """
    calibration = scene.depth.calibration if isinstance(scene.depth, DepthMap) else None
    seen = replace(scene, depth=depth)
    if calibration is not None:
        with suppress(InputError):
            return seen.calibrated(_fitted_again(seen, calibration))
    return seen


# --- pieces ---------------------------------------------------------------------------------------------------------


def _provisional(scene: Scene) -> Scene:
    """The scene as painted; relative depth in a unit of its own, 1 / nearness, which one length then settles.

    Of linear depth it is 1 − nearness.
    """
    raw = scene.uncalibrated()
    return raw.calibrated(Calibration(1.0, kind=raw.depth.kind)) if isinstance(raw.depth, RelativeDepthMap) else raw


def _fitted_again(scene: Scene, calibration: Calibration) -> Calibration:
    """The calibration that follows from the same fact about the scene as it is now."""
    points, known = calibration.points, calibration.known_m
    match calibration.fact:
        case "distances":
            return from_distances(scene, [(x, y, meters) for (x, y), meters in zip(points, known, strict=True)])
        case "size":
            return from_size(scene, points[0], points[1], known[0])
        case "camera height":
            return from_camera_height(scene, known[0], calibration.ground)
        case "factor":
            return calibration


def _one_length(scene: Scene, known: float, found: float, **facts: Any) -> Calibration:
    """The calibration that makes what is `found` metres long in the provisional scene `known` metres long."""
    facts |= {"known_m": (known,), "hfov_degrees": scene.photo.camera.hfov}
    match scene.uncalibrated().depth:
        case RelativeDepthMap(linear=False):
            return Calibration(found / known, **facts)
        case RelativeDepthMap():
            return Calibration(known / found, kind="linear", **facts)
        case _:
            return Calibration(known / found, kind="metric", **facts)


def _fit_affine(painted: NDArray[np.float64], unit: NDArray[np.float64], zero: str) -> tuple[float, float]:
    """scale and shift with (scale · painted + shift) · unit ≈ 1: relative misfits, so that far points count too.

    Args:
        painted: (N,) nearness with `unit` the known depth, or 1 − nearness with its inverse.
        zero: how a place is painted where `painted` is 0, which tells no scale, and what to do about it.
    """
    from scipy.optimize import least_squares

    if len(unit) == 1:
        if painted[0] <= 0:
            raise InputError(f"This place is painted {zero}.")
        return float(1 / (painted[0] * unit[0])), 0.0
    if np.ptp(painted) < 1 / 255:
        raise InputError("The places are painted equally near; choose places at different distances.")
    terms = np.stack([painted * unit, unit], axis=1)
    fit = np.linalg.lstsq(terms, np.ones(len(unit)))[0]
    if len(unit) > 2:
        fit = least_squares(lambda guess: terms @ guess - 1, fit, loss="soft_l1", f_scale=OUTLIER).x
    if fit[0] <= 0:
        raise InputError("The painting says the reverse: what you say is farther is painted nearer. Check the points.")
    return float(fit[0]), float(fit[1])


def _painted(raw: Scene, pixel: Pixel) -> float:
    """Metres along z, above 0, or nearness, around a pixel."""
    reading = raw.reading(*pixel)
    found = reading.depth_m if isinstance(raw.depth, DepthMap) else reading.nearness
    if found is None:
        raise InputError(f"There is no depth at ({reading.x}, {reading.y}): {reading.note}. Choose another place.")
    if found <= 0 and isinstance(raw.depth, DepthMap):
        raise InputError(f"At ({reading.x}, {reading.y}) 0 m is painted, which no scale changes. Choose another place.")
    return found


def _slant(raw: Scene, pixel: Pixel) -> float:
    """Metres along the ray of a pixel for each metre along z."""
    return float(np.linalg.norm(point_at(1.0, *raw.pixel(*pixel), raw.photo.camera)))


def _length(meters: float) -> float:
    if not SHORTEST <= meters <= LONGEST:
        allowed = f"at least {SHORTEST} (1 mm) and at most {LONGEST:,} metres"
        raise InputError(f"A known length must be {allowed}; received {meters:g}.")
    return float(meters)


def _ground(scene: Scene, names: Sequence[str]) -> NDArray[np.bool_]:
    if names:
        known = scene.segments.legend.names[1:] if scene.segments else []
        if missing := [name for name in names if name not in known]:
            raise InputError(f"There is no class {missing[0]!r}; the classes are: {', '.join(known) or 'none'}.")
        assert scene.segments is not None
        return np.isin(scene.segments.labels, [1 + known.index(name) for name in names])
    if scene.normals is not None:
        return scene.normals.vectors[..., 1] > LEVEL
    meters = scene.metric_depth().meters
    step = max(1, math.isqrt(meters.size // GROUND_PIXELS))
    level = np.zeros(meters.shape, bool)
    directions = normals_from_depth(meters[::step, ::step], scene.photo.camera.every(step))
    level[::step, ::step] = directions[..., 1] > LEVEL
    return level
