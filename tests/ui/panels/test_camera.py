from __future__ import annotations

from dataclasses import replace

from vb_demo.images import open_photo
from vb_demo.scene import Scene
from vb_demo.ui.panels.camera import back, card, resettable
from vb_demo.ui.session import Session, with_fov


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


def test_the_camera_is_told_to_the_page_in_numbers(session: Session) -> None:
    assert session.scene is not None
    assert f"{session.scene.photo.camera.fx}" in card(session)
