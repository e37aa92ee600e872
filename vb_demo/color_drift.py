"""Did the colours of a painting drift? An autoencoder dulls and shifts them, sometimes more in one corner than another.

A painting by a legend brings its own test chart: most pixels lie near the colour that they were meant to have. From
these follow one affine correction of RGB for the whole picture, and a smooth one for what differs from place to place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from vb_demo.codecs import color_table, segmentation

SURE = 0.5
"""Reliability from which on a pixel is taken to mean its nearest colour: twice as far from the next as from that."""
SMALLEST = 0.001
"""Share of the pixels that a colour needs to be a measure."""
NOTICEABLE = 4.0
"""RGB levels. A smaller drift is left alone: noise can look like it, and the colours of a legend lie far apart."""
OUTLIER = 10.0
"""RGB levels of misfit from which on a colour counts less and less (soft L1)."""
CAUTION = 0.1
"""How much a level of correction must gain, in levels of misfit; keeps what no colour tells about unchanged."""
ROUNDS = 3
"""A corrected picture has more sure pixels, from which the correction is found anew."""
NEAR = 1 / 8
"""Of the longer side: the distance over which local drift is averaged."""
FIELD = 128
"""Pixels of the longer side at which it is computed."""


@dataclass(frozen=True)
class Drift:
    """How far the colours of a painting were from its legend, in RGB levels (0 to 442)."""

    size: float
    """Mean distance of the painted colours from the legend's."""
    local: float
    """Mean size of the correction that differs from place to place."""
    left: float
    """Mean distance after the correction; equal to `size` where nothing was corrected."""
    colors: int
    """How many of the legend's colours were found in the painting."""

    def describe(self) -> str:
        """The finding as a sentence."""
        if not self.colors:
            return "No legend colour was found in the painting, so its drift is unknown."
        return f"The colours had drifted by {self.size:.0f} RGB levels; {self.left:.0f} are left."


def calibrated(painting: NDArray[np.uint8], colors: ArrayLike) -> tuple[NDArray[np.uint8], Drift]:
    """Bring the colours of a painting back to its legend.

    Nothing is changed where the drift is not `NOTICEABLE`, or where the correction would not make the pixels' colours
    more certain on average.

    Args:
        painting: (h, w, 3) sRGB.
        colors: (K, 3) whole numbers 0 to 255: the legend's, its background included.

    Returns:
        The corrected painting, and what was found.

    Raises:
        InputError: not a picture, or not a list of colours.
    """
    table = color_table(colors, "Legend colours").astype(np.float64)
    before = segmentation.decode(painting, colors)
    size, found = _misfit(painting, table)
    corrected: NDArray[np.uint8] = painting
    for _ in range(ROUNDS):
        painted, meant = _centres(painting, corrected, table)
        if len(painted):
            matrix, offset = _affine(painted, meant)
            corrected = _rounded(painting @ matrix + offset)
    field = _local(corrected, table)
    local = float(np.linalg.norm(field, axis=-1).mean())
    corrected = _rounded(corrected + field)
    unsure = segmentation.decode(corrected, colors).reliability.mean() <= before.reliability.mean()
    if max(size, local) < NOTICEABLE or unsure:
        return painting, Drift(size, 0.0, size, found)
    return corrected, Drift(size, local, _misfit(corrected, table)[0], found)


def _centres(
    painting: NDArray[np.uint8], corrected: NDArray[np.uint8], table: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The median painted colour of each legend colour that is surely there once corrected, and that colour; (n, 3)."""
    labels, reliability = segmentation.decode(corrected, table.astype(np.uint8))
    labels = np.where(reliability >= SURE, labels, -1)
    there = [k for k in range(len(table)) if (labels == k).mean() >= SMALLEST]
    medians = [np.median(painting[labels == k], axis=0) for k in there]
    return np.array(medians).reshape(-1, 3), table[there]


def _misfit(painting: NDArray[np.uint8], table: NDArray[np.float64]) -> tuple[float, int]:
    """Mean distance of painted colours from the legend's, and how many of these there are."""
    painted, meant = _centres(painting, painting, table)
    return float(np.linalg.norm(painted - meant, axis=1).mean()) if len(painted) else 0.0, len(painted)


def _affine(
    painted: NDArray[np.float64], meant: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3, 3) and (3,) so that painted @ matrix + offset ≈ meant; what few colours leave open stays as it is."""
    from scipy.optimize import least_squares

    features = np.column_stack([painted / 255, np.ones(len(painted))])

    def misfits(change: NDArray[np.float64]) -> NDArray[np.float64]:
        change = change.reshape(4, 3)
        return np.concatenate([painted + features @ change - meant, CAUTION * change]).ravel()

    change = least_squares(misfits, np.zeros(12), loss="soft_l1", f_scale=OUTLIER).x.reshape(4, 3)
    return np.eye(3) + change[:3] / 255, change[3]


def _local(painting: NDArray[np.uint8], table: NDArray[np.float64]) -> NDArray[np.float32]:
    """(h, w, 3): the smoothed distance of sure pixels from their legend colours; 0 far from any."""
    from scipy.ndimage import gaussian_filter, median_filter

    height, width = painting.shape[:2]
    step = -(-max(height, width) // FIELD)
    # The median: at the ends of the scale noise goes one way only, which would look like drift.
    small = median_filter(painting[::step, ::step], (5, 5, 1))
    labels, reliability = segmentation.decode(small, table.astype(np.uint8))
    sure = (reliability >= SURE).astype(np.float32)[..., None]
    reach = (NEAR * max(small.shape), NEAR * max(small.shape), 0)
    weight = gaussian_filter(sure, reach)
    missing = gaussian_filter(sure * (table[labels] - small).astype(np.float32), reach)
    field = missing / (weight + CAUTION)
    channels = [Image.fromarray(field[..., c]).resize((width, height), Image.Resampling.BILINEAR) for c in range(3)]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def _rounded(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.rint(picture).clip(0, 255).astype(np.uint8)
