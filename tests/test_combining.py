from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vb_demo.answers import Calibration, DepthMap, InstanceMap, NormalMap, Provenance, RelativeDepthMap, SegmentMap
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import normals as normal_codec
from vb_demo.codecs import segmentation
from vb_demo.colors import Color
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


def relative(*nearness: float) -> RelativeDepthMap:
    return RelativeDepthMap(np.array([nearness], np.float32), np.ones((1, len(nearness)), np.float32), PAINTING)


def things(*rows: list[int], sure: float = 1.0) -> InstanceMap:
    labels = np.array(rows, np.int32)
    count = int(labels.max())
    colors = tuple(Color(50 * i, 7, 9) for i in range(1, count + 1))
    return InstanceMap(labels, count, "cat", colors, np.full(labels.shape, sure, np.float32), PAINTING)


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


def test_the_median_direction():
    unknown = normals(0, 0)
    unknown.vectors[0] = np.nan
    found = combine([normals(10, 40), normals(80, 40), normals(15, 40), unknown])
    degrees = np.degrees(np.arctan2(found.vectors[0, :, 0], found.vectors[0, :, 2]))
    assert degrees[1] == pytest.approx(40, abs=0.01)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(normal_codec.decode(found.painting).values, found.vectors, atol=0.01)


def test_one_wrong_direction_moves_the_median_little():
    found = combine([normals(10), normals(14), normals(12), normals(11), normals(80)])
    assert np.degrees(np.arctan2(*found.vectors[0, 0, [0, 2]])) == pytest.approx(12, abs=0.1)
    assert found.spread.item() == pytest.approx(1.2011 * 2 * np.sqrt(5 / 4), rel=0.06)
    assert found.reliability.item() == pytest.approx(np.exp(-((found.spread.item() / 20) ** 2)))


@pytest.mark.parametrize("votes", [2, 3, 5, 8])
def test_the_angular_spread_is_that_of_calm_votes(votes: int):
    rng = np.random.default_rng(votes)
    directions = rng.normal((0, 0, 1), (0.05, 0.05, 0), (votes, 1, 20_000, 3))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    found = combine([replace(normals(0), vectors=each, reliability=np.ones((1, 20_000))) for each in directions])
    assert found.spread.mean() == pytest.approx(np.degrees(0.05 * np.sqrt(2)), rel=0.12)


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


# --- relative depth -------------------------------------------------------------------------------------------------


def test_relative_depths_meet_on_the_scale_of_the_first():
    first = np.linspace(0.1, 0.9, 9)
    wild = first / 2 + 0.3
    wild[4] = 0.0
    found = combine([relative(*first), relative(*(first / 2)), relative(*wild)])
    np.testing.assert_allclose(found.nearness[0], first, atol=0.01)
    np.testing.assert_allclose(np.delete(found.spread[0], 4), 0, atol=0.02)
    assert found.votes == 3
    np.testing.assert_allclose(depth_codec.decode_relative(found.painting).values, found.nearness, atol=0.01)


def test_relative_depths_that_disagree_are_not_to_be_trusted():
    found = combine([relative(0.0, 0.5, 1.0), relative(1.0, 0.5, 0.0)])
    assert found.reliability[0, 1] > 0.9
    assert (found.reliability[0, [0, 2]] < 0.1).all()
    assert found.nearness[0, 0] < found.nearness[0, 2]  # the first one's order


def test_the_spread_of_relative_depth_becomes_metres():
    found = replace(relative(0.5), spread=np.full((1, 1), 0.02, np.float32), votes=3).calibrated(Calibration(0.5))
    assert (found.meters.item(), found.votes) == (4, 3)
    assert found.spread.item() == pytest.approx(0.16)  # 1 / (0.5 · 0.5) ± 0.02 · 0.5 · 4²


# --- instances ------------------------------------------------------------------------------------------------------


def test_things_are_matched_where_they_overlap():
    votes = [
        things([1, 1, 1, 0, 2, 2]),
        things([2, 2, 0, 0, 1, 1]),
        things([1, 1, 1, 1, 0, 0]),
    ]
    found = combine(votes)
    assert found.labels.tolist() == [[1, 1, 1, 0, 2, 2]]
    np.testing.assert_allclose(found.reliability, [[1, 1, 2 / 3, 2 / 3, 2 / 3, 2 / 3]])
    assert (found.count, len(found.colors), found.votes) == (2, 2, 3)
    again = segmentation.decode(found.painting, [found.background or (0, 0, 0), *found.colors])
    assert again.values.tolist() == found.labels.tolist()


def test_the_assignment_is_the_best_for_all():
    """The second vote's first thing overlaps the left one most, but then its second thing would have none."""
    first = [1] * 10 + [2] * 5
    found = combine([things(first), things([2] * 4 + [1] * 10 + [0]), things(first)])
    assert found.labels.tolist() == [first]
    assert found.reliability[0, [0, 12]].tolist() == [1, 1]


def test_a_thing_that_the_first_vote_missed_is_found():
    seen = things([1, 1, 0, 2, 2, 2])
    found = combine([things([1, 1, 0, 0, 0, 0]), seen, seen])
    assert found.labels.tolist() == [[2, 2, 0, 1, 1, 1]]  # largest first


def test_a_thing_that_few_votes_show_is_background():
    found = combine([things([1, 1, 0]), things([0, 0, 0]), things([0, 0, 0])])
    assert (found.count, found.colors, found.labels.tolist()) == (0, (), [[0, 0, 0]])
    assert combine([things([1, 1, 0]), things([0, 0, 1]), things([0, 0, 0])]).count == 0


# --- what cannot be combined ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        ([], "at least one"),
        ([depth(1.0), normals(1.0)], "of one kind"),
        ([depth(1.0), depth(1.0, 2.0)], "different sizes"),
        ([depth(1.0), depth(1.0).calibrated(Calibration(2.0, kind="metric"))], "then set the scale"),
        ([relative(0.0), replace(relative(0.0), linear=True)], "only depths of one kind"),
        ([things([1]), replace(things([1]), of="dog")], "about cat, dog"),
        ([segments([1], "cat", "dog"), segments([1], "cat", "cow")], "only some of these have: cow, dog"),
    ],
)
def test_what_does_not_go_together(votes: list, words: str):
    with pytest.raises(InputError, match=words):
        combine(votes)
