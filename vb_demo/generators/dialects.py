"""How generators other than the paper's want to be asked, and the encoding that reads each answer."""

from __future__ import annotations

import re

from vb_demo.errors import InputError
from vb_demo.generators.base import PAPER_DIALECT, Dialect
from vb_demo.tasks import Wording, task_of

UNTUNED: Dialect = {
    # An editor that never saw the paper's encodings can paint a legend's colours, but its metres would mean nothing:
    # it is asked for the grey pictures that are common on the web.
    "depth": Wording(
        "Turn this photo into a greyscale depth map: near things are white, far things are black.", "inverse-grey"
    ),
    "normals": Wording("Turn this photo into a surface normal map.", "opengl"),
    "segment": PAPER_DIALECT["segment"],
    "instances": PAPER_DIALECT["instances"],
}
"""For general instruction editors. Their grey is taken for inverse depth, as most published depth maps are."""

OPEN_VISION_BANANA: Dialect = {
    "depth": Wording(
        "Generate relative inverse depth: near points bright, far points dark, matching input pixels.", "inverse-grey"
    ),
    "normals": Wording("Encode camera-space surface normals in the RGB channels.", "opengl"),
    "segment": Wording(
        "Paint the requested classes with their assigned colors: "
        '{"person": "orange", "floor": "teal", "background": "purple"}',
        "legend",
    ),
    "instances": Wording("Segment every {of} using a different listed color for each instance.", "five-step"),
}
"""The instructions that its page summarises; the literal training prompts could not be read."""

SCHEMATIC: Dialect = {
    "depth": Wording("Generate a relative depth map of the input image.", "inverse-grey"),
    "normals": Wording("Generate a surface normal map of the input image.", "opengl"),
    "instances": Wording("Generate a binary segmentation mask of the {of} in the input image.", "five-step"),
}
"""The trigger sentences of nomadoor's task LoRAs."""

MARIGOLD_DEPTH: Dialect = {"depth": Wording("depth", "linear-grey")}
MARIGOLD_NORMALS: Dialect = {"normals": Wording("normals", "opengl")}
"""Marigold reads no words: it knows one task."""


def task_in(prompt: str, dialect: Dialect) -> str | None:
    """The task that words ask for: the one whose own words they are, else what any reader would take them for.

    `None` for words that ask for no task at all, such as "make it rain".
    """
    for name, wording in dialect.items():
        pattern = ".+".join(map(re.escape, wording.words.strip().split("{of}")))
        if re.fullmatch(pattern, prompt.strip(), re.DOTALL):
            return name
    try:
        return task_of(prompt).name
    except InputError:
        return None
