from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from vb_demo.ui.marks import with_pin, without_pin
from vb_demo.ui.panels.pointer import Hand, index, name, places
from vb_demo.ui.session import Session


@pytest.fixture
def hand() -> Hand:
    with gr.Blocks():
        hand = Hand()
    hand.does("point", lambda session, deed: with_pin(session, (index(deed), 0)))
    hand.does("unpin", lambda session, deed: without_pin(session, index(deed)))
    return hand


def test_what_was_done_meanwhile_follows_in_its_order(hand: Hand, session: Session) -> None:
    deeds = [{"kind": "point", "index": x} for x in (7, 8, 9)]
    assert hand.follow(session, deeds).pins == ((7, 0), (8, 0), (9, 0))
    assert hand.follow(session, [*deeds, {"kind": "unpin", "index": "1"}]).pins == ((7, 0), (9, 0))


@pytest.mark.parametrize("sent", [None, "point", {"kind": "point"}, [], [None, 3, {}, {"kind": []}, {"kind": "dance"}]])
def test_what_was_not_done_changes_nothing(hand: Hand, session: Session, sent: Any) -> None:
    assert hand.follow(session, sent) is session


def test_places_arrive_as_pairs_of_numbers() -> None:
    assert places({"places": [[0.25, 1]]}) == [(0.25, 1.0)]


@pytest.mark.parametrize(
    "deed", [{}, {"places": "ab"}, {"places": [[1], ["a", "b"], None, [float("nan"), 0], "ab", {"x": 1, "y": 2}]}]
)
def test_what_is_no_place_is_passed_over(deed: Any) -> None:
    assert places(deed) == []


@pytest.mark.parametrize(("said", "expected"), [("3", 3), (0, 0), ("-1", -1), ("²", -1), ("9" * 99, -1), (None, -1)])
def test_an_index_is_a_small_number(said: Any, expected: int) -> None:
    assert index({"index": said}) == expected


def test_a_name_is_text() -> None:
    assert name({"name": "chair 2"}) == "chair 2"
    assert name({}) == ""
