"""Measures of things of one kind that are told apart: each thing of the truth against the thing of the answer."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import InstanceMap
from vb_demo.evaluation.datasets import IGNORE, Dataset, Sample
from vb_demo.evaluation.figures import Figure, Painter, Scores, means
from vb_demo.votes import MIN_SHARE

MATCH = 0.5
"""IoU above which two things are the same one: then no other thing can be."""


def measure_instances(data: Dataset, paint: Painter) -> list[Figure]:
    """Every photo is asked for the things of one kind: of which it shows most, and at least two.

    Things smaller than `MIN_SHARE` of the picture, and crowds, are not judged. The means are over photos; those that
    show no two things of a kind are left out. The constant answer is the whole picture as one thing.
    """
    scores: dict[str, list[Scores]] = defaultdict(list)
    for sample in data.samples:
        kind, things = commonest_kind(data, sample)
        if kind is None:
            continue
        answer: InstanceMap = paint(sample, of=kind)
        scores["value"].append(thing_scores(answer.labels, things))
        scores["constant"].append(thing_scores(np.ones_like(things), things))
    return means(scores)


def commonest_kind(data: Dataset, sample: Sample) -> tuple[str | None, NDArray[np.int64]]:
    """The kind that a photo shows most things of, and these (H, W): 1 … n, 0 = none, `IGNORE` = not judged.

    None where there are no two of a kind.
    """
    labels, instances = data.labels(sample), data.instances(sample)
    counted = (labels > 0) & (instances > 0)
    pairs, pixels = np.unique(np.stack([labels[counted], instances[counted]]), axis=1, return_counts=True)
    pairs = pairs[:, pixels >= MIN_SHARE * labels.size]
    kinds, numbers = np.unique(pairs[0], return_counts=True)
    if not len(kinds) or numbers.max() < 2:
        return None, np.zeros_like(labels)
    kind = kinds[numbers.argmax()]
    of_kind = labels == kind
    things = np.where(of_kind | (labels == IGNORE), IGNORE, 0)
    for new, old in enumerate(pairs[1, pairs[0] == kind], start=1):
        things[of_kind & (instances == old)] = new
    return data.classes[kind], things


def thing_scores(answer: NDArray[np.integer], truth: NDArray[np.integer]) -> Scores:
    """Compare things (H, W), 0 = none; `IGNORE` in the truth = not judged.

    Panoptic quality of one class (Kirillov et al., arXiv:1801.00868): of each pair with IoU > `MATCH`, the IoU; summed,
    and divided by the pairs and half of the things that are in none. A thing of the answer that lies mostly where
    nothing is judged is not counted. Beside it the mean IoU of the truth's things when each is given one of the
    answer's, or none, so that the sum is largest: it tells also of things that are found by half.
    """
    from scipy.optimize import linear_sum_assignment

    number, others = int(truth.max()), int(answer.max())
    judged = truth != IGNORE
    table = np.zeros((number + 1, others + 1))
    np.add.at(table, (truth[judged], answer[judged]), 1)
    sizes = np.bincount(answer.ravel(), minlength=others + 1)
    kept = (sizes > 0) & (2 * table.sum(axis=0) >= sizes)
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    iou = np.divide(table, union, out=np.zeros_like(table), where=union > 0)[1:, 1:][:, kept[1:]]
    same = iou[iou > MATCH]
    return {
        "things, PQ ↑": float(same.sum() / (sum(iou.shape) / 2)),
        "things, IoU ↑": float(iou[linear_sum_assignment(-iou)].sum() / number),
    }
