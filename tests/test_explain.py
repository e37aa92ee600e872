from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import vb_demo as vb
from vb_demo.answers import Calibration
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import normals as normal_codec
from vb_demo.codecs import to_uint8
from vb_demo.errors import InputError
from vb_demo.explain import Explanation, explain
from vb_demo.images import Photo

SIDE = 16


@pytest.fixture
def photo() -> Photo:
    return vb.open_photo(np.zeros((SIDE, SIDE, 3), np.uint8), hfov=60)


def plain(*color: int) -> np.ndarray:
    """Half the photo's size, so that places are brought from one grid to the other."""
    return np.full((SIDE // 2, SIDE // 2, 3), color, np.uint8)


def only(scene: vb.Scene) -> Explanation:
    [found] = explain(scene, 3, 5)
    return found


def test_a_colour_off_the_walk(photo: Photo) -> None:
    found = only(vb.Scene(photo, vb.decode(plain(255, 100, 12), "depth", photo=photo)))
    assert (found.answer, found.painted.hex, found.nearest.hex) == ("depth", "#ff640c", "#ff6400")
    assert found.color_distance == 12
    f = (255 + 100) / (7 * 255)
    assert found.value == pytest.approx(10 * ((1 - f) ** -0.5 - 1), rel=1e-5)
    assert found.level == pytest.approx(depth_codec.meters_per_level(found.value))
    assert (found.unit, found.uncalibrated, found.votes) == ("m", None, 1)
    assert found.reliability == pytest.approx(np.exp(-((12 / 25.5) ** 2)), rel=1e-5)


def test_the_ramp_that_the_words_name_is_used(photo: Photo) -> None:
    words = "depth as a ramp black-red-yellow"
    found = only(vb.Scene(photo, vb.decode(plain(0, 3, 0), "depth", prompt=words, photo=photo)))
    assert found.nearest == (0, 0, 0)
    reddish = only(vb.Scene(photo, vb.decode(plain(200, 0, 0), "depth", prompt=words, photo=photo)))
    assert reddish.level == pytest.approx(depth_codec.meters_per_level(reddish.value) * 7 / 2)


def test_sky_has_no_level(photo: Photo) -> None:
    found = only(vb.Scene(photo, vb.decode(plain(255, 255, 255), "depth", photo=photo)))
    assert (found.value, found.level, found.color_distance) == (np.inf, None, 0)


def test_relative_depth_and_its_scale(photo: Photo) -> None:
    scene = vb.Scene(photo, vb.decode(plain(51, 51, 54), "depth", encoding="inverse-grey", photo=photo))
    found = only(scene)
    assert (found.unit, found.nearest, found.value) == ("nearness", (52, 52, 52), pytest.approx(0.2039, abs=1e-4))
    assert found.level == pytest.approx(1 / 255)
    scaled = only(scene.calibrated(Calibration(2.0)))
    assert (scaled.unit, scaled.uncalibrated) == ("m", found.value)
    assert scaled.value == pytest.approx(1 / (2 * found.value))


@pytest.mark.parametrize("axes", ["vision-banana", "opencv"])
def test_a_direction(photo: Photo, axes: str) -> None:
    up = to_uint8(normal_codec.encode([[(0, 1, 0)]], axes))[0, 0]
    found = only(vb.Scene(photo, normals=vb.decode(plain(*up), "normals", encoding=axes, photo=photo)))
    assert (found.unit, found.nearest, found.color_distance) == ("direction", tuple(up), 0)
    np.testing.assert_allclose(found.value, (0, 1, 0), atol=0.01)
    assert found.level == pytest.approx(np.degrees(2 / 255), rel=0.01)


def test_a_short_vector_is_read_as_the_long_one(photo: Photo) -> None:
    found = only(vb.Scene(photo, normals=vb.decode(plain(128, 191, 128), "normals", photo=photo)))
    assert found.nearest == (129, 255, 129)  # twice as far from mid-grey
    assert found.color_distance == pytest.approx(64, abs=0.1)
    assert found.level == pytest.approx(2 * np.degrees(2 / 255), rel=0.02)


def test_mid_grey_says_no_direction(photo: Photo) -> None:
    found = only(vb.Scene(photo, normals=vb.decode(plain(128, 128, 128), "normals", photo=photo)))
    assert (found.value, found.nearest, found.color_distance, found.level) == (None, None, None, None)


def test_a_class_and_its_runner_up(photo: Photo) -> None:
    segments = vb.decode(plain(250, 0, 0), "the cat is red, the dog is #ff0078, background black", photo=photo)
    found = only(vb.Scene(photo, segments=segments))
    assert (found.value, found.unit, found.nearest) == ("cat", "class", (255, 0, 0))
    assert (found.runner_up, found.color_distance) == ("dog", 5)
    assert found.margin == pytest.approx(np.hypot(5, 120) - 5)
    assert found.reliability == pytest.approx(found.margin / (found.margin + 10), rel=1e-5)


def test_things_and_their_background(photo: Photo) -> None:
    painting = plain(0, 0, 10)
    painting[2:, :4] = (200, 0, 0)
    things = vb.decode(painting, "instances", of="cup", photo=photo)
    scene = vb.Scene(photo, instances=things)
    [cup], [rest] = explain(scene, 1, 9), explain(scene, 15, 0)
    assert (cup.value, cup.nearest, cup.runner_up) == ("cup 1", (200, 0, 0), "background")
    assert (rest.value, rest.nearest, rest.runner_up) == ("background", (0, 0, 0), "cup 1")
    [unknown] = explain(vb.Scene(photo, instances=replace(things, background=None)), 15, 0)
    assert (unknown.value, unknown.nearest, unknown.margin) == ("background", None, None)


def test_one_explanation_an_answer(photo: Photo) -> None:
    depth, normals = (vb.decode(plain(255, 0, 0), task, photo=photo) for task in ("depth", "normals"))
    scene = vb.Scene(photo, depth, normals)
    assert [found.answer for found in explain(scene, 0, 0)] == ["depth", "normals"]
    photo.valid[0, 0] = False
    assert explain(scene, 0, 0) == []
    with pytest.raises(InputError, match="outside the photo"):
        explain(scene, SIDE, 0)


def test_metres_for_another_camera_tell_what_was_decoded(photo: Photo) -> None:
    words = "depth map. The horizontal field of view is 90 degrees."
    depth = vb.decode(plain(255, 100, 12), "depth", prompt=words, photo=photo)
    scene = vb.Scene(photo, depth)  # of 60°
    found = only(scene)
    assert (found.decoded, found.told_degrees) == (pytest.approx(float(depth.meters[5, 3])), 90)
    assert found.value == pytest.approx(found.decoded * found.stretch)
    assert found.level == pytest.approx(found.stretch * depth_codec.meters_per_level(found.decoded))
    assert only(vb.Scene(photo.with_fov(90), depth)).decoded is None
    scaled = only(scene.calibrated(Calibration(2.0, kind="metric")))
    assert (scaled.decoded, scaled.uncalibrated) == (found.decoded, found.value)
    assert scaled.level == pytest.approx(2 * found.level)
