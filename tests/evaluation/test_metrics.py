from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.classification import MulticlassJaccardIndex

from vb_demo.evaluation.metrics import (
    MAX_DEPTH,
    angles,
    class_iou,
    confusion,
    depth_scores,
    measured,
    median_scaled,
    normal_scores,
)

NAN, INF = math.nan, math.inf


def test_truth_counts_where_it_is_there_and_near_enough() -> None:
    truth = np.array([[0, NAN, 0.5, MAX_DEPTH, MAX_DEPTH + 1, INF]])
    assert measured(truth).tolist() == [[False, False, True, True, False, False]]


def test_depth_scores_by_hand() -> None:
    truth = np.array([[1.0, 2.0, 4.0, NAN]])
    answer = np.array([[1.2, 2.0, 5.0, 9.0]])
    scores = depth_scores(answer, truth)
    assert scores.delta1 == pytest.approx(2 / 3)  # 5/4 is not below 1.25
    assert scores.abs_rel == pytest.approx((0.2 + 0 + 0.25) / 3)


@pytest.mark.parametrize("silence", [NAN, INF, 1000.0])
def test_silence_and_sky_are_wrong_depths(silence: float) -> None:
    scores = depth_scores(np.array([[2.0, silence]]), np.array([[2.0, 2.0]]))
    assert scores.delta1 == 0.5
    assert scores.abs_rel == pytest.approx((MAX_DEPTH - 2) / 2 / 2)


def test_a_truth_without_a_pixel_cannot_be_compared_with() -> None:
    with pytest.raises(ValueError, match="No pixel"):
        depth_scores(np.ones((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="No pixel"):
        normal_scores(np.ones((2, 2, 3)), np.full((2, 2, 3), NAN))


@given(st.floats(0.01, 100))
def test_scaling_forgives_one_factor_and_nothing_else(factor: float) -> None:
    truth = np.array([[1.0, 2.0, 3.0, 5.0]])
    assert depth_scores(median_scaled(truth * factor, truth), truth).abs_rel == pytest.approx(0, abs=1e-9)
    bent = truth**2
    assert depth_scores(median_scaled(bent * factor, truth), truth).abs_rel == pytest.approx(
        depth_scores(median_scaled(bent, truth), truth).abs_rel
    )


def test_scaling_looks_only_where_both_have_a_depth() -> None:
    truth = np.array([[1.0, 1.0, 0.0, 8.0]])
    answer = np.array([[2.0, 2.0, 50.0, INF]])
    assert median_scaled(answer, truth).tolist() == [[1.0, 1.0, 25.0, INF]]
    silent = np.full((1, 4), NAN)
    assert np.isnan(median_scaled(silent, truth)).all()


def test_angles_by_hand() -> None:
    truth = np.array([[[0, 0, 1], [0, 1, 0], [1, 0, 0], [NAN, NAN, NAN]]], float)
    answer = np.array([[[0, 0, 1], [0, math.sqrt(0.5), math.sqrt(0.5)], [NAN, NAN, NAN], [0, 0, 1]]])
    assert angles(answer, truth) == pytest.approx([0, 45, 180])
    scores = normal_scores(answer, truth)
    assert (scores.mean, scores.median, scores.near) == pytest.approx((75, 45, 1 / 3))


def test_confusion_by_hand() -> None:
    truth = np.array([[0, 0, 1], [1, 2, -1]])
    answer = np.array([[0, 1, 1], [1, 0, 2]])
    counts = confusion(answer, truth, 3, ignore=-1)
    assert counts.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert class_iou(counts) == pytest.approx([1 / 3, 2 / 3, 0])


def test_a_class_that_nobody_names_has_no_iou() -> None:
    counts = confusion(np.zeros((2, 2), int), np.zeros((2, 2), int), 2)
    assert class_iou(counts)[0] == 1
    assert math.isnan(class_iou(counts)[1])


@given(st.integers(0, 2**32 - 1))
def test_iou_agrees_with_torchmetrics(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, answer = random.integers(0, 4, (2, 9, 11))
    truth[0] = 255
    theirs = MulticlassJaccardIndex(num_classes=5, average=None, ignore_index=255)
    expected = theirs(torch.from_numpy(answer), torch.from_numpy(truth)).numpy()
    ours = class_iou(confusion(answer, truth, 5, ignore=255))
    assert ours[:4] == pytest.approx(expected[:4], abs=1e-6)
