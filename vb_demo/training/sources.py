"""Where training pictures come from: rendered scenes and real photos with ground truth, as one kind of sample."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.evaluation.datasets import SHARDS, Dataset, open_dataset, read_shard, truth_normals, unpacked_normals
from vb_demo.evaluation.datasets import Sample as Photograph
from vb_demo.flow import on_grid
from vb_demo.training.scenes.names import PARTS

PHOTO_SIDE = 448
"""Real photos are kept in memory with this longer side, in pixels."""

LOW_CAMERA = 0.8
"""Metres above the floor: a robot's or a pet's view, or a camera held over something that lies there."""


@dataclass(frozen=True)
class Vocabulary:
    """What the numbers of a label picture mean, and what else the same pixels may be called."""

    names: Sequence[str]
    """Index → name; index 0 is "nothing in particular"."""
    synonyms: dict[str, Sequence[str]] = field(default_factory=dict)
    groups: dict[str, frozenset[int]] = field(default_factory=dict)
    """Wider words: name → indices that it covers."""
    parts: dict[int, frozenset[int]] = field(default_factory=dict)
    """Index → indices that its names cover as well, unless they are named themselves."""
    absent: Sequence[str] = ()
    """Words that may be asked for although nothing in the picture is called so."""
    most_absent: int = 4
    """So many of these are asked for at most."""
    akin: Sequence[frozenset[str]] = ()
    """Words said for one another: where one of them is in the picture, the others are not taken for absent."""
    unnamed: Sequence[str] = ()
    """Words for what the annotation passes over: a pixel of index 0 may be any of these, or none."""


@dataclass(frozen=True)
class Sample:
    """One picture and what is known about it; all arrays share (H, W)."""

    rgb: NDArray[np.uint8]
    """(H, W, 3) sRGB."""
    depth: NDArray[np.floating] | None = None
    """Metres along the z axis; `inf` = sky, `nan` = unknown."""
    normals: NDArray[np.floating] | None = None
    """(H, W, 3) in the answer's axes, `nan` = unknown."""
    labels: NDArray[np.integer] | None = None
    """Index into `vocabulary.names`; −1 = not known."""
    instances: NDArray[np.integer] | None = None
    """One number a thing; 0 = no thing that can be counted, −1 = several that are not told apart."""
    vocabulary: Vocabulary | None = None
    focal: float | None = None
    """Focal length along x in pixels of `rgb`."""
    metric: bool = True
    """Whether the scale of the depth is to be learnt as well as its layout."""


class Source(Protocol):
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Sample: ...


class Scenes:
    """Shards written by `vb_demo.training.scenes`. `refresh` picks up shards that were rendered meanwhile.

    Args:
        folder: where the shards are.
        more_names: what else may be pasted into the pictures.
        low_cameras: how many times each picture counts that was taken from within `LOW_CAMERA` of a floor.
    """

    def __init__(self, folder: Path, more_names: Iterable[str] = (), low_cameras: int = 1) -> None:
        self.folder = folder
        self.low_cameras = low_cameras
        names = json.loads((folder / "names.json").read_text())
        synonyms = json.loads((folder / "synonyms.json").read_text())
        known = {word.lower(): name for name, words in synonyms.items() for word in (*words, name)}
        names += sorted(set(more_names) - set(known) - set(names))
        parts = {
            names.index(whole): frozenset(names.index(part) for part in parts if part in names)
            for whole, parts in PARTS.items()
            if whole in names
        }
        self.vocabulary = Vocabulary(names, synonyms, absent=names[1:], parts=parts)
        self.index_of = {name: names.index(known.get(name, name)) for name in {*names, *more_names}}
        """Label index of every name, those that are synonyms of a rendered thing included."""
        self._read: set[Path] = set()
        self._pictures: list[tuple[dict[str, NDArray[Any]], int]] = []
        """Shard and number in it."""
        self.refresh()

    def refresh(self) -> None:
        for path in sorted(set(self.folder.glob(SHARDS)) - self._read):
            shard = read_shard(path)
            low = camera_heights(shard, self.index_of["floor"]) < LOW_CAMERA
            times = np.where(low, self.low_cameras, 1)
            self._pictures += [(shard, int(i)) for i in np.repeat(np.arange(len(times)), times)]
            self._read.add(path)

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: int) -> Sample:
        shard, i = self._pictures[index]
        return Sample(
            shard["rgb"][i],
            shard["depth"][i].astype(np.float32),
            unpacked_normals(shard["normals"][i]),
            shard["labels"][i],
            shard["instances"][i],
            self.vocabulary,
            float(shard["intrinsics"][i, 0]),
        )


def camera_heights(shard: dict[str, NDArray[Any]], floor: int) -> NDArray[np.float32]:
    """How far the cameras of a shard stand above the floor.

    Args:
        shard: the arrays that `vb_demo.training.scenes.generate.pack` lists, N pictures.
        floor: label index of the floor.

    Returns:
        (N,) metres, `nan` where (nearly) no floor is seen.
    """
    step = 8  # every eighth pixel each way is plenty for a median
    depth = shard["depth"][:, ::step, ::step].astype(np.float32)
    normals = unpacked_normals(shard["normals"][:, ::step, ::step])
    seen = (shard["labels"][:, ::step, ::step] == floor) & np.isfinite(depth)
    fx, fy, cx, cy = shard["intrinsics"].T[:, :, None, None]
    height, width = shard["rgb"].shape[1:3]
    y, x = np.arange(0, height, step)[:, None] + 0.5, np.arange(0, width, step) + 0.5
    # A floor's normal is up: what the way to a point of it goes against up is the camera's height.
    down = (normals[..., 0] * (cx - x) / fx + normals[..., 1] * (y - cy) / fy + normals[..., 2]) * depth
    return np.array([np.median(d[s]) if s.sum() > 10 else np.nan for d, s in zip(down, seen, strict=True)], np.float32)


class Folder:
    """A set of real photos (see `vb_demo.evaluation.datasets`), read into memory once and made small.

    Args:
        folder: the set.
        skip_last: how many of its photos (the last by name) are held out.
        max_depth: metres beyond which the sensor is not believed.
        metric: whether the scale of its depth is to be learnt as well as the layout.
    """

    def __init__(self, folder: Path, *, skip_last: int = 0, max_depth: float = 10.0, metric: bool = True) -> None:
        data = open_dataset(folder)
        kept = data.samples[: len(data.samples) - skip_last]
        vocabulary = None if data.kind == "rgbd" else _vocabulary(data)
        self.samples = [replace(_read(data, photo, vocabulary, max_depth), metric=metric) for photo in kept]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Sample:
        return self.samples[index]


def _read(data: Dataset, photo: Photograph, vocabulary: Vocabulary | None, max_depth: float) -> Sample:
    with Image.open(photo.photo_path) as image:
        scale = min(1.0, PHOTO_SIDE / max(image.size))
        size = (round(image.width * scale), round(image.height * scale))
        rgb = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC))
    if vocabulary is not None:
        things = on_grid(data.instances(photo), size) if data.kind == "instance" else None
        return Sample(rgb, labels=on_grid(data.labels(photo), size), instances=things, vocabulary=vocabulary)
    depth, camera = data.depth(photo), data.camera(photo)
    depth = np.where(depth <= max_depth, depth, np.float32(np.nan))
    normals = truth_normals(depth, camera)
    return Sample(rgb, on_grid(depth, size), on_grid(normals, size), focal=camera.scaled(*size).fx)


_FOOTWEAR = ("boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers", "wedges")
_NOT_CLOTHES = (
    *("accessories", "bag", "bracelet", "earrings", "glasses", "hair", "necklace"),
    *("purse", "ring", "skin", "sunglasses", "wallet", "watch"),
)
_PASSED_OVER = (
    *("wall", "floor", "ceiling", "window", "door", "curtain", "cabinet", "shelf", "rug", "picture", "lamp", "pillow"),
    *("sky", "building", "house", "road", "street", "sidewalk", "pavement", "grass", "tree", "bush", "fence", "pole"),
    *("ground", "water", "hill", "mountain", "sand", "rock", "roof", "column", "stairs", "box", "paper", "sign"),
)
_PASSED_OVER_ON_STREETS = (
    *("wall", "window", "door", "sky", "building", "house", "road", "street", "sidewalk", "pavement", "grass", "tree"),
    *("bush", "plant", "fence", "pole", "ground", "floor", "stairs", "car", "shop", "sign", "column", "roof"),
)
_GARMENTS = (
    *("dress", "pants", "bag", "coat", "blouse", "shirt", "jeans", "skirt", "sweater", "blazer", "t-shirt", "vest"),
    *("shoes", "boots", "socks", "stockings", "shorts", "scarf", "hat", "jacket", "belt", "sunglasses", "suit"),
)
_AKIN = (
    frozenset(_FOOTWEAR),
    frozenset({"bag", "purse", "wallet"}),
    frozenset({"pants", "jeans", "leggings"}),
    frozenset({"stockings", "tights", "leggings", "socks"}),
    frozenset({"dress", "romper", "bodysuit"}),
    frozenset({"coat", "jacket", "blazer", "cape", "suit"}),
    frozenset({"blouse", "shirt", "t-shirt", "top", "sweater", "sweatshirt", "jumper", "hoodie", "cardigan"}),
)
_NOT_ON_STREETS = ("sofa", "boat", "horse", "television", "bed", "cat", "bottle", "sink", "piano", "laptop")


def _vocabulary(data: Dataset) -> Vocabulary:
    names = data.classes
    if data.kind == "instance":
        return Vocabulary(names, absent=names[1:], unnamed=_PASSED_OVER)
    if "hair" not in names or "skin" not in names:
        return Vocabulary(names)
    # Photos of single people: every labelled pixel belongs to somebody, and what is worn has wider names.
    worn = frozenset(range(1, len(names)))
    footwear = frozenset(names.index(name) for name in _FOOTWEAR)
    clothes = worn - {names.index(name) for name in _NOT_CLOTHES}
    groups = {
        **dict.fromkeys(("person", "woman", "people", "human"), worn),
        **dict.fromkeys(("footwear", "shoes"), footwear),
        **dict.fromkeys(("clothes", "clothing"), clothes),
        "handbag": frozenset({names.index("bag"), names.index("purse")}),
    }
    # Else a dress would be asked for only where there is one, and so be painted wherever it is asked for.
    absent = (*_GARMENTS, *_NOT_ON_STREETS)
    return Vocabulary(names, groups=groups, absent=absent, most_absent=20, akin=_AKIN, unnamed=_PASSED_OVER_ON_STREETS)
