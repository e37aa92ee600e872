"""The examples, with what was painted about them before a visitor came."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product

from vb_demo.generators import Dialect, OnStep, Painting
from vb_demo.generators.catalog import DEFAULT_GENERATOR
from vb_demo.images import Photo
from vb_demo.scene import Scene
from vb_demo.ui.asking import Painter, Who, ask, words_for
from vb_demo.ui.examples import EXAMPLES, Example
from vb_demo.ui.session import Session, open_session, with_answer

FIRST_TASKS = ("depth", "normals", "segment")
"""What a visitor sees at once; the first of them is on screen."""


@dataclass(frozen=True)
class Repeats:
    """A generator that shows a finished painting, whatever it is asked for."""

    painting: Painting
    dialect: Dialect
    name: str = ""

    def paint(
        self, photo: Photo, prompt: str, *, steps: int | None = None, seed: int = 0, on_step: OnStep | None = None
    ) -> Painting:
        return self.painting


class Gallery:
    """Paintings of the examples in the examples' own words. All visitors share them: a session never changes.

    The generator that ships takes a tenth of a second and paints all of them once it is loaded (`prepare`). Of
    another, those are kept that somebody asked for (`keep`), for whoever comes next.
    """

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._lock = threading.Lock()
        self._blank: dict[Example, Session] = {}
        self._answered: dict[tuple[str, Example], Session] = {}
        """By generator and example."""
        self._paintings: dict[tuple[str, Example, str], Painting] = {}
        """By generator, example and task."""
        self.on_prepared: Callable[[Session], None] = lambda session: None
        """Told of each example that `prepare` is done with."""

    def session(self, example: Example) -> Session:
        """An example's photo with all answers about it that are there."""
        blank = self._open(example)
        with self._lock:
            who = self._painter.who
            if (who.name, example) not in self._answered:
                self._answered[who.name, example] = self._answer(blank, example, who)
            return self._answered[who.name, example]

    def prepare(self) -> None:
        """Have the generator that ships paint what is missing. Waits for it: to be called in a thread."""
        with suppress(Exception):  # one that cannot be loaded says so when somebody asks it
            generator = self._painter.get()
            if generator.name != DEFAULT_GENERATOR:
                return
            for example in EXAMPLES:
                photo = _photo(self._open(example))
                for task in FIRST_TASKS:
                    if (generator.name, example, task) not in self._paintings:
                        generator.paint(photo, words_for(task, generator.dialect, example))
                self.on_prepared(self.session(example))

    def keep(self, photo: Photo, words: str, painting: Painting) -> None:
        """Take note of a painting at the usual settings, if it is the first of an example and in its own words.

        The next ones are the same picture; one of them in its place would lose all that is remembered of the scene.
        """
        with self._lock:
            shown = [each for each, blank in self._blank.items() if _same(_photo(blank), photo)]
            for example, task in product(shown, FIRST_TASKS):
                key = painting.generator, example, task
                if key not in self._paintings and words == words_for(task, self._painter.dialect, example):
                    self._paintings[key] = painting
                    self._answered.pop((painting.generator, example), None)

    def _open(self, example: Example) -> Session:
        with self._lock:
            if example not in self._blank:
                self._blank[example] = open_session(example.path)
            return self._blank[example]

    def _answer(self, session: Session, example: Example, who: Who) -> Session:
        for task in FIRST_TASKS:
            painting = self._paintings.get((who.name, example, task))
            if painting is not None:
                words = words_for(task, who.dialect, example)
                session = with_answer(session, ask(session, words, Repeats(painting, who.dialect)))
        names = list(session.scene.answers) if session.scene else []
        return replace(session, shown=names[0] if names else "", painted_before=frozenset(names))


def _same(own: Photo, photo: Photo) -> bool:
    """Whether this is an example as it comes: under another camera, another answer is right."""
    return own.pixels is photo.pixels and own.camera == photo.camera


def _photo(session: Session) -> Photo:
    assert isinstance(session.scene, Scene)
    return session.scene.photo
