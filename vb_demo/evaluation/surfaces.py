"""Measures of depth and of surface normals."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Calibration, DepthMap, NormalMap, RelativeDepthMap
from vb_demo.evaluation.datasets import Dataset
from vb_demo.evaluation.figures import GRID, Figure, Painter, Scores, enlarged, ignoring_gaps, means
from vb_demo.evaluation.metrics import (
    boundary_error,
    depth_scores,
    measured,
    median_scaled,
    normal_scores,
    off_walk,
)
from vb_demo.flow import on_grid

MIN_MEASURED = 0.01
"""Share of a photo's pixels below which its directions are left out: what a sparse sensor leaves is no sample of it."""


def measure_depth(data: Dataset, paint: Painter, *, boundaries: bool = False) -> list[Figure]:
    """How right the metres are; with `boundaries` also where they jump, which takes a truth without gaps."""
    usable = [sample for sample in data.samples if measured(data.depth(sample)).any()]
    coarse = np.stack([on_grid(data.depth(sample), GRID) for sample in usable])
    middle = float(np.nanmedian(coarse))
    scores: dict[str, list[Scores]] = defaultdict(list)

    def judge(meters: NDArray[Any], truth: NDArray[np.float32]) -> Scores:
        edges = {"depth boundaries off, pixels ↓": boundary_error(meters, truth)} if boundaries else {}
        return judge_depth(meters, truth) | edges

    for i, sample in enumerate(usable):
        truth = data.depth(sample)
        answer: DepthMap | RelativeDepthMap = paint(sample)
        found = without_unit(judge(fitted(answer, truth), truth), answer)
        scores["value"].append(found | {"painted off the walk ↓": off_walk(answer.painting, answer.ramp)})
        scores["constant"].append(judge(np.full_like(truth, middle), truth))
        if len(usable) > 1:
            average = ignoring_gaps(np.nanmedian, np.delete(coarse, i, axis=0))
            average = np.where(np.isnan(average), middle, average)
            scores["average"].append(judge(enlarged(average, truth), truth))
    return means(scores)


def fitted(answer: DepthMap | RelativeDepthMap, truth: NDArray[np.float32]) -> NDArray[np.float32]:
    """The answer's metres; relative depth gets the scale and shift of inverse depth that suit the truth best."""
    if isinstance(answer, DepthMap):
        return answer.meters
    at = measured(truth) & np.isfinite(answer.nearness)
    scale, shift = np.polyfit(answer.nearness[at], 1 / truth[at], 1)
    return answer.calibrated(Calibration(scale, shift)).meters


def without_unit(scores: Scores, answer: DepthMap | RelativeDepthMap) -> Scores:
    """Relative depth that was fitted to the truth has no raw figures."""
    if isinstance(answer, DepthMap):
        return scores
    raw = {"depth δ1 ↑", "depth AbsRel ↓"}
    return {name: np.nan if name in raw else value for name, value in scores.items()}


def judge_depth(meters: NDArray[Any], truth: NDArray[np.float32]) -> Scores:
    raw, scaled = depth_scores(meters, truth), depth_scores(median_scaled(meters, truth), truth)
    return {
        "depth δ1 ↑": raw.delta1,
        "depth AbsRel ↓": raw.abs_rel,
        "depth δ1, scaled ↑": scaled.delta1,
        "depth AbsRel, scaled ↓": scaled.abs_rel,
    }


def measure_normals(data: Dataset, paint: Painter) -> list[Figure]:
    truths = {sample: data.normals(sample) for sample in data.samples}
    truths = {sample: truth for sample, truth in truths.items() if np.isfinite(truth).mean() >= MIN_MEASURED}
    coarse = np.stack([on_grid(truth, GRID) for truth in truths.values()]) if truths else np.empty((0, *GRID, 3))
    scores: dict[str, list[Scores]] = defaultdict(list)
    for i, (sample, truth) in enumerate(truths.items()):
        answer: NormalMap = paint(sample)
        scores["value"].append(_judge_normals(answer.vectors, truth))
        facing = np.broadcast_to(np.array([0, 0, 1], np.float32), truth.shape)
        scores["constant"].append(_judge_normals(facing, truth))
        if len(truths) > 1:
            average = ignoring_gaps(np.nanmean, np.delete(coarse, i, axis=0))
            length = np.linalg.norm(average, axis=-1, keepdims=True)
            average = np.where(length > 0, average / np.maximum(length, 1e-12), facing[0, 0])
            scores["average"].append(_judge_normals(enlarged(average, truth), truth))
    return means(scores)


def _judge_normals(vectors: NDArray[Any], truth: NDArray[np.float32]) -> Scores:
    scores = normal_scores(vectors, truth)
    return {
        "normals mean, degrees ↓": scores.mean,
        "normals median, degrees ↓": scores.median,
        "normals within 11.25° ↑": scores.near,
    }
