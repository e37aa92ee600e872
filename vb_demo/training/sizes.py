"""Metres from things of known size: a parked car is about one and a half metres tall, in whatever photo it stands.

Photos without ground truth say how far away such a thing is all the same: as far as it has to be to look as tall as it
does. That holds for the camera that plantain assumes unless the words tell another, see `_as_seen_by` in network.py.
The idea is that of "Putting Objects in Perspective" (https://doi.org/10.1109/CVPR.2006.232).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vb_demo.training.sources import Sample


@dataclass(frozen=True)
class Size:
    """How large things of one name usually are."""

    meters: float
    """Between the highest and the lowest point."""
    spread: float
    """Standard deviation of the logarithm, about as the same thing varies."""
    slimmest: float = 0.0
    """Least height over width of a picture of it: a person who is less slim sits, or is hidden from the waist down."""
    stoutest: float = math.inf
    longer: bool = False
    """Whether `meters` is the longer side of the box around it instead, for things that lie about."""
    deep: float = 0.0
    """Metres from its front to its back: seen from above, its front begins lower in the picture than its back ends, so
    that it looks taller than it is. The camera is taken to be held level."""
    below: float = 1.4
    """Metres from the camera down to what it stands on; things on tables are nearer."""

    def fits(self, tall: int, wide: int) -> bool:
        """Whether a picture of this height and width can be one of the whole thing."""
        return self.slimmest <= tall / wide <= self.stoutest

    def depth(self, tall: int, wide: int, focal: float) -> float:
        """Metres along the z axis to the middle of a thing that looks so tall and wide, all in pixels."""
        if self.longer:
            return focal * self.meters / max(tall, wide)
        looks, half = tall / focal, self.deep / 2
        if self.below < self.meters:
            return self.meters / looks + half
        # looks = below / (z - half) - (below - meters) / (z + half), solved for z
        lifted = half * (2 * self.below - self.meters) + looks * half**2
        return (self.meters + math.sqrt(self.meters**2 + 4 * looks * lifted)) / (2 * looks)

    def looks_tall(self, tall: int, wide: int, focal: float, depth: float) -> float:
        """How many pixels tall it looks at such a depth, if a picture of it has this height and width."""
        if self.longer:
            return focal * self.meters / depth * tall / max(tall, wide)
        front, half = max(depth - self.deep / 2, 0.1), self.deep / 2
        back = depth + half if self.below > self.meters else front
        return focal * (self.below / front - (self.below - self.meters) / back)


def _long(meters: float, spread: float) -> Size:
    return Size(meters, spread, longer=True)


TABLE = 0.4
"""How far below the camera the tables are on which things stand, metres."""

SIZES = {
    "person": Size(1.7, 0.15, slimmest=2.2),
    "car": Size(1.48, 0.1, 0.25, 1.1, deep=0.8),
    "bus": Size(3.1, 0.15, 0.25, 1.5, deep=3),
    "truck": Size(2.8, 0.35, 0.25, 1.5, deep=2.5),
    "train": Size(3.9, 0.2),
    "bicycle": Size(1.05, 0.1, 0.45, 1.5, deep=0.5),
    "motorcycle": Size(1.15, 0.12, 0.45, 1.5, deep=0.8),
    "horse": Size(1.7, 0.2, 0.6, deep=1.2),
    "cow": Size(1.4, 0.15, 0.5, deep=1.2),
    "sheep": Size(0.8, 0.2, 0.5, deep=0.7),
    "zebra": Size(1.4, 0.15, 0.6, deep=1.2),
    "elephant": Size(2.6, 0.3, 0.5, deep=2.5),
    "giraffe": Size(4.5, 0.2, 1.2),
    "dog": Size(0.55, 0.35, 0.6, deep=0.5),
    "cat": Size(0.35, 0.3, deep=0.35),
    "fire hydrant": Size(0.75, 0.15, 1.1),
    "stop sign": Size(0.75, 0.1, 0.8, 1.25),
    "traffic light": Size(0.9, 0.3, 1.8),
    "bench": Size(0.85, 0.15, 0.2, 1.2, deep=0.3),
    "chair": Size(0.9, 0.15, 0.8, deep=0.3),
    "couch": Size(0.85, 0.12, 0.2, 1.0, deep=0.9),
    "toilet": Size(0.75, 0.15, 0.8, deep=0.5),
    "refrigerator": Size(1.7, 0.15, 1.2, deep=0.5),
    "microwave": Size(0.3, 0.15, 0.4, 0.9, deep=0.4, below=TABLE),
    "tv": Size(0.55, 0.35, 0.4, 1.0),
    "sink": _long(0.5, 0.25),
    "suitcase": Size(0.6, 0.25, 0.6, deep=0.3),
    "backpack": Size(0.48, 0.2, 0.8),
    "handbag": Size(0.35, 0.3, 0.6),
    "bottle": Size(0.26, 0.25, 2.0),
    "wine glass": Size(0.2, 0.15, 1.2),
    "cup": Size(0.1, 0.25, 0.7, deep=0.08, below=TABLE),
    "bowl": _long(0.18, 0.3),
    "vase": Size(0.28, 0.35, 0.8, deep=0.15, below=TABLE),
    "teddy bear": Size(0.35, 0.35, 0.7, deep=0.25, below=0.8),
    "laptop": _long(0.36, 0.15),
    "keyboard": _long(0.44, 0.15),
    "mouse": _long(0.1, 0.2),
    "cell phone": _long(0.14, 0.2),
    "remote": _long(0.18, 0.2),
    "tennis racket": _long(0.65, 0.2),
    "skateboard": _long(0.78, 0.2),
    "surfboard": _long(2.1, 0.3),
    "frisbee": _long(0.26, 0.15),
    "fork": _long(0.18, 0.2),
    "knife": _long(0.2, 0.25),
    "spoon": _long(0.17, 0.2),
    "pizza": _long(0.3, 0.25),
    "donut": _long(0.09, 0.2),
    "banana": _long(0.18, 0.2),
    "apple": Size(0.08, 0.12, 0.75, 1.3),
    "orange": Size(0.075, 0.12, 0.75, 1.3),
}

TRUST = 0.4
"""Standard deviation of the logarithm of a painted depth's scale, before any size is looked at."""
SURROUNDINGS = 0.2
"""The same of a size read off one thing, besides how much such things vary: pose, occlusion, the view from above."""
SMALLEST = 0.06
"""Share of the picture's height below which a thing is too small to be measured."""
FRAME = 3
"""Pixels: what comes nearer to the edge of the photo may go on beyond it."""


@dataclass(frozen=True)
class SizedThing:
    """A thing in a photo, and how far away it must be."""

    mask: NDArray[np.bool_]
    """(H, W)."""
    meters: float
    """Along the z axis, for the camera of the sample, else the one that is assumed."""
    size: Size


def sized_things(sample: Sample) -> Iterator[SizedThing]:
    """The whole things of a photo whose size is known; where only people are labelled, by what they wear, the person.

    Args:
        sample: labels, a vocabulary, and instances or a group "person".
    """
    assert sample.labels is not None
    assert sample.vocabulary is not None
    height = sample.labels.shape[0]
    for name, mask in _things(sample):
        rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
        tall, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
        size = SIZES[name]
        inside = min(rows[0], columns[0]) >= FRAME and rows[-1] < height - FRAME
        if not inside or columns[-1] >= mask.shape[1] - FRAME or max(tall, wide) < SMALLEST * height:
            continue
        if size.fits(tall, wide):
            yield SizedThing(mask, size.depth(tall, wide, focal_of(sample)), size)


def with_sizes(sample: Sample) -> Sample:
    """The same photo with a depth that agrees with the sizes of the things in it.

    A depth that it has already is brought to their scale as a whole, by the mean of what they say, each weighted by
    how certain it is, and the depth as it was by `TRUST`; where there are none, only its layout is believed. Without a
    depth, it is known on the things alone.
    """
    things = list(sized_things(sample))
    if not things:
        return replace(sample, metric=False)
    if sample.depth is None:
        depth = np.full(sample.rgb.shape[:2], np.nan, np.float32)
        for thing in things:
            depth[thing.mask] = thing.meters
        return replace(sample, depth=depth, focal=focal_of(sample))
    total, weights = 0.0, TRUST**-2
    for thing in things:
        here = sample.depth[thing.mask]
        believed = here[np.isfinite(here) & (here > 0)]
        if len(believed) > 0.5 * len(here):
            weight = 1 / (thing.size.spread**2 + SURROUNDINGS**2)
            total += weight * math.log(thing.meters / np.median(believed))
            weights += weight
    depth = (sample.depth * np.exp(total / weights)).astype(np.float32)
    return replace(sample, depth=depth, metric=weights > TRUST**-2)


def focal_of(sample: Sample) -> float:
    """Its focal length in pixels; where it is not known, that of the camera which plantain assumes."""
    height, width = sample.rgb.shape[:2]
    return sample.focal or math.sqrt(height * width)


def is_covered(mask: NDArray[np.bool_], others: NDArray[np.bool_]) -> bool:
    """Whether much of the outline is shared with other things, which then stand before it or are held by it."""
    from scipy.ndimage import binary_dilation

    around = binary_dilation(mask, iterations=2) & ~mask
    return bool((others & around).sum() > 0.15 * around.sum())


def _things(sample: Sample) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    assert sample.labels is not None
    assert sample.vocabulary is not None
    if sample.instances is None:
        worn = np.isin(sample.labels, list(sample.vocabulary.groups.get("person", ())))
        if worn.any():
            yield "person", worn
        return
    for number in np.unique(sample.instances[sample.instances > 0]):
        mask = sample.instances == number
        name = sample.vocabulary.names[int(sample.labels[mask].max())]
        if name in SIZES and not is_covered(mask, sample.labels > 0):
            yield name, mask
