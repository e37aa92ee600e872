"""Pictures with ground truth on disk.

A set of photos is a folder with meta.json, rgb/ and depth/ or label/ (PNG, named like the photos). meta.json says of
which kind:
    "rgbd"      depth/ is uint16 millimetres along z, 0 = none; "items": {name: {"K": [fx, fy, cx, cy]}} in pixels
    "semantic"  label/ is uint8, an index into "classes", 255 = ignore; a first class "null" is the background
    "instance"  label/ is uint16, 0 = unlabelled, n = the thing "items"[name][n - 1], which has a "name"

A set of renders is a folder as `python -m vb_demo train scenes` writes it: names.json, of which the first means
"nothing in particular", and shards of many pictures each, see `read_shard`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.geometry import Camera, depth_edges, normals_from_depth
from vb_demo.images import Photo, open_photo

TRUTH_FOLDERS = {"rgbd": "depth", "semantic": "label", "instance": "label"}
"""Kind of set → where its truth lies."""
OUT_OF_RANGE = 65535
"""Millimetres: the largest number that a depth file can hold."""
UNLABELLED = 255
IGNORE = -1
"""In `Dataset.labels`: a pixel that is not judged."""
SMOOTHING = 11
"""Pixels, odd; see `truth_normals`. On a bare floor in a Kinect's picture of 640 × 480 it leaves 4° of noise."""
SHARDS = "scenes_*.npz"
SHARD_ARRAYS = ("rgb", "depth", "normals", "labels", "instances", "intrinsics")


@dataclass(frozen=True)
class Sample:
    """One picture of a set, by name; files are read when asked for, since a set need not fit in memory."""

    name: str
    photo_path: Path
    truth_path: Path
    index: int = 0
    """Its place in the files, where they hold several."""

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

    def photo(self, sample: Sample) -> Photo:
        """The picture, and what its file tells of the camera."""
        return open_photo(sample.photo_path)

    @property
    def has_cameras(self) -> bool:
        """Whether the intrinsics are known."""
        return self.kind in ("rgbd", "renders")

    def photo_with_camera(self, sample: Sample) -> Photo:
        """The picture with the set's own intrinsics."""
        photo = self.photo(sample)
        return replace(photo, camera=self.camera(sample).scaled(*photo.size))

    def depth(self, sample: Sample) -> NDArray[np.float32]:
        """(H, W) metres, `nan` = none."""
        stored = sample.stored
        known = (stored > 0) & (stored < OUT_OF_RANGE)
        return np.where(known, stored / np.float32(1000), np.float32(np.nan)).astype(np.float32)

    def camera(self, sample: Sample) -> Camera:
        height, width = sample.stored.shape
        fx, fy, cx, cy = self.meta["items"][sample.name]["K"]
        return Camera(width, height, fx, fy, cx, cy)

    def normals(self, sample: Sample) -> NDArray[np.float32]:
        """(H, W, 3) unit vectors in the answers' axes, `nan` = none."""
        return truth_normals(self.depth(sample), self.camera(sample))

    def labels(self, sample: Sample) -> NDArray[np.int64]:
        """(H, W): index into `classes`, or `IGNORE`."""
        stored = sample.stored.astype(np.int64)
        if self.kind == "instance":
            things = [self.classes.index(thing["name"]) for thing in self.meta["items"][sample.name]]
            return np.array([0, *things])[stored]
        shift = len(self.classes) - len(self.meta["classes"])
        return np.where(stored == UNLABELLED, IGNORE, stored + shift)

    def instances(self, sample: Sample) -> NDArray[np.int64]:
        """(H, W): one number a thing, 0 = nothing that can be counted, −1 = a crowd that is not told apart."""
        crowds = [n for n, thing in enumerate(self.meta["items"][sample.name], start=1) if thing.get("crowd")]
        stored = sample.stored.astype(np.int64)
        return np.where(np.isin(stored, crowds), -1, stored)


@dataclass(frozen=True)
class Renders(Dataset):
    """Rendered scenes, whose truth is exact and complete."""

    has_background = True

    @cached_property
    def classes(self) -> tuple[str, ...]:
        return ("background", *self.meta["classes"][1:])

    def photo(self, sample: Sample) -> Photo:
        return open_photo(self._array("rgb", sample))

    def depth(self, sample: Sample) -> NDArray[np.float32]:
        """(H, W) metres, `inf` = sky."""
        return self._array("depth", sample).astype(np.float32)

    def camera(self, sample: Sample) -> Camera:
        height, width = self._array("depth", sample).shape
        fx, fy, cx, cy = self._array("intrinsics", sample).tolist()
        return Camera(width, height, fx, fy, cx, cy)

    def normals(self, sample: Sample) -> NDArray[np.float32]:
        return unpacked_normals(self._array("normals", sample))

    def labels(self, sample: Sample) -> NDArray[np.int64]:
        return self._array("labels", sample).astype(np.int64)

    def instances(self, sample: Sample) -> NDArray[np.int64]:
        """(H, W): one number a thing, 0 = nothing that can be counted."""
        return self._array("instances", sample).astype(np.int64)

    def _array(self, key: str, sample: Sample) -> NDArray[Any]:
        return read_shard(sample.truth_path, (key,))[key][sample.index]


def read_shard(path: Path, keys: tuple[str, ...] = SHARD_ARRAYS) -> dict[str, NDArray[Any]]:
    """Arrays of N rendered pictures, as `vb_demo.training.scenes.generate.pack` writes them."""
    with np.load(path) as shard:
        return {key: shard[key] for key in keys}


def unpacked_normals(stored: NDArray[np.int8]) -> NDArray[np.float32]:
    """A shard's normals, 127 × the unit vector, 0 = none → (…, 3) float32, `nan` = none."""
    normals = (stored / 127).astype(np.float32)
    normals[~stored.any(axis=-1)] = np.nan
    return normals


def truth_normals(depth: NDArray[np.floating], camera: Camera) -> NDArray[np.float32]:
    """Surface directions from measured depth, smoothed against the sensor's noise.

    Inverse depth is averaged over `SMOOTHING` pixels each way, which leaves planes as they are, since on them it is
    linear in the pixel's coordinates. Where what was averaged and compared touches a gap, a jump in depth or the
    border, there is no direction.

    Args:
        depth: (H, W) metres, `nan` = none.
        camera: at the size of `depth`.

    Returns:
        (H, W, 3) unit vectors, +x right, +y up, +z towards the viewer; `nan` = none.
    """
    from scipy.ndimage import maximum_filter, uniform_filter

    known = np.isfinite(depth)
    smooth = uniform_filter(1 / np.where(known, depth, 1).astype(np.float64), SMOOTHING)
    normals = normals_from_depth(1 / smooth, camera, step=SMOOTHING // 2)
    reach = SMOOTHING + 2 * (SMOOTHING // 2)
    broken = maximum_filter(depth_edges(depth) | ~known, reach, mode="constant", cval=True)
    return np.where(broken[..., None], np.float32(np.nan), normals)


def open_dataset(folder: str | Path, *, last: int | None = None, limit: int | None = None) -> Dataset:
    """See what a folder holds.

    Args:
        last: keep only so many pictures, the last by name: what training with `skip_last` has not seen.
        limit: of these, keep so many, evenly spaced.

    Raises:
        InputError: the folder is no set, or a photo has no truth.
    """
    folder = Path(folder)
    data = _open_renders(folder) if (folder / "names.json").is_file() else _open_photos(folder)
    samples = data.samples[-last:] if last is not None else data.samples
    if limit is not None and limit < len(samples):
        samples = tuple(samples[i] for i in np.linspace(0, len(samples) - 1, limit).round().astype(int))
    return replace(data, samples=samples)


def _open_renders(folder: Path) -> Renders:
    samples = []
    for shard in sorted(folder.glob(SHARDS)):
        count = len(read_shard(shard, ("intrinsics",))["intrinsics"])
        samples += [Sample(f"{shard.stem}/{i:03d}", shard, shard, i) for i in range(count)]
    if not samples:
        raise InputError(f"{folder} holds names.json but no rendered scenes ({SHARDS}).")
    return Renders(folder.resolve().name, "renders", tuple(samples), {"classes": _read_json(folder / "names.json")})


def _open_photos(folder: Path) -> Dataset:
    if not (folder / "meta.json").is_file():
        raise InputError(
            f"{folder} holds no meta.json; a set has one beside rgb/ and depth/ or label/, or is of rendered shards."
        )
    meta = _read_json(folder / "meta.json")
    kind = meta.get("kind")
    if kind not in TRUTH_FOLDERS:
        raise InputError(f"{folder} is of kind {kind!r}; kinds that can be measured are {', '.join(TRUTH_FOLDERS)}.")
    photos = sorted(path for path in (folder / "rgb").glob("*") if path.is_file())
    if not photos:
        raise InputError(f"{folder / 'rgb'} holds no photos.")
    samples = tuple(Sample(path.stem, path, folder / TRUTH_FOLDERS[kind] / f"{path.stem}.png") for path in photos)
    for sample in samples:
        if not sample.truth_path.is_file():
            raise InputError(f"{sample.photo_path} has no truth: {sample.truth_path} is missing.")
    return Dataset(folder.resolve().name, kind, samples, meta)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}.") from error
