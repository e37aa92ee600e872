"""What a hand does on the page: pointer.js finds out, the panels say what follows.

Anything on the page with `data-send="choose"` sends that when it is pressed, with its other `data-…` values; a picture
sends "point" and "outline" with places as shares of its width and height.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from vb_demo.ui.controls import AT_ONCE
from vb_demo.ui.page import Page
from vb_demo.ui.session import Part, Session

LISTEN = """
window.vb ??= {};
vb.deeds ??= [];
vb.send = (kind, detail) => {
  vb.deeds.push({ ...detail, kind });
  trigger("deed");
};
"""
TAKE_ALL = "(...before) => [...before.slice(0, -1), vb.deeds.splice(0)]"
"""All that was done since the last time, in place of the last input."""
Deed = Mapping[str, Any]
"""What a browser sent about one thing that was done; anything may be in it."""
Change = Callable[[Session, Deed], Session]


class Hand:
    """Changes the session as the hand does, in the order in which it did.

    A hand may be faster than the server. While an answer is under way, what is done waits in the browser; all of it
    then follows at once. So nothing is left out, and no two changes start from the same session.
    """

    def __init__(self) -> None:
        self._sends = gr.HTML(js_on_load=LISTEN, elem_id="pointer", visible="hidden")
        self._sent = gr.JSON(visible=False)
        self._changes: dict[str, Change] = {}

    def does(self, kind: str, change: Change) -> None:
        """Say what follows from something: "point", "outline", "choose", "unpin" or "object"."""
        self._changes[kind] = change

    def connect(self, page: Page) -> None:
        """Wire it; call it when all panels are on the page."""
        done = page.changing(
            self._sends.deed, self.follow, [self._sent], js=TAKE_ALL, trigger_mode="always_last", **AT_ONCE
        )
        page.changed(done, Part.PINS)

    def follow(self, session: Session, deeds: Any) -> Session:
        """The session after deeds, a list of `Deed`; what is none is passed over."""
        for deed in deeds if isinstance(deeds, list) else []:
            change = self._changes.get(str(deed.get("kind"))) if isinstance(deed, dict) else None
            session = change(session, deed) if change else session
        return session


def places(deed: Deed) -> list[tuple[float, float]]:
    """The places that came with it, shares of width and height; empty if anything else was sent."""
    sent = deed.get("places")
    found = [place for place in sent if _is_place(place)] if isinstance(sent, list) else []
    return [(float(x), float(y)) for x, y in found]


def index(deed: Deed) -> int:
    """The index that came with it, −1 if none did."""
    text = str(deed.get("index"))
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else -1


def name(deed: Deed) -> str:
    """The name that came with it, "" if none did."""
    return str(deed.get("name") or "")


def _is_place(place: Any) -> bool:
    return (
        isinstance(place, Sequence)
        and len(place) == 2
        and all(isinstance(share, int | float) and math.isfinite(share) for share in place)
    )
