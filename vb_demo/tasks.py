"""What can be asked: the words to send for each task, and the encoding that its painting is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vb_demo.errors import InputError
from vb_demo.prompts import PromptError, parse_instances, parse_prompt, parse_ramp


@dataclass(frozen=True)
class Wording:
    """How a task is asked for, and how its painting is read."""

    words: str
    """What is sent. "{of}" stands for the kind of thing to find; the other tasks' words are sent as they are."""
    encoding: str
    """A key of `vb_demo.flow.READERS`; "" = nothing is decoded."""
    abs_rel: float | None = None
    """For depth in metres: its mean relative error on photos that were never trained on; `None` = never measured."""


@dataclass(frozen=True)
class Task:
    name: str
    title: str
    purpose: str
    wording: Wording
    """What a generator is told unless its dialect has other words."""


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            "depth",
            "Depth",
            "How far away is every pixel, in metres?",
            Wording(
                "Predict the metric depth of this scene as an image. Visualized in the rainbow "
                "(black-red-yellow-green-cyan-blue-violet-white) color palette.",
                "cube-walk",
            ),
        ),
        Task(
            "normals",
            "Normals",
            "Which way does every surface face?",
            Wording("Predict the surface normal of this scene.", "vision-banana"),
        ),
        Task(
            "segment",
            "Segment",
            "Where are the things that your words name, each in the colour that you give it?",
            Wording(
                "Generate a semantic segmentation visualization of the input. "
                "The person is orange. The floor is teal. The background is purple.",
                "legend",
            ),
        ),
        Task(
            "instances",
            "Instances",
            "Which separate things of one kind are there?",
            Wording(
                "Generate an instance segmentation visualization of this image. "
                "Each {of} is colored differently. Background is black.",
                "five-step",
            ),
        ),
    )
}


PICTURE_TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("edit", "Edit", "What if the photo were otherwise?", Wording("Change the weather to a rainstorm.", "")),
        Task(
            "draw",
            "Draw",
            "What do your words look like, without a photo?",
            Wording("A photo of a kitchen with a wooden table and three chairs, seen from the door.", ""),
        ),
    )
}
"""Tasks whose painting is what was asked for, see `vb_demo.flow.edit` and `draw`; the words are examples."""

ALL_TASKS = TASKS | PICTURE_TASKS


_DEPTH = re.compile(r"depth|\bhow (?:far|close|near|deep|many met(?:er|re)s)\b", re.IGNORECASE)
_DISTANCE = re.compile(r"(?<!in the )\bdistances?\b", re.IGNORECASE)
_NORMALS = re.compile(r"\bnormals\b|\b(surface normal|normal map)\b", re.IGNORECASE)


def task_of(words: str) -> Task:
    """The task that a name or a free-form prompt asks for.

    Raises:
        PromptError: the words name neither a task nor colours for things, or both depth and normals; `.span` points at
            what could not be read.
    """
    if words.strip().lower() in TASKS:
        return TASKS[words.strip().lower()]
    if not words.strip():
        raise InputError(f"The prompt is empty. Name a task ({', '.join(TASKS)}) or give things colours.")
    if parse_instances(words) is not None:
        return TASKS["instances"]
    try:
        if parse_prompt(words).entries:
            return TASKS["segment"]
        unread: PromptError | None = None
    except PromptError as error:
        unread = error
    lowered = words.lower()
    depth = parse_ramp(words) is not None or _DEPTH.search(words)
    if unread is not None and not depth:
        # In "the car at a distance is blurple" it is the colour that could not be read.
        depth = _DISTANCE.search(words[slice(*unread.span)])
    if depth and (both := _NORMALS.search(words)):
        raise PromptError(
            "The prompt asks for depth and for normals, but one painting holds one of them. "
            "Ask for them one after the other.",
            both.span(),
        )
    if depth:
        return TASKS["depth"]
    if re.search("normal|orientation|which way", lowered):
        return TASKS["normals"]
    raise unread or PromptError(
        "The prompt names a background but nothing in front of it. Add a thing and its colour, "
        'for example "the cat is orange".',
        (0, len(words)),
    )
