"""Several votes → one answer: paintings of the same photo with other seeds, or in other colours, taken together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, Provenance, RelativeDepthMap, SegmentMap
from vb_demo.codecs import bell, instances, segmentation, to_uint8
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import normals as normal_codec
from vb_demo.colors import Color, distinct_colors
from vb_demo.errors import InputError

DEPTH_SCALE = 0.1
"""Spread between votes, as a share of the depth, that multiplies their reliability by 0.37."""
NEARNESS_SCALE = 0.1
"""Spread between votes of relative depth, whose whole range is 1, that does the same."""
ANGLE_SCALE = 20.0
"""Degrees of spread between votes that do the same."""
ALIGNED_PIXELS = 20_000
"""Relative depths are aligned by about so many pixels at most, evenly chosen."""
SAME_THING = 0.3
"""Intersection over union from which two paintings show one thing. Below the usual 0.5, since painters' outlines vary;
a thing may then have several candidates, of which the assignment takes the best for all."""
ANGULAR = 1.2011
"""Root mean square of angles in units of their median, where both coordinates are normally distributed: √2 / 1.1774."""
SMALL_SAMPLES = (1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107)
"""By what 1.4826 · MAD of 2, 3, … 9 values is too small; of n > 9, n / (n − 0.8) (Croux and Rousseeuw, "Time-efficient
algorithms for two highly robust estimators of scale", 1992)."""


def combine(answers: Sequence[Answer]) -> Answer:
    """One answer from several about the same photo: painted with other seeds, or in other colours.

    See the function of each kind in `COMBINERS`. One answer alone is returned as it is.

    Raises:
        InputError: none, answers of different kinds or sizes, or about different things.
    """
    kinds = {type(answer) for answer in answers}
    if len(kinds) != 1:
        raise InputError("Only answers of one kind can be combined, and there must be at least one.")
    if len({answer.reliability.shape for answer in answers}) > 1:
        raise InputError("Only answers about the same photo can be combined; these have different sizes.")
    if len(answers) == 1:
        return answers[0]
    return COMBINERS[kinds.pop()](answers)


def combine_depths(depths: Sequence[DepthMap]) -> DepthMap:
    """The median depth of two or more votes at each pixel; sky where most say sky.

    `spread` is their `_spread`. The reliability is the votes' median one, lessened by the spread, see `DEPTH_SCALE`.

    Raises:
        InputError: a vote is calibrated: its scale would be mixed with the others'.
    """
    if any(depth.calibration for depth in depths):
        raise InputError("Combine the depths as painted, then set the scale.")
    stack = np.stack([depth.meters for depth in depths])
    meters, spread = _median_and_spread(stack)
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


def combine_relative_depths(depths: Sequence[RelativeDepthMap]) -> RelativeDepthMap:
    """The median nearness of two or more votes at each pixel, on the scale of the first.

    Nearness is known up to scale and shift, which differ between paintings: each is first brought to the first one by
    the two that fit it best, see `_aligned`. `spread` and reliability are as for `combine_depths`, see
    `NEARNESS_SCALE`.

    Raises:
        InputError: some are affine in depth, others in inverse depth.
    """
    first = depths[0]
    if len({depth.linear for depth in depths}) > 1:
        raise InputError("Some of these show depth and others inverse depth; only depths of one kind can be combined.")
    aligned = [first.nearness, *(_aligned(depth.nearness, first.nearness) for depth in depths[1:])]
    nearness, spread = _median_and_spread(np.stack(aligned))
    reliability = np.median([depth.reliability for depth in depths], axis=0)
    return replace(
        first,
        nearness=nearness,
        reliability=(reliability * bell(np.nan_to_num(spread) ** 2, NEARNESS_SCALE)).astype(np.float32),
        painting=to_uint8(depth_codec.encode_ramp(nearness, first.ramp)),
        provenance=_together(depths),
        votes=len(depths),
        spread=spread,
    )


def combine_normals(normals: Sequence[NormalMap]) -> NormalMap:
    """The median direction of two or more votes at each pixel: the median of each component, at unit length.

    `spread` is the median angle between the votes and that direction, times `ANGULAR` and √(n / (n − 1)). The
    reliability is the votes' mean one, lessened by the spread, see `ANGLE_SCALE`.
    """
    stack = np.stack([answer.vectors for answer in normals])
    median, _ = _median(stack)
    length = np.linalg.norm(median, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        vectors = np.where(length > 1e-6, median / length, np.nan).astype(np.float32)
        cosines = np.einsum("kyxc,yxc->kyx", stack, vectors).clip(-1, 1)
        angle, count = _median(np.degrees(np.arccos(cosines)))
        spread = np.where(count > 1, ANGULAR * angle * np.sqrt(count / (count - 1)), np.nan).astype(np.float32)
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
    winner, share = _majority(labels, np.stack([answer.reliability for answer in segments]))
    painting = segmentation.encode(winner, first.colors)
    return SegmentMap(winner, first, share, painting, _together(segments), votes=len(segments))


def combine_instances(things: Sequence[InstanceMap]) -> InstanceMap:
    """The thing that most votes show at each pixel, and the reliability as for `combine_segments`.

    Things are the same where they overlap best, see `_same_things`. One that less than half of the votes show is
    background. The painting has colours of its own, since two votes may paint two things in one colour.

    Raises:
        InputError: the votes are about different kinds of thing.
    """
    first = things[0]
    if len(kinds := {answer.of.casefold() for answer in things}) > 1:
        raise InputError(f"Votes must be about one kind of thing; these are about {', '.join(sorted(kinds))}.")
    labels = _same_things([answer.labels for answer in things])
    shown = np.bincount(np.concatenate([np.unique(vote) for vote in labels]))
    labels = np.where(2 * shown >= len(things), np.arange(len(shown)), 0)[labels]
    winner, share = _majority(labels, np.stack([answer.reliability for answer in things]))
    sizes = np.bincount(winner.ravel())[1:]
    count = int((sizes > 0).sum())
    numbers = np.zeros(len(sizes) + 1, np.int32)
    numbers[1 + np.argsort(-sizes, kind="stable")[:count]] = np.arange(1, count + 1)
    background = first.background or Color(0, 0, 0)
    colors = tuple(distinct_colors(count, avoid=[background]))
    winner = numbers[winner]
    painting = instances.encode(winner, np.array(colors).reshape(-1, 3), background)
    origin = _together(things)
    return InstanceMap(winner, count, first.of, colors, share, painting, origin, background, votes=len(things))


COMBINERS: dict[type, Callable[[Sequence[Any]], Answer]] = {
    DepthMap: combine_depths,
    RelativeDepthMap: combine_relative_depths,
    NormalMap: combine_normals,
    SegmentMap: combine_segments,
    InstanceMap: combine_instances,
}
"""Kind of answer → how several become one."""


def _aligned(nearness: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float32]:
    """scale · nearness + shift that is nearest to the target, (H, W) both, with misfits beyond `NEARNESS_SCALE`
    counting less (soft L1). The scale is not negative: a painting that says the reverse is not turned round.
    """
    from scipy.optimize import least_squares

    known = np.flatnonzero(np.isfinite(nearness + target))
    known = known[:: max(1, known.size // ALIGNED_PIXELS)]
    if not known.size:
        return nearness
    here, there = (values.ravel()[known].astype(float) for values in (nearness, target))
    bounds = ([0, -np.inf], np.inf)
    fit = least_squares(
        lambda guess: guess[0] * here + guess[1] - there, [1, 0], loss="soft_l1", f_scale=NEARNESS_SCALE, bounds=bounds
    )
    return (fit.x[0] * nearness + fit.x[1]).clip(0, 1).astype(np.float32)


def _same_things(votes: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Labels (K, H, W) in which a thing has one number in all votes: that of the vote which showed it first.

    The things of each vote are assigned to those known so far so that their intersections over unions are largest
    together (Hungarian method); those below `SAME_THING` are new ones.
    """
    from scipy.optimize import linear_sum_assignment

    renumbered = [votes[0]]
    known = [(0, label) for label in range(1, int(votes[0].max()) + 1)]  # (vote, label there) that showed it first
    for vote in votes[1:]:
        tables = [_overlaps(earlier, vote) for earlier in votes[: len(renumbered)]]
        overlaps = np.array([tables[first][label] for first, label in known]).reshape(len(known), -1)
        numbers = np.zeros(int(vote.max()) + 1, np.int32)
        for thing, label in zip(*linear_sum_assignment(overlaps[:, 1:], maximize=True), strict=True):
            if overlaps[thing, 1 + label] >= SAME_THING:
                numbers[1 + label] = 1 + thing
        new = 1 + np.flatnonzero(numbers[1:] == 0)
        numbers[new] = len(known) + 1 + np.arange(len(new))
        known += [(len(renumbered), int(label)) for label in new]
        renumbered.append(numbers[vote])
    return np.stack(renumbered)


def _overlaps(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.float64]:
    """Intersection over union of each label in one picture with each in the other, (labels, labels)."""
    rows, columns = int(one.max()) + 1, int(other.max()) + 1
    both = np.bincount(one.ravel() * columns + other.ravel(), minlength=rows * columns).reshape(rows, columns)
    return both / np.maximum(both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both, 1)


def _majority(
    labels: NDArray[np.integer], reliability: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The label that most of the votes (K, H, W) say, and the share of them that do; ties go by the reliabilities."""
    votes = 1 + reliability / (len(labels) + 1)  # the excess is less than a vote all together
    support = np.stack([np.where(labels == own, votes, 0).sum(axis=0) for own in labels])
    winner = np.take_along_axis(labels, support.argmax(axis=0)[None], axis=0)[0]
    return winner.astype(np.int32), (labels == winner).mean(axis=0, dtype=np.float32)


def _median_and_spread(stack: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The median (H, W) of votes (K, H, W), and their spread: 1.4826 · MAD, enlarged for small samples.

    The spread is nan where less than two are known, or the median is infinite.
    """
    median, count = _median(stack)
    with np.errstate(invalid="ignore"):
        deviation, _ = _median(np.abs(stack - median))
    sizes = np.arange(len(stack) + 1)
    factors = np.array([np.nan, np.nan, *SMALL_SAMPLES, *(sizes[10:] / (sizes[10:] - 0.8))])
    spread = (1.4826 * factors[count] * deviation).astype(np.float32)
    spread[~np.isfinite(median)] = np.nan
    return median, spread


def _median(stack: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The median of the values (K, …) that are not nan, and how many they are, both (…)."""
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
