from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Painter as PaintingWorld
from tests.conftest import World
from vb_demo.answers import DepthMap, NormalMap, SegmentMap
from vb_demo.errors import InputError
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.images import open_photo
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS, Wording
from vb_demo.ui import handlers
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.handlers import Painter, Session, Stopped

DEPTH = TASKS["depth"].wording.words
NORMALS = TASKS["normals"].wording.words
LEGEND = "The floor is orange. The wall is #4080c0. The background is black."


@pytest.fixture
def session(world: World) -> Session:
    return Session(Scene(world.photo), original_size=world.photo.size)


def asked(session: Session, painter: PaintingWorld, *prompts: str) -> Session:
    for words in prompts:
        session = handlers.with_answer(session, handlers.ask(session, words, painter))
    return session


def test_a_session_opens_with_a_photo(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.new("RGB", (40, 30), "red").save(path)
    session = handlers.open_session(path)
    assert session.scene is not None
    assert session.scene.photo.size == session.original_size == (40, 30)
    assert session.answer is None
    assert handlers.open_session(None).scene is None


def test_a_text_file_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_text("Dear diary")
    with pytest.raises(InputError, match=r"holiday\.jpg .* Allowed are JPEG"):
        handlers.open_session(path)


def test_a_large_photo_is_worked_on_at_a_smaller_size_with_its_camera() -> None:
    photo = open_photo(np.zeros((60, 80, 3), np.uint8), hfov=50)
    small = handlers.fitted(photo, max_pixels=1200)
    assert small.size == (40, 30)
    assert small.valid.shape == (30, 40)
    assert small.camera.hfov == pytest.approx(50)
    assert small.camera.width == 40
    assert handlers.fitted(photo) is photo


def test_answers_accumulate_and_the_old_session_stays_as_it_was(session: Session, painter: PaintingWorld) -> None:
    after = asked(session, painter, DEPTH, NORMALS, LEGEND, "Each ball is colored differently. Background is black.")
    assert after.scene is not None
    assert list(after.scene.answers) == ["depth", "normals", "segments", "instances"]
    assert after.shown == "instances"
    assert session.scene is not None
    assert session.scene.answers == {}


def test_the_answer_for_a_photo_that_is_gone_is_dropped(session: Session, painter: PaintingWorld) -> None:
    fresh = handlers.ask(session, DEPTH, painter)
    other = Session(Scene(open_photo(np.zeros((30, 40, 3), np.uint8))))
    assert handlers.with_answer(other, fresh) is other
    assert handlers.with_answer(session, None) is session
    assert handlers.with_answer(Session(), fresh).scene is None


def test_an_answer_survives_a_camera_that_was_moved_meanwhile(session: Session, painter: PaintingWorld) -> None:
    fresh = handlers.ask(session, DEPTH, painter)
    moved = handlers.with_fov(session, 40)
    assert handlers.with_answer(moved, fresh).shown == "depth"


def test_a_wider_camera_moves_places_but_not_depths(session: Session, painter: PaintingWorld) -> None:
    before = asked(session, painter, DEPTH)
    after = handlers.with_fov(before, 100)
    assert before.scene is not None
    assert after.scene is not None
    narrow, wide = before.scene.reading(10, 60), after.scene.reading(10, 60)
    assert wide.depth_m == narrow.depth_m
    assert wide.distance_m is not None
    assert narrow.distance_m is not None
    assert wide.distance_m > narrow.distance_m
    assert after.scene.photo.camera.source == "user"
    assert handlers.with_fov(Session(), 100).scene is None


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_words_offered_for_a_task_ask_for_that_task(task: str, example: object) -> None:
    assert handlers.understood(handlers.words_for(task, PAPER_DIALECT), PAPER_DIALECT) == task
    assert handlers.understood(handlers.words_for(task, PAPER_DIALECT, example), PAPER_DIALECT) == task  # type: ignore[arg-type]


def test_a_generators_own_words_mean_their_task() -> None:
    dialect = {**PAPER_DIALECT, "depth": Wording("paint it near bright", "inverse-grey")}
    assert handlers.words_for("depth", dialect) == "paint it near bright"
    assert handlers.understood(" paint it near bright\n", dialect) == "depth"
    with pytest.raises(InputError):
        handlers.understood("paint it near bright", PAPER_DIALECT)


@pytest.mark.parametrize(
    ("words", "sentence"), [("", "The prompt is empty"), ("mumble mumble", "“mumble mumble” has no colour")]
)
def test_words_that_ask_for_nothing_get_a_sentence(session: Session, words: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        handlers.check(session, words, PAPER_DIALECT)


def test_without_a_photo_there_is_a_sentence() -> None:
    with pytest.raises(InputError, match="There is no photo yet"):
        handlers.check(Session(), DEPTH, PAPER_DIALECT)


def test_progress_is_told_and_a_stop_ends_the_painting(session: Session, painter: PaintingWorld) -> None:
    seen: list[tuple[int, int]] = []
    stop = threading.Event()

    def on_progress(step: int, total: int) -> None:
        seen.append((step, total))
        if step == 2:
            stop.set()

    with pytest.raises(Stopped) as stopped:
        handlers.ask(session, DEPTH, painter, steps=5, stop=stop, on_progress=on_progress)
    assert seen == [(1, 5), (2, 5)]
    assert (stopped.value.step, stopped.value.steps) == (3, 5)


def test_a_stop_while_waiting_paints_nothing(session: Session, painter: PaintingWorld) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        handlers.ask(session, DEPTH, painter, stop=stop)
    assert painter.prompts == []


def test_a_picture_painted_elsewhere_is_read(session: Session, painter: PaintingWorld, tmp_path: Path) -> None:
    painted = handlers.ask(session, DEPTH, painter).answer
    path = tmp_path / "painted.png"
    Image.fromarray(painted.painting).save(path)
    fresh = handlers.decode(session, path, DEPTH, PAPER_DIALECT)
    assert isinstance(fresh.answer, DepthMap)
    assert isinstance(painted, DepthMap)
    np.testing.assert_array_equal(fresh.answer.meters, painted.meters)
    with pytest.raises(InputError, match="There is no painting yet"):
        handlers.decode(session, None, DEPTH, PAPER_DIALECT)


def test_pictures_have_one_size_and_the_painting_keeps_its_colours(session: Session, painter: PaintingWorld) -> None:
    session = asked(session, painter, LEGEND)
    assert session.scene is not None
    painting, overlay = handlers.pictures(session, "Answer")
    assert painting is not None
    assert overlay is not None
    assert painting.size == overlay.size == (1024, 768)
    answer = session.answer
    assert isinstance(answer, SegmentMap)
    assert set(map(tuple, np.unique(np.asarray(painting).reshape(-1, 3), axis=0).tolist())) == set(
        map(tuple, np.unique(answer.painting.reshape(-1, 3), axis=0).tolist())
    )
    for layer in handlers.LAYERS:
        assert handlers.pictures(session, layer)[1] is not None


def test_before_the_first_answer_the_photo_is_on_screen(session: Session) -> None:
    painting, overlay = handlers.pictures(session, "Answer")
    assert painting is None
    assert overlay is not None
    assert handlers.pictures(Session(), "Answer") == (None, None)


def test_a_click_finds_its_pixel_and_the_third_pin_replaces_the_first(session: Session) -> None:
    assert session.scene is not None
    width, height = handlers.screen_size(session.scene.photo)
    for index in ((0, 0), (width - 1, height - 1), (width // 2, height // 2)):
        session = handlers.pick(session, index)
    assert session.pins == ((95, 71), (48, 36))
    assert handlers.pick(Session(), (3, 3)).pins == ()


def test_another_answer_can_be_put_on_screen(session: Session, painter: PaintingWorld) -> None:
    session = asked(session, painter, DEPTH, NORMALS)
    assert isinstance(session.answer, NormalMap)
    assert isinstance(handlers.showing(session, "depth").answer, DepthMap)
    assert handlers.showing(session, "segments") is session


def test_the_cloud_needs_depth(session: Session, painter: PaintingWorld) -> None:
    with pytest.raises(InputError, match="ask for depth first"):
        handlers.figure(session, "Photo", 1000)
    figure, total = handlers.figure(asked(session, painter, DEPTH), "Depth", 1000)
    assert len(figure.data[0].x) == 1000 < total
    with pytest.raises(InputError):
        handlers.figure(Session(), "Photo", 1000)


def test_downloads_come_as_files_and_as_a_zip(session: Session, painter: PaintingWorld, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run a task first"):
        handlers.files(session, tmp_path / "none")
    session = replace(asked(session, painter, DEPTH), pins=((40, 60), (50, 60)))
    archive, files = handlers.files(session, tmp_path / "all")
    assert archive.suffix == ".zip"
    assert "depth_m_float32.npz" in files
    result = json.loads(files["result.json"].read_text("utf-8"))
    assert [reading["x"] for reading in result["readings"]] == [40, 50]


def test_the_generator_loads_behind_the_page(painter: PaintingWorld) -> None:
    ready = threading.Event()

    def load() -> PaintingWorld:
        ready.wait(5)
        return painter

    waiting = Painter(load)
    assert waiting.dialect is PAPER_DIALECT
    ready.set()
    assert waiting.get() is painter


def test_a_generator_that_cannot_be_loaded_says_why_when_it_is_needed() -> None:
    def load() -> PaintingWorld:
        raise InputError("There is no generator 'x'.")

    failed = Painter(load)
    with pytest.raises(InputError, match="no generator 'x'"):
        failed.get()
    assert failed.dialect is PAPER_DIALECT
