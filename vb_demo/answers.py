"""What a painting says once it has been decoded: arrays with units, each with its per-pixel reliability.

Every answer lies on the photo's own grid. `painting` is the picture it was read from, at the size that the
generator painted, so that any number can be traced back to a colour.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vb_demo.colors import Color
from vb_demo.prompts import Legend


@dataclass(frozen=True)
class Provenance:
    """Where an answer came from."""

    generator: str = "unknown"
    """Catalog name, folder or hub id of the painter; "upload" for a picture that was painted elsewhere."""
    prompt: str = ""
    """The exact words that were sent."""
    seed: int | None = None
    steps: int | None = None
    seconds: float | None = None
    """Wall time of painting, without decoding."""


@dataclass(frozen=True)
class DepthMap:
    """Metric depth."""

    meters: NDArray[np.float32]
    """(H, W) metres along the camera's z axis; `inf` = sky, `nan` = no answer."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: 1 = painted exactly on the colour walk."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True)
class RelativeDepthMap:
    """Depth without a unit. It becomes metres only by a calibration that a person gives."""

    nearness: NDArray[np.float32]
    """(H, W) in [0, 1], affine in inverse depth: 1 = nearest, 0 = farthest; `nan` = no answer."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted."""
    provenance: Provenance = field(default_factory=Provenance)

    def calibrated(self, scale: float, shift: float = 0.0) -> DepthMap:
        """Metric depth `1 / (scale · nearness + shift)`, with scale and shift in 1/metres; `inf` where that is ≤ 0."""
        inverse = np.float32(scale) * self.nearness + np.float32(shift)
        with np.errstate(divide="ignore"):
            meters = np.where(inverse <= 0, np.float32(np.inf), 1 / inverse).astype(np.float32)
        return DepthMap(meters, self.reliability, self.painting, self.provenance)


@dataclass(frozen=True)
class NormalMap:
    """Surface directions in camera space."""

    vectors: NDArray[np.float32]
    """(H, W, 3) unit vectors, +x right, +y up, +z towards the viewer; `nan` = no answer."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: 1 = the painted vector already had unit length."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True)
class SegmentMap:
    """One class per pixel, named by the prompt's legend."""

    labels: NDArray[np.int32]
    """(H, W): 0 = background, i = `legend.entries[i - 1]`."""
    legend: Legend
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: how much nearer the nearest legend colour is than the second nearest."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True)
class InstanceMap:
    """The separate things of one class."""

    labels: NDArray[np.int32]
    """(H, W): 0 = background, 1 … count = one thing each, largest first."""
    count: int
    of: str
    """What the things are, in the asker's words."""
    colors: tuple[Color, ...]
    """The mean painted colour of each thing, `count` of them."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: how near the pixel is to the colour of its thing."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted."""
    provenance: Provenance = field(default_factory=Provenance)


Answer = DepthMap | RelativeDepthMap | NormalMap | SegmentMap | InstanceMap
