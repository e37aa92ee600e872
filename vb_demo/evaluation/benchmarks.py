"""How well a generator's answers agree with the truth, beside answers that look at no photo.

Two baselines stand beside every figure, since a set where every photo shows the same floor is easily answered:
    average    the set's other photos, pixel by pixel: median depth, mean direction, most frequent class
    constant   one answer everywhere: the set's median depth, facing the viewer, the set's most frequent class;
               where every photo has a legend of its own, each class over the whole photo
Both are made from the truth of the very set, which flatters them.
"""

from __future__ import annotations

import subprocess
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Answer, DepthMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.colors import Color, distinct_colors
from vb_demo.evaluation.datasets import IGNORE, Dataset, Sample, open_dataset
from vb_demo.evaluation.metrics import class_iou, confusion, depth_scores, measured, median_scaled, normal_scores
from vb_demo.flow import ask, on_grid
from vb_demo.generators import Generator
from vb_demo.geometry import Camera, depth_edges, normals_from_depth
from vb_demo.images import open_photo
from vb_demo.prompts import Entry, Legend

MAX_LEGEND = 24
"""Classes that one prompt names. In a set with more, every photo is asked for the classes that it shows."""
BACKGROUND = Color(0, 0, 0)
"""`distinct_colors` keeps away from it."""
GRID = (64, 48)
"""(width, height) on which the other photos are averaged: fine enough for a baseline, and quick."""
SMOOTHING = 11
"""Pixels, odd; see `truth_normals`. On a bare floor in a Kinect's picture of 640 × 480 it leaves 4° of noise."""
MIN_MEASURED = 0.01
"""Share of a photo's pixels below which its directions are left out: what a sparse sensor leaves is no sample of it."""

Painter = Callable[..., Any]
"""A sample, and `prompt=` where the task's own words will not do → the generator's answer."""
Scores = dict[str, float]
"""Name of a figure, with an arrow that points to better → value for one photo."""


@dataclass(frozen=True)
class Figure:
    """One number about a generator, and the same number for answers that look at no photo."""

    name: str
    value: float | None
    average: float | None
    constant: float | None
    photos: int
    detail: bool = False
    """True: too fine for the table."""


@dataclass(frozen=True)
class Report:
    """What was measured on one set."""

    dataset: str
    generator: str
    figures: tuple[Figure, ...]


def evaluate(
    folder: str | Path,
    generator: Generator,
    *,
    limit: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_painting: Callable[[int, int], None] | None = None,
) -> Report:
    """Ask a generator about every photo of a set and compare its answers with the truth.

    The generator gets the photo's file and nothing else: neither the camera nor the truth. Tasks that it has no
    words for are left out.

    Args:
        folder: a set, see `vb_demo.evaluation.datasets`.
        limit: use only this many photos, evenly spaced.
        steps, seed: passed to the generator.
        on_painting: called before each painting with (painting from 1, number of paintings at most).

    Raises:
        InputError: the folder is no set.
    """
    data = open_dataset(folder, limit=limit)
    tasks = [task for task in MEASURES[data.kind] if task in generator.dialect]
    numbers = count(1)

    def paint(task: str, sample: Sample, prompt: str | None = None) -> Answer:
        if on_painting is not None:
            on_painting(next(numbers), len(tasks) * len(data.samples))
        photo = open_photo(sample.photo_path)
        return ask(photo, task, prompt=prompt, generator=generator, steps=steps, seed=seed)

    figures = [figure for task in tasks for figure in MEASURES[data.kind][task](data, partial(paint, task))]
    return Report(data.name, generator.name, tuple(figures))


# --- depth ----------------------------------------------------------------------------------------------------------


def _measure_depth(data: Dataset, paint: Painter) -> list[Figure]:
    usable = [sample for sample in data.samples if measured(data.depth(sample)).any()]
    coarse = np.stack([on_grid(data.depth(sample), GRID) for sample in usable])
    middle = float(np.nanmedian(coarse))
    scores: dict[str, list[Scores]] = defaultdict(list)
    for i, sample in enumerate(usable):
        truth = data.depth(sample)
        scores["value"].append(_judge_answer(paint(sample), truth))
        scores["constant"].append(_judge_depth(np.full_like(truth, middle), truth))
        if len(usable) > 1:
            average = _ignoring_gaps(np.nanmedian, np.delete(coarse, i, axis=0))
            average = np.where(np.isnan(average), middle, average)
            scores["average"].append(_judge_depth(_enlarged(average, truth), truth))
    return _means(scores)


def _judge_answer(answer: DepthMap | RelativeDepthMap, truth: NDArray[np.float32]) -> Scores:
    if isinstance(answer, DepthMap):
        return _judge_depth(answer.meters, truth)
    # Without a unit there is no raw figure; the scaled ones take the best scale and shift of inverse depth.
    at = measured(truth) & np.isfinite(answer.nearness)
    scale, shift = np.polyfit(answer.nearness[at], 1 / truth[at], 1)
    scores = _judge_depth(answer.calibrated(scale, shift).meters, truth)
    return {name: value if "scaled" in name else np.nan for name, value in scores.items()}


def _judge_depth(meters: NDArray[Any], truth: NDArray[np.float32]) -> Scores:
    raw, scaled = depth_scores(meters, truth), depth_scores(median_scaled(meters, truth), truth)
    return {
        "depth δ1 ↑": raw.delta1,
        "depth AbsRel ↓": raw.abs_rel,
        "depth δ1, scaled ↑": scaled.delta1,
        "depth AbsRel, scaled ↓": scaled.abs_rel,
    }


# --- normals --------------------------------------------------------------------------------------------------------


def truth_normals(depth: NDArray[np.floating], camera: Camera) -> NDArray[np.float32]:
    """Surface directions from measured depth, smoothed against the sensor's noise.

    Inverse depth is averaged over `SMOOTHING` pixels each way, which leaves planes as they are, since on them it is
    linear in the pixel's coordinates. Where what was averaged and compared touches a gap, a jump in depth or the
    border, there is no direction.

    Args:
        depth: (H, W) metres, `nan` = none.
        camera: at the size of `depth`.

    Returns:
        (H, W, 3) unit vectors, +x right, +y up, +z towards the viewer; `nan` = none.
    """
    from scipy.ndimage import maximum_filter, uniform_filter

    known = np.isfinite(depth)
    smooth = uniform_filter(1 / np.where(known, depth, 1).astype(np.float64), SMOOTHING)
    normals = normals_from_depth(1 / smooth, camera, step=SMOOTHING // 2)
    reach = SMOOTHING + 2 * (SMOOTHING // 2)
    broken = maximum_filter(depth_edges(depth) | ~known, reach, mode="constant", cval=True)
    return np.where(broken[..., None], np.float32(np.nan), normals)


def _measure_normals(data: Dataset, paint: Painter) -> list[Figure]:
    truths = {sample: truth_normals(data.depth(sample), data.camera(sample)) for sample in data.samples}
    truths = {sample: truth for sample, truth in truths.items() if np.isfinite(truth).mean() >= MIN_MEASURED}
    coarse = np.stack([on_grid(truth, GRID) for truth in truths.values()]) if truths else np.empty((0, *GRID, 3))
    scores: dict[str, list[Scores]] = defaultdict(list)
    for i, (sample, truth) in enumerate(truths.items()):
        answer: NormalMap = paint(sample)
        scores["value"].append(_judge_normals(answer.vectors, truth))
        facing = np.broadcast_to(np.array([0, 0, 1], np.float32), truth.shape)
        scores["constant"].append(_judge_normals(facing, truth))
        if len(truths) > 1:
            average = _ignoring_gaps(np.nanmean, np.delete(coarse, i, axis=0))
            length = np.linalg.norm(average, axis=-1, keepdims=True)
            average = np.where(length > 0, average / np.maximum(length, 1e-12), facing[0, 0])
            scores["average"].append(_judge_normals(_enlarged(average, truth), truth))
    return _means(scores)


def _judge_normals(vectors: NDArray[Any], truth: NDArray[np.float32]) -> Scores:
    scores = normal_scores(vectors, truth)
    return {
        "normals mean, degrees ↓": scores.mean,
        "normals median, degrees ↓": scores.median,
        "normals within 11.25° ↑": scores.near,
    }


# --- segmentation ---------------------------------------------------------------------------------------------------


def _legend(data: Dataset, classes: Sequence[int]) -> Legend:
    colors = distinct_colors(len(classes))
    entries = tuple(Entry(data.classes[i], color) for i, color in zip(classes, colors, strict=True))
    return Legend(entries, BACKGROUND if data.has_background else None)


def _painted_classes(paint: Painter, sample: Sample, legend: Legend, classes: Sequence[int]) -> NDArray[np.int64]:
    """(H, W): the answer to `legend` in the set's own numbers, of which `classes` are the ones asked for."""
    answer: SegmentMap = paint(sample, prompt=legend.to_prose())
    return np.array([0, *classes])[answer.labels]


def _measure_segments(data: Dataset, paint: Painter) -> list[Figure]:
    if data.kind == "semantic" and len(data.classes) - 1 <= MAX_LEGEND:
        return _measure_one_legend(data, paint)
    return _measure_own_legends(data, paint)


def _measure_one_legend(data: Dataset, paint: Painter) -> list[Figure]:
    """Every photo is asked for all classes; pixels are counted over the whole set."""
    number = len(data.classes)
    classes = range(1, number)
    legend = _legend(data, classes)
    coarse = np.stack([on_grid(data.labels(sample), GRID) for sample in data.samples])
    frequent = 1 + int(np.argmax([(coarse == i).sum() for i in classes]))
    counts: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros((number, number), np.int64))
    for i, sample in enumerate(data.samples):
        truth = data.labels(sample)
        answers = {
            "value": _painted_classes(paint, sample, legend, classes),
            "constant": np.full_like(truth, frequent),
        }
        if len(data.samples) > 1:
            others = np.delete(coarse, i, axis=0)
            votes = np.stack([(others == j).sum(axis=0) for j in range(number)])
            answers["average"] = _enlarged(votes.argmax(axis=0), truth)
        for who, labels in answers.items():
            counts[who] += confusion(labels, truth, number, ignore=IGNORE)
    iou = {who: class_iou(matrix)[1:] for who, matrix in counts.items()}
    means = {who: [{"mIoU ↑": float(np.nanmean(values))}] for who, values in iou.items()}
    single = {who: [{f"IoU {data.classes[i]} ↑": float(values[i - 1]) for i in classes}] for who, values in iou.items()}
    return [*_means(means, len(data.samples)), *_means(single, len(data.samples), detail=True)]


def _measure_own_legends(data: Dataset, paint: Painter) -> list[Figure]:
    """Every photo is asked for the classes that it shows, the largest `MAX_LEGEND` of them; the mean is over photos."""
    scores: dict[str, list[Scores]] = defaultdict(list)
    for sample in data.samples:
        truth = data.labels(sample)
        shown, sizes = np.unique(truth[truth > 0], return_counts=True)
        classes = [int(i) for i in shown[np.argsort(-sizes, kind="stable")][:MAX_LEGEND]]
        if not classes:
            continue
        labels = _painted_classes(paint, sample, _legend(data, classes), classes)
        iou = class_iou(confusion(labels, truth, len(data.classes), ignore=IGNORE))
        judged = (truth != IGNORE).sum()
        name = "IoU of the classes shown ↑"
        scores["value"].append({name: float(iou[classes].mean())})
        scores["constant"].append({name: float(np.mean([(truth == i).sum() / judged for i in classes]))})
    return _means(scores)


MEASURES: dict[str, dict[str, Callable[[Dataset, Painter], list[Figure]]]] = {
    "rgbd": {"depth": _measure_depth, "normals": _measure_normals},
    "semantic": {"segment": _measure_segments},
    "instance": {"segment": _measure_segments},
}
"""Kind of set → task → how to measure it."""


# --- shared ---------------------------------------------------------------------------------------------------------


def _enlarged(coarse: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    return on_grid(coarse, (like.shape[1], like.shape[0]))


def _ignoring_gaps(average: Callable[..., Any], stack: NDArray[Any]) -> NDArray[Any]:
    """`nanmean` or `nanmedian` over the first axis, without the warning about pixels that no photo measures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return average(stack, axis=0)


def _means(scores: dict[str, list[Scores]], photos: int | None = None, *, detail: bool = False) -> list[Figure]:
    """Average each score over the photos, for the answers ("value") and for both baselines."""

    def mean(who: str, name: str) -> float | None:
        values = [photo[name] for photo in scores.get(who, []) if not np.isnan(photo[name])]
        return float(np.mean(values)) if values else None

    names = scores["value"][0] if scores.get("value") else {}
    return [
        Figure(
            name,
            value=mean("value", name),
            average=mean("average", name),
            constant=mean("constant", name),
            photos=photos or len(scores["value"]),
            detail=detail,
        )
        for name in names
    ]


# --- the table ------------------------------------------------------------------------------------------------------


EXPLANATION = """\
average: the answer is the average of the set's other photos; constant: it is the same everywhere.
Both know the truth of the set and see no photo: beating them takes a look at the photo.
Scaled: after one factor a photo that gives the answer the truth's median. Depth beyond 80 m is not judged.
True directions come from the measured depth, smoothed over 11 pixels, away from gaps and rims."""


def table(reports: Sequence[Report]) -> str:
    """The reports as one Markdown table; all of them are about one generator."""
    rows: list[tuple[str, ...]] = [("set", "photos", "figure", reports[0].generator, "average", "constant")]
    for report in reports:
        for figure in report.figures:
            if not figure.detail:
                numbers = (_written(v, figure.name) for v in (figure.value, figure.average, figure.constant))
                rows.append((report.dataset, str(figure.photos), figure.name, *numbers))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"| {line} |" for line in lines)


def _written(value: float | None, name: str) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if "degrees" in name else f"{value:.3f}"


def origin() -> str:
    """When and from which state of the code a measurement comes: "2026-01-31, commit 1a2b3c4"."""
    here = Path(__file__).parent

    def git(*command: str) -> str:
        done = subprocess.run(["git", *command], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "--short", "HEAD") or "unknown"
        changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    except FileNotFoundError:
        commit, changed = "unknown", ""
    return f"{date.today().isoformat()}, commit {commit}{changed}"
