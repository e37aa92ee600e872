from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, LEGEND, asked
from vb_demo.answers import Calibration, SegmentMap
from vb_demo.ui.panels import pictures
from vb_demo.ui.panels.photo import preview
from vb_demo.ui.panels.pictures import LAYERS, decoded_file, painting_file, put_outline, put_pin
from vb_demo.ui.session import Session, with_scale


def opened(path: str | None) -> Image.Image:
    assert path is not None
    return Image.open(path)


def test_pictures_have_one_size_and_the_painting_keeps_its_colours(session: Session, painter: Painter) -> None:
    session = asked(session, painter, LEGEND)
    assert session.scene is not None
    assert isinstance(session.answer, SegmentMap)
    shown = opened(painting_file(session))
    np.testing.assert_array_equal(np.asarray(shown), session.answer.painting)
    assert {opened(decoded_file(session, layer)).size for layer in LAYERS} == {shown.size}


def test_before_the_first_answer_the_photo_is_on_screen(session: Session) -> None:
    assert painting_file(session) is None
    assert decoded_file(session, "Answer") == preview(session)


def test_a_click_pins_a_pixel_and_a_line_outlines(session: Session) -> None:
    def sent(*places: tuple[float, float]) -> dict[str, Any]:
        return {"places": [list(place) for place in places]}

    assert put_pin(session, sent((0.5, 0.999))).pins == ((48, 71),)
    assert put_pin(session, sent()) is session
    assert put_outline(session, sent((0, 0), (0.5, 0), (0, 0.5))).outlines == (((0, 0), (48, 0), (0, 36)),)
    assert put_pin(Session(), sent((0, 0))).pins == ()


def test_what_is_for_people_is_sent_small(session: Session, painter: Painter) -> None:
    session = asked(session, painter, LEGEND)
    assert {Path(decoded_file(session, layer) or "").suffix for layer in LAYERS} == {".jpeg"}
    assert Path(decoded_file(asked(session, painter, DEPTH), "Answer") or "").suffix == ".jpeg"
    assert decoded_file(Session(), "Answer") is None
    assert painting_file(Session()) is None


def test_another_scale_packs_no_painting_again(answered: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session = replace(answered, shown="depth")
    before = painting_file(session), decoded_file(session, "Answer")
    made: list[Image.Image] = []
    monkeypatch.setattr(pictures, "packed", lambda picture, **options: made.append(picture) or ("png", b"new"))
    scaled = with_scale(session, Calibration(2.0, kind="metric"))
    assert painting_file(scaled) == before[0]
    assert not made
    assert decoded_file(scaled, "Answer") != before[1]
    assert len(made) == 1
