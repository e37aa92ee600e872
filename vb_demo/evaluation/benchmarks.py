"""How well a generator's answers agree with the truth: which figures each set has, and how they come about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from vb_demo.answers import Answer
from vb_demo.evaluation.datasets import Dataset, Sample, open_dataset
from vb_demo.evaluation.figures import Figure, Painter, Report
from vb_demo.evaluation.instances import measure_instances
from vb_demo.evaluation.segments import (
    EVERYTHING,
    measure_common_names,
    measure_one_legend,
    measure_referring,
    measure_segments,
)
from vb_demo.evaluation.surfaces import measure_depth, measure_normals
from vb_demo.flow import ask
from vb_demo.generators import Generator


@dataclass(frozen=True)
class Measure:
    """What is asked about every photo of a set, and the figures that follow."""

    task: str
    figures: Callable[[Dataset, Painter], list[Figure]]
    paintings: int = 1
    """For each photo, at most."""


PARTS = ("hair", "skin", "dress", "pants", "shoes", "bag")
MEASURES: dict[str, tuple[Measure, ...]] = {
    "rgbd": (Measure("depth", measure_depth), Measure("normals", measure_normals)),
    "semantic": (Measure("segment", measure_segments),),
    "instance": (
        Measure("segment", measure_segments),
        Measure("segment", measure_referring, paintings=2),
        Measure("instances", measure_instances),
    ),
    "renders": (
        Measure("depth", partial(measure_depth, boundaries=True)),
        Measure("normals", measure_normals),
        Measure("segment", measure_common_names),
        Measure("segment", measure_referring, paintings=2),
        Measure("instances", measure_instances),
    ),
    "clothing": (
        Measure("segment", partial(measure_one_legend, title="IoU person ↑", words={"person": EVERYTHING})),
        Measure(
            "segment",
            partial(measure_one_legend, title=f"mIoU of {', '.join(PARTS)} ↑", words={name: (name,) for name in PARTS}),
        ),
    ),
}
"""Name of a set, or else its kind → what is measured on it."""


def evaluate(
    folder: str | Path,
    generator: Generator,
    *,
    last: int | None = None,
    limit: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    votes: int = 1,
    calibrate_colors: bool = False,
    with_camera: bool = False,
    on_painting: Callable[[int, int], None] | None = None,
) -> Report:
    """Ask a generator about every photo of a set and compare its answers with the truth.

    The generator gets the photo's file and nothing else, unless `with_camera`: neither the camera nor the truth. Tasks
    that it has no words for are left out.

    Args:
        folder: a set, see `vb_demo.evaluation.datasets`.
        last, limit: which of its photos, see `open_dataset`.
        steps, seed: passed to the generator.
        votes, calibrate_colors: as for `ask`.
        with_camera: whether the photos come with the set's intrinsics, where it has any, as those of a phone come with
            EXIF.
        on_painting: called before each answer is painted with (answer from 1, number of answers at most).

    Raises:
        InputError: the folder is no set.
    """
    data = open_dataset(folder, last=last, limit=limit)
    declared = MEASURES.get(data.name) or MEASURES[data.kind]
    measures = [measure for measure in declared if measure.task in generator.dialect]
    total = len(data.samples) * sum(measure.paintings for measure in measures)
    numbers = count(1)

    def paint(task: str, sample: Sample, prompt: str | None = None, of: str | None = None) -> Answer:
        if on_painting is not None:
            on_painting(next(numbers), total)
        return ask(
            data.photo_with_camera(sample) if with_camera and data.has_cameras else data.photo(sample),
            task,
            prompt=prompt,
            of=of,
            generator=generator,
            steps=steps,
            seed=seed,
            votes=votes,
            calibrate_colors=calibrate_colors,
        )

    figures = [figure for measure in measures for figure in measure.figures(data, partial(paint, measure.task))]
    return Report(data.name, generator.name, tuple(figures), votes)
