from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from inspect import signature

import numpy as np
import pytest

from tests.ui.conftest import text, told_own_camera
from vb_demo.answers import DepthMap, Provenance
from vb_demo.scene import Scene
from vb_demo.ui.panels.readout import WINDOW, card
from vb_demo.ui.session import MAX_PINS, Session, with_fov


def test_the_readout_tells_metres_name_direction_place_and_reliability(answered: Session) -> None:
    shown = card(replace(answered, pins=((50, 68),)))
    for part in ("2.53 m", "floor", "faces up", "(50, 68)", "100%", "ahead"):
        assert part in text(shown)
    places = re.search(r'data-pins="([^"]*)"', shown)
    assert places is not None
    assert json.loads(unescape(places[1])) == [[pytest.approx(50.5 / 96), pytest.approx(68.5 / 72)]]


def test_all_pins_are_listed_and_two_have_a_card(answered: Session) -> None:
    shown = card(replace(answered, pins=((50, 68), (66, 68), (48, 2)), chosen=(2, 0)))
    rows = re.findall(r"<tr class=.*?</tr>", shown)
    assert len(rows) == 3
    assert ["vb-chosen" in row for row in rows] == [True, False, True]
    assert all(part in text(rows[0]) for part in ("2.53 m", "faces up", "floor", "100%", "(50, 68)"))
    assert "sky" in text(rows[2])
    assert re.findall(r'<section><h3><span class="vb-pin">(\d)', shown) == ["3", "1"]
    assert 'data-send="unpin" data-index="1"' in shown


def test_several_paintings_give_a_spread(answered: Session) -> None:
    assert answered.scene is not None
    assert isinstance(answered.scene.depth, DepthMap)
    spread = np.full_like(answered.scene.depth.meters, 0.08)
    depth = replace(answered.scene.depth, votes=3, spread=spread)
    session = replace(answered, scene=replace(answered.scene, depth=depth), pins=((50, 68),))
    assert "2.53 m ± 0.08" in text(card(session))


def test_the_usual_error_of_the_metres_is_said_and_widens_the_range(answered: Session) -> None:
    assert answered.scene is not None
    assert isinstance(answered.scene.depth, DepthMap)
    depth = replace(answered.scene.depth, provenance=Provenance(abs_rel=0.5))
    rough = replace(answered, scene=replace(answered.scene, depth=depth), pins=((50, 68),))
    shown, exact = text(card(rough)), text(card(replace(answered, pins=((50, 68),))))
    assert "as painted, off by 50% on average" in shown
    assert "on average" not in exact
    assert "as painted, nobody measured how far off" in exact
    ranges = [re.search(r"([\d.]+) to ([\d.]+) m away", words) for words in (shown, exact)]
    (low, high), (exact_low, exact_high) = (map(float, found.groups()) for found in ranges if found)
    assert low < 0.7 * exact_low
    assert high > 1.4 * exact_high


def test_the_sky_is_no_number(answered: Session) -> None:
    shown = text(card(replace(answered, pins=((48, 2), (50, 68)))))
    assert "sky" in shown
    assert "inf" not in shown


def test_without_pins_there_is_nothing_to_draw(answered: Session) -> None:
    assert 'data-pins="[]"' in card(answered)
    assert 'data-pins="[]"' in card(Session())


def test_metres_that_followed_the_camera_say_so_at_the_pin(answered: Session) -> None:
    pinned = told_own_camera(replace(answered, pins=((50, 68),)))
    assert "rescaled" not in text(card(pinned))
    assert "rescaled × 0.588 from the 70° it was painted for" in text(card(with_fov(pinned, 100)))


@pytest.mark.parametrize(
    ("source", "said"), [("EXIF", "from EXIF"), ("user", "from the slider"), ("assumed", "assumed")]
)
def test_a_pin_tells_where_its_camera_comes_from(answered: Session, source: str, said: str) -> None:
    assert answered.scene is not None
    photo = answered.scene.photo
    seen = replace(answered.scene, photo=replace(photo, camera=replace(photo.camera, source=source)))
    assert f"{said}, 70° across the photo" in text(card(replace(answered, scene=seen, pins=((50, 68),))))
    assert "across the photo" not in text(card(replace(answered, scene=seen, pins=((48, 2),))))  # the sky


def test_when_no_more_pins_fit_that_is_said(answered: Session) -> None:
    full = replace(answered, pins=tuple((x, 68) for x in range(MAX_PINS)))
    assert "20 pins are the most; remove one to set another." in text(card(full))
    assert "are the most" not in text(card(replace(full, pins=full.pins[1:])))


def test_a_depth_says_what_it_is_the_median_of(answered: Session) -> None:
    side = signature(Scene.reading).parameters["window"].default
    assert f"median of {side} × {side} pixels" == WINDOW
    shown = text(card(replace(answered, pins=((50, 68),))))
    assert re.search(rf"2\.53 m\s+{WINDOW}", shown)
    assert WINDOW not in text(card(replace(answered, pins=((48, 2),))))  # the sky
