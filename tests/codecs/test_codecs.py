"""What all codecs share: the door for pictures, rounding, and the memory they take."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from vb_demo.codecs import Decoded, depth, instances, normals, segmentation, to_uint8
from vb_demo.errors import InputError

DECODERS: dict[str, Callable[[NDArray], Decoded]] = {
    "depth": depth.decode,
    "relative depth": depth.decode_relative,
    "ramp": lambda picture: depth.decode_ramp(picture, "plasma"),
    "normals": normals.decode,
    "segmentation": lambda picture: segmentation.decode(picture, [(255, 0, 0), (0, 0, 0), (0, 0, 255)]),
    "instances": instances.decode,
}
every_decoder = pytest.mark.parametrize("decode", DECODERS.values(), ids=DECODERS.keys())


def test_to_uint8_rounds_clamps_and_passes_through() -> None:
    picture = np.array([[[0.0, 0.5, 1.0], [-0.3, 1.3, 0.002]]])
    np.testing.assert_array_equal(to_uint8(picture), [[[0, 128, 255], [0, 255, 1]]])
    whole = np.array([[[1, 2, 3]]], np.uint8)
    assert to_uint8(whole) is whole or np.shares_memory(to_uint8(whole), whole)


def test_to_uint8_paints_no_answer_in_a_grey_that_depth_and_normals_do_not_trust() -> None:
    grey = to_uint8(np.array([[[np.nan, 0.2, 0.2], [np.inf, 0, 0]]]))
    np.testing.assert_array_equal(grey, np.full((1, 2, 3), 128))
    assert depth.decode(grey).reliability.max() < 1e-6
    assert np.isnan(normals.decode(grey).values).all()


@every_decoder
@pytest.mark.parametrize(
    ("picture", "received"),
    [
        (np.zeros((4, 4), np.uint8), "(4, 4)"),
        (np.zeros((4, 4, 4), np.uint8), "(4, 4, 4)"),
        (np.zeros((0, 4, 3), np.uint8), "(0, 4, 3)"),
        (np.zeros((4, 0, 3)), "(4, 0, 3)"),
        (np.zeros((4, 4, 3), np.int64), "int64"),
        (np.zeros((4, 4, 3), bool), "bool"),
        (np.full((4, 4, 3), 255.0), "255"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(
    decode: Callable[[NDArray], Decoded], picture: NDArray, received: str
) -> None:
    with pytest.raises(InputError) as refusal:
        decode(picture)
    assert received in str(refusal.value)


@every_decoder
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("size", [(1, 1), (1, 37), (41, 1), (2, 3), (5, 4)])
def test_every_size_and_dtype_decodes(decode: Callable[[NDArray], Decoded], dtype: type, size: tuple[int, int]) -> None:
    values, reliability = decode(np.zeros((*size, 3), dtype))
    assert values.shape[:2] == size
    assert reliability.shape == size
    assert reliability.dtype == np.float32


@every_decoder
def test_a_picture_reads_alike_as_levels_and_as_fractions(decode: Callable[[NDArray], Decoded]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    levels, fractions = decode(picture), decode(picture / 255)
    np.testing.assert_array_equal(levels.values, fractions.values)
    np.testing.assert_allclose(levels.reliability, fractions.reliability, atol=1e-6)


@every_decoder
def test_reading_leaves_the_picture_alone_and_does_not_mind_strides(decode: Callable[[NDArray], Decoded]) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    every_other, before = picture[::2, ::-2], picture.copy()
    np.testing.assert_array_equal(decode(every_other).values, decode(every_other.copy()).values)
    np.testing.assert_array_equal(picture, before)


@every_decoder
def test_reliability_lies_in_the_unit_interval(decode: Callable[[NDArray], Decoded]) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    reliability = decode(picture).reliability
    assert reliability.min() >= 0
    assert reliability.max() <= 1


@every_decoder
def test_a_pixel_without_a_colour_is_never_trusted(decode: Callable[[NDArray], Decoded]) -> None:
    picture = np.zeros((6, 6, 3))
    picture[2, 3, 1] = np.nan
    picture[4, 4, 0] = np.inf
    values, reliability = decode(picture)
    assert reliability[2, 3] == reliability[4, 4] == 0
    assert reliability.max() > 0
    if np.issubdtype(values.dtype, np.floating):
        assert np.isnan(values[2, 3]).all()
        assert np.isnan(values[4, 4]).all()
    else:
        assert values[2, 3] == values[4, 4] == 0


@pytest.mark.parametrize(
    ("name", "copies"), [("depth", 4), ("ramp", 4), ("normals", 7), ("segmentation", 4), ("instances", 9)]
)
def test_memory_stays_at_a_few_copies_of_the_picture(name: str, copies: float) -> None:
    """Results are part of the count (normals alone are 5.3 copies of a uint8 picture); the table of colours in the
    instances decoder, 32 MB whatever the size, is 2.7 copies of the 4 megapixels here."""
    picture = np.kron(
        np.random.default_rng(4).integers(0, 256, (20, 20, 3), dtype=np.uint8), np.ones((100, 100, 1), np.uint8)
    )
    DECODERS[name](picture[:10, :10])  # so that imports are not counted
    tracemalloc.start()
    DECODERS[name](picture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < copies * picture.nbytes
