"""How the page follows the session.

A panel says once, with `Page.shows`, which components show the session and how they are filled. An event that changed
the session says so once, with `Page.changed`. `Page.connect` brings the two together, so that neither knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import gradio as gr

from vb_demo.ui.ahead import Ahead
from vb_demo.ui.asking import NOBODY, Painter
from vb_demo.ui.controls import AT_ONCE, INSIDE, state
from vb_demo.ui.order import NUMBERED, Order
from vb_demo.ui.repeating import joined
from vb_demo.ui.session import Part, Session
from vb_demo.ui.turns import Turns


@dataclass(frozen=True, eq=False)
class View:
    """Components that show the session."""

    depends_on: Part
    outputs: Sequence[gr.components.Component]
    fill: Callable[..., Any]
    """fill(session, *values of `inputs`): the value of the one output, or a tuple with one for each."""
    inputs: Sequence[gr.components.Component]
    tab: str | None
    """Filled only while this tab is open; None = always."""
    about: Callable[[Session], Sequence[object]]
    """What is shown; it stays as it is while these are the same objects and the inputs the same. () = not known."""
    next_inputs: Callable[[Session], Iterable[Sequence[Any]]]
    """Values of `inputs` that a visitor is likely to choose next."""

    def filled(self, session: Session, *values: Any) -> dict[gr.components.Component, Any]:
        result = self.fill(session, *values)
        return dict(zip(self.outputs, [result] if len(self.outputs) == 1 else result, strict=True))


class Page:
    """What the panels share while they are put on the page."""

    def __init__(self, painter: Painter) -> None:
        self.painter = painter
        self.who = state(NOBODY)
        """The `Who` that the page has been told of; what depends on who paints follows its `change`."""
        self.session = state(Session())
        self.turns = state(Turns())
        """Whose `latest` an event that begins late, or takes its time, asks for the session."""
        self.fresh = state(None)
        """An answer that is not in the session yet, see `answered`."""
        self.recipe = state(None)
        """The `Recipe` that was opened, for the photo that it is about."""
        self._ahead = Ahead()
        self._open_tab = state("")
        self._order = state(Order())
        self._wish = gr.Number(visible=False)
        """Of the event under way, see `NUMBERED`."""
        self._tabs: dict[str, gr.Tab] = {}
        self._inside: str | None = None
        self._views: list[View] = []
        self._changes: list[tuple[Any, Part, bool]] = []

    @contextmanager
    def tab(self, title: str, *, lazy: bool = True) -> Iterator[None]:
        """A tab to put panels in. What is in a lazy one is filled when it is opened and while it is open.

        Soon after the scene has changed it is filled once to no end, so that what it remembers of the scene is known.
        """
        with gr.Tab(title) as self._tabs[title]:
            self._inside = title if lazy else None
            yield
            self._inside = None

    def shows(
        self,
        depends_on: Part,
        outputs: gr.components.Component | Sequence[gr.components.Component],
        fill: Callable[..., Any],
        inputs: Sequence[gr.components.Component] = (),
        about: Callable[[Session], Sequence[object]] = lambda session: (),
        next_inputs: Callable[[Session], Iterable[Sequence[Any]]] = lambda session: (),
    ) -> View:
        """Keep components up to date with a part of the session.

        Args:
            fill: from the session and the values of `inputs` to what `outputs` show. It must not raise.
            inputs: further components that it depends on; when they change, call `redraw`.
            about: see `View`; of use where `fill` takes a while or gives much to send, and nobody else sets `outputs`.
            next_inputs: see `View`; of use where `fill` takes a while and remembers what it has found.
        """
        outputs = outputs if isinstance(outputs, Sequence) else [outputs]
        view = View(depends_on, outputs, fill, inputs, self._inside, about, next_inputs)
        self._views.append(view)
        return view

    def redraw(self, trigger: Callable[..., Any], view: View) -> None:
        """Fill a view again when a control of its own was moved, e.g. `redraw(slider.release, view)`."""
        self._fill(trigger, [view])

    def changing(
        self,
        trigger: Callable[..., Any],
        change: Callable[..., Any],
        inputs: Sequence[gr.components.Component] = (),
        outputs: Sequence[gr.components.Component] = (),
        **options: Any,
    ) -> Any:
        """An event that changes the session, whatever others make of it at the same moment; a new photo needs no turn.

        Args:
            change: from the session and the values of `inputs` to the session after it, with `outputs` to a tuple of
                that and a value for each.
            options: for the event.
        """

        def turn(turns: Turns, session: Session, *values: Any) -> Any:
            return turns.take(session, lambda latest: change(latest, *values))

        return trigger(turn, [self.turns, self.session, *inputs], [self.session, *outputs], **options)

    def changed(self, event: Any, parts: Part, *, settled: bool = True) -> None:
        """After an event that wrote `session`: everything that depends on these parts of it follows.

        Args:
            settled: False while more of the same is coming, as from a slider that is dragged; lazy tabs then wait.
        """
        self._changes.append((event, parts, settled))

    def answered(self, event: Any) -> None:
        """After an event that wrote `fresh`: the answer joins the session, whatever that has become meanwhile."""
        added = self.changing(
            event.success,
            lambda session, fresh: (joined(session, [fresh] if fresh else []), None),
            [self.fresh],
            [self.fresh],
            **AT_ONCE,
        )
        self.changed(added, Part.ANSWERS | Part.SHOWN)

    def connect(self) -> None:
        """Wire every change to the views that depend on it; call it when all panels are on the page."""
        for title, tab in self._tabs.items():
            opened = tab.select(lambda title=title: title, None, self._open_tab, **AT_ONCE)
            self._follow(opened, [view for view in self._views if view.tab == title])
        for event, parts, settled in self._changes:
            views = [view for view in self._views if view.depends_on & parts]
            ahead = settled and bool(parts & (Part.ANSWERS | Part.CAMERA))  # the scene is another one
            self._follow(event, [view for view in views if view.tab is None], ahead=ahead)
            if settled:
                self._follow(event, [view for view in views if view.tab is not None])

    def _follow(self, event: Any, views: Sequence[View], *, ahead: bool = False) -> None:
        if views:
            self._fill(event.success, views, ahead=ahead)

    def look_at(self, session: Session) -> None:
        """Fill what is on screen at once with its controls as they are at first, so that its looks are remembered."""
        self._look(session, [view for view in self._views if view.tab is None])

    def _look_ahead(self, turns: Turns, session: Session, open_tab: str) -> None:
        """The same for what will be on screen soon: other choices at what is there, and the tabs that are not open."""
        session = turns.latest(session)
        here = [view for view in self._views if view.tab in (None, open_tab)]
        elsewhere = [view for view in self._views if view not in here]
        self._look_on(session, here)
        self._look(session, elsewhere)
        self._look_on(session, elsewhere)

    @staticmethod
    def _look(session: Session, views: Sequence[View]) -> None:
        for view in views:
            view.fill(session, *(each.value for each in view.inputs))

    @staticmethod
    def _look_on(session: Session, views: Sequence[View]) -> None:
        for view in views:
            for values in view.next_inputs(session):
                view.fill(session, *values)

    def _fill(self, trigger: Callable[..., Any], views: Sequence[View], *, ahead: bool = False) -> None:
        """Fill views, those in a tab while it is open, unless somebody asks for it once more meanwhile.

        Args:
            ahead: whether to work out, too, what the other tabs will show.
        """

        def fill(open_tab: str, order: Order, turns: Turns, session: Session, *values: Any) -> Any:
            session = turns.latest(session)
            rest, wish = iter(values[:-1]), values[-1]
            own = {view: list(islice(rest, len(view.inputs))) for view in views}
            wanted = [view for view in views if view.tab in (None, open_tab)]
            order.ask(wanted, wish)
            if ahead:
                self._ahead.later(turns, partial(self._look_ahead, turns, session, open_tab))
            shown: dict[gr.components.Component, Any] = {}
            for view in wanted:
                about = view.about(session)
                if not order.holds(view, wish) or order.shows(view, about, own[view]):
                    continue
                found = view.filled(session, *own[view])
                if order.holds(view, wish):
                    order.show(view, about, own[view])
                    shown |= found
            return shown or gr.skip()

        controls = [each for view in views for each in view.inputs]
        inputs = [self._open_tab, self._order, self.turns, self.session, *controls, self._wish]
        outputs = [each for view in views for each in view.outputs]
        # By default a change that comes while the last one is being shown would be passed over.
        trigger(fill, inputs, outputs, js=NUMBERED, trigger_mode="always_last", **_patience(views))


def _patience(views: Sequence[View]) -> dict[str, Any]:
    """What is always on screen is quick to fill; a tab may take its time and shows that it does."""
    return AT_ONCE if all(view.tab is None for view in views) else INSIDE
