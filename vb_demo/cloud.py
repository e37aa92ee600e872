"""Point clouds, and the colours that they wear. Open3D writes the files and is imported only for that.

Clouds are in the axes of the answers and of most viewers (OpenGL): x right, y up, z backwards out of the picture,
metres, the camera at the origin. So points are unprojected and turned over, while normals stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import DepthMap, InstanceMap, NormalMap, SegmentMap
from vb_demo.codecs import to_uint8
from vb_demo.codecs.depth import encode_ramp
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.geometry import JUMP, depth_edges, normals_from_depth, unproject
from vb_demo.images import Photo

MAX_POINTS = 250_000
PICK_REACH = 0.01
"""Of the photo's width: a click this far beside a point still means it; edges have no points of their own."""
RELIABILITY_RAMP = "viridis"
RAMP_LEVELS = 4096
"""More than a ramp has colours."""
SKY_COLOR = (232, 240, 250)
UNKNOWN_COLOR = (128, 128, 128)
OPENGL = np.array([1, -1, -1], np.float32)
"""Turns a point from camera space (y down, z forward) to the axes of clouds, and back."""
SYSTEM_PACKAGES = "libegl1 libgl1 libx11-6 libudev1 libusb-1.0-0 libidn2-0 libgomp1"


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points on a regular grid of pixels, those without a clean depth left out."""

    points: NDArray[np.float32]
    """(N, 3) metres: x right, y up, z backwards."""
    colors: NDArray[np.uint8]
    """(N, 3) sRGB."""
    normals: NDArray[np.float32]
    """(N, 3) unit vectors in the same axes."""
    pixels: NDArray[np.int64]
    """(N,) the pixel that each point was seen at: y · width + x."""
    width: int
    """Of the photo, in pixels."""
    stride: int
    """Pixels between neighbouring points, across and down."""

    def __len__(self) -> int:
        return len(self.points)

    def to_open3d(self) -> Any:
        """The same as an `open3d.geometry.PointCloud`, colours 0 to 1."""
        o3d = load_open3d()
        cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(self.points.astype(np.float64)))
        cloud.colors = o3d.utility.Vector3dVector(self.colors / 255)
        cloud.normals = o3d.utility.Vector3dVector(self.normals.astype(np.float64))
        return cloud

    def write_ply(self, path: str | Path) -> Path:
        """Write float32 points and normals and uint8 colours. Raises InputError when the file cannot be written."""
        o3d = load_open3d()
        cloud = o3d.t.geometry.PointCloud()
        cloud.point.positions = o3d.core.Tensor(self.points)
        cloud.point.normals = o3d.core.Tensor(self.normals)
        cloud.point.colors = o3d.core.Tensor(self.colors)  # uint8: float colours are misread by common viewers
        return write_geometry(o3d.t.io.write_point_cloud, path, cloud)

    @property
    def xy(self) -> NDArray[np.int64]:
        """(N, 2) the pixel (x, y) of the photo that each point was seen at."""
        return np.stack([self.pixels % self.width, self.pixels // self.width], axis=1)

    @property
    def depth(self) -> NDArray[np.float32]:
        """(N,) metres along the camera's z axis."""
        return -self.points[:, 2]

    def __getitem__(self, chosen: NDArray[Any]) -> Cloud:
        """The points that an index array or a mask (N,) chooses."""
        arrays = {name: getattr(self, name)[chosen] for name in ("points", "colors", "normals", "pixels")}
        return replace(self, **arrays)

    def nearest(self, x: float, y: float) -> int | None:
        """Index of the point seen closest to pixel (x, y) of the photo, `None` where the photo has no point around."""
        off = np.square(self.xy - (x, y)).sum(axis=1)
        best = int(off.argmin())
        return best if off[best] <= max(2 * self.stride, PICK_REACH * self.width) ** 2 else None


def make_cloud(
    photo: Photo,
    depth: DepthMap,
    *,
    normals: NormalMap | None = None,
    classes: SegmentMap | InstanceMap | None = None,
    color_by: str = "photo",
    max_points: int | None = MAX_POINTS,
    rtol: float = JUMP,
    min_reliability: float = 0.0,
) -> Cloud:
    """Lift the photo's pixels into space.

    Args:
        color_by: "photo", "depth", "normals", "classes" or "reliability" (of the depth).
        max_points: about so many are kept, on a regular grid; `None` keeps all.
        rtol: pixels beside a larger relative jump in depth are left out, since paintings blur depth there; `math.inf`
            cleans nothing.
        min_reliability: pixels with a less reliable depth are left out.

    Raises:
        InputError: an answer for the colours is missing, or no pixel has a usable depth.
    """
    picture = _colors_by(color_by, photo, depth, normals, classes)
    meters = depth.meters
    keep = np.isfinite(meters) & (meters > 0) & photo.valid & ~depth_edges(meters, rtol)
    keep &= depth.reliability >= min_reliability
    stride = max(1, math.ceil(math.sqrt(np.count_nonzero(keep) / max_points))) if max_points else 1
    grid = np.s_[::stride, ::stride]
    y, x = np.nonzero(keep[grid])
    if not len(y):
        raise InputError("There is no surface to build a cloud from: every pixel is sky, an edge, or without depth.")

    camera = photo.camera.every(stride)
    points = unproject(meters[grid], camera)[y, x] * OPENGL
    directions = normals_from_depth(meters[grid], camera)[y, x]
    if normals is not None:
        painted = normals.vectors[grid][y, x]
        directions = np.where(np.isfinite(painted).all(axis=1, keepdims=True), painted, directions)
    to_camera = -points / np.linalg.norm(points, axis=1, keepdims=True)
    directions = np.where(np.isfinite(directions).all(axis=1, keepdims=True), directions, to_camera)
    index = y * stride * photo.width + x * stride
    return Cloud(points, picture[grid][y, x], directions.astype(np.float32), index, photo.width, stride)


def _colors_by(
    color_by: str, photo: Photo, depth: DepthMap, normals: NormalMap | None, classes: SegmentMap | InstanceMap | None
) -> NDArray[np.uint8]:
    pictures: dict[str, Callable[[], NDArray[np.uint8] | None]] = {
        "photo": lambda: photo.pixels,
        "depth": lambda: depth_colors(depth.meters),
        "normals": lambda: normal_colors(normals.vectors) if normals is not None else None,
        "classes": lambda: class_colors(classes, photo.pixels) if classes is not None else None,
        "reliability": lambda: ramp_colors(depth.reliability, RELIABILITY_RAMP),
    }
    if color_by not in pictures:
        raise InputError(f"A cloud cannot be coloured by {color_by!r}; allowed are: {', '.join(pictures)}.")
    if (picture := pictures[color_by]()) is None:
        raise InputError(f"To colour the cloud by {color_by}, ask for {color_by} first.")
    return picture


# --- colours for values ---------------------------------------------------------------------------------------------


def depth_range(meters: NDArray[np.floating]) -> tuple[float, float] | None:
    """The 2 % and 98 % quantiles of the finite depths (near, far) in metres, `None` without any."""
    finite = meters[np.isfinite(meters) & (meters > 0)]
    if not finite.size:
        return None
    near, far = np.quantile(finite[:: max(1, finite.size // 500_000)], (0.02, 0.98))
    return float(near), float(far)


def depth_colors(meters: NDArray[np.floating], reach: tuple[float, float] | None = None) -> NDArray[np.uint8]:
    """Depth (H, W) → (H, W, 3): red near, blue far, even in 1/metres; sky light, no answer grey.

    Args:
        reach: metres (near, far) at the ends; None = `depth_range`.
    """
    near, far = reach or depth_range(meters) or (1.0, 2.0)
    with np.errstate(divide="ignore"):
        nearness = (1 / meters - 1 / far) / max(1 / near - 1 / far, 1e-9)
    picture = ramp_colors(nearness, "turbo")
    picture[np.isposinf(meters)] = SKY_COLOR
    return picture


def ramp_colors(values: NDArray[np.floating], ramp: str) -> NDArray[np.uint8]:
    """Numbers (H, W) in [0, 1], others clamped → (H, W, 3) along a ramp that `codecs.depth` knows; `nan` grey.

    For people: numbers are rounded to `RAMP_LEVELS`, so that their colours can be looked up.
    """
    level = np.nan_to_num(values.clip(0, 1) * (RAMP_LEVELS - 1) + 0.5, nan=RAMP_LEVELS).astype(np.uint16)
    return _ramp(ramp)[level]


@cache
def _ramp(name: str) -> NDArray[np.uint8]:
    """(`RAMP_LEVELS` + 1, 3) the colours along a ramp, and last that of `nan`."""
    return to_uint8(encode_ramp([[*np.linspace(0, 1, RAMP_LEVELS), math.nan]], name))[0]


def normal_colors(vectors: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Directions (H, W, 3) → red = right, green = up, blue = towards the viewer, as OpenGL normal maps; `nan` grey."""
    return to_uint8(vectors / 2 + 0.5)


def class_colors(classes: SegmentMap | InstanceMap, background: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each pixel in the colour of its class, or as in `background` (H, W, 3) where there is none."""
    table = np.array([(0, 0, 0), *(color for _, color in named_classes(classes))], np.uint8)
    return np.where((classes.labels == 0)[..., None], background, table[classes.labels])


def named_classes(classes: SegmentMap | InstanceMap) -> list[tuple[str, Color]]:
    """Name and colour of labels 1, 2, …; the things of an instance map are numbered: "chair 1"."""
    if isinstance(classes, SegmentMap):
        return [(entry.name, entry.color) for entry in classes.legend.entries]
    return [(f"{classes.of} {i}", color) for i, color in enumerate(classes.colors, start=1)]


# --- Open3D ---------------------------------------------------------------------------------------------------------


def load_open3d() -> Any:
    """Import Open3D. Raises InputError that says what to install."""
    try:
        import open3d
    except (ImportError, OSError) as error:
        raise InputError(
            f"Open3D could not be loaded ({error}). Install it with pip (open3d-cpu on 64-bit Linux, else open3d) and, "
            f"on Debian or Ubuntu, its system libraries: apt install {SYSTEM_PACKAGES}."
        ) from error
    return open3d


def write_geometry(write: Callable[[str, Any], bool], path: str | Path, geometry: Any) -> Path:
    """Call one of Open3D's writers, and make an error of what it only returns.

    Raises:
        InputError: there is no such folder, or nothing can be written there.
    """
    o3d = load_open3d()
    if not Path(path).parent.is_dir():
        raise InputError(f"There is no folder {str(Path(path).parent)!r} to write {Path(path).name} to.")
    # Open3D warns on stdout, where only results belong.
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        if not write(str(path), geometry):
            raise InputError(f"{path} could not be written; is there space, and may you write there?")
    return Path(path)
