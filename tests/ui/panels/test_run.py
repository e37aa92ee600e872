from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, LEGEND, reel_of
from vb_demo.errors import InputError
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.ui.asking import Glimpse, Stopped, next_seed, paint
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.panels.run import (
    Runs,
    another,
    land,
    legend_at_hand,
    preview,
    run_everything,
    run_once,
    same_again,
    scope,
    stopping,
)
from vb_demo.ui.session import Asked, Fresh, Session, screen_size


def test_a_question_takes_its_settings_along(session: Session) -> None:
    assert run_once(session, DEPTH, 7, 4, 3, "correct", True, 0.5) == [
        Asked(DEPTH, seed=7, steps=4, votes=3, register="correct", calibrate_colors=True, min_percent=0.5)
    ]


def test_everything_is_asked_with_the_same_settings(session: Session) -> None:
    asked = run_everything(lambda: PAPER_DIALECT, session, LEGEND, {}, None, 7, 0, 1, "measure", True, 0)
    assert [(each.seed, each.register, each.calibrate_colors) for each in asked] == [(7, "measure", True)] * 3
    assert asked[-1].words == LEGEND


def test_everything_is_not_told_before_the_words_can_be_read() -> None:
    assert "not before the words can be read" in scope(PAPER_DIALECT, "la mesa roja", {"segment": LEGEND}, None)


def test_the_end_of_a_run_is_not_that_of_the_one_asked_for_instead() -> None:
    runs, first, second = Runs(), (Asked(DEPTH),), (Asked(LEGEND),)
    runs.begin(first)
    painted, _, stop = runs.take()
    runs.begin(second)
    assert painted == first
    assert stop.is_set()
    assert not runs.end()
    painted, _, stop = runs.take()
    assert painted == second
    assert not stop.is_set()
    runs.cancel()
    assert stop.is_set()
    assert runs.end()


def test_what_waits_is_painted_once() -> None:
    runs = Runs()
    runs.begin((Asked(DEPTH),))
    runs.begin((Asked(LEGEND),))  # before the first one's turn
    painted, _, stop = runs.take()
    assert painted == (Asked(LEGEND),)
    assert not stop.is_set()
    assert runs.take() == ((), (), stop)
    assert [runs.end(), runs.end()] == [False, True]


def test_only_what_was_asked_about_all_goes_on_when_another_is_on_screen(session: Session) -> None:
    runs = Runs()
    for row, stopped in (((), True), ((session, session), False)):
        runs.begin((Asked(DEPTH),), row)
        _, about, stop = runs.take()
        assert about == row
        runs.turn_to_another()
        assert stop.is_set() == stopped


def test_what_lands_joins_the_row_and_what_is_on_screen(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 2)
    run = [each for each in paint(reel.sessions, [Asked(DEPTH)], painter, threading.Event()) if isinstance(each, Fresh)]
    on_screen = land(reel.sessions[0], (tuple(run), None), reel)
    assert len(run) == 2
    assert all(each.shown == "depth" for each in (on_screen, *reel.sessions))
    assert on_screen.answer is run[0].answer
    assert reel.sessions[1].answer is run[1].answer


def test_again_is_the_same_and_another_has_a_stated_seed(answered: Session) -> None:
    assert same_again(answered) == [Asked(LEGEND)]
    assert another(answered) == [Asked(LEGEND, seed=next_seed(0))]
    careful = Asked(LEGEND, votes=3, register="correct", calibrate_colors=True)
    told = replace(answered, asked={"segments": careful})
    assert same_again(told) == [careful]
    assert another(told) == [replace(careful, seed=next_seed(0))]


def test_nothing_can_be_asked_again_before_it_was_asked(session: Session) -> None:
    with pytest.raises(InputError, match="painted elsewhere"):
        same_again(session)


def test_a_legend_is_the_visitors_or_the_examples_but_never_made_up() -> None:
    assert legend_at_hand({"segment": LEGEND}, EXAMPLES[0]) == LEGEND
    assert legend_at_hand({}, EXAMPLES[0]) == EXAMPLES[0].words
    assert legend_at_hand({"depth": DEPTH}, None) == ""


@pytest.mark.parametrize(
    ("words", "drafts", "line"),
    [
        (LEGEND, {}, "Everything: depth, normals and floor, wall."),
        (DEPTH, {"segment": "the <b> is red"}, "Everything: depth, normals and &lt;b&gt;."),
        ("Each ball is colored differently.", {}, "Everything: depth, normals and instances."),
        (DEPTH, {}, "Everything: depth and normals. Give things colours"),
    ],
)
def test_what_everything_would_paint_is_said_before(words: str, drafts: dict[str, str], line: str) -> None:
    assert line in scope(PAPER_DIALECT, words, drafts, None)


def test_a_stop_says_what_it_left() -> None:
    assert stopping(Stopped(3, 9), 0) == "Stopped after step 3; nothing was changed."
    assert stopping(Stopped(3, 9), 2) == "Stopped after step 3; what was finished before stays."


def test_a_painting_appears_at_the_size_that_it_will_have(session: Session) -> None:
    assert session.scene is not None
    seen = Glimpse(session.scene.photo, Asked(DEPTH), "depth", 1, 1, 1, 2, np.full((6, 8, 3), 9, np.uint8))
    assert preview(seen).size == screen_size(session.scene.photo)
    assert preview(Glimpse(session.scene.photo, Asked(DEPTH), "depth", 1, 1)).get("__type__") == "update"
