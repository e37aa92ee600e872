from __future__ import annotations

import re

import pytest

from vb_demo.colors import Color
from vb_demo.ui.theme import TOKENS, banana

PAIRS = [
    (text, fill)
    for text in ("body_text_color", "body_text_color_subdued", "error_text_color", "link_text_color")
    for fill in (
        "body_background_fill",
        "background_fill_primary",
        "background_fill_secondary",
        "block_background_fill",
    )
] + [
    ("block_title_text_color", "block_background_fill"),
    ("block_label_text_color", "block_label_background_fill"),
    ("block_info_text_color", "block_background_fill"),
    ("accordion_text_color", "block_background_fill"),
    ("input_placeholder_color", "input_background_fill"),
    ("checkbox_label_text_color", "checkbox_label_background_fill"),
    ("checkbox_label_text_color", "checkbox_label_background_fill_hover"),
    *(
        (f"button_{kind}_text_color", f"button_{kind}_background_fill{on}")
        for kind in ("primary", "secondary", "cancel")
        for on in ("", "_hover")
    ),
]


def luminance(code: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    shares = (channel / 255 for channel in Color.from_hex(code).rgb)
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "fill"), PAIRS)
def test_text_can_be_read_on_what_it_stands_on(text: str, fill: str, mode: int) -> None:
    assert contrast(TOKENS[text][mode], TOKENS[fill][mode]) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_nothing_is_fetched_for_the_theme() -> None:
    theme = banana()
    assert theme._stylesheets == []
    assert all(each.startswith("data:") for each in re.findall(r'url\("?([^")]*)', theme._get_theme_css()))
