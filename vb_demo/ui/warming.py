"""What takes long the first time is done before a visitor asks for it, but not before the page is on screen."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import cache

from vb_demo import measure
from vb_demo.errors import InputError


def warm_up() -> None:
    """Have what measuring needs imported, once for all visitors. Nobody waits for it."""
    thread()


@cache
def thread() -> threading.Thread:
    """The one that imports, started when it is first asked for."""

    def prepare() -> None:
        with suppress(InputError):  # said when somebody measures
            measure.prepare()

    started = threading.Thread(target=prepare, name="warm-up", daemon=True)
    started.start()
    return started
