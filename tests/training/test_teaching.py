from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from vb_demo.codecs import depth as codec
from vb_demo.generators.plantain.pipeline import PlantainPipeline
from vb_demo.training.sources import Sample
from vb_demo.training.teaching import painted_depth, taught

PHOTO = np.full((6, 8, 3), 90, np.uint8)


class Teacher:
    """Paints one of the given depth maps, by how many pixels it works on."""

    def __init__(self, small: np.ndarray, own: np.ndarray, large: np.ndarray) -> None:
        self.config = SimpleNamespace(working_pixels=1000)
        self.answers = {840: small, 1000: own, 1170: large}
        self.asked: list[int] = []

    def register_to_config(self, working_pixels: int) -> None:
        self.config.working_pixels = working_pixels

    def __call__(self, image: Image.Image, prompt: str) -> Any:
        assert image.size == (8, 6)
        assert "depth" in prompt
        self.asked.append(self.config.working_pixels)
        painting = codec.encode(self.answers[self.config.working_pixels])
        return SimpleNamespace(images=(painting * 255).round().astype(np.uint8))


@pytest.fixture
def teacher() -> Teacher:
    small, own, large = (np.full((6, 8), meters, np.float32) for meters in (2.2, 1.9, 2.0))
    large[0, 0] = 4.0
    for depth in (small, own, large):
        depth[0, 1] = np.inf
    small[0, 2] = np.inf
    return Teacher(small, own, large)


def test_the_median_of_three_sizes_is_taught_where_they_agree(teacher: Teacher) -> None:
    depth = painted_depth(PHOTO, cast(PlantainPipeline, teacher))
    assert teacher.asked == [840, 1000, 1170]
    assert teacher.config.working_pixels == 1000
    assert np.isnan(depth[0, 0])
    assert np.isinf(depth[0, 1])
    assert np.isnan(depth[0, 2])
    np.testing.assert_allclose(depth[1:], 2.0, rtol=0.01)


def test_samples_get_the_depth_and_the_camera_that_it_takes_for_granted(teacher: Teacher, tmp_path: Path) -> None:
    labels = np.ones((6, 8), np.uint8)
    for _ in range(2):  # the second time from the file
        (sample,) = taught([Sample(PHOTO, labels=labels)], cast(PlantainPipeline, teacher), tmp_path / "taught.npz")
        assert sample.labels is labels
        assert sample.depth is not None
        np.testing.assert_allclose(sample.depth[1:], 2.0, rtol=0.01)
        assert sample.focal == pytest.approx(48**0.5)
    assert len(teacher.asked) == 3
