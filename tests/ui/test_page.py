"""Who follows whom: found in what Gradio was told, not by clicking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from tests.conftest import Painter as PaintingWorld
from tests.ui.conftest import DEPTH
from vb_demo.ui.ahead import Ahead
from vb_demo.ui.asking import Painter, ask
from vb_demo.ui.marks import with_pin
from vb_demo.ui.order import Order
from vb_demo.ui.page import Page
from vb_demo.ui.session import Part, Session
from vb_demo.ui.studio import Studio
from vb_demo.ui.turns import Turns


class Sheet:
    """A page with a card on pins, a card on answers in a lazy tab, and a control that the latter depends on."""

    def __init__(self, painter: PaintingWorld) -> None:
        with gr.Blocks() as self.blocks:
            self.page = Page(Painter(lambda: Studio(painter)))
            self.button = gr.Button()
            self.pins, self.one, self.two = gr.HTML(), gr.HTML(), gr.HTML()
            self.slider = gr.Slider(0, 9, 5)
            self.page.shows(Part.PINS, self.pins, lambda session: f"{len(session.pins)} pins")
            with self.page.tab("Late"):
                self.page.shows(
                    Part.ANSWERS | Part.CAMERA,
                    [self.one, self.two],
                    lambda session, size: (session.shown, f"size {size}"),
                    [self.slider],
                )

    def clicked(self) -> Any:
        return self.button.click(lambda: Session(), None, self.page.session)

    def followers(self) -> list[Any]:
        """What was wired to fill views."""
        shown = {self.pins._id, self.one._id, self.two._id}
        return [each for each in self.blocks.fns.values() if shown & {output._id for output in each.outputs}]


@pytest.fixture
def sheet(painter: PaintingWorld) -> Iterator[Sheet]:
    return Sheet(painter)


def test_a_change_reaches_only_what_depends_on_it(sheet: Sheet) -> None:
    with sheet.blocks:
        sheet.page.changed(sheet.clicked(), Part.PINS)
        sheet.page.connect()
    by_tab, by_pins = sheet.followers()
    assert by_tab.outputs == [sheet.one, sheet.two]
    assert by_pins.outputs == [sheet.pins]
    assert by_pins.fn("", Order(), Turns(), Session(pins=((1, 2),)), 1) == {sheet.pins: "1 pins"}


def test_a_lazy_tab_is_filled_only_while_it_is_open(sheet: Sheet) -> None:
    with sheet.blocks:
        sheet.page.changed(sheet.clicked(), Part.CAMERA)
        sheet.page.connect()
    for follower in sheet.followers():
        seen = Session(shown="depth")
        assert follower.fn("Late", Order(), Turns(), seen, 7, 1) == {sheet.one: "depth", sheet.two: "size 7"}
        assert follower.fn("", Order(), Turns(), seen, 7, 1) == gr.skip()
    assert len(sheet.followers()) == 2


def test_while_a_slider_is_dragged_lazy_tabs_wait(sheet: Sheet) -> None:
    with sheet.blocks:
        sheet.page.changed(sheet.clicked(), Part.ALL, settled=False)
        sheet.page.connect()
    _by_tab, by_drag = sheet.followers()
    assert by_drag.outputs == [sheet.pins]


def test_what_was_asked_for_once_more_meanwhile_is_not_shown(sheet: Sheet) -> None:
    order = Order()

    def slow(session: Session, size: float) -> str:
        if size == 5:  # while the first wish is under way, the control is moved
            assert moved.fn("", order, Turns(), session, 6, 2) == {sheet.one: "size 6"}
        return f"size {size}"

    with sheet.blocks:
        view = sheet.page.shows(Part.PINS, sheet.one, slow, [sheet.slider])
        sheet.page.changed(sheet.clicked(), Part.PINS)
        sheet.page.redraw(sheet.slider.input, view)
        sheet.page.connect()
    moved, followed = (
        each for each in sheet.followers() if sheet.one in each.outputs and sheet.two not in each.outputs
    )
    assert followed.fn("", order, Turns(), Session(), 5, 1) == {sheet.pins: "0 pins"}
    assert followed.fn("", order, Turns(), Session(), 4, 3)[sheet.one] == "size 4"


def test_a_fresh_answer_joins_the_session_and_is_followed(
    sheet: Sheet, session: Session, painter: PaintingWorld
) -> None:
    with sheet.blocks:
        sheet.page.answered(sheet.button.click(lambda: None, None, sheet.page.fresh))
        sheet.page.connect()
    joins = next(each for each in sheet.blocks.fns.values() if each.outputs == [sheet.page.session, sheet.page.fresh])
    joined, left = joins.fn(Turns(), session, ask(session, DEPTH, painter))
    assert joined.shown == "depth"
    assert left is None
    assert [follower.outputs for follower in sheet.followers()] == [[sheet.one, sheet.two]] * 2


def test_what_other_tabs_will_show_is_worked_out_once_the_scene_has_changed(
    sheet: Sheet, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []
    monkeypatch.setattr(Ahead, "later", lambda self, whose, job: waiting.append(job))
    seen: list[tuple[Session, float]] = []
    with sheet.blocks:
        sheet.page.shows(Part.ANSWERS, sheet.one, lambda session: "")
        with sheet.page.tab("Later"):
            sheet.page.shows(Part.PINS, sheet.two, lambda session, size: seen.append((session, size)), [sheet.slider])
        sheet.page.changed(sheet.clicked(), Part.ANSWERS | Part.SHOWN)
        sheet.page.changed(sheet.clicked(), Part.SHOWN)
        sheet.page.changed(sheet.clicked(), Part.ANSWERS, settled=False)
        sheet.page.connect()
    always = [each for each in sheet.followers() if each.outputs == [sheet.one]]
    turns = Turns()
    for follower in always:
        follower.fn("", Order(), turns, session, 1)
    (job,) = waiting
    latest = turns.take(session, lambda session: with_pin(session, (1, 2)))
    job()
    assert seen == [(latest, 5)]
    always[0].fn("Later", Order(), turns, session, 2)
    waiting[1]()
    assert len(seen) == 1  # that tab is open, and filled anyway


def test_what_is_on_screen_is_looked_at_first_with_the_choices_that_may_come_next(
    sheet: Sheet, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ahead, "later", lambda self, whose, job: job())
    seen: list[tuple[str, float]] = []

    def next_sizes(session: Session) -> list[tuple[float]]:
        return [(6,), (7,)]

    def looks(name: str) -> Callable[..., str]:
        return lambda session, size: seen.append((name, size)) or name

    with sheet.blocks:
        with sheet.page.tab("Later"):
            sheet.page.shows(Part.PINS, sheet.two, looks("tab"), [sheet.slider], next_inputs=next_sizes)
        sheet.page.shows(Part.ANSWERS, sheet.one, looks("here"), [sheet.slider], next_inputs=next_sizes)
        sheet.page.changed(sheet.clicked(), Part.ANSWERS)
        sheet.page.connect()
    (always,) = (each for each in sheet.followers() if each.outputs == [sheet.one])
    assert always.fn("", Order(), Turns(), session, 4, 1) == {sheet.one: "here"}
    assert seen == [("here", 6), ("here", 7), ("tab", 5), ("tab", 6), ("tab", 7), ("here", 4)]


def test_what_an_example_looks_like_at_first_can_be_worked_out_ahead(sheet: Sheet, session: Session) -> None:
    seen: list[tuple[Session, float]] = []
    with sheet.blocks:
        sheet.page.shows(Part.PHOTO, sheet.one, lambda session, size: seen.append((session, size)), [sheet.slider])
        with sheet.page.tab("Later"):
            sheet.page.shows(Part.PHOTO, sheet.two, lambda session: seen.append((session, 0)))
    sheet.page.look_at(session)
    assert seen == [(session, 5)]  # without the tabs, which follow once somebody looks at it


def test_a_view_that_gives_too_few_values_is_noticed(sheet: Sheet) -> None:
    with sheet.blocks:
        view = sheet.page.shows(Part.PINS, [sheet.one, sheet.two], lambda session: ("one",))
    with pytest.raises(ValueError, match="shorter"):
        view.filled(Session())


def test_what_is_shown_already_is_neither_made_nor_sent_again(sheet: Sheet) -> None:
    made = []
    with sheet.blocks:
        sheet.page.shows(Part.CAMERA, sheet.one, made.append, about=lambda session: (session.asked,))
        sheet.page.changed(sheet.clicked(), Part.CAMERA, settled=False)
        sheet.page.connect()
    (follower,) = (each for each in sheet.followers() if each.outputs == [sheet.one])
    order, turns, session = Order(), Turns(), Session()
    assert follower.fn("", order, turns, session, 1) == {sheet.one: None}
    assert follower.fn("", order, turns, replace(session, shown="depth"), 2) == gr.skip()
    assert follower.fn("", order, turns, replace(session, asked={}), 3) == {sheet.one: None}
    assert len(made) == 2


def test_a_change_and_what_shows_it_start_from_what_others_made_meanwhile(sheet: Sheet, session: Session) -> None:
    with sheet.blocks:
        event = sheet.page.changing(sheet.button.click, with_pin, [sheet.slider])
        sheet.page.changed(event, Part.PINS)
        sheet.page.connect()
    change = next(each for each in sheet.blocks.fns.values() if each.outputs == [sheet.page.session])
    (show,) = (each for each in sheet.followers() if each.outputs == [sheet.pins])
    turns = Turns()
    first, second = (change.fn(turns, session, (x, 0)) for x in (1, 2))
    assert second.pins == ((1, 0), (2, 0))
    assert show.fn("", Order(), turns, first, 1) == {sheet.pins: "2 pins"}
