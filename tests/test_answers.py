from __future__ import annotations

import math

import numpy as np

from vb_demo.answers import Provenance, RelativeDepthMap


def test_calibration_turns_nearness_into_metres() -> None:
    nearness = np.array([[1.0, 0.5, 0.0, math.nan]], np.float32)
    answer = RelativeDepthMap(nearness, np.full((1, 4), 0.5, np.float32), np.zeros((1, 4, 3), np.uint8))
    np.testing.assert_allclose(answer.calibrated(0.5).meters, [[2, 4, math.inf, math.nan]])
    np.testing.assert_allclose(answer.calibrated(0.4, 0.1).meters, [[2, 10 / 3, 10, math.nan]], rtol=1e-6)
    assert answer.calibrated(0.5).meters.dtype == np.float32


def test_a_shift_below_the_horizon_is_sky() -> None:
    nearness = np.array([[1.0, 0.1]], np.float32)
    answer = RelativeDepthMap(nearness, np.ones_like(nearness), np.zeros((1, 2, 3), np.uint8))
    assert answer.calibrated(1.0, -0.5).meters.tolist() == [[2, math.inf]]


def test_calibration_keeps_the_origin() -> None:
    origin = Provenance("painter", "how far?", seed=3)
    answer = RelativeDepthMap(
        np.ones((1, 1), np.float32), np.full((1, 1), 0.25, np.float32), np.full((1, 1, 3), 9, np.uint8), origin
    )
    depth = answer.calibrated(1.0)
    assert depth.provenance == origin
    assert depth.reliability.tolist() == [[0.25]]
    assert depth.painting.tolist() == [[[9, 9, 9]]]
