from __future__ import annotations

import copy
import io
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, LEGEND, NORMALS, reel_of
from vb_demo.errors import InputError
from vb_demo.scene import Scene
from vb_demo.ui.asking import paint
from vb_demo.ui.reel import FILM_WIDTH, FRAME_PIXELS, Reel, film, same_photo
from vb_demo.ui.session import Asked, Fresh, Session, with_fov


def answered(reel: Reel, painter: Painter, *words: str) -> None:
    asked = [Asked(each) for each in words]
    reel.join([each for each in paint(reel.sessions, asked, painter, threading.Event()) if isinstance(each, Fresh)])


def test_every_photo_starts_over_and_is_not_too_large(tmp_path: Path) -> None:
    Image.new("RGB", (1600, 900)).save(tmp_path / "large.png")
    reel = reel_of(tmp_path, 2)
    first = reel.open([tmp_path / "large.png", tmp_path / "0.png"])
    assert first is reel.sessions[0]
    assert first.scene is not None
    photo = first.scene.photo
    assert (photo.name, first.camera, first.original_size) == ("large.png", photo.camera, photo.size)
    assert 0.97 * FRAME_PIXELS < photo.width * photo.height <= FRAME_PIXELS
    with pytest.raises(InputError, match="no picture file"):
        reel.open([tmp_path / "gone.png"])
    assert len(reel.sessions) == 2  # nothing is lost
    assert copy.deepcopy(reel).sessions == ()


def test_answers_join_the_photo_that_they_are_about(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 3)
    answered(reel, painter, DEPTH)
    assert [each.shown for each in reel.sessions] == ["depth"] * 3
    assert len({id(each.answer) for each in reel.sessions}) == 3


def test_what_was_on_screen_is_kept_and_its_pins_and_camera_go_along(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 3)
    answered(reel, painter, DEPTH, NORMALS)
    on_screen = with_fov(replace(reel.sessions[0], pins=((3, 4),), shown="depth"), 80)
    taken = reel.take(1, on_screen)
    assert taken.scene is not None
    assert (taken.pins, taken.shown) == (((3, 4),), "depth")
    assert taken.scene.photo.camera.hfov == pytest.approx(80)
    assert reel.take(0, replace(taken, pins=((5, 6),))) is not None
    assert reel.sessions[0] is on_screen
    assert reel.take(0, taken).pins == ((3, 4),)  # its own
    assert [each.scene.photo.camera.hfov for each in reel.all(on_screen) if each.scene] == pytest.approx([80] * 3)


def test_an_assumed_camera_and_pins_of_another_size_stay_where_they_are(tmp_path: Path, session: Session) -> None:
    reel = reel_of(tmp_path, 2)
    assert session.scene is not None
    photo = session.scene.photo.resized(40, 30)
    other = Session(Scene(photo), pins=((39, 29),), camera=photo.camera)
    taken = reel.take(1, with_fov(other, 80))
    assert taken.pins == ()
    assert taken is reel.sessions[1]
    assert reel.all(Session()) == reel.sessions
    assert reel.all(reel.sessions[0]) == reel.sessions
    assert same_photo(taken, reel.sessions[1])
    assert not same_photo(taken, other)
    assert not same_photo(Session(), Session())


def test_a_film_shows_each_photo_beside_what_was_read(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 3)
    with pytest.raises(InputError, match="nothing to play yet"):
        film(reel.sessions, "")
    answered(reel, painter, DEPTH, NORMALS, LEGEND)
    for shown in ("depth", "normals", "segments"):
        with Image.open(io.BytesIO(film(reel.sessions, shown))) as moving:
            assert (moving.n_frames, moving.width) == (3, 2 * FILM_WIDTH)
            moving.seek(2)
            photo, read = np.split(np.asarray(moving.convert("RGB")), 2, axis=1)
        assert photo.reshape(-1, 3).mean(0) == pytest.approx([40, 90, 90], abs=4)
        assert read.std() > 20


def test_the_same_metres_have_the_same_colour_all_the_way(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 2)
    answered(reel, painter, DEPTH)
    near = reel.sessions[0].scene
    assert near is not None
    assert near.depth is not None
    # All twice as far: on its own, it would look the same.
    far = replace(near, depth=replace(near.depth, meters=2 * near.depth.meters))
    with Image.open(io.BytesIO(film([reel.sessions[0], Session(far)], "depth"))) as moving:
        looks = []
        for number in range(2):
            moving.seek(number)
            looks.append(np.asarray(moving.convert("RGB"), float)[:, FILM_WIDTH:])
    assert np.abs(looks[0] - looks[1]).mean() > 20
