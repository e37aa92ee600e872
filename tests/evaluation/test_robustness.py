from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import to_uint8
from vb_demo.errors import InputError
from vb_demo.evaluation.robustness import (
    PERTURBATIONS,
    Change,
    compress,
    crop,
    expose,
    measure_robustness,
    resize,
    told,
)
from vb_demo.generators import Painting
from vb_demo.geometry import Camera, rays
from vb_demo.images import Photo, open_photo
from vb_demo.tasks import Wording

WIDTH, HEIGHT = 40, 30


@pytest.fixture
def wall(write_set: Callable[..., Path]) -> Path:
    """Two photos of a wall at 2 m, seen at 60 degrees."""
    camera = Camera.from_fov(WIDTH, HEIGHT, 60)
    meta = {"kind": "rgbd", "items": {name: {"K": [camera.fx, camera.fy, camera.cx, camera.cy]} for name in "ab"}}
    return write_set("wall", meta, "depth", **{name: np.full((HEIGHT, WIDTH), 2000, np.uint16) for name in "ab"})


class WallPainter:
    """Says 2 m about everything, except that what is small looks twice as far."""

    name = "wall painter"

    def __init__(self, encoding: str = "cube-walk") -> None:
        self.dialect = {"depth": Wording("How far?", encoding)}
        self.prompts: list[str] = []

    def paint(self, photo: Photo, prompt: str, **_: Any) -> Painting:
        self.prompts.append(prompt)
        meters = np.full((photo.height, photo.width), 4.0 if photo.width < WIDTH / 2 + 1 else 2.0)
        return Painting(to_uint8(depth_codec.encode(meters)), self.name, prompt, 0, 1, 0.0)


def test_only_what_changes_the_answer_counts(wall: Path) -> None:
    painter = WallPainter()
    seen: list[tuple[int, int]] = []
    found = measure_robustness(wall, painter, on_painting=lambda number, total: seen.append((number, total)))
    assert (found.dataset, found.generator, found.photos) == ("wall", "wall painter", 2)
    assert [change.perturbation for change in found.changes[::2]] == list(PERTURBATIONS)
    for change in found.changes:
        jumps = change.perturbation == "half the size" and "scaled" not in change.figure
        expected = (1, 0, 1) if jumps else (1, 1, 0)
        assert (change.before, change.after, change.change) == pytest.approx(expected), change
    assert seen == [(i, 22) for i in range(1, 23)]


def test_the_words_tell_the_field_of_view(wall: Path) -> None:
    painter = WallPainter()
    measure_robustness(wall, painter, limit=1)
    assert len(painter.prompts) == 11
    plain, *cropped = painter.prompts[:6]
    assert plain == "How far? The horizontal field of view is 60 degrees."
    narrow = np.degrees(2 * np.arctan(0.8 * np.tan(np.radians(30))))
    assert set(cropped) == {f"How far? The horizontal field of view is {narrow:.0f} degrees."}
    assert set(painter.prompts[6:]) == {plain}


@pytest.mark.filterwarnings("ignore:Polyfit")  # a wall has a single nearness
def test_relative_depth_has_only_scaled_figures(wall: Path) -> None:
    found = measure_robustness(wall, WallPainter("inverse-grey"), limit=1)
    raw, scaled = found.changes[:2]
    assert raw == Change("crop to 80 %, centre", "depth δ1 ↑", None, None, None)
    assert scaled.change == pytest.approx(0)


def test_it_takes_depth(wall: Path, write_set: Callable[..., Path]) -> None:
    street = write_set("street", {"kind": "semantic", "classes": ["sky"]}, "label", a=np.zeros((30, 40), np.uint8))
    with pytest.raises(InputError, match="has no depth"):
        measure_robustness(street, WallPainter())
    with pytest.raises(InputError, match="no words for depth"):
        measure_robustness(wall, SimpleNamespace(name="mute", dialect={}))


# --- perturbations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("across", "down"), [(0, 0), (0.5, 0.5), (1, 0)])
def test_a_crop_sees_along_the_same_rays(world: Any, across: float, down: float) -> None:
    photo, window = crop(world.photo, across, down)
    assert photo.size == (77, 58)
    np.testing.assert_array_equal(photo.pixels, world.photo.pixels[window])
    np.testing.assert_allclose(rays(photo.camera), rays(world.photo.camera)[window], atol=1e-6)
    assert told(photo.camera) < told(world.photo.camera)


def test_another_size_sees_as_much(world: Any) -> None:
    photo, _ = resize(world.photo, 0.5)
    assert photo.size == (48, 36)
    assert photo.valid.shape == (36, 48)
    assert photo.camera.hfov == pytest.approx(world.photo.camera.hfov)
    assert abs(photo.pixels.mean() - world.photo.pixels.mean()) < 1


def test_a_stop_doubles_the_light() -> None:
    photo = open_photo(np.full((8, 8, 3), (0, 100, 250), np.uint8))
    brighter = expose(photo, 1).photo.pixels
    assert brighter[0, 0].tolist() == [0, 137, 255]
    assert pytest.approx(2, rel=0.01) == (137 / 100) ** 2.2
    assert expose(photo, -1).photo.pixels[0, 0, 1] == 73


def test_jpeg_changes_little_but_something(world: Any) -> None:
    difference = compress(world.photo).photo.pixels.astype(int) - world.photo.pixels
    assert 0 < np.abs(difference).mean() < 6
