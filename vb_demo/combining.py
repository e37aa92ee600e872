"""Several votes → one answer: paintings of the same photo with other seeds, or in other colours, taken together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Answer, DepthMap, NormalMap, Provenance, SegmentMap
from vb_demo.codecs import bell, segmentation, to_uint8
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import normals as normal_codec
from vb_demo.errors import InputError

DEPTH_SCALE = 0.1
"""Spread between votes, as a share of the depth, that multiplies their reliability by 0.37."""
ANGLE_SCALE = 20.0
"""Degrees of spread between votes that do the same."""
SMALL_SAMPLES = (1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107)
"""By what 1.4826 · MAD of 2, 3, … 9 values is too small; of n > 9, n / (n − 0.8) (Croux and Rousseeuw, "Time-efficient
algorithms for two highly robust estimators of scale", 1992)."""


def combine(answers: Sequence[Answer]) -> Answer:
    """One answer from several about the same photo: painted with other seeds, or in other colours.

    See `combine_depths`, `combine_normals`, `combine_segments`. One answer alone is returned as it is.

    Raises:
        InputError: none, answers of different kinds or sizes, or of a kind that cannot be combined.
    """
    kinds = {type(answer) for answer in answers}
    if len(kinds) != 1:
        raise InputError("Only answers of one kind can be combined, and there must be at least one.")
    if len({answer.reliability.shape for answer in answers}) > 1:
        raise InputError("Only answers about the same photo can be combined; these have different sizes.")
    if len(answers) == 1:
        return answers[0]
    combiner = COMBINERS.get(kinds.pop())
    if combiner is None:
        raise InputError("Depth in metres, normals and segments can be combined; relative depth and instances cannot.")
    return combiner(answers)


def combine_depths(depths: Sequence[DepthMap]) -> DepthMap:
    """The median depth of two or more votes at each pixel; sky where most say sky.

    `spread` is 1.4826 · MAD, enlarged for small samples. The reliability is the votes' median one, lessened by the
    spread, see `DEPTH_SCALE`.

    Raises:
        InputError: a vote is calibrated: its scale would be mixed with the others'.
    """
    if any(depth.calibration for depth in depths):
        raise InputError("Combine the depths as painted, then set the scale.")
    stack = np.stack([depth.meters for depth in depths])
    meters, count = _median(stack)
    with np.errstate(invalid="ignore"):
        deviation, _ = _median(np.abs(stack - meters))
    sizes = np.arange(len(depths) + 1)
    factors = np.array([np.nan, np.nan, *SMALL_SAMPLES, *(sizes[10:] / (sizes[10:] - 0.8))])
    spread = (1.4826 * factors[count] * deviation).astype(np.float32)
    spread[~np.isfinite(meters)] = np.nan
    reliability = np.median([depth.reliability for depth in depths], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.nan_to_num(spread / meters)
    return DepthMap(
        meters,
        (reliability * bell(relative**2, DEPTH_SCALE)).astype(np.float32),
        to_uint8(depth_codec.encode(meters, ramp=depths[0].ramp)),
        _together(depths),
        ramp=depths[0].ramp,
        votes=len(depths),
        spread=spread,
    )


def combine_normals(normals: Sequence[NormalMap]) -> NormalMap:
    """The mean direction of two or more votes at each pixel.

    `spread` is the angular standard deviation arccos R, R being the length of the mean of the unit vectors (Butler,
    "Paleomagnetism", 1992, chapter 6), times √(n / (n − 1)). The reliability is the votes' mean one, lessened by the
    spread, see `ANGLE_SCALE`.
    """
    stack = np.stack([answer.vectors for answer in normals])
    known = np.isfinite(stack).all(axis=-1, keepdims=True)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, stack, 0).sum(axis=0) / count
        length = np.linalg.norm(mean, axis=-1, keepdims=True)
        vectors = np.where(length > 1e-6, mean / length, np.nan).astype(np.float32)
        spread = np.degrees(np.arccos(length.clip(0, 1))) * np.sqrt(count / (count - 1))
    spread = np.where(count > 1, spread, np.nan)[..., 0].astype(np.float32)
    reliability = np.mean([answer.reliability for answer in normals], axis=0)
    return NormalMap(
        vectors,
        (reliability * bell(np.nan_to_num(spread) ** 2, ANGLE_SCALE)).astype(np.float32),
        to_uint8(normal_codec.encode(vectors, normals[0].axes)),
        _together(normals),
        axes=normals[0].axes,
        votes=len(normals),
        spread=spread,
    )


def combine_segments(segments: Sequence[SegmentMap]) -> SegmentMap:
    """The class that most votes name at each pixel; between equals, the one more reliably painted.

    Classes are matched by name, since each vote may have its own colours; the first vote's legend is kept. The
    reliability is the share of the votes that agree.

    Raises:
        InputError: the votes name different classes.
    """
    names = [[name.casefold() for name in answer.legend.names] for answer in segments]
    if differing := sorted(set().union(*names) - set(names[0]).intersection(*names[1:])):
        raise InputError(f"Votes must be about the same names; only some of these have: {', '.join(differing)}.")
    first = segments[0].legend
    labels = np.stack(
        [
            np.array([names[0].index(name) for name in vote])[answer.labels]
            for vote, answer in zip(names, segments, strict=True)
        ]
    )
    # Less than a vote all together, so that reliability only settles ties.
    tie = np.stack([answer.reliability for answer in segments]) / (len(segments) + 1)
    best, winner = np.zeros(labels.shape[1:], np.float32), np.zeros(labels.shape[1:], np.int32)
    for label in range(len(names[0])):
        score = np.where(labels == label, 1 + tie, 0).sum(axis=0)
        winner[score > best] = label
        np.maximum(best, score, out=best)
    share = (labels == winner).mean(axis=0, dtype=np.float32)
    painting = segmentation.encode(winner, first.colors)
    return SegmentMap(winner, first, share, painting, _together(segments), votes=len(segments))


COMBINERS: dict[type, Callable[[Sequence[Any]], Answer]] = {
    DepthMap: combine_depths,
    NormalMap: combine_normals,
    SegmentMap: combine_segments,
}


def _median(stack: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The median of the values (K, H, W) that are not nan, and how many they are, both (H, W)."""
    ordered = np.sort(stack, axis=0)  # nan comes last
    count = len(stack) - np.isnan(stack).sum(axis=0)
    low, high = (
        np.take_along_axis(ordered, np.maximum(index, 0)[None] // 2, axis=0)[0] for index in (count - 1, count)
    )
    return (low + high) / 2, count


def _together(answers: Sequence[Answer]) -> Provenance:
    """Where the first came from, with the time of all; the seed only if all had the same."""
    origins = [answer.provenance for answer in answers]
    seconds = [origin.seconds for origin in origins if origin.seconds is not None]
    seed = origins[0].seed if len({origin.seed for origin in origins}) == 1 else None
    return replace(origins[0], seed=seed, seconds=sum(seconds) if seconds else None)
