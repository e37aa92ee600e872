"""Classes as colours: a legend gives each class one colour, and a pixel is of the class whose colour is nearest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.codecs import Decoded, blocks, color_table, flat_map, flat_pixels, unit_channels
from vb_demo.errors import InputError


def encode(labels: ArrayLike, colors: ArrayLike) -> NDArray[np.uint8]:
    """Paint classes.

    Args:
        labels: (H, W) whole numbers from 0 to K − 1.
        colors: (K, 3) whole numbers 0 to 255, one colour a class.

    Returns:
        (H, W, 3) uint8.

    Raises:
        InputError: wrong shapes, or a label without a colour.
    """
    table = color_table(colors, "Legend colours")
    flat = flat_map(labels, "Labels")
    if not np.issubdtype(flat.dtype, np.integer) or flat.min() < 0 or flat.max() >= len(table):
        raise InputError(
            f"Labels must be whole numbers from 0 to {len(table) - 1}, one for each of the {len(table)} colours; "
            f"received {flat.dtype} from {flat.min()} to {flat.max()}."
        )
    return table[flat].reshape(*np.shape(labels), 3)


def decode(picture: ArrayLike, colors: ArrayLike) -> Decoded:
    """Read classes; the inverse of `encode`.

    Args:
        picture: (H, W, 3) uint8, or float in [0, 1] (values outside are clamped).
        colors: (K, 3) whole numbers 0 to 255, one colour a class.

    Returns:
        values (H, W) int32, the index of the nearest colour in RGB; of two at the same distance the lower index.
        reliability (d₂ − d₁) / (d₂ + d₁) from the distances to the nearest and the second-nearest colour: 1 on a legend
        colour, 0 half-way between two. Two classes with the same colour cannot be told apart: reliability 0. With a
        single colour there is nothing to confuse: 1. A pixel of a float picture that is not finite reads 0 with
        reliability 0.

    Raises:
        InputError: not a picture, or not a list of colours.
    """
    pixels = flat_pixels(picture)
    table = color_table(colors, "Legend colours").astype(np.float32)
    labels = np.zeros(np.shape(picture)[:2], np.int32)
    reliability = np.zeros(labels.shape, np.float32)
    for block in blocks(len(pixels)):
        channels, known = unit_channels(pixels[block])
        label, first, second = _two_nearest([(255 * channel).astype(np.float32) for channel in channels], table)
        labels.reshape(-1)[block] = label * known
        reliability.reshape(-1)[block] = _margin(first, second) * known
    return Decoded(labels, reliability)


def _two_nearest(
    levels: list[NDArray[np.float32]], table: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Index of the nearest colour of each pixel, and the squared distances to the nearest two.

    For a uint8 picture all numbers here are whole and below 2²⁴, hence exact in float32, ties included.
    """
    count = len(levels[0])
    label = np.zeros(count, np.int32)
    first = np.full(count, np.inf, np.float32)
    second = first.copy()
    for index, color in enumerate(table):
        squared = sum((channel - level) ** 2 for channel, level in zip(levels, color, strict=True))
        np.minimum(second, np.maximum(first, squared), out=second)
        label = np.where(squared < first, np.int32(index), label)
        np.minimum(first, squared, out=first)
    return label, first, second


def _margin(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    near, far = np.sqrt(first), np.sqrt(second)
    margin = np.ones_like(near)  # stays where there is no second colour
    np.divide(far - near, far + near, out=margin, where=np.isfinite(far) & (far > 0))
    margin[far == 0] = 0
    return margin
