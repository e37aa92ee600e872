"""One colour for each thing: of the places that pixels take for the middle of their thing, the ones they agree on.

A network that judges every pixel by itself lets the colour of a thing drift from one end to the other. As in
Panoptic-DeepLab (arXiv:1911.10194), pixels vote for a middle; peaks of the votes are things, and a pixel belongs to the
peak that lies nearest to its vote.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

CELLS = 64
"""Votes are counted on a grid of so many cells along each side of the picture."""
SPREAD = 1.5
"""Cells; standard deviation of the blur that brings votes for the same middle together."""
APART = 5
"""Cells, odd; a peak is the highest within half of it each way."""
LEAST = 5e-4
"""Share of the picture's pixels: the votes, within the blur, that make a peak."""


def one_color_each(shares: Tensor) -> Tensor:
    """Give all pixels of a thing the same mixture.

    Args:
        shares: (5, H, W) of the background and the four `PLACES`; their sum is 1.

    Returns:
        The same with each pixel either background or a mixture that it shares with its thing.
    """
    from scipy.ndimage import gaussian_filter, maximum_filter
    from scipy.spatial import cKDTree

    thing = (shares[0] < 0.5).cpu().numpy()
    if not thing.any():
        return shares
    places = shares[1:].cpu().numpy()[:, thing]
    _, upper_right, lower_left, lower_right = places / places.sum(0)
    middles = np.stack([upper_right + lower_right, lower_left + lower_right], 1)
    across, down = (CELLS * middles).astype(int).clip(0, CELLS - 1).T
    votes = np.bincount(across * CELLS + down, minlength=CELLS**2).reshape(CELLS, CELLS).astype(np.float64)
    blurred = gaussian_filter(votes, SPREAD, mode="constant")
    # A peak's own height, if all its votes fell into one cell, is their number / (2π · SPREAD²).
    enough = blurred >= LEAST * thing.size / (2 * np.pi * SPREAD**2)
    peaks = np.argwhere(enough & (blurred == maximum_filter(blurred, APART)))
    if not len(peaks):
        return shares
    centers = (peaks + 0.5) / CELLS
    _, nearest = cKDTree(centers).query(middles)
    x, y = centers[nearest].T
    mixed = np.zeros(shares.shape, np.float32)
    mixed[0] = ~thing
    mixed[1:, thing] = [(1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x]
    return torch.from_numpy(mixed).to(shares.device)
