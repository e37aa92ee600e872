from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from vb_demo.codecs import normals, to_uint8
from vb_demo.errors import InputError

LEFT, UP, VIEWER = (-1, 0, 0), (0, 1, 0), (0, 0, 1)

directions = arrays(np.float64, (3, 4, 3), elements=st.floats(-1, 1)).filter(
    lambda vectors: np.linalg.norm(vectors, axis=-1).min() > 1e-3
)


def degrees_between(a: NDArray, b: NDArray) -> NDArray:
    a, b = (x.astype(np.float64) / np.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b))
    return np.degrees(2 * np.arcsin(np.linalg.norm(a - b, axis=-1).clip(0, 2) / 2))


@pytest.mark.parametrize(
    ("axes", "direction", "color"),
    [
        ("vision-banana", LEFT, (255, 128, 128)),
        ("vision-banana", UP, (128, 255, 128)),
        ("vision-banana", VIEWER, (128, 128, 255)),
        ("opengl", LEFT, (0, 128, 128)),
        ("opengl", UP, (128, 255, 128)),
        ("standard", VIEWER, (128, 128, 255)),
        ("opencv", LEFT, (0, 128, 128)),
        ("opencv", UP, (128, 0, 128)),
        ("opencv", VIEWER, (128, 128, 0)),
        ("directx", UP, (128, 0, 128)),
        ("directx", VIEWER, (128, 128, 255)),
        ((-1, -1, 1), UP, (128, 0, 128)),
    ],
)
def test_axes(axes: normals.Axes, direction: tuple[int, int, int], color: tuple[int, int, int]) -> None:
    np.testing.assert_array_equal(to_uint8(normals.encode([[direction]], axes)), [[color]])
    decoded = normals.decode(np.array([[color]], np.uint8), axes)
    np.testing.assert_allclose(decoded.values, [[direction]], atol=0.005)
    assert decoded.reliability[0, 0] > 0.99


def test_the_papers_axes_are_the_default() -> None:
    np.testing.assert_array_equal(normals.encode([[LEFT]]), normals.encode([[LEFT]], "vision-banana"))
    picture = np.array([[(255, 128, 128)]], np.uint8)
    np.testing.assert_array_equal(normals.decode(picture).values, normals.decode(picture, "vision-banana").values)


@given(directions, st.sampled_from(sorted(normals.AXES)))
def test_a_png_turns_a_direction_by_less_than_half_a_degree(through_png: Callable, vectors: NDArray, axes: str) -> None:
    decoded = normals.decode(through_png(normals.encode(vectors, axes)), axes)
    assert degrees_between(decoded.values, vectors).max() < 0.4
    np.testing.assert_allclose(np.linalg.norm(decoded.values, axis=-1), 1, atol=1e-6)
    assert decoded.reliability.min() > 0.99


@given(directions)
def test_floats_lose_nothing(vectors: NDArray) -> None:
    assert degrees_between(normals.decode(normals.encode(vectors)).values, vectors).max() < 1e-3


@given(st.tuples(*[st.integers(1, 254)] * 3))
def test_what_a_level_is_worth(color: tuple[int, int, int]) -> None:
    """Against the colours one level away."""
    vector = 2 * np.array(color) / 255 - 1
    assume(np.linalg.norm(vector) > 0.5)
    around = np.array(color) + np.vstack([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    turned = 2 * around / 255 - 1
    cosine = turned @ vector / np.linalg.norm(turned, axis=1) / np.linalg.norm(vector)
    assert normals.degrees_per_level(vector) == pytest.approx(np.degrees(np.arccos(cosine)).max(), rel=0.03)


def test_length_is_reliability() -> None:
    """Painted half-way between up and left, 90° apart, a vector is only 0.71 long."""
    lengths = np.array([1.0, 0.85, 0.71, 0.4])
    picture = (1 + lengths[:, None] * np.array(UP)) / 2
    reliability = normals.decode(picture[None]).reliability[0]
    np.testing.assert_allclose(reliability, np.exp(-(((lengths - 1) / 0.15) ** 2)), rtol=1e-5)
    too_long = normals.decode(np.full((1, 1, 3), 255, np.uint8))
    assert too_long.reliability[0, 0] < 0.01


def test_what_has_no_direction_has_no_answer() -> None:
    nowhere = np.array([[[0, 0, 0], [np.nan, 0, 1], [np.inf, 0, 0]]])
    painted = normals.encode(nowhere)
    assert np.isnan(painted).all()
    for picture in (painted, to_uint8(painted), np.full((1, 3, 3), 127, np.uint8)):
        decoded = normals.decode(picture)
        assert np.isnan(decoded.values).all()
        assert (decoded.reliability == 0).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: normals.encode(np.zeros((2, 2))), r"\(2, 2\)"),
        (lambda: normals.encode(np.zeros((0, 2, 3))), r"\(0, 2, 3\)"),
        (lambda: normals.decode(np.zeros((2, 2, 3)), "blender"), "vision-banana, opengl"),
        (lambda: normals.decode(np.zeros((2, 2, 3)), (1, 1)), "three signs"),
        (lambda: normals.encode([[UP]], (1, 0, 1)), "three signs"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call: Callable, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
