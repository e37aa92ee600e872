from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.colors import Color
from vb_demo.prompts import Entry, Legend, PromptError, Style, detect_style, parse_prompt, rewritten

CAT = Legend((Entry("cat", Color(255, 0, 0)),))
TASK = "Generate a semantic segmentation visualization of the input."


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("the cat red, the dog #00f", "prose"),
        ("The cat is #FF0000.", "hex"),
        ('see {"cat": "#f00"}', "json"),
        (' {"cat": ', "json"),
        ("the cat is", "prose"),
        ("", "prose"),
    ],
)
def test_detects_the_style(text: str, style: Style) -> None:
    assert detect_style(text) == style


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("cat blue", None, "Paint the cat red."),
        ("cat #00f", None, "The cat is #FF0000."),
        ('{"cat": "blue"}', None, '{"cat": "#ff0000"}'),
        ("cat blue", "json", '{"cat": "#ff0000"}'),
        ("", "hex", "The cat is #FF0000."),
        ("paint the", None, "Paint the cat red."),
        # What opens the text stays.
        (f"{TASK} The menu is #80C000.", None, f"{TASK} The cat is #FF0000."),
        (f"{TASK} The menu is #80C000.", "prose", f"{TASK} Paint the cat red."),
        (f'{TASK[:-1]}, using this color mapping: {{"menu": "blue"}}.', None,
         f'{TASK[:-1]}, using this color mapping: {{"cat": "#ff0000"}}'),
        ("Use these colors:\n- dog: blue\n- cow: red", None, "Use these colors: Paint the cat red."),
        ("A segmentation mask\nthe dog blue", None, "A segmentation mask\nPaint the cat red."),
        ("Hello there! Segment the cow and the dog. Use green and blue.", None, "Hello there! Paint the cat red."),
        ("Hello there! Segment the cow and the dog.", None, "Hello there! Paint the cat red."),
        ("Each ball gets its own color. The background is white.", None,
         "Each ball gets its own color. Paint the cat red."),
        # A single word before a map is none of its own.
        ('Paint {"dog": "blue"}, please.', None, '{"cat": "#ff0000"}'),
        # Already said.
        ("please make the cat red, ok?", None, "please make the cat red, ok?"),
        ("please make the cat red, ok?", "prose", "please make the cat red, ok?"),
    ],
)  # fmt: skip
def test_rewrites(text: str, style: Style | None, expected: str) -> None:
    assert rewritten(text, CAT, style) == expected
    assert rewritten(expected, CAT, style) == expected


def test_an_opening_that_would_change_the_meaning_goes() -> None:
    text = "Segment: 1. cat (red) 2. dog (blue)"
    legend = parse_prompt(text).without(2)
    assert parse_prompt(rewritten(text, legend)) == legend


def test_an_empty_legend_leaves_the_opening() -> None:
    assert rewritten(f"{TASK} The cat is red.", Legend(())) == TASK
    assert rewritten("The cat is red.", Legend(())) == ""


PIECES = ["the cat", "red", " is ", ". ", ", ", "{", "}", '"dog"', ": ", "#00ff00", "\n", "- ", "Segment", "each",
          "different color", "depth", "background", " and ", "Use these colors", "for", "not"]  # fmt: skip
NAMES = st.sampled_from(["cat", "red chair", "Berlin", '5" pipe', "cat, dog", "猫", "near", "it"])
COLORS = st.builds(Color, *[st.integers(0, 255)] * 3)
ENTRIES = st.lists(st.builds(Entry, NAMES, COLORS), max_size=4, unique_by=lambda entry: entry.name)
LEGENDS = st.builds(Legend, ENTRIES.map(tuple), st.none() | COLORS).filter(lambda legend: legend.given)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=15).map("".join) | LEGENDS.map(Legend.to_json) | st.just(TASK)


@given(TEXTS, LEGENDS, st.lists(st.sampled_from([None, "prose", "hex", "json"]), min_size=1, max_size=4))
def test_a_rewritten_text_says_the_legend(text: str, legend: Legend, styles: list[Style | None]) -> None:
    for style in styles:
        text = rewritten(text, legend, style)
        assert parse_prompt(text) == legend


@given(TEXTS)
def test_a_text_stays_that_says_its_own_legend(text: str) -> None:
    try:
        legend = parse_prompt(text)
    except PromptError:
        return
    assert rewritten(text, legend) == text
