"""Does a painting lie on its photo? Image editors often paint the whole picture a little shifted or zoomed.

The two have no colours in common, but rims: where the photo has one, the painting of an answer mostly has one too, in
the same direction. So their edge directions are compared at every shift and zoom by normalised cross-correlation, first
coarsely by Fourier transform ("orientation correlation", Fitch et al., BMVC 2002, here with doubled angles, since dark
may meet bright from either side), then finely by climbing. How far the best place stands out from all others tells
whether it can be believed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAX_ZOOM = 1.2
"""Largest zoom, and its inverse the smallest, that is looked for."""
MAX_SHIFT = 0.25
"""Largest shift that is looked for, as a share of the photo's side; up to a fifth has been reported of editors."""
COARSE, FINE = 160 * 120, 480 * 360
"""Pixels of the pictures in which all shifts and zooms are tried, and in which the best one is refined."""
ZOOM_STEP = 0.01
"""Between the zooms that are tried; moves the border of the coarse picture by less than a pixel."""
ACCURACY = 0.5
"""Fine pixels: when no point of the photo is displaced by more, the painting is said to lie on it."""
BELIEVABLE = 0.3
"""Confidence from which on a misalignment is reported as known."""
PEAK = 6
"""Coarse pixels around the best place that belong to it; a rival lies farther away."""
BLUR, SURROUND, FLAT = 1.0, 8.0, 4.0
"""Of the edges: pixels over which they are smoothed, pixels over which their strengths are made equal, and the strength
in grey levels per pixel below which they fade out."""

Edges = NDArray[np.complex64]
"""(h, w): length = strength of the edge, angle = twice its direction."""


@dataclass(frozen=True)
class Misalignment:
    """Where the painting has what is in the photo.

    Counted from the photo's centre, what is at (x, y) is painted at (`zoom` · x + `dx`, `zoom` · y + `dy`).
    """

    dx: float
    """Photo pixels to the right."""
    dy: float
    """Photo pixels down."""
    zoom: float
    """Above 1: painted too large."""
    confidence: float
    """0 = another place fits as well, 1 = no other place fits at all. Of 188 pictures of other scenes one got 0.3."""

    @property
    def known(self) -> bool:
        """Whether the edges tell where the painting lies; otherwise the other numbers are those of no misalignment."""
        return self.confidence >= BELIEVABLE

    @property
    def moved(self) -> bool:
        """Whether the painting is known to lie elsewhere than on the photo."""
        return (self.dx, self.dy, self.zoom) != (0, 0, 1)

    def describe(self) -> str:
        """The finding as a sentence."""
        if not self.known:
            return "Whether the painting lies on the photo cannot be told: their edges have too little in common."
        if not self.moved:
            return "The painting lies on the photo."
        return (
            f"The painting lies {abs(self.dx):.1f} photo pixels to the {'right' if self.dx >= 0 else 'left'} and "
            f"{abs(self.dy):.1f} {'down' if self.dy >= 0 else 'up'}, and is painted at {self.zoom:.1%} of its size."
        )


def measure(photo: NDArray[np.uint8], painting: NDArray[np.uint8]) -> Misalignment:
    """Find the shift and zoom with which a picture was painted.

    Half a second of one CPU core. 47 photos, each compared with itself shifted by up to 8 % of its sides and zoomed by
    up to 10 %, were placed to 0.1 pixels at the size of `FINE`, half of them to 0.015; a painting can be placed as
    exactly as it keeps to the rims that it paints.

    Args:
        photo: (H, W, 3) sRGB.
        painting: (h, w, 3) sRGB of any size; it stands for the whole photo.
    """
    size = (photo.shape[0], photo.shape[1])
    start, confidence = _search(*(_edges(picture, _scaled(size, COARSE)) for picture in (photo, painting)))
    if confidence < BELIEVABLE:
        return Misalignment(0.0, 0.0, 1.0, confidence)
    fine = _scaled(size, FINE)
    right, down, zoom = _climb(_edges(photo, fine), _edges(painting, fine), start)
    if max(abs(right), abs(down)) + abs(zoom - 1) * max(fine) / 2 <= ACCURACY:
        return Misalignment(0.0, 0.0, 1.0, confidence)
    return Misalignment(right * size[1] / fine[1], down * size[0] / fine[0], zoom, confidence)


def correct(
    painting: NDArray[np.uint8], found: Misalignment, photo_size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Bring a painting back onto its photo by taking the nearest pixel, so that no colour is made up.

    Args:
        painting: (h, w, 3) sRGB.
        found: what `measure` said.
        photo_size: (width, height) of the photo, whose pixels `found` counts.

    Returns:
        The painting (h, w, 3) as it should have been, and where it covers the photo (h, w); elsewhere its border is
        repeated.
    """

    def places(length: int, shift: float) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        middle = (length - 1) / 2
        wanted = np.rint(middle + found.zoom * (np.arange(length) - middle) + shift).astype(np.intp)
        there = wanted.clip(0, length - 1)
        return there, there == wanted

    height, width = painting.shape[:2]
    rows, rows_covered = places(height, found.dy * height / photo_size[1])
    columns, columns_covered = places(width, found.dx * width / photo_size[0])
    return painting[rows[:, None], columns], rows_covered[:, None] & columns_covered


# --- edges ----------------------------------------------------------------------------------------------------------


def _scaled(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """(height, width) of the same proportions with about this many pixels, but not enlarged."""
    scale = min(1, math.sqrt(pixels / (size[0] * size[1])))
    return max(8, round(size[0] * scale)), max(8, round(size[1] * scale))


def _edges(picture: NDArray[np.uint8], size: tuple[int, int]) -> Edges:
    """The edges of a picture brought to (height, width)."""
    from scipy.ndimage import gaussian_filter

    height, width = size
    small = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR), np.float32)
    along = gaussian_filter(small, (BLUR, BLUR, 0), order=(0, 1, 0), mode="nearest")
    down = gaussian_filter(small, (BLUR, BLUR, 0), order=(1, 0, 0), mode="nearest")
    # The square of a gradient as a complex number has twice its angle, so that opposite gradients add up.
    squared = ((along + 1j * down) ** 2).sum(axis=-1)
    strength = np.sqrt(np.abs(squared))
    around = gaussian_filter(strength, SURROUND, mode="nearest")
    edges = squared / np.maximum(strength, 1e-6) / (around + FLAT)
    return (edges - edges.mean()).astype(np.complex64)


def _moved(edges: Edges, zoom: float, down: float = 0.0, right: float = 0.0) -> Edges:
    """The edges of a painting at the places where the photo's pixels are painted; 0 outside."""
    from scipy.ndimage import affine_transform

    middle = (np.array(edges.shape) - 1) / 2
    offset = middle - zoom * middle + (down, right)
    return affine_transform(edges, np.array([zoom, zoom]), offset, order=1)


# --- search ---------------------------------------------------------------------------------------------------------


def _search(photo: Edges, painting: Edges) -> tuple[tuple[float, float, float], float]:
    """The best of all shifts and zooms: (right, down, zoom), shifts as shares of the sides; and the confidence."""
    from scipy import fft

    height, width = photo.shape
    reach = int(height * MAX_SHIFT), int(width * MAX_SHIFT)
    padded = [fft.next_fast_len(side + far) for side, far in zip(photo.shape, reach, strict=True)]
    window = np.sqrt(np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])).astype(np.float32)
    steps = round(math.log(MAX_ZOOM) / ZOOM_STEP)
    zooms = np.exp(np.arange(-steps, steps + 1) * ZOOM_STEP)
    spectrum = np.conj(fft.fft2(photo * window, padded))
    scores = np.empty((len(zooms), 2 * reach[0] + 1, 2 * reach[1] + 1), np.float32)
    for zoom, score in zip(zooms, scores, strict=True):
        zoomed = _moved(painting, zoom) * window
        product = fft.ifft2(spectrum * fft.fft2(zoomed, padded)).real
        score[:] = np.roll(product, reach, (0, 1))[: score.shape[0], : score.shape[1]]
        score /= np.linalg.norm(zoomed) + 1e-6
    which, row, column = np.unravel_index(scores.argmax(), scores.shape)
    best, zoom = float(scores[which, row, column]), float(zooms[which])
    if best <= 0:
        return (0.0, 0.0, 1.0), 0.0
    start = (zoom * (column - reach[1]) / width, zoom * (row - reach[0]) / height, zoom)
    scores[:, max(0, row - PEAK) : row + PEAK + 1, max(0, column - PEAK) : column + PEAK + 1] = 0
    return start, 1 - max(float(scores.max()), 0) / best


def _climb(photo: Edges, painting: Edges, start: tuple[float, float, float]) -> tuple[float, float, float]:
    """The best (right, down, zoom) near `start`, shifts in pixels of these edges."""
    from scipy.optimize import minimize

    height, width = photo.shape
    pixel = max(1, math.sqrt(photo.size / COARSE))
    units = np.array([pixel, pixel, ZOOM_STEP])

    def misfit(place: NDArray[np.float64]) -> float:
        right, down, log_zoom = place * units
        moved = _moved(painting, math.exp(log_zoom), down, right)
        common = np.vdot(photo, moved).real
        return -float(common / (np.linalg.norm(photo[moved != 0]) * np.linalg.norm(moved) + 1e-6))

    first = np.array([start[0] * width, start[1] * height, math.log(start[2])]) / units
    simplex = first + np.vstack([np.zeros(3), np.eye(3)])
    found = minimize(misfit, first, method="Nelder-Mead", options={"initial_simplex": simplex, "xatol": 0.02})
    right, down, log_zoom = found.x * units
    return float(right), float(down), math.exp(log_zoom)
