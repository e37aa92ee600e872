"""A scene small enough to send to a browser, so that the pointer can read it without asking the server.

All arrays lie on one grid of at most `MAX_SIDE` cells a side; cell (column, row) = (⌊x · w / W⌋, ⌊y · h / H⌋) holds the
values of the photo's pixel in its middle. The codes, each an inverse pair below:

depth         uint16  0 = no answer, 65535 = sky, else metres = NEAREST · (FARTHEST / NEAREST) ^ ((code − 1) / 65533):
                      steps of 0.03 %
nearness      uint16  0 = no answer, else (code − 1) / 65534; in place of depth where that is relative
normals       int8    (h, w, 3) = 127 · (x, y, z); (0, 0, 0) = no answer; right to 0.4°
segments      uint8   0 = background, i = i-th class of `named_classes`; uint16 where there are more than 255
instances     uint8   the same for things
reliability   uint8   0 = the photo is transparent here, and there is no answer at all, else
                      1 + 254 · that of the least reliable answer
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.answers import DepthMap, RelativeDepthMap
from vb_demo.flow import on_grid
from vb_demo.scene import Scene

MAX_SIDE = 512
NEAREST, FARTHEST = 1e-3, 1e5
"""Metres; depths beyond are moved to these."""
SKY = 65535
_LAST = SKY - 1
_RATIO = math.log(FARTHEST / NEAREST)


def hover_grid(scene: Scene, max_side: int = MAX_SIDE) -> dict[str, NDArray[Any]]:
    """The answers of a scene by name, (h, w, …) as the module says, without those that the scene lacks."""
    shrink = min(1.0, max_side / max(scene.photo.size))
    size = (max(1, round(scene.photo.width * shrink)), max(1, round(scene.photo.height * shrink)))
    grids: dict[str, NDArray[Any]] = {}
    if isinstance(scene.depth, DepthMap):
        grids["depth"] = encode_depth(on_grid(scene.depth.meters, size))
    elif isinstance(scene.depth, RelativeDepthMap):
        grids["nearness"] = encode_nearness(on_grid(scene.depth.nearness, size))
    if scene.normals is not None:
        grids["normals"] = encode_normals(on_grid(scene.normals.vectors, size))
    for name, classes in (("segments", scene.segments), ("instances", scene.instances)):
        if classes is not None:
            labels = on_grid(classes.labels, size)
            grids[name] = labels.astype(np.uint8 if labels.max() < 256 else np.uint16)
    if scene.answers:
        weakest = np.min([on_grid(answer.reliability, size) for answer in scene.answers.values()], axis=0)
        codes = np.where(on_grid(scene.photo.valid, size), 1 + np.rint(254 * weakest), 0)
        grids["reliability"] = codes.astype(np.uint8)
    return grids


def encode_depth(meters: ArrayLike) -> NDArray[np.uint16]:
    """Depth (…) in metres along z, inf = sky, nan = no answer → codes (…)."""
    depth = np.asarray(meters, np.float64)
    place = np.log(depth.clip(NEAREST, FARTHEST) / NEAREST) / _RATIO
    codes = 1 + np.rint((_LAST - 1) * np.nan_to_num(place))
    return np.select([np.isnan(depth), np.isposinf(depth)], [0, SKY], codes).astype(np.uint16)


def decode_depth(codes: ArrayLike) -> NDArray[np.float64]:
    """The inverse of `encode_depth`, as the browser does it."""
    code = np.asarray(codes, np.float64)
    meters = NEAREST * (FARTHEST / NEAREST) ** ((code - 1) / (_LAST - 1))
    return np.select([code == 0, code == SKY], [np.nan, np.inf], meters)


def encode_nearness(nearness: ArrayLike) -> NDArray[np.uint16]:
    """Nearness (…) in [0, 1], nan = no answer → codes (…)."""
    values = np.asarray(nearness, np.float64)
    return np.where(np.isnan(values), 0, 1 + np.rint(_LAST * np.nan_to_num(values).clip(0, 1))).astype(np.uint16)


def decode_nearness(codes: ArrayLike) -> NDArray[np.float64]:
    """The inverse of `encode_nearness`."""
    code = np.asarray(codes, np.float64)
    return np.where(code == 0, np.nan, (code - 1) / _LAST)


def encode_normals(vectors: ArrayLike) -> NDArray[np.int8]:
    """Unit vectors (…, 3), nan = no answer → codes (…, 3)."""
    return np.rint(127 * np.nan_to_num(np.asarray(vectors, np.float64))).astype(np.int8)


def decode_normals(codes: ArrayLike) -> NDArray[np.float64]:
    """The inverse of `encode_normals`; unit length again."""
    vectors = np.asarray(codes, np.float64)
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.full_like(vectors, np.nan), where=length > 0)
