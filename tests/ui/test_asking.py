from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Painter as PaintingWorld
from tests.conftest import Shifted
from tests.ui.conftest import DEPTH, LEGEND, NORMALS
from vb_demo.answers import DepthMap, InstanceMap, SegmentMap
from vb_demo.errors import InputError
from vb_demo.generators import Dialect
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.generators.dialects import MARIGOLD_DEPTH, OPEN_VISION_BANANA, UNTUNED
from vb_demo.prompts import parse_prompt
from vb_demo.prompts.vocabulary import clean_name
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS, Wording
from vb_demo.ui.asking import (
    NOBODY,
    Glimpse,
    Pace,
    Painter,
    Stopped,
    Who,
    ask,
    check,
    decode,
    draw,
    edit,
    everything,
    handed_over,
    lack,
    naming,
    next_seed,
    paint,
    reported,
    respoken,
    understood,
    words_for,
)
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.session import Asked, Fresh, Session
from vb_demo.ui.studio import Studio


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_words_offered_for_a_task_ask_for_that_task(task: str, example: object) -> None:
    assert understood(words_for(task, PAPER_DIALECT), PAPER_DIALECT) == task
    assert understood(words_for(task, PAPER_DIALECT, example), PAPER_DIALECT) == task  # type: ignore[arg-type]


def test_a_generators_own_words_mean_their_task() -> None:
    dialect = {**PAPER_DIALECT, "depth": Wording("paint it near bright", "inverse-grey")}
    assert words_for("depth", dialect) == "paint it near bright"
    assert understood(" paint it near bright\n", dialect) == "depth"
    with pytest.raises(InputError):
        understood("paint it near bright", PAPER_DIALECT)


@pytest.mark.parametrize(
    ("words", "sentence"), [("", "The prompt is empty"), ("mumble mumble", "“mumble mumble” has no colour")]
)
def test_words_that_ask_for_nothing_get_a_sentence(session: Session, words: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        check(session, words, NOBODY)


def test_without_a_photo_there_is_a_sentence() -> None:
    with pytest.raises(InputError, match="There is no photo yet"):
        check(Session(), DEPTH, NOBODY)


def test_what_a_generator_has_no_words_for_is_refused_before_anybody_waits(session: Session) -> None:
    marigold = Who("marigold", MARIGOLD_DEPTH)
    assert check(session, DEPTH, marigold) == "depth"
    with pytest.raises(InputError, match="marigold has no words for 'normals'; it can be asked for: depth"):
        check(session, NORMALS, marigold)
    assert everything(LEGEND, MARIGOLD_DEPTH, LEGEND) == {"depth": "depth"}


def test_only_a_dialects_own_words_become_anothers() -> None:
    assert respoken(DEPTH, PAPER_DIALECT, UNTUNED) == UNTUNED["depth"].words
    assert respoken(LEGEND, PAPER_DIALECT, UNTUNED) == LEGEND
    assert respoken(NORMALS, PAPER_DIALECT, MARIGOLD_DEPTH) == NORMALS  # which has none


@pytest.mark.parametrize(
    ("words", "dialect", "expected"),
    [
        (LEGEND, PAPER_DIALECT, "the wall #4080c0, the piano bench red and the background black."),
        (DEPTH, PAPER_DIALECT, "visualization of the input. Paint the piano bench red and the background purple."),
        ("", OPEN_VISION_BANANA, ' assigned colors: {"piano bench": "#ff0000", "background": "#800080"}'),
    ],
)
def test_a_thing_that_was_named_joins_the_legend(words: str, dialect: Dialect, expected: str) -> None:
    told = naming("the piano bench", words, dialect)
    assert told.endswith(expected)
    assert understood(told, dialect) == "segment"


@pytest.mark.parametrize("thing", ["the place where piano players should sit", "what is red, or black", "a (big) one"])
def test_whatever_a_thing_is_called_its_name_can_be_read_back(thing: str) -> None:
    assert parse_prompt(naming(thing, "", PAPER_DIALECT)).entries[0].name == clean_name(thing)


def test_a_generator_makes_way_for_another(painter: PaintingWorld) -> None:
    waiting = Painter(lambda: Studio(painter))
    studio = waiting.get()
    before = waiting.who
    assert (before.name, before.dialect) == ("painter", PAPER_DIALECT)
    waiting.hold()
    assert not waiting.done
    assert waiting.who is before
    waiting.take(studio)
    assert waiting.done
    assert waiting.who is not before
    waiting.hold()
    waiting.fail(InputError("gone"))
    assert waiting.who is NOBODY
    with pytest.raises(InputError, match="gone"):
        waiting.get()


def test_progress_is_told_and_a_stop_ends_the_painting(session: Session, painter: PaintingWorld) -> None:
    seen: list[tuple[int, int]] = []
    stop = threading.Event()

    def on_step(step: int, total: int, painting: object) -> None:
        seen.append((step, total))
        if step == 2:
            stop.set()

    with pytest.raises(Stopped) as stopped:
        ask(session, DEPTH, painter, steps=5, stop=stop, on_step=on_step)
    assert seen == [(1, 5), (2, 5)]
    assert (stopped.value.step, stopped.value.steps) == (3, 5)


def test_a_photo_is_changed_by_who_can_and_a_stop_ends_that(session: Session, painter: PaintingWorld) -> None:
    stop = threading.Event()
    with pytest.raises(InputError, match="painter paints answers about photos and cannot change them"):
        edit(session, DEPTH, painter, stop=stop)
    painter.edits = True  # type: ignore[attr-defined]
    assert edit(session, DEPTH, painter, steps=3, seed=5, stop=stop).seed == 5
    with pytest.raises(InputError, match="There is no photo yet"):
        edit(Session(), DEPTH, painter, stop=stop)
    with pytest.raises(Stopped) as stopped:
        edit(session, DEPTH, painter, steps=3, stop=stop, on_step=lambda *_: stop.set())
    assert stopped.value.step == 2


def test_a_picture_is_drawn_by_who_can_and_a_stop_ends_that(painter: PaintingWorld) -> None:
    stop = threading.Event()
    with pytest.raises(InputError, match="painter paints about photos and cannot draw without one"):
        draw("a cat", painter, size=(64, 48), stop=stop)
    painter.draws = True  # type: ignore[attr-defined]
    painting = draw("a cat", painter, size=(64, 48), steps=3, seed=5, stop=stop)
    assert (painting.prompt, painting.seed, painting.steps, painting.pixels.shape) == ("a cat", 5, 3, (48, 64, 3))
    with pytest.raises(Stopped) as stopped:
        draw("a cat", painter, size=(64, 48), steps=3, stop=stop, on_step=lambda *_: stop.set())
    assert stopped.value.step == 2


def test_editing_and_drawing_are_lacking_where_the_generator_cannot() -> None:
    editor = Who("qwen", PAPER_DIALECT, edits=True)
    assert lack("edit", editor) == ""
    assert "qwen paints about photos and cannot draw without one" in lack("draw", editor)
    assert "plantain paints answers about photos and cannot change them" in lack("edit", Who("plantain", PAPER_DIALECT))
    assert lack("draw", Who("klein", PAPER_DIALECT, draws=True)) == ""


def test_a_stop_while_waiting_paints_nothing(session: Session, painter: PaintingWorld) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        ask(session, DEPTH, painter, stop=stop)
    assert painter.prompts == []


def test_a_picture_painted_elsewhere_is_read(session: Session, painter: PaintingWorld, tmp_path: Path) -> None:
    painted = ask(session, DEPTH, painter).answer
    path = tmp_path / "painted.png"
    Image.fromarray(painted.painting).save(path)
    fresh = decode(session, path, DEPTH, PAPER_DIALECT)
    assert isinstance(fresh.answer, DepthMap)
    assert isinstance(painted, DepthMap)
    np.testing.assert_array_equal(fresh.answer.meters, painted.meters)
    with pytest.raises(InputError, match="There is no painting yet"):
        decode(session, None, DEPTH, PAPER_DIALECT)
    assert decode(session, path, DEPTH, PAPER_DIALECT, "cube-walk", "what was said").answer.provenance.prompt == (
        "what was said"
    )


def test_a_picture_painted_elsewhere_is_read_with_the_same_care(
    session: Session, painter: PaintingWorld, tmp_path: Path
) -> None:
    path = tmp_path / "painted.png"
    Image.fromarray(ask(session, LEGEND, painter).answer.painting).save(path)
    plain = decode(session, path, LEGEND, PAPER_DIALECT).answer.provenance
    how: dict[str, Any] = {"register": "measure", "calibrate_colors": True, "min_percent": 1}
    careful = decode(session, path, LEGEND, PAPER_DIALECT, **how).answer.provenance
    assert plain.misalignment is plain.drift is None
    assert careful.misalignment is not None
    assert careful.drift is not None
    assert careful.min_percent == 1


def test_instances_told_in_another_dialect_keep_their_kind(
    session: Session, painter: PaintingWorld, tmp_path: Path
) -> None:
    words = words_for("instances", PAPER_DIALECT).replace("chair", "ball")
    path = tmp_path / "painted.png"
    Image.fromarray(ask(session, words, painter).answer.painting).save(path)
    sent = handed_over(words, PAPER_DIALECT, OPEN_VISION_BANANA)
    assert sent == "Segment every ball using a different listed color for each instance."
    things = decode(session, path, words, PAPER_DIALECT, None, sent).answer
    assert isinstance(things, InstanceMap)
    assert (things.of, things.count, things.provenance.prompt) == ("ball", 2, sent)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (DEPTH, UNTUNED["depth"].words),
        ("how far is it?", "how far is it?"),
        (LEGEND, LEGEND),
        (NORMALS, UNTUNED["normals"].words),
    ],
)
def test_what_a_dialect_says_is_handed_over_in_the_other(words: str, told: str) -> None:
    assert handed_over(words, PAPER_DIALECT, UNTUNED) == told


@pytest.mark.parametrize(
    ("words", "legend", "tasks"),
    [
        (DEPTH, "", ["depth", "normals"]),
        (DEPTH, LEGEND, ["depth", "normals", "segment"]),
        (LEGEND, "the cat is red", ["depth", "normals", "segment"]),
        ("Each ball is colored differently.", LEGEND, ["depth", "normals", "instances"]),
        (" ", "", ["depth", "normals"]),
    ],
)
def test_everything_is_depth_normals_and_what_else_the_words_ask_for(words: str, legend: str, tasks: list[str]) -> None:
    wanted = everything(words, PAPER_DIALECT, legend)
    assert list(wanted) == tasks
    if words == LEGEND:
        assert wanted["segment"] == LEGEND


def test_everything_refuses_words_that_cannot_be_read() -> None:
    with pytest.raises(InputError, match="has no colour"):
        everything("mumble mumble", PAPER_DIALECT, LEGEND)


def test_a_depth_asked_for_in_own_words_is_part_of_everything() -> None:
    assert everything("how far is it?", PAPER_DIALECT)["depth"] == "how far is it?"


def test_the_first_step_does_not_count_for_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([40.0, 42.0, 46.0])  # loading took 40 seconds
    monkeypatch.setattr("vb_demo.ui.asking.time.monotonic", lambda: next(clock))
    pace = Pace()
    assert [pace.at(1), pace.at(2), pace.at(4)] == [None, 2, 2]


def test_everything_lands_one_after_the_other_and_is_seen_coming(session: Session, painter: PaintingWorld) -> None:
    wanted = [Asked(DEPTH, seed=3, steps=2), Asked(LEGEND, seed=4)]
    seen = list(paint([session], wanted, painter, threading.Event()))
    fresh = [each for each in seen if isinstance(each, Fresh)]
    assert [type(each.answer) for each in fresh] == [DepthMap, SegmentMap]
    assert [each.asked for each in fresh] == wanted
    glimpses = [each for each in seen if isinstance(each, Glimpse)]
    assert [(each.task, each.part, each.parts) for each in (glimpses[0], glimpses[-1])] == [
        ("depth", 1, 2),
        ("segment", 2, 2),
    ]
    shares = [each.share for each in glimpses]
    assert shares == sorted(shares)
    assert shares[0] == 0


def test_all_photos_are_asked_all_questions(session: Session, painter: PaintingWorld) -> None:
    other = replace(session, scene=Scene(replace(session.scene.photo, pixels=255 - session.scene.photo.pixels)))
    seen = list(paint([session, other], [Asked(DEPTH), Asked(LEGEND)], painter, threading.Event()))
    fresh = [each for each in seen if isinstance(each, Fresh)]
    assert [each.photo for each in fresh] == [each.scene.photo for each in (session, session, other, other)]
    assert [type(each.answer) for each in fresh] == [DepthMap, SegmentMap] * 2
    last = seen[-2]
    assert isinstance(last, Glimpse)
    assert (last.photo, last.part, last.parts) == (other.scene.photo, 4, 4)


def test_everything_is_refused_as_a_whole(session: Session, painter: PaintingWorld) -> None:
    with pytest.raises(InputError, match="mumble"):
        next(paint([session], [Asked(DEPTH), Asked("mumble mumble")], painter, threading.Event()))
    assert painter.prompts == []


def test_what_is_done_about_a_painting_is_as_asked(session: Session, painter: PaintingWorld) -> None:
    wanted = [
        Asked(LEGEND),
        Asked(LEGEND, register="measure"),
        Asked(LEGEND, register="correct", calibrate_colors=True),
    ]
    fresh = [each for each in paint([session], wanted, Shifted(painter), threading.Event()) if isinstance(each, Fresh)]
    assert [each.asked for each in fresh] == wanted
    plain, measured, corrected = (each.answer.provenance for each in fresh)
    assert (plain.misalignment, plain.drift) == (None, None)
    assert measured.misalignment is not None
    assert measured.misalignment.dx == pytest.approx(6, abs=0.4)
    assert (measured.corrected, measured.drift) == (False, None)
    assert corrected.corrected
    assert corrected.drift is not None


def test_a_stop_during_everything_keeps_what_has_landed(session: Session, painter: PaintingWorld) -> None:
    stop = threading.Event()
    painting = paint([session], [Asked(DEPTH), Asked(NORMALS)], painter, stop)
    while not isinstance(next(painting), Fresh):
        pass
    stop.set()
    with pytest.raises(Stopped):
        list(painting)
    assert painter.prompts == [DEPTH]


def test_a_painting_that_nobody_waits_for_stops(session: Session, painter: PaintingWorld) -> None:
    stop = threading.Event()
    painting = paint([session], [Asked(DEPTH)], painter, stop)
    next(painting)
    painting.close()
    assert stop.is_set()


def test_only_the_latest_report_is_passed_on() -> None:
    told, may_end = threading.Event(), threading.Event()

    def work(report: Callable[[int], None]) -> str:
        for number in range(100):
            report(number)
        told.set()
        may_end.wait(5)
        return "done"

    working = reported(work, pause=0.01)
    first = next(working)
    told.wait(5)
    later = next(working)
    may_end.set()
    with pytest.raises(StopIteration) as ended:
        next(working)
    assert (first, later, ended.value.value) == (0, 99, "done")


def test_what_fails_in_the_thread_fails_here() -> None:
    def work(report: Callable[[int], None]) -> None:
        raise InputError("no paint")

    with pytest.raises(InputError, match="no paint"):
        list(reported(work))


def test_fresh_seeds_differ_and_come_back() -> None:
    seeds = [0]
    for _ in range(50):
        seeds.append(next_seed(seeds[-1]))
    assert len(set(seeds)) == len(seeds)
    assert next_seed(0) == seeds[1]


def test_the_generator_loads_behind_the_page(painter: PaintingWorld) -> None:
    ready = threading.Event()

    studio = Studio(painter)

    def load() -> Studio:
        ready.wait(5)
        return studio

    waiting = Painter(load)
    assert waiting.dialect is PAPER_DIALECT
    ready.set()
    assert waiting.get() is studio


def test_a_generator_that_cannot_be_loaded_says_why_when_it_is_needed() -> None:
    def load() -> Studio:
        raise InputError("There is no generator 'x'.")

    failed = Painter(load)
    with pytest.raises(InputError, match="no generator 'x'"):
        failed.get()
    assert failed.dialect is PAPER_DIALECT
