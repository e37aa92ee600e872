"""What a tab will show is worked out while its visitor still looks at something else."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress

PAUSE = 0.6
"""Seconds that what is on screen gets first."""
MOST = 8
"""Visitors that wait at most; beyond that, what was asked for first is left out: it is worked out when it is seen."""


class Ahead:
    """One thread for all visitors, which is there only while there is something to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Hashable, Callable[[], None]] = OrderedDict()
        self._working = False

    def later(self, whose: Hashable, job: Callable[[], None]) -> None:
        """Do this soon, instead of what else still waits for the same visitor. What it raises is not told."""
        with self._lock:
            self._jobs.pop(whose, None)
            self._jobs[whose] = job
            while len(self._jobs) > MOST:
                self._jobs.popitem(last=False)
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name="ahead", daemon=True).start()

    def _work(self) -> None:
        while True:
            time.sleep(PAUSE)
            with self._lock:
                if not self._jobs:
                    self._working = False
                    return
                _, job = self._jobs.popitem(last=False)
            with suppress(Exception):
                job()
