from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def write_set(tmp_path: Path) -> Callable[..., Path]:
    """Write a set: its name, meta.json, the folder of its truth, and the truth (H, W) of each photo, by name."""

    def write(name: str, meta: dict[str, Any], truth_folder: str, **truths: np.ndarray) -> Path:
        folder = tmp_path / name
        (folder / "rgb").mkdir(parents=True)
        (folder / truth_folder).mkdir()
        (folder / "meta.json").write_text(json.dumps(meta))
        for photo, truth in truths.items():
            Image.new("RGB", truth.shape[::-1]).save(folder / "rgb" / f"{photo}.jpg")
            Image.fromarray(truth).save(folder / truth_folder / f"{photo}.png")
        return folder

    return write


@pytest.fixture
def write_renders(tmp_path: Path, world: Any) -> Callable[..., Path]:
    """Write shards of so many pictures each, all of the same world, as `python -m vb_demo train scenes` does."""

    def write(*counts: int) -> Path:
        folder = tmp_path / "renders"
        folder.mkdir()
        (folder / "names.json").write_text(json.dumps(["unlabelled", *world.names[1:]]))
        camera = world.photo.camera
        arrays = {
            "rgb": world.photo.pixels,
            "depth": world.depth.astype(np.float16),
            "normals": np.rint(127 * np.nan_to_num(world.normals)).astype(np.int8),
            "labels": world.labels.astype(np.uint16),
            "instances": world.instances.astype(np.uint16),
            "intrinsics": np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32),
        }
        for number, count in enumerate(counts):
            shard = {key: np.stack([array] * count) for key, array in arrays.items()}
            np.savez(folder / f"scenes_{number:07d}.npz", **shard)
        return folder

    return write
