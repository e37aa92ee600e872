from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product

import hilbertmap
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from vb_demo.codecs import depth, to_uint8
from vb_demo.errors import InputError

VERTICES = [
    ((0, 0, 0), 0.0),
    ((255, 0, 0), 0.801),
    ((255, 255, 0), 1.832),
    ((0, 255, 0), 3.229),
    ((0, 255, 255), 5.275),
    ((0, 0, 255), 8.708),
    ((255, 0, 255), 16.458),
    ((255, 255, 255), np.inf),
]
RED_BLUE = ((255, 0, 0), (0, 0, 255))


def hilbertmap_meters(picture: NDArray, **transform: float) -> NDArray:
    with np.errstate(divide="ignore"):
        return hilbertmap.rgb_to_depth(picture, **transform)


@pytest.mark.parametrize(("color", "meters"), VERTICES)
def test_the_eight_corners_of_the_walk(color: tuple[int, int, int], meters: float) -> None:
    decoded = depth.decode(np.array([[color]], np.uint8))
    np.testing.assert_allclose(decoded.values, [[meters]], atol=5e-4)
    np.testing.assert_array_equal(decoded.reliability, [[1]])
    np.testing.assert_array_equal(to_uint8(depth.encode(decoded.values)), [[color]])


@pytest.mark.parametrize(("at", "worth"), [(1, 0.0037), (5, 0.0095), (10, 0.022), (20, 0.076), (50, 0.6), (100, 3.7)])
def test_what_a_level_is_worth(at: float, worth: float) -> None:
    assert depth.meters_per_level(at) == pytest.approx(worth, rel=0.02)


@given(at=st.floats(0, 100), lam=st.floats(-6, -1.5), c=st.floats(0.5, 20))
def test_a_level_is_worth_the_slope_of_the_transform(at: float, lam: float, c: float) -> None:
    f = float(hilbertmap.depth_to_normalized(np.float64(at), lam=lam, c=c))
    step = 1e-6
    assume(f < 0.999)
    nearer, farther = (float(hilbertmap.normalized_to_depth(np.float64(x), lam=lam, c=c)) for x in (f, f + step))
    slope = (farther - nearer) / step / 1785
    assert depth.meters_per_level(at, lam=lam, c=c) == pytest.approx(slope, rel=0.01)


@pytest.mark.parametrize("ramp", ["cube", "grey", "viridis", [(0, 0, 0), (51, 10, 0), (0, 10, 200)]])
def test_a_level_is_one_step_of_the_channel_that_moves_most(ramp: depth.Ramp) -> None:
    values = np.linspace(0.003, 0.991, 97)  # off the corners
    step = depth.values_per_level(values, ramp) / 100
    here, there = (depth.encode_ramp(v[None], ramp).astype(float) for v in (values, values + step))
    np.testing.assert_allclose(255 * np.abs(there - here).max(axis=-1)[0], 0.01, rtol=0.02)


@given(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from(depth.RAMPS))
def test_no_colour_on_the_ramp_is_nearer_than_the_nearest(color: tuple[int, int, int], ramp: str) -> None:
    nearest = depth.nearest_colors(np.array([[color]], np.uint8), ramp)[0, 0].astype(float)
    walk = 255 * depth.encode_ramp(np.linspace(0, 1, 4000)[None], ramp)[0]
    best = np.linalg.norm(walk - color, axis=1).min()
    assert np.linalg.norm(nearest - color) <= best + 1  # rounding to 8 bits moves it by 0.87 at most


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(0, 100)))
def test_a_png_keeps_depth_to_one_level(through_png: Callable, meters: NDArray) -> None:
    decoded = depth.decode(through_png(depth.encode(meters)))
    assert (np.abs(decoded.values - meters) <= depth.meters_per_level(meters)).all()
    np.testing.assert_array_equal(decoded.reliability, np.ones(meters.shape))


@given(
    arrays(np.float64, (3, 4), elements=st.floats(0, 1e300)),
    st.floats(-6, -1.5),
    st.floats(0.1, 50),
)
def test_a_png_keeps_any_depth_to_half_a_level_of_the_walk(
    through_png: Callable, meters: NDArray, lam: float, c: float
) -> None:
    """Far away a level is worth more metres than there are in front of it: there the walk itself is the measure."""
    decoded = depth.decode(through_png(depth.encode(meters, lam=lam, c=c)), lam=lam, c=c)
    places = [hilbertmap.depth_to_normalized(x.astype(np.float64), lam=lam, c=c) for x in (meters, decoded.values)]
    np.testing.assert_allclose(places[0], places[1], atol=0.5 / 1785 + 1e-6)


@given(arrays(np.float64, (3, 4), elements=st.floats(0, 200)))
def test_floats_lose_nothing(meters: NDArray) -> None:
    np.testing.assert_allclose(depth.decode(depth.encode(meters)).values, meters, rtol=1e-4, atol=1e-5)


def test_zero_infinity_nothing_and_enormous_have_their_place() -> None:
    meters = np.array([[0, np.inf, np.nan, 1e300, 5]])
    painted = depth.encode(meters)
    np.testing.assert_allclose(painted, [[[0, 0, 0], [1, 1, 1], [np.nan] * 3, [1, 1, 1], [0, 1, 8 / 9]]], atol=1e-6)
    decoded = depth.decode(painted)
    np.testing.assert_allclose(decoded.values, [[0, np.inf, np.nan, np.inf, 5]], rtol=1e-5)
    np.testing.assert_array_equal(decoded.reliability, [[1, 1, 0, 1, 1]])
    assert not np.signbit(decoded.values[0, 0])


def test_whole_numbers_are_metres_too() -> None:
    np.testing.assert_array_equal(depth.encode(np.array([[1, 10]])), depth.encode(np.array([[1.0, 10.0]])))


# --- against hilbertmap ---------------------------------------------------------------------------------------------


def test_random_colours_read_as_in_hilbertmap() -> None:
    random = np.random.default_rng(0)
    levels = random.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    np.testing.assert_allclose(depth.decode(levels).values, hilbertmap_meters(levels / 255), rtol=1e-6)
    fractions = random.random((300, 300, 3))
    np.testing.assert_allclose(depth.decode(fractions).values, hilbertmap_meters(fractions), rtol=1e-6)


def test_colours_between_two_edges_read_as_in_hilbertmap() -> None:
    """All colours with r + g = 255 or r = g lie exactly between two parallel edges, whichever b they have."""
    level = np.arange(256, dtype=np.uint8)
    first, blue = np.meshgrid(level, level)
    ties = np.concatenate([np.stack([first, 255 - first, blue], -1), np.stack([first, first, blue], -1)])
    np.testing.assert_allclose(depth.decode(ties).values, hilbertmap_meters(ties / 255), rtol=1e-6)


@settings(max_examples=25)
@given(st.floats(-8, -1.1), st.floats(0.1, 100), st.integers(0, 2**32 - 1))
def test_other_transforms_read_and_paint_as_in_hilbertmap(lam: float, c: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    fractions, meters = random.random((5, 8, 3)), 10 ** random.uniform(-3, 3, (5, 8))
    expected = hilbertmap_meters(fractions, lam=lam, c=c)
    comparable = expected < 1e30  # what float32 can hold with room to spare
    decoded = depth.decode(fractions, lam=lam, c=c).values
    np.testing.assert_allclose(decoded[comparable], expected[comparable], rtol=1e-5)
    np.testing.assert_allclose(
        depth.encode(meters, lam=lam, c=c), hilbertmap.depth_to_rgb(meters, lam=lam, c=c), atol=1e-6
    )


# --- reliability ----------------------------------------------------------------------------------------------------


def test_reliability_falls_with_the_distance_to_the_walk() -> None:
    off = np.linspace(0, 0.5, 51)
    picture = np.stack([np.full(51, 0.5), off, np.zeros(51)], axis=-1)[None]  # leaves the first edge at right angles
    np.testing.assert_allclose(depth.walk_distance(picture)[0], off, atol=1e-6)
    reliability = depth.decode(picture).reliability[0]
    assert (np.diff(reliability) < 0).all()
    assert reliability[3] > 0.9
    assert reliability[16] < 0.1


@pytest.mark.parametrize("ramp", ["cube", "viridis", "grey", RED_BLUE])
def test_walk_distance_is_the_distance_to_the_nearest_colour_of_the_ramp(ramp: depth.Ramp) -> None:
    picture = np.random.default_rng(5).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    walked = depth.encode_ramp(np.linspace(0, 1, 20_001)[None], ramp)[0]
    expected = [[np.linalg.norm(walked - color / 255, axis=1).min() for color in row] for row in picture]
    np.testing.assert_allclose(depth.walk_distance(picture, ramp), expected, atol=1e-3)


# --- other ramps ----------------------------------------------------------------------------------------------------


@given(st.sampled_from([*depth.RAMPS, RED_BLUE]), arrays(np.float64, (2, 5), elements=st.floats(0, 1)))
def test_every_ramp_is_an_inverse_pair(through_png: Callable, ramp: depth.Ramp, values: NDArray) -> None:
    painted = depth.encode_ramp(values, ramp)
    np.testing.assert_allclose(depth.decode_ramp(painted, ramp).values, values, atol=1e-5)
    decoded = depth.decode_ramp(through_png(painted), ramp)
    np.testing.assert_allclose(decoded.values, values, atol=0.004)
    assert decoded.reliability.min() > 0.99


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_walks_along_other_edges_read_as_the_cube_walk_does(order: tuple[int, int, int]) -> None:
    """Swap the channels of the walk and of the picture alike, and nothing changes."""
    ramp = [tuple(corner[channel] for channel in order) for corner in depth.CUBE]
    picture = np.random.default_rng(6).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    expected = depth.decode(picture)
    actual = depth.decode(picture[..., order], ramp=ramp)
    np.testing.assert_array_equal(actual.values, expected.values)
    np.testing.assert_array_equal(actual.reliability, expected.reliability)


def test_the_general_projection_agrees_with_the_one_for_edges() -> None:
    """A middle corner on every edge makes segments that are no edges of the cube, and the same polyline."""
    corners = np.array(depth.CUBE)
    halves = np.insert(corners.astype(float), range(1, 8), (corners[1:] + corners[:-1]) / 2, axis=0)
    ramp = np.rint(halves * 254 / 255).astype(int)  # 254: the middle is a whole number
    fractions = np.random.default_rng(7).random((40, 40, 3))
    general = depth.decode_ramp(fractions * 254 / 255, ramp.tolist())
    edges = depth.decode_ramp(fractions, "cube")
    np.testing.assert_allclose(general.values, edges.values, atol=1e-6)


def test_metres_walk_along_any_ramp(through_png: Callable) -> None:
    meters = np.array([[0.5, 2, 8, np.inf]])
    decoded = depth.decode(through_png(depth.encode(meters, ramp=RED_BLUE)), ramp=RED_BLUE)
    np.testing.assert_allclose(decoded.values, meters, rtol=0.05)


@pytest.mark.parametrize("name", depth.PLOTLY_RAMPS)
def test_what_matplotlib_paints_reads_within_two_percent(name: str) -> None:
    import matplotlib

    values = np.linspace(0, 1, 500)[None]
    picture = np.rint(255 * matplotlib.colormaps[name](values)[..., :3]).astype(np.uint8)
    np.testing.assert_allclose(depth.decode_ramp(picture, name).values, values, atol=0.02)


def test_relative_depth_is_bright_where_near() -> None:
    painted = to_uint8(depth.encode_relative(np.array([[1.0, 0.0, 0.2]])))
    np.testing.assert_array_equal(painted, [[[255] * 3, [0] * 3, [51] * 3]])
    np.testing.assert_allclose(depth.decode_relative(painted).values, [[1, 0, 0.2]], atol=1e-6)


def test_relative_depth_distrusts_what_is_not_grey() -> None:
    decoded = depth.decode_relative(np.array([[[120, 120, 120], [200, 120, 40]]], np.uint8))
    np.testing.assert_allclose(decoded.values, [[120 / 255, 120 / 255]], rtol=1e-6)
    assert decoded.reliability[0, 0] == 1
    assert decoded.reliability[0, 1] < 1e-6


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: depth.encode(np.array([[1.0, -2.5]])), "-2.5"),
        (lambda: depth.encode(np.zeros((2, 2, 3))), r"\(2, 2, 3\)"),
        (lambda: depth.encode(np.zeros((0, 2))), r"\(0, 2\)"),
        (lambda: depth.encode(np.array([["far"]])), "real numbers"),
        (lambda: depth.encode(np.ones((1, 1)), lam=-1), "λ < −1"),
        (lambda: depth.decode(np.ones((1, 1, 3)), lam=-0.5), "λ < −1"),
        (lambda: depth.decode(np.ones((1, 1, 3)), c=0), "c > 0"),
        (lambda: depth.decode(np.ones((1, 1, 3)), lam=np.nan), "nan"),
        (lambda: depth.decode_ramp(np.ones((1, 1, 3)), "rainbow"), "cube, grey, viridis"),
        (lambda: depth.decode_ramp(np.ones((1, 1, 3)), [(0, 0, 0)]), "K ≥ 2"),
        (lambda: depth.decode_ramp(np.ones((1, 1, 3)), [(0, 0, 0), (0, 0, 256)]), "0 to 255"),
        (lambda: depth.decode_ramp(np.ones((1, 1, 3)), [(9, 9, 9), (9, 9, 9)]), "must differ"),
        (lambda: depth.decode_ramp(np.ones((1, 1, 3)), [(9, 9, 9), (9, 9)]), "three numbers"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call: Callable, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()


def test_every_colour_of_the_cube_reads_as_some_depth() -> None:
    levels = [0, 1, 85, 127, 128, 170, 254, 255]
    decoded = depth.decode(np.array([list(product(levels, repeat=3))], np.uint8))
    assert (decoded.values >= 0).all()
    assert (decoded.reliability > 0).any()
