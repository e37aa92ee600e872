"""A photo and its answers together: what is here, how far, how far apart, how large, which way does it face?

Two words are kept apart: *depth* is metres along the camera's z axis, as in the answers; *distance* is the straight
line that a tape would measure from the camera, or between two points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Answer, Calibration, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.cloud import MAX_POINTS, Cloud, make_cloud, named_classes
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.geometry import JUMP, Camera, facing, mean_direction, point_at
from vb_demo.images import Photo
from vb_demo.objects import ObjectFacts, summaries

RELATIVE_NOTE = "relative depth: set the scale first"
DEPTH_DOUBT = 0.02
"""Relative doubt about any painted depth, however clean."""
OFF_WALK_DOUBT = 0.2
"""Further relative doubt about a depth whose colour lies far from the walk (reliability 0)."""
LENGTHS = {"m": 1, "m²": 2, "°": 0}
"""Unit → how many lengths are multiplied in it."""
FOCAL_DOUBT = {"EXIF": 0.03, "user": 0.0, "assumed": 0.25}
"""Relative doubt about the focal length, by its source; 60° assumed ± 25 % covers 50° to 75°."""


@dataclass(frozen=True)
class Reading:
    """All that the answers say about one pixel; a field is `None` where nothing is known."""

    x: int
    y: int
    depth_m: float | None = None
    """Metres along z: the median over the window, on the pixel's own side if an edge runs through it."""
    spread_m: float | None = None
    """Robust standard deviation of those depths, 1.4826 · MAD."""
    votes_spread_m: float | None = None
    """Where several paintings were combined: robust standard deviation between them, median over the window."""
    distance_m: float | None = None
    """Metres straight from the camera."""
    xyz: tuple[float, float, float] | None = None
    """The point in camera space: x right, y down, z forward, metres."""
    nearness: float | None = None
    """For relative depth: 1 = nearest, 0 = farthest, without a unit."""
    direction: tuple[float, float, float] | None = None
    """Unit vector: +x right, +y up, +z towards the viewer."""
    facing: str | None = None
    """The direction in words: "faces up"."""
    label: str | None = None
    """The class at the pixel itself, "background" included."""
    thing: str | None = None
    """The numbered thing at the pixel itself: "chair 2"."""
    reliability: float | None = None
    """In [0, 1]: that of the least reliable answer here, median over the window."""
    note: str | None = None
    """What is special: "sky", "edge", "no answer", or that relative depth has no scale."""
    painted: dict[str, Color] = field(default_factory=dict)
    """The painted colour that each answer was read from, by the answer's name."""

    @property
    def depth_text(self) -> str | None:
        """For people: "2.41 m", of several paintings "2.41 m ± 0.08"; `None` without metres."""
        if self.depth_m is None:
            return None
        votes = "" if self.votes_spread_m is None else f" ± {self.votes_spread_m:.2f}"
        return f"{self.depth_m:.2f} m{votes}"


@dataclass(frozen=True)
class Measurement:
    """A length, area or angle with the range that this painting cannot exclude.

    The range covers the spread of depths beside the pixel and between several paintings, the 8-bit steps of the
    painting, colours off the walk and the doubt about the focal length; and, until a person sets the scale, the error
    that the generator's metres usually have, where that was measured. Without that, it does not cover a painting that
    has the scale of the whole scene wrong.
    """

    value: float
    """In `unit`, as are the limits."""
    low: float
    high: float
    camera_source: str
    """How the camera is known: "EXIF", "user" or "assumed"."""
    unit: str = "m"
    """"m", "m²" or "°"."""
    scale_source: str | None = None
    """What a person set the scale from: "3 known distances"; `None` = as painted."""

    def describe(self) -> str:
        """For people: "2.41 m (2.30 to 2.52 m, camera assumed)", with "scale from 3 known distances" where it is."""
        scale = f", scale from {self.scale_source}" if self.scale_source else ""
        limits = f"{self.low:.2f} to {self.high:.2f} {self.unit}"
        return f"{self.value:.2f} {self.unit} ({limits}, camera {self.camera_source}{scale})"


@dataclass(eq=False)
class Scene:
    """A photo and the answers about it, all on the photo's grid; each answer may be missing.

    The depth follows the photo's camera where its words told the painter another, see `DepthMap.for_camera`.

    Raises:
        InputError: an answer has another size than the photo.
    """

    photo: Photo
    depth: DepthMap | RelativeDepthMap | None = None
    normals: NormalMap | None = None
    segments: SegmentMap | None = None
    instances: InstanceMap | None = None

    def __post_init__(self) -> None:
        for name, answer in self.answers.items():
            height, width = answer.reliability.shape
            if (width, height) != self.photo.size:
                raise InputError(
                    f"The {name} answer is {width} × {height} pixels but the photo is {self.photo.width} × "
                    f"{self.photo.height}; decode it with photo=… so that it lies on the photo's grid."
                )
        if isinstance(self.depth, DepthMap):
            self.depth = self.depth.for_camera(self.photo.camera.hfov)

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers at hand by name: "depth", "normals", "segments", "instances"."""
        named = {
            "depth": self.depth,
            "normals": self.normals,
            "segments": self.segments,
            "instances": self.instances,
        }
        return {name: answer for name, answer in named.items() if answer is not None}

    def metric_depth(self) -> DepthMap:
        """The depth in metres. Raises InputError where there is none."""
        if isinstance(self.depth, RelativeDepthMap):
            raise InputError("This depth is relative and has no metres; set the scale first, with .calibrated(…).")
        if self.depth is None:
            raise InputError("This needs the depth answer; ask for depth first.")
        return self.depth

    def calibrated(self, calibration: Calibration) -> Scene:
        """The same scene with its depth at the scale that a person gave; every number that depends on it follows.

        Raises:
            InputError: there is no depth, or the calibration is for the other kind of depth.
        """
        if self.depth is None:
            raise InputError("There is no depth whose scale could be set; ask for depth first.")
        return replace(self, depth=self.depth.calibrated(calibration))

    def uncalibrated(self) -> Scene:
        """The same scene with its depth as painted."""
        painted = self.depth.uncalibrated if isinstance(self.depth, DepthMap) else None
        return replace(self, depth=painted or self.depth)

    # --- one pixel, two pixels ------------------------------------------------------------------------------------

    def reading(self, x: float, y: float, window: int = 5) -> Reading:
        """What is known at pixel (x, y), made robust by a `window` × `window` neighbourhood.

        Raises:
            InputError: the pixel lies outside the photo, or the window is not an odd number from 1.
        """
        x, y = self.pixel(x, y)
        if window < 1 or window % 2 == 0:
            raise InputError(f"The window must be an odd number of pixels from 1; received {window}.")
        near = np.s_[max(0, y - window // 2) : y + window // 2 + 1, max(0, x - window // 2) : x + window // 2 + 1]
        facts: dict[str, Any] = {"x": x, "y": y}
        if not self.photo.valid[y, x]:
            return Reading(**facts, note="no answer")
        same_side = valid = self.photo.valid[near]
        if isinstance(self.depth, DepthMap):
            found, same_side = _robust_depth(self.depth.meters[near], valid, self.depth.meters[y, x])
            facts |= found
            if (depth := found.get("depth_m")) is not None:
                point = point_at(depth, x, y, self.photo.camera)
                facts |= {"xyz": tuple(point.tolist()), "distance_m": float(np.linalg.norm(point))}
                if self.depth.spread is not None:
                    facts["votes_spread_m"] = _median_known(self.depth.spread[near][same_side])
        elif self.depth is not None:
            facts["nearness"] = _median_known(self.depth.nearness[near][valid])
            facts["note"] = "no answer" if facts["nearness"] is None else RELATIVE_NOTE
        if self.normals is not None:
            direction = mean_direction(self.normals.vectors[near][same_side])[0]
            if direction is not None:
                facts |= {"direction": tuple(direction.tolist()), "facing": facing(direction)}
            else:
                facts.setdefault("note", "no answer")
        if self.segments is not None:
            facts["label"] = self.segments.legend.names[self.segments.labels[y, x]]
        if self.instances is not None and (label := self.instances.labels[y, x]):
            facts["thing"] = named_classes(self.instances)[label - 1][0]
        if self.answers:
            medians = [float(np.median(answer.reliability[near][valid])) for answer in self.answers.values()]
            facts["reliability"] = min(medians)
        painted = {name: self.painted(answer, x, y) for name, answer in self.answers.items()}
        return Reading(**facts, painted=painted)

    def distance_at(self, x: float, y: float) -> Measurement:
        """Metres in a straight line from the camera to what is seen at (x, y).

        Raises:
            InputError: outside the photo, sky, no answer, or no metric depth.
        """
        return self.measure(lambda point: np.linalg.norm(point, axis=0), [(x, y)])

    def distance_between(self, p: tuple[float, float], q: tuple[float, float]) -> Measurement:
        """Metres in a straight line between what is seen at p = (x, y) and at q.

        Raises:
            InputError: as `distance_at`.
        """
        return self.measure(lambda a, b: np.linalg.norm(a - b, axis=0), [p, q])

    def measure(self, length: Callable[..., Any], pixels: Sequence[tuple[float, float]]) -> Measurement:
        """A length at the read depths, and its range as the depths and the focal length move within their doubts.

        Args:
            length: of points (3, …), one for each pixel, in camera space; returns metres (…).
            pixels: one or two; each more makes the work nine times as large.

        Raises:
            InputError: as `distance_at`.
        """
        depth = self.metric_depth()
        depth_only = Scene(self.photo, depth)
        readings = [depth_only._measurable(x, y) for x, y in pixels]
        camera = self.photo.camera
        doubt = focal_doubt(camera)
        # One axis for the focal length and one for each depth; every combination is tried.
        steps = [np.linspace(1 - doubt, 1 + doubt, 9), *(np.linspace(*_depth_limits(depth, r), 9) for r in readings)]
        focal, *depths = np.meshgrid(*steps, indexing="ij")
        rays_ahead = [point_at(1.0, r.x, r.y, camera) for r in readings]
        points = [np.stack([z * u / focal, z * v / focal, z]) for z, (u, v, _) in zip(depths, rays_ahead, strict=True)]
        tried = length(*points)
        value = float(length(*(np.array(r.xyz) for r in readings)))
        return self.measurement(value, float(tried.min()), float(tried.max()))

    def measurement(self, value: float, low: float, high: float, unit: str = "m") -> Measurement:
        """A value, its limits with the doubt about the scale added, and the sources of this scene's camera and scale.

        Args:
            low, high: without the doubt about the scale; at once widened to hold the value.
            unit: "m", "m²", or "°", which no scale changes.
        """
        calibration = self.depth.calibration if isinstance(self.depth, DepthMap) else None
        scale_source = calibration.source if calibration else None
        doubt = (1 + self.scale_doubt) ** LENGTHS[unit]
        low, high = min(value, low) / doubt, max(value, high) * doubt
        return Measurement(value, low, high, self.photo.camera.source, unit, scale_source)

    @property
    def scale_doubt(self) -> float:
        """Relative doubt about the scale of the whole depth; 0 where a person set it or nobody measured it."""
        depth = self.depth
        return (depth.provenance.abs_rel or 0.0) if isinstance(depth, DepthMap) and depth.calibration is None else 0.0

    def _measurable(self, x: float, y: float) -> Reading:
        reading = self.reading(x, y)
        if reading.depth_m is None:
            raise InputError(f"There is no distance at ({reading.x}, {reading.y}): {reading.note}. Pick another point.")
        return reading

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        """The pixel (x, y) that a point lies in. Raises InputError outside the photo."""
        if not (0 <= x < self.photo.width and 0 <= y < self.photo.height):
            raise InputError(
                f"The point ({x:g}, {y:g}) lies outside the photo; x goes from 0 to {self.photo.width - 1} "
                f"and y from 0 to {self.photo.height - 1}."
            )
        return int(x), int(y)

    def painted(self, answer: Answer, x: int, y: int) -> Color:
        """The painting's pixel under the middle of photo pixel (x, y)."""
        height, width = answer.painting.shape[:2]
        row, column = (y + 0.5) * height / self.photo.height, (x + 0.5) * width / self.photo.width
        return Color(*answer.painting[int(row), int(column)].tolist())

    # --- objects ----------------------------------------------------------------------------------------------------

    def objects(self) -> list[ObjectFacts]:
        """A summary of each class in the picture, then of each thing; what covers nothing but specks is left out."""
        return summaries(self)

    # --- onwards ----------------------------------------------------------------------------------------------------

    def point_cloud(self, color_by: str = "photo", max_points: int | None = MAX_POINTS, **options: Any) -> Cloud:
        """The photo in space, see `vb_demo.cloud.make_cloud`. Raises InputError without metric depth."""
        answers: dict[str, Any] = {"normals": self.normals, "classes": self.segments or self.instances}
        options |= {"color_by": color_by, "max_points": max_points}
        return make_cloud(self.photo, self.metric_depth(), **answers, **options)

    def export(self, folder: str | Path, pins: Sequence[tuple[float, float]] = ()) -> dict[str, Path]:
        """Write everything to a folder, see `vb_demo.export.export`."""
        from vb_demo.export import export

        return export(self, folder, pins)


def _robust_depth(
    depths: NDArray[np.float32], valid: NDArray[np.bool_], centre: np.float32
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Depth, spread and note of a reading from the depths around it; and which of them lie on the same side of an edge.

    Sorted, depths on one surface follow each other closely; a gap of more than `JUMP` parts two surfaces.
    """
    finite = valid & np.isfinite(depths)
    if not np.isfinite(centre):
        counts = {
            "no answer": np.count_nonzero(np.isnan(depths[valid])),
            "sky": np.count_nonzero(np.isinf(depths[valid])),
            None: np.count_nonzero(finite),
        }
        note = max(counts, key=lambda kind: counts[kind])
        if note:
            return {"note": note}, valid
        centre = np.median(depths[finite])
    ordered = np.sort(depths[finite])
    groups = np.split(ordered, np.flatnonzero(ordered[1:] > (1 + JUMP) * ordered[:-1]) + 1)
    own = next(group for group in groups if group[-1] >= centre)
    if len(own) < 3:  # a speck
        own = max(groups, key=len)
    facts: dict[str, Any] = {"depth_m": float(np.median(own))}
    facts["spread_m"] = 1.4826 * float(np.median(np.abs(own - np.median(own))))
    if len(groups) > 1 or np.isinf(depths[valid]).any():
        facts["note"] = "edge"
    return facts, finite & (depths >= own[0]) & (depths <= own[-1])


def focal_doubt(camera: Camera) -> float:
    """Relative doubt about the focal length, see `FOCAL_DOUBT`."""
    return FOCAL_DOUBT.get(camera.source, FOCAL_DOUBT["assumed"])


def depth_doubt(depth: DepthMap, meters: float, reliability: float, votes_spread_m: float | None) -> float:
    """By how many metres a painted depth may be off at a place, the scale of the whole scene aside."""
    painted = max(DEPTH_DOUBT * meters, float(depth.meters_per_level(meters)))
    off_walk = OFF_WALK_DOUBT * (1 - reliability) * meters
    return painted + off_walk + 2 * (votes_spread_m or 0.0)


def _depth_limits(depth: DepthMap, reading: Reading) -> tuple[float, float]:
    """Lowest and highest depth in metres that the painting around a reading leaves open."""
    assert reading.depth_m is not None
    assert reading.spread_m is not None
    assert reading.reliability is not None
    margin = depth_doubt(depth, reading.depth_m, reading.reliability, reading.votes_spread_m) + 2 * reading.spread_m
    return max(0.0, reading.depth_m - margin), reading.depth_m + margin


def _median_known(values: NDArray[np.floating]) -> float | None:
    """The median of the finite ones."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else None
