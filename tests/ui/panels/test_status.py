from __future__ import annotations

import re

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, text
from vb_demo.ui.asking import Glimpse, ask
from vb_demo.ui.panels.status import card, progress, repeats
from vb_demo.ui.session import Asked, Fresh, Session, with_answer


def said(html: str) -> str:
    return re.sub(r"\s+", " ", text(html)).strip()


def test_the_status_says_who_painted(answered: Session) -> None:
    assert "Segments painted by painter" in said(card(answered))
    assert "Add a photo" in card(Session())


def test_the_status_says_seed_and_votes(session: Session, painter: Painter) -> None:
    shown = said(card(with_answer(session, ask(session, DEPTH, painter, seed=7, votes=3))))
    assert "seed 7 · 3 votes" in shown
    assert "votes" not in said(card(with_answer(session, ask(session, DEPTH, painter))))


def test_only_what_was_asked_here_can_be_asked_again(session: Session, answered: Session) -> None:
    assert [button.interactive for button in repeats(answered)] == [True, True]
    assert [button.interactive for button in repeats(session)] == [False, False]
    assert answered.scene is not None
    assert answered.answer is not None
    uploaded = with_answer(answered, Fresh(answered.scene.photo, answered.answer))
    assert [button.interactive for button in repeats(uploaded)] == [False, False]


def test_progress_is_that_of_all_paintings() -> None:
    shown = progress(Glimpse(Asked(DEPTH, seed=5), "depth", 2, 4, step=3, steps=6))
    assert said(shown) == "Depth · 2 of 4 · step 3 of 6 · seed 5"
    assert 'value="0.375"' in shown
    assert "starting" in progress(Glimpse(Asked(DEPTH), "depth", 1, 1))
