from __future__ import annotations

import pytest

from vb_demo.errors import InputError
from vb_demo.flow import READERS
from vb_demo.prompts import PromptError
from vb_demo.tasks import TASKS, task_of


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_known_by_its_name_and_by_its_own_words(name: str) -> None:
    assert task_of(f" {name.upper()} ").name == name
    words = TASKS[name].wording.words.replace("{of}", "chair")
    assert task_of(words).name == name


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_encoding_can_be_read(task: object) -> None:
    assert task.wording.encoding in READERS  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("paint the cat's ears orange, the exit sign blue, the background purple", "segment"),
        ('{"cat": "red", "lock": "pink"}', "segment"),
        ("paint the depth gauge red", "segment"),
        ("Each piece of garlic is colored differently.", "instances"),
        ("How far away is everything? Depth, please.", "depth"),
        ("Estimate the distance of every pixel from the camera.", "depth"),
        ("Show me the depth map.", "depth"),
        ("Show me how far the car is", "depth"),
        ("Show me the distance to the cat on the sofa.", "depth"),
        ("How close is the wall?", "depth"),
        ("How many metres away is the wall?", "depth"),
        ("A mask of the depth", "depth"),
        ("near is red, far is blue", "depth"),
        ("the near car is red, the far car is blue", "segment"),
        ("How many cups of coffee are there?", "instances"),
        ("Can you tell me how deep the room is?", "depth"),
        ("Show me which way the surfaces point.", "normals"),
        ("Show me the car in the distance.", "segment"),
        ("Show the depth gauge.", "segment"),
        ("the surface orientation of this scene", "normals"),
        ("show the surface normal map", "normals"),
    ],
)
def test_free_words_find_their_task(words: str, name: str) -> None:
    assert task_of(words).name == name


def test_words_without_a_task_are_refused() -> None:
    with pytest.raises(InputError, match="depth, normals, segment, instances"):
        task_of("  ")
    with pytest.raises(PromptError) as caught:
        task_of("paint the cat blorange")
    start, end = caught.value.span
    assert "paint the cat blorange"[start:end]
    for where in ("in the distance", "at a distance"):
        with pytest.raises(PromptError, match="“blorange”"):
            task_of(f"the car {where} is blorange")
    with pytest.raises(PromptError, match="nothing in front"):
        task_of("the background is black")


@pytest.mark.parametrize(
    "words", ["depth and normals", "The depth and a normal map, please.", "How far? Normals, too."]
)
def test_one_prompt_is_not_for_depth_and_normals(words: str) -> None:
    with pytest.raises(PromptError, match="one after the other") as caught:
        task_of(words)
    start, end = caught.value.span
    assert words[start:end].lower() in {"normals", "normal map"}


def test_depth_at_a_normal_distance_is_depth() -> None:
    assert task_of("Depth of this room at its normal size.").name == "depth"
