"""Renders a data set: seeds in, shards of 60 pictures with their truth out; what exists already is skipped.

    python -m vb_demo train scenes --count 12000 --out OUT --workers 2

Each shard `scenes_{first_seed:07d}.npz` holds 20 scenes of three views: seven rooms, five close-ups and eight outdoors,
the same in every shard. `pack` lists its arrays.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vb_demo.errors import InputError
from vb_demo.training.scenes import furniture, streets, tabletops, viewpoints
from vb_demo.training.scenes.assets import DEFAULT_CACHE, load_library
from vb_demo.training.scenes.builder import Builder
from vb_demo.training.scenes.library import Library
from vb_demo.training.scenes.names import NAMES, SYNONYMS
from vb_demo.training.scenes.render import Lighting, View, render

Rng = np.random.Generator
VIEWS = 3
SCENES = 20
ROOM, CLOSE_UP, OUTDOOR = 0, 1, 2
# The kind of scene number seed % 20: the same fair mixture in every shard.
MIXTURE = (
    *(ROOM, OUTDOOR, CLOSE_UP, ROOM, OUTDOOR, ROOM, CLOSE_UP, OUTDOOR, ROOM, OUTDOOR),
    *(ROOM, OUTDOOR, CLOSE_UP, ROOM, OUTDOOR, CLOSE_UP, OUTDOOR, ROOM, CLOSE_UP, OUTDOOR),
)


def generate(
    out: Path,
    count: int,
    *,
    seed: int = 0,
    size: tuple[int, int] = (384, 288),
    workers: int = 1,
    cache: Path = DEFAULT_CACHE,
) -> None:
    """Renders `count` pictures (rounded up to whole shards) of `size` = (width, height) below `out`."""
    if seed % SCENES:
        raise InputError(f"seed is the number of the first scene and must be a multiple of {SCENES}, not {seed}.")
    out.mkdir(parents=True, exist_ok=True)
    write_names(out)
    firsts = [seed + number * SCENES for number in range(-(-count // (SCENES * VIEWS)))]
    missing = [first for first in firsts if not shard_path(out, first).exists()]
    if not missing:
        return
    library = load_library(cache)
    library.write_credits(out / "credits.csv")
    if workers == 1:
        for first in missing:
            write_shard(first, out=out, library=library, size=size)
        return
    # Not a fork: Open3D may have started threads in this process, and a fork would lose them.
    with multiprocessing.get_context("spawn").Pool(workers, _start_worker, (cache, out, size)) as pool:
        for _ in pool.imap_unordered(_work, missing):
            pass


_write: Callable[[int], None]  # in a worker process: renders the shard that starts at a seed


def _start_worker(cache: Path, out: Path, size: tuple[int, int]) -> None:
    """Every worker reads the library once; as an argument of each task it would be sent again for every shard."""
    global _write
    _write = partial(write_shard, library=load_library(cache), out=out, size=size)


def _work(first: int) -> None:
    _write(first)


def shard_path(out: Path, first: int) -> Path:
    return out / f"scenes_{first:07d}.npz"


def write_names(out: Path) -> None:
    """names.json: index → canonical name; synonyms.json: name → other words for it."""
    (out / "names.json").write_text(json.dumps(list(NAMES), indent=0), encoding="utf-8")
    (out / "synonyms.json").write_text(
        json.dumps({name: list(words) for name, words in SYNONYMS.items()}, indent=0), encoding="utf-8"
    )


def write_shard(first: int, *, out: Path, library: Library, size: tuple[int, int]) -> None:
    """Renders the 20 scenes from seed `first` on and writes them atomically."""
    views, kinds = [], []
    for seed in range(first, first + SCENES):
        shot = scene_views(seed, library, size)
        views += shot
        kinds += [MIXTURE[seed % SCENES]] * len(shot)
    temporary = shard_path(out, first).with_suffix(f".{os.getpid()}.part")
    with temporary.open("wb") as handle:
        np.savez(handle, allow_pickle=False, **pack(views, kinds))
    temporary.replace(shard_path(out, first))


def pack(views: list[View], kinds: list[int]) -> dict[str, NDArray]:
    """The arrays of a shard, N views of H x W:
    rgb uint8 (N, H, W, 3); depth float16 (N, H, W) metres along z, inf = sky; normals int8 (N, H, W, 3), 127 x the unit
    normal in camera space, +z towards the viewer, 0 = sky; labels uint16 (N, H, W) into names.json; instances uint16
    (N, H, W), 0 = structure; intrinsics float32 (N, 4) fx fy cx cy in pixels; kind uint8 (N,), see MIXTURE."""
    return dict(
        rgb=np.stack([view.rgb for view in views]),
        depth=np.stack([view.depth for view in views]).astype(np.float16),
        normals=np.rint(np.stack([view.normals for view in views]) * 127).astype(np.int8),
        labels=np.stack([view.labels for view in views]),
        instances=np.stack([view.instances for view in views]),
        intrinsics=np.array([view.camera.intrinsics for view in views], np.float32),
        kind=np.array(kinds, np.uint8),
    )


def scene_views(seed: int, library: Library, size: tuple[int, int]) -> list[View]:
    """Three views of the scene that `seed` stands for."""
    rng = np.random.default_rng(seed)
    builder = Builder(rng, library)
    lighting, shoot, nearest = compose(builder, MIXTURE[seed % SCENES])
    scene = builder.build()
    return [
        render(scene, library, viewpoints.good_camera(scene, library, shoot, nearest, rng, size), lighting, rng)
        for _ in range(VIEWS)
    ]


def compose(builder: Builder, kind: int) -> tuple[Lighting, viewpoints.Shoot, float]:
    """Fills the scene; returns its light, a source of cameras, and the distance under which a thing is in the way."""
    if kind == ROOM:
        room, lighting = furniture.furnished_room(builder)
        return lighting, partial(viewpoints.room_camera, room), 0.35
    if kind == CLOSE_UP:
        close, lighting = tabletops.close_up(builder)
        return lighting, partial(viewpoints.close_camera, close), 0.1
    place, lighting = streets.outdoor(builder)
    return lighting, partial(viewpoints.outdoor_camera, place), 0.6
