"""Changes of the session take turns, though a visitor's events may run at the same moment.

Gradio hands an event the session as it was when the event began, and keeps what the event returns: of two that overlap,
the one that ends last would undo what the other did.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakSet

from vb_demo.ui.session import Session

T = TypeVar("T")


class Turns:
    """What became of each session that a visitor had. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest = Session()
        self._outdated: WeakSet[Session] = WeakSet()

    def __deepcopy__(self, memo: Any) -> Turns:
        return Turns()  # Gradio copies it for each visitor, and a lock cannot be copied

    def latest(self, session: Session) -> Session:
        """What a session that an event was handed has become; one that is new, as with another photo, is itself."""
        return self._latest if session in self._outdated else session

    def take(self, session: Session, change: Callable[[Session], T]) -> T:
        """What a change makes of the latest session, while no other is made: a session, or a tuple with it first."""
        with self._lock:
            before = self.latest(session)
            made = change(before)
            after = made[0] if isinstance(made, tuple) else made
            assert isinstance(after, Session)
            self._outdated |= {self._latest, before}
            self._outdated.discard(after)
            self._latest = after
            return made
