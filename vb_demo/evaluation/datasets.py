"""Photos with ground truth on disk.

A set is a folder with meta.json, rgb/ and depth/ or label/ (PNG, named like the photos). meta.json says of which kind:
    "rgbd"      depth/ is uint16 millimetres along z, 0 = none; "items": {name: {"K": [fx, fy, cx, cy]}} in pixels
    "semantic"  label/ is uint8, an index into "classes", 255 = ignore; a first class "null" is the background
    "instance"  label/ is uint16, 0 = unlabelled, n = the thing "items"[name][n - 1], which has a "name"
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.geometry import Camera

TRUTH_FOLDERS = {"rgbd": "depth", "semantic": "label", "instance": "label"}
"""Kind of set → where its truth lies."""
OUT_OF_RANGE = 65535
"""Millimetres: the largest number that a depth file can hold."""
UNLABELLED = 255
IGNORE = -1
"""In `Dataset.labels`: a pixel that is not judged."""


@dataclass(frozen=True)
class Sample:
    """One photo of a set, by name; files are read when asked for, since a set need not fit in memory."""

    name: str
    photo_path: Path
    truth_path: Path

    @property
    def stored(self) -> NDArray[Any]:
        """(H, W): the truth as the file has it."""
        with Image.open(self.truth_path) as image:
            return np.asarray(image)


@dataclass(frozen=True)
class Dataset:
    name: str
    kind: str
    samples: tuple[Sample, ...]
    meta: dict[str, Any]

    @property
    def has_background(self) -> bool:
        """Whether there may be pixels of no class that are judged."""
        return self.kind == "instance" or self.meta["classes"][0] == "null"

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """What the numbers of `labels` mean; 0 is the background, which is no class."""
        if self.kind == "instance":
            things = (thing for things in self.meta["items"].values() for thing in things)
            return ("background", *sorted({thing["name"] for thing in things}))
        named = self.meta["classes"]
        return ("background", *(named[1:] if self.has_background else named))

    def depth(self, sample: Sample) -> NDArray[np.float32]:
        """(H, W) metres, `nan` = none."""
        stored = sample.stored
        known = (stored > 0) & (stored < OUT_OF_RANGE)
        return np.where(known, stored / np.float32(1000), np.float32(np.nan)).astype(np.float32)

    def camera(self, sample: Sample) -> Camera:
        height, width = sample.stored.shape
        fx, fy, cx, cy = self.meta["items"][sample.name]["K"]
        return Camera(width, height, fx, fy, cx, cy)

    def labels(self, sample: Sample) -> NDArray[np.int64]:
        """(H, W): index into `classes`, or `IGNORE`."""
        stored = sample.stored.astype(np.int64)
        if self.kind == "instance":
            things = [self.classes.index(thing["name"]) for thing in self.meta["items"][sample.name]]
            return np.array([0, *things])[stored]
        shift = len(self.classes) - len(self.meta["classes"])
        return np.where(stored == UNLABELLED, IGNORE, stored + shift)


def open_dataset(folder: str | Path, *, limit: int | None = None) -> Dataset:
    """See what a folder holds; `limit` keeps that many of its photos, evenly spaced.

    Raises:
        InputError: the folder is no set, or a photo has no truth.
    """
    folder = Path(folder)
    if not (folder / "meta.json").is_file():
        raise InputError(f"{folder} holds no meta.json; a set has one beside rgb/ and depth/ or label/.")
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{folder / 'meta.json'} is no JSON: {error}.") from error
    kind = meta.get("kind")
    if kind not in TRUTH_FOLDERS:
        raise InputError(f"{folder} is of kind {kind!r}; kinds that can be measured are {', '.join(TRUTH_FOLDERS)}.")
    photos = sorted(path for path in (folder / "rgb").glob("*") if path.is_file())
    if not photos:
        raise InputError(f"{folder / 'rgb'} holds no photos.")
    if limit is not None and limit < len(photos):
        photos = [photos[i] for i in np.linspace(0, len(photos) - 1, limit).round().astype(int)]
    samples = tuple(Sample(path.stem, path, folder / TRUTH_FOLDERS[kind] / f"{path.stem}.png") for path in photos)
    for sample in samples:
        if not sample.truth_path.is_file():
            raise InputError(f"{sample.photo_path} has no truth: {sample.truth_path} is missing.")
    return Dataset(folder.resolve().name, kind, samples, meta)
