from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.conftest import Painter as PaintingWorld
from tests.conftest import World
from vb_demo.errors import InputError
from vb_demo.generators import Generator
from vb_demo.tasks import TASKS
from vb_demo.ui.asking import Painter
from vb_demo.ui.studio import Studio
from vb_demo.ui.switching import Cancelled, Progress, Switching

DEPTH = TASKS["depth"].wording.words


class Big(PaintingWorld):
    """A generator that is emptied when another takes its place."""

    closed = False

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world)
        self.name = name


@dataclass
class Shelf:
    """Loads generators as `load_generator` does: files first, then the old one goes, then the new one comes."""

    world: World
    resident: Big | None = None
    fails: str = ""
    """The name that cannot be loaded, although its files are there."""
    loaded: list[str] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    """Happens while files arrive."""

    def load(
        self,
        name: str,
        *,
        on_download: Callable[[int, int], None] = lambda here, whole: None,
        on_ready: Callable[[], None] = lambda: None,
    ) -> Generator:
        if name == "unknown":
            raise InputError("There is no generator 'unknown'.")
        on_download(1, 2)
        self.during()
        on_download(2, 2)
        on_ready()
        if self.resident is not None:
            self.resident.closed = True
        self.resident = None
        if name == self.fails:
            raise InputError(f"{name} could not be loaded.")
        self.loaded.append(name)
        self.resident = Big(self.world, name)
        return self.resident


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf(world)


@pytest.fixture
def painter(shelf: Shelf) -> Painter:
    return Painter(lambda: Studio(shelf.load("old")))


@pytest.fixture
def switching(painter: Painter, shelf: Shelf) -> Switching:
    painter.get()
    return Switching(painter, Studio, load=shelf.load)


def test_another_takes_the_place_of_the_one_that_paints(
    switching: Switching, painter: Painter, shelf: Shelf, world: World
) -> None:
    old, seen = painter.get(), list[Progress]()
    switching.switch(" new ", seen.append)
    assert painter.who.name == painter.get().name == "new"
    assert seen == [Progress("new"), Progress("new", 1, 2), Progress("new", 2, 2), Progress("new", loading=True)]
    assert painter.get().paint(world.photo, DEPTH).generator == "new"
    with pytest.raises(InputError, match="old made way for another generator meanwhile; ask again"):
        old.paint(world.photo, DEPTH)


def test_the_old_one_paints_while_files_arrive(
    switching: Switching, painter: Painter, shelf: Shelf, world: World
) -> None:
    painted: list[str] = []
    shelf.during = lambda: painted.append(painter.get().paint(world.photo, DEPTH).generator)
    switching.switch("new", lambda seen: None)
    assert painted == ["old"]


@pytest.mark.parametrize("name", ["unknown", "", "old"])
def test_what_cannot_be_had_changes_nothing(switching: Switching, painter: Painter, shelf: Shelf, name: str) -> None:
    old = painter.get()
    with pytest.raises(InputError):
        switching.switch(name, lambda seen: None)
    assert painter.get() is old
    assert shelf.loaded == ["old"]


def test_the_old_one_comes_back_where_the_new_one_cannot_be_loaded(
    switching: Switching, painter: Painter, shelf: Shelf, world: World
) -> None:
    shelf.fails = "broken"
    with pytest.raises(InputError, match="broken could not be loaded"):
        switching.switch("broken", lambda seen: None)
    assert painter.get().paint(world.photo, DEPTH).generator == "old"
    assert shelf.loaded == ["old", "old"]


def test_a_download_can_be_cancelled(switching: Switching, painter: Painter, shelf: Shelf) -> None:
    old, shelf.during = painter.get(), switching.cancel
    with pytest.raises(Cancelled):
        switching.switch("new", lambda seen: None)
    assert painter.get() is old
    shelf.during = lambda: None
    switching.switch("new", lambda seen: None)  # the next one is not cancelled
    assert painter.who.name == "new"


def test_who_cancels_too_late_gets_the_old_one_back(
    switching: Switching, painter: Painter, shelf: Shelf, world: World
) -> None:
    with pytest.raises(Cancelled):
        switching.switch("new", lambda seen: switching.cancel() if seen.loading else None)
    assert shelf.loaded == ["old", "new", "old"]
    assert painter.get().paint(world.photo, DEPTH).generator == "old"


def test_there_is_one_switch_at_a_time(switching: Switching, shelf: Shelf) -> None:
    def again() -> None:
        with pytest.raises(InputError, match="Another generator is being loaded"):
            switching.switch("third", lambda seen: None)

    shelf.during = again
    switching.switch("new", lambda seen: None)
    assert shelf.loaded == ["old", "new"]


def test_whoever_asks_meanwhile_waits_for_the_new_one(
    switching: Switching, painter: Painter, shelf: Shelf, world: World
) -> None:
    got: list[Generator] = []
    waiting = threading.Thread(target=lambda: got.append(painter.get()))

    def load(name: str, **options: Callable[..., None]) -> Generator:
        generator = shelf.load(name, **options)
        assert not painter.done
        assert painter.who.name == "old"  # whose words are still on the page
        waiting.start()
        return generator

    Switching(painter, Studio, load=load).switch("new", lambda seen: None)
    waiting.join()
    assert [each.name for each in got] == ["new"]


def test_a_generator_can_be_chosen_where_none_could_be_loaded(shelf: Shelf) -> None:
    painter = Painter(lambda: Studio(shelf.load("unknown")))
    switching = Switching(painter, Studio, load=shelf.load)
    shelf.fails = "broken"
    with pytest.raises(InputError, match="broken"):
        switching.switch("broken", lambda seen: None)
    with pytest.raises(InputError, match="There is no generator 'unknown'"):
        painter.get()
    told: list[str] = []
    Switching(painter, Studio, lambda: told.append(painter.who.name), shelf.load).switch("new", lambda seen: None)
    assert told == ["new"]
