from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.conftest import Painter
from tests.ui.conftest import LEGEND, asked, text
from vb_demo.ui.panels.objects import card, pin_object
from vb_demo.ui.session import Session


def test_objects_have_a_row_each(answered: Session) -> None:
    shown = card(answered)
    rows = [re.findall(r"<td.*?>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", shown)[1:]]
    assert [text(row[0]).strip() for row in rows] == ["floor", "wall"]
    assert all(float(length) > 0 for length in rows[0][3:7])
    assert rows[0][7] == "faces up"
    assert "Objects come from Segment" in card(Session())


def test_what_was_not_found_is_told_below(session: Session, answered: Session, painter: Painter) -> None:
    there = card(asked(session, painter, f"{LEGEND} The dog is red. The sign is green."))
    assert text(there).rstrip().endswith("Not found, or on less than 0.1% of the photo: dog, sign.")
    assert "Not found" not in card(answered)
    nothing = card(asked(session, painter, "The dog is red. The background is black."))
    assert text(nothing).strip() == "Not found, or on less than 0.1% of the photo: dog."


def test_a_name_pins_the_middle_of_its_object(answered: Session) -> None:
    assert answered.scene is not None
    assert answered.scene.segments is not None
    pinned = pin_object(answered, {"name": "wall"})
    [(x, y)] = pinned.pins
    assert answered.scene.segments.legend.names[answered.scene.segments.labels[y, x]] == "wall"
    assert pin_object(answered, {"name": "unicorn"}) is answered
    assert pin_object(Session(), {"name": "wall"}).pins == ()


@pytest.mark.parametrize(
    ("source", "said"), [("EXIF", "from EXIF"), ("user", "from the slider"), ("assumed", "assumed")]
)
def test_the_table_tells_where_its_camera_comes_from(answered: Session, source: str, said: str) -> None:
    assert answered.scene is not None
    photo = answered.scene.photo
    seen = replace(answered.scene, photo=replace(photo, camera=replace(photo.camera, source=source)))
    assert f"Camera {said}; metres depend on it. " in text(card(replace(answered, scene=seen)))
