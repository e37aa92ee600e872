from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.prompts import field_of_view, retelling_field_of_view, with_field_of_view, without_field_of_view


@given(st.integers(5, 170))
def test_what_is_told_is_read(degrees: int) -> None:
    told = with_field_of_view("Paint a depth map.", degrees)
    assert field_of_view(told) == degrees
    assert without_field_of_view(told) == "Paint a depth map."


@pytest.mark.parametrize(
    ("words", "degrees"),
    [
        ("depth, field of view of 40.5°", 40.5),
        ("Field of view = 63 degrees", 63),
        ("the horizontal field of view is 1 degree", 5),
        ("a field of view of 400 degrees", 170),
        ("a field of flowers, 63 degrees", None),
        ("depth", None),
    ],
)
def test_ways_to_say_it(words: str, degrees: float | None) -> None:
    assert field_of_view(words) == degrees


def test_a_prompt_tells_another_or_none_but_only_if_it_told_one():
    told = with_field_of_view("Paint a depth map.", 63)
    assert retelling_field_of_view(told, 40.2) == with_field_of_view("Paint a depth map.", 40)
    assert retelling_field_of_view(told, None) == "Paint a depth map."
    assert retelling_field_of_view("depth", 40) == "depth"
