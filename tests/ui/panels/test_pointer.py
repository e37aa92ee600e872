from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from vb_demo.ui.panels.pointer import index, name, places


def sent(data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def test_places_arrive_as_pairs_of_numbers() -> None:
    assert places(sent({"places": [[0.25, 1]]})) == [(0.25, 1.0)]


@pytest.mark.parametrize(
    "data", [None, {}, {"places": "ab"}, {"places": [[1], ["a", "b"], None, [float("nan"), 0], "ab", {"x": 1, "y": 2}]}]
)
def test_what_is_no_place_is_passed_over(data: Any) -> None:
    assert places(sent(data)) == []


@pytest.mark.parametrize(("said", "expected"), [("3", 3), (0, 0), ("-1", -1), ("²", -1), ("9" * 99, -1), (None, -1)])
def test_an_index_is_a_small_number(said: Any, expected: int) -> None:
    assert index(sent({"index": said})) == expected


def test_a_name_is_text() -> None:
    assert name(sent({"name": "chair 2"})) == "chair 2"
    assert name(sent([])) == ""
