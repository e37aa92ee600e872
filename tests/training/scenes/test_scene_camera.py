from __future__ import annotations

import numpy as np
import pytest

from vb_demo.training.scenes.camera import Camera


def test_level_camera_looks_along_minus_z_with_x_to_the_right():
    camera = Camera.looking((0, 1.5, 0), (0, 1.5, -1), fov=90, size=(8, 4))
    np.testing.assert_allclose(camera.axes, [[1, 0, 0], [0, 1, 0], [0, 0, -1]], atol=1e-6)
    assert camera.intrinsics == pytest.approx((4, 4, 4, 2))


@pytest.mark.parametrize("samples", [1, 2])
def test_rays_have_unit_depth_and_span_the_field_of_view(samples: int):
    camera = Camera.looking((1, 2, 3), (4, 1, -2), fov=60, size=(16, 12), roll=0.2)
    rays = camera.directions(samples)
    assert rays.shape == (12 * samples, 16 * samples, 3)
    np.testing.assert_allclose(rays @ camera.axes[2], 1, atol=1e-5)
    right = rays @ camera.axes[0]
    edge = np.tan(np.radians(30))
    np.testing.assert_allclose(right[:, -1] + 0.5 / samples / camera.focal, edge, atol=1e-5)


@pytest.mark.parametrize("target", [(0, -5, 0), (3, 1, 2), (0, 9, 0.01)])
def test_axes_stay_orthonormal_even_straight_down(target: tuple[float, float, float]):
    axes = Camera.looking((0, 1, 0), target, fov=50, size=(4, 4), roll=0.3).axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-5)


def test_view_space_has_z_towards_the_viewer():
    camera = Camera.looking((0, 0, 0), (0, 0, -1), fov=50, size=(4, 4))
    np.testing.assert_allclose(camera.to_view(np.array([0, 0, 1], np.float32)), [0, 0, 1], atol=1e-6)


def test_resizing_keeps_the_view():
    small = Camera.looking((0, 0, 0), (1, 0, 0), fov=70, size=(48, 36))
    large = small.resized((256, 192))
    assert large.width / large.focal == pytest.approx(small.width / small.focal)
    assert large.intrinsics[2:] == (128, 96)
