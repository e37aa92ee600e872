from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, LEGEND, asked
from vb_demo.answers import SegmentMap
from vb_demo.ui.panels.pictures import LAYERS, decoded, decoded_file, painting, painting_file, put_outline, put_pin
from vb_demo.ui.session import Session


def test_pictures_have_one_size_and_the_painting_keeps_its_colours(session: Session, painter: Painter) -> None:
    session = asked(session, painter, LEGEND)
    assert session.scene is not None
    shown = painting(session)
    assert shown is not None
    assert isinstance(session.answer, SegmentMap)
    np.testing.assert_array_equal(np.asarray(shown), session.answer.painting)
    for layer in LAYERS:
        picture = decoded(session, layer)
        assert picture is not None
        assert picture.size == shown.size


def test_before_the_first_answer_the_photo_is_on_screen(session: Session) -> None:
    assert painting(session) is None
    assert decoded(session, "Answer") is not None
    assert decoded(Session(), "Answer") is None


def test_a_click_pins_a_pixel_and_a_line_outlines(session: Session) -> None:
    def sent(*places: tuple[float, float]) -> dict[str, Any]:
        return {"places": [list(place) for place in places]}

    assert put_pin(session, sent((0.5, 0.999))).pins == ((48, 71),)
    assert put_pin(session, sent()) is session
    assert put_outline(session, sent((0, 0), (0.5, 0), (0, 0.5))).outlines == (((0, 0), (48, 0), (0, 36)),)
    assert put_pin(Session(), sent((0, 0))).pins == ()


def test_files_hold_the_painted_colours_and_what_is_for_people_is_sent_small(
    session: Session, painter: Painter
) -> None:
    session = asked(session, painter, LEGEND)
    painted = painting_file(session)
    assert painted is not None
    np.testing.assert_array_equal(np.asarray(Image.open(painted)), session.answer.painting)  # type: ignore[union-attr]
    assert {Path(decoded_file(session, layer) or "").suffix for layer in LAYERS} == {".jpeg"}
    assert Path(decoded_file(asked(session, painter, DEPTH), "Answer") or "").suffix == ".jpeg"
    assert decoded_file(Session(), "Answer") is None
    assert painting_file(session) == painted
    assert painting_file(Session()) is None
