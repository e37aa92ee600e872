from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from tests.conftest import Painter as PaintingWorld
from tests.conftest import World
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.images import open_photo
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS, Wording
from vb_demo.ui import cards, handlers
from vb_demo.ui.handlers import Session

DEPTH = TASKS["depth"].wording.words
LEGEND = "The floor is orange. The wall is #4080c0. The background is black."


@pytest.fixture
def session(world: World, painter: PaintingWorld) -> Session:
    session = Session(Scene(world.photo), original_size=world.photo.size)
    for words in (DEPTH, TASKS["normals"].wording.words, LEGEND):
        session = handlers.with_answer(session, handlers.ask(session, words, painter))
    return session


def text(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html))


def test_a_legend_becomes_swatches_with_names_and_codes() -> None:
    shown = cards.plan("paint the cat orange and the sofa #4080c0", PAPER_DIALECT)
    assert 'style="background:#ffa500"' in shown
    for part in ("cat", "#ffa500", "orange", "sofa", "#4080c0", "background", "not said"):
        assert part in text(shown)


def test_warnings_are_shown() -> None:
    assert 'class="vb-warning"' in cards.plan("the cat is #ff0000, the dog is #fe0000", PAPER_DIALECT)


def test_words_that_cannot_be_read_are_marked() -> None:
    shown = cards.plan("mumble mumble", PAPER_DIALECT)
    assert "<mark>mumble mumble</mark>" in shown
    assert "has no colour" in shown


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", 'the <img src=x onerror="x()"> is red'])
def test_typed_markup_stays_text(words: str) -> None:
    shown = cards.plan(words, PAPER_DIALECT)
    assert "<script" not in shown
    assert "<img" not in shown


def test_the_depth_plan_is_the_walk_with_its_metres() -> None:
    shown = cards.plan(DEPTH, PAPER_DIALECT)
    assert "#000000,#ff0000,#ffff00,#00ff00,#00ffff,#0000ff,#ff00ff,#ffffff" in shown
    assert re.findall(r"<span>(.*?)</span>", shown) == ["0", "0.8", "1.8", "3.2", "5.3", "8.7", "16", "∞"]


def test_relative_depth_promises_no_metres() -> None:
    dialect = {"depth": Wording("near is bright", "inverse-grey")}
    assert "no metres" in cards.plan("near is bright", dialect)


def test_the_normals_plan_shows_the_paper_colours() -> None:
    shown = text(cards.plan(TASKS["normals"].wording.words, PAPER_DIALECT))
    assert re.search(r"faces left\s+#ff8080", shown)
    assert re.search(r"faces up\s+#80ff80", shown)
    assert re.search(r"faces towards you\s+#8080ff", shown)


def test_the_plan_for_things_names_their_kind() -> None:
    shown = text(cards.plan("Each ball is colored differently. Background is white.", PAPER_DIALECT))
    assert "ball" in shown
    assert "#ffffff" in shown


def test_an_empty_prompt_gets_a_hint() -> None:
    assert "give things colours" in cards.plan("  ", PAPER_DIALECT)


def test_the_readout_tells_metres_name_direction_place_and_reliability(session: Session) -> None:
    shown = cards.readout(replace(session, pins=((50, 68),)))
    for part in ("2.53 m", "floor", "faces up", "(50, 68)", "100%", "ahead"):
        assert part in text(shown)
    places = re.search(r'data-pins="([^"]*)"', shown)
    assert places is not None
    assert json.loads(unescape(places[1])) == [[pytest.approx(50.5 / 96), pytest.approx(68.5 / 72)]]


def test_two_pins_are_a_distance_with_its_range_and_camera(session: Session) -> None:
    assert session.scene is not None
    pins = ((50, 68), (66, 68))
    shown = text(cards.readout(replace(session, pins=pins)))
    measured = session.scene.distance_between(*pins)
    assert f"{measured.value:.2f} m  apart" in shown
    assert f"{measured.low:.2f} to {measured.high:.2f} m, camera user" in shown


def test_the_sky_is_no_number(session: Session) -> None:
    shown = text(cards.readout(replace(session, pins=((48, 2), (50, 68)))))
    assert "sky" in shown
    assert "inf" not in shown
    assert "apart" not in shown


def test_without_pins_the_page_says_what_a_click_does(session: Session) -> None:
    assert "Click either picture" in cards.readout(session)
    assert 'data-pins="[]"' in cards.readout(Session())


def test_the_status_says_who_painted(session: Session) -> None:
    assert "Segments painted by painter" in re.sub(r"\s+", " ", text(cards.status(session))).strip()
    assert "Add a photo" in cards.status(Session())


def test_the_camera_is_never_silent(session: Session) -> None:
    assert "(user)" in cards.camera(session)
    photo = open_photo(session.scene.photo.pixels)  # type: ignore[union-attr]
    assert "assumed" in cards.camera(Session(Scene(photo), original_size=photo.size))
    assert "4000 × 3000" in cards.camera(replace(session, original_size=(4000, 3000)))


def test_objects_have_a_row_each(session: Session) -> None:
    shown = cards.objects(session)
    rows = [re.findall(r"<td.*?>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", shown)[1:]]
    assert [text(row[0]).strip() for row in rows] == ["floor", "wall"]
    assert all(float(length) > 0 for length in rows[0][3:7])
    assert rows[0][7] == "faces up"
    assert "Objects come from Segment" in cards.objects(Session())
