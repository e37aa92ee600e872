from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.answers import TOLD_DEGREES, Calibration, DepthMap, NormalMap, Provenance, RelativeDepthMap
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.prompts import Entry, Legend
from vb_demo.scene import Measurement, Scene

SIZE = 20
PAINTING = np.full((10, 10, 3), (1, 2, 3), np.uint8)
LEGEND = Legend((Entry("box", Color(255, 0, 0)), Entry("floor", Color(0, 0, 255)), Entry("cat", Color(0, 255, 0))))


def blank_photo(source: str = "user") -> Photo:
    camera = Camera(SIZE, SIZE, 20.0, 20.0, 10.0, 10.0, source)
    return Photo(np.zeros((SIZE, SIZE, 3), np.uint8), np.ones((SIZE, SIZE), bool), camera)


def depth_map(meters: object, reliability: float = 1.0) -> DepthMap:
    grid = np.broadcast_to(np.asarray(meters, np.float32), (SIZE, SIZE)).copy()
    return DepthMap(grid, np.full(grid.shape, reliability, np.float32), PAINTING)


def normal_map(vector: tuple[float, float, float]) -> NormalMap:
    vectors = np.broadcast_to(np.array(vector, np.float32), (SIZE, SIZE, 3)).copy()
    return NormalMap(vectors, np.ones((SIZE, SIZE), np.float32), PAINTING)


def scene_with_depth(meters: object, reliability: float = 1.0, source: str = "user") -> Scene:
    return Scene(blank_photo(source), depth_map(meters, reliability))


# --- the camera in force ---------------------------------------------------------------------------------------------


def told_scene(hfov: float, told: float = 60.0) -> Scene:
    depth = replace(depth_map(2.0), provenance=Provenance(prompt=f"Depth. The field of view is {told} degrees."))
    return Scene(replace(blank_photo(), camera=Camera.from_fov(SIZE, SIZE, hfov)), replace(depth, spread=depth.meters))


@given(st.floats(5, 150), st.floats(5, 150), st.floats(0.5, 3.0))
def test_told_depth_is_proportional_to_the_focal_length_whatever_way_it_came(first: float, last: float, factor: float):
    scene = told_scene(first)
    decoded = scene.metric_depth().decoded or scene.metric_depth()
    moved = replace(scene.calibrated(Calibration(factor, kind="metric")), photo=told_scene(last).photo)
    depth = moved.metric_depth()
    focal, own = moved.photo.camera.fx, Camera.from_fov(SIZE, SIZE, 60).fx
    expected = 2 * factor * (1 if abs(last - 60) <= TOLD_DEGREES else focal / own)
    np.testing.assert_allclose(depth.meters, expected, rtol=1e-5)
    np.testing.assert_allclose(depth.spread, depth.meters)
    assert moved.uncalibrated().metric_depth().meters[0, 0] == told_scene(last).metric_depth().meters[0, 0]
    back = replace(moved.uncalibrated(), photo=told_scene(60).photo)
    assert back.depth is decoded


def test_everything_in_space_follows_but_an_untold_depth_does_not():
    near, far = told_scene(60), told_scene(30)
    ratio = far.photo.camera.fx / near.photo.camera.fx
    assert far.reading(3, 4).depth_m == pytest.approx(2 * ratio)
    # As the picture shows it: sizes across stay, what is longer is the way there.
    assert far.reading(3, 4).xyz[:2] == pytest.approx(near.reading(3, 4).xyz[:2])
    assert far.point_cloud().depth[0] == pytest.approx(2 * ratio)
    untold = replace(scene_with_depth(2.0), photo=far.photo)
    assert untold.reading(3, 4).depth_m == 2.0


# --- readings -------------------------------------------------------------------------------------------------------


def test_a_reading_says_all_there_is(room: Scene):
    x, y = 27, 48  # on the box
    reading = room.reading(x, y)
    assert reading.depth_m == pytest.approx(2.5)
    assert reading.xyz is not None
    assert reading.xyz[2] == pytest.approx(2.5)
    assert reading.distance_m == pytest.approx(np.linalg.norm(reading.xyz))
    assert (reading.label, reading.facing, reading.note) == ("box", "faces the camera", None)
    assert reading.reliability == 1
    assert reading.thing is None
    assert reading.painted["depth"] == tuple(room.photo.pixels[y, x])


def test_words_for_the_floor_the_sky_and_a_ball(room: Scene):
    floor, sky = room.reading(48, 70), room.reading(48, 2)
    assert (floor.label, floor.facing) == ("floor", "faces up")
    assert (sky.label, sky.note, sky.depth_m, sky.distance_m, sky.facing) == ("background", "sky", None, None, None)
    rows, columns = np.nonzero(room.instances.labels == 2)
    assert room.reading(int(np.median(columns)), int(np.median(rows))).thing == "ball 2"


def test_a_photo_without_answers():
    reading = Scene(blank_photo()).reading(3, 4)
    assert (reading.x, reading.y, reading.depth_m, reading.label, reading.reliability) == (3, 4, None, None, None)


def test_one_bad_pixel_does_not_matter():
    meters = np.full((SIZE, SIZE), 2.0)
    meters[10, 10] = 9.0
    assert scene_with_depth(meters).reading(10, 10).depth_m == 2.0
    meters[10, 10] = np.nan
    assert scene_with_depth(meters).reading(10, 10).depth_m == 2.0
    meters[10, 10] = np.inf
    assert scene_with_depth(meters).reading(10, 10).depth_m == 2.0
    assert scene_with_depth(meters).reading(10, 10, window=1).note == "sky"


def test_beside_an_edge_the_pixels_own_side_counts():
    meters = np.where(np.arange(SIZE) < 10, 2.0, 5.0)
    scene = scene_with_depth(meters)
    near, far = scene.reading(9, 5), scene.reading(10, 5)
    assert (near.depth_m, near.note) == (2.0, "edge")
    assert (far.depth_m, far.note) == (5.0, "edge")
    assert near.spread_m == 0
    assert scene.reading(2, 5).note is None


def test_a_slanted_surface_is_no_edge():
    meters = np.linspace(2, 3, SIZE)  # 2 % a pixel at most
    reading = scene_with_depth(meters).reading(10, 10)
    assert reading.note is None
    assert reading.depth_m == pytest.approx(meters[10])
    assert reading.spread_m == pytest.approx(
        1.4826 / 19, rel=0.01
    )  # median |offset| of two columns each side: one step


def test_the_direction_comes_from_the_same_side_of_the_edge():
    scene = scene_with_depth(np.where(np.arange(SIZE) < 10, 2.0, 5.0))
    scene.normals = normal_map((0, 0, 1))
    scene.normals.vectors[:, 10:] = (1, 0, 0)
    assert scene.reading(9, 5).direction == (0, 0, 1)


def test_no_answer():
    assert scene_with_depth(np.nan).reading(5, 5).note == "no answer"
    scene = scene_with_depth(2.0)
    scene.photo.valid[5, 5] = False
    assert scene.reading(5, 5).note == "no answer"
    assert Scene(blank_photo(), normals=normal_map((np.nan,) * 3)).reading(5, 5).note == "no answer"


def test_the_window_stops_at_the_border():
    assert scene_with_depth(3.0).reading(0, 19).depth_m == 3.0


def test_reliability_is_that_of_the_weakest_answer():
    scene = Scene(blank_photo(), depth_map(2.0, 0.9), normal_map((0, 1, 0)))
    assert scene.reading(5, 5).reliability == pytest.approx(0.9)


@pytest.mark.parametrize("point", [(-1, 0), (0, -0.5), (20, 0), (0, 20), (np.nan, 3)])
def test_points_outside_the_photo(point: tuple[float, float]):
    with pytest.raises(InputError, match="x goes from 0 to 19 and y from 0 to 19"):
        scene_with_depth(1.0).reading(*point)


@pytest.mark.parametrize("window", [0, 4, -3])
def test_odd_windows_only(window: int):
    with pytest.raises(InputError, match="odd number"):
        scene_with_depth(1.0).reading(5, 5, window)


def test_an_answer_of_another_size_is_refused():
    photo = blank_photo()
    small = replace(photo, pixels=photo.pixels[:10], valid=photo.valid[:10])
    with pytest.raises(InputError, match="depth answer is 20 × 20 pixels but the photo is 20 × 10"):
        Scene(small, depth_map(1.0))


# --- relative depth -------------------------------------------------------------------------------------------------


def test_relative_depth_never_becomes_metres():
    grid = np.full((SIZE, SIZE), 0.25, np.float32)
    scene = Scene(blank_photo(), RelativeDepthMap(grid, np.ones_like(grid), PAINTING))
    reading = scene.reading(5, 5)
    assert (reading.nearness, reading.depth_m, reading.xyz) == (0.25, None, None)
    assert reading.note == "relative depth: set the scale first"
    for question in (lambda: scene.distance_at(5, 5), scene.point_cloud):
        with pytest.raises(InputError, match="scale"):
            question()
    scaled = scene.calibrated(Calibration(2.0, source="a known size"))
    assert scaled.reading(5, 5).depth_m == 2.0
    assert scaled.distance_at(5, 5).scale_source == "a known size"
    assert scaled.distance_at(5, 5).describe().endswith("camera user, scale from a known size)")
    assert scaled.uncalibrated().depth is scene.depth


def test_every_length_follows_the_scale():
    scene = scene_with_depth(4.0)
    doubled = scene.calibrated(Calibration(2.0, kind="metric"))
    before, after = (s.distance_between((2, 5), (17, 5)) for s in (scene, doubled))
    for limit in ("value", "low", "high"):
        assert getattr(after, limit) == pytest.approx(2 * getattr(before, limit), rel=1e-3)
    again = doubled.calibrated(Calibration(0.5, kind="metric"))
    assert again.reading(5, 5).depth_m == 2.0  # of what was painted, not of what was scaled before
    assert scene.uncalibrated().depth is scene.depth
    with pytest.raises(InputError, match="ask for depth first"):
        Scene(blank_photo()).calibrated(Calibration(1.0))


# --- several paintings ----------------------------------------------------------------------------------------------


def test_the_spread_of_votes_is_read_and_doubted():
    scene = scene_with_depth(2.414)
    assert scene.reading(5, 5).depth_text == "2.41 m"
    spread = np.full((SIZE, SIZE), 0.08, np.float32)
    spread[5, 5] = np.nan
    voted = Scene(scene.photo, replace(scene.depth, spread=spread, votes=5))
    assert voted.reading(5, 5).depth_text == "2.41 m ± 0.08"
    widths = [m.high - m.low for m in (scene.distance_at(5, 5), voted.distance_at(5, 5))]
    assert widths[1] - widths[0] == pytest.approx(4 * 0.08, rel=0.15)  # two each side, along a ray a little longer
    assert scene_with_depth(np.inf).reading(5, 5).depth_text is None


# --- measurements ---------------------------------------------------------------------------------------------------


def test_distance_is_measured_along_the_ray():
    scene = scene_with_depth(2.0)
    # The middle of pixel 19 lies 9.5 px off the axis, at a focal length of 20 px.
    assert scene.distance_at(19, 19).value == pytest.approx(2 * np.sqrt(1 + 2 * (9.5 / 20) ** 2))


def test_distance_between_two_pixels_by_hand():
    measured = scene_with_depth(4.0).distance_between((2, 5), (7, 5))
    assert measured.value == pytest.approx(5 / 20 * 4)  # 5 px at 4 m, focal length 20 px
    assert measured.camera_source == "user"


def test_the_box_has_the_width_it_was_built_with(room: Scene):
    columns = np.flatnonzero((room.segments.labels == 3)[48])
    measured = room.distance_between((columns[0], 48), (columns[-1], 48))
    pixel = 2.5 / room.photo.camera.fx
    assert measured.value + pixel == pytest.approx(0.8, abs=pixel)
    assert measured.low <= 0.8 - pixel <= measured.high


def test_the_range_grows_with_every_doubt():
    def width(**how: object) -> float:
        measured = scene_with_depth(4.0, **how).distance_between((2, 5), (17, 5))
        assert measured.low < measured.value < measured.high
        return measured.high - measured.low

    assert width() < width(reliability=0.5) < width(reliability=0.0)
    assert width() < width(source="EXIF") < width(source="assumed")


def test_a_noisy_surface_widens_the_range():
    noise = np.random.default_rng(0).normal(4, 0.1, (SIZE, SIZE))
    calm, noisy = scene_with_depth(4.0).distance_at(5, 5), scene_with_depth(noise).distance_at(5, 5)
    assert noisy.high - noisy.low > 2 * (calm.high - calm.low)


def test_the_usual_error_of_a_generator_widens_the_range_until_the_scale_is_set():
    exact = scene_with_depth(4.0)
    assert exact.depth is not None
    rough = replace(exact, depth=replace(exact.depth, provenance=Provenance(abs_rel=0.25)))
    before, after = exact.distance_at(5, 5), rough.distance_at(5, 5)
    assert (after.low, after.value, after.high) == pytest.approx((before.low / 1.25, before.value, before.high * 1.25))
    assert rough.measurement(9.0, 8.0, 10.0, "m²").high == pytest.approx(10 * 1.25**2)
    assert rough.measurement(90.0, 80.0, 95.0, "°").high == 95
    known = Calibration(1.0, kind="metric", source="a known size")
    assert rough.calibrated(known).distance_at(5, 5).high == pytest.approx(before.high)


def test_the_assumed_camera_covers_usual_lenses():
    """A length across the picture is off by as much as the focal length is; the range holds what 50° and 75° give."""
    pixels = (0, 10), (19, 10)
    measured = scene_with_depth(4.0, source="assumed").distance_between(*pixels)
    for fov in (50, 75):
        other = scene_with_depth(4.0)
        other.photo = replace(
            other.photo, camera=replace(other.photo.camera, fx=20 * np.tan(np.pi / 6) / np.tan(np.radians(fov) / 2))
        )
        assert measured.low <= other.distance_between(*pixels).value <= measured.high


@pytest.mark.parametrize(("meters", "words"), [(np.inf, "sky"), (np.nan, "no answer")])
def test_no_distance_where_there_is_nothing(meters: float, words: str):
    with pytest.raises(InputError, match=rf"no distance at \(5, 6\): {words}"):
        scene_with_depth(meters).distance_at(5, 6)


def test_distance_needs_depth():
    with pytest.raises(InputError, match="ask for depth first"):
        Scene(blank_photo()).distance_at(5, 5)


def test_measurements_name_their_camera():
    assert Measurement(2.4142, 2.3, 2.52, "assumed").describe() == "2.41 m (2.30 to 2.52 m, camera assumed)"
