from __future__ import annotations

import threading

from tests.conftest import Painter
from tests.ui.conftest import text
from vb_demo.errors import InputError
from vb_demo.ui.asking import Painter as Waiting
from vb_demo.ui.panels.header import generator_line, help_dialog, switches
from vb_demo.ui.studio import Studio


def test_the_page_says_who_paints_once_it_is_known(painter: Painter) -> None:
    ready = threading.Event()

    def load() -> Studio:
        ready.wait(5)
        return Studio(painter)

    waiting = Waiting(load)
    assert "being loaded" in generator_line(waiting)
    ready.set()
    waiting.get()
    assert "Painted by painter" in " ".join(text(generator_line(waiting)).split())


def test_a_generator_that_is_not_there_is_explained() -> None:
    def load() -> Studio:
        raise InputError("There is no generator <x>.")

    waiting = Waiting(load)
    while not waiting.done:
        threading.Event().wait(0.01)
    assert "There is no generator &lt;x&gt;." in generator_line(waiting)


def test_the_menu_is_opened_by_who_paints(painter: Painter) -> None:
    class OnGpu(Painter):
        device = "cuda"

    waiting = Waiting(lambda: Studio(OnGpu(painter.world)))
    waiting.get()
    shown = generator_line(waiting, menu=True)
    assert 'aria-expanded="false" aria-controls="generators"' in shown
    assert "Painted by painter , GPU" in " ".join(text(shown).split())
    assert "<button" not in generator_line(waiting)


def test_help_tells_keys_and_colours() -> None:
    shown = " ".join(text(help_dialog()).split())
    for part in ("Ctrl + Enter", "faces up", "metres", "Reliability"):
        assert part in shown


def test_the_switches_say_what_they_are_to_those_who_do_not_see_them() -> None:
    assert switches().count('aria-pressed="false"') == 2
    assert 'aria-haspopup="dialog"' in switches()
