from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.classification import MulticlassJaccardIndex

from vb_demo.evaluation.metrics import (
    BOUNDARY_LIMIT,
    MAX_DEPTH,
    angles,
    boundary_error,
    class_iou,
    confusion,
    depth_boundaries,
    depth_scores,
    mask_iou,
    measured,
    median_scaled,
    normal_scores,
    off_walk,
    overlaps,
    pseudo_values,
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


# --- boundaries -----------------------------------------------------------------------------------------------------


def step(at: int, blur: float = 0.0) -> np.ndarray:
    """(20, 320): a wall at 1 m, from column `at` on one at 2 m; half the size of the picture that pixels count in."""
    from scipy.ndimage import gaussian_filter1d

    depth = np.where(np.arange(320) < at, 1.0, 2.0)
    return np.tile(gaussian_filter1d(depth, blur) if blur else depth, (20, 1))


@pytest.mark.parametrize(("shift", "expected"), [(0, 0), (1, 2), (3, 6), (40, BOUNDARY_LIMIT)])
def test_boundaries_are_as_far_off_as_they_are_shifted(shift: int, expected: float) -> None:
    assert boundary_error(step(100 + shift), step(100)) == pytest.approx(expected)
    assert boundary_error(3 * step(100 + shift), step(100)) == pytest.approx(expected)  # whatever the unit


def test_a_blurred_boundary_lies_in_the_middle() -> None:
    assert boundary_error(step(100, blur=2), step(100)) < 3


def test_boundaries_count_both_ways() -> None:
    both = np.where(np.arange(320) < 200, step(100), 4.0)
    assert boundary_error(both, step(100)) == pytest.approx(BOUNDARY_LIMIT / 4)
    assert boundary_error(step(100), both) == pytest.approx(BOUNDARY_LIMIT / 4)


def test_without_boundaries() -> None:
    flat = np.ones((20, 320))
    assert boundary_error(flat, step(100)) == BOUNDARY_LIMIT
    assert math.isnan(boundary_error(step(100), flat))


def test_sky_has_a_boundary_and_a_slope_has_none() -> None:
    sky = np.where(np.arange(320) < 100, 5.0, INF) * np.ones((20, 1))
    assert depth_boundaries(sky)[10].nonzero()[0] == pytest.approx([99.5], abs=0.5)
    slope = 1 / np.linspace(1, 0.01, 320) * np.ones((20, 1))
    assert not depth_boundaries(slope)[:, :-8].any()


def test_paint_off_the_walk() -> None:
    painting = np.array([[[255, 0, 0], [255, 128, 0], [128, 128, 128], [245, 10, 10]]], np.uint8)
    assert off_walk(painting) == 0.25
    assert off_walk(painting, "grey") == 0.75


def test_masks_by_hand() -> None:
    assert mask_iou(np.array([True, True, False]), np.array([False, True, True])) == pytest.approx(1 / 3)


def test_pseudo_values_are_each_photos_own_score_where_the_photos_weigh_alike() -> None:
    common = np.array([0.2, 0.5, 0.6, 0.9]) * 100
    photos = np.array([[[c], [100.0]] for c in common])
    np.testing.assert_allclose(pseudo_values(photos), common / 100)


def test_a_photo_that_shows_nothing_of_it_has_no_pseudo_value() -> None:
    counts = confusion(np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]), 2)
    np.testing.assert_array_equal(overlaps(counts), [[1, 2], [2, 3]])
    photo = overlaps(counts)[:, 1:]
    np.testing.assert_allclose(pseudo_values(np.stack([photo, 0 * photo])), [2 / 3, np.nan])
