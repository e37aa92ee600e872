from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from threading import Barrier

from tests.conftest import Painter
from tests.ui.conftest import DEPTH
from vb_demo.ui.asking import ask
from vb_demo.ui.marks import with_pin
from vb_demo.ui.repeating import joined
from vb_demo.ui.session import Session, with_fov
from vb_demo.ui.turns import Turns


def test_two_changes_of_the_same_session_both_stay(session: Session) -> None:
    turns = Turns()
    pinned = turns.take(session, lambda now: with_pin(now, (1, 2)))
    moved = turns.take(session, lambda now: with_fov(now, 40))  # was handed the session of before
    assert moved.pins == ((1, 2),)
    assert turns.latest(pinned) is turns.latest(session) is moved
    # Whichever of the two Gradio keeps, what follows starts from both.
    assert turns.take(pinned, lambda now: with_pin(now, (3, 4))).pins == ((1, 2), (3, 4))


def test_a_pin_that_is_put_while_an_answer_lands_stays(session: Session, painter: Painter) -> None:
    turns, fresh = Turns(), ask(session, DEPTH, painter)
    pinned = turns.take(session, lambda now: with_pin(now, (1, 2)))
    landed = turns.take(session, lambda now: joined(now, [fresh]))
    for kept in (pinned, landed):
        assert turns.latest(kept).pins == ((1, 2),)
        assert turns.latest(kept).shown == "depth"


def test_changes_at_the_same_moment_wait_for_each_other(session: Session) -> None:
    turns, start = Turns(), Barrier(8)

    def click(x: int) -> Session:
        start.wait()
        return turns.take(session, lambda now: with_pin(now, (x, 0)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(click, range(8)))
    assert {x for x, _ in turns.latest(session).pins} == set(range(8))


def test_another_photo_starts_over(session: Session) -> None:
    turns = Turns()
    turns.take(session, lambda now: with_pin(now, (1, 2)))
    other = replace(session)
    assert turns.take(other, lambda now: with_pin(now, (3, 4))).pins == ((3, 4),)
    assert turns.latest(session).pins == ((3, 4),)


def test_a_change_that_is_none_leaves_the_session_as_it_is(session: Session) -> None:
    turns = Turns()
    assert turns.take(session, lambda now: now) is turns.latest(session) is session


def test_every_visitor_has_turns_of_their_own(session: Session) -> None:
    turns = Turns()
    turns.take(session, lambda now: with_pin(now, (1, 2)))
    assert deepcopy(turns).latest(session) is session
