from __future__ import annotations

import math

import pytest

from vb_demo.generators.plantain.dialect import PLACES, instance_prompt
from vb_demo.generators.plantain.words import (
    CUBE_CORNERS,
    DEPTH_GIST,
    INSTANCES_GIST,
    MAX_PAINTS,
    SEGMENT_GIST,
    read_paints,
    telling_camera,
)
from vb_demo.geometry import Camera
from vb_demo.prompts import PromptError
from vb_demo.tasks import TASKS


def test_the_depth_words_name_the_cube_walk() -> None:
    paints = read_paints(TASKS["depth"].wording.words)
    assert paints.ramp is not None
    assert [tuple(color) for color in paints.ramp.tolist()] == list(CUBE_CORNERS.values())


@pytest.mark.parametrize("words", ["depth", "How far away is everything?", "Paint a depth map of this photo."])
def test_depth_without_a_ramp_walks_the_cube(words: str) -> None:
    paints, spelled_out = read_paints(words), read_paints(TASKS["depth"].wording.words)
    assert paints.ramp is not None
    assert spelled_out.ramp is not None
    assert (paints.ramp == spelled_out.ramp).all()
    assert paints.gist == spelled_out.gist == DEPTH_GIST


def test_depth_is_judged_on_the_cube_walk_whatever_it_is_painted_in() -> None:
    paints, usual = read_paints("Near is white, far is #000010."), read_paints(DEPTH_GIST)
    assert paints.ramp is not None
    assert paints.ramp.tolist() == [[255, 255, 255], [0, 0, 16]]
    assert (paints.gist, paints.names) == (usual.gist, usual.names)
    assert (paints.colors == usual.colors).all()


def test_words_without_colours_get_the_corners_as_a_set() -> None:
    paints = read_paints(TASKS["normals"].wording.words)
    assert not paints.legend
    assert paints.ramp is None
    assert paints.names == tuple(CUBE_CORNERS)


def test_a_legend_is_a_set_with_its_background_first() -> None:
    paints = read_paints("The cat is #ff8000. The background is white.")
    assert paints.legend
    assert paints.ramp is None
    assert paints.names == ("background", "cat")
    assert paints.colors.tolist() == [[255, 255, 255], [255, 128, 0]]


@pytest.mark.parametrize(
    ("words", "degrees", "gist"),
    [
        ("Paint the surface normals. The horizontal field of view is 63 degrees.", 63, "Paint the surface normals."),
        ("normals, field of view of 40.5°", 40.5, "normals"),
        ("normals", None, "normals"),
    ],
)
def test_field_of_view_in_words(words: str, degrees: float | None, gist: str) -> None:
    paints = read_paints(words)
    assert paints.fov == (None if degrees is None else pytest.approx(math.radians(degrees)))
    assert paints.gist == gist


@pytest.mark.parametrize(
    "words", ["The cat is red. The sky is blue.", "sky: blue, cat: red", '{"cat": "#ff0000", "sky": "#0000ff"}']
)
def test_the_wording_of_a_legend_is_no_part_of_its_gist(words: str) -> None:
    assert read_paints(words).gist == SEGMENT_GIST


DEPTH = "Paint a metric depth map of this photo."


@pytest.mark.parametrize(
    ("words", "source", "told"),
    [
        (DEPTH, "EXIF", " The horizontal field of view is 63 degrees."),
        (DEPTH, "user", " The horizontal field of view is 63 degrees."),
        (DEPTH, "assumed", ""),
        (f"{DEPTH} Field of view is 40 degrees.", "EXIF", ""),
        ("Paint the surface normals.", "EXIF", ""),
        ("The cat is red.", "EXIF", ""),
    ],
)
def test_words_for_depth_tell_of_a_known_camera(words: str, source: str, told: str) -> None:
    assert telling_camera(words, Camera.from_fov(40, 30, 63.2, source)) == words + told


def test_too_many_colours() -> None:
    words = ". ".join(f"thing{i} is #0000{i:02x}" for i in range(MAX_PAINTS + 1))
    with pytest.raises(PromptError, match=f"at most {MAX_PAINTS}"):
        read_paints(words)


@pytest.mark.parametrize("kind", ["chair", "orange"])
def test_things_of_one_kind_are_told_from_a_legend(kind: str) -> None:
    words = instance_prompt(kind, ["#ff0000", "#00ff00", "#0000ff", "#ffffff"], "black")
    paints = read_paints(words)
    assert paints.things
    assert not paints.legend
    assert paints.gist == INSTANCES_GIST
    assert paints.names[1:] == tuple(f"{place} {kind}" for place in PLACES)


def test_less_than_all_places_of_one_kind_are_a_legend() -> None:
    words = instance_prompt("chair", ["red", "#00ff00", "blue", "white"], "black")
    assert read_paints(words).things
    for other in ("The upper left chair is red. The background is black.", words.replace("right chair", "right lamp")):
        assert not read_paints(other).things
        assert read_paints(other).legend
