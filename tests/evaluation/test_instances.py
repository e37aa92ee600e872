from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vb_demo.evaluation.datasets import IGNORE, open_dataset
from vb_demo.evaluation.instances import commonest_kind, thing_scores

TRUTH = np.array([[1, 1, 1, 1, 0, 0, 2, 2]])


def scores(*answer: int, truth: np.ndarray = TRUTH) -> tuple[float, float]:
    quality, iou = thing_scores(np.array([answer]), truth).values()
    return quality, iou


def test_the_same_things_in_another_order_are_right() -> None:
    assert scores(7, 7, 7, 7, 0, 0, 3, 3) == (1, 1)
    assert scores(2, 2, 2, 2, 0, 0, 1, 1) == (1, 1)


def test_panoptic_quality_counts_pairs_above_a_half() -> None:
    assert scores(1, 1, 1, 0, 0, 0, 2, 2) == (pytest.approx((3 / 4 + 1) / 2), pytest.approx((3 / 4 + 1) / 2))
    assert scores(1, 1, 0, 0, 0, 0, 2, 2) == (1 / 2, 3 / 4)  # 2 of 4 pixels are not more than half
    assert scores(1, 1, 1, 1, 1, 1, 1, 1) == (0, 1 / 4)
    assert scores(0, 0, 0, 0, 0, 0, 0, 0) == (0, 0)


def test_one_thing_torn_in_two_counts_once() -> None:
    assert scores(1, 1, 1, 3, 0, 0, 2, 2) == (pytest.approx((3 / 4 + 1) / 2.5), pytest.approx((3 / 4 + 1) / 2))


def test_what_lies_where_nothing_is_judged_is_not_held_against_it() -> None:
    truth = np.array([[1, 1, IGNORE, IGNORE, IGNORE, 0, 2, 2]])
    assert scores(1, 1, 1, 3, 3, 3, 2, 2, truth=truth) == (1, 1)
    assert scores(1, 1, 0, 3, 3, 0, 2, 2, truth=truth) == (1, 1)
    assert scores(1, 1, 0, 0, 3, 3, 2, 2, truth=truth)[0] == pytest.approx(2 / 2.5)


def test_the_kind_is_the_one_that_most_things_are_of(write_renders: Callable[..., Path], world: Any) -> None:
    data = open_dataset(write_renders(1))
    kind, things = commonest_kind(data, data.samples[0])
    assert kind == "ball"
    assert np.array_equal(things, world.instances)


def test_crowds_are_not_judged_and_single_things_not_asked_for(write_set: Callable[..., Path], world: Any) -> None:
    stored = np.where(world.labels == 3, 3, world.instances).astype(np.uint16)
    crowd = np.where(world.labels == 2, 4, stored).astype(np.uint16)
    things = [{"name": "ball"}, {"name": "ball"}, {"name": "box"}, {"name": "ball", "crowd": True}]
    meta = {"kind": "instance", "items": {"a": things, "b": things, "c": things}}
    data = open_dataset(write_set("things", meta, "label", a=stored, b=crowd, c=np.where(stored == 2, 0, stored)))
    a, b, c = (commonest_kind(data, sample) for sample in data.samples)
    assert (a[0], b[0], c[0]) == ("ball", "ball", None)
    assert np.array_equal(a[1], world.instances)
    assert np.array_equal(b[1], np.where(world.labels == 2, IGNORE, world.instances))
