"""Bring a coarse answer to the photo's size along the photo's own edges: a fast guided filter with a colour guide.

Around every coarse pixel the answer is fitted as a linear function of the photo's colours; the fits are enlarged and
applied to the full photo. Where the photo has an edge, so has the answer, and where the photo is smooth, nothing is
added. He, Sun & Tang, "Guided Image Filtering" (TPAMI 2013); He & Sun, "Fast Guided Filter" (arXiv:1505.00996).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

RADIUS = 3
"""Coarse pixels around each that a fit looks at."""
SMOOTHNESS = 1e-3
"""Variance of the colours, which lie in [0, 1], below which a window counts as flat (ε of the papers)."""


def sharpen(coarse: Tensor, photo: Tensor, *, radius: int = RADIUS, smoothness: float = SMOOTHNESS) -> Tensor:
    """Answers (K, h, w) and a photo (3, H, W) in [0, 1] that is at least as large → answers (K, H, W)."""
    size = photo.shape[-2:]
    guide = F.interpolate(photo[None], size=coarse.shape[-2:], mode="area")[0]

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x[None], 2 * radius + 1, 1, radius, count_include_pad=False)[0]

    mean_guide, mean_coarse = mean(guide), mean(coarse)
    products = mean((guide[:, None] * guide[None]).flatten(0, 1)).unflatten(0, (3, 3))
    covariance = products - mean_guide[:, None] * mean_guide[None]
    covariance = covariance + smoothness * torch.eye(3, device=photo.device)[..., None, None]
    together = mean((guide[:, None] * coarse[None]).flatten(0, 1)).unflatten(0, (3, len(coarse)))
    together = together - mean_guide[:, None] * mean_coarse[None]
    slope = torch.linalg.solve(covariance.movedim((0, 1), (-2, -1)), together.movedim((0, 1), (-2, -1)))
    slope = slope.movedim((-2, -1), (0, 1))
    offset = mean_coarse - (slope * mean_guide[:, None]).sum(0)
    slope, offset = mean(slope.flatten(0, 1)).unflatten(0, (3, len(coarse))), mean(offset)
    # One answer at a time: a legend of many paints over a large photo would need a lot of memory at once.
    return torch.stack([_applied(slope[:, k], offset[k], photo, size) for k in range(len(coarse))])


def _applied(slope: Tensor, offset: Tensor, photo: Tensor, size: torch.Size) -> Tensor:
    fit = F.interpolate(torch.cat([slope, offset[None]])[None], size=size, mode="bilinear")[0]
    return (fit[:3] * photo).sum(0) + fit[3]
