"""Why this number: from the painted colour of one pixel to what was read from it, for each answer of a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.cloud import named_classes
from vb_demo.codecs import normals as normal_codec
from vb_demo.codecs import to_uint8
from vb_demo.codecs.depth import Ramp, nearest_colors, values_per_level
from vb_demo.colors import Color
from vb_demo.scene import Scene


@dataclass(frozen=True)
class Explanation:
    """How one answer came to its value at one pixel. Colour distances are Euclidean in RGB, 0 to 441 levels."""

    answer: str
    """"depth", "normals", "segments" or "instances"."""
    painted: Color
    nearest: Color | None
    """The valid colour that the painted one is read as: on the ramp, of unit length, in the legend, or the mean of its
    thing. `None` where the colour says nothing."""
    color_distance: float | None
    """From the painted colour to that one."""
    value: float | tuple[float, float, float] | str | None
    """What the answer says here: metres (inf = sky), nearness, a unit vector, or the name of a class or thing."""
    unit: Literal["m", "nearness", "direction", "class", "thing"]
    level: float | None = None
    """What one 8-bit level of the painting is worth here: metres, nearness or, for a direction, degrees."""
    uncalibrated: float | None = None
    """Nearness or metres as painted, where a person has set the scale."""
    decoded: float | None = None
    """Metres as decoded, where they were then multiplied by `stretch`, see `DepthMap.for_camera`."""
    stretch: float = 1.0
    told_degrees: float | None = None
    """The field of view that the words told the painter."""
    runner_up: str | None = None
    """The class or thing whose colour is second nearest."""
    margin: float | None = None
    """How much farther away the runner-up's colour is; may be negative, as a thing must be connected too."""
    reliability: float = 1.0
    votes: int = 1
    """How many paintings were combined; if several, the painted colour stands for their combination."""


def explain(scene: Scene, x: float, y: float) -> list[Explanation]:
    """Why each answer says what it says at pixel (x, y), in the order of `scene.answers`.

    This is about the very pixel, where `Scene.reading` takes the median around it. Transparent parts of a photo have
    no answers: an empty list.

    Raises:
        InputError: the pixel lies outside the photo.
    """
    column, row = scene.pixel(x, y)
    if not scene.photo.valid[row, column]:
        return []
    found = []
    for name, answer in scene.answers.items():
        painted = scene.painted(answer, column, row)
        facts = _facts(answer, painted, (row, column))
        reliability, votes = float(answer.reliability[row, column]), getattr(answer, "votes", 1)
        found.append(Explanation(name, painted, reliability=reliability, votes=votes, **facts))
    return found


def _facts(answer: Answer, painted: Color, at: tuple[int, int]) -> dict[str, Any]:
    match answer:
        case DepthMap():
            return _of_depth(answer, painted, at)
        case RelativeDepthMap():
            value = float(answer.nearness[at])
            level = float(values_per_level(value, answer.ramp))
            return {"value": _known(value), "unit": "nearness", "level": level, **_on_ramp(painted, answer.ramp)}
        case NormalMap():
            return _of_normals(answer, painted, at)
        case SegmentMap():
            names = answer.legend.names
            return {"unit": "class", **_among(painted, int(answer.labels[at]), names, answer.legend.colors.tolist())}
        case InstanceMap():
            names = ["background", *(name for name, _ in named_classes(answer))]
            colors = [answer.background, *answer.colors]
            return {"unit": "thing", **_among(painted, int(answer.labels[at]), names, colors)}


def _of_depth(depth: DepthMap, painted: Color, at: tuple[int, int]) -> dict[str, Any]:
    value = float(depth.meters[at])
    facts: dict[str, Any] = {"value": _known(value), "unit": "m", **_on_ramp(painted, depth.ramp)}
    if np.isfinite(value):
        facts["level"] = float(depth.meters_per_level(value))
    if depth.uncalibrated is not None:
        raw = depth.uncalibrated
        before = raw.meters if isinstance(raw, DepthMap) else raw.nearness
        facts["uncalibrated"] = _known(float(before[at]))
    if depth.decoded is not None and np.isfinite(value):
        decoded = float(depth.decoded.meters[at])
        facts |= {"decoded": decoded, "stretch": depth.stretch, "told_degrees": depth.told_degrees}
    return facts


def _of_normals(normals: NormalMap, painted: Color, at: tuple[int, int]) -> dict[str, Any]:
    vector = normals.vectors[at]
    picture = np.array([[painted]], np.uint8)
    read = normal_codec.decode(picture, normals.axes).values
    if not np.isfinite(read).all():
        return {"value": None, "unit": "direction", "nearest": None, "color_distance": None}
    nearest = to_uint8(normal_codec.encode(read, normals.axes))
    return {
        "value": tuple(vector.tolist()) if np.isfinite(vector).all() else None,
        "unit": "direction",
        "level": float(normal_codec.degrees_per_level(picture[0, 0] / 127.5 - 1)),
        **_toward(painted, nearest),
    }


def _on_ramp(painted: Color, ramp: Ramp) -> dict[str, Any]:
    return _toward(painted, nearest_colors(np.array([[painted]], np.uint8), ramp))


def _toward(painted: Color, nearest: NDArray[np.uint8]) -> dict[str, Any]:
    color = Color(*nearest[0, 0].tolist())
    return {"nearest": color, "color_distance": _distance(painted, color)}


def _among(painted: Color, label: int, names: Sequence[str], colors: Sequence[Sequence[int] | None]) -> dict[str, Any]:
    """The colour of the label, and the nearest of the other colours; a colour that nobody knows is `None`."""
    own = colors[label]
    facts: dict[str, Any] = {
        "value": names[label],
        "nearest": None if own is None else Color(*own),
        "color_distance": None if own is None else _distance(painted, own),
    }
    others = {i: _distance(painted, c) for i, c in enumerate(colors) if i != label and c is not None}
    if others:
        second = min(others, key=lambda i: others[i])
        facts["runner_up"] = names[second]
        facts["margin"] = None if own is None else others[second] - facts["color_distance"]
    return facts


def _distance(a: Sequence[int], b: Sequence[int]) -> float:
    return float(np.linalg.norm(np.subtract(a, b)))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
