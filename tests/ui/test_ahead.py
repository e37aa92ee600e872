from __future__ import annotations

import threading

import pytest

from vb_demo.ui import ahead
from vb_demo.ui.ahead import MOST, Ahead


def finish() -> None:
    """Wait for the thread, if there is one."""
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join(5)
            assert not thread.is_alive()


def test_only_the_last_wish_of_each_visitor_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PAUSE", 0.05)
    done: list[str] = []
    work = Ahead()
    for whose, what in (("ann", "first"), ("bob", "only"), ("ann", "second")):
        work.later(whose, lambda what=what: done.append(what))  # type: ignore[misc]
    finish()
    assert done == ["only", "second"]


def test_what_goes_wrong_does_not_keep_others_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PAUSE", 0.01)
    done: list[int] = []
    work = Ahead()
    work.later("ann", lambda: done.append(1 // 0))
    work.later("bob", lambda: done.append(1))
    finish()
    work.later("ann", lambda: done.append(2))  # the thread ended, and there is a new one
    finish()
    assert done == [1, 2]


def test_who_came_first_is_left_out_where_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PAUSE", 0.05)
    done: list[int] = []
    work = Ahead()
    for visitor in range(MOST + 2):
        work.later(visitor, lambda visitor=visitor: done.append(visitor))  # type: ignore[misc]
    finish()
    assert done == list(range(2, MOST + 2))
