from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from tests.ui.conftest import text
from vb_demo.ui.panels.measure import MODES, card
from vb_demo.ui.session import Session

FLOOR, WALL = ((10, 66), (80, 66), (70, 71), (20, 71)), ((15, 33), (40, 33), (40, 38), (15, 38))


def data(shown: str, name: str) -> Any:
    found = re.search(rf'data-{name}="([^"]*)"', shown)
    assert found is not None
    return json.loads(unescape(found[1]))


def test_two_pins_are_a_distance_with_its_range_and_camera(answered: Session) -> None:
    assert answered.scene is not None
    pins = ((50, 68), (66, 68))
    shown = card(replace(answered, pins=pins), "Distance")
    measured = answered.scene.distance_between(*pins)
    assert f"1 ↔ 2 {measured.value:.2f} m apart" in text(shown)
    assert f"{measured.low:.2f} to {measured.high:.2f} m, camera user" in text(shown)
    [[start, end, words]] = data(shown, "lines")
    assert start == [pytest.approx(50.5 / 96), pytest.approx(68.5 / 72)]
    assert end[0] == pytest.approx(66.5 / 96)
    assert words == f"{measured.value:.2f} m"


def test_a_path_is_the_sum_of_its_steps(answered: Session) -> None:
    assert answered.scene is not None
    pins = ((50, 68), (66, 68), (70, 64))
    shown = card(replace(answered, pins=pins), "Path")
    total = sum(answered.scene.distance_between(*pins[i : i + 2]).value for i in (0, 1))
    assert f"{total:.2f} m along the path" in text(shown)
    assert len(data(shown, "lines")) == 2


def test_height_is_between_pins_and_of_the_object_under_the_last(answered: Session) -> None:
    shown = text(card(replace(answered, pins=((48, 63), (48, 36))), "Height"))
    assert "1 ↔ 2" in shown
    assert "in height, camera held level" in shown
    assert re.search(r"wall: \d\.\d\d m high", shown)
    assert "high" not in text(card(replace(answered, pins=()), "Height")).replace("height", "")


def test_the_area_of_the_floor_is_level(answered: Session) -> None:
    shown = card(replace(answered, outlines=(WALL, FLOOR)), "Area")
    assert re.search(r"\d\.\d\d m²", text(shown))
    assert re.search(r"tilt [01]°", text(shown))
    assert len(data(shown, "outlines")) == 1
    assert 'data-draws="outline"' in shown


def test_floor_and_wall_are_at_right_angles(answered: Session) -> None:
    one = text(card(replace(answered, outlines=(FLOOR,)), "Angle"))
    assert "second surface" in one
    both = text(card(replace(answered, outlines=(FLOOR, WALL)), "Angle"))
    assert re.search(r"(89|90)° between A and B", both)


@pytest.mark.parametrize("mode", MODES)
def test_what_cannot_be_measured_is_said(session: Session, mode: str) -> None:
    marked = replace(session, pins=((50, 68), (66, 68)), outlines=(FLOOR, WALL))
    assert "ask for depth first" in text(card(marked, mode))
    assert MODES[mode].how[:20] in text(card(Session(), mode))
    assert MODES[mode].how[:20] in text(card(session, mode))
