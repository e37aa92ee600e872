"""Things cut out of real photos, to be pasted into rendered scenes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from vb_demo.evaluation.datasets import UNLABELLED, Sample, open_dataset
from vb_demo.training.sizes import FRAME, SIZES, is_covered

SIDE = 200
"""Longer side of a kept cut-out, in pixels."""
MIN_AREA = 1500
"""Pixels of the photo; smaller things are too blurred to be pasted."""
HELD_OUT = {"coco_small": 60, "clothing": 100}
"""Set → how many of its photos, the last by name, are kept for measuring."""

_NOT_WHOLE = frozenset({"dining table", "bed"})
"""Outlines of these are drawn around whatever lies on them."""
_FEATHER = 0.7
"""Standard deviation of the soft edge, in pixels of the picture."""
_ENLARGED = 1.5
"""How many times a cut-out may be enlarged."""
_FACES_UP = 0.75
"""Least upward part of a normal that something may stand on: the camera must not look down on it too steeply."""
_LEAST_TALL = 14
"""Pixels that a thing of known size has to be tall."""
_TRIES = 12
"""Spots to look at before it is put anywhere."""


@dataclass(frozen=True)
class Cutout:
    """One thing with the photo around it, cropped to the thing's box."""

    rgb: NDArray[np.uint8]
    """(h, w, 3) sRGB."""
    mask: NDArray[np.bool_]
    """(h, w) the thing."""
    name: str


def load_cutouts(photos: Path) -> list[Cutout]:
    """Whole things of `photos`/coco_small and whole people of `photos`/clothing, without the photos held out."""
    return [*_things(photos / "coco_small"), *_people(photos / "clothing")]


def paste(
    rgb: NDArray[np.uint8],
    labels: NDArray[np.integer],
    depth: NDArray[np.floating],
    normals: NDArray[np.floating],
    focal: float,
    cutouts: Sequence[Cutout],
    index_of: Mapping[str, int],
    rng: np.random.Generator,
    count: int,
) -> tuple[NDArray[np.uint8], NDArray[np.integer], NDArray[np.floating], NDArray[np.floating]]:
    """Put `count` of the cut-outs that `index_of` has a label for into a picture.

    What has a known size (`SIZES`) stands on something, as tall as it is there, behind what is nearer, and its depth is
    that of the spot; what has none, or finds no place, goes anywhere, mostly in the lower half, and its depth is not
    known.

    Returns new arrays like the first four: (H, W, 3), labels (H, W), depth (H, W), and normals (H, W, 3), which are
    `nan` under what was pasted. `focal` is in pixels. Numbers of instances do not know of it.
    """
    rgb, labels, depth, normals = rgb.copy(), labels.copy(), depth.copy(), normals.copy()
    # Between a fair share for each name and for each cut-out: nearly all are people, and some things are there once.
    numbers = Counter(cutout.name for cutout in cutouts)
    weights = np.array([numbers[cutout.name] ** -0.3 if cutout.name in index_of else 0.0 for cutout in cutouts])
    if not weights.any():
        return rgb, labels, depth, normals
    for chosen in rng.choice(len(cutouts), count, p=weights / weights.sum()):
        cutout = cutouts[chosen]
        spot = _standing(cutout, depth, normals, focal, rng)
        tall = spot.tall if spot else _anywhere(cutout, labels.shape, rng)
        color, alpha = _resized(cutout, tall, rng)
        window, part = _at(spot, alpha.shape, labels.shape) if spot else _place(alpha.shape, labels.shape, rng)
        color, alpha = color[part], alpha[part]
        if spot:
            alpha = alpha * ~(depth[window] < 0.98 * spot.meters)
        if not (alpha > 0.5).any():
            continue
        # Half way to the light of the surroundings, for what is black stays black in a bright room.
        gain = np.clip(np.sqrt((rgb[window].mean() + 8) / (color[alpha > 0.5].mean() + 8)), 0.65, 1.25)
        mixed = alpha[..., None] * (color * gain).clip(0, 255) + (1 - alpha[..., None]) * rgb[window]
        rgb[window] = mixed.round().astype(np.uint8)
        labels[window][alpha > 0.5] = index_of[cutout.name]
        depth[window][alpha > 0.05] = np.nan
        normals[window][alpha > 0.05] = np.nan
        if spot:
            depth[window][alpha > 0.5] = spot.meters
    return rgb, labels, depth, normals


@dataclass(frozen=True)
class _Spot:
    """Where a thing stands: the middle of its lower edge, how far away that is, and how tall it looks from there."""

    row: int
    column: int
    meters: float
    tall: float
    """Pixels."""


def _standing(
    cutout: Cutout, depth: NDArray[np.floating], normals: NDArray[np.floating], focal: float, rng: np.random.Generator
) -> _Spot | None:
    """A spot that faces up, at which the thing is neither too small to be seen nor larger than what is known of it."""
    size, (h, w) = SIZES.get(cutout.name), cutout.mask.shape
    if size is None or not size.fits(h, w):
        return None
    rows, columns = np.nonzero((normals[..., 1] > _FACES_UP) & np.isfinite(depth))
    taller = np.exp(rng.normal(0, size.spread))
    for index in rng.integers(0, len(rows), _TRIES) if len(rows) else ():
        row, column = int(rows[index]), int(columns[index])
        meters = float(depth[row, column])
        tall = float(size.looks_tall(h, w, focal, meters) * taller)
        if _LEAST_TALL <= tall <= min(0.95 * len(depth), _ENLARGED * h):
            return _Spot(row, column, meters, tall)
    return None


def _anywhere(cutout: Cutout, picture: tuple[int, ...], rng: np.random.Generator) -> float:
    """A random height for a picture of (height, width), in pixels."""
    (h, w), (height, width) = cutout.mask.shape, picture
    tall = height * np.exp(rng.uniform(np.log(0.15), np.log(0.8)))
    # Neither wider than the picture nor enlarged to a blur.
    return min(tall, 0.8 * width / w * h, _ENLARGED * h)


def _resized(cutout: Cutout, tall: float, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The cut-out, perhaps mirrored, `tall` pixels high, and its soft mask in [0, 1]."""
    h, w = cutout.mask.shape
    size = (max(2, round(w * tall / h)), max(2, round(tall)))
    color = np.asarray(Image.fromarray(cutout.rgb).resize(size, Image.Resampling.BICUBIC))
    mask = Image.fromarray(cutout.mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BILINEAR)
    alpha = np.asarray(mask.filter(ImageFilter.GaussianBlur(_FEATHER)), np.float32) / np.float32(255)
    return (color[:, ::-1], alpha[:, ::-1]) if rng.random() < 0.5 else (color, alpha)


_Window = tuple[slice, slice]


def _place(size: tuple[int, ...], picture: tuple[int, ...], rng: np.random.Generator) -> tuple[_Window, _Window]:
    """Where in the picture, and which part of the cut-out: its lower edge is rarely high, and the frame may cut it."""
    (h, w), (height, width) = size, picture
    bottom = int(height * (1.08 - 0.5 * rng.random() ** 1.5))
    return _window(max(bottom - h, -h // 8), int(rng.uniform(-0.15 * w, width - 0.85 * w)), size, picture)


def _at(spot: _Spot, size: tuple[int, ...], picture: tuple[int, ...]) -> tuple[_Window, _Window]:
    return _window(spot.row + 1 - size[0], spot.column - size[1] // 2, size, picture)


def _window(top: int, left: int, size: tuple[int, ...], picture: tuple[int, ...]) -> tuple[_Window, _Window]:
    """The part of the picture that a cut-out of `size` with this corner covers, and the part of the cut-out there."""
    (h, w), (height, width) = size, picture
    rows, columns = slice(max(top, 0), min(top + h, height)), slice(max(left, 0), min(left + w, width))
    return (rows, columns), (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))


def _things(folder: Path) -> Iterator[Cutout]:
    data = open_dataset(folder)
    for sample in data.samples[: -HELD_OUT["coco_small"]]:
        stored, rgb = sample.stored, _photo(sample)
        things = data.meta["items"][sample.name]
        areas = np.bincount(stored.ravel(), minlength=len(things) + 1)[1:]
        for number in np.flatnonzero(areas >= MIN_AREA):
            thing, mask = things[number], stored == number + 1
            if not (thing["crowd"] or thing["name"] in _NOT_WHOLE or is_covered(mask, stored > 0)):
                yield from _cut(rgb, mask, thing["name"])


def _people(folder: Path) -> Iterator[Cutout]:
    data = open_dataset(folder)
    for sample in data.samples[: -HELD_OUT["clothing"]]:
        # Photos of single people: whatever is labelled is a part of them.
        stored = sample.stored
        yield from _cut(_photo(sample), (stored > 0) & (stored != UNLABELLED), "person")


def _photo(sample: Sample) -> NDArray[np.uint8]:
    with Image.open(sample.photo_path) as image:
        return np.asarray(image.convert("RGB"))


def _cut(rgb: NDArray[np.uint8], mask: NDArray[np.bool_], name: str) -> Iterator[Cutout]:
    """The thing, if it is large enough, in one piece and not cut off by the photo's frame."""
    from scipy.ndimage import binary_closing, binary_erosion, label

    if mask.sum() < MIN_AREA:
        return
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    top, left, bottom, right = rows[0] - FRAME, columns[0] - FRAME, rows[-1] + FRAME, columns[-1] + FRAME
    if min(top, left) < 0 or bottom >= mask.shape[0] or right >= mask.shape[1]:
        return
    window = np.s_[top : bottom + 1, left : right + 1]
    # Annotations have pinholes, and run a little outside of the thing.
    pieces, _ = label(binary_erosion(binary_closing(mask[window], iterations=2)))
    areas = np.bincount(pieces.ravel())[1:]
    if not areas.size or areas.max() < 0.95 * areas.sum():
        return
    color, shape = Image.fromarray(rgb[window]), Image.fromarray(pieces == areas.argmax() + 1).convert("L")
    scale = min(1.0, SIDE / max(color.size))
    size = (round(color.width * scale), round(color.height * scale))
    color, shape = color.resize(size, Image.Resampling.BICUBIC), shape.resize(size, Image.Resampling.BILINEAR)
    yield Cutout(np.asarray(color), np.asarray(shape) > 127, name)
