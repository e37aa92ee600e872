from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from vb_demo.answers import DepthMap
from vb_demo.cloud import Cloud, make_cloud
from vb_demo.errors import InputError
from vb_demo.figures import PIN, VIEWS, cloud_figure, figure_reach, mesh_figure, pin_trace
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.mesh import make_mesh

WIDTH, HEIGHT = 320, 200
PAINTING = np.zeros((4, 4, 3), np.uint8)
SURE = np.ones((HEIGHT, WIDTH), np.float32)


def grey_photo() -> Photo:
    pixels = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    return Photo(pixels, np.ones((HEIGHT, WIDTH), bool), Camera.from_fov(WIDTH, HEIGHT, 60))


def room_cloud() -> Cloud:
    return make_cloud(grey_photo(), DepthMap(3 * SURE, SURE, PAINTING))


def deep_cloud() -> Cloud:
    """A slanted wall from 2 to 6 m."""
    depth = DepthMap(np.linspace(2, 6, WIDTH, dtype=np.float32) * SURE, SURE, PAINTING)
    return make_cloud(grey_photo(), depth)


def test_a_figure_holds_bytes_not_words():
    cloud = room_cloud()
    figure = cloud_figure(cloud)
    trace, pin = figure.data
    assert (trace.name, pin.name, pin.x) == ("points", PIN, ())
    assert trace.hoverinfo == "skip"
    assert trace.x.dtype == np.float32
    assert len(trace.x) == 50_000
    assert trace.marker.color.dtype == np.uint8
    assert trace.marker.color.shape == (50_000, 3)
    sent = json.loads(figure.to_json())["data"][0]["marker"]["color"]
    assert base64.b64decode(sent["bdata"])[:3] == b"ddd"  # the grey of the photo, 100 = "d"
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_points_can_be_picked_when_asked_for():
    cloud = room_cloud()
    trace = cloud_figure(cloud, max_points=100, hover=True).data[0]
    assert trace.hoverinfo is None
    for index in (0, 50, 99):
        x, y = trace.customdata[index].tolist()
        found = cloud.points[cloud.pixels.tolist().index(y * WIDTH + x)]
        np.testing.assert_allclose(found, (trace.x[index], trace.y[index], trace.z[index]))


def eye_and_target(figure: object) -> tuple[np.ndarray, np.ndarray]:
    """In metres, from plotly's units."""
    layout = figure.layout.scene
    ranges = [np.array(axis.range) for axis in (layout.xaxis, layout.yaxis, layout.zaxis)]
    unit = np.cbrt(np.prod([np.ptp(r) for r in ranges]))
    assert layout.camera.up.y == 1
    eye, target = (
        np.array([camera.x, camera.y, camera.z]) * unit + [r.mean() for r in ranges]
        for camera in (layout.camera.eye, layout.camera.center)
    )
    return eye, target


def test_the_first_view_is_the_photos():
    """The eye lies on the camera's axis behind the origin and looks along it."""
    eye, target = eye_and_target(cloud_figure(room_cloud()))
    np.testing.assert_allclose(eye, [0, 0, 0.45], atol=1e-3)  # 15 % of the wall's 3 m
    np.testing.assert_allclose(target, [0, 0, -3], atol=1e-3)


@pytest.mark.parametrize(("view", "axis"), [("above", 1), ("side", 0)])
def test_views_along_an_axis(view: str, axis: int):
    eye, target = eye_and_target(cloud_figure(deep_cloud(), view=view))
    way = (eye - target) / np.linalg.norm(eye - target)
    assert way[axis] > 0.99
    assert deep_cloud().depth.min() < -target[2] < deep_cloud().depth.max()


def test_views_that_are_not_there():
    with pytest.raises(InputError, match="front, above, side, orbit"):
        cloud_figure(room_cloud(), view="below")


def test_the_visitors_camera_is_kept_until_the_view_or_the_photo_changes():
    by_photo, by_depth = (cloud_figure(cloud, revision="a") for cloud in (room_cloud(), room_cloud()))
    assert by_photo.layout.uirevision == by_depth.layout.uirevision
    revisions = {cloud_figure(room_cloud(), revision=r, view=v).layout.uirevision for r in "ab" for v in VIEWS}
    assert len(revisions) == 8


def test_a_figure_holds_the_cameras_of_all_views():
    figure = cloud_figure(deep_cloud())
    for view in VIEWS:
        assert (
            figure.layout.meta["cameras"][view]
            == cloud_figure(deep_cloud(), view=view).layout.scene.camera.to_plotly_json()
        )


def test_a_figure_reaches_from_the_nearest_point_to_three_times_as_far_as_most():
    assert figure_reach(np.array([[0, np.nan, np.inf]])) is None
    near, far = figure_reach(np.array([[np.inf, 2, *[4] * 20, 100]]))
    assert (near, far) == (2, pytest.approx(12))
    assert figure_reach(np.array([[2.0, 4.0]])) == (2, 4)


def test_clipping_hides_points_without_moving_the_camera():
    everything, clipped = cloud_figure(deep_cloud()), cloud_figure(deep_cloud(), near=3, far=5)
    assert 3 <= -clipped.data[0].z.max() < -clipped.data[0].z.min() <= 5
    assert clipped.layout.scene.xaxis.range == everything.layout.scene.xaxis.range
    for figure in (everything, clipped):
        scene = figure.layout.scene
        assert scene.aspectmode == "manual"
        shares = [getattr(scene.aspectratio, axis) / np.ptp(scene[f"{axis}axis"].range) for axis in "xyz"]
        np.testing.assert_allclose(shares, shares[0])  # a metre is as long in every direction
    with pytest.raises(InputError, match=r"within 2\.00 m to 6\.00 m"):
        cloud_figure(deep_cloud(), near=7, far=8)


def test_normals_are_lines_of_two_points_and_a_gap():
    lines = next(trace for trace in cloud_figure(room_cloud(), normals=7).data if trace.name == "normals")
    path = np.stack([lines.x, lines.y, lines.z], axis=1).reshape(7, 3, 3)
    assert np.isnan(path[:, 2]).all()
    np.testing.assert_allclose(path[:, 1] - path[:, 0], [[0, 0, 0.12]] * 7, atol=1e-4)  # a wall at 3 m, 4 %


def test_a_pin_marks_the_point_of_a_pixel():
    cloud = room_cloud()
    pin = pin_trace(cloud, [(-500, 50), (100, 50)])  # the first has no point around
    assert pin.text == ("2",)
    expected = 0.98 * cloud.points[cloud.pixels.tolist().index(50 * WIDTH + 100)]
    np.testing.assert_allclose([*pin.x, *pin.y, *pin.z], expected, rtol=1e-5)
    assert pin_trace(cloud, []).x == ()
    assert cloud_figure(cloud, pins=[(-500, 50), (100, 50)]).data[-1] == pin


def test_a_mesh_in_its_own_colours():
    mesh = make_mesh(deep_cloud())
    figure = mesh_figure(mesh, hover=True, pins=[(100, 50)], far=4)
    surface, pin = figure.data
    assert (surface.name, pin.name) == ("surface", PIN)
    assert surface.vertexcolor.dtype == np.uint8
    corners = np.stack([surface.i, surface.j, surface.k], axis=1)
    assert -surface.z[corners].min() <= 4
    assert 0 < len(corners) < len(mesh)
    np.testing.assert_array_equal(surface.customdata, mesh.vertices.xy)
    assert json.loads(figure.to_json())["data"][0]["vertexcolor"]["dtype"] == "u1"


def test_figures_are_small_enough_to_send():
    figure = cloud_figure(room_cloud(), max_points=40_000, hover=True, normals=1_500, pins=[(5, 5)])
    assert len(figure.to_json()) < 1.5e6
    assert len(mesh_figure(make_mesh(room_cloud()[:30_000]), hover=True).to_json()) < 1.5e6


def test_the_far_distance_does_not_shrink_the_room():
    meters = 3 * SURE
    meters[:20] = 400
    cloud = make_cloud(grey_photo(), DepthMap(meters, SURE, PAINTING))
    trace = cloud_figure(cloud, max_points=10**6).data[0]
    assert -trace.z.min() < 4
    assert len(trace.x) == np.count_nonzero(-cloud.points[:, 2] < 4)
