from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ui.conftest import told_own_camera
from vb_demo.answers import Calibration
from vb_demo.images import open_photo
from vb_demo.scene import Scene
from vb_demo.ui.marks import with_pin
from vb_demo.ui.panels.camera import back, card, degrees, on_slider, resettable
from vb_demo.ui.panels.scale import set_scale
from vb_demo.ui.session import Session, with_fov, with_scale


def test_the_camera_is_never_silent(session: Session) -> None:
    assert "(user)" in card(session)
    photo = open_photo(session.scene.photo.pixels)  # type: ignore[union-attr]
    assert "assumed" in card(Session(Scene(photo), original_size=photo.size))
    assert "4000 × 3000" in card(replace(session, original_size=(4000, 3000)))


def test_the_way_back_to_the_photos_camera_is_open_once_it_was_left(session: Session) -> None:
    assert session.scene is not None
    own = replace(session, camera=session.scene.photo.camera)
    assert not resettable(own).interactive
    moved = with_fov(own, 100)
    assert resettable(moved).interactive
    restored, angle = back(moved)
    assert restored.scene is not None
    assert restored.scene.photo.camera == own.camera
    assert angle == 70
    assert not resettable(Session()).interactive


@pytest.mark.parametrize(("typed", "shown"), [(42, 42), (0, 5), (None, 5), (1000, 150)])
def test_what_is_typed_beyond_the_slider_counts_as_its_end(typed: float | None, shown: float) -> None:
    assert on_slider(typed) == shown


def test_a_sliver_of_a_photo_is_on_the_slider(session: Session) -> None:
    assert session.scene is not None
    assert degrees(with_fov(session, 2)) == 5


def test_the_camera_is_told_to_the_page_in_numbers(session: Session) -> None:
    assert session.scene is not None
    assert f"{session.scene.photo.camera.fx}" in card(session)


def test_metres_that_follow_the_camera_say_so(answered: Session) -> None:
    session = told_own_camera(answered)
    assert "rescaled" not in card(session)
    assert "Metres are rescaled × 0.588 from the 70° it was painted for." in card(with_fov(session, 100))
    assert "rescaled" not in card(with_fov(answered, 100))


def test_a_camera_set_after_painting_says_so(answered: Session) -> None:
    before = "Depth was painted before this camera was known"
    assert before in card(with_fov(answered, 100))
    assert before not in card(with_fov(told_own_camera(answered), 100))
    assert answered.scene is not None
    assumed = replace(answered.scene, photo=answered.scene.photo.of_unknown_camera())
    assert before not in card(replace(answered, scene=assumed))


def test_a_scale_follows_the_camera_and_says_so(answered: Session) -> None:
    assert "scale" not in card(answered)
    corner = with_pin(answered, (2, 70))
    scaled = set_scale(corner, "Distance to a pin", 3.0)
    moved = with_fov(scaled, 100)
    assert moved.scene is not None
    assert moved.scene.distance_at(2, 70).value == pytest.approx(3.0, rel=1e-3)
    assert "(1 known distance) is fitted to this camera" in card(moved)

    factor = with_fov(with_scale(answered, Calibration(2.0, kind="metric")), 100)
    assert "given as a factor" in card(factor)
    lost = Calibration(2.0, kind="metric", fact="camera height", known_m=(1.5,), ground=("lawn",), hfov_degrees=60)
    assert "cannot be fitted to this camera; it is the one for a field of view of 60°" in card(
        with_fov(with_scale(answered, lost), 100)
    )
