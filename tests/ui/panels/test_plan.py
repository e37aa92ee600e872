from __future__ import annotations

import re

import pytest

from tests.ui.conftest import DEPTH, NORMALS, text
from vb_demo.colors import PALETTES, Color
from vb_demo.errors import InputError
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.prompts import Entry, Legend, parse_prompt
from vb_demo.tasks import Wording
from vb_demo.ui.panels.plan import card, edited

CAT = "Look closely. Paint the cat orange, the sofa #4080c0 and the background black."


def test_a_legend_becomes_rows_with_names_and_codes() -> None:
    shown = card("paint the cat orange and the sofa #4080c0", PAPER_DIALECT)
    for field in ('value="#ffa500"', 'value="cat"', 'aria-label="Colour of cat, orange"', 'aria-label="Remove sofa"'):
        assert field in shown
    for part in ("#ffa500", "orange", "#4080c0", "background", "not said"):
        assert part in text(shown)
    assert 'aria-label="Remove background"' not in shown
    assert 'aria-label="Remove background"' in card(CAT, PAPER_DIALECT)


@pytest.mark.parametrize(
    ("do", "label", "value", "words"),
    [
        ("recolor", 1, "#ff0000", "Paint the cat red, the sofa #4080c0 and the background black."),
        ("recolor", 0, "#ffffff", "Paint the cat orange, the sofa #4080c0 and the background white."),
        ("rename", 2, "couch", "Paint the cat orange, the couch #4080c0 and the background black."),
        ("remove", 1, "", "Paint the sofa #4080c0 and the background black."),
        ("remove", 0, "", "Paint the cat orange and the sofa #4080c0."),
        ("write", 0, "hex", "The cat is #FFA500. The sofa is #4080C0. The background is #000000."),
        ("write", 0, "json", '{"cat": "#ffa500", "sofa": "#4080c0", "background": "#000000"}'),
    ],
)
def test_an_edit_rewrites_the_words(do: str, label: int, value: str, words: str) -> None:
    assert edited(CAT, do, label, value) == f"Look closely. {words}"


def test_a_thing_that_is_added_gets_a_colour_of_its_own() -> None:
    cat, sofa, lamp = parse_prompt(edited(CAT, "add", 0, "lamp")).entries
    assert lamp.name == "lamp"
    assert lamp.color not in (cat.color, sofa.color)
    assert parse_prompt(edited(" ", "add", 0, "lamp")).names == ["background", "lamp"]


@pytest.mark.parametrize("palette", PALETTES)
def test_each_shuffle_brings_other_colours_for_the_same_things(palette: str) -> None:
    once = edited(CAT, palette, 0, "")
    twice = edited(once, palette, 0, "")
    legends = [parse_prompt(words) for words in (CAT, once, twice)]
    assert len({legend.entries for legend in legends}) == 3
    assert len({tuple(legend.names) for legend in legends}) == 1


def test_colour_blind_safe_colours_leave_no_notes() -> None:
    alike = "the floor is #e0a030, the drum is violet"
    assert "look alike" in card(alike, PAPER_DIALECT)
    assert "look alike" not in card(edited(alike, "colorblind-safe", 0, ""), PAPER_DIALECT)


def test_an_edit_that_cannot_be_made_says_why() -> None:
    with pytest.raises(InputError, match="“Cat” is in the legend already"):
        edited(CAT, "rename", 2, "Cat")
    assert "no <b>room</b>" not in card(CAT, PAPER_DIALECT, "no <b>room</b>")
    assert "no &lt;b&gt;room" in card(CAT, PAPER_DIALECT, "no <b>room</b>")


def test_where_only_the_background_is_left_things_can_be_added() -> None:
    shown = card("Paint the background black.", PAPER_DIALECT)
    assert "nothing in front of it" in shown
    assert 'data-do="add"' in shown


@pytest.mark.parametrize(("words", "style"), [(CAT, "prose"), ("cat: #00ff00", "hex"), ('{"cat": "red"}', "json")])
def test_the_switch_shows_how_the_words_are_written(words: str, style: str) -> None:
    assert re.findall(r'data-value="(\w+)" aria-pressed="true"', card(words, PAPER_DIALECT)) == [style]


def test_warnings_are_shown() -> None:
    assert 'class="vb-warning"' in card("the cat is #ff0000, the dog is #fe0000", PAPER_DIALECT)


def test_words_that_cannot_be_read_are_marked() -> None:
    shown = card("mumble mumble", PAPER_DIALECT)
    assert "<mark>mumble mumble</mark>" in shown
    assert "has no colour" in shown
    assert 'data-select="0 13"' in shown


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", 'the <img src=x onerror="x()"> is red'])
def test_typed_markup_stays_text(words: str) -> None:
    shown = card(words, PAPER_DIALECT)
    assert "<script" not in shown
    assert "<img" not in shown


def test_a_name_cannot_leave_its_field() -> None:
    name = '" onfocus="x()'
    shown = card(Legend((Entry(name, Color(255, 0, 0)),)).to_json(), PAPER_DIALECT)
    assert "onfocus" in shown
    assert 'onfocus="' not in shown


def test_the_depth_plan_is_the_walk_with_its_metres() -> None:
    shown = card(DEPTH, PAPER_DIALECT)
    assert "#000000,#ff0000,#ffff00,#00ff00,#00ffff,#0000ff,#ff00ff,#ffffff" in shown
    assert re.findall(r"<span>(.*?)</span>", shown) == ["0", "0.8", "1.8", "3.2", "5.3", "8.7", "16", "∞"]


def test_the_plan_for_another_ramp_shows_its_colours() -> None:
    shown = card("Near is white, far is black.", PAPER_DIALECT)
    assert "90deg,#ffffff,#000000)" in shown
    assert re.findall(r"<span>(.*?)</span>", shown) == ["0", "1.5", "4.1", "10", "∞"]


def test_relative_depth_promises_no_metres() -> None:
    dialect = {"depth": Wording("near is bright", "inverse-grey")}
    assert "no metres" in card("near is bright", dialect)


def test_the_normals_plan_shows_the_paper_colours() -> None:
    shown = text(card(NORMALS, PAPER_DIALECT))
    assert re.search(r"faces left\s+#ff8080", shown)
    assert re.search(r"faces up\s+#80ff80", shown)
    assert re.search(r"faces towards you\s+#8080ff", shown)


def test_the_plan_for_things_names_their_kind() -> None:
    shown = text(card("Each ball is colored differently. Background is white.", PAPER_DIALECT))
    assert "ball" in shown
    assert "#ffffff" in shown


def test_an_empty_prompt_gets_a_hint() -> None:
    assert "give things colours" in card("  ", PAPER_DIALECT)
