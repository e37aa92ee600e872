"""What there is in a scene: each class and each thing with its size, its distance and the way it faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import DepthMap, InstanceMap, SegmentMap
from vb_demo.cloud import named_classes
from vb_demo.colors import Color
from vb_demo.geometry import Camera, depth_edges, facing, mean_direction, point_at
from vb_demo.votes import absent

if TYPE_CHECKING:
    from vb_demo.scene import Scene

MIN_PART = 2e-4
"""Share of the photo below which a patch of a class is taken for a speck, as in the paper's instance decoder."""
MAX_SAMPLES = 200_000
"""As many points of an object as are looked at; its quantiles do not change with more."""


@dataclass(frozen=True)
class ObjectFacts:
    """One class, or one thing of an instance answer. Metres are `None` without metric depth on it."""

    name: str
    color: Color
    area_share: float
    """Of the photo, 0 to 1."""
    parts: int
    """Connected patches, specks aside."""
    nearest_m: float | None = None
    """Distance from the camera of its nearest part, the 2 % quantile."""
    median_m: float | None = None
    """Median distance from the camera."""
    width_m: float | None = None
    """Extent along x of the largest patch's visible side, 1 % to 99 % quantile."""
    height_m: float | None = None
    """Extent along y of the same."""
    facing: str | None = None
    """The mean direction of the largest patch in words, or "faces several ways"."""
    camera_source: str = "assumed"


def summaries(scene: Scene) -> list[ObjectFacts]:
    """A summary of each class in the picture, then of each thing.

    What covers nothing but specks is left out, as are names that count as `absent`.
    """
    kinds = [classes for classes in (scene.segments, scene.instances) if classes is not None]
    known = clean = scene.photo.valid
    if kinds and isinstance(scene.depth, DepthMap):
        known = known & np.isfinite(scene.depth.meters)
        clean = known & ~depth_edges(scene.depth.meters)
    return [facts for classes in kinds for facts in _objects_of(scene, classes, known, clean)]


def extent(points: NDArray[np.floating], camera: Camera) -> tuple[float, float]:
    """Width and height of a patch from its points (N, 3), from edge to edge of its outermost pixels, in metres."""
    # A painted outline seldom fits the painted depth exactly: drop what lies on another surface behind or in front.
    median = np.median(points[:, 2])
    off = np.abs(points[:, 2] - median)
    points = points[off <= max(4 * 1.4826 * np.median(off), 0.05 * median)]
    low, high = np.quantile(points[:, :2], (0.01, 0.99), axis=0)
    width, height = high - low + median / np.array([camera.fx, camera.fy])
    return float(width), float(height)


def _objects_of(
    scene: Scene, classes: SegmentMap | InstanceMap, known: NDArray[np.bool_], clean: NDArray[np.bool_]
) -> Iterator[ObjectFacts]:
    from scipy import ndimage

    photo_area = scene.photo.valid.size
    boxes = ndimage.find_objects(classes.labels)
    missing = absent(classes) if isinstance(classes, SegmentMap) else ()
    for label, (name, color) in enumerate(named_classes(classes), start=1):
        box = boxes[label - 1] if label <= len(boxes) else None
        if box is None or name in missing:
            continue
        patches, _ = ndimage.label(classes.labels[box] == label, np.ones((3, 3)))
        areas = np.bincount(patches.ravel())
        areas[0] = 0
        large = areas >= max(1, MIN_PART * photo_area)
        if not large.any():
            continue
        mask, largest = large[patches], patches == areas.argmax()
        # Off the edges if possible; a surface that is steep everywhere has nothing else.
        mask_read, largest_read = (
            m & clean[box] if (m & clean[box]).any() else m & known[box] for m in (mask, largest)
        )
        facts: dict[str, Any] = {"camera_source": scene.photo.camera.source}
        if isinstance(scene.depth, DepthMap) and largest_read.any():
            facts |= _distances(_points_at(scene, *_sampled(box, mask_read)))
            width, height = extent(_points_at(scene, *_sampled(box, largest & known[box])), scene.photo.camera)
            facts |= {"width_m": width, "height_m": height}
        if scene.normals is not None:
            direction, agreement = mean_direction(scene.normals.vectors[_sampled(box, largest_read)])
            if direction is not None:
                facts["facing"] = facing(direction) if agreement > 0.75 else "faces several ways"
        yield ObjectFacts(name, color, float(mask.sum() / photo_area), int(large.sum()), **facts)


def _points_at(scene: Scene, y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.float64]:
    """Points (N, 3) in camera space at pixels (N,)."""
    return point_at(scene.metric_depth().meters[y, x], x, y, scene.photo.camera)


def _sampled(box: tuple[slice, slice], mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns (N,) in the photo of what a mask chooses in a box, evenly thinned out to `MAX_SAMPLES`."""
    y, x = np.nonzero(mask)
    every = np.s_[:: max(1, -(-len(y) // MAX_SAMPLES))]
    return y[every] + box[0].start, x[every] + box[1].start


def _distances(points: NDArray[np.floating]) -> dict[str, float]:
    nearest, median = np.quantile(np.linalg.norm(points, axis=1), (0.02, 0.5))
    return {"nearest_m": float(nearest), "median_m": float(median)}
