"""What a hand does on the page, as events: pointer.js finds out, the panels say what follows.

Anything on the page with `data-send="choose"` sends that event when it is pressed, with its other `data-…` values; a
picture sends "point" and "outline" with places as shares of its width and height.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import gradio as gr

LISTEN = """
// Everything that can be sent; Gradio offers an event for each quoted name: "point" "outline" "choose" "unpin" "object"
window.vb ??= {};
window.vb.send = (event, detail) => trigger(event, detail);
"""


def add() -> gr.HTML:
    """A component without a look, with the events `point`, `outline`, `choose`, `unpin` and `object`."""
    return gr.HTML(js_on_load=LISTEN, elem_id="pointer", visible="hidden")


def places(event: gr.EventData) -> list[tuple[float, float]]:
    """The places that came with an event, shares of width and height; empty if anything else was sent."""
    sent = _sent(event, "places")
    found = [place for place in sent if _is_place(place)] if isinstance(sent, list) else []
    return [(float(x), float(y)) for x, y in found]


def index(event: gr.EventData) -> int:
    """The index that came with an event, −1 if none did."""
    text = str(_sent(event, "index"))
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else -1


def name(event: gr.EventData) -> str:
    """The name that came with an event, "" if none did."""
    return str(_sent(event, "name") or "")


def _sent(event: gr.EventData, field: str) -> Any:
    return event._data.get(field) if isinstance(event._data, dict) else None


def _is_place(place: Any) -> bool:
    return (
        isinstance(place, Sequence)
        and len(place) == 2
        and all(isinstance(share, int | float) and math.isfinite(share) for share in place)
    )
