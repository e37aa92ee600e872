from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, LEGEND, NORMALS, asked
from vb_demo.answers import Calibration, DepthMap, NormalMap
from vb_demo.calibration import from_distances
from vb_demo.errors import InputError
from vb_demo.images import open_photo
from vb_demo.prompts import with_field_of_view
from vb_demo.scene import Scene
from vb_demo.ui.asking import ask
from vb_demo.ui.session import (
    Session,
    fitted,
    open_session,
    screen_size,
    showing,
    with_answer,
    with_answers,
    with_fov,
    with_own_camera,
    with_scale,
)


def test_a_session_opens_with_a_photo(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.new("RGB", (40, 30), "red").save(path)
    session = open_session(path)
    assert session.scene is not None
    assert session.scene.photo.size == session.original_size == (40, 30)
    assert session.answer is None
    assert open_session(None).scene is None


def test_a_text_file_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_text("Dear diary")
    with pytest.raises(InputError, match=r"holiday\.jpg .* Allowed are JPEG"):
        open_session(path)


def test_a_large_photo_is_worked_on_at_a_smaller_size_with_its_camera() -> None:
    photo = open_photo(np.zeros((60, 80, 3), np.uint8), hfov=50)
    small = fitted(photo, max_pixels=1200)
    assert small.size == (40, 30)
    assert small.valid.shape == (30, 40)
    assert small.camera.hfov == pytest.approx(50)
    assert small.camera.width == 40
    assert fitted(photo, 10**6) is photo


def test_answers_accumulate_and_the_old_session_stays_as_it_was(session: Session, painter: Painter) -> None:
    after = asked(session, painter, DEPTH, NORMALS, LEGEND, "Each ball is colored differently. Background is black.")
    assert after.scene is not None
    assert list(after.scene.answers) == ["depth", "normals", "segments", "instances"]
    assert after.shown == "instances"
    assert session.scene is not None
    assert session.scene.answers == {}


def test_the_answer_for_a_photo_that_is_gone_is_dropped(session: Session, painter: Painter) -> None:
    fresh = ask(session, DEPTH, painter)
    other = Session(Scene(open_photo(np.zeros((30, 40, 3), np.uint8))))
    assert with_answer(other, fresh) is other
    assert with_answer(session, None) is session
    assert with_answer(Session(), fresh).scene is None


def test_a_run_that_goes_on_adds_only_what_is_new(session: Session, painter: Painter) -> None:
    depth, normals = (ask(session, words, painter) for words in (DEPTH, NORMALS))
    first = with_answers(session, [depth])
    assert first.shown == "depth"
    looking = showing(with_answers(first, [depth, normals]), "depth")
    assert looking.scene is not None
    assert list(looking.scene.answers) == ["depth", "normals"]
    assert with_answers(looking, [depth, normals]) is looking
    assert with_answers(looking, [ask(session, NORMALS, painter)]).shown == "normals"


def test_an_answer_survives_a_camera_that_was_moved_meanwhile(session: Session, painter: Painter) -> None:
    fresh = ask(session, DEPTH, painter)
    moved = with_fov(session, 40)
    assert with_answer(moved, fresh).shown == "depth"


def test_an_answer_told_the_camera_of_before_follows_the_one_of_now(session: Session, painter: Painter) -> None:
    fresh = ask(session, with_field_of_view(DEPTH, 70), painter)
    late, early = with_answer(with_fov(session, 40), fresh).scene, with_fov(with_answer(session, fresh), 40).scene
    assert late is not None
    assert early is not None
    assert late.reading(50, 68).depth_m == early.reading(50, 68).depth_m
    assert late.metric_depth().stretch == pytest.approx(np.tan(np.radians(35)) / np.tan(np.radians(20)))


def test_a_wider_camera_moves_places_but_not_depths(session: Session, painter: Painter) -> None:
    before = asked(session, painter, DEPTH)
    after = with_fov(before, 100)
    assert before.scene is not None
    assert after.scene is not None
    narrow, wide = before.scene.reading(10, 60), after.scene.reading(10, 60)
    assert wide.depth_m == narrow.depth_m
    assert wide.distance_m is not None
    assert narrow.distance_m is not None
    assert wide.distance_m > narrow.distance_m
    assert after.scene.photo.camera.source == "user"
    assert with_fov(Session(), 100).scene is None


def test_pictures_on_the_page_are_never_enlarged_by_the_server() -> None:
    assert screen_size(open_photo(np.zeros((60, 80, 3), np.uint8))) == (80, 60)
    assert screen_size(open_photo(np.zeros((1024, 2048, 3), np.uint8))) == (1024, 512)


def test_the_photos_own_camera_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.new("RGB", (40, 30), "red").save(path)
    session = open_session(path)
    moved = with_own_camera(with_fov(session, 100))
    assert moved.scene is not None
    assert moved.scene.photo.camera == session.camera
    assert moved.scene.photo.camera.source == "assumed"
    assert with_own_camera(Session()).scene is None


def test_a_scale_is_set_and_taken_back(session: Session, painter: Painter) -> None:
    before = asked(session, painter, DEPTH)
    after = with_scale(before, Calibration(2.0, kind="metric"))
    assert before.scene is not None
    assert after.scene is not None
    painted, scaled, back = (
        each.scene.reading(50, 68).depth_m for each in (before, after, with_scale(after, None)) if each.scene
    )
    assert painted is not None
    assert scaled == pytest.approx(2 * painted)
    assert back == painted


def test_the_scale_that_was_set_stays_when_the_depth_is_painted_again(session: Session, painter: Painter) -> None:
    depth = asked(session, painter, DEPTH)
    assert depth.scene is not None
    known = with_scale(depth, from_distances(depth.scene, [(50, 68, 5.0)]))
    again = asked(known, painter, DEPTH)
    assert again.scene is not None
    assert again.scene.metric_depth().uncalibrated is not None
    assert again.scene.reading(50, 68).distance_m == pytest.approx(5.0)


def test_another_answer_can_be_put_on_screen(session: Session, painter: Painter) -> None:
    session = asked(session, painter, DEPTH, NORMALS)
    assert isinstance(session.answer, NormalMap)
    assert isinstance(showing(session, "depth").answer, DepthMap)
    assert showing(session, "segments") is session
