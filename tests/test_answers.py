from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.answers import Calibration, DepthMap, Provenance, RelativeDepthMap
from vb_demo.codecs import depth as depth_codec
from vb_demo.errors import InputError


def test_calibration_turns_nearness_into_metres() -> None:
    nearness = np.array([[1.0, 0.5, 0.0, math.nan]], np.float32)
    answer = RelativeDepthMap(nearness, np.full((1, 4), 0.5, np.float32), np.zeros((1, 4, 3), np.uint8))
    np.testing.assert_allclose(answer.calibrated(Calibration(0.5)).meters, [[2, 4, math.inf, math.nan]])
    np.testing.assert_allclose(answer.calibrated(Calibration(0.4, 0.1)).meters, [[2, 10 / 3, 10, math.nan]], rtol=1e-6)
    assert answer.calibrated(Calibration(0.5)).meters.dtype == np.float32


def test_a_shift_below_the_horizon_is_sky() -> None:
    nearness = np.array([[1.0, 0.1]], np.float32)
    answer = RelativeDepthMap(nearness, np.ones_like(nearness), np.zeros((1, 2, 3), np.uint8))
    assert answer.calibrated(Calibration(1.0, -0.5)).meters.tolist() == [[2, math.inf]]


def test_calibration_keeps_the_origin() -> None:
    origin = Provenance("painter", "how far?", seed=3)
    answer = RelativeDepthMap(
        np.ones((1, 1), np.float32), np.full((1, 1), 0.25, np.float32), np.full((1, 1, 3), 9, np.uint8), origin
    )
    depth = answer.calibrated(Calibration(1.0))
    assert depth.provenance == origin
    assert depth.reliability.tolist() == [[0.25]]
    assert depth.painting.tolist() == [[[9, 9, 9]]]
    assert (depth.uncalibrated, depth.ramp, depth.calibration) == (answer, "grey", Calibration(1.0))


def test_linear_depth_at_a_scale() -> None:
    nearness = np.array([[1.0, 0.75, 0.0]], np.float32)
    answer = RelativeDepthMap(nearness, nearness, np.zeros((1, 3, 3), np.uint8), linear=True, spread=nearness)
    depth = answer.calibrated(Calibration(4.0, 0.5, kind="linear"))
    assert depth.meters.tolist() == [[0.5, 1.5, 4.5]]
    assert depth.spread is not None
    assert depth.spread.tolist() == [[4.0, 3.0, 0.0]]
    assert depth.meters_per_level(1.5) == pytest.approx(4 / 255)
    behind = answer.calibrated(Calibration(4.0, -1.0, kind="linear")).meters
    np.testing.assert_array_equal(behind, [[np.nan, 0, 3]])
    with pytest.raises(InputError, match="set for relative depth, but the depth is linear"):
        answer.calibrated(Calibration(1.0))


def test_painted_metres_are_scaled_with_their_spread() -> None:
    spread = np.array([[0.1]], np.float32)
    depth = DepthMap(spread + 3, spread, np.zeros((1, 1, 3), np.uint8), spread=spread)
    scaled = depth.calibrated(Calibration(2.0, kind="metric"))
    assert (scaled.meters.item(), scaled.spread.item()) == (pytest.approx(6.2), pytest.approx(0.2))
    assert scaled.reliability is depth.reliability
    with pytest.raises(InputError, match="set for relative depth, but the depth is metric"):
        scaled.calibrated(Calibration(1.0))


@pytest.mark.parametrize(
    ("calibration", "words"),
    [
        (Calibration(0.621, kind="metric", source="a known size"), "Scale from a known size: painted metres × 0.621."),
        (
            Calibration(4, 0.5, kind="linear", source="2 known distances"),
            "Scale from 2 known distances: depth in metres = 4 · (1 − nearness) + 0.5.",
        ),
        (
            Calibration(0.4, 0.1, source="3 known distances", residuals_m=(0.01, -0.04, 0.0)),
            "Scale from 3 known distances: depth in metres = 1 / (0.4 · nearness + 0.1); largest misfit 0.04 m.",
        ),
    ],
)
def test_a_calibration_says_what_it_does(calibration: Calibration, words: str) -> None:
    assert calibration.describe() == words


@given(nearness=st.integers(20, 230), scale=st.floats(0.1, 3), shift=st.floats(0, 0.2))
def test_one_level_of_calibrated_grey(nearness: int, scale: float, shift: float) -> None:
    """Against the next level's depth."""
    grey = np.array([[nearness, nearness + 1]], np.float32) / 255
    answer = RelativeDepthMap(grey, grey, np.zeros((1, 2, 3), np.uint8))
    depth = answer.calibrated(Calibration(scale, shift))
    near, nearer = depth.meters[0].astype(float)
    assert depth.meters_per_level((near + nearer) / 2) == pytest.approx(near - nearer, rel=0.02)


def test_one_level_of_scaled_metres() -> None:
    one = np.ones((1, 1), np.float32)
    depth = DepthMap(one, one, np.zeros((1, 1, 3), np.uint8))
    assert depth.meters_per_level(1.0) == depth_codec.meters_per_level(1.0)
    scaled = depth.calibrated(Calibration(3.0, kind="metric"))
    assert scaled.meters_per_level(3.0) == pytest.approx(3 * depth_codec.meters_per_level(1.0))


def test_a_scale_has_the_lengths_that_its_fact_needs() -> None:
    with pytest.raises(InputError, match="from size cannot have 1 points and 1 lengths"):
        Calibration(2.0, fact="size", points=((1, 2),), known_m=(1.0,))
    height = Calibration(2.0, fact="camera height", known_m=(1.5,), hfov_degrees=60.0)
    assert height.fits(60.001)
    assert not height.fits(61)
    assert Calibration(2.0).fits(61)
