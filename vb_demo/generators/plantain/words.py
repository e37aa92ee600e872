"""From a prompt to the paints that it names: the half of reading that is grammar; the other is a text encoder."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.generators.plantain.dialect import asks_for_instances
from vb_demo.geometry import Camera
from vb_demo.prompts import (
    PromptError,
    field_of_view,
    parse_prompt,
    parse_ramp,
    with_field_of_view,
    without_field_of_view,
)
from vb_demo.tasks import TASKS, task_of

MAX_PAINTS = 32
"""Colours that one prompt may name, the background included."""

CUBE_CORNERS: dict[str, tuple[int, int, int]] = {
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "green": (0, 255, 0),
    "cyan": (0, 255, 255),
    "blue": (0, 0, 255),
    "magenta": (255, 0, 255),
    "white": (255, 255, 255),
}
"""In the order of the paper's cube walk. Mixing them reaches every RGB colour, so they serve when none is named."""

CUBE_WALK = tuple(Color(*rgb).name for rgb in CUBE_CORNERS.values())
"""The same corners by the names that depth's stations were learnt under, where green is lime."""

SEGMENT_GIST = "Generate a semantic segmentation visualization of the input."
INSTANCES_GIST = "Generate an instance segmentation visualization of the input."
DEPTH_GIST = TASKS["depth"].wording.words


@dataclass(frozen=True)
class Paints:
    """The colours that a prompt names and how they are to be used."""

    names: tuple[str, ...]
    """What each colour stands for; row 0 of a legend is the background."""
    colors: NDArray[np.uint8]
    """(K, 3) sRGB."""
    ramp: NDArray[np.uint8] | None
    """(R, 3) sRGB, near to far: what a depth is painted in, while `colors` are those of the cube walk that it is judged
    on. None: the colours are a set to mix or choose from."""
    legend: bool
    """True: each colour stands for a thing, so that a pixel should get one of them and not a blend."""
    things: bool
    """True: all things of one kind are asked for, each in a blend of its own, see `dialect.PLACES`."""
    fov: float | None
    """Horizontal field of view in radians, where the words give it."""
    gist: str
    """The prompt without what it says of the field of view, which has an input of its own. Of depth and of a legend's
    paints all is known that is asked for, and how it is worded must not matter: the gist of all is `DEPTH_GIST`,
    `SEGMENT_GIST` or `INSTANCES_GIST`."""


def read_paints(prompt: str) -> Paints:
    """Find the legend or the ramp in `prompt`; without either, the paints are the corners of the RGB cube.

    The corners are the paper's cube walk where the words ask for depth, else a set.

    Raises:
        PromptError: the prompt names more than `MAX_PAINTS` colours.
    """
    told = field_of_view(prompt)
    fov = None if told is None else math.radians(told)
    colors = np.array(list(CUBE_CORNERS.values()), np.uint8)
    named = parse_ramp(prompt)
    ramp = np.array(named, np.uint8) if named else colors if _asks_for_depth(prompt) else None
    names, legend = tuple(CUBE_CORNERS) if ramp is None else CUBE_WALK, None
    if ramp is None:
        with suppress(PromptError):  # words that name no legend
            legend = parse_prompt(prompt)
        if legend is not None and legend.entries:
            names, colors = tuple(legend.names), legend.colors
        else:
            legend = None
    if len(names) > MAX_PAINTS:
        raise PromptError(
            f"The prompt names {len(names)} colours; plantain paints with at most {MAX_PAINTS}.", (0, len(prompt))
        )
    things = legend is not None and asks_for_instances(legend)
    one_each = legend is not None and not things
    gist = INSTANCES_GIST if things else SEGMENT_GIST if one_each else without_field_of_view(prompt)
    return Paints(names, colors, ramp, one_each, things, fov, gist if ramp is None else DEPTH_GIST)


def telling_camera(prompt: str, camera: Camera) -> str:
    """The prompt, with the field of view in words if it asks for depth, says none itself, and the camera is known."""
    if camera.source == "assumed" or field_of_view(prompt) is not None or read_paints(prompt).ramp is None:
        return prompt
    return with_field_of_view(prompt, camera.hfov)


def _asks_for_depth(prompt: str) -> bool:
    try:
        return task_of(prompt).name == "depth"
    except InputError:
        return False
