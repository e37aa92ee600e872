from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from vb_demo.codecs import segmentation
from vb_demo.errors import InputError

BLACK, ORANGE, BLUE = (0, 0, 0), (255, 165, 0), (0, 0, 255)
color = st.tuples(*[st.integers(0, 255)] * 3)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[NDArray, list[tuple[int, int, int]]]:
    colors = draw(st.lists(color, min_size=1, max_size=24, unique=True))
    return draw(arrays(np.int32, (4, 5), elements=st.integers(0, len(colors) - 1))), colors


@given(labelled())
def test_a_png_keeps_every_label(through_png: Callable, case: tuple[NDArray, list[tuple[int, int, int]]]) -> None:
    labels, colors = case
    decoded = segmentation.decode(through_png(segmentation.encode(labels, colors)), colors)
    np.testing.assert_array_equal(decoded.values, labels)
    np.testing.assert_array_equal(decoded.reliability, np.ones(labels.shape))
    assert decoded.values.dtype == np.int32


@given(st.lists(color, min_size=2, max_size=30), st.integers(0, 2**32 - 1))
def test_the_nearest_colour_wins_and_the_lower_index_on_a_tie(colors: list, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    squared = ((picture[:, :, None].astype(int) - np.array(colors)) ** 2).sum(axis=-1)
    decoded = segmentation.decode(picture, colors)
    np.testing.assert_array_equal(decoded.values, squared.argmin(axis=-1))
    near, far = np.sqrt(np.sort(squared, axis=-1)[..., :2]).transpose(2, 0, 1)
    expected = np.divide(far - near, far + near, out=np.zeros_like(near), where=far > 0)
    np.testing.assert_allclose(decoded.reliability, expected, atol=1e-5)


def test_reliability_is_the_margin_to_the_second_nearest() -> None:
    picture = np.array([[(0, 0, 0), (100, 0, 0), (127, 0, 0), (200, 0, 0)]], np.uint8)
    decoded = segmentation.decode(picture, [(0, 0, 0), (200, 0, 0)])
    np.testing.assert_array_equal(decoded.values, [[0, 0, 1, 1]])
    np.testing.assert_allclose(decoded.reliability, [[1, 0, 0.27, 1]], atol=1e-6)


def test_noise_does_not_move_a_label() -> None:
    labels = np.arange(64).reshape(8, 8) % 3
    painted = segmentation.encode(labels, [BLACK, ORANGE, BLUE]).astype(int)
    noisy = (painted + np.random.default_rng(0).integers(-60, 61, painted.shape)).clip(0, 255).astype(np.uint8)
    np.testing.assert_array_equal(segmentation.decode(noisy, [BLACK, ORANGE, BLUE]).values, labels)


def test_classes_of_one_colour_cannot_be_told_apart() -> None:
    decoded = segmentation.decode(np.array([[ORANGE, BLUE]], np.uint8), [BLACK, ORANGE, ORANGE, BLUE])
    np.testing.assert_array_equal(decoded.values, [[1, 3]])
    np.testing.assert_array_equal(decoded.reliability, [[0, 1]])


def test_a_single_colour_is_always_meant() -> None:
    decoded = segmentation.decode(np.array([[ORANGE, BLUE]], np.uint8), [BLACK])
    np.testing.assert_array_equal(decoded.values, [[0, 0]])
    np.testing.assert_array_equal(decoded.reliability, [[1, 1]])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: segmentation.decode(np.zeros((2, 2, 3)), np.zeros((0, 3), int)), r"\(0, 3\)"),
        (lambda: segmentation.decode(np.zeros((2, 2, 3)), [(0.5, 0, 0)]), "whole numbers"),
        (lambda: segmentation.decode(np.zeros((2, 2, 3)), [(-1, 0, 0)]), "0 to 255"),
        (lambda: segmentation.decode(np.zeros((2, 2, 3)), ["red", "blue"]), r"\(2,\)"),
        (lambda: segmentation.encode([[0, 2]], [BLACK, BLUE]), "from 0 to 1"),
        (lambda: segmentation.encode([[-1]], [BLACK, BLUE]), "from -1"),
        (lambda: segmentation.encode([[0.0]], [BLACK, BLUE]), "float64"),
        (lambda: segmentation.encode([0, 1], [BLACK, BLUE]), r"\(2,\)"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call: Callable, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
