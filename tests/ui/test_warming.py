from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from vb_demo import measure
from vb_demo.errors import InputError
from vb_demo.ui.warming import thread, warm_up

FIRST_PAGE = """
import sys
from vb_demo.ui import build
from vb_demo.ui.warming import thread

page = build(name="no such generator")
assert "open3d" not in sys.modules, "before the page is on screen"
(shown,) = [each for each in page.fns.values() if each.targets[0][1] == "load" and each.name == "warm_up"]
assert shown.fn() is None
thread().join()
assert "open3d" in sys.modules
"""


@pytest.fixture(autouse=True)
def cold() -> None:
    thread.cache_clear()


def test_open3d_is_imported_when_the_first_page_is_on_screen() -> None:
    subprocess.run([sys.executable, "-c", FIRST_PAGE], check=True)


def test_it_is_done_once_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    go_on = threading.Event()

    def prepare() -> None:
        go_on.wait(10)
        done.append(threading.current_thread().name)
        raise InputError("Open3D could not be loaded.")

    monkeypatch.setattr(measure, "prepare", prepare)
    warm_up()
    warm_up()
    assert done == []
    go_on.set()
    thread().join()
    assert done == ["warm-up"]
