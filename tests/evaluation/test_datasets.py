from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.evaluation.datasets import IGNORE, open_dataset

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
