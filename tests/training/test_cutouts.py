from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vb_demo.training import cutouts
from vb_demo.training.cutouts import Cutout, load_cutouts, paste

CAT = Cutout(np.full((60, 40, 3), (250, 0, 0), np.uint8), np.ones((60, 40), bool), "cat")
DOG = Cutout(np.full((60, 40, 3), (0, 0, 250), np.uint8), np.ones((60, 40), bool), "dog")


def write(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photos a set, the second held out: things 1 to 5 of the first are whole, crowded, cut off, small, in two."""
    monkeypatch.setattr(cutouts, "HELD_OUT", {"coco_small": 1, "clothing": 1})
    things = np.zeros((300, 400), np.uint16)
    things[20:80, 20:80] = 1
    things[20:80, 120:180] = 2
    things[20:80, 340:400] = 3
    things[120:150, 20:50] = 4
    things[120:180, 120:150], things[120:180, 200:230] = 5, 5
    # One that another stands before: they have a long outline in common.
    things[200:260, 20:80], things[200:260, 80:140] = 6, 7
    names = ["cat", "cat", "car", "cup", "dog", "horse", "dining table"]
    listed = [{"name": name, "crowd": int(i == 1)} for i, name in enumerate(names)]
    worn = np.zeros((300, 200), np.uint8)
    worn[30:90, 60:140], worn[90:250, 60:140] = 1, 2
    for number in range(2):
        write(tmp_path / "coco_small" / "rgb" / f"{number}.png", np.full((300, 400, 3), 90, np.uint8))
        write(tmp_path / "coco_small" / "label" / f"{number}.png", things)
        write(tmp_path / "clothing" / "rgb" / f"{number}.png", np.full((300, 200, 3), 60 + number, np.uint8))
        write(tmp_path / "clothing" / "label" / f"{number}.png", worn)
    meta = {"kind": "instance", "items": {"0": listed, "1": listed}}
    (tmp_path / "coco_small" / "meta.json").write_text(json.dumps(meta))
    meta = {"kind": "semantic", "classes": ["null", "hair", "dress"]}
    (tmp_path / "clothing" / "meta.json").write_text(json.dumps(meta))
    return tmp_path


def test_only_whole_things_of_photos_that_are_not_held_out(photos: Path) -> None:
    cat, person = load_cutouts(photos)
    assert (cat.name, person.name) == ("cat", "person")
    assert cat.rgb.shape[:2] == cat.mask.shape == (66, 66)
    assert cat.mask[4:-4, 4:-4].all()
    # Three pixels of the photo around it, and a pixel of the outline taken off.
    assert cat.mask.sum() == 58 * 58
    assert (cat.rgb == 90).all()
    # 220 × 80 pixels and what is around, made small.
    assert person.mask.shape == (200, 76)
    assert (person.rgb == 60).all()
    assert 0.85 < person.mask.mean() < 0.95


FOCAL = 100.0


def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Grey, three metres away, and nothing to stand on."""
    rgb = np.full((96, 128, 3), 128, np.uint8)
    normals = np.zeros((96, 128, 3), np.float32)
    return rgb, np.ones((96, 128), np.uint16), np.full((96, 128), 3, np.float16), normals


@pytest.mark.parametrize("seed", range(20))
def test_pasted_pixels_are_named_and_of_unknown_depth(seed: int) -> None:
    before = scene()
    kept = [array.copy() for array in before]
    rgb, labels, depth, normals = paste(*before, FOCAL, [CAT], {"cat": 5}, np.random.default_rng(seed), 1)
    for array, copy in zip(before, kept, strict=True):
        np.testing.assert_array_equal(array, copy)
    inside = labels == 5
    assert 0.003 < inside.mean() < 0.7
    assert set(np.unique(labels)) == {1, 5}
    assert np.isnan(depth[inside]).all()
    np.testing.assert_array_equal(np.isnan(depth), np.isnan(normals).all(-1))
    # The soft edge is unknown too, but no wider than a few pixels; beyond it nothing has changed.
    assert (rgb[np.isfinite(depth)].astype(int) - 128).max() < 10
    assert (rgb[inside][:, 0] > 128).mean() > 0.95
    ys = np.nonzero(inside)[0]
    assert ys.max() >= 48


def test_only_what_has_a_label_is_pasted() -> None:
    labels = paste(*scene(), FOCAL, [CAT, DOG], {"dog": 2}, np.random.default_rng(0), 3)[1]
    assert set(np.unique(labels)) == {1, 2}
    for changed, given in zip(
        paste(*scene(), FOCAL, [CAT], {"dog": 2}, np.random.default_rng(0), 3), scene(), strict=True
    ):
        np.testing.assert_array_equal(changed, given)


def test_the_same_numbers_give_the_same_picture() -> None:
    one, same, other = (
        paste(*scene(), FOCAL, [CAT, DOG], {"cat": 2, "dog": 3}, np.random.default_rng(s), 2) for s in (4, 4, 5)
    )
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (one[1] != other[1]).any()


def test_light_follows_the_surroundings() -> None:
    grey = Cutout(np.full((60, 40, 3), 128, np.uint8), np.ones((60, 40), bool), "cat")

    def brightness(around: int) -> float:
        rgb = np.full((96, 128, 3), around, np.uint8)
        pasted, labels, *_ = paste(rgb, *scene()[1:], FOCAL, [grey], {"cat": 5}, np.random.default_rng(1), 1)
        return float(pasted[labels == 5].mean())

    assert brightness(30) < 110 < 120 < brightness(128) < 136 < brightness(250)


@pytest.mark.parametrize("seed", range(20))
def test_what_has_a_known_size_stands_as_tall_as_it_is_there(seed: int) -> None:
    rgb, labels, depth, normals = scene()
    # A floor in the lower half, two metres away on the left and four on the right; a pillar stands before all of it.
    normals[48:, :, 1] = 1
    depth[:48], depth[48:, :64], depth[48:, 64:], depth[:, 60:68] = 9, 2, 4, 0.5
    normals[:, 60:68] = 0
    person = Cutout(np.full((150, 40, 3), (250, 0, 0), np.uint8), np.ones((150, 40), bool), "person")
    _, named, known, _ = paste(
        rgb, labels, depth, normals, FOCAL, [person], {"person": 5}, np.random.default_rng(seed), 1
    )
    rows, columns = np.nonzero(named == 5)
    (meters,) = set(known[named == 5].tolist())
    assert meters in (2, 4)
    tall = FOCAL * 1.7 / meters
    assert rows.max() >= 47
    # Within three standard deviations of how tall people are, unless the frame cuts the head off.
    assert tall * np.exp(-0.45) - 3 <= rows.max() - rows.min() <= tall * np.exp(0.45) + 3 or rows.min() == 0
    assert not ((columns >= 60) & (columns < 68)).any()
    np.testing.assert_array_equal(known[:, 60:68], depth[:, 60:68])


def test_what_is_too_stout_for_its_name_does_not_stand() -> None:
    rgb, labels, depth, normals = scene()
    normals[..., 1] = 1
    sitting = Cutout(np.full((60, 40, 3), 90, np.uint8), np.ones((60, 40), bool), "person")
    _, named, known, _ = paste(
        rgb, labels, depth, normals, FOCAL, [sitting], {"person": 5}, np.random.default_rng(0), 1
    )
    assert np.isnan(known[named == 5]).all()
