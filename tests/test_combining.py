from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vb_demo.answers import Calibration, DepthMap, InstanceMap, NormalMap, Provenance, RelativeDepthMap, SegmentMap
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import normals as normal_codec
from vb_demo.codecs import segmentation
from vb_demo.combining import combine
from vb_demo.errors import InputError
from vb_demo.prompts import Entry, Legend

PAINTING = np.zeros((1, 1, 3), np.uint8)


def depth(*meters: float, sure: float = 1.0, **more) -> DepthMap:
    return DepthMap(np.array([meters], np.float32), np.full((1, len(meters)), sure, np.float32), PAINTING, **more)


def normals(*degrees: float) -> NormalMap:
    """Turned from the viewer to the right."""
    turn = np.radians(degrees)
    vectors = np.stack([np.sin(turn), 0 * turn, np.cos(turn)], axis=-1).astype(np.float32)
    return NormalMap(vectors[None], np.ones((1, len(degrees)), np.float32), PAINTING)


def segments(labels: list[int], *names: str, sure: float = 1.0) -> SegmentMap:
    legend = Legend(tuple(Entry(name, (50 * i, 7, len(names))) for i, name in enumerate(names, start=1)))
    return SegmentMap(np.array([labels], np.int32), legend, np.full((1, len(labels)), sure, np.float32), PAINTING)


# --- depth ----------------------------------------------------------------------------------------------------------


def test_the_median_of_three_paintings():
    votes = [depth(2.0, 5.0, np.inf, np.nan), depth(2.1, 5.0, np.inf, 3.0), depth(9.0, 5.0, 4.0, np.nan)]
    found = combine(votes)
    np.testing.assert_allclose(found.meters, [[2.1, 5, np.inf, 3]])
    np.testing.assert_allclose(found.spread, [[1.495 * 1.4826 * 0.1, 0, np.nan, np.nan]], rtol=1e-5)
    assert found.votes == 3
    assert found.reliability[0, 1] == 1
    assert found.reliability[0, 0] == pytest.approx(np.exp(-((found.spread[0, 0] / 2.1 / 0.1) ** 2)))
    again = depth_codec.decode(found.painting).values
    np.testing.assert_allclose(again, found.meters, rtol=0.01)


def test_of_two_the_mean():
    found = combine([depth(2.0, np.nan), depth(3.0, np.nan)])
    np.testing.assert_allclose(found.meters, [[2.5, np.nan]])


@pytest.mark.parametrize("votes", [2, 3, 5, 8, 16])
def test_the_spread_is_the_standard_deviation_of_calm_votes(votes: int):
    rng = np.random.default_rng(votes)
    found = combine([depth(*rng.normal(10, 0.5, 20_000)) for _ in range(votes)])
    assert found.spread.mean() == pytest.approx(0.5, rel=0.03)


def test_disagreement_costs_reliability():
    calm, wild = combine([depth(3.0), depth(3.01)]), combine([depth(2.0), depth(4.0)])
    assert calm.reliability > 0.95
    assert wild.reliability < 0.01
    assert combine([depth(3.0, sure=0.4), depth(3.0, sure=0.6)]).reliability == pytest.approx(0.5)


def test_one_vote_is_itself():
    vote = depth(2.0)
    assert combine([vote]) is vote


def test_where_votes_come_from():
    votes = [depth(2.0, provenance=Provenance("painter", "how far?", seed, 4, 1.5)) for seed in (1, 2)]
    assert combine(votes).provenance == Provenance("painter", "how far?", None, 4, 3.0)


# --- normals --------------------------------------------------------------------------------------------------------


def test_the_mean_direction():
    unknown = normals(0, 0)
    unknown.vectors[0, 1] = np.nan
    found = combine([normals(10, 40), normals(20, 40), replace(normals(15, 40)), unknown, unknown][:3])
    np.testing.assert_allclose(found.vectors[0], normals(15, 40).vectors[0], atol=1e-6)
    assert found.spread[0, 0] == pytest.approx(5, rel=0.01)  # the standard deviation of 10, 20 and 15
    assert found.spread[0, 1] == pytest.approx(0, abs=0.05)
    np.testing.assert_allclose(normal_codec.decode(found.painting).values, found.vectors, atol=0.01)
    assert found.reliability[0, 0] == pytest.approx(np.exp(-((5 / 20) ** 2)), rel=0.01)


def test_votes_without_a_direction_are_left_out():
    unknown = normals(0, 0)
    unknown.vectors[0] = np.nan
    half = normals(10, 10)
    half.vectors[0, 1] = np.nan
    found = combine([unknown, half])
    np.testing.assert_allclose(found.vectors[0, 0], half.vectors[0, 0])
    assert np.isnan(found.vectors[0, 1]).all()
    assert np.isnan(found.spread).all()


# --- segments -------------------------------------------------------------------------------------------------------


def test_the_majority_by_name():
    votes = [
        segments([1, 1, 0, 2], "cat", "dog"),
        segments([2, 1, 0, 1], "Dog", "cat"),
        segments([1, 2, 1, 2], "cat", "dog"),
    ]
    found = combine(votes)
    assert found.labels.tolist() == [[1, 2, 0, 2]]
    assert found.legend == votes[0].legend
    np.testing.assert_allclose(found.reliability, [[1, 2 / 3, 2 / 3, 1]])
    assert segmentation.decode(found.painting, found.legend.colors).values.tolist() == found.labels.tolist()


def test_between_equals_the_cleaner_paint_wins():
    votes = [segments([1], "cat", "dog", sure=0.3), segments([2], "cat", "dog", sure=0.9)]
    found = combine(votes)
    assert (found.labels.item(), found.reliability.item()) == (2, 0.5)
    lone = segments([2], "cat", "dog", sure=1.0)
    poor = segments([1], "cat", "dog", sure=0.0)
    assert combine([poor, poor, lone]).labels.item() == 1


# --- what cannot be combined ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        ([], "at least one"),
        ([depth(1.0), normals(1.0)], "of one kind"),
        ([depth(1.0), depth(1.0, 2.0)], "different sizes"),
        ([depth(1.0), depth(1.0).calibrated(Calibration(2.0, kind="metric"))], "then set the scale"),
        ([RelativeDepthMap(np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), PAINTING)] * 2, "cannot"),
        ([InstanceMap(np.zeros((1, 1), np.int32), 0, "cat", (), np.ones((1, 1), np.float32), PAINTING)] * 2, "cannot"),
        ([segments([1], "cat", "dog"), segments([1], "cat", "cow")], "only some of these have: cow, dog"),
    ],
)
def test_what_does_not_go_together(votes: list, words: str):
    with pytest.raises(InputError, match=words):
        combine(votes)
