"""Another generator takes the place of the one that paints: for everybody, and only if it can be loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from vb_demo.errors import InputError
from vb_demo.generators import Generator, let_go, load_generator
from vb_demo.ui.asking import Painter
from vb_demo.ui.studio import Studio


class Cancelled(Exception):
    """Somebody pressed Cancel: what was on its way is not used, and all is as it was."""


@dataclass(frozen=True)
class Progress:
    """How far a generator, or another model, is on its way."""

    name: str
    here: int = 0
    """Bytes that have arrived."""
    whole: int = 0
    """Bytes in all; 0 = not known yet."""
    loading: bool = False
    """All files are here, and are read into memory."""


class Switching:
    """Loads a generator and lets it paint instead of another."""

    def __init__(
        self,
        painter: Painter,
        studio: Callable[[Generator], Studio],
        on_switched: Callable[[], None] = lambda: None,
        load: Callable[..., Generator] = load_generator,
    ) -> None:
        """Switch what `painter` hands out.

        Args:
            studio: makes one for a generator.
            on_switched: called when another generator paints.
            load: as `load_generator`.
        """
        self._painter = painter
        self._studio = studio
        self._on_switched = on_switched
        self._load = load
        self._one = threading.Lock()
        self._stop = threading.Event()

    def cancel(self) -> None:
        """End the switch under way, if there is one: a download at once, the rest as soon as that is possible."""
        self._stop.set()

    def switch(self, name: str, report: Callable[[Progress], None]) -> None:
        """Load a generator by name; from then on it paints for all visitors.

        The old one paints on while files are fetched. If anything fails, it goes on painting.

        Args:
            name: as for `load_generator`.
            report: told how far it is.

        Raises:
            InputError: as for `load_generator`; or another switch is under way.
            Cancelled: see `cancel`.
        """
        if not self._one.acquire(blocking=False):
            raise InputError("Another generator is being loaded; wait until it is there, or cancel that.")
        try:
            self._stop.clear()
            self._switch(name.strip(), report)
        finally:
            self._one.release()
        self._on_switched()

    def _switch(self, name: str, report: Callable[[Progress], None]) -> None:
        before = self._before()
        if isinstance(before, Studio) and before.name == name:
            raise InputError(f"{name} paints already.")
        if not name:
            raise InputError('Name a generator: a hub id such as "owner/name", or a folder with a model_index.json.')
        held = False

        def on_download(here: int, whole: int) -> None:
            self._go_on()
            report(Progress(name, here, whole))

        def on_ready() -> None:
            nonlocal held
            self._go_on()
            report(Progress(name, loading=True))
            if isinstance(before, Studio):
                at_rest.enter_context(before.resting())
            self._painter.hold()
            held = True

        with ExitStack() as at_rest:
            report(Progress(name))
            try:
                studio = self._studio(self._load(name, on_download=on_download, on_ready=on_ready))
                if not held:  # it was in memory already
                    on_ready()
                self._go_on()
            except BaseException:
                if held:
                    self._restore(before)
                raise
            self._painter.take(studio)

    def _before(self) -> Studio | Exception:
        """What paints, or why nothing does."""
        try:
            return self._painter.get()
        except Exception as error:
            return error

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Cancelled

    def _restore(self, before: Studio | Exception) -> None:
        """What there was before, loaded again if it made way already."""
        try:
            if isinstance(before, Exception):
                self._painter.fail(before)
            elif before.closed:
                self._painter.take(self._studio(self._load(before.name)))
            else:
                let_go()  # of the new one, if it got that far
                self._painter.take(before)
        except Exception as error:
            self._painter.fail(error)
