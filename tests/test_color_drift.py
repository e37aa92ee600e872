from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from vb_demo.codecs import segmentation
from vb_demo.color_drift import calibrated
from vb_demo.colors import distinct_colors

SIZE = (120, 160)
ROWS, COLUMNS = np.mgrid[: SIZE[0], : SIZE[1]] / SIZE[1]


def painted(count: int, seed: int) -> tuple[NDArray, NDArray, NDArray[np.uint8]]:
    """Labels (H, W), their colours, and a painting whose borders are blurred, as generators have them."""
    rng = np.random.default_rng(seed)
    labels = np.stack([gaussian_filter(rng.normal(size=SIZE), 10) for _ in range(count)]).argmax(axis=0)
    colors = np.array([(0, 0, 0), *distinct_colors(count - 1, seed=seed)], np.uint8)
    blurred = gaussian_filter(segmentation.encode(labels, colors).astype(float), (1, 1, 0))
    return labels, colors, np.rint(blurred).astype(np.uint8)


def to_uint8(picture: NDArray) -> NDArray[np.uint8]:
    return np.rint(picture).clip(0, 255).astype(np.uint8)


def wrong(painting: NDArray[np.uint8], colors: NDArray, labels: NDArray) -> float:
    return float((segmentation.decode(painting, colors).values != labels).mean())


@pytest.mark.parametrize(("count", "seed"), [(2, 0), (5, 1), (12, 2)])
@pytest.mark.parametrize("noise", [0, 12])
def test_a_clean_painting_stays_as_it_is(count: int, seed: int, noise: int) -> None:
    _, colors, painting = painted(count, seed)
    painting = to_uint8(painting + np.random.default_rng(0).normal(0, noise, painting.shape))
    same, drift = calibrated(painting, colors)
    np.testing.assert_array_equal(same, painting)
    assert drift.size < 4
    assert drift.left == drift.size


def test_dull_and_tinted_colours_come_back() -> None:
    labels, colors, painting = painted(8, 3)
    dull = to_uint8(painting @ (0.75 * np.eye(3) + 0.06) + (20, 0, 10))
    restored, drift = calibrated(dull, colors)
    assert drift.size > 20
    assert drift.left < 3
    assert wrong(restored, colors, labels) <= wrong(painting, colors, labels) + 0.001 < wrong(dull, colors, labels)
    reliability = [segmentation.decode(picture, colors).reliability.mean() for picture in (dull, restored)]
    assert reliability[1] > reliability[0] + 0.2
    assert "had drifted" in drift.describe()


def test_drift_that_differs_from_place_to_place_is_followed() -> None:
    labels, colors, painting = painted(8, 4)
    tinted = to_uint8(painting * 0.85 + 15 + (60 * ROWS + 30 * COLUMNS)[..., None] * (1, -0.5, 0.7))
    restored, drift = calibrated(tinted, colors)
    assert drift.local > 5
    assert drift.left < drift.size / 3
    assert wrong(restored, colors, labels) < wrong(tinted, colors, labels) - 0.005


def test_one_colour_is_enough_for_a_shift() -> None:
    painting = np.full((32, 32, 3), (230, 20, 25), np.uint8)
    restored, drift = calibrated(painting, [(255, 0, 0), (0, 0, 255)])
    assert drift.colors == 1
    assert np.abs(restored.astype(int) - (255, 0, 0)).max() <= 3


def test_a_painting_in_other_colours_is_left_alone() -> None:
    painting = np.full((16, 16, 3), 128, np.uint8)
    same, drift = calibrated(painting, [(0, 0, 0), (255, 255, 255)])
    np.testing.assert_array_equal(same, painting)
    assert drift.colors == 0
    assert "unknown" in drift.describe()
