"""Codecs: what a painted colour means, and how to paint what is meant.

Each module holds one encoding as an inverse pair, `encode` and `decode`, side by side. This file holds what they share:
the result, the check at the door, and the small blocks that keep a 50-megapixel picture from being copied many times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.errors import InputError

OVERSHOOT = 2.0
"""Generators overshoot [0, 1] a little and are clamped; a float picture brighter than this was never in [0, 1]."""


class Decoded(NamedTuple):
    """What a picture says, and how far it can be trusted."""

    values: NDArray[Any]
    """(H, W) or (H, W, 3): metres, unit vectors or labels, as the codec says."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1], made from nothing but the picture: 1 = painted exactly, 0 = not to be trusted."""


def to_uint8(picture: ArrayLike) -> NDArray[np.uint8]:
    """Round a float picture (H, W, 3) in [0, 1] to 8 bits; a uint8 picture passes through.

    Values outside [0, 1] are clamped. NaN becomes mid-grey: the colour farthest from the cube walk and the normal of
    length zero, so that both codecs read "no answer" there.

    Raises:
        InputError: not a picture, see `flat_pixels`.
    """
    pixels = flat_pixels(picture)
    if pixels.dtype == np.uint8:
        return pixels.reshape(np.shape(picture))
    rounded = np.empty(pixels.shape, np.uint8)
    for block in blocks(len(pixels)):
        channels, known = unit_channels(pixels[block])
        for index, channel in enumerate(channels):
            rounded[block, index] = np.where(known, np.rint(255 * channel), 128)
    return rounded.reshape(np.shape(picture))


def flat_pixels(picture: ArrayLike) -> NDArray[Any]:
    """Check a picture and return its pixels (H·W, 3), uint8 or float, without copying where possible.

    Raises:
        InputError: the array is not (H, W, 3), has no pixels, or is neither uint8 nor float.
    """
    array = np.asarray(picture)
    if array.ndim != 3 or array.shape[2] != 3:
        raise InputError(f"A picture must have the shape (H, W, 3); received {array.shape}.")
    if array.size == 0:
        raise InputError(f"A picture must have at least one pixel; received the shape {array.shape}.")
    if array.dtype != np.uint8 and not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"A picture must be uint8 (0 to 255) or float (0 to 1); received {array.dtype}.")
    return array.reshape(-1, 3)


def flat_map(values: ArrayLike, what: str) -> NDArray[Any]:
    """Check a map of numbers (H, W) and return it as (H·W,).

    Raises:
        InputError: the array is not (H, W), has no pixels, or does not hold real numbers.
    """
    array = np.asarray(values)
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"{what} must have the shape (H, W) and at least one pixel; received {array.shape}.")
    if not (np.issubdtype(array.dtype, np.floating) or np.issubdtype(array.dtype, np.integer)):
        raise InputError(f"{what} must hold real numbers; received {array.dtype}.")
    return array.reshape(-1)


def color_table(colors: ArrayLike, what: str, at_least: int = 1) -> NDArray[np.uint8]:
    """Check a list of colours (K, 3), whole numbers 0 to 255.

    Raises:
        InputError: the shape is not (K, 3), there are too few colours, or a number is no 8-bit level.
    """
    try:
        table = np.asarray(colors)
    except ValueError as ragged:
        raise InputError(f"{what} must have three numbers each; received {colors!r}.") from ragged
    if table.ndim != 2 or table.shape[1] != 3 or len(table) < at_least:
        raise InputError(f"{what} must have the shape (K, 3) with K ≥ {at_least}; received {table.shape}.")
    if not np.issubdtype(table.dtype, np.integer) or table.min() < 0 or table.max() > 255:
        raise InputError(f"{what} must be whole numbers from 0 to 255; received {table.tolist()}.")
    return table.astype(np.uint8)


def blocks(count: int, size: int = 16_000) -> Iterator[slice]:
    """Cut `count` pixels into pieces whose temporary arrays fit the processor's cache, and never fill the memory.

    16,000 numbers of 8 bytes also stay below the 128 KiB from which on the C library asks the system for fresh pages.
    """
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def unit_channels(pixels: NDArray[Any]) -> tuple[list[NDArray[np.float64]], NDArray[np.bool_]]:
    """Split pixels (n, 3) into three channels (n,) in [0, 1], and tell which pixels hold a colour at all (n,).

    Pixels with a NaN or an infinity are returned as black and unknown.

    Raises:
        InputError: a float picture is not on the scale 0 to 1.
    """
    if pixels.dtype == np.uint8:
        return [channel / 255 for channel in np.ascontiguousarray(pixels.T)], np.ones(len(pixels), bool)
    channels = [channel.astype(np.float64) for channel in np.ascontiguousarray(pixels.T)]
    known = np.isfinite(channels[0] + channels[1] + channels[2])
    if not known.all():
        channels = [np.where(known, channel, 0) for channel in channels]
    brightest = max(channel.max() for channel in channels)
    if brightest > OVERSHOOT:
        raise InputError(
            f"A float picture must be on the scale 0 to 1; received a value of {brightest:g}. "
            "Divide it by its full scale, or pass uint8."
        )
    return [channel.clip(0, 1) for channel in channels], known


def bell(squared_distance: NDArray[Any], scale: float) -> NDArray[np.float32]:
    """Reliability exp(−(distance / scale)²): 1 at no distance, 0.37 at `scale`, below 0.02 at twice that."""
    return np.exp(squared_distance.astype(np.float32) * np.float32(-1 / scale**2))
