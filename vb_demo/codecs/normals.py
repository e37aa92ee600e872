"""Surface normals as colour: each channel is one coordinate of the direction, from −1 … 1 brought to 0 … 1.

Answers are in camera space: +x right, +y up, +z towards the viewer. Painters differ in the signs, so axes have names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.codecs import Decoded, bell, blocks, flat_pixels, unit_channels
from vb_demo.errors import InputError

AXES: dict[str, tuple[int, int, int]] = {
    "vision-banana": (-1, 1, 1),
    "opengl": (1, 1, 1),
    "standard": (1, 1, 1),
    "opencv": (1, -1, -1),
    "directx": (1, -1, 1),
}
"""Name → the sign with which x, y and z enter red, green and blue.

vision-banana is the paper's (arXiv:2604.20329): facing left is red, up is green, towards the viewer is blue. opengl,
also called standard, has red to the right; opencv counts y down and z away from the viewer; directx only y down.
"""

Axes = str | Sequence[int]
"""A name from `AXES`, or three signs, +1 or −1."""

LENGTH_SCALE = 0.15
"""Departure of the painted vector's length from 1 at which the reliability has fallen to 0.37.

Lengths between 0.85 and 1.03 make up 90 % of a painting that the paper's authors published. Two directions 60° apart,
mixed half and half at a crease, give 0.87.
"""

SHORTEST = 0.1
"""A painted vector shorter than this says no direction: rounding to 8 bits alone would turn it by up to 4°."""


def encode(normals: ArrayLike, axes: Axes = "vision-banana") -> NDArray[np.float32]:
    """Paint directions.

    Args:
        normals: (H, W, 3), +x right, +y up, +z towards the viewer; they are brought to unit length.
        axes: the signs to paint with.

    Returns:
        (H, W, 3) float32 in [0, 1], NaN where a vector has no direction (`to_uint8` makes that mid-grey, which reads as
        "no answer").

    Raises:
        InputError: wrong shape, or unknown axes.
    """
    signs = _signs(axes)
    vectors = np.asarray(normals)
    if vectors.ndim != 3 or vectors.shape[2] != 3 or vectors.size == 0:
        raise InputError(f"Normals must have the shape (H, W, 3) and at least one pixel; received {vectors.shape}.")
    flat = vectors.reshape(-1, 3)
    picture = np.empty(flat.shape, np.float32)
    for block in blocks(len(flat)):
        vector = flat[block].astype(np.float64)
        length = np.linalg.norm(vector, axis=1, keepdims=True)
        length[~(np.isfinite(length) & (length > 0))] = np.nan
        picture[block] = (1 + signs * vector / length) / 2
    return picture.reshape(vectors.shape)


def decode(picture: ArrayLike, axes: Axes = "vision-banana") -> Decoded:
    """Read directions; the inverse of `encode`.

    Args:
        picture: (H, W, 3) uint8, or float in [0, 1] (values outside are clamped).
        axes: the signs it was painted with.

    Returns:
        values (H, W, 3) float32 unit vectors, NaN where the colour says no direction (near mid-grey, or not finite);
        reliability from the length that the vector was painted with, see `LENGTH_SCALE`.

    Raises:
        InputError: not a picture, or unknown axes.
    """
    signs = _signs(axes)
    pixels = flat_pixels(picture)
    values = np.empty(pixels.shape, np.float32)
    reliability = np.empty(len(pixels), np.float32)
    for block in blocks(len(pixels)):
        channels, known = unit_channels(pixels[block])
        vector = [sign * (2 * channel - 1) for sign, channel in zip(signs, channels, strict=True)]
        length = np.sqrt(sum(coordinate**2 for coordinate in vector))
        told = known & (length >= SHORTEST)
        divisor = np.where(told, length, np.nan)
        for index, coordinate in enumerate(vector):
            values[block, index] = coordinate / divisor
        reliability[block] = bell((length - 1) ** 2, LENGTH_SCALE) * told
    height, width = np.shape(picture)[:2]
    return Decoded(values.reshape(height, width, 3), reliability.reshape(height, width))


def degrees_per_level(vectors: ArrayLike) -> NDArray[np.float64]:
    """By how many degrees a direction turns when one channel of its 8-bit painting changes by one level.

    Args:
        vectors: (…, 3) as painted; a shorter one turns further.

    Returns:
        (…) for the channel that turns it most: 2/255 times its lever sin(angle to that axis) / length.
    """
    painted = np.asarray(vectors, np.float64)
    length = np.linalg.norm(painted, axis=-1)
    lever = np.sqrt(length**2 - np.abs(painted).min(axis=-1) ** 2) / length**2
    return np.degrees(2 / 255 * lever)


def _signs(axes: Axes) -> NDArray[np.int_]:
    if isinstance(axes, str):
        if axes not in AXES:
            raise InputError(f"There are no axes {axes!r}; known are: {', '.join(AXES)}, or three signs: (-1, 1, 1).")
        return np.array(AXES[axes])
    signs = np.asarray(axes)
    if signs.shape != (3,) or not np.isin(signs, (-1, 1)).all():
        raise InputError(f"Axes must be three signs, +1 or −1, for x, y and z; received {axes!r}.")
    return signs
