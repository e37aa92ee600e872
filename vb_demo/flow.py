"""The whole path in one file: a photo and words → a painting → an answer on the photo's own grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, Provenance, RelativeDepthMap, SegmentMap
from vb_demo.codecs import Decoded, depth, instances, normals, segmentation
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.generators import Generator, OnStep, load_generator
from vb_demo.images import Photo, open_painting
from vb_demo.prompts import Legend, PromptError, parse_instances, parse_prompt, parse_ramp
from vb_demo.tasks import TASKS, Task, Wording, task_of


@dataclass(frozen=True)
class Question:
    """What a reader has to know about the question in order to read the painting."""

    prompt: str
    legend: Legend | None = None
    """For segmentation: what the colours mean."""
    of: str = ""
    """For instances: the kind of thing."""
    background: Color | None = None
    """For instances: the colour of everything else; `None` = find it in the painting."""


def ask(
    photo: Photo,
    task: str,
    *,
    prompt: str | None = None,
    of: str | None = None,
    generator: Generator | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Answer:
    """Have a generator paint the answer to a question about a photo, and read it.

    Args:
        photo: from `open_photo`.
        task: "depth", "normals", "segment", "instances", or free words such as "paint the car red and the road grey".
        prompt: the exact words to send instead of the task's own.
        of: for instances, the kind of thing: "chair".
        generator: who paints; the generator that ships when left out.
        steps, seed: passed to the generator.
        on_step: progress, see `OnStep`.

    Raises:
        InputError: the words cannot be read, or the generator has no words for the task.
    """
    generator = generator or load_generator()
    chosen = task_of(task)
    wording = generator.dialect.get(chosen.name)
    if wording is None:
        raise InputError(
            f"{generator.name} has no words for {chosen.name!r}; it can be asked for: {', '.join(generator.dialect)}."
        )
    free_words = task if task.strip().lower() not in TASKS else None
    question = _question(chosen, wording, prompt=prompt or free_words, of=of)
    painting = generator.paint(photo, question.prompt, steps=steps, seed=seed, on_step=on_step)
    answer = READERS[wording.encoding](painting.pixels, question, (photo.width, photo.height))
    origin = Provenance(painting.generator, painting.prompt, painting.seed, painting.steps, painting.seconds)
    return replace(answer, provenance=origin)


def decode(
    painting: Any,
    task: str,
    *,
    prompt: str | None = None,
    legend: Legend | None = None,
    of: str | None = None,
    photo: Photo | None = None,
    encoding: str | None = None,
) -> Answer:
    """Read a picture that was painted anywhere.

    Args:
        painting: path, bytes, PIL image or (h, w, 3) array.
        task: as for `ask`; free words are also the legend.
        prompt: the words that the picture was painted from.
        legend: what the colours mean, instead of a prompt, for segmentation.
        of: for instances, the kind of thing.
        photo: what was painted about; the answer then lies on its grid, else on the painting's own.
        encoding: one of the task's `ENCODINGS`, instead of its own.

    Raises:
        InputError: the picture or the words cannot be read, or the encoding is not one of the task's.
    """
    pixels = open_painting(painting)
    chosen = task_of(task)
    if encoding is not None and encoding not in ENCODINGS[chosen.name]:
        raise InputError(
            f"{chosen.title} cannot be read as {encoding!r}; it may be: {', '.join(ENCODINGS[chosen.name])}."
        )
    wording = Wording(chosen.wording.words, encoding or chosen.wording.encoding)
    free_words = task if task.strip().lower() not in TASKS else None
    if legend is not None:
        question = Question(prompt or legend.write(legend.style), legend)
    elif wording.encoding == "legend" and not (prompt or free_words):
        question = Question("")  # the reader says that it needs a legend
    else:
        question = _question(chosen, wording, prompt=prompt or free_words, of=of)
    size = (photo.width, photo.height) if photo is not None else (pixels.shape[1], pixels.shape[0])
    answer = READERS[wording.encoding](pixels, question, size)
    return replace(answer, provenance=Provenance("upload", question.prompt if prompt or free_words else ""))


def _question(task: Task, wording: Wording, *, prompt: str | None, of: str | None) -> Question:
    """Settle the words: a person's own are sent as they are, except for instances to a generator with its own dialect.

    There the kind of thing fills the dialect's words, and the background is what those say, not what the person said.
    """
    if task.name != "instances":
        words = prompt if prompt and prompt.strip() else wording.words
        return Question(words, parse_prompt(words) if wording.encoding == "legend" else None)
    asked = parse_instances(prompt) if prompt else None
    of = of or (asked[0] if asked else None)
    if not of:
        raise InputError('Instances of what? Name one kind of thing, for example of="chair".')
    speaks_paper = wording.words == task.wording.words
    words = prompt if prompt and speaks_paper else wording.words.replace("{of}", of)
    return Question(words, of=of, background=_background(words))


def _background(words: str) -> Color | None:
    asked = parse_instances(words)
    if asked is not None:
        return asked[1]
    try:
        return parse_prompt(words).background
    except PromptError:
        return None


# --- readers: painting → answer -------------------------------------------------------------------------------------


def on_grid(array: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Bring (h, w, …) to (height, width, …) of `size` by taking the nearest pixel.

    Nearest, also for depth and normals: no value is shown that was not painted, and sky never mixes with metres.
    """
    height, width = array.shape[:2]
    if (width, height) == size:
        return array
    rows = ((np.arange(size[1]) + 0.5) * height / size[1]).astype(np.intp)
    columns = ((np.arange(size[0]) + 0.5) * width / size[0]).astype(np.intp)
    return array[rows[:, None], columns]


def _fit(decoded: Decoded, size: tuple[int, int]) -> tuple[NDArray[Any], NDArray[np.float32]]:
    return on_grid(decoded.values, size), on_grid(decoded.reliability, size)


def _read_metric(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int]) -> DepthMap:
    # A person may ask for another ramp than the paper's; the painting walks along the one that the words name.
    ramp = parse_ramp(question.prompt) or depth.CUBE
    return DepthMap(*_fit(depth.decode(pixels, ramp=ramp), size), painting=pixels)


def _read_relative(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int]) -> RelativeDepthMap:
    return RelativeDepthMap(*_fit(depth.decode_relative(pixels), size), painting=pixels)


def _read_normals(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int], *, axes: str) -> NormalMap:
    return NormalMap(*_fit(normals.decode(pixels, axes=axes), size), painting=pixels)


def _read_segments(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int]) -> SegmentMap:
    if question.legend is None or not question.legend.entries:
        raise InputError('The colours of this painting need a legend, for example prompt="the cat is orange".')
    labels, reliability = _fit(segmentation.decode(pixels, question.legend.colors), size)
    return SegmentMap(labels, question.legend, reliability, pixels)


def _read_instances(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int]) -> InstanceMap:
    decoded = instances.decode(pixels, question.background)
    means = instances.mean_colors(pixels, decoded.values)
    colors = tuple(Color(*mean.round().astype(int).tolist()) for mean in means)
    labels, reliability = _fit(decoded, size)
    return InstanceMap(labels, len(colors), question.of, colors, reliability, pixels)


READERS: dict[str, Callable[[NDArray[np.uint8], Question, tuple[int, int]], Answer]] = {
    "cube-walk": _read_metric,
    "inverse-grey": _read_relative,
    **{axes: partial(_read_normals, axes=axes) for axes in normals.AXES},
    "legend": _read_segments,
    "five-step": _read_instances,
}
"""Encoding → how to read it. Takes the painting (h, w, 3) uint8, the question, and the (width, height) to answer on."""

ENCODINGS: dict[str, tuple[str, ...]] = {
    "depth": ("cube-walk", "inverse-grey"),
    "normals": tuple(normals.AXES),
    "segment": ("legend",),
    "instances": ("five-step",),
}
"""Task → the encodings that its answer may be painted in."""
