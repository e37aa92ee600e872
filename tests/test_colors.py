from __future__ import annotations

import copy
import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from vb_demo.colors import (
    COLOR_NAMES,
    COLORBLIND_SAFE,
    Color,
    ColorError,
    color_at,
    distance,
    distinct_colors,
    lab,
    suggest_color_name,
)
from vb_demo.errors import InputError

CHANNEL = st.integers(0, 255)
COLORS = st.builds(Color, CHANNEL, CHANNEL, CHANNEL)


def test_a_color_is_its_tuple() -> None:
    orange = Color(255, 165, 0)
    assert orange == (255, 165, 0)
    assert {(255, 165, 0): "found"}[orange] == "found"
    assert orange.rgb == (255, 165, 0)
    assert repr(orange) == "Color(255, 165, 0)"
    assert Color(np.uint8(255), np.int64(165), 0) == orange
    assert np.array([orange], np.uint8).tolist() == [[255, 165, 0]]


@pytest.mark.parametrize("numbers", [(256, 0, 0), (0, -1, 0), (0.5, 0, 0), ("1", 2, 3)])
def test_a_color_has_whole_numbers_up_to_255(numbers: tuple) -> None:
    with pytest.raises(InputError, match="0 to 255"):
        Color(*numbers)


@given(COLORS)
def test_colors_survive_copies_and_hex(color: Color) -> None:
    for other in (copy.deepcopy(color), pickle.loads(pickle.dumps(color)), Color.from_hex(color.hex)):
        assert other == color
        assert type(other) is Color


@given(COLORS)
def test_names_lead_back(color: Color) -> None:
    assert Color.from_name(color.name) in COLOR_NAMES.values()
    if color.exact_name is not None:
        assert Color.from_name(color.exact_name) == color


def test_every_css_name_is_known_with_its_css_value() -> None:
    for name in ImageColor.colormap:
        assert COLOR_NAMES[name] == ImageColor.getrgb(name)[:3]


@pytest.mark.parametrize(
    ("written", "rgb"),
    [
        ("#80C000", (128, 192, 0)),
        ("80C000", (128, 192, 0)),
        ("#8c0", (136, 204, 0)),
        ("#ff000080", (255, 0, 0)),
        ("hex 80C000", (128, 192, 0)),
        ("0x80c000", (128, 192, 0)),
        ("orange", (255, 165, 0)),
        ("GREEN", (0, 128, 0)),
        ("Light Purple", (192, 128, 192)),
        ("dark teal", (0, 70, 70)),
        ("sky blue", (135, 206, 235)),
        ("sky-blue", (135, 206, 235)),
        ("light  goldenrod yellow", (250, 250, 210)),
        ("pale yellow", (255, 255, 166)),
        ("grey", (128, 128, 128)),
        ("dark slate grey", (47, 79, 79)),
        ("reddish brown", (127, 43, 10)),
        ("bluish green", (0, 85, 85)),
        ("neon red", (255, 0, 0)),
        ("“red”", (255, 0, 0)),
        ("rgb(1, 2, 3)", (1, 2, 3)),
        ("RGBA(1, 2, 3, 0.5)", (1, 2, 3)),
        ("rgb(1 2 3 / 50%)", (1, 2, 3)),
        ("rgb(100%, 0%, 50%)", (255, 0, 128)),
        ("hsl(120, 100%, 50%)", (0, 255, 0)),
        ("hsv(240, 100, 100)", (0, 0, 255)),
        ("RGB 255 0 0", (255, 0, 0)),
        ("rgb: 255, 0, 0", (255, 0, 0)),
        ("(255, 192, 128)", (255, 192, 128)),
        ("<255,0,0>", (255, 0, 0)),
        ("[255; 0; 0]", (255, 0, 0)),
        ("255, 0, 0", (255, 0, 0)),
        ("(0.5, 0.2, 0.1)", (128, 51, 26)),
        ("(1, 0, 0)", (1, 0, 0)),
        ("(1.0, 0, 0)", (255, 0, 0)),
    ],
)
def test_ways_to_write(written: str, rgb: tuple[int, int, int]) -> None:
    assert Color.parse(written) == rgb


@pytest.mark.parametrize(
    "written", ["", "#12", "#12345", "blurgh", "(300, 0, 0)", "(-1, 0, 0)", "hsl(0, 101%, 0%)", "red!"]
)
def test_what_is_no_color(written: str) -> None:
    with pytest.raises(InputError):
        Color.parse(written)


def test_a_misspelt_color_gets_a_hint() -> None:
    with pytest.raises(InputError, match="did you mean “purple”"):
        Color.parse("purpel")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("red chair", 3),
        ("light blue sky", 10),
        ("dark red.", 8),
        ("reds", None),
        ("red-brick", None),
        ("red's", None),
        ("chair", None),
        ("(255, 0, 0) there", 11),
        ("#ff0000x", None),
        ("255 0 0 7", None),
        ("300 0 0", None),
    ],
)
def test_a_color_in_a_text_ends_where_it_ends(text: str, end: int | None) -> None:
    found = color_at(text, 0)
    assert (found and found.end) == end


def test_a_color_out_of_range_is_pointed_at() -> None:
    with pytest.raises(ColorError, match="0 to 255") as caught:
        color_at("cat (300, 0, 0)", 4)
    assert caught.value.span == (4, 15)


@pytest.mark.parametrize(
    ("word", "name"),
    [("purpel", "purple"), ("light gren", "light green"), ("Organge", "orange"), ("xyzzy", None), ("", None)],
)
def test_suggestions(word: str, name: str | None) -> None:
    assert suggest_color_name(word) == name


@given(st.text(max_size=30))
def test_a_suggestion_is_a_name(word: str) -> None:
    assert suggest_color_name(word) in {None, *COLOR_NAMES}


def test_lab_of_known_colors() -> None:
    # As skimage.color.rgb2lab has them.
    np.testing.assert_allclose(lab([(255, 255, 255), (255, 0, 0)]), [[100, 0, 0], [53.24, 80.09, 67.20]], atol=0.05)


@given(COLORS, COLORS)
def test_distance_is_symmetric_and_zero_only_for_equals(a: Color, b: Color) -> None:
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert (distance(a, b) == 0) == (a == b)


def test_distance_orders_as_eyes_do() -> None:
    assert distance((0, 0, 0), (255, 255, 255)) == pytest.approx(100, abs=0.1)
    assert distance(COLOR_NAMES["red"], COLOR_NAMES["crimson"]) < distance(COLOR_NAMES["red"], COLOR_NAMES["blue"])


def test_dark_colors_ask_for_white_text() -> None:
    assert [Color.from_name(name).is_dark for name in ("black", "navy", "red", "yellow", "white")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def _least_distance(colors: list[Color]) -> float:
    return min(float(np.linalg.norm(np.subtract(a, b))) for a, b in itertools.combinations(colors, 2))


def test_the_first_distinct_colors_are_saturated_and_have_names() -> None:
    twelve = distinct_colors(12)
    assert [color.exact_name for color in twelve[:3]] == ["red", "blue", "yellow"]
    assert all(color.exact_name for color in twelve)
    assert _least_distance([*twelve, Color(0, 0, 0), Color(255, 255, 255)]) > 100
    assert distinct_colors(5) == twelve[:5]


@pytest.mark.parametrize(("count", "least"), [(24, 85), (40, 60), (150, 40)])
def test_many_distinct_colors_stay_apart(count: int, least: float) -> None:
    colors = distinct_colors(count)
    assert len(set(colors)) == count
    assert _least_distance(colors) > least


@given(st.lists(COLORS, max_size=4), st.integers(0, 12))
def test_avoided_colors_are_avoided(avoid: list[Color], count: int) -> None:
    for color in distinct_colors(count, avoid=avoid):
        assert all(np.linalg.norm(np.subtract(color, other)) > 60 for other in avoid)


@given(st.integers(0, 2**32 - 1), st.integers(2, 24))
def test_a_seed_gives_one_random_legend(seed: int, count: int) -> None:
    colors = distinct_colors(count, seed=seed)
    assert colors == distinct_colors(count, seed=seed)
    assert len(colors) == count
    assert _least_distance(colors) > 50


def test_seeds_differ() -> None:
    assert len({tuple(distinct_colors(3, seed=seed)) for seed in range(20)}) > 15


@pytest.mark.parametrize("count", [-1, 1001])
def test_the_number_of_distinct_colors_is_limited(count: int) -> None:
    with pytest.raises(InputError, match="0 to 1000"):
        distinct_colors(count)


def test_colorblind_safe_colors_are_distinct() -> None:
    assert len(COLORBLIND_SAFE) == 8
    assert _least_distance(list(COLORBLIND_SAFE)) > 60
