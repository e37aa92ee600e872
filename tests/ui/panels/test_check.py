from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, NORMALS, asked, text
from vb_demo.agreement import Agreement
from vb_demo.combining import combine
from vb_demo.ui.asking import ask
from vb_demo.ui.panels.check import card, meaning
from vb_demo.ui.session import Session


def test_an_exact_painter_agrees_with_itself(answered: Session) -> None:
    shown = card(answered)
    assert "They agree well" in text(shown)
    assert "data:image/jpeg" in shown
    assert "linear-gradient" in shown


def test_what_is_missing_is_said(session: Session, painter: Painter) -> None:
    assert "ask for normals first" in text(card(asked(session, painter, DEPTH)))
    assert "ask for depth first" in text(card(asked(session, painter, NORMALS)))
    assert "no photo" in text(card(Session()))


def test_the_number_is_put_into_words() -> None:
    found = Agreement(np.zeros((1, 1), np.float32), 10, 12)
    assert "agree well" in meaning(found)
    assert "roughly" in meaning(replace(found, median=25))
    assert "contradict" in meaning(replace(found, median=50))


def test_votes_have_a_median_and_a_spread(answered: Session, painter: Painter) -> None:
    assert answered.scene is not None
    votes = {
        name: combine([ask(answered, words, painter).answer] * 2)
        for name, words in (("depth", DEPTH), ("normals", NORMALS))
    }
    shown = text(card(replace(answered, scene=replace(answered.scene, **votes))))
    assert "median of 2 paintings" in shown
    assert "± 0.00" in shown
    assert "median of 2 paintings" in shown
