from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo import calibration
from vb_demo.answers import Calibration, DepthMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.errors import InputError
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.prompts import Entry, Legend
from vb_demo.scene import Scene

PLACES = [(27, 48), (48, 70), (48, 30)]
"""On the box, the floor and the wall."""


def painted_metres(world, factor: float) -> Scene:
    """The world painted `factor` times too near."""
    meters = (world.depth / factor).astype(np.float32)
    return Scene(world.photo, DepthMap(meters, np.ones_like(meters), world.photo.pixels))


def painted_grey(world, scale: float, shift: float) -> Scene:
    """The world as nearness with 1/z = scale · nearness + shift."""
    nearness = ((1 / world.depth - shift) / scale).astype(np.float32)
    return Scene(world.photo, RelativeDepthMap(nearness, np.ones_like(nearness), world.photo.pixels))


def painted_linear(world, scale: float, shift: float) -> Scene:
    """The world as nearness with z = scale · (1 − nearness) + shift."""
    nearness = (1 - (world.depth - shift) / scale).astype(np.float32)
    nearness[np.isinf(nearness)] = 0
    return Scene(world.photo, RelativeDepthMap(nearness, np.ones_like(nearness), world.photo.pixels, linear=True))


def taped(world, places=PLACES) -> list[tuple[float, float, float]]:
    """What a tape measures from the camera."""
    truth = painted_metres(world, 1.0)
    return [(x, y, truth.reading(x, y).distance_m) for x, y in places]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["sofa", "Wooden Floor", "rug"], "Wooden Floor"),
        (["floor lamp", "the road"], "the road"),
        (["sofa", ""], None),
        ([], None),
    ],
)
def test_which_name_is_likely_ground(names: list[str], found: str | None):
    assert calibration.likely_ground(names) == found


@given(factor=st.floats(0.2, 5), count=st.integers(1, 3))
def test_metres_get_one_factor(world, factor: float, count: int):
    scene = painted_metres(world, factor)
    found = calibration.from_distances(scene, taped(world)[:count])
    assert found.scale == pytest.approx(factor, rel=1e-4)
    np.testing.assert_allclose(found.residuals_m, 0, atol=1e-4)
    np.testing.assert_allclose(scene.calibrated(found).depth.meters, world.depth, rtol=1e-3)


def test_the_median_forgives_one_wrong_distance(world):
    known = taped(world)
    known[1] = (*known[1][:2], 3 * known[1][2])
    found = calibration.from_distances(painted_metres(world, 2.0), known)
    assert found.scale == pytest.approx(2.0, rel=1e-4)
    assert found.residuals_m[1] == pytest.approx(known[1][2] / 3 - known[1][2], rel=1e-3)
    assert "largest misfit" in found.describe()
    assert (found.source, found.kind, len(found.points)) == ("3 known distances", "metric", 3)


def test_a_tape_measures_along_the_ray(world):
    """At the corner of the photo the straight line is a quarter longer than z."""
    x, y, meters = taped(world, [(2, 70)])[0]
    assert meters > 1.2 * world.depth[70, 2]
    assert calibration.from_distances(painted_metres(world, 1.0), [(x, y, meters)]).scale == pytest.approx(1, rel=1e-4)


@given(scale=st.floats(0.3, 3), shift=st.floats(-0.05, 0.2), count=st.integers(2, 3))
def test_two_distances_settle_relative_depth(world, scale: float, shift: float, count: int):
    scene = painted_grey(world, scale, shift)
    found = calibration.from_distances(scene, taped(world)[:count])
    assert (found.scale, found.shift) == (pytest.approx(scale, rel=0.02), pytest.approx(shift, abs=0.01))
    finite = np.isfinite(world.depth)
    np.testing.assert_allclose(scene.calibrated(found).depth.meters[finite], world.depth[finite], rtol=0.02)


@given(scale=st.floats(5, 12), shift=st.floats(-0.2, 2), count=st.integers(2, 3))
def test_two_distances_settle_linear_depth(world, scale: float, shift: float, count: int):
    scene = painted_linear(world, scale, shift)
    found = calibration.from_distances(scene, taped(world)[:count])
    assert (found.kind, found.scale, found.shift) == (
        "linear",
        pytest.approx(scale, rel=0.02),
        pytest.approx(shift, abs=0.05),
    )
    np.testing.assert_allclose(found.residuals_m, 0, atol=0.02)
    finite = np.isfinite(world.depth)
    np.testing.assert_allclose(scene.calibrated(found).depth.meters[finite], world.depth[finite], rtol=0.03)


def test_one_length_settles_linear_depth_that_starts_at_the_camera(world):
    scene, truth = painted_linear(world, 12.0, 0.0), painted_metres(world, 1.0)
    one = calibration.from_distances(scene, taped(world)[:1])
    assert (one.scale, one.shift) == (pytest.approx(12, rel=1e-3), 0)
    size = calibration.from_size(scene, *PLACES[:2], truth.distance_between(*PLACES[:2]).value)
    assert (size.kind, size.scale) == ("linear", pytest.approx(12, rel=0.01))
    nearest = RelativeDepthMap(np.ones_like(world.depth), np.ones_like(world.depth), world.photo.pixels, linear=True)
    with pytest.raises(InputError, match="as near as can be; choose a farther one"):
        calibration.from_distances(Scene(world.photo, nearest), [(27, 48, 2.0)])


def test_one_distance_is_enough_when_the_farthest_is_infinite(world):
    found = calibration.from_distances(painted_grey(world, 0.7, 0.0), taped(world)[:1])
    assert (found.scale, found.shift) == (pytest.approx(0.7, rel=1e-3), 0)
    assert found.source == "1 known distance"


def test_one_wrong_distance_counts_little(world):
    places = [*PLACES, (70, 65), (10, 68), (20, 30), (85, 55)]
    known = taped(world, places)
    known[1] = (*known[1][:2], 2 * known[1][2])
    scene = painted_grey(world, 0.7, 0.1)
    found = calibration.from_distances(scene, known)
    truth = world.depth[np.isfinite(world.depth)]
    error = np.abs(scene.calibrated(found).depth.meters[np.isfinite(world.depth)] / truth - 1).max()
    assert error < 0.06
    assert int(np.argmax(np.abs(found.residuals_m))) == 1


def test_a_known_size(world):
    truth, ends = painted_metres(world, 1.0), ((22, 48), (33, 48))
    meters = truth.distance_between(*ends).value
    assert calibration.from_size(painted_metres(world, 3.0), *ends, meters).scale == pytest.approx(3, rel=1e-4)
    relative = painted_grey(world, 0.7, 0.0)
    found = calibration.from_size(relative, *ends, meters)
    assert (found.scale, found.kind) == (pytest.approx(0.7, rel=1e-3), "relative")
    assert relative.calibrated(found).distance_between(*ends).value == pytest.approx(meters, rel=1e-3)


@pytest.mark.parametrize("hint", ["class", "normals", "depth"])
@pytest.mark.parametrize("relative", [False, True])
def test_the_camera_hangs_above_the_floor(world, hint: str, relative: bool):
    scene = painted_grey(world, 0.7, 0.0) if relative else painted_metres(world, 2.0)
    sure = np.ones(world.depth.shape, np.float32)
    names = []
    if hint == "class":
        legend = Legend(tuple(Entry(name, (i, 0, 0)) for i, name in enumerate(world.names[1:], start=1)))
        scene.segments = SegmentMap(world.labels.astype(np.int32), legend, sure, world.photo.pixels)
        names = ["floor"]
    elif hint == "normals":
        scene.normals = NormalMap(world.normals, sure, world.photo.pixels)
    found = calibration.from_camera_height(scene, 1.2, names)  # as the world was built
    assert found.scale == pytest.approx(0.7 if relative else 2.0, rel=0.01)
    again = calibration.from_camera_height(scene.calibrated(found), 1.2, names)
    assert again.scale == found.scale  # it starts from what was painted
    assert found.describe().startswith("Scale from the camera's height: ")


def wrong_ground(world) -> Scene:
    legend = Legend((Entry("wall", (9, 0, 0)),))
    sure = np.ones(world.depth.shape, np.float32)
    labels = (world.labels == 2).astype(np.int32)
    return Scene(
        world.photo,
        DepthMap(world.depth, sure, world.photo.pixels),
        None,
        SegmentMap(labels, legend, sure, world.photo.pixels),
    )


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (lambda s, w: calibration.from_distances(s, []), "No distance is given"),
        (
            lambda s, w: calibration.from_distances(s, [(1, 70, -2.0)]),
            "at most 100,000 metres; received -2",
        ),
        (lambda s, w: calibration.from_size(s, (1, 70), (9, 70), 1e-9), r"at least 0.001 \(1 mm\).*received 1e-09"),
        (lambda s, w: calibration.from_camera_height(s, 0), r"at least 0.001 \(1 mm\)"),
        (lambda s, w: calibration.from_distances(s, [(1, 70, 1e9)]), r"at most 100,000 metres; received 1e\+09"),
        (lambda s, w: calibration.from_distances(s, [(48, 2, 5.0)]), r"no depth at \(48, 2\): sky"),
        (lambda s, w: calibration.from_size(s, (9, 70), (9, 70), 1.0), "same place"),
        (lambda s, w: calibration.from_camera_height(s, np.nan), "at most 100,000 metres; received nan"),
        (lambda s, w: calibration.from_camera_height(s, 1.0, ["lawn"]), "no class 'lawn'; the classes are: none"),
        (lambda s, w: calibration.from_camera_height(wrong_ground(w), 1.0, ["wall"]), "does not face up"),
        (lambda s, w: calibration.from_distances(Scene(w.photo), [(1, 1, 1.0)]), "no depth"),
        (lambda s, w: calibration.from_size(Scene(w.photo), (1, 1), (2, 2), 1.0), "ask for depth first"),
    ],
)
def test_scales_that_cannot_be_set(world, setting, words: str):
    with pytest.raises(InputError, match=words):
        setting(painted_metres(world, 1.0), world)


def test_relative_depth_that_contradicts_a_person(world):
    scene = painted_grey(world, 1.0, 0.0)
    (box, wall), far = (PLACES[0], PLACES[2]), 9.0
    with pytest.raises(InputError, match="says the reverse"):
        calibration.from_distances(scene, [(*box, far), (*wall, 1.0)])
    with pytest.raises(InputError, match="equally near"):
        calibration.from_distances(scene, [(*box, 1.0), (box[0] + 1, box[1], 2.0)])
    with pytest.raises(InputError, match="infinitely far"):
        calibration.from_distances(scene, [(48, 2, 5.0)])


def test_nothing_scales_what_is_painted_at_zero(world):
    scene = painted_metres(world, 1.0)
    scene.depth.meters[:] = 0
    with pytest.raises(InputError, match="0 m is painted"):
        calibration.from_distances(scene, [(9, 9, 1.0)])
    with pytest.raises(InputError, match="same place"):
        calibration.from_size(scene, (9, 9), (20, 20), 1.0)
    with pytest.raises(InputError, match="Only 0 pixels there"):
        calibration.from_camera_height(scene, 1.0)


def test_a_photo_keeps_its_own_answers(world):
    """Nothing is changed in place."""
    scene = painted_metres(world, 2.0)
    before = scene.depth.meters.copy()
    scene.calibrated(calibration.from_distances(scene, taped(world)))
    assert np.array_equal(scene.depth.meters, before)
    assert isinstance(scene.photo, Photo)


FACTS = {
    "distances": lambda scene, world: calibration.from_distances(scene, taped(world)[:1]),
    "several distances": lambda scene, world: calibration.from_distances(scene, taped(world, [(2, 70), (48, 30)])),
    "size": lambda scene, world: calibration.from_size(scene, (10, 70), (90, 70), 2.0),
    "camera height": lambda scene, world: calibration.from_camera_height(scene, 1.2),
}


@pytest.mark.parametrize("fact", FACTS)
def test_what_was_measured_stays_true_under_another_camera(world, fact: str):
    scene = painted_metres(world, 2.0)
    seen = scene.calibrated(FACTS[fact](scene, world))
    wide = calibration.with_camera(seen, world.photo.with_fov(90).camera)
    fresh = replace(scene, photo=world.photo.with_fov(90))
    assert wide.depth.calibration == FACTS[fact](fresh, world)
    assert wide.depth.calibration.scale != pytest.approx(seen.depth.calibration.scale, rel=0.01)
    assert "with a field of view of 90°" in wide.depth.calibration.describe()
    back = calibration.with_camera(wide, world.photo.camera)
    assert back.depth.calibration.scale == pytest.approx(seen.depth.calibration.scale)


def test_lengths_are_kept_under_another_camera(world):
    scene = painted_metres(world, 2.0)
    wide = world.photo.with_fov(90).camera
    (x, y, meters), *_ = known = taped(world, [(2, 70)])
    seen = calibration.with_camera(scene.calibrated(calibration.from_distances(scene, known)), wide)
    assert seen.distance_at(x, y).value == pytest.approx(meters, rel=1e-3)
    seen = calibration.with_camera(scene.calibrated(calibration.from_size(scene, (10, 70), (90, 70), 2.0)), wide)
    assert seen.distance_between((10, 70), (90, 70)).value == pytest.approx(2.0, rel=1e-3)


def test_a_factor_stays_and_so_does_what_cannot_be_fitted(world):
    scene = painted_metres(world, 2.0)
    factor = Calibration(2.0, kind="metric")
    camera = world.photo.with_fov(90).camera
    assert calibration.with_camera(scene.calibrated(factor), camera).depth.calibration == factor
    ground = calibration.from_camera_height(scene, 1.2)
    lost = replace(ground, ground=("lawn",))  # of segments that are no longer there
    seen = calibration.with_camera(scene.calibrated(lost), camera)
    assert seen.depth.calibration == lost
    assert not lost.fits(seen.photo.camera.hfov)
    assert calibration.with_camera(scene, camera).depth is scene.depth
    with pytest.raises(InputError, match="50 × 40 pixels"):
        calibration.with_camera(scene, Camera.assumed(50, 40))


def test_the_ground_of_a_large_photo_is_found_on_a_coarser_grid(world, monkeypatch: pytest.MonkeyPatch):
    fine = calibration.from_camera_height(painted_metres(world, 2.0), 1.2)
    monkeypatch.setattr(calibration, "GROUND_PIXELS", 1000)
    coarse = calibration.from_camera_height(painted_metres(world, 2.0), 1.2)
    assert coarse.scale == pytest.approx(fine.scale, rel=0.02)


# --- a depth that is painted anew -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("paint", "numbers"), [(painted_metres, (3.0,)), (painted_grey, (2.0, 0.0))])
def test_what_was_measured_stays_true_when_the_depth_is_painted_anew(world, paint, numbers):
    scene = painted_metres(world, 2.0)
    scene = scene.calibrated(calibration.from_distances(scene, taped(world)[:1]))
    again = calibration.with_depth(scene, paint(world, *numbers).depth)
    assert again.depth.calibration.source == "1 known distance"
    x, y, meters = taped(world)[0]
    assert again.reading(x, y).distance_m == pytest.approx(meters, rel=1e-3)


def test_a_factor_stays_for_a_depth_of_its_kind(world):
    scene = painted_metres(world, 2.0).calibrated(Calibration(2.0, kind="metric"))
    again = calibration.with_depth(scene, painted_metres(world, 3.0).depth)
    np.testing.assert_allclose(again.depth.meters, 2 / 3 * world.depth, rtol=1e-3)
    assert isinstance(calibration.with_depth(scene, painted_grey(world, 1, 0).depth).depth, RelativeDepthMap)


def test_without_depth_at_a_known_place_the_new_depth_is_as_painted(world):
    scene = painted_metres(world, 2.0)
    scene = scene.calibrated(calibration.from_distances(scene, taped(world)[:1]))
    nothing = replace(painted_metres(world, 1.0).depth, meters=np.full_like(world.depth, np.nan))
    assert calibration.with_depth(scene, nothing).depth is nothing
