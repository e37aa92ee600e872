from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, LEGEND, asked
from vb_demo.answers import Calibration
from vb_demo.ui.panels import compare
from vb_demo.ui.panels.compare import card, choices, chosen
from vb_demo.ui.session import Session, with_scale


def test_what_colours_stand_for_is_told_once(answered: Session) -> None:
    html = card(answered, "Photo", "Depth: decoded")
    assert html.count('class="vb-key"') == 1
    assert "along the camera’s axis" in html
    assert card(answered, "Depth: decoded", "Depth: decoded").count('class="vb-key"') == 1
    assert card(answered, "Depth: decoded", "Normals: decoded").count('class="vb-key"') == 2


def test_what_was_chosen_stays_as_long_as_it_is_there(session: Session, painter: Painter) -> None:
    assert chosen(session, "Photo", "Photo") == ("Photo", "Photo")
    assert chosen(asked(session, painter, DEPTH), "Photo", "Photo") == ("Photo", "Depth: decoded")
    both = asked(session, painter, DEPTH, LEGEND)
    assert chosen(both, "Photo", "Depth: painting") == ("Photo", "Depth: painting")
    assert chosen(both, "Agreement", "Normals: decoded") == ("Photo", "Segments: overlay")


def test_painted_colours_reach_the_page_unchanged(session: Session, painter: Painter) -> None:
    session = asked(session, painter, LEGEND)
    assert session.answer is not None
    shown = card(session, "Photo", "Segments: painting")
    kinds = re.findall(r'src="data:image/(\w+);base64,([^"]+)"', shown)
    assert [kind for kind, _ in kinds] == ["jpeg", "png"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(kinds[1][1]))))
    np.testing.assert_array_equal(picture, session.answer.painting)


@pytest.mark.parametrize("part", ['type="range"', 'aria-label="How much of Photo', 'alt="Depth: decoded"'])
def test_the_slider_is_for_everybody(answered: Session, part: str) -> None:
    assert part in card(answered, "Photo", "Depth: decoded")


def test_without_a_photo_there_is_a_hint() -> None:
    assert "no photo yet" in card(Session(), "Photo", "Photo")


def test_new_layers_leave_a_choice_alone(answered: Session) -> None:
    left, right = choices(answered, "Photo", "Depth: reliability")
    assert "Agreement" in [name for name, _ in left.choices]
    assert [each.constructor_args.keys() for each in (left, right)] == [{"choices"}] * 2
    assert choices(answered, "Photo", "Photo")[1].value == "Segments: overlay"


def test_a_layer_is_made_into_a_picture_once(answered: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Image.Image] = []
    monkeypatch.setattr(compare, "data_address", lambda picture, **options: made.append(picture) or "data:,")
    scaled = with_scale(answered, Calibration(2.0, kind="metric"))
    card(scaled, "Photo", "Depth: decoded")
    made.clear()
    card(scaled, "Photo", "Depth: decoded")
    assert not made
    again = with_scale(answered, Calibration(3.0, kind="metric"))
    card(again, "Photo", "Depth: painting")
    made.clear()
    card(with_scale(answered, None), "Photo", "Depth: painting")
    assert not made, "neither changes with the scale"
    card(again, "Photo", "Depth: decoded")
    assert len(made) == 1
