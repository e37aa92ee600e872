"""Things of one kind as colours: the painter picks a colour for each thing, the decoder finds the things.

The paper (arXiv:2604.20329) decodes in five steps, with colours compared by their distance in 0–255 RGB and τ = 14:

1. A pixel nearer than τ to the background colour is background.
2. Flood fill: from a seed pixel, all connected pixels within τ of the *seed's* colour are one component.
3. Components smaller than `min_area` of the picture are dropped.
4. Components of which an erosion by 3 × 3 leaves less than `min_core` are dropped: halos, seams between colours.
5. Components that do not touch are one thing (something stands in front of it) when their mean colours lie within τ
   and the box around both has at most `merge` times the area of their two boxes.

Three things the paper leaves open, and what is done here:

Seeds. A seed in a blurred edge or on a speck of noise would claim the wrong colours, so seeds are taken where colours
are densest: the colour that most pixels lie close to comes first, then the densest of those it did not claim, and so
on. A fill depends only on colours and adjacency, so all fills run at once: seeds claim colours first, in the colour
cube, then one pass over the picture finds the connected components of equal claims.

"16-connectivity". Read as the 16-neighbourhood of graph cuts and grid path-finding: the 8 neighbours and the 8 knight's
moves. It bridges cracks one pixel wide, which the painters' noise tears, and nothing wider.

The frame. Erosion does not gnaw at the edge of the picture, since a thing goes on behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.codecs import Decoded, bell, blocks, color_table, segmentation, to_uint8
from vb_demo.errors import InputError

RGB = tuple[int, int, int]

MAX_SEEDS = 1024
"""A painting of things has tens of colours; a photo has more than it is worth to look for things in."""

RIM = 0.02
"""Width of the rim that is searched for the background colour, as a share of the picture's shorter side."""

SAMPLE = 6_000_000
"""Seeds are sought in at most this many pixels, on a grid. Up to 50 megapixels its mesh is no wider than 3 pixels, and
hardly anything thinner than that survives step 4, so no thing slips through."""

BAND = 1 << 18
"""Pixels worked on at a time where neighbours are needed."""

MOVES = ((1, -2), (1, -1), (1, 0), (1, 1), (1, 2), (2, -1), (2, 1))
"""(down, right) moves to the neighbours below; those beside are joined as runs, those above by symmetry."""


def encode(labels: ArrayLike, colors: ArrayLike, background: RGB = (0, 0, 0)) -> NDArray[np.uint8]:
    """Paint things.

    Args:
        labels: (H, W) whole numbers: 0 = background, i = `colors[i - 1]`.
        colors: (count, 3) whole numbers 0 to 255; may be empty.
        background: the colour of everything else.

    Returns:
        (H, W, 3) uint8.

    Raises:
        InputError: wrong shapes, or a label without a colour.
    """
    return segmentation.encode(labels, [background, *np.asarray(colors).tolist()])


def decode(
    picture: ArrayLike,
    background: RGB | None = None,
    *,
    tau: float = 14,
    min_area: float = 2e-4,
    min_core: float = 0.1,
    merge: float = 5.0,
) -> Decoded:
    """Find the things; the inverse of `encode` up to their order.

    Args:
        picture: (H, W, 3) uint8, or float in [0, 1] (values outside are clamped).
        background: the colour of everything else; None = find it, see `background_of`.
        tau: distance in 0–255 RGB up to which two colours count as one.
        min_area: smallest thing, as a share of the picture.
        min_core: least share of a thing that must survive an erosion by 3 × 3.
        merge: how many times the area of two boxes the box around both may have.

    Returns:
        values (H, W) int32: 0 = background, 1 … count = one thing each, largest first;
        reliability exp(−(d/τ)²) from the distance d to the mean colour of the pixel's thing, or to the background
        colour: what was painted in some colour and dropped as too small or too thin is a background not to be trusted.
        A pixel of a float picture that is not finite reads 0 with reliability 0.

    Raises:
        InputError: not a picture, or a parameter out of range.
    """
    if not (0 < tau < 256 and 0 <= min_area <= 1 and 0 <= min_core <= 1 and merge >= 0):
        raise InputError(
            f"Allowed are 0 < tau < 256, min_area and min_core from 0 to 1, merge ≥ 0; "
            f"received tau = {tau:g}, min_area = {min_area:g}, min_core = {min_core:g}, merge = {merge:g}."
        )
    pixels = to_uint8(picture)
    if background is None:
        background = background_of(pixels)
    paper = color_table([background], "The background")[0]

    families = _families(pixels, paper, tau)
    colorless = ~np.isfinite(picture).all(axis=2)
    families[colorless] = 0
    labels, areas = _components(families, smallest=min_area * families.size)
    del families
    solid = _totals(labels, len(areas), _core(labels)) >= min_core * areas
    numbers = _merged(labels, areas, _color_sums(pixels, labels, len(areas)), solid, tau, merge)
    labels = numbers[labels]
    reliability = _nearness(pixels, labels, paper, tau)
    reliability[colorless] = 0
    return Decoded(labels, reliability)


def background_of(picture: ArrayLike) -> RGB:
    """The most common colour along the rim of a picture: things fill the middle more often than the edges."""
    pixels = to_uint8(picture)
    height, width = pixels.shape[:2]
    rim = max(1, round(RIM * min(height, width)))
    on_rim = np.ones((height, width), bool)
    on_rim[rim : height - rim, rim : width - rim] = False
    blue, green, red = _bgr(next(_densest_first(_codes(pixels[on_rim]))))
    return red, green, blue


def mean_colors(picture: ArrayLike, labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """The mean painted colour (count, 3), 0 to 255, of each thing 1 … count that `decode` found."""
    count = int(labels.max())
    return _color_sums(to_uint8(picture), labels, count) / _totals(labels, count)[:, None]


def _nearness(
    pixels: NDArray[np.uint8], labels: NDArray[np.int32], paper: NDArray[np.uint8], tau: float
) -> NDArray[np.float32]:
    """Reliability (H, W): how near each pixel is to the mean colour of its thing, or to the background colour."""
    targets = np.vstack([paper, mean_colors(pixels, labels)]).astype(np.float32)
    reliability = np.empty(labels.size, np.float32)
    flat, flat_labels = pixels.reshape(-1, 3), labels.reshape(-1)
    for block in blocks(labels.size):
        apart = flat[block] - targets[flat_labels[block]]
        reliability[block] = bell(np.einsum("nc,nc->n", apart, apart), tau)
    return reliability.reshape(labels.shape)


# --- steps 1 to 3: claim colours, connect, drop what is small -------------------------------------------------------


def _codes(colors: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """One number for each of n colours (n, 3): blue · 2¹⁶ + green · 2⁸ + red."""
    padded = np.zeros((len(colors), 4), np.uint8)
    padded[:, :3] = colors
    return padded.view("<u4")[:, 0]


def _bgr(code: int) -> tuple[int, int, int]:
    return code >> 16, code >> 8 & 255, code & 255


def _families(pixels: NDArray[np.uint8], paper: NDArray[np.uint8], tau: float) -> NDArray[np.int16]:
    """Which seed has claimed each pixel's colour (H, W); 0 = background, or a colour that no seed claimed."""
    claims = np.zeros((256, 256, 256), np.int16)  # [blue, green, red] → seed 1, 2, …; 0 = unclaimed, −1 = background
    flat_claims = claims.reshape(-1)
    box, squared = _around(tuple(paper[::-1].tolist()), tau)
    claims[box][squared < tau**2] = -1
    mesh = ceil((pixels.size / 3 / SAMPLE) ** 0.5)
    seeds = 0
    for code in _densest_first(_codes(pixels[::mesh, ::mesh].reshape(-1, 3))):
        if flat_claims[code] == 0:
            seeds += 1
            box, squared = _around(_bgr(code), tau)
            np.copyto(claims[box], seeds, where=(squared <= tau**2) & (claims[box] == 0))
            if seeds == MAX_SEEDS:
                break
    np.maximum(flat_claims, 0, out=flat_claims)

    families = np.empty(pixels.shape[:2], np.int16)
    flat = pixels.reshape(-1, 3)
    for block in blocks(len(flat)):
        families.reshape(-1)[block] = flat_claims[_codes(flat[block])]
    return families


def _around(center: tuple[int, ...], tau: float) -> tuple[tuple[slice, ...], NDArray[np.int64]]:
    """The box of the colour cube that holds all colours within τ of a colour, and their squared distances to it."""
    reach = int(tau)
    box = tuple(slice(max(level - reach, 0), level + reach + 1) for level in center)
    blue, green, red = ((np.arange(256)[span] - level) ** 2 for span, level in zip(box, center, strict=True))
    return box, blue[:, None, None] + green[:, None] + red


def _densest_first(codes: NDArray[np.uint32]) -> Iterator[int]:
    """The distinct colours, ordered by how many pixels have about that colour, then by how many have just that."""
    from scipy.ndimage import gaussian_filter

    palette, counts = np.unique(codes, return_counts=True)
    cells = (palette >> 18 << 12) | (palette >> 10 & 63) << 6 | (palette >> 2 & 63)  # the cube in 64³ cells
    histogram = np.bincount(cells, weights=counts, minlength=64**3).reshape(64, 64, 64).astype(np.float32)
    density = gaussian_filter(histogram, sigma=1.5, mode="constant").reshape(-1)[cells]
    # Sorted as one number, 18 bits of density, 20 of count, 24 of colour: a tenth of the time of sorting by three keys.
    rarity = ((1 - density / density.max()) * (2**18 - 1)).astype(np.int64)
    keys = rarity << 44 | (2**20 - 1 - np.minimum(counts, 2**20 - 1)) << 24 | palette
    keys.sort()
    for block in blocks(len(keys)):
        yield from (keys[block] & (2**24 - 1)).tolist()


def _components(families: NDArray[np.int16], smallest: float) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Number the 16-connected components of equal, non-zero families that have at least `smallest` pixels.

    Pixels are gathered in horizontal runs first, so that the graph has a node for each run instead of each pixel.

    Returns:
        labels (H, W) with 0 = none, and the areas of the labels 1 … n.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    starts = np.ones(families.shape, bool)
    starts[:, 1:] = families[:, 1:] != families[:, :-1]
    runs = np.cumsum(starts, dtype=np.int32).reshape(families.shape)
    runs -= 1
    first_pixels = np.flatnonzero(starts)
    count = len(first_pixels)
    pairs = [link for down, right in MOVES for link in _links(families, runs, down, right)]
    links = np.concatenate([np.zeros((2, 0), np.int32), *pairs], axis=1)
    graph = coo_array((np.ones(links.shape[1], bool), tuple(links)), shape=(count, count))
    parts, part_of = connected_components(graph, directed=False)

    lengths = np.diff(first_pixels, append=families.size) * (families[starts] > 0)
    areas = np.bincount(part_of, weights=lengths, minlength=parts).astype(np.float64)
    kept = (areas >= smallest) & (areas > 0)
    number = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    return number[part_of][runs], areas[kept]


def _links(families: NDArray[np.int16], runs: NDArray[np.int32], down: int, right: int) -> Iterator[NDArray[np.int32]]:
    """Pairs of runs (2, n) that have pixels of one family a move (down, right) apart, for a band of rows at a time."""
    height, width = families.shape
    if width <= abs(right):
        return
    here, there = slice(max(-right, 0), width - max(right, 0)), slice(max(right, 0), width + min(right, 0))
    for rows in blocks(height - down, size=max(1, BAND // width)):
        below = slice(rows.start + down, rows.stop + down)
        same = (families[rows, here] == families[below, there]) & (families[rows, here] > 0)
        pairs = np.stack([runs[rows, here][same], runs[below, there][same]])
        fresh = np.ones(pairs.shape[1], bool)  # two long runs meet at many pixels: once is enough
        fresh[1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)
        yield pairs[:, fresh]


# --- steps 4 and 5: measure the core, merge what was cut apart ------------------------------------------------------


def _totals(labels: NDArray[np.int32], count: int, weights: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """The sum of the weights (H, W), or the number of pixels, of each label 1 … count."""
    total = np.zeros(count + 1)
    flat = labels.reshape(-1)
    flat_weights = None if weights is None else weights.reshape(-1)
    for block in blocks(len(flat), BAND):
        total += np.bincount(flat[block], None if flat_weights is None else flat_weights[block], minlength=count + 1)
    return total[1:]


def _color_sums(pixels: NDArray[np.uint8], labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """The sum of the colours (count, 3) over the pixels of each label."""
    return np.stack([_totals(labels, count, pixels[..., channel]) for channel in range(3)], axis=1)


def _core(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Erosion by 3 × 3 of all labels at once: the pixels whose neighbours in the picture all carry the same label."""
    beside = labels[:, 1:] == labels[:, :-1]
    core = np.ones(labels.shape, bool)
    core[:, 1:] &= beside
    core[:, :-1] &= beside
    rows = core.copy()
    above = labels[1:] == labels[:-1]
    core[1:] &= above & rows[:-1]
    core[:-1] &= above & rows[1:]
    return core


def _merged(
    labels: NDArray[np.int32],
    areas: NDArray[np.float64],
    sums: NDArray[np.float64],
    solid: NDArray[np.bool_],
    tau: float,
    factor: float,
) -> NDArray[np.int32]:
    """Merge the solid ones of the parts 1 … n where step 5 allows it.

    The largest takes in all that fit it, grows, and tries again; then the next, until no pair is left that fits.

    Returns:
        part (n + 1,) → number of its thing, by falling area; 0 for part 0 and for parts that are not solid.
    """
    from scipy.ndimage import find_objects

    spans = find_objects(labels, len(areas))
    low = np.array([[axis.start for axis in span] for span in spans]).reshape(-1, 2)
    high = np.array([[axis.stop for axis in span] for span in spans]).reshape(-1, 2)
    means, weights = sums / areas[:, None], areas.copy()
    itself = np.arange(len(areas))
    owner = np.where(solid, itself, -1)
    for one in np.argsort(-areas, kind="stable"):
        while owner[one] == one:
            apart = means - means[one]
            alike = np.flatnonzero((np.einsum("nc,nc->n", apart, apart) <= tau**2) & (owner == itself))
            own = (high[alike] - low[alike]).prod(axis=1) + (high[one] - low[one]).prod()
            around = (np.maximum(high[alike], high[one]) - np.minimum(low[alike], low[one])).prod(axis=1)
            fits = alike[(around <= factor * own) | (alike == one)]
            if len(fits) == 1:
                break
            owner[np.isin(owner, fits)] = one
            means[one] = np.average(means[fits], axis=0, weights=weights[fits])
            weights[one] = weights[fits].sum()
            low[one], high[one] = low[fits].min(axis=0), high[fits].max(axis=0)

    things = np.flatnonzero(owner == itself)
    things = things[np.argsort(-weights[things], kind="stable")]
    numbers = np.zeros(len(owner) + 1, np.int32)
    numbers[1 + things] = np.arange(1, len(things) + 1)
    numbers[1:] = numbers[1 + owner]
    return numbers
