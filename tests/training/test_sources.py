from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vb_demo.training.sources import Folder, Scenes, camera_heights


def write(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def folder(path: Path, meta: dict[str, object], truth: str, array: np.ndarray, photos: int = 1) -> Path:
    for i in range(photos):
        write(path / "rgb" / f"{i:04d}.png", np.full((*array.shape, 3), 90, np.uint8))
        write(path / truth / f"{i:04d}.png", array)
    (path / "meta.json").write_text(json.dumps(meta))
    return path


def test_rgbd_is_metres_with_unknown_pixels(tmp_path: Path) -> None:
    depth = np.full((48, 64), 2000, np.uint16)
    depth[0, 0], depth[0, 1] = 0, 60000
    meta = {"kind": "rgbd", "items": {"0000": {"K": [60, 60, 32, 24]}}}
    sample = Folder(folder(tmp_path, meta, "depth", depth), max_depth=10)[0]
    assert sample.depth is not None
    assert sample.normals is not None
    assert np.isnan(sample.depth[0, :2]).all()
    assert sample.depth[5, 5] == 2
    assert sample.focal == 60
    np.testing.assert_allclose(sample.normals[24, 32], [0, 0, 1], atol=1e-3)


def test_semantic_classes_and_wider_words(tmp_path: Path) -> None:
    names = [
        "null",
        "accessories",
        "bag",
        "bracelet",
        "earrings",
        "glasses",
        "hair",
        "necklace",
        "purse",
        "ring",
        "skin",
    ]
    names += ["sunglasses", "wallet", "watch", "dress"]
    names += ["boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers", "wedges"]
    labels = np.array([[0, names.index("dress")]] * 8, np.uint8)
    source = Folder(folder(tmp_path, {"kind": "semantic", "classes": names}, "label", labels, photos=3), skip_last=2)
    assert len(source) == 1
    vocabulary = source[0].vocabulary
    assert vocabulary is not None
    assert names.index("dress") in vocabulary.groups["clothes"]
    assert names.index("hair") not in vocabulary.groups["clothes"]
    assert vocabulary.groups["person"] == set(range(1, len(names)))
    assert {"dress", "sofa"} <= set(vocabulary.absent)  # asked for where nobody wears one, too


def test_instances_become_classes(tmp_path: Path) -> None:
    items = {"0000": [{"name": "dog", "crowd": 0}, {"name": "cat", "crowd": 0}, {"name": "dog", "crowd": 1}]}
    things = np.array([[0, 1, 2, 3]] * 8, np.uint16)
    sample = Folder(folder(tmp_path, {"kind": "instance", "items": items}, "label", things))[0]
    assert sample.vocabulary is not None
    assert sample.vocabulary.names == ("background", "cat", "dog")
    assert sample.labels is not None
    assert sample.labels[0].tolist() == [0, 2, 1, 2]


def test_scenes_pick_up_new_shards(tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text('["unlabelled", "floor"]')
    (tmp_path / "synonyms.json").write_text("{}")

    def shard(number: int, value: int) -> None:
        np.savez(
            tmp_path / f"scenes_{number:07d}.npz",
            rgb=np.full((2, 4, 6, 3), value, np.uint8),
            depth=np.full((2, 4, 6), np.inf, np.float16),
            normals=np.zeros((2, 4, 6, 3), np.int8),
            labels=np.ones((2, 4, 6), np.uint16),
            instances=np.ones((2, 4, 6), np.uint16),
            intrinsics=np.tile(np.float32([5, 5, 3, 2]), (2, 1)),
        )

    shard(0, 10)
    source = Scenes(tmp_path)
    assert len(source) == 2
    shard(1, 20)
    source.refresh()
    assert len(source) == 4
    assert source[3].rgb[0, 0, 0] == 20
    assert source[1].rgb[0, 0, 0] == 10
    assert source[0].normals is not None
    assert np.isnan(source[0].normals).all()
    with pytest.raises(IndexError):
        source[4]


def test_pictures_from_near_the_floor_count_more_often(tmp_path: Path) -> None:
    """A camera that looks along the floor from 0.5 m, one from 1.5 m, and one that sees no floor."""
    height, width, focal = 64, 96, 60.0
    y = np.arange(height)[:, None] + 0.5
    down = np.maximum(y - height / 2, 1e-6) / focal
    depth = np.stack(
        [np.broadcast_to(np.where(y > height / 2, high / down, np.inf), (height, width)) for high in (0.5, 1.5, 1.5)]
    )
    labels = (
        np.broadcast_to(y > height / 2, depth.shape).astype(np.uint16) * np.array([1, 1, 0], np.uint16)[:, None, None]
    )
    shard = dict(
        rgb=np.broadcast_to(np.uint8([1, 2, 3])[:, None, None, None], (3, height, width, 3)),
        depth=depth.astype(np.float16),
        normals=np.broadcast_to(np.int8([0, 127, 0]), (3, height, width, 3)),
        labels=labels,
        instances=labels,
        intrinsics=np.tile(np.float32([focal, focal, width / 2, height / 2]), (3, 1)),
    )
    assert camera_heights(shard, 1) == pytest.approx([0.5, 1.5, np.nan], rel=0.01, nan_ok=True)
    (tmp_path / "names.json").write_text('["unlabelled", "floor"]')
    (tmp_path / "synonyms.json").write_text("{}")
    np.savez(tmp_path / "scenes_0000000.npz", allow_pickle=False, **shard)
    assert [sample.rgb[0, 0, 0] for sample in Scenes(tmp_path)] == [1, 2, 3]
    assert [sample.rgb[0, 0, 0] for sample in Scenes(tmp_path, low_cameras=2)] == [1, 1, 2, 3]
