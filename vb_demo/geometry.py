"""From pixels and metres to places in space: the pinhole camera, distances, planes, directions. Pure numpy.

Points are in OpenCV's camera space: x right, y down, z forward, metres, the camera at the origin. Directions of
surfaces follow the answers: +x right, +y up, +z towards the viewer. Pixel (x, y) is a square with its centre at
(x + 0.5, y + 0.5).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.errors import InputError

ASSUMED_FOV = 60.0
"""Degrees across the longer side when nobody knows better; a phone's main camera sees 65 to 75, a 50 mm lens 40."""
FULL_FRAME_DIAGONAL = math.hypot(36, 24)
"""Millimetres; a "35 mm equivalent" focal length is the one that sees the same diagonal angle on this film."""
JUMP = 0.04
"""Relative step in depth between neighbouring pixels from which they belong to different surfaces."""
UP = np.array([0.0, -1.0, 0.0])
"""The camera's own up in the space of points: the world's up only while the camera is held level."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera, and how we know it."""

    width: int
    height: int
    """Size of the photo that the rest is given for, in pixels."""
    fx: float
    fy: float
    """Focal length in pixels."""
    cx: float
    cy: float
    """Where the optical axis meets the photo, in pixels."""
    source: str = "user"
    """"EXIF", "user" or "assumed"."""
    note: str = ""
    """What the source said, such as "26 mm equivalent"."""

    def __post_init__(self) -> None:
        numbers = (self.width, self.height, self.fx, self.fy)
        if not all(math.isfinite(n) and n > 0 for n in numbers) or not math.isfinite(self.cx + self.cy):
            raise InputError(f"A camera needs a size and focal lengths above 0; received {numbers}.")

    @classmethod
    def from_fov(cls, width: int, height: int, hfov_degrees: float, source: str = "user", note: str = "") -> Camera:
        """The camera that sees `hfov_degrees` from the left to the right edge.

        Raises:
            InputError: the angle is not between 1 and 170 degrees.
        """
        if not 1 <= hfov_degrees <= 170:
            raise InputError(f"The horizontal field of view must be 1 to 170 degrees; received {hfov_degrees:g}.")
        focal = width / 2 / math.tan(math.radians(hfov_degrees) / 2)
        return cls(width, height, focal, focal, width / 2, height / 2, source, note)

    @classmethod
    def from_focal_35mm(cls, width: int, height: int, f35: float, source: str = "EXIF") -> Camera:
        """The camera whose lens compares to one of `f35` millimetres on 36 × 24 mm film (equal diagonal angle)."""
        focal = f35 * math.hypot(width, height) / FULL_FRAME_DIAGONAL
        return cls(width, height, focal, focal, width / 2, height / 2, source, f"{f35:g} mm equivalent")

    @classmethod
    def assumed(cls, width: int, height: int) -> Camera:
        """A guess: `ASSUMED_FOV` across the longer side."""
        focal = max(width, height) / 2 / math.tan(math.radians(ASSUMED_FOV) / 2)
        return cls(width, height, focal, focal, width / 2, height / 2, "assumed")

    @property
    def hfov(self) -> float:
        """Horizontal field of view in degrees."""
        return math.degrees(math.atan(self.cx / self.fx) + math.atan((self.width - self.cx) / self.fx))

    def scaled(self, width: int, height: int) -> Camera:
        """The same camera for the same photo at another size."""
        across, down = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * across,
            fy=self.fy * down,
            cx=self.cx * across,
            cy=self.cy * down,
        )

    def every(self, step: int) -> Camera:
        """The camera of `pixels[::step, ::step]`: the first pixel of each step keeps its ray."""
        width, height = -(-self.width // step), -(-self.height // step)
        cx, cy = (self.cx - 0.5) / step + 0.5, (self.cy - 0.5) / step + 0.5
        return replace(self, width=width, height=height, fx=self.fx / step, fy=self.fy / step, cx=cx, cy=cy)

    def describe(self) -> str:
        """For people: "focal length 1,012 px (EXIF, 26 mm equivalent), horizontal field of view 63°"."""
        origin = f"{self.source}, {self.note}" if self.note else self.source
        return f"focal length {self.fx:,.0f} px ({origin}), horizontal field of view {self.hfov:.0f}°"

    def as_dict(self) -> dict[str, Any]:
        """For machines: the fields, the field of view and the description."""
        return {**asdict(self), "hfov_degrees": round(self.hfov, 3), "description": self.describe()}


def focal_ratio(before: float, after: float) -> float:
    """f′/f: the focal length for a field of view of `after` degrees across a photo over that for `before`."""
    return math.tan(math.radians(before) / 2) / math.tan(math.radians(after) / 2)


@dataclass(frozen=True)
class Plane:
    """The points p with normal · p + offset = 0; the camera lies on the side that the normal points to."""

    normal: NDArray[np.float64]
    """(3,) unit vector in the space of the points."""
    offset: float
    """Distance from the origin, metres, ≥ 0."""
    rms: float
    """Root mean square distance of the fitted points from the plane, metres."""

    def distance(self, points: ArrayLike) -> NDArray[np.float64]:
        """Signed distances (…) of points (…, 3) in metres, positive on the camera's side."""
        return np.asarray(points) @ self.normal + self.offset


def rays(camera: Camera) -> NDArray[np.float32]:
    """(H, W, 3): what the centre of each pixel sees one metre ahead, so that a point is depth · ray."""
    x = (np.arange(camera.width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(camera.height) + 0.5 - camera.cy) / camera.fy
    grid = np.ones((camera.height, camera.width, 3), np.float32)
    grid[..., 0], grid[..., 1] = x, y[:, None]
    return grid


def unproject(depth: NDArray[np.floating], camera: Camera) -> NDArray[np.float32]:
    """Depth (H, W) in metres along z → points (H, W, 3); `nan` where the depth is not finite.

    Raises:
        InputError: the depth and the camera have different sizes.
    """
    _check_size(depth, camera)
    finite = np.where(np.isfinite(depth), depth, np.nan).astype(np.float32)
    return rays(camera) * finite[..., None]


def point_at(depth: ArrayLike, x: ArrayLike, y: ArrayLike, camera: Camera) -> NDArray[np.float64]:
    """The points (…, 3) at `depth` (…) metres along z seen by the centres of pixels x, y (…)."""
    across = (np.asarray(x, np.float64) + 0.5 - camera.cx) / camera.fx
    down = (np.asarray(y, np.float64) + 0.5 - camera.cy) / camera.fy
    return np.asarray(depth, np.float64)[..., None] * np.stack([across, down, np.ones_like(across)], axis=-1)


def project(points: ArrayLike, camera: Camera) -> NDArray[np.float64]:
    """Points (…, 3) in front of the camera → pixels (…, 2) as (x, y); the inverse of `unproject` and `point_at`."""
    points = np.asarray(points, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = points[..., :2] / points[..., 2:]
    return slopes * (camera.fx, camera.fy) + (camera.cx - 0.5, camera.cy - 0.5)


def distance(p: ArrayLike, q: ArrayLike) -> NDArray[np.float64]:
    """Straight-line distance between points (…, 3), in their unit."""
    return np.linalg.norm(np.asarray(p, np.float64) - np.asarray(q, np.float64), axis=-1)


def fit_plane(points: ArrayLike) -> Plane:
    """The plane through points (…, 3) in camera space with the least squared distances; `nan` points are left out.

    Raises:
        InputError: the points lie on one line, or there are fewer than three.
    """
    known = np.asarray(points, np.float64).reshape(-1, 3)
    known = known[np.isfinite(known).all(axis=1)]
    if len(known) < 3:
        raise InputError(f"A plane needs at least 3 points with a depth; there are {len(known)}.")
    centre = known.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov((known - centre).T, bias=True))
    if variances[1] <= 1e-12 * max(variances[2], 1e-12):
        raise InputError("A plane needs points that do not all lie on one line.")
    normal = axes[:, 0]
    offset = -float(normal @ centre)
    if offset < 0:
        normal, offset = -normal, -offset
    return Plane(normal, offset, math.sqrt(max(float(variances[0]), 0.0)))


def depth_edges(depth: NDArray[np.floating], rtol: float = JUMP) -> NDArray[np.bool_]:
    """(H, W): pixels on either side of a jump in depth, more than `rtol` of the nearer; sky against anything is one."""
    edges = np.zeros(depth.shape, bool)
    for axis in (0, 1):
        grid, marks = np.moveaxis(depth, axis, 0), np.moveaxis(edges, axis, 0)
        with np.errstate(invalid="ignore"):
            jump = np.abs(grid[1:] - grid[:-1]) > rtol * np.minimum(grid[1:], grid[:-1])
        marks[1:] |= jump
        marks[:-1] |= jump
    return edges


def normals_from_depth(
    depth: NDArray[np.floating], camera: Camera, *, step: int | None = None, rtol: float = JUMP
) -> NDArray[np.float32]:
    """Surface directions (H, W, 3) from depth (H, W), in the answers' axes; `nan` where the depth gives none.

    On a plane n · p = d the inverse depth is linear in the pixel: 1/z = n · ray / d. So its slopes across and down, and
    what is left of it at the pixel itself, are the normal up to length.

    Args:
        step: pixels between compared neighbours; more averages noise out. Default: 1 % of the shorter side.
        rtol: how much 1/z may bend within a step (relative) before only the flatter side is used: there is an edge.
    """
    _check_size(depth, camera)
    step = step or max(1, round(min(depth.shape) / 100))
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(np.isfinite(depth) & (depth > 0), 1 / depth, np.nan).astype(np.float64)
    across = _slope(inverse, 1, step, rtol) * camera.fx
    down = _slope(inverse, 0, step, rtol) * camera.fy
    ray = rays(camera)
    forward = inverse - across * ray[..., 0] - down * ray[..., 1]
    normals = np.stack([across, down, forward], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    # The fit gives n with n · p = d > 0, away from the camera. Turned to the viewer and to y up, z back: (−x, y, z).
    return (normals * (-1, 1, 1)).astype(np.float32)


def _slope(values: NDArray[np.float64], axis: int, step: int, rtol: float) -> NDArray[np.float64]:
    """Change per pixel along an axis from both neighbours at `step`, or from one at an edge; `nan` where neither."""
    grid = np.moveaxis(values, axis, 0)
    before, after = np.full_like(grid, np.nan), np.full_like(grid, np.nan)
    if step < len(grid):
        after[:-step] = before[step:] = (grid[step:] - grid[:-step]) / step
    bent = np.abs(after - before) * step > rtol * grid
    one_side = np.where(np.abs(after) < np.abs(before), after, before)
    slope = np.where(bent, one_side, (before + after) / 2)
    slope = np.where(np.isnan(before), after, np.where(np.isnan(after), before, slope))
    return np.moveaxis(slope, 0, axis)


def _check_size(depth: NDArray[np.floating], camera: Camera) -> None:
    if depth.shape != (camera.height, camera.width):
        raise InputError(
            f"The depth must be (height, width) = ({camera.height}, {camera.width}) as the camera; it is {depth.shape}."
        )


_COMPASS = (("up", "down", 1), ("right", "left", 0), ("towards the camera", "away from the camera", 2))


def facing(vector: ArrayLike) -> str | None:
    """A direction (3,) in words: "faces up", "faces the camera", "faces left and towards the camera"; `None` for nan.

    A word is used when the direction leans more than 22.5° its way, as the points of a compass are.
    """
    direction = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(direction))
    if not math.isfinite(length) or length == 0:
        return None
    lean = math.sin(math.radians(22.5)) * length
    words = [plus if direction[axis] > 0 else minus for plus, minus, axis in _COMPASS if abs(direction[axis]) > lean]
    return "faces the camera" if words == ["towards the camera"] else f"faces {' and '.join(words)}"


def mean_direction(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64] | None, float]:
    """The mean of unit vectors (N, 3) as a unit vector, and how far they agree: 1 = all alike, 0 = every way."""
    known = vectors[np.isfinite(vectors).all(axis=1)]
    if not len(known):
        return None, 0.0
    mean = known.mean(axis=0, dtype=np.float64)
    agreement = float(np.linalg.norm(mean))
    return (mean / agreement, agreement) if agreement > 1e-6 else (None, 0.0)
