"""Lengths along a path, heights, and flat surfaces under a lasso: metres from several pixels of a scene at once.

Heights and tilts are taken against "up". Nobody tells which way that is: unless the caller gives it, for example as
the direction of a floor (`surface(…).plane.normal`), the camera is assumed to be held level, up being up in the photo.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from vb_demo.cloud import load_open3d
from vb_demo.errors import InputError
from vb_demo.geometry import UP, Camera, Plane, fit_plane, point_at
from vb_demo.images import Photo
from vb_demo.objects import extent
from vb_demo.scene import Measurement, Scene, depth_doubt, focal_doubt

Pixel = tuple[float, float]

PLANE_TOLERANCE = 0.03
"""Distance from a plane up to which a point belongs to it, as a share of the median depth of all points."""
PLANE_POINTS = 50_000
"""A plane is fitted to about so many points at most, evenly chosen."""


def prepare() -> None:
    """Import what flat surfaces are measured with, which takes seconds, before somebody waits for it.

    Raises:
        InputError: Open3D cannot be loaded.
    """
    import scipy.spatial  # noqa: F401 - loaded, not used

    load_open3d()


def path_length(scene: Scene, pixels: Sequence[Pixel]) -> Measurement:
    """Metres from pixel to pixel (x, y), straight between neighbours. The limits are the sums of the steps' limits.

    Raises:
        InputError: fewer than two pixels, or one without metres.
    """
    if len(pixels) < 2:
        raise InputError(f"A path needs at least 2 points; received {len(pixels)}.")
    steps = [scene.distance_between(p, q) for p, q in pairwise(pixels)]
    value, low, high = (sum(numbers) for numbers in zip(*((s.value, s.low, s.high) for s in steps), strict=True))
    return replace(steps[0], value=value, low=low, high=high)


def height_between(scene: Scene, top: Pixel, bottom: Pixel, up: ArrayLike = UP) -> Measurement:
    """Metres between two pixels (x, y) along `up` (3,), in camera space.

    Raises:
        InputError: a pixel without metres, or `up` is no direction.
    """
    upward = _unit(up)
    return scene.measure(lambda a, b: np.abs(np.tensordot(upward, a - b, 1)), [top, bottom])


def height_of(scene: Scene, mask: NDArray[np.bool_]) -> Measurement:
    """Metres from the lowest to the highest point of the largest patch of a mask (H, W), along the photo's own up.

    Measured as `ObjectFacts.height_m` is: the visible side, 1 % to 99 % quantile.

    Raises:
        InputError: no metric depth, or fewer than three pixels of the mask have metres.
    """
    from scipy import ndimage

    camera = scene.photo.camera
    patches, _ = ndimage.label(mask, np.ones((3, 3)))
    areas = np.bincount(patches.ravel())
    areas[0] = 0
    x, y, depth = known_pixels(scene, (patches == areas.argmax()) & mask)
    _, height = extent(point_at(depth, x, y, camera), camera)
    far, near = (1 + sign * _relative_doubt(scene, x, y) for sign in (1, -1))
    focal = focal_doubt(camera)
    return scene.measurement(height, height * near / (1 + focal), height * far / (1 - focal))


@dataclass(frozen=True)
class Surface:
    """A flat surface that somebody has drawn a line around."""

    plane: Plane
    """In camera space; `plane.rms` is the residual in metres of the points that belong to it."""
    area: Measurement
    """m² of the plane inside the line, also where something stands on it."""
    length: Measurement
    """The longer side of the smallest rectangle on the plane that holds the line."""
    width: Measurement
    """The shorter side."""
    tilt: Measurement
    """Degrees between the plane's direction and up: 0 = floor, 90 = wall, 180 = ceiling."""
    inlier_share: float
    """How many of the points inside the line belong to the plane, 0 to 1."""
    up_source: str
    """"level camera": assumed to be held level; "given"."""


def surface(scene: Scene, outline: Sequence[Pixel], up: ArrayLike | None = None) -> Surface:
    """The plane through most of what lies inside an outline, and the size of the outline on that plane.

    Args:
        outline: three or more pixels (x, y); the line is closed and does not cross itself.
        up: (3,) in camera space; `None` = the camera is held level.

    Raises:
        InputError: the outline is no area, crosses itself or leaves the photo, there is no metric depth inside, or the
            plane does not reach the outline (it ends at its horizon).
    """
    upward = _unit(UP if up is None else up)
    x, y, depth = known_pixels(scene, lasso(scene.photo, outline))
    plane, inliers = robust_plane(point_at(depth, x, y, scene.photo.camera))
    x, y, depth, share = x[inliers], y[inliers], depth[inliers], float(inliers.mean())

    sizes = [(plane.normal, *_size(plane, outline, scene.photo.camera))]
    doubt = focal_doubt(scene.photo.camera)
    for factor in (1 - doubt, 1 + doubt):
        camera = replace(scene.photo.camera, fx=factor * scene.photo.camera.fx, fy=factor * scene.photo.camera.fy)
        other = fit_plane(point_at(depth, x, y, camera))
        sizes.append((other.normal, *_size(other, outline, camera)))
    tilts, (areas, lengths, widths) = [angle(n, upward) for n, *_ in sizes], list(zip(*sizes, strict=True))[1:]

    margin = _relative_doubt(scene, x, y)

    def ranged(values: Sequence[float], power: int) -> Measurement:
        low, high = min(values) * (1 - margin) ** power, max(values) * (1 + margin) ** power
        return scene.measurement(values[0], low, high, "m²" if power == 2 else "m")

    return Surface(
        plane,
        ranged(areas, 2),
        ranged(lengths, 1),
        ranged(widths, 1),
        scene.measurement(tilts[0], min(tilts), max(tilts), "°"),
        share,
        "level camera" if up is None else "given",
    )


def angle_between(a: Surface, b: Surface) -> float:
    """Degrees between two planes, from 0 (parallel) to 90 (at right angles)."""
    between = angle(a.plane.normal, b.plane.normal)
    return min(between, 180 - between)


def angle(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Degrees between two unit vectors (3,), 0 to 180."""
    return math.degrees(math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b)))


def lasso(photo: Photo, outline: Sequence[Pixel]) -> NDArray[np.bool_]:
    """(H, W): the pixels on or inside a closed line through pixels (x, y).

    Raises:
        InputError: fewer than three corners, a corner outside the photo, no area, or a line that crosses itself. A loop
            that is small beside the rest, as where a hand closed the line, is let pass.
    """
    if len(outline) < 3:
        raise InputError(f"A lasso needs at least 3 corners; received {len(outline)}.")
    corners = [Scene(photo).pixel(x, y) for x, y in outline]

    def filled(line: int) -> NDArray[np.bool_]:
        mask = Image.new("1", photo.size)
        ImageDraw.Draw(mask).polygon(corners, fill=1, outline=line)
        return np.array(mask)

    # By Pick's theorem fewer pixels lie inside a line than its area has, but in that, opposite loops cancel each other.
    if _polygon_area(np.array(corners, np.float64)) < max(1, int(np.count_nonzero(filled(0)))):
        raise InputError("The lasso crosses itself or encloses nothing; draw it around one area, without crossing it.")
    return filled(1)


def robust_plane(points: NDArray[np.floating]) -> tuple[Plane, NDArray[np.bool_]]:
    """The plane that most of the points (N, 3) lie on (RANSAC), fitted to those by least squares; and which they are.

    Raises:
        InputError: fewer than three points, or all on one line.
    """
    if len(points) < 3:
        raise InputError(f"A plane needs at least 3 points with a depth; there are {len(points)}.")
    o3d = load_open3d()
    tolerance = PLANE_TOLERANCE * float(np.median(points[:, 2]))
    o3d.utility.random.seed(0)
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    _, inliers = cloud.segment_plane(tolerance, ransac_n=3, num_iterations=1000)
    near = np.abs(fit_plane(points[inliers]).distance(points)) <= tolerance
    return fit_plane(points[near]), near


# --- pieces ---------------------------------------------------------------------------------------------------------


def known_pixels(
    scene: Scene, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """x, y and depth (N,) of at most about `PLANE_POINTS` pixels of a mask that have metres, evenly chosen."""
    meters = scene.metric_depth().meters
    y, x = np.nonzero(mask & np.isfinite(meters) & (meters > 0) & scene.photo.valid)
    if len(x) < 3:
        raise InputError(f"Only {len(x)} pixels there have a depth; at least 3 are needed. Choose a larger part.")
    step = max(1, len(x) // PLANE_POINTS)
    x, y = x[::step], y[::step]
    return x, y, meters[y, x]


def _relative_doubt(scene: Scene, x: NDArray[np.intp], y: NDArray[np.intp]) -> float:
    """By which share the depth of a patch of pixels may be off as a whole."""
    depth = scene.metric_depth()
    meters, reliability = float(np.median(depth.meters[y, x])), float(np.median(depth.reliability[y, x]))
    spread = None if depth.spread is None else float(np.nan_to_num(np.nanmedian(depth.spread[y, x])))
    return min(1.0, depth_doubt(depth, meters, reliability, spread) / meters)


def _size(plane: Plane, outline: Iterable[Pixel], camera: Camera) -> tuple[float, float, float]:
    """Area, length and width of an outline on a plane. Lines stay lines there, so the corners are enough."""
    x, y = np.transpose(list(outline))
    rays = point_at(1.0, x, y, camera)
    facing = rays @ plane.normal  # < 0 where the plane is ahead: its normal points to the camera
    if (facing >= 0).any():
        raise InputError("The lasso reaches beyond the horizon of the surface in it; draw it tighter.")
    corners = rays * (-plane.offset / facing)[:, None]
    basis = np.linalg.svd(plane.normal[None])[2][1:]
    flat = corners @ basis.T
    return _polygon_area(flat), *_smallest_rectangle(flat)


def _polygon_area(corners: NDArray[np.float64]) -> float:
    """Area of a polygon (N, 2), by the shoelace formula."""
    x, y = (corners - corners.mean(axis=0)).T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _smallest_rectangle(points: NDArray[np.float64]) -> tuple[float, float]:
    """Length and width of the smallest rectangle around points (N, 2).

    One of its sides lies along the convex hull (Freeman and Shapira, "Determining the minimum-area encasing rectangle
    for an arbitrary closed curve", 1975).
    """
    from scipy.spatial import ConvexHull

    hull = points[ConvexHull(points).vertices]
    along = np.roll(hull, -1, axis=0) - hull
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = along[:, ::-1] * (1, -1)
    spans = np.stack([np.ptp(hull @ axes.T, axis=0) for axes in (along, across)])
    width, length = np.sort(spans[:, spans.prod(axis=0).argmin()])
    return float(length), float(width)


def _unit(vector: ArrayLike) -> NDArray[np.float64]:
    direction = np.asarray(vector, np.float64)
    length = np.linalg.norm(direction)
    if direction.shape != (3,) or not np.isfinite(length) or length == 0:
        raise InputError(f"Up must be a direction of three numbers (x, y, z); received {vector!r}.")
    return direction / length
