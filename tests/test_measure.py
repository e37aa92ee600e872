from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.answers import DepthMap
from vb_demo.errors import InputError
from vb_demo.geometry import Camera, project, rays
from vb_demo.images import Photo
from vb_demo.measure import (
    angle_between,
    height_between,
    height_of,
    lasso,
    path_length,
    robust_plane,
    surface,
)
from vb_demo.scene import Scene

WIDTH, HEIGHT = 80, 60
CAMERA = Camera(WIDTH, HEIGHT, 60.0, 60.0, WIDTH / 2, HEIGHT / 2)
SQUARE = [(20, 15), (60, 15), (60, 45), (20, 45)]


def scene_of(meters: object, camera: Camera = CAMERA) -> Scene:
    grid = np.broadcast_to(np.asarray(meters, np.float32), (HEIGHT, WIDTH)).copy()
    photo = Photo(np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.ones((HEIGHT, WIDTH), bool), camera)
    return Scene(photo, DepthMap(grid, np.ones_like(grid), np.zeros((2, 2, 3), np.uint8)))


def plane_scene(normal: object, meters: float) -> Scene:
    """The plane normal · p = meters in camera space (y down); sky where it is not seen."""
    with np.errstate(divide="ignore"):
        depth = meters / (rays(CAMERA).astype(np.float64) @ normal)
    return scene_of(np.where(depth > 0, depth, np.inf))


FLOOR = plane_scene((0, 1, 0), 1.5)


def seen(*points: tuple[float, float, float]) -> list[tuple[float, float]]:
    """The pixels that see points in camera space."""
    return [tuple(pixel) for pixel in project(points, CAMERA)]


# --- lengths --------------------------------------------------------------------------------------------------------


def test_a_path_is_the_sum_of_its_steps():
    scene = scene_of(3.0)
    path = path_length(scene, [(10, 10), (30, 10), (30, 25)])
    assert path.value == pytest.approx((20 + 15) / 60 * 3)
    steps = [scene.distance_between(*ends) for ends in [((10, 10), (30, 10)), ((30, 10), (30, 25))]]
    assert (path.low, path.high) == (sum(s.low for s in steps), sum(s.high for s in steps))
    with pytest.raises(InputError, match="at least 2 points"):
        path_length(scene, [(1, 1)])


def test_height_counts_only_what_goes_up():
    scene = scene_of(np.where(np.arange(WIDTH) < 40, 3.0, 6.0))
    measured = height_between(scene, (10, 10), (70, 40))
    # 19.5 px above the axis at 3 m, 10.5 px below it at 6 m.
    assert measured.value == pytest.approx(19.5 / 60 * 3 + 10.5 / 60 * 6)
    assert measured.low < measured.value < measured.high
    sideways = height_between(scene, (10, 10), (70, 40), up=(2, 0, 0))
    assert sideways.value == pytest.approx(29.5 / 60 * 3 + 30.5 / 60 * 6)
    with pytest.raises(InputError, match="Up must be a direction"):
        height_between(scene, (1, 1), (2, 2), up=(0, 0, 0))


def test_the_height_of_a_thing_is_that_of_its_facts():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:40, 30:50] = True
    measured = height_of(scene_of(2.0), mask)
    assert measured.value == pytest.approx(30 / 60 * 2)
    assert (measured.low, measured.high) == (pytest.approx(0.98), pytest.approx(1.02))  # DEPTH_DOUBT
    mask[2:6, 70:72] = True  # another patch of the same class, higher up
    assert height_of(scene_of(2.0), mask).value == pytest.approx(30 / 60 * 2)
    with pytest.raises(InputError, match="Only 0 pixels there have a depth"):
        height_of(scene_of(np.inf), mask)


# --- surfaces -------------------------------------------------------------------------------------------------------


def test_a_wall_straight_ahead():
    wall = surface(scene_of(3.0), SQUARE)
    pixel = 3 / 60
    assert wall.area.value == pytest.approx(40 * 30 * pixel**2)
    assert (wall.length.value, wall.width.value) == (pytest.approx(40 * pixel), pytest.approx(30 * pixel))
    assert wall.tilt.value == pytest.approx(90)
    assert (wall.inlier_share, wall.up_source) == (1, "level camera")
    assert (wall.area.unit, wall.length.unit, wall.tilt.unit) == ("m²", "m", "°")
    assert wall.plane.rms == pytest.approx(0, abs=1e-6)


@given(turn=st.floats(0, np.pi), length=st.floats(0.8, 1.6), share=st.floats(0.5, 0.9))
def test_a_rug_on_the_floor_has_its_own_size(turn: float, length: float, share: float):
    """Foreshortened, and however it is turned."""
    along, across = np.array([np.cos(turn), 0, np.sin(turn)]), np.array([-np.sin(turn), 0, np.cos(turn)])
    corners = [np.array([0, 1.5, 4.5]) + length / 2 * (a * along + share * b * across) for a, b in _CORNERS]
    rug = surface(FLOOR, seen(*corners))
    assert rug.area.value == pytest.approx(share * length**2, rel=1e-3)
    assert (rug.length.value, rug.width.value) == (
        pytest.approx(length, rel=1e-3),
        pytest.approx(share * length, rel=1e-3),
    )
    assert rug.tilt.value == pytest.approx(0, abs=0.01)


_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def test_a_vase_on_the_table_does_not_matter():
    scene = scene_of(3.0)
    scene.depth.meters[20:40, 30:40] = 2.0
    scene.depth.meters[25, 50] = np.nan
    table = surface(scene, SQUARE)
    assert table.plane.offset == pytest.approx(3.0)
    assert table.area.value == pytest.approx(40 * 30 * (3 / 60) ** 2)
    assert table.inlier_share == pytest.approx(1 - 200 / (41 * 31 - 1))


def test_noise_is_told_as_residual():
    noise = np.random.default_rng(0).normal(0, 0.01, (HEIGHT, WIDTH))
    assert surface(scene_of(3 + noise), SQUARE).plane.rms == pytest.approx(0.01, rel=0.1)


def test_planes_meet_at_an_angle():
    rug = [(30, 45), (50, 45), (55, 55), (25, 55)]
    floor, wall = surface(FLOOR, rug), surface(scene_of(3.0), SQUARE)
    ceiling = surface(plane_scene((0, -1, 0), 1.0), [(30, 5), (50, 5), (50, 15), (30, 15)])
    assert angle_between(floor, wall) == pytest.approx(90, abs=0.01)
    assert angle_between(floor, ceiling) == pytest.approx(0, abs=0.01)
    assert ceiling.tilt.value == pytest.approx(180, abs=0.01)
    given_up = surface(FLOOR, rug, up=wall.plane.normal)
    assert given_up.tilt.value == pytest.approx(90, abs=0.01)
    assert given_up.up_source == "given"


def test_an_unknown_focal_length_widens_sizes_and_tilts():
    # A floor 45° below the axis: its tilt depends on the focal length.
    normal = np.array([0, 1, 1]) / np.sqrt(2)
    known = plane_scene(normal, 2.0)
    guessed = Scene(
        Photo(known.photo.pixels, known.photo.valid, Camera(WIDTH, HEIGHT, 60, 60, 40, 30, "assumed")), known.depth
    )
    sure, unsure = surface(known, SQUARE), surface(guessed, SQUARE)
    assert sure.tilt.value == pytest.approx(45, abs=0.1)
    assert sure.tilt.low == sure.tilt.value == sure.tilt.high
    assert unsure.tilt.low < 41
    assert unsure.tilt.high > 50
    assert unsure.length.high - unsure.length.low > 2 * (sure.length.high - sure.length.low)
    assert unsure.area.camera_source == "assumed"


@pytest.mark.parametrize(
    ("outline", "words"),
    [
        ([(1, 1), (2, 2)], "at least 3 corners; received 2"),
        ([(1, 1), (5, 5), (9, 9)], "encloses nothing"),
        ([(10, 40), (40, 58), (40, 40), (10, 58)], "crosses itself"),
        ([(10, 40), (40, 58), (40, 40), (10, 50)], "crosses itself"),
        ([(1, 1), (99, 1), (5, 9)], "outside the photo"),
        ([(10, 0), (70, 0), (70, 10), (10, 10)], "Only 0 pixels there have a depth"),
        ([(10, 10), (70, 10), (70, 50), (10, 50)], "beyond the horizon"),
    ],
)
def test_outlines_that_cannot_be_measured(outline: list[tuple[int, int]], words: str):
    with pytest.raises(InputError, match=words):
        surface(FLOOR, outline)


def test_a_line_that_a_hand_closed_with_a_small_loop_is_measured():
    closed = [(10, 40), (40, 40), (40, 58), (10, 58)]
    looped = surface(FLOOR, [*closed, (10, 38), (13, 42)])
    assert looped.area.value == pytest.approx(surface(FLOOR, closed).area.value, rel=0.05)


def test_the_lasso_holds_its_corners():
    mask = lasso(FLOOR.photo, [(2, 1), (4, 1), (4, 3), (2, 3)])
    assert mask.shape == (HEIGHT, WIDTH)
    assert np.argwhere(mask).min(axis=0).tolist() == [1, 2]
    assert np.argwhere(mask).max(axis=0).tolist() == [3, 4]
    assert mask.sum() == 9


def test_most_points_win():
    rng = np.random.default_rng(1)
    points = rng.uniform((-1, -1, 1), (1, 1, 5), (3000, 3))
    points[:1200, 2] = 2 + 0.1 * points[:1200, 0]
    plane, near = robust_plane(points)
    np.testing.assert_allclose(plane.normal, np.array([0.1, 0, -1]) / np.hypot(1, 0.1), atol=0.01)
    assert near[:1200].all()
    assert near.mean() < 0.5
    with pytest.raises(InputError, match="at least 3 points"):
        robust_plane(points[:2])
