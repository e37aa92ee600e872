from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vb_demo.errors import InputError
from vb_demo.training.scenes import generate as module
from vb_demo.training.scenes import textures
from vb_demo.training.scenes.generate import MIXTURE, SCENES, VIEWS, generate, scene_views, shard_path
from vb_demo.training.scenes.library import Library, Model
from vb_demo.training.scenes.names import NAMES
from vb_demo.training.scenes.sheet import sheet

pytest.importorskip("open3d", exc_type=ImportError, reason="needs Open3D and its system libraries")

SIZE = (32, 24)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory, bare: Library) -> Path:
    """One shard of tiny pictures, rendered without any downloaded asset."""
    out = tmp_path_factory.mktemp("scenes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "load_library", lambda cache: bare)
        generate(out, 60, seed=40, size=SIZE)
    return out


def test_a_shard_holds_what_it_promises(shards: Path):
    names = json.loads((shards / "names.json").read_text())
    assert names == list(NAMES)
    assert set(json.loads((shards / "synonyms.json").read_text())) == set(names)
    with np.load(shard_path(shards, 40)) as shard:
        n, height, width = SCENES * VIEWS, SIZE[1], SIZE[0]
        shapes = {key: (value.shape, value.dtype.name) for key, value in shard.items()}
        assert shapes == {
            "rgb": ((n, height, width, 3), "uint8"),
            "depth": ((n, height, width), "float16"),
            "normals": ((n, height, width, 3), "int8"),
            "labels": ((n, height, width), "uint16"),
            "instances": ((n, height, width), "uint16"),
            "intrinsics": ((n, 4), "float32"),
            "kind": ((n,), "uint8"),
        }
        assert shard["labels"].max() < len(names)
        assert (shard["labels"] > 0).all(), "every pixel has a name"
        sky = shard["labels"] == names.index("sky")
        np.testing.assert_array_equal(np.isinf(shard["depth"]), sky)
        length = np.linalg.norm(shard["normals"].astype(float), axis=-1)
        assert (np.abs(length[~sky] - 127) < 1.5).all()
        assert not length[sky].any()
        x, y = (np.arange(width) + 0.5 - width / 2), height / 2 - (np.arange(height)[:, None] + 0.5)
        focal = shard["intrinsics"][:, :1, None]
        facing = shard["normals"][..., 2] - (shard["normals"][..., 0] * x + shard["normals"][..., 1] * y) / focal
        assert (facing[~sky] > -3).all(), "no visible surface looks away from its ray"
        assert np.bincount(shard["kind"]).tolist() == [21, 15, 24]


def test_the_mixture_is_of_rooms_close_ups_and_a_few_more_outdoors():
    assert np.bincount(MIXTURE).tolist() == [7, 5, 8]


def test_a_seed_gives_the_same_pictures_again(shards: Path, bare: Library):
    with np.load(shard_path(shards, 40)) as shard:
        for number in (0, 1, 2):  # a room, an outdoor scene, a close-up
            again = scene_views(40 + number, bare, SIZE)
            np.testing.assert_array_equal(shard["rgb"][3 * number : 3 * number + 3], [view.rgb for view in again])
    other = scene_views(60, bare, SIZE)
    assert any((view.rgb != first.rgb).any() for view, first in zip(other, scene_views(40, bare, SIZE), strict=True))


def test_existing_shards_are_kept_and_the_library_is_not_even_loaded(shards: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "load_library", lambda cache: pytest.fail("nothing is missing"))
    before = shard_path(shards, 40).stat().st_mtime_ns
    generate(shards, 60, seed=40, size=SIZE)
    assert shard_path(shards, 40).stat().st_mtime_ns == before
    assert not list(shards.glob("*.part"))


def test_a_seed_between_shards_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="multiple of 20"):
        generate(tmp_path, 60, seed=7)


def test_the_sheet_shows_four_pictures_a_sample(shards: Path):
    assert sheet(shards, 3, columns=2).size == (2 * 4 * SIZE[0], 2 * SIZE[1])


def test_the_sheet_says_when_there_is_nothing(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="no shards"):
        sheet(tmp_path, 3)


@pytest.mark.parametrize("painter", sorted({p for row in textures.PAINTERS.values() for p, _ in row}, key=str))
def test_textures_are_pictures(painter):
    picture = painter(np.random.default_rng(3))
    assert picture.shape == (textures.SIZE, textures.SIZE, 3)
    assert np.isfinite(picture).all()
    assert -60 < picture.mean() < 300


def test_a_library_survives_its_file(tmp_path: Path, bare: Library):
    stool = Model(
        "stool",
        "Stool",
        "Kitchen",
        (0.4, 0.5, 0.4),
        0.0,
        np.eye(3, dtype=np.float32),
        np.array([[0, 1, 2]], np.int32),
        np.zeros((1, 3), np.uint8),
        np.zeros((1, 3, 2), np.float16),
        np.array([-1], np.int16),
    )
    credit = {"name": "Stool", "author": "A", "licence": "CC0-1.0", "source": "here"}
    Library((stool, stool), bare.textures, bare.groups, (credit,)).save(tmp_path / "library.npz")
    again = Library.load(tmp_path / "library.npz")
    assert [model.label for model in again.models] == ["stool", "stool"]
    np.testing.assert_array_equal(again.models[1].vertices, stool.vertices)
    assert again.credits == (credit,)
    picked = again.pick(np.random.default_rng(0), "stool", "sofa")
    assert picked is not None, "the one name that has models is chosen"
    assert picked.label == "stool"
    assert again.pick(np.random.default_rng(0), "sofa") is None
    again.write_credits(tmp_path / "credits.csv")
    assert "CC0-1.0" in (tmp_path / "credits.csv").read_text()
