"""What a visitor marks on the pictures: pins to read, and closed lines around surfaces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from vb_demo.images import Photo
from vb_demo.ui.session import MAX_PINS, Session

MAX_CORNERS = 400
"""Of an outline; a line drawn by hand has more, and is thinned out to these."""


def pixel_at(photo: Photo, across: float, down: float) -> tuple[int, int]:
    """The pixel (x, y) at shares of the photo's width and height; places outside are moved to its edge."""
    x, y = int(across * photo.width), int(down * photo.height)
    return min(max(x, 0), photo.width - 1), min(max(y, 0), photo.height - 1)


def place_of(photo: Photo, pixel: tuple[int, int]) -> tuple[float, float]:
    """The middle of a pixel as shares of the photo's width and height, which is how the page draws."""
    return (pixel[0] + 0.5) / photo.width, (pixel[1] + 0.5) / photo.height


def with_pin(session: Session, pixel: tuple[int, int]) -> Session:
    """A further pin at (x, y); none where there are `MAX_PINS`, which `readout` says."""
    if session.scene is None or len(session.pins) >= MAX_PINS:
        return session
    return replace(session, pins=(*session.pins, pixel), chosen=())


def without_pin(session: Session, index: int) -> Session:
    """One pin less; those after it move up. An index that is not there changes nothing."""
    if not 0 <= index < len(session.pins):
        return session
    return replace(session, pins=session.pins[:index] + session.pins[index + 1 :], chosen=())


def with_choice(session: Session, index: int) -> Session:
    """Look at another pin, and beside it at the one that was in question so far."""
    if not 0 <= index < len(session.pins):
        return session
    others = [pin for pin in session.pair if pin != index]
    return replace(session, chosen=(*others[-1:], index))


def with_outline(session: Session, corners: Sequence[tuple[int, int]]) -> Session:
    """A further closed line through pixels (x, y); the third replaces the first."""
    if session.scene is None:
        return session
    line = tuple(corners[:: max(1, math.ceil(len(corners) / MAX_CORNERS))])
    return replace(session, outlines=(*session.outlines, line)[-2:])


def without_marks(session: Session) -> Session:
    return replace(session, pins=(), chosen=(), outlines=())
