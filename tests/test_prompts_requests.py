"""What is asked for by a noun or a number, without a colour."""

from __future__ import annotations

import pytest

from vb_demo.prompts import PromptError, parse_instances, parse_prompt


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("mask of the dog", ["dog"]),
        ("Generate a binary segmentation mask of the cat in the input image.", ["cat"]),
        ("A binary mask for the dog and the cat.", ["dog", "cat"]),
        ("generate the outline of my house", ["house"]),
        ("semantic segmentation of road, car and sky", ["road", "car", "sky"]),
        ("segmentation map: road, car", ["road", "car"]),
    ],
)
def test_a_mask_of_something_asks_for_it(prompt: str, names: list[str]) -> None:
    assert [entry.name for entry in parse_prompt(prompt).entries] == names


@pytest.mark.parametrize(
    "prompt",
    [
        "a segmentation of this image",
        "panoptic segmentation",
        "a map of the town",
        "count",
        "count the pixels",
        "how many of them",
    ],
)
def test_a_mask_of_nothing_asks_for_nothing(prompt: str) -> None:
    with pytest.raises(PromptError):
        parse_prompt(prompt)
    assert parse_instances(prompt) is None


def test_colours_say_enough() -> None:
    """A mask may be spoken of where a legend says what is painted."""
    legend = parse_prompt("A mask of the room: the floor is red, the door is blue")
    assert [(entry.name, entry.color.name) for entry in legend.entries] == [("floor", "red"), ("door", "blue")]


def test_a_background_may_come_with_things_on_it() -> None:
    legend = parse_prompt("a black background with a white cat and a red dog")
    assert [entry.name for entry in legend.entries] == ["cat", "dog"]
    assert legend.background is not None
    assert legend.background.name == "black"
