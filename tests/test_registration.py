from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vb_demo.registration import Misalignment, correct, measure

WIDTH, HEIGHT = 320, 240
COLORS = np.random.default_rng(5).integers(0, 256, (2, 9, 3), np.uint8)
PHOTO, PAINTING = COLORS


def scene(seed: int, x: NDArray, y: NDArray) -> NDArray[np.int_]:
    """Which of nine things is seen at places (…) counted in photo pixels: a map that is known between pixels, too."""
    rng = np.random.default_rng(seed)
    waves = rng.normal(0, 0.05, (9, 4, 2))
    phases = rng.uniform(0, 7, (9, 4))
    return np.sin(x[..., None, None] * waves[..., 0] + y[..., None, None] * waves[..., 1] + phases).sum(-1).argmax(-1)


def seen(
    colors: NDArray[np.uint8],
    size: tuple[int, int] = (WIDTH, HEIGHT),
    *,
    dx: float = 0,
    dy: float = 0,
    zoom: float = 1,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """A picture of the scene, of (width, height), shifted by photo pixels and zoomed."""
    scale = WIDTH / size[0]
    rows, columns = np.mgrid[: size[1], : size[0]]
    x = ((columns + 0.5) * scale - WIDTH / 2 - dx) / zoom
    y = ((rows + 0.5) * scale - HEIGHT / 2 - dy) / zoom
    return colors[scene(seed, x, y)]


@pytest.mark.parametrize(
    ("dx", "dy", "zoom"), [(3.3, -1.75, 1), (0, 0, 1.04), (-20.5, 12.25, 0.93), (0, 45, 1.0), (6, 6, 1.15)]
)
def test_a_known_shift_and_zoom_are_found_to_half_a_pixel(dx: float, dy: float, zoom: float) -> None:
    found = measure(seen(PHOTO), seen(PAINTING, dx=dx, dy=dy, zoom=zoom))
    assert found.known
    assert (found.dx, found.dy) == pytest.approx((dx, dy), abs=0.5)
    assert found.zoom == pytest.approx(zoom, abs=0.002)


def test_a_painting_in_its_place_has_no_misalignment_at_all() -> None:
    found = measure(seen(PHOTO), seen(PAINTING))
    assert found.known
    assert (found.dx, found.dy, found.zoom) == (0, 0, 1)
    assert found.describe() == "The painting lies on the photo."


def test_the_painting_may_have_another_size() -> None:
    found = measure(seen(PHOTO), seen(PAINTING, (200, 150), dx=12))
    assert (found.dx, found.dy) == pytest.approx((12, 0), abs=0.8)
    assert f"{found.dx:.1f} photo pixels to the right" in found.describe()


@pytest.mark.parametrize("painting", [np.full((HEIGHT, WIDTH, 3), 90, np.uint8), seen(PAINTING, seed=1)])
def test_where_nothing_matches_it_cannot_tell(painting: NDArray[np.uint8]) -> None:
    found = measure(seen(PHOTO), painting)
    assert not found.known
    assert (found.dx, found.dy, found.zoom) == (0, 0, 1)
    assert "cannot be told" in found.describe()


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (160, 120)])
def test_a_correction_brings_every_pixel_back(size: tuple[int, int]) -> None:
    found = Misalignment(20, -8, 1.0, 1.0)
    painting, covered = correct(seen(PAINTING, size, dx=20, dy=-8), found, (WIDTH, HEIGHT))
    np.testing.assert_array_equal(painting[covered], seen(PAINTING, size)[covered])
    step = WIDTH // size[0]
    expected = np.ones((size[1], size[0]), bool)
    expected[:, -20 // step :] = False
    expected[: 8 // step] = False
    np.testing.assert_array_equal(covered, expected)


def test_a_picture_painted_too_small_leaves_nothing_uncovered() -> None:
    painting, covered = correct(seen(PAINTING, zoom=0.9), Misalignment(0, 0, 0.9, 1), (WIDTH, HEIGHT))
    assert covered.all()
    assert (painting == seen(PAINTING)).mean() > 0.95


def test_without_misalignment_nothing_moves() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (7, 9, 3), np.uint8)
    painting, covered = correct(picture, Misalignment(0, 0, 1, 1), (90, 70))
    np.testing.assert_array_equal(painting, picture)
    assert covered.all()
