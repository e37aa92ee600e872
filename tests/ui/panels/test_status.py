from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.conftest import Painter, Shifted, World
from tests.ui.conftest import DEPTH, LEGEND, text
from vb_demo.flow import Register
from vb_demo.generators import Generator
from vb_demo.ui.asking import Glimpse, ask
from vb_demo.ui.markup import remaining
from vb_demo.ui.panels.elsewhere import doubts
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


def test_only_what_can_be_seen_counts_as_read(session: Session, painter: Painter) -> None:
    assert session.scene is not None
    photo = replace(session.scene.photo, valid=session.scene.photo.valid.copy())
    photo.valid[:, photo.width // 4 :] = False
    hidden = replace(session, scene=replace(session.scene, photo=photo))
    answered = with_answer(hidden, ask(hidden, DEPTH, painter))
    assert "100% of the pixels read cleanly" in said(card(answered))
    assert answered.answer is not None
    assert list(doubts(photo, answered.answer)) == []


def test_the_status_says_where_the_painting_lies(session: Session, painter: Painter) -> None:
    def shown(generator: Generator, register: Register) -> str:
        return said(card(with_answer(session, ask(session, DEPTH, generator, register=register))))

    assert "lies" not in shown(Shifted(painter), "off")
    assert re.search(
        r"lies (5\.[6-9]|6\.[0-4]) photo pixels to the right [^·]*size ·", shown(Shifted(painter), "measure")
    )
    assert re.search(r"photo pixels to the right [^·]*size, which was corrected ·", shown(Shifted(painter), "correct"))
    assert "The painting lies on the photo ·" in shown(painter, "correct")


def test_the_status_says_what_drifted_and_what_is_not_there(session: Session, painter: Painter) -> None:
    words = f"{LEGEND} The dog is red. The “<b>” is green."
    shown = card(with_answer(session, ask(session, words, painter, calibrate_colors=True)))
    assert "The colours had drifted by 0 RGB levels; 0 are left ·" in said(shown)
    assert "not found: dog, &lt;b&gt; ·" in re.sub("[“”]", "", shown)
    plain = said(card(with_answer(session, ask(session, LEGEND, painter))))
    assert "drifted" not in plain
    assert "not found" not in plain


def test_only_what_was_asked_here_can_be_asked_again(session: Session, answered: Session) -> None:
    assert [button.interactive for button in repeats(answered)] == [True, True]
    assert [button.interactive for button in repeats(session)] == [False, False]
    assert answered.scene is not None
    assert answered.answer is not None
    uploaded = with_answer(answered, Fresh(answered.scene.photo, answered.answer))
    assert [button.interactive for button in repeats(uploaded)] == [False, False]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.9, ""), (1, "about 1 s left"), (89, "about 89 s left"), (150, "about 2 min left")],
)
def test_how_long_it_still_takes_is_said_where_it_is_worth_it(seconds: float | None, words: str) -> None:
    assert remaining(seconds).removeprefix(" · ") == words


def test_progress_is_that_of_all_paintings(world: World) -> None:
    shown = progress(Glimpse(world.photo, Asked(DEPTH, seed=5), "depth", 2, 4, step=3, steps=6))
    assert said(shown) == "Depth · 2 of 4 · step 3 of 6 · seed 5"
    assert 'value="0.375"' in shown
    slow = progress(Glimpse(world.photo, Asked(DEPTH, seed=5), "depth", 2, 4, step=3, steps=6, pace=2.0))
    assert said(slow) == "Depth · 2 of 4 · step 3 of 6 · about 30 s left · seed 5"  # 3 steps of this, 12 of the others
    assert "starting" in progress(Glimpse(world.photo, Asked(DEPTH), "depth", 1, 1))
