from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ui.conftest import text, told_own_camera
from vb_demo.answers import Calibration
from vb_demo.explain import explain
from vb_demo.ui.panels.why import card, sentences
from vb_demo.ui.session import Session, with_fov, with_scale


def test_every_answer_is_traced_to_its_colour(answered: Session) -> None:
    shown = text(card(replace(answered, pins=((50, 68),))))
    for part in ("Depth", "Normals", "Segments", "#80ff80", "faces up", "floor", "cm here", "° here", "Second nearest"):
        assert part in shown
    assert card(answered) == ""


def test_the_sky_and_a_scale_are_told(answered: Session) -> None:
    assert answered.scene is not None
    assert "It says sky." in " ".join(sentences(explain(answered.scene, 48, 2)[0]))
    scaled = with_scale(answered, Calibration(2.0, kind="metric")).scene
    assert scaled is not None
    [depth, *_] = explain(scaled, 50, 68)
    assert depth.value == pytest.approx(5.05, abs=0.02)
    assert "before the scale was set, that is 2.5" in " ".join(sentences(depth))


def test_a_colour_far_from_any_valid_one_is_called_so(answered: Session) -> None:
    assert answered.scene is not None
    [depth, *_] = explain(answered.scene, 50, 68)
    assert "exactly a valid one" in next(iter(sentences(depth)))
    assert "clean" in next(iter(sentences(replace(depth, color_distance=5))))
    assert "far off" in next(iter(sentences(replace(depth, color_distance=90))))
    assert "No valid colour" in next(iter(sentences(replace(depth, color_distance=None, value=None))))


def test_a_number_that_followed_the_camera_starts_from_what_was_decoded(answered: Session) -> None:
    moved = with_fov(told_own_camera(answered), 100)
    assert moved.scene is not None
    said = " ".join(sentences(explain(moved.scene, 50, 68)[0]))
    decoded = "It says 2.53 m along the camera's axis. It was painted for a field of view of 70°; "
    assert f"{decoded}the focal length of this camera is × 0.588, which makes it 1.49 m." in said
    scaled = with_scale(moved, Calibration(2.0, kind="metric")).scene
    assert scaled is not None
    assert "makes it 1.49 m. The scale that was set makes it 2.97 m." in " ".join(sentences(explain(scaled, 50, 68)[0]))


def test_a_depth_says_that_the_pin_has_the_median(answered: Session) -> None:
    assert answered.scene is not None
    depth, normals, *_ = (" ".join(sentences(each)) for each in explain(answered.scene, 50, 68))
    assert depth.endswith("All this is about one pixel; the pin has the median of 5 × 5 pixels.")
    assert "median" not in normals
