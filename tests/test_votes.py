from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from vb_demo.answers import SegmentMap
from vb_demo.prompts import Legend, parse_prompt
from vb_demo.votes import absent, fresh_legend

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


def test_what_gets_hardly_a_pixel_is_absent() -> None:
    labels = np.zeros((50, 50), np.int32)
    labels[0, :2], labels[1, :3] = 2, 3
    pixels = np.zeros((50, 50, 3), np.uint8)
    answer = SegmentMap(labels, LEGEND, np.ones(labels.shape, np.float32), pixels)
    assert absent(answer) == ["cat", "dog"]
    assert absent(answer, below=0.0005) == ["cat"]
