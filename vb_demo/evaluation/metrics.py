"""How far an answer is from the truth. Arrays in, plain figures out.

A pixel without an answer counts as wrong, never as missing, so that nothing is gained by staying silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vb_demo.codecs.depth import Ramp, walk_distance
from vb_demo.errors import InputError

MAX_DEPTH = 80.0
"""Metres. Truth beyond is not judged; answers beyond, sky and silence are taken as this. The usual limit for KITTI."""
MIN_DEPTH = 1e-3
DELTA_1 = 1.25
NEAR_ANGLE = 11.25
"""Degrees; the tightest of the three thresholds that papers on surface normals use."""


BOUNDARY_WIDTH = 640
"""Pixels of the longer side of the picture in which distances between boundaries are given."""
BOUNDARY_LIMIT = 10.0
"""Such pixels; boundaries farther apart have nothing to do with each other."""
BOUNDARY_SLOPES = (0.025, 0.05)
"""Slopes of log depth per pixel, after smoothing by one pixel: a boundary has the second somewhere, and nowhere less
than the first. A sharp step reaches the second from 17 % on, one blurred by 3 pixels (standard deviation) from 51 %."""
OFF_WALK = 0.1
"""Distance from the ramp, in units of the RGB cube's edge, from which a painted pixel is off it."""


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


def depth_boundaries(depth: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Thin lines where depth (H, W) in metres jumps, by Canny's method on its logarithm, see `BOUNDARY_SLOPES`.

    The result (H − 1, W − 1) lies on the corners where four pixels meet.

    A blurred step has its line in the middle of the blur, and a slope, however steep, has none. The unit of the depth
    does not matter. Sky and silence are taken as `MAX_DEPTH`.

    Raises:
        InputError: scikit-image is not installed.
    """
    try:
        from skimage.feature import canny
    except ImportError as error:
        raise InputError("Boundaries are found with scikit-image: pip install -r requirements-dev.txt.") from error
    meters = np.clip(np.nan_to_num(depth.astype(np.float64), nan=MAX_DEPTH), MIN_DEPTH, MAX_DEPTH)
    low, high = (8 * slope for slope in BOUNDARY_SLOPES)  # Sobel's sums are 8 times the slope
    log = np.log(meters)
    # Where four pixels meet, for of two pixels beside a jump neither has more right to it than the other.
    corners = (log[1:, 1:] + log[1:, :-1] + log[:-1, 1:] + log[:-1, :-1]) / 4
    return canny(corners, sigma=1, low_threshold=low, high_threshold=high, mode="nearest")


def boundary_error(answer: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """How far the depth boundaries of two depth maps (H, W) are apart, in pixels of a picture `BOUNDARY_WIDTH` wide.

    The mean of two means: from every boundary pixel of the answer to the truth's nearest one, and the reverse. These
    are the accuracy and the completeness of the depth boundary error of Koch et al. ("Evaluation of CNN-based
    Single-Image Depth Estimation Methods", arXiv:1805.01328), except that both distances are cut at `BOUNDARY_LIMIT`
    instead of leaving the answer's far ones out, and that both boundaries come from `depth_boundaries`. An answer
    without boundaries is as far off as can be; `nan` where the truth has none.
    """
    from scipy.ndimage import distance_transform_edt

    found, true = depth_boundaries(answer), depth_boundaries(truth)
    if not true.any():
        return float("nan")
    if not found.any():
        return BOUNDARY_LIMIT
    unit = BOUNDARY_WIDTH / max(truth.shape)

    def off(lines: NDArray[np.bool_], others: NDArray[np.bool_]) -> float:
        return float(np.minimum(unit * distance_transform_edt(~others)[lines], BOUNDARY_LIMIT).mean())

    return (off(found, true) + off(true, found)) / 2


def off_walk(painting: NDArray[np.uint8], ramp: Ramp = "cube") -> float:
    """Share of a painting's pixels (h, w, 3) that lie farther than `OFF_WALK` from the ramp that depth walks along."""
    return float((walk_distance(painting, ramp) > OFF_WALK).mean())


def mask_iou(answer: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks (H, W), of which the truth is not empty."""
    return float((answer & truth).sum() / (answer | truth).sum())


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
    return _ratio(overlaps(counts))


def overlaps(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """(2, classes): pixels in both truth and answer, and in either, from `confusion`."""
    common = np.diag(counts).astype(np.float64)
    return np.stack([common, counts.sum(0) + counts.sum(1) - common])


def pseudo_values(photos: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each photo contributes to a mean IoU whose pixels are counted over all photos: Tukey's jackknife.

    How much the mean changes without a photo, enlarged such that the results vary as independent photos' scores would.

    Args:
        photos: (photos, 2, classes), the `overlaps` of each.

    Returns:
        (photos,); their mean is about the mean IoU, and their spread tells its standard error. `nan` for a photo that
        has no such class in truth or answer.
    """
    values = np.full(len(photos), np.nan)
    seen = np.flatnonzero(photos.any(axis=(1, 2)))
    total, number = photos.sum(axis=0), len(seen)
    for i in seen:
        without = np.nanmean(_ratio(total - photos[i])) if number > 1 else 0.0
        values[i] = number * np.nanmean(_ratio(total)) - (number - 1) * without
    return values


def _ratio(overlap: NDArray[np.float64]) -> NDArray[np.float64]:
    common, union = overlap
    return np.divide(common, union, out=np.full(len(common), np.nan), where=union > 0)
