"""Where training pictures come from: rendered scenes and real photos with ground truth, as one kind of sample."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from vb_demo.geometry import Camera, normals_from_depth

PHOTO_SIDE = 320
"""Real photos are kept in memory with this longer side, in pixels."""


@dataclass(frozen=True)
class Vocabulary:
    """What the numbers of a label picture mean, and what else the same pixels may be called."""

    names: Sequence[str]
    """Index → name; index 0 is "nothing in particular"."""
    synonyms: dict[str, Sequence[str]] = field(default_factory=dict)
    groups: dict[str, frozenset[int]] = field(default_factory=dict)
    """Wider words: name → indices that it covers."""
    absent: Sequence[str] = ()
    """Words that may be asked for although nothing in the picture is called so."""


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
    vocabulary: Vocabulary | None = None
    focal: float | None = None
    """Focal length along x in pixels of `rgb`."""


class Source(Protocol):
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Sample: ...


class Scenes:
    """Shards written by `vb_demo.training.scenes`. `refresh` picks up shards that were rendered meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = json.loads((folder / "names.json").read_text())
        synonyms = json.loads((folder / "synonyms.json").read_text())
        self.vocabulary = Vocabulary(names, synonyms, absent=[name for name in names[1:]])
        self._shards: dict[Path, dict[str, NDArray[Any]]] = {}
        self._starts = np.zeros(1, np.intp)
        self.refresh()

    def refresh(self) -> None:
        for path in sorted(self.folder.glob("scenes_*.npz")):
            if path not in self._shards:
                with np.load(path) as shard:
                    self._shards[path] = {
                        key: shard[key] for key in ("rgb", "depth", "normals", "labels", "intrinsics")
                    }
        self._starts = np.cumsum([0, *(len(shard["rgb"]) for shard in self._shards.values())])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> Sample:
        which = int(np.searchsorted(self._starts, index, side="right")) - 1
        shard, i = list(self._shards.values())[which], index - int(self._starts[which])
        normals = shard["normals"][i].astype(np.float32) / 127
        normals[~normals.any(-1)] = np.nan
        return Sample(
            shard["rgb"][i],
            shard["depth"][i].astype(np.float32),
            normals,
            shard["labels"][i],
            self.vocabulary,
            float(shard["intrinsics"][i, 0]),
        )


class Folder:
    """A folder with meta.json beside rgb/, depth/ or label/. Everything is read into memory once, made small.

    Args:
        folder: kind "rgbd", "semantic" or "instance" by its meta.json.
        skip_last: how many of the photos (the last by name) are held out.
        max_depth: metres beyond which the sensor is not believed.
    """

    def __init__(self, folder: Path, *, skip_last: int = 0, max_depth: float = 10.0) -> None:
        meta = json.loads((folder / "meta.json").read_text())
        paths = sorted((folder / "rgb").iterdir())
        paths = paths[: len(paths) - skip_last]
        read = {"rgbd": _read_rgbd, "semantic": _read_semantic, "instance": _read_instance}[meta["kind"]]
        vocabulary = _vocabulary(meta)
        self._samples = [read(folder, path, meta, vocabulary, max_depth) for path in paths]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]


def _small(path: Path) -> tuple[NDArray[np.uint8], float]:
    with Image.open(path) as image:
        scale = min(1.0, PHOTO_SIDE / max(image.size))
        size = (round(image.width * scale), round(image.height * scale))
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC)), scale


def _nearest(path: Path, size: tuple[int, int]) -> NDArray[Any]:
    with Image.open(path) as image:
        return np.asarray(image.resize(size, Image.Resampling.NEAREST))


def _read_rgbd(folder: Path, path: Path, meta: dict[str, Any], _: Vocabulary | None, max_depth: float) -> Sample:
    rgb, scale = _small(path)
    height, width = rgb.shape[:2]
    depth = _nearest(folder / "depth" / f"{path.stem}.png", (width, height)).astype(np.float32) / 1000
    depth[(depth <= 0) | (depth > max_depth)] = np.nan
    fx, fy, cx, cy = (value * scale for value in meta["items"][path.stem]["K"])
    camera = Camera(width, height, fx, fy, cx, cy, "calibrated")
    return Sample(rgb, depth, normals_from_depth(smooth_depth(depth), camera), focal=fx)


def smooth_depth(depth: NDArray[np.floating], sigma: float = 1.5) -> NDArray[np.float32]:
    """Average sensor noise away before taking normals; unknown pixels stay unknown and do not spread."""
    known = np.isfinite(depth)
    total = gaussian_filter(np.where(known, depth, 0).astype(np.float32), sigma)
    weight = gaussian_filter(known.astype(np.float32), sigma)
    return np.where(known, total / np.maximum(weight, 1e-6), np.nan).astype(np.float32)


def _read_semantic(folder: Path, path: Path, meta: dict[str, Any], vocabulary: Vocabulary | None, _: float) -> Sample:
    rgb, _scale = _small(path)
    labels = _nearest(folder / "label" / f"{path.stem}.png", (rgb.shape[1], rgb.shape[0]))
    return Sample(rgb, labels=labels, vocabulary=vocabulary)


def _read_instance(folder: Path, path: Path, meta: dict[str, Any], vocabulary: Vocabulary | None, _: float) -> Sample:
    assert vocabulary is not None
    rgb, _scale = _small(path)
    things = _nearest(folder / "label" / f"{path.stem}.png", (rgb.shape[1], rgb.shape[0]))
    index = {name: i for i, name in enumerate(vocabulary.names)}
    table = np.array([0, *(index[item["name"]] for item in meta["items"][path.stem])], np.int64)
    return Sample(rgb, labels=table[things], vocabulary=vocabulary)


_FOOTWEAR = ("boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers", "wedges")
_NOT_CLOTHES = (
    *("null", "accessories", "bag", "bracelet", "earrings", "glasses", "hair", "necklace"),
    *("purse", "ring", "skin", "sunglasses", "wallet", "watch"),
)


def _vocabulary(meta: dict[str, Any]) -> Vocabulary | None:
    if meta["kind"] == "rgbd":
        return None
    if meta["kind"] == "semantic":
        names = meta["classes"]
        groups = {}
        if "hair" in names and "skin" in names:
            # Photos of single people: every labelled pixel belongs to somebody, and clothes have wider names.
            worn = frozenset(range(1, len(names)))
            groups = {word: worn for word in ("person", "woman", "people", "human")}
            groups["footwear"] = groups["shoes"] = frozenset(names.index(name) for name in _FOOTWEAR)
            groups["clothes"] = groups["clothing"] = worn - {
                names.index(name) for name in _NOT_CLOTHES if name in names
            }
            groups["handbag"] = frozenset({names.index("bag"), names.index("purse")})
        outdoors = ("car", "dog", "chair", "sofa", "boat", "horse", "television", "bed", "cat", "bottle")
        return Vocabulary(names, groups=groups, absent=outdoors if groups else ())
    names = sorted({item["name"] for items in meta["items"].values() for item in items})
    return Vocabulary(["unlabelled", *names], absent=names)
