"""A contact sheet of rendered shards, to look at before training on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def sheet(out: Path, n: int, *, columns: int = 2, seed: int = 0) -> Image.Image:
    """`n` random pictures of the shards in `out`: photo | depth | normals | labels, `columns` of those abreast."""
    shards = sorted(out.glob("scenes_*.npz"))
    if not shards:
        raise FileNotFoundError(f"There are no shards (scenes_*.npz) in {out}: run generate() first.")
    rng = np.random.default_rng(seed)
    strips = []
    for number in range(n):
        with np.load(shards[number % len(shards)]) as shard:
            index = int(rng.integers(len(shard["kind"])))
            strips.append(strip(*(shard[key][index] for key in ("rgb", "depth", "normals", "labels"))))
    strips += [np.zeros_like(strips[0])] * (-n % columns)
    rows = [np.concatenate(strips[at : at + columns], 1) for at in range(0, len(strips), columns)]
    return Image.fromarray(np.concatenate(rows))


def strip(rgb: NDArray, depth: NDArray, normals: NDArray, labels: NDArray) -> NDArray[np.uint8]:
    """Four (H, W, 3) pictures side by side: depth from dark (near) to white (far), sky blue; names in any colour."""
    metres = depth.astype(np.float32)
    grey = (255 - 765 / (metres + 3))[..., None].repeat(3, -1)
    grey[np.isinf(metres)] = (120, 170, 255)
    directions = normals.astype(np.float32) + 128
    name = labels.astype(np.int64)[..., None] * np.array([37, 91, 151]) % 255
    return np.concatenate([rgb, grey, directions, name], 1).astype(np.uint8)
