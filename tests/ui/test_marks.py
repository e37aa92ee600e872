from __future__ import annotations

from dataclasses import replace

import numpy as np

from vb_demo.images import open_photo
from vb_demo.ui.marks import (
    MAX_CORNERS,
    MAX_PINS,
    pixel_at,
    place_of,
    with_choice,
    with_outline,
    with_pin,
    without_marks,
    without_pin,
)
from vb_demo.ui.session import Session


def test_places_and_pixels_are_inverse_and_stay_inside() -> None:
    photo = open_photo(np.zeros((8, 10, 3), np.uint8))
    for pixel in ((0, 0), (9, 7), (3, 5)):
        assert pixel_at(photo, *place_of(photo, pixel)) == pixel
    assert pixel_at(photo, -1, 1) == (0, 7)
    assert pixel_at(photo, 1e9, 0.5) == (9, 4)


def test_pins_add_up_and_the_last_two_are_looked_at(session: Session) -> None:
    assert with_pin(session, (1, 2)).pair == (0,)
    for x in range(MAX_PINS):
        session = with_pin(session, (x, 0))
    assert session.pins == tuple((x, 0) for x in range(MAX_PINS))
    assert with_pin(session, (5, 5)) is session  # none is lost
    assert session.pair == (MAX_PINS - 2, MAX_PINS - 1)
    assert with_pin(Session(), (1, 1)).pins == ()


def test_a_pin_that_is_chosen_is_compared_with_the_one_before(session: Session) -> None:
    session = replace(session, pins=((0, 0), (1, 1), (2, 2)))
    chosen = with_choice(session, 0)
    assert chosen.pair == (2, 0)
    assert with_choice(chosen, 2).pair == (0, 2)
    assert with_choice(session, 3) is session
    assert with_pin(chosen, (3, 3)).pair == (2, 3)


def test_pins_can_be_removed_one_by_one_or_all(session: Session) -> None:
    session = with_choice(replace(session, pins=((0, 0), (1, 1), (2, 2))), 0)
    fewer = without_pin(session, 1)
    assert fewer.pins == ((0, 0), (2, 2))
    assert fewer.pair == (0, 1)
    assert without_pin(session, -1) is session
    cleared = without_marks(with_outline(session, [(0, 0), (5, 0), (5, 5)]))
    assert (cleared.pins, cleared.pair, cleared.outlines) == ((), (), ())


def test_the_last_two_outlines_are_kept_and_long_ones_thinned_out(session: Session) -> None:
    for x in range(3):
        session = with_outline(session, [(x, 0), (x + 5, 0), (x, 5)])
    assert [line[0] for line in session.outlines] == [(1, 0), (2, 0)]
    long = with_outline(session, [(x % 90, x % 70) for x in range(5000)])
    assert len(long.outlines[-1]) <= MAX_CORNERS
