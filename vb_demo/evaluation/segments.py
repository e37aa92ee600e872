"""Measures of legends: what is asked for by its class, and what by a phrase that means one thing of a picture."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import SegmentMap
from vb_demo.colors import Color, distinct_colors
from vb_demo.evaluation.datasets import IGNORE, Dataset, Renders, Sample
from vb_demo.evaluation.figures import GRID, Figure, Painter, Scores, enlarged, means
from vb_demo.evaluation.metrics import class_iou, confusion, mask_iou, overlaps, pseudo_values
from vb_demo.flow import on_grid
from vb_demo.prompts import Entry, Legend
from vb_demo.referring import referrals
from vb_demo.votes import MIN_SHARE

MAX_LEGEND = 24
"""Classes that one prompt names. In a set with more, every photo is asked for the classes that it shows."""
BACKGROUND = Color(0, 0, 0)
"""`distinct_colors` keeps away from it."""
EVERYTHING = ("*",)
"""As the classes that a word stands for: all but the background."""


def measure_segments(data: Dataset, paint: Painter) -> list[Figure]:
    """One legend for all photos where it is short enough and each pixel has a class, else one of its own for each."""
    if data.kind == "semantic" and len(data.classes) - 1 <= MAX_LEGEND:
        return measure_one_legend(data, paint)
    return measure_own_legends(data, paint)


def measure_one_legend(
    data: Dataset, paint: Painter, *, title: str = "mIoU ↑", words: Mapping[str, Sequence[str]] | None = None
) -> list[Figure]:
    """Every photo is asked the same; pixels are counted over the whole set.

    Args:
        title: name of the figure.
        words: what is asked for → the set's classes that it stands for; all other pixels are background. Default: all
            classes by their names.
    """
    asked = words or {name: (name,) for name in data.classes[1:]}
    number = 1 + len(asked)
    table = np.zeros(len(data.classes) + 1, np.int64)
    table[IGNORE] = IGNORE
    for i, classes in enumerate(asked.values(), start=1):
        table[[data.classes.index(name) for name in (data.classes[1:] if classes == EVERYTHING else classes)]] = i

    def truth_of(sample: Sample) -> NDArray[np.int64]:
        return table[data.labels(sample)]

    legend = _legend(list(asked), has_background=data.has_background or words is not None)
    coarse = np.stack([on_grid(truth_of(sample), GRID) for sample in data.samples])
    frequent = 1 + int(np.argmax([(coarse == i).sum() for i in range(1, number)]))
    counts: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros((number, number), np.int64))
    each = []
    for i, sample in enumerate(data.samples):
        truth = truth_of(sample)
        answers = {
            "value": _painted_classes(paint, sample, legend, range(1, number)),
            "constant": np.full_like(truth, frequent),
        }
        if len(data.samples) > 1:
            others = np.delete(coarse, i, axis=0)
            votes = np.stack([(others == j).sum(axis=0) for j in range(number)])
            answers["average"] = enlarged(votes.argmax(axis=0), truth)
        tables = {who: confusion(labels, truth, number, ignore=IGNORE) for who, labels in answers.items()}
        for who, pixels in tables.items():
            counts[who] += pixels
        each.append(overlaps(tables["value"])[:, 1:])
    iou = {who: class_iou(matrix)[1:] for who, matrix in counts.items()}
    return _over_the_set(title, iou, list(asked), each, len(data.samples))


def measure_own_legends(data: Dataset, paint: Painter) -> list[Figure]:
    """Every photo is asked for the classes that it shows, the largest `MAX_LEGEND` of them; the mean is over photos."""
    scores: dict[str, list[Scores]] = defaultdict(list)
    for sample in data.samples:
        truth = data.labels(sample)
        classes = _largest(_sizes(truth))
        if not classes:
            continue
        legend = _legend([data.classes[i] for i in classes], data.has_background)
        labels = _painted_classes(paint, sample, legend, classes)
        iou = class_iou(confusion(labels, truth, len(data.classes), ignore=IGNORE))
        judged = (truth != IGNORE).sum()
        name = "IoU of the classes shown ↑"
        scores["value"].append({name: float(iou[classes].mean())})
        scores["constant"].append({name: float(np.mean([(truth == i).sum() / judged for i in classes]))})
    return means(scores)


def measure_common_names(data: Dataset, paint: Painter, *, number: int = 60) -> list[Figure]:
    """Of the `number` names that most pictures show, each picture is asked for those that it shows itself.

    It shows a name whose pixels are at least `MIN_SHARE` of it; of more than `MAX_LEGEND`, the largest count. Other
    names are background. Pixels are counted over the whole set, each name's in the pictures that were asked for it.
    """
    shown = {sample: _sizes(data.labels(sample), MIN_SHARE) for sample in data.samples}
    common = [i for i, _ in Counter(i for sizes in shown.values() for i in sizes).most_common(number)]
    counts = np.zeros((2, len(data.classes), len(data.classes)), np.int64)
    each = []
    for sample, sizes in shown.items():
        classes = _largest(sizes, among=common)
        if not classes:
            continue
        legend = _legend([data.classes[i] for i in classes], has_background=True)
        labels = data.labels(sample)
        truth = np.where(np.isin(labels, classes), labels, 0)
        pixels = confusion(_painted_classes(paint, sample, legend, classes), truth, len(data.classes))
        counts[0] += pixels
        each.append(overlaps(pixels)[:, common])
        for i in classes:  # all of the picture is this, and nothing of it is missing elsewhere
            counts[1, i, i] += (truth == i).sum()
            counts[1, 0, i] += (truth != i).sum()
    iou = {who: class_iou(matrix)[common] for who, matrix in zip(("value", "constant"), counts, strict=True)}
    names = [data.classes[i] for i in common]
    return _over_the_set(f"mIoU of the {number} commonest names ↑", iou, names, each, len(data.samples))


def measure_referring(data: Dataset, paint: Painter, *, most: int = 2) -> list[Figure]:
    """Each picture is asked for up to `most` things by phrases that mean nothing else in it, one prompt each.

    The phrases are those of the training, about other pictures; photos get none on what is nearer. Pictures in which
    some things are not told apart are left out. The mean is over phrases. The constant answer is the whole picture.
    """
    scores: dict[str, list[Scores]] = defaultdict(list)
    for sample in data.samples:
        instances = data.instances(sample)
        if instances.min() < 0:
            continue
        rng = np.random.default_rng(zlib.crc32(sample.name.encode()))
        truth = data.labels(sample), instances, data.depth(sample) if isinstance(data, Renders) else None
        for referral in referrals(data.photo(sample).pixels, *truth, data.classes, rng, most=most):
            legend = _legend([referral.phrase], has_background=True)
            found = _painted_classes(paint, sample, legend, [1]) == 1
            scores["value"].append({"referring IoU ↑": mask_iou(found, referral.mask)})
            scores["constant"].append({"referring IoU ↑": float(referral.mask.mean())})
    return means(scores)


def _legend(names: Sequence[str], has_background: bool) -> Legend:
    entries = tuple(map(Entry, names, distinct_colors(len(names))))
    return Legend(entries, BACKGROUND if has_background else None)


def _painted_classes(paint: Painter, sample: Sample, legend: Legend, classes: Sequence[int]) -> NDArray[np.int64]:
    """(H, W): the answer to `legend` in the set's own numbers, of which `classes` are the ones asked for."""
    answer: SegmentMap = paint(sample, prompt=legend.to_prose())
    return np.array([0, *classes])[answer.labels]


def _sizes(labels: NDArray[np.int64], at_least: float = 0) -> dict[int, int]:
    """Class, without the background → its pixels, where they are at least this share of all."""
    classes, sizes = np.unique(labels[labels > 0], return_counts=True)
    pairs = zip(classes.tolist(), sizes.tolist(), strict=True)
    return {i: size for i, size in pairs if size >= at_least * labels.size}


def _largest(sizes: Mapping[int, int], among: Collection[int] | None = None) -> list[int]:
    wanted = sizes.keys() if among is None else sizes.keys() & set(among)
    return sorted(wanted, key=lambda i: (-sizes[i], i))[:MAX_LEGEND]


def _over_the_set(
    title: str,
    iou: Mapping[str, NDArray[np.float64]],
    names: Sequence[str],
    each: Sequence[NDArray[np.float64]],
    photos: int,
) -> list[Figure]:
    """The mean over classes, and each class as a detail; `each`: the `overlaps` of every photo that was asked about."""
    mean = {who: [{title: float(np.nanmean(values))}] for who, values in iou.items()}
    [figure] = means(mean, photos)
    figures = [replace(figure, shares=tuple(pseudo_values(np.stack(each)).tolist()) if each else ())]
    if len(names) == 1:
        return figures
    single = {
        who: [{f"IoU {name} ↑": float(value) for name, value in zip(names, values, strict=True)}]
        for who, values in iou.items()
    }
    return [*figures, *means(single, photos, detail=True)]
