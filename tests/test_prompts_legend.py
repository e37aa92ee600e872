from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.prompts import MAX_ENTRIES, TOO_CLOSE, Entry, Legend

RED, GREEN, BLUE, WHITE = Color(255, 0, 0), Color(0, 128, 0), Color(0, 0, 255), Color(255, 255, 255)
PETS = Legend((Entry("cat", RED), Entry("dog", BLUE)), WHITE, style="json")


def test_a_thing_is_added_behind_the_others() -> None:
    assert PETS.with_entry("the  cow", GREEN) == Legend((*PETS.entries, Entry("cow", GREEN)), WHITE)


@given(st.integers(0, 15))
def test_a_thing_without_a_color_gets_one_far_from_the_others(count: int) -> None:
    legend = Legend((), Color(255, 165, 0))
    for index in range(count):
        legend = legend.with_entry(f"thing {index}")
    assert legend.warnings == ()
    assert len(legend.entries) == count


def test_a_thing_is_taken_out() -> None:
    assert PETS.without(1) == Legend((Entry("dog", BLUE),), WHITE)
    assert PETS.without(2) == Legend((Entry("cat", RED),), WHITE)
    assert PETS.without(0) == PETS.with_background(None) == Legend(PETS.entries)


def test_a_thing_is_renamed() -> None:
    assert PETS.renamed(2, "a wolf") == Legend((Entry("cat", RED), Entry("wolf", BLUE)), WHITE)
    assert PETS.renamed(1, "Cat").names == ["background", "Cat", "dog"]


def test_a_thing_or_the_background_is_recolored() -> None:
    assert PETS.recolored(1, GREEN) == Legend((Entry("cat", GREEN), Entry("dog", BLUE)), WHITE)
    assert PETS.recolored(0, GREEN) == PETS.with_background(GREEN) == Legend(PETS.entries, GREEN)


def test_labels_are_rows_of_the_colors() -> None:
    changed = PETS.recolored(2, GREEN)
    assert changed.colors[2].tolist() == list(GREEN)
    assert changed.names[2] == "dog"


def test_a_change_keeps_the_style_and_warns_afresh() -> None:
    read = Legend(PETS.entries, WHITE, ("“cat” is named twice.",), "json")
    assert read.recolored(1, GREEN).warnings == ()
    assert read.recolored(1, GREEN).style == "json"
    assert "have the same colour" in read.recolored(1, BLUE).warnings[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda legend: legend.with_entry("the Cat"), "“Cat” is in the legend already"),
        (lambda legend: legend.with_entry(" "), "is empty"),
        (lambda legend: legend.with_entry("everything else"), "means the background"),
        (lambda legend: legend.renamed(1, "dog"), "“dog” is in the legend already"),
        (lambda legend: legend.renamed(0, "sky"), "background cannot have another name"),
        (lambda legend: legend.without(3), "to 2, but not 3"),
        (lambda legend: legend.recolored(-1, RED), "but not -1"),
        (lambda legend: legend.recolored(1, (0, 0, 256)), "0 to 255"),
        (lambda legend: legend.with_background((0, 0, 256)), "0 to 255"),
    ],
)
def test_changes_that_cannot_be(change: Callable[[Legend], Legend], message: str) -> None:
    with pytest.raises(InputError, match=message):
        change(PETS)


def test_a_legend_has_a_most_of_names() -> None:
    full = Legend(tuple(Entry(f"w{index}", Color(index, 0, 0)) for index in range(MAX_ENTRIES)))
    with pytest.raises(InputError, match="at most 255"):
        full.with_entry("one more")
    with pytest.raises(InputError, match="0 to 24"):
        full.shuffled(0, "colorblind-safe")
    assert len(full.shuffled(0).entries) == MAX_ENTRIES


@pytest.mark.parametrize("palette", ["distinct", "colorblind-safe"])
@given(seed=st.integers(0, 2**32 - 1))
def test_shuffled_colors_are_distinct_and_the_same_for_a_seed(palette: str, seed: int) -> None:
    shuffled = PETS.shuffled(seed, palette)
    assert shuffled == PETS.shuffled(seed, palette)
    assert shuffled.names == PETS.names
    assert shuffled.background == WHITE
    assert shuffled.warnings == ()


@pytest.mark.parametrize("background", [None, WHITE, Color(128, 128, 128)])
def test_the_safe_palette_leaves_nothing_to_note(background: Color | None) -> None:
    legend = Legend(tuple(Entry(f"thing {index}", RED) for index in range(24)), background)
    shuffled = legend.shuffled(1, "colorblind-safe")
    assert shuffled.warnings == shuffled.notes == ()


def test_notes_tell_who_confuses_which_things() -> None:
    plants = Legend((Entry("leaf", Color(0, 255, 0)), Entry("sky", BLUE)), Color(255, 255, 0))
    assert plants.warnings == ()
    assert plants.notes == ("“leaf” and “background” look alike to people with protanopia.",)
    assert PETS.notes == Legend(()).notes == ()


def test_what_looks_alike_to_all_is_no_note() -> None:
    assert Legend((Entry("cat", RED), Entry("dog", Color(250, 0, 0)))).notes == ()


@pytest.mark.parametrize(("distance", "warns"), [(TOO_CLOSE - 1, True), (TOO_CLOSE, False)])
def test_warns_of_colors_that_a_decoder_mixes_up(distance: float, warns: bool) -> None:
    legend = Legend((), Color(0, 0, 0)).with_entry("cat", Color(round(distance), 0, 0))
    assert bool(legend.warnings) == warns
