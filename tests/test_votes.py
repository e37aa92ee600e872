from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from vb_demo.answers import InstanceMap, SegmentMap
from vb_demo.codecs import segmentation
from vb_demo.colors import Color
from vb_demo.prompts import Legend, parse_prompt
from vb_demo.votes import absent, fresh_legend, without_small

LEGEND = parse_prompt("The cat is orange, the dog is #102030, the mat is red and the background is lime.")


def test_fresh_colours_for_the_same_things() -> None:
    fresh = fresh_legend(LEGEND, seed=1)
    assert fresh.names == LEGEND.names
    assert fresh.background == LEGEND.background
    assert fresh == fresh_legend(LEGEND, seed=1)
    assert len({fresh_legend(LEGEND, seed).entries for seed in range(20)}) > 15


@pytest.mark.parametrize("count", [1, 3, 12, 30])
def test_fresh_colours_are_far_apart(count: int) -> None:
    entries = tuple((f"thing {i}", (i, i, i)) for i in range(count))
    fresh = fresh_legend(Legend(entries), seed=4)  # type: ignore[arg-type]
    closest = min(np.linalg.norm(np.subtract(a, b, dtype=float)) for a, b in combinations(fresh.colors.tolist(), 2))
    assert closest >= (100 if count <= 12 else 60)
    if count <= 12:
        assert all(entry.color.exact_name for entry in fresh.entries)


def test_what_is_too_small_becomes_background():
    labels = np.array([[0, 1, 1, 1, 2, 3, 3, 3]], np.int32)
    answer = SegmentMap(labels, LEGEND, np.ones(labels.shape, np.float32), np.zeros((1, 8, 3), np.uint8))
    found = without_small(answer, 20)
    assert isinstance(found, SegmentMap)
    assert found.labels.tolist() == [[0, 1, 1, 1, 0, 3, 3, 3]]
    assert found.reliability.tolist() == [[1, 1, 1, 1, 0, 1, 1, 1]]
    assert absent(found) == ["dog"]
    assert found.provenance.min_percent == 20
    assert without_small(answer, 0) is answer
    assert (without_small(answer, 90).labels == 0).all()


def test_things_that_are_too_small_leave_no_gap_in_the_numbers():
    labels = np.array([[1, 1, 1, 2, 3, 3, 0, 0]], np.int32)
    colors = (Color(9, 0, 0), Color(0, 9, 0), Color(0, 0, 9))
    reliability = np.ones(labels.shape, np.float32)
    found = without_small(InstanceMap(labels, 3, "cat", colors, reliability, np.zeros((1, 8, 3), np.uint8)), 20)
    assert isinstance(found, InstanceMap)
    assert found.labels.tolist() == [[1, 1, 1, 0, 2, 2, 0, 0]]
    assert (found.count, found.colors) == (2, (colors[0], colors[2]))


def test_what_gets_hardly_a_pixel_is_absent() -> None:
    labels = np.zeros((50, 50), np.int32)
    labels[0, :2], labels[1, :3] = 2, 3
    pixels = np.zeros((50, 50, 3), np.uint8)
    answer = SegmentMap(labels, LEGEND, np.ones(labels.shape, np.float32), pixels)
    assert absent(answer) == ["cat", "dog"]
    assert absent(answer, below=0.0005) == ["cat"]


def test_what_is_only_read_from_soft_edges_is_absent() -> None:
    legend = parse_prompt("The unicorn is pink. The submarine is green. The wall is white.")
    pink = np.array(legend.entries[0].color)
    rim = np.linspace(0, 1, 40)[:, None, None] * pink  # from black, the background
    painting = np.concatenate([np.zeros((20, 40, 3)), rim.repeat(40, 1), np.full((20, 40, 3), pink)]).astype(np.uint8)
    found = segmentation.decode(painting, legend.colors)
    answer = SegmentMap(found.values, legend, found.reliability, painting)
    assert np.count_nonzero(answer.labels == 2) > 100
    assert answer.blends == {2}
    assert absent(answer) == ["submarine", "wall"]


def test_of_names_that_share_a_colour_none_is_absent_where_it_was_found() -> None:
    legend = parse_prompt("The table is red. The chair is red. The lamp is blue.")
    labels = np.ones((4, 4), np.int32)
    answer = SegmentMap(labels, legend, np.zeros(labels.shape, np.float32), np.zeros((4, 4, 3), np.uint8))
    assert answer.blends == frozenset()
    assert absent(answer) == ["lamp"]
