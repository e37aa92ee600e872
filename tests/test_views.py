from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from PIL import Image

from vb_demo.answers import DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.cloud import Cloud, make_cloud
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.mesh import make_mesh
from vb_demo.prompts import Entry, Legend
from vb_demo.views import (
    PIN,
    VIEWS,
    cloud_figure,
    depth_preview,
    draw_pins,
    figure_reach,
    mesh_figure,
    meters_text,
    normals_preview,
    overlay,
    pin_trace,
    reliability_map,
)

WIDTH, HEIGHT = 320, 200
PAINTING = np.zeros((4, 4, 3), np.uint8)
SURE = np.ones((HEIGHT, WIDTH), np.float32)
ORANGE = Color(255, 165, 0)


def grey_photo() -> Photo:
    pixels = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    return Photo(pixels, np.ones((HEIGHT, WIDTH), bool), Camera.from_fov(WIDTH, HEIGHT, 60))


def ramp_depth() -> DepthMap:
    meters = np.broadcast_to(np.linspace(1, 20, WIDTH, dtype=np.float32), (HEIGHT, WIDTH)).copy()
    return DepthMap(meters, SURE, PAINTING)


def square(label: int = 1) -> SegmentMap:
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    labels[50:150, 100:200] = label
    legend = Legend((Entry("cup", ORANGE), Entry("table", Color(0, 0, 90))))
    return SegmentMap(labels, legend, SURE, PAINTING)


def changed(before: Image.Image, after: Image.Image) -> np.ndarray:
    return (np.asarray(before) != np.asarray(after)).any(axis=2)


# --- pictures -------------------------------------------------------------------------------------------------------


def test_every_picture_has_the_photos_size():
    normals = NormalMap(np.ones((HEIGHT, WIDTH, 3), np.float32) / np.sqrt(3).astype(np.float32), SURE, PAINTING)
    relative = RelativeDepthMap(SURE / 2, SURE, PAINTING)
    pictures = [
        depth_preview(ramp_depth()),
        depth_preview(relative),
        normals_preview(normals),
        reliability_map(relative),
        overlay(grey_photo(), square()),
        draw_pins(grey_photo().pil, [(5, 5)]),
    ]
    assert {(picture.size, picture.mode) for picture in pictures} == {((WIDTH, HEIGHT), "RGB")}


def test_the_scale_bar_stays_in_its_corner():
    plain, scaled = depth_preview(ramp_depth(), scale=False), depth_preview(ramp_depth())
    rows, columns = np.nonzero(changed(plain, scaled))
    assert rows.min() > HEIGHT * 0.8
    assert columns.max() < WIDTH * 0.75


def test_no_scale_where_there_is_no_room_or_no_depth():
    tiny = DepthMap(np.ones((8, 8), np.float32), np.ones((8, 8), np.float32), PAINTING)
    assert not changed(depth_preview(tiny), depth_preview(tiny, scale=False)).any()
    nothing = DepthMap(np.full((HEIGHT, WIDTH), np.nan, np.float32), SURE, PAINTING)
    assert np.unique(np.asarray(depth_preview(nothing))).tolist() == [128]


def test_relative_depth_names_no_metres(monkeypatch: pytest.MonkeyPatch):
    written = []
    monkeypatch.setattr("vb_demo.views._with_scale", lambda image, ends: written.append(ends) or image)
    depth_preview(RelativeDepthMap(SURE / 2, SURE, PAINTING))
    depth_preview(ramp_depth())
    assert written[0] == ("near", "far")
    assert all(text.endswith(" m") for text in written[1])


def test_reliability_runs_from_dark_to_bright():
    answer = DepthMap(SURE, np.linspace(0, 1, WIDTH, dtype=np.float32) * SURE, PAINTING)
    brightness = np.asarray(reliability_map(answer)).sum(axis=2)[0].astype(int)
    assert brightness[-1] > 2 * brightness[0]


@pytest.mark.parametrize(("meters", "text"), [(0.846, "0.85 m"), (12.34, "12.3 m"), (139.6, "140 m")])
def test_lengths_as_text(meters: float, text: str):
    assert meters_text(meters) == text


# --- overlay --------------------------------------------------------------------------------------------------------


def test_an_overlay_tints_outlines_and_leaves_the_background():
    picture = np.asarray(overlay(grey_photo(), square(), labels=False))
    assert picture[10, 10].tolist() == [100, 100, 100]
    np.testing.assert_allclose(picture[100, 150], (np.array(ORANGE) + 100) / 2, atol=1)
    assert tuple(picture[50, 150]) == ORANGE  # the outline, at full strength
    bare = np.asarray(overlay(grey_photo(), square(), alpha=0, labels=False, outlines=False))
    np.testing.assert_array_equal(bare, grey_photo().pixels)


def test_a_name_stands_inside_its_region():
    without, named = overlay(grey_photo(), square(), labels=False), overlay(grey_photo(), square())
    rows, columns = np.nonzero(changed(without, named))
    assert rows.size > 100
    assert 50 <= rows.min() < rows.max() < 150
    assert 100 <= columns.min() < columns.max() < 200


def test_names_stand_right_on_large_photos():
    photo = Photo(np.zeros((1000, 1600, 3), np.uint8), np.ones((1000, 1600), bool), Camera.assumed(1600, 1000))
    labels = np.zeros((1000, 1600), np.int32)
    labels[600:900, 1000:1500] = 1
    segments = SegmentMap(labels, square().legend, labels.astype(np.float32), PAINTING)
    rows, columns = np.nonzero(changed(overlay(photo, segments, labels=False), overlay(photo, segments)))
    assert 600 <= rows.min() < rows.max() < 900
    assert 1000 <= columns.min() < columns.max() < 1500


def test_the_name_of_a_bent_region_is_on_the_region():
    segments = square()
    segments.labels[:] = 0
    segments.labels[20:180, 20:80] = 1  # an L, whose centre of mass lies outside of it
    segments.labels[150:180, 20:300] = 1
    rows, columns = np.nonzero(changed(overlay(grey_photo(), segments, labels=False), overlay(grey_photo(), segments)))
    assert segments.labels[int(rows.mean()), int(columns.mean())] == 1


def test_specks_have_no_name():
    segments = square()
    segments.labels[:] = 0
    segments.labels[5, 5] = 1
    assert not changed(overlay(grey_photo(), segments, labels=False), overlay(grey_photo(), segments)).any()


def test_things_have_their_own_colours():
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    labels[:, :100], labels[:, 200:] = 1, 2
    things = InstanceMap(labels, 2, "chair", (ORANGE, Color(0, 0, 255)), SURE, PAINTING)
    picture = np.asarray(overlay(grey_photo(), things, alpha=1, labels=False))
    assert tuple(picture[5, 5]) == ORANGE
    assert tuple(picture[5, 300]) == (0, 0, 255)
    assert picture[5, 150].tolist() == [100, 100, 100]


# --- pins -----------------------------------------------------------------------------------------------------------


def test_pins_do_not_touch_the_original():
    photo = grey_photo().pil
    pinned = draw_pins(photo, [(50, 60), (250, 150)], [(0, 1, "2.41 m")])
    assert photo.getextrema() == ((100, 100),) * 3
    marked = changed(photo, pinned)
    assert marked[60, 50]
    assert marked[150, 250]
    assert marked[105, 150]  # the length, half way
    assert not marked[190, 20]


def test_pins_in_the_corners_stay_in_the_picture():
    corners = [(0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)]
    for x, y in corners:
        pinned = np.asarray(draw_pins(grey_photo().pil, [(x, y)]))
        disc = (pinned == (216, 27, 96)).all(axis=2)
        assert disc.sum() > 50  # as much of the disc as anywhere else


# --- figure ---------------------------------------------------------------------------------------------------------


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
