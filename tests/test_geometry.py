from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.errors import InputError
from vb_demo.geometry import (
    Camera,
    depth_edges,
    distance,
    facing,
    fit_plane,
    normals_from_depth,
    point_at,
    project,
    rays,
    unproject,
)

CAMERA = Camera(4, 2, 2.0, 2.0, 2.0, 1.0)


def plane_depth(camera: Camera, normal: np.ndarray, meters: float) -> np.ndarray:
    """Depth of the plane normal · p = meters, given by its OpenCV normal; nan behind the camera."""
    with np.errstate(divide="ignore"):
        depth = meters / (rays(camera).astype(np.float64) @ normal)
    return np.where(depth > 0, depth, np.nan)


@pytest.mark.filterwarnings("error")
def test_nothing_faces_any_way_at_depth_zero():
    assert np.isnan(normals_from_depth(np.zeros((2, 4)), CAMERA)).all()


def test_field_of_view_and_focal_length_belong_together():
    assert Camera.from_fov(200, 100, 90).fx == pytest.approx(100)
    assert Camera.from_fov(200, 100, 63).hfov == pytest.approx(63)


def test_35_mm_equivalent_compares_diagonals():
    # A 3:2 photo has the shape of the film, so that the horizontal angle is the film's own: 2 atan(18 / 26).
    camera = Camera.from_focal_35mm(3000, 2000, 26)
    assert camera.hfov == pytest.approx(math.degrees(2 * math.atan(18 / 26)))
    assert Camera.from_focal_35mm(2000, 3000, 26).fx == camera.fx


def test_an_assumed_camera_says_so_and_does_not_mind_the_rotation():
    assert Camera.assumed(300, 200).hfov == pytest.approx(60)
    assert Camera.assumed(300, 200).fx == Camera.assumed(200, 300).fx
    assert Camera.assumed(300, 200).source == "assumed"


def test_description():
    camera = Camera.from_focal_35mm(1400, 1050, 26)
    assert camera.describe() == "focal length 1,052 px (EXIF, 26 mm equivalent), horizontal field of view 67°"
    assert Camera.from_fov(100, 100, 60).describe().startswith("focal length 87 px (user), ")
    assert camera.as_dict()["source"] == "EXIF"


def test_scaling_keeps_the_field_of_view():
    camera = Camera.from_fov(200, 100, 70).scaled(50, 25)
    assert (camera.width, camera.height, camera.cx) == (50, 25, 25)
    assert camera.hfov == pytest.approx(70)


def test_every_second_pixel_keeps_its_ray():
    camera = Camera(7, 5, 10.0, 12.0, 3.0, 2.0)
    np.testing.assert_allclose(rays(camera.every(2)), rays(camera)[::2, ::2], atol=1e-6)


@pytest.mark.parametrize("degrees", [0, -10, 180, math.nan])
def test_impossible_field_of_view(degrees: float):
    with pytest.raises(InputError, match="1 to 170"):
        Camera.from_fov(100, 100, degrees)


def test_a_camera_without_focal_length_is_refused():
    with pytest.raises(InputError, match="above 0"):
        Camera(100, 100, 0, 10, 50, 50)


def test_unproject_by_hand():
    points = unproject(np.full((2, 4), 2.0), CAMERA)
    np.testing.assert_allclose(points[0, 0], [-1.5, -0.5, 2])  # up and left of the middle: x and y negative
    np.testing.assert_allclose(points[1, 3], [1.5, 0.5, 2])


def test_sky_and_no_answer_have_no_place():
    points = unproject(np.array([[np.inf, np.nan, 1, 1], [1, 1, 1, 1]]), CAMERA)
    assert np.isnan(points[0, :2]).all()
    assert np.isfinite(points[0, 2:]).all()


def test_depth_of_another_size_is_refused():
    with pytest.raises(InputError, match=r"\(2, 4\)"):
        unproject(np.ones((3, 3)), CAMERA)


@given(
    st.floats(0.1, 100),
    st.floats(0, 639),
    st.floats(0, 479),
    st.floats(20, 120),
)
def test_project_is_the_inverse_of_point_at(depth: float, x: float, y: float, fov: float):
    camera = Camera.from_fov(640, 480, fov)
    point = point_at(depth, x, y, camera)
    assert point[2] == depth
    np.testing.assert_allclose(project(point, camera), (x, y), atol=1e-6)


def test_project_is_the_inverse_of_unproject():
    camera = Camera(6, 5, 4.0, 5.0, 2.5, 3.0)
    depth = np.random.default_rng(0).uniform(0.5, 20, (5, 6))
    y, x = np.mgrid[:5, :6]
    np.testing.assert_allclose(project(unproject(depth, camera), camera), np.stack([x, y], -1), atol=1e-4)


def test_distance():
    assert distance([0, 0, 0], [3, 4, 12]) == 13
    np.testing.assert_allclose(distance([[1, 1, 1], [0, 0, 2]], [1, 1, 1]), [0, math.sqrt(3)])


def test_plane_through_points_faces_the_camera():
    x, y = np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5))
    floor = np.stack([x, np.full_like(x, 1.5), 4 + y], axis=-1)
    floor[0, 0] = np.nan
    plane = fit_plane(floor)
    np.testing.assert_allclose(plane.normal, [0, -1, 0], atol=1e-9)  # y points down, so that up is negative
    assert plane.offset == pytest.approx(1.5)
    assert plane.rms == pytest.approx(0, abs=1e-7)
    np.testing.assert_allclose(plane.distance([[0, 1.0, 3], [0, 2.0, 3]]), [0.5, -0.5])


def test_plane_rms_is_the_noise():
    rng = np.random.default_rng(0)
    points = np.stack([*rng.uniform(-1, 1, (2, 5000)), 3 + rng.normal(0, 0.02, 5000)], axis=-1)
    assert fit_plane(points).rms == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("points", [[[0, 0, 1], [1, 0, 1]], [[0, 0, 1], [1, 0, 2], [2, 0, 3]], [[np.nan] * 3] * 5])
def test_too_few_points_for_a_plane(points: list[list[float]]):
    with pytest.raises(InputError, match="plane needs"):
        fit_plane(points)


def test_edges_are_marked_on_both_sides():
    depth = np.array([[1.0, 1.01, 2.0, 2.02, np.nan, 2.0, np.inf]])
    assert depth_edges(depth).tolist() == [[False, True, True, False, False, True, True]]


def test_two_pixels_of_sky_are_no_edge():
    assert not depth_edges(np.full((2, 2), np.inf)).any()


@pytest.mark.parametrize("normal", [(0.0, 0.0, 1.0), (0.0, 0.9, 0.436), (0.6, 0.0, 0.8), (0.3, 0.8, 0.52)])
def test_normals_of_a_plane(normal: tuple[float, float, float]):
    """The plane's own direction comes back in the answers' axes: turned to the viewer, y up."""
    camera = Camera.from_fov(64, 48, 60)
    away = np.array(normal) / np.linalg.norm(normal)  # OpenCV axes, pointing away from the camera
    normals = normals_from_depth(plane_depth(camera, away, 2.0), camera)
    expected = away * (-1, 1, 1)
    known = np.isfinite(normals).all(axis=2)
    assert known.mean() > 0.4
    np.testing.assert_allclose(normals[known], np.broadcast_to(expected, normals[known].shape), atol=1e-3)


def test_normals_beside_an_edge_are_those_of_their_own_surface():
    camera = Camera.from_fov(40, 40, 60)
    depth = np.where(np.arange(40) < 20, 2.0, 5.0) * np.ones((40, 1))
    normals = normals_from_depth(depth, camera, step=2)
    np.testing.assert_allclose(normals, np.broadcast_to([0, 0, 1], normals.shape), atol=1e-3)


def test_no_normals_without_neighbours():
    depth = np.full((9, 9), np.nan)
    depth[4, 4] = 1
    assert np.isnan(normals_from_depth(depth, Camera.from_fov(9, 9, 60))).all()


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        ((0, 1, 0), "faces up"),
        ((0, -1, 0.1), "faces down"),
        ((0, 0, 1), "faces the camera"),
        ((-1, 0, 0), "faces left"),
        ((1, 1, 0), "faces up and right"),
        ((-1, 0, 1), "faces left and towards the camera"),
        ((0, 0, -1), "faces away from the camera"),
        ((0, 0.3, 1), "faces the camera"),
        ((np.nan, 0, 0), None),
        ((0, 0, 0), None),
    ],
)
def test_facing(vector: tuple[float, float, float], words: str | None):
    assert facing(vector) == words
