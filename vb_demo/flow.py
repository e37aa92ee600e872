"""The whole path in one file: a photo and words → a painting → an answer on the photo's own grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vb_demo import color_drift, registration
from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, Provenance, RelativeDepthMap, SegmentMap
from vb_demo.codecs import Decoded, depth, instances, normals, segmentation
from vb_demo.colors import Color
from vb_demo.combining import combine
from vb_demo.errors import InputError
from vb_demo.generators import Generator, OnStep, Painting, load_generator
from vb_demo.generators.base import can_draw, can_edit, no_drawings, no_edits, no_words
from vb_demo.images import Photo, open_painting
from vb_demo.prompts import Legend, PromptError, parse_instances, parse_prompt, parse_ramp, rewritten
from vb_demo.tasks import PICTURE_TASKS, TASKS, Task, Wording, task_of
from vb_demo.votes import fresh_legend, without_small

MAX_SEED = 2**31 - 1
"""The largest seed of `ask`, `edit` and `draw`; the random numbers of every generator can start from it."""
Register = Literal["off", "measure", "correct"]
"""What to do about a painting that is shifted or zoomed: nothing, find out how far, or also bring it back."""


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
    calibrate_colors: bool = False
    """For segmentation: bring drifted colours back to the legend first."""


def ask(
    photo: Photo,
    task: str,
    *,
    prompt: str | None = None,
    of: str | None = None,
    generator: Generator | None = None,
    steps: int | None = None,
    seed: int = 0,
    votes: int = 1,
    register: Register = "off",
    calibrate_colors: bool = False,
    min_percent: float = 0.0,
    on_step: OnStep | None = None,
) -> Answer:
    """Have a generator paint the answer to a question about a photo, and read it.

    Args:
        photo: from `open_photo`.
        task: "depth", "normals", "segment", "instances", or free words such as "paint the car red and the road grey".
        prompt: the exact words to send instead of the task's own.
        of: for instances, the kind of thing: "chair".
        generator: who paints; the generator that ships when left out.
        steps, seed: passed to the generator; the seed is from 0 to `MAX_SEED`.
        votes: how many paintings to combine, see `vb_demo.combining.combine`. Each has a seed of its own, counted up
            from `seed`; from the second on, a legend has fresh colours too, see `fresh_legend`.
        register: whether to find out, and correct, where the painting lies; `answer.provenance.misalignment` tells.
            Pixels that a corrected painting does not cover get no answer. With several votes each is corrected, and
            what is told is the first one's.
        calibrate_colors: for segmentation, whether to undo a drift of the colours; `answer.provenance.drift` tells.
            Other paintings hold no colours that are known beforehand.
        min_percent: for segmentation and instances, percent of the picture below which a name, or a thing, is ignored:
            its pixels become background. 0 = all are kept.
        on_step: progress, see `OnStep`; over all votes together.

    Raises:
        InputError: the words cannot be read, the generator has no words for the task, or a number is out of its range.
    """
    _check(register, min_percent, votes)
    seed = whole("Seed", seed, 0, MAX_SEED)
    generator = generator or load_generator()
    chosen = task_of(task)
    wording = generator.dialect.get(chosen.name)
    if wording is None:
        raise InputError(no_words(generator.name, chosen.name, generator.dialect))
    free_words = task if task.strip().lower() not in TASKS else None
    question = _question(chosen, wording, prompt=prompt or free_words, of=of)
    question = replace(question, calibrate_colors=calibrate_colors)
    answers = []
    for vote in range(votes):
        asked = question if vote == 0 else _afresh(question, seed + vote)
        progress = on_step and partial(_report, on_step, vote, votes)
        painting = generator.paint(photo, asked.prompt, steps=steps, seed=seed + vote, on_step=progress)
        answer = _read(painting.pixels, asked, wording.encoding, photo.size, photo, register)
        origin = replace(
            answer.provenance,
            generator=painting.generator,
            prompt=painting.prompt,
            seed=painting.seed,
            steps=painting.steps,
            seconds=painting.seconds,
            encoding=wording.encoding,
            abs_rel=wording.abs_rel,
        )
        answers.append(replace(answer, provenance=origin))
    combined = without_small(combine(answers), min_percent)
    return replace(combined, provenance=replace(combined.provenance, seed=answers[0].provenance.seed))


def edit(
    photo: Photo,
    words: str,
    *,
    generator: Generator,
    steps: int | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Painting:
    """Have an image editor change a photo. The painting is what was asked for; nothing is decoded.

    Args:
        words: what to change, sent as they are: "Change the weather to a rainstorm."
        generator: an image editor; the generator that ships is none.
        steps, seed, on_step: as for `ask`.

    Raises:
        InputError: there are no words, the generator paints answers only, or the seed is out of its range.
    """
    if not words.strip():
        example = PICTURE_TASKS["edit"].wording.words
        raise InputError(f"There is nothing to change. Say what, for example “{example}”")
    if not can_edit(generator):
        raise InputError(no_edits(generator.name))
    seed = whole("Seed", seed, 0, MAX_SEED)
    return generator.paint(photo, words, steps=steps, seed=seed, on_step=on_step)


def draw(
    words: str,
    *,
    generator: Generator,
    size: tuple[int, int] = (1024, 1024),
    steps: int | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Painting:
    """Have a generator draw a picture from words alone; nothing is decoded.

    `open_photo(painting.pixels)` makes a photo of it, to ask about.

    Args:
        words: what to draw, sent as they are.
        size: (width, height) in pixels; the generator may round it down, by less than 16 pixels a side.
        steps, seed, on_step: as for `ask`.

    Raises:
        InputError: there are no words, the generator cannot draw, or not at this size, or the seed is out of its range.
    """
    if not words.strip():
        example = PICTURE_TASKS["draw"].wording.words
        raise InputError(f"There is nothing to draw. Say what, for example “{example}”")
    if not can_draw(generator):
        raise InputError(no_drawings(generator.name))
    seed = whole("Seed", seed, 0, MAX_SEED)
    return generator.draw(words, size=size, steps=steps, seed=seed, on_step=on_step)


def whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number from `low` to `high`, as which 7.0 counts too. Raises InputError for anything else."""
    if not (isinstance(value, int | float | np.integer) and low <= value <= high and value % 1 == 0):
        raise InputError(f"{name} must be a whole number from {low} to {high}.")
    return int(value)


def _report(on_step: OnStep, vote: int, votes: int, step: int, steps: int, painting: NDArray[np.uint8] | None) -> None:
    """Pass on the progress of one vote as that of all."""
    on_step(vote * steps + step, votes * steps, painting)


def _check(register: str, min_percent: float, votes: int = 1) -> None:
    if register not in get_args(Register):
        raise InputError(f"register may be {', '.join(get_args(Register))}; received {register!r}.")
    if not 0 <= min_percent < 100:
        raise InputError(f"min_percent is {min_percent:g}; it may be from 0 to below 100 percent of the picture.")
    if votes < 1:
        raise InputError(f"votes is {votes}; at least one painting is needed.")


def _afresh(question: Question, seed: int) -> Question:
    """The same question for the next vote: in other colours where it has a legend."""
    if question.legend is None:
        return question
    legend = fresh_legend(question.legend, seed)
    return replace(question, legend=legend, prompt=rewritten(question.prompt, legend))


def decode(
    painting: Any,
    task: str,
    *,
    prompt: str | None = None,
    legend: Legend | None = None,
    of: str | None = None,
    photo: Photo | None = None,
    encoding: str | None = None,
    register: Register = "off",
    calibrate_colors: bool = False,
    min_percent: float = 0.0,
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
        register, calibrate_colors, min_percent: as for `ask`; registering takes a `photo`.

    Raises:
        InputError: the picture or the words cannot be read, the encoding is not one of the task's, or there is no photo
            to register to.
    """
    _check(register, min_percent)
    if register != "off" and photo is None:
        raise InputError("To see whether a painting lies on its photo, the photo is needed too.")
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
    question = replace(question, calibrate_colors=calibrate_colors)
    answer = without_small(_read(pixels, question, wording.encoding, size, photo, register), min_percent)
    words = question.prompt if prompt or free_words else ""
    origin = replace(answer.provenance, generator="upload", prompt=words, encoding=wording.encoding)
    return replace(answer, provenance=origin)


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


def _read(
    pixels: NDArray[np.uint8],
    question: Question,
    encoding: str,
    size: tuple[int, int],
    photo: Photo | None,
    register: Register,
) -> Answer:
    """Read a painting on the grid `size`, (width, height), after seeing whether it lies on the photo.

    What was painted on the photo's transparent parts is no answer.
    """
    if photo is None:
        return READERS[encoding](pixels, question, size)
    if register == "off":
        return _silenced(READERS[encoding](pixels, question, size), ~photo.valid)
    found = registration.measure(photo.pixels, pixels)
    if register == "measure":
        covered = photo.valid
    else:
        pixels, covered = registration.correct(pixels, found, photo.size)
        covered = photo.valid & on_grid(covered, size)
    answer = _silenced(READERS[encoding](pixels, question, size), ~covered)
    origin = replace(answer.provenance, misalignment=found, corrected=register == "correct")
    return replace(answer, provenance=origin)


def _silenced(answer: Answer, where: NDArray[np.bool_]) -> Answer:
    """The same without an answer at some pixels (H, W)."""
    if not where.any():
        return answer
    name = VALUES[type(answer)]
    values = getattr(answer, name).copy()
    values[where] = np.nan if np.issubdtype(values.dtype, np.floating) else 0
    changes: dict[str, Any] = {name: values, "reliability": np.where(where, np.float32(0), answer.reliability)}
    return replace(answer, **changes)


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
    return DepthMap(*_fit(depth.decode(pixels, ramp=ramp), size), painting=pixels, ramp=ramp)


def _read_relative(
    pixels: NDArray[np.uint8], question: Question, size: tuple[int, int], *, linear: bool = False
) -> RelativeDepthMap:
    return RelativeDepthMap(*_fit(depth.decode_relative(pixels), size), painting=pixels, linear=linear)


def _read_normals(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int], *, axes: str) -> NormalMap:
    return NormalMap(*_fit(normals.decode(pixels, axes=axes), size), painting=pixels, axes=axes)


def _read_segments(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int]) -> SegmentMap:
    if question.legend is None or not question.legend.entries:
        raise InputError('The colours of this painting need a legend, for example prompt="the cat is orange".')
    seen, drift = pixels, None
    if question.calibrate_colors:
        seen, drift = color_drift.calibrated(pixels, question.legend.colors)
    labels, reliability = _fit(segmentation.decode(seen, question.legend.colors), size)
    return SegmentMap(labels, question.legend, reliability, pixels, Provenance(drift=drift))


def _read_instances(pixels: NDArray[np.uint8], question: Question, size: tuple[int, int]) -> InstanceMap:
    background = question.background or Color(*instances.background_of(pixels))
    decoded = instances.decode(pixels, background)
    means = instances.mean_colors(pixels, decoded.values)
    colors = tuple(Color(*mean.round().astype(int).tolist()) for mean in means)
    labels, reliability = _fit(decoded, size)
    return InstanceMap(labels, len(colors), question.of, colors, reliability, pixels, background=background)


READERS: dict[str, Callable[[NDArray[np.uint8], Question, tuple[int, int]], Answer]] = {
    "cube-walk": _read_metric,
    "inverse-grey": _read_relative,
    "linear-grey": partial(_read_relative, linear=True),
    **{axes: partial(_read_normals, axes=axes) for axes in normals.AXES},
    "legend": _read_segments,
    "five-step": _read_instances,
}
"""Encoding → how to read it. Takes the painting (h, w, 3) uint8, the question, and the (width, height) to answer on."""

ENCODINGS: dict[str, tuple[str, ...]] = {
    "depth": ("cube-walk", "inverse-grey", "linear-grey"),
    "normals": tuple(normals.AXES),
    "segment": ("legend",),
    "instances": ("five-step",),
}
"""Task → the encodings that its answer may be painted in."""

VALUES: dict[type, str] = {
    DepthMap: "meters",
    RelativeDepthMap: "nearness",
    NormalMap: "vectors",
    SegmentMap: "labels",
    InstanceMap: "labels",
}
"""Kind of answer → its field that holds what was asked for; "no answer" is nan, or label 0."""
