from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, NORMALS, asked, reel_of, text
from vb_demo.ui.panels.reel import SIDE, card, film_card, numbered, outdated, zip_card
from vb_demo.ui.reel import Reel
from vb_demo.ui.session import Session


def test_frames_are_numbered_buttons_and_the_one_on_screen_is_marked(tmp_path: Path, painter: Painter) -> None:
    assert "Allowed are photos" in text(card(Session(), Reel()))
    reel = reel_of(tmp_path, 3)
    reel.take(0, asked(reel.sessions[0], painter, DEPTH))
    shown = card(reel.sessions[1], reel)
    assert re.findall(r'data-frame="(\d)" aria-current="(\w+)"', shown) == [
        ("0", "false"),
        ("1", "true"),
        ("2", "false"),
    ]
    assert re.findall(r'aria-label="([^"]+)"', shown) == [
        "1, 0.png: Depth",
        "2, 1.png: nothing asked yet",
        "3, 2.png: nothing asked yet",
    ]
    assert shown.count("<img") == 4
    assert len(shown) < 3 * 8 * SIDE**2 // 10


def test_names_of_files_are_not_believed(tmp_path: Path) -> None:
    Image.new("RGB", (20, 16)).save(tmp_path / "a'b\"><b>.png")
    reel = Reel()
    reel.open([tmp_path / "a'b\"><b>.png"])
    assert "<b>" not in card(Session(), reel)


@pytest.mark.parametrize("sent", [None, {}, {"number": -1}, {"number": 3}, {"number": "0"}, [0]])
def test_what_a_browser_sends_is_not_believed(sent: Any) -> None:
    with pytest.raises(ValueError, match="There is no frame"):
        numbered(sent, 3)
    assert numbered({"number": 2}, 3) == 2


def test_the_film_is_a_file_to_look_at_and_to_keep(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 2)
    reel.take(0, asked(reel.sessions[0], painter, DEPTH))
    shown = film_card(reel, replace(reel.sessions[0]))
    source, link = re.search(r'<img src="([^"]+)"', shown), re.search(r'href="([^"]+)" download="film.webp"', shown)
    assert source is not None
    assert link is not None
    assert source[1] == link[1]
    with Image.open(unquote(source[1].partition("file=")[2])) as film:
        assert film.format == "WEBP"


def test_all_frames_that_have_an_answer_can_be_kept(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 3)
    assert zip_card(reel.sessions[0], reel) == ("", None)
    # What is on screen counts as it is there, before it is put back into the row.
    link, offer = zip_card(asked(reel.sessions[1], painter, DEPTH), reel)
    assert offer is not None
    assert list(offer.scenes) == [2]
    assert f'href="{offer.url("vb_demo_frames.zip")}"' in link
    assert "1 of 3 answered" in link


def test_a_film_goes_when_other_answers_land(tmp_path: Path, painter: Painter) -> None:
    reel = reel_of(tmp_path, 2)
    first = asked(reel.sessions[0], painter, DEPTH)
    reel.take(1, first)
    played = reel.answers
    reel.take(0, replace(reel.sessions[1], pins=((1, 2),)))  # looking at others changes nothing
    assert outdated(first, reel, played) != ""
    reel.take(1, asked(first, painter, NORMALS))
    assert outdated(first, reel, played) == ""
