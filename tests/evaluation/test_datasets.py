from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.evaluation.datasets import IGNORE, Renders, open_dataset, truth_normals, unpacked_normals
from vb_demo.geometry import Camera, rays

WriteSet = Callable[..., Path]


def test_depth_is_read_in_metres_and_the_camera_at_its_size(write_set: WriteSet) -> None:
    meta = {"kind": "rgbd", "items": {"a": {"K": [10, 11, 2, 1]}}}
    stored = np.array([[0, 1500, 65535], [1, 2, 3]], np.uint16)
    data = open_dataset(write_set("room", meta, "depth", a=stored))
    assert (data.name, data.kind) == ("room", "rgbd")
    np.testing.assert_allclose(data.depth(data.samples[0]), [[np.nan, 1.5, np.nan], [0.001, 0.002, 0.003]])
    camera = data.camera(data.samples[0])
    assert (camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy) == (3, 2, 10, 11, 2, 1)


@pytest.mark.parametrize(
    ("classes", "expected_classes", "expected"),
    [
        (["null", "hat", "shoe"], ("background", "hat", "shoe"), [[0, 1, 2, IGNORE]]),
        (["sky", "road", "car"], ("background", "sky", "road", "car"), [[1, 2, 3, IGNORE]]),
    ],
)
def test_classes_are_numbered_after_the_background(
    write_set: WriteSet, classes: list[str], expected_classes: tuple[str, ...], expected: list[list[int]]
) -> None:
    stored = np.array([[0, 1, 2, 255]], np.uint8)
    data = open_dataset(write_set("s", {"kind": "semantic", "classes": classes}, "label", a=stored))
    assert data.classes == expected_classes
    assert data.labels(data.samples[0]).tolist() == expected


def test_things_become_their_class(write_set: WriteSet) -> None:
    things = [{"name": "person", "crowd": 0}, {"name": "dog", "crowd": 0}, {"name": "person", "crowd": 1}]
    meta = {"kind": "instance", "items": {"a": things, "b": [{"name": "cat", "crowd": 0}]}}
    stored = {"a": np.array([[0, 1, 2, 3]], np.uint16), "b": np.array([[1, 0]], np.uint16)}
    data = open_dataset(write_set("c", meta, "label", **stored))
    assert data.classes == ("background", "cat", "dog", "person")
    assert [data.labels(sample).tolist() for sample in data.samples] == [[[0, 3, 2, 3]], [[1, 0]]]


def test_a_limit_takes_photos_from_the_whole_set(write_set: WriteSet) -> None:
    truths = {f"{i:02}": np.zeros((2, 2), np.uint8) for i in range(11)}
    folder = write_set("s", {"kind": "semantic", "classes": ["sky"]}, "label", **truths)
    assert [sample.name for sample in open_dataset(folder, limit=3).samples] == ["00", "05", "10"]
    assert len(open_dataset(folder, limit=99).samples) == 11
    assert [sample.name for sample in open_dataset(folder, last=2).samples] == ["09", "10"]
    assert [sample.name for sample in open_dataset(folder, last=5, limit=3).samples] == ["06", "08", "10"]
    assert len(open_dataset(folder, last=99).samples) == 11


def test_renders_are_read_from_shards(write_renders: Callable[..., Path], world: Any) -> None:
    data = open_dataset(write_renders(2, 1))
    assert isinstance(data, Renders)
    assert [sample.name for sample in data.samples] == [
        "scenes_0000000/000",
        "scenes_0000000/001",
        "scenes_0000001/000",
    ]
    assert data.classes == ("background", "floor", "wall", "box", "ball")
    assert data.has_background
    sample = data.samples[1]
    np.testing.assert_array_equal(data.photo(sample).pixels, world.photo.pixels)
    np.testing.assert_allclose(data.depth(sample), world.depth, rtol=1e-3)
    np.testing.assert_array_equal(data.labels(sample), world.labels)
    np.testing.assert_array_equal(data.instances(sample), world.instances)
    assert data.camera(sample).hfov == pytest.approx(world.photo.camera.hfov, abs=1e-4)
    np.testing.assert_allclose(data.normals(sample), world.normals, atol=0.005)


def test_normals_of_shards_are_unit_vectors_or_none() -> None:
    found = unpacked_normals(np.array([[0, 127, 0], [0, 0, 0]], np.int8))
    np.testing.assert_array_equal(found, [[0, 1, 0], [np.nan] * 3])


def test_a_plane_has_one_direction_and_gaps_and_rims_none() -> None:
    camera = Camera.from_fov(64, 48, 60)
    normal = np.array([0.3, 0.5, 0.8]) / np.linalg.norm([0.3, 0.5, 0.8])  # +y up, +z to the viewer
    depth = -2.0 / (rays(camera) @ (normal * (1, -1, -1)))
    depth[10, 20] = np.nan
    depth[:, 50:] *= 1.5
    found = truth_normals(depth, camera)
    seen = np.isfinite(found).all(axis=-1)
    assert not seen[10, 20]
    assert not seen[:, 45:55].any()
    assert not seen[0].any()
    assert seen[30, 25]
    np.testing.assert_allclose(found[seen], np.broadcast_to(normal, found[seen].shape), atol=1e-3)


def test_what_is_no_set_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no meta\.json"):
        open_dataset(tmp_path)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(InputError, match="no JSON"):
        open_dataset(tmp_path)
    (tmp_path / "meta.json").write_text('{"kind": "video"}')
    with pytest.raises(InputError, match="kind 'video'"):
        open_dataset(tmp_path)
    (tmp_path / "meta.json").write_text('{"kind": "rgbd"}')
    with pytest.raises(InputError, match="holds no photos"):
        open_dataset(tmp_path)
    (tmp_path / "rgb").mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / "rgb" / "a.png")
    with pytest.raises(InputError, match="has no truth"):
        open_dataset(tmp_path)
    (tmp_path / "names.json").write_text("[]")
    with pytest.raises(InputError, match="no rendered scenes"):
        open_dataset(tmp_path)
