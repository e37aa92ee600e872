"""Depth as colour: a number in [0, 1] walks along a polyline through colours; a colour is projected back on it.

The paper's encoding ("Image Generators are Generalist Vision Learners", arXiv:2604.20329) bends metres into f in [0, 1)
and walks f along seven edges of the RGB cube, near = black, far = white. Grey and the familiar colour ramps are other
polylines, walked by the same two functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.codecs import Decoded, bell, blocks, color_table, flat_map, flat_pixels, to_uint8, unit_channels
from vb_demo.errors import InputError

LAMBDA = -3.0
C = 10 / 3

CUBE = ((0, 0, 0), (255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 255), (255, 255, 255))
"""The corners of the paper's walk, from 0 m (black) to infinity (white)."""
GREY = ((0, 0, 0), (255, 255, 255))
PLOTLY_RAMPS = ("viridis", "plasma", "inferno", "magma", "cividis", "turbo")
RAMPS = ("cube", "grey", *PLOTLY_RAMPS)

Ramp = str | Sequence[tuple[int, int, int]]
"""A name from `RAMPS`, or two or more colours to walk through, evenly spaced."""

WALK_SCALE = 0.1
"""Distance from the walk, in units of the cube's edge, at which the reliability has fallen to 0.37.

A painting that the paper's authors published lies 0.03 off the walk on average (reliability 0.91) and 0.16 at its 95th
percentile (0.07): what is further out is a mixture of two colours at an edge, and reads as any depth.
"""


# --- metric depth ---------------------------------------------------------------------------------------------------


def encode(depth: ArrayLike, *, lam: float = LAMBDA, c: float = C, ramp: Ramp = "cube") -> NDArray[np.float32]:
    """Paint metric depth.

    Args:
        depth: (H, W) metres ≥ 0; infinity is the end of the ramp (white = sky), NaN has no colour.
        lam, c: λ < −1 and c > 0 of the power transform; the defaults are those of all the paper's results.
        ramp: what to walk along.

    Returns:
        (H, W, 3) float32 in [0, 1], NaN where the depth is NaN (`to_uint8` makes that mid-grey, far from the walk).

    Raises:
        InputError: wrong shape, negative depth, or λ, c, ramp out of range.
    """
    _check_transform(lam, c)
    meters = flat_map(depth, "Depth")
    if np.nanmin(meters, initial=0) < 0:
        raise InputError(f"Depth must be 0 metres or more; received {np.nanmin(meters):g}.")
    return _paint(meters, np.shape(depth), ramp, lambda block: _bend(block, lam, c))


def decode(picture: ArrayLike, *, lam: float = LAMBDA, c: float = C, ramp: Ramp = "cube") -> Decoded:
    """Read metric depth; the inverse of `encode`.

    Args:
        picture: (H, W, 3) uint8, or float in [0, 1] (values outside are clamped).
        lam, c, ramp: as it was painted.

    Returns:
        values (H, W) float32 metres: infinity at the end of the ramp, NaN where a float picture is not finite;
        reliability from the distance to the walk, see `WALK_SCALE`.

    Raises:
        InputError: not a picture, or λ, c, ramp out of range.
    """
    _check_transform(lam, c)
    return _read(picture, ramp, lambda f: _unbend(f, lam, c))


def meters_per_level(
    depth: ArrayLike, *, lam: float = LAMBDA, c: float = C, ramp: Ramp = "cube"
) -> NDArray[np.float64]:
    """What one level of an 8-bit painting is worth, in metres, at the given depths (any shape).

    dd/df times `values_per_level`; with the defaults 5·(1 + d/10)³ / 1785: 3.7 mm at 1 m, 2.2 cm at 10 m.
    """
    _check_transform(lam, c)
    scale = lam * c
    meters = np.asarray(depth, np.float64)
    slope = scale / (lam + 1) * (1 - meters / scale) ** -lam
    return slope * values_per_level(_bend(meters, lam, c), ramp)


def walk_distance(picture: ArrayLike, ramp: Ramp = "cube") -> NDArray[np.float32]:
    """How far each pixel (H, W) lies from the ramp, in units of the RGB cube's edge; infinity if it has no colour."""
    distance = np.empty(np.shape(picture)[:2], np.float32)
    for block, _, squared in _project(picture, _corners(ramp)):
        distance.reshape(-1)[block] = np.sqrt(squared)
    return distance


def _check_transform(lam: float, c: float) -> None:
    if not (np.isfinite(lam) and lam < -1 and np.isfinite(c) and c > 0):
        raise InputError(f"The depth transform needs λ < −1 and c > 0; received λ = {lam:g} and c = {c:g}.")


def _bend(meters: NDArray[np.float64], lam: float, c: float) -> NDArray[np.float64]:
    """Barron's power transform (arXiv:2502.10647) as the paper uses it: metres in [0, ∞] → f in [0, 1]."""
    return 1 - (1 - meters / (lam * c)) ** (lam + 1)


def _unbend(f: NDArray[np.float64], lam: float, c: float) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", over="ignore"):  # f = 1 is infinity, as it should be
        return -lam * c * ((1 - f) ** (1 / (lam + 1)) - 1)


# --- relative depth and other numbers in [0, 1] ---------------------------------------------------------------------


def encode_relative(nearness: ArrayLike) -> NDArray[np.float32]:
    """Paint relative depth as grey: (H, W) nearness in [0, 1], affine in 1/metres, 1 = nearest = white."""
    return encode_ramp(nearness, "grey")


def decode_relative(picture: ArrayLike) -> Decoded:
    """Read relative depth; the inverse of `encode_relative`. It has no unit: metres take a calibration by a person."""
    return decode_ramp(picture, "grey")


def encode_ramp(values: ArrayLike, ramp: Ramp) -> NDArray[np.float32]:
    """Paint numbers (H, W) in [0, 1] (others are clamped, NaN has no colour) along a ramp → (H, W, 3) float32."""
    return _paint(flat_map(values, "Values"), np.shape(values), ramp, lambda block: block.clip(0, 1))


def decode_ramp(picture: ArrayLike, ramp: Ramp) -> Decoded:
    """Read numbers in [0, 1] painted along a ramp; the inverse of `encode_ramp`.

    Raises:
        InputError: not a picture, or not a ramp.
    """
    return _read(picture, ramp, lambda f: f)


def values_per_level(values: ArrayLike, ramp: Ramp) -> NDArray[np.float64]:
    """How far numbers in [0, 1] (any shape) move along a ramp while the channel that changes most changes one level."""
    steps = np.abs(np.diff(_corners(ramp), axis=0)).max(axis=1)
    segment = (np.nan_to_num(np.asarray(values, np.float64)) * len(steps)).clip(0, len(steps) - 1).astype(np.intp)
    return 1 / (255 * len(steps) * steps[segment])


def nearest_colors(picture: ArrayLike, ramp: Ramp) -> NDArray[np.uint8]:
    """The colour on a ramp that each pixel (H, W, 3) is read as."""
    return to_uint8(encode_ramp(decode_ramp(picture, ramp).values, ramp))


# --- the mechanism: a polyline through colours ----------------------------------------------------------------------


def _corners(ramp: Ramp) -> NDArray[np.float64]:
    """The colours (K + 1, 3) in [0, 1] that a ramp walks through."""
    colors = _named_ramp(ramp) if isinstance(ramp, str) else ramp
    table = color_table(colors, "A ramp's colours", at_least=2)
    if (table[1:] == table[:-1]).all(axis=1).any():
        raise InputError(f"Neighbouring colours of a ramp must differ; received {table.tolist()}.")
    return table / 255


@cache
def _named_ramp(name: str) -> Sequence[tuple[int, int, int]]:
    if name not in RAMPS:
        raise InputError(f"There is no ramp {name!r}; known are: {', '.join(RAMPS)}.")
    if name not in PLOTLY_RAMPS:
        return CUBE if name == "cube" else GREY
    # Ten to fifteen anchors each. What matplotlib paints (256 colours) lies within 0.07 and reads within 0.02.
    from plotly.colors import hex_to_rgb, sequential

    return [hex_to_rgb(anchor) for anchor in getattr(sequential, name.capitalize())]


def _paint(
    values: NDArray[np.floating],
    shape: tuple[int, ...],
    ramp: Ramp,
    f_of: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float32]:
    """Walk f = `f_of(values)` along a ramp."""
    corners = _corners(ramp)
    stops = np.linspace(0, 1, len(corners))
    picture = np.empty((len(values), 3), np.float32)
    for block in blocks(len(values)):
        f = f_of(values[block].astype(np.float64))
        for channel in range(3):
            picture[block, channel] = np.interp(f, stops, corners[:, channel])
    return picture.reshape(*shape, 3)


def _read(picture: ArrayLike, ramp: Ramp, value_of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Decoded:
    """Project a picture on a ramp and turn f in [0, 1] into values."""
    corners = _corners(ramp)
    values = np.empty(np.shape(picture)[:2], np.float32)
    reliability = np.empty_like(values)
    levels = 255 * (len(corners) - 1)
    table = value_of(np.arange(levels + 1) / levels).astype(np.float32)
    for block, position, squared in _project(picture, corners):
        whole = position.dtype == np.uint16
        found = table[position] if whole else value_of(position / (len(corners) - 1)).astype(np.float32)
        found[np.isinf(squared)] = np.nan
        values.reshape(-1)[block] = found
        reliability.reshape(-1)[block] = bell(squared, WALK_SCALE)
    return Decoded(values, reliability)


def _project(
    picture: ArrayLike, corners: NDArray[np.float64]
) -> Iterator[tuple[slice, NDArray[np.float64] | NDArray[np.uint16], NDArray[np.float64]]]:
    """Block by block: the pixels' places on the polyline, and their squared distances to it.

    A place counts segments (float64); or whole 8-bit levels, 255 a segment (uint16), where a uint8 picture meets a walk
    along the cube's edges, so that the caller can look its values up. Of two segments at the same distance the earlier
    one is taken. A pixel without a colour is infinitely far away.
    """
    pixels = flat_pixels(picture)
    edges = _cube_edges(corners)
    for block in blocks(len(pixels)):
        channels, known = unit_channels(pixels[block])
        if edges is None:
            position, squared = _nearest_on_segments(np.stack(channels), corners)
        elif pixels.dtype == np.uint8:
            ticks = [channel.astype(np.uint16) for channel in np.ascontiguousarray(pixels[block].T)]
            position, squared = _nearest_on_edges(channels, edges, ticks, 255)
        else:
            position, squared = _nearest_on_edges(channels, edges, channels, 1)
        squared[~known] = np.inf
        yield block, position, squared


def _nearest_on_segments(
    channels: NDArray[np.float64], corners: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project colours (3, n) on any polyline."""
    nearest = np.full(channels.shape[1], np.inf)
    position = np.zeros(channels.shape[1])
    for index, (start, stop) in enumerate(pairwise(corners)):
        edge = stop - start
        along = ((edge @ channels - edge @ start) / (edge @ edge)).clip(0, 1)
        squared = ((channels - start[:, None] - np.outer(edge, along)) ** 2).sum(axis=0)
        closer = squared < nearest
        position[closer] = index + along[closer]
        np.minimum(nearest, squared, out=nearest)
    return position, nearest


class _Edge(NamedTuple):
    """An edge of the RGB cube: the channel that moves, whether it rises, and the two that stand still at 0 or 1."""

    moving: int
    rises: bool
    standing: tuple[tuple[int, int], tuple[int, int]]


def _cube_edges(corners: NDArray[np.float64]) -> list[_Edge] | None:
    """The walk as edges of the RGB cube, or None when some segment is not one."""
    if not np.isin(corners, (0, 1)).all() or ((corners[1:] != corners[:-1]).sum(axis=1) != 1).any():
        return None
    walk = []
    for start, stop in pairwise(corners):
        moving = int(np.flatnonzero(start != stop)[0])
        one, other = (channel for channel in range(3) if channel != moving)
        walk.append(_Edge(moving, bool(stop[moving]), ((one, int(start[one])), (other, int(start[other])))))
    return walk


def _nearest_on_edges(
    channels: list[NDArray[np.float64]], edges: list[_Edge], ticks: list[NDArray], ticks_per_edge: int
) -> tuple[NDArray, NDArray[np.float64]]:
    """Project colours, three channels (n,), on a walk along the cube's edges: exactly, and far faster than in general.

    A colour inside the cube projects on an edge at the value of the moving channel, without clamping, so that the
    squared distance is the sum of two of six squares that all edges share. Distances are float64, not whole numbers:
    ties are then resolved by the same rounding as in `hilbertmap`, and a uint8 picture reads as its float copy does.
    """
    squares = [(channel**2, (1 - channel) ** 2) for channel in channels]
    falling = [ticks_per_edge - channel for channel in ticks]
    nearest = np.full(len(channels[0]), np.inf)
    position = np.zeros(len(nearest), ticks[0].dtype)
    for index, (moving, rises, ((one, at_one), (other, at_other))) in enumerate(edges):
        squared = squares[one][at_one] + squares[other][at_other]
        closer = squared < nearest
        np.minimum(nearest, squared, out=nearest)
        # Later edges lie further along the walk, so the last one that came closer has the largest place. A maximum, not
        # np.where: on noisy pictures a choice at every pixel takes three times as long.
        place = (ticks if rises else falling)[moving] + position.dtype.type(index * ticks_per_edge)
        place *= closer
        np.maximum(position, place, out=position)
    return position, nearest
