from __future__ import annotations

import copy
import itertools
import pickle

import numpy as np
import pytest
from daltonlens import simulate as daltonlens
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from vb_demo.colors import (
    COLOR_NAMES,
    DEFICIENCIES,
    Color,
    ColorError,
    Deficiency,
    appearances,
    color_at,
    colorblind_safe_colors,
    distance,
    distinct_colors,
    lab,
    simulate,
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


# ------------------------------------------------------------------------------------------------ colour blindness


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_simulation_agrees_with_an_independent_one(deficiency: Deficiency) -> None:
    colors = np.random.default_rng(0).integers(0, 256, (1, 500, 3), np.uint8)
    kind = daltonlens.Deficiency(DEFICIENCIES.index(deficiency))
    expected = daltonlens.Simulator_Brettel1997().simulate_cvd(colors, kind, severity=1)
    np.testing.assert_allclose(simulate(colors, deficiency), expected, atol=1.5)  # theirs is cut to whole numbers


def test_who_confuses_what() -> None:
    def difference(a: str, b: str, deficiency: Deficiency) -> float:
        seen = lab(simulate([COLOR_NAMES[a], COLOR_NAMES[b]], deficiency))
        return float(np.linalg.norm(seen[0] - seen[1]))

    assert difference("lime", "yellow", "protanopia") < 10 < difference("lime", "yellow", "tritanopia")
    assert difference("blue", "red", "tritanopia") > 50
    np.testing.assert_allclose(simulate((128, 128, 128), "tritanopia"), 128, atol=0.5)  # greys stay


def _least_contrast(colors: list[Color], deficiency: daltonlens.Deficiency | None, model: type) -> float:
    seen = np.array([colors], np.uint8)
    if deficiency is not None:
        seen = model().simulate_cvd(seen, deficiency, severity=1)
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(lab(seen[0]), 2))


@pytest.mark.parametrize(
    ("count", "least"), [(2, 58), (4, 40), (6, 35), (8, 31), (12, 25), (16, 20), (20, 17.5), (24, 15)]
)
def test_colorblind_safe_colors_differ_for_everybody(count: int, least: float) -> None:
    colors = colorblind_safe_colors(count)
    assert len(set(colors)) == count
    usual_backgrounds = [Color(0, 0, 0), Color(255, 255, 255)]
    for deficiency in (None, *daltonlens.Deficiency):
        assert _least_contrast([*colors, *usual_backgrounds], deficiency, daltonlens.Simulator_Brettel1997) > least - 1
        assert _least_contrast(colors, deficiency, daltonlens.Simulator_Machado2009) > 9
    assert _least_distance([*colors, *usual_backgrounds]) > 50


def test_colorblind_safe_colors_beat_a_palette_made_by_hand() -> None:
    # Okabe and Ito, "Color Universal Design" (2008), black left out.
    published = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
    by_hand = [Color.from_hex(color) for color in published]
    for deficiency in daltonlens.Deficiency:
        ours = _least_contrast(colorblind_safe_colors(7), deficiency, daltonlens.Simulator_Brettel1997)
        assert ours > _least_contrast(by_hand, deficiency, daltonlens.Simulator_Brettel1997)


def test_a_seed_draws_from_the_safe_colors() -> None:
    drawn = {tuple(colorblind_safe_colors(2, seed=seed)) for seed in range(20)}
    assert len(drawn) > 10
    assert {color for colors in drawn for color in colors} == set(colorblind_safe_colors(8))
    assert colorblind_safe_colors(2, seed=3) == colorblind_safe_colors(2, seed=3)


def test_colorblind_safe_colors_avoid_the_background() -> None:
    gray = Color(128, 128, 128)
    assert (
        min(
            np.linalg.norm(appearances(color) - appearances(gray), axis=-1).min()
            for color in colorblind_safe_colors(8, avoid=[gray])
        )
        > 25
    )


@pytest.mark.parametrize("count", [-1, 25])
def test_the_number_of_safe_colors_is_limited(count: int) -> None:
    with pytest.raises(InputError, match="0 to 24"):
        colorblind_safe_colors(count)
