"""How far an answer is from the truth. Pure numpy: arrays in, plain figures out.

A pixel without an answer counts as wrong, never as missing, so that nothing is gained by staying silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_DEPTH = 80.0
"""Metres. Truth beyond is not judged; answers beyond, sky and silence are taken as this. The usual limit for KITTI."""
MIN_DEPTH = 1e-3
DELTA_1 = 1.25
NEAR_ANGLE = 11.25
"""Degrees; the tightest of the three thresholds that papers on surface normals use."""


@dataclass(frozen=True)
class DepthScores:
    """Of one photo (Eigen et al., arXiv:1406.2283)."""

    delta1: float
    """Share of pixels where max(answer / truth, truth / answer) < 1.25."""
    abs_rel: float
    """Mean of |answer − truth| / truth."""


@dataclass(frozen=True)
class NormalScores:
    """Of one photo."""

    mean: float
    """Degrees."""
    median: float
    """Degrees."""
    near: float
    """Share of pixels less than 11.25° off."""


def measured(truth: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(H, W): where a depth truth in metres, 0 or `nan` = none, is there to be compared with."""
    return (truth > 0) & (truth <= MAX_DEPTH)


def depth_scores(answer: NDArray[np.floating], truth: NDArray[np.floating]) -> DepthScores:
    """Compare two depth maps (H, W) in metres.

    Raises:
        ValueError: no pixel of the truth is measured.
    """
    at = measured(truth)
    if not at.any():
        raise ValueError("No pixel of the truth has a depth.")
    expected = truth[at].astype(np.float64)
    given = np.clip(np.nan_to_num(answer[at].astype(np.float64), nan=MAX_DEPTH), MIN_DEPTH, MAX_DEPTH)
    ratio = np.maximum(given / expected, expected / given)
    return DepthScores(
        delta1=float((ratio < DELTA_1).mean()),
        abs_rel=float((np.abs(given - expected) / expected).mean()),
    )


def median_scaled(answer: NDArray[np.floating], truth: NDArray[np.floating]) -> NDArray[np.floating]:
    """The answer times the one factor that gives it the truth's median: what is left is its shape.

    Pixels without an answer or with sky do not enter the factor. An answer with no other pixels comes back as it is.
    """
    at = measured(truth) & np.isfinite(answer) & (answer > 0)
    if not at.any():
        return answer
    return answer * (np.median(truth[at]) / np.median(answer[at]))


def angles(answer: NDArray[np.floating], truth: NDArray[np.floating]) -> NDArray[np.float64]:
    """Degrees between unit vectors (H, W, 3), one per pixel whose truth is not `nan`; 180 where there is no answer."""
    at = np.isfinite(truth).all(axis=-1)
    cosine = np.einsum("nc,nc->n", answer[at].astype(np.float64), truth[at].astype(np.float64))
    return np.nan_to_num(np.degrees(np.arccos(np.clip(cosine, -1, 1))), nan=180.0)


def normal_scores(answer: NDArray[np.floating], truth: NDArray[np.floating]) -> NormalScores:
    """Compare two maps of unit normals (H, W, 3).

    Raises:
        ValueError: no pixel of the truth has a direction.
    """
    off = angles(answer, truth)
    if not off.size:
        raise ValueError("No pixel of the truth has a direction.")
    return NormalScores(float(off.mean()), float(np.median(off)), float((off < NEAR_ANGLE).mean()))


def confusion(
    answer: NDArray[np.integer], truth: NDArray[np.integer], classes: int, *, ignore: int | None = None
) -> NDArray[np.int64]:
    """Count pixels: (classes, classes), row = truth, column = answer. Pixels whose truth is `ignore` do not count."""
    at = np.ones(truth.shape, bool) if ignore is None else truth != ignore
    pairs = truth[at].astype(np.int64) * classes + answer[at]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_iou(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """(classes,): intersection over union from `confusion`; `nan` for a class in neither truth nor answer."""
    common = np.diag(counts).astype(np.float64)
    union = counts.sum(0) + counts.sum(1) - common
    return np.divide(common, union, out=np.full(len(counts), np.nan), where=union > 0)
