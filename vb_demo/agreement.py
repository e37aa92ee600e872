"""Two signals about the same photo: how far do the painted normals agree with the painted depth?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vb_demo.errors import InputError
from vb_demo.geometry import depth_edges, normals_from_depth
from vb_demo.scene import Scene


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well the painted directions fit the painted depth."""

    degrees: NDArray[np.float32]
    """(H, W) angle between the two, 0 to 180; `nan` where either says nothing, and at edges of the depth."""
    median: float
    """Degrees over all known pixels."""
    mean: float

    def describe(self) -> str:
        """For people: "Painted normals and depth differ by 11° (median), 17° (mean)."."""
        return f"Painted normals and depth differ by {self.median:.0f}° (median), {self.mean:.0f}° (mean)."


def normal_agreement(scene: Scene) -> Agreement:
    """The angle between painted normals and those that follow from the painted depth.

    Raises:
        InputError: no metric depth, no normals, or no pixel with both.
    """
    meters = scene.metric_depth().meters
    if scene.normals is None:
        raise InputError("This needs the normals too; ask for normals first.")
    derived = normals_from_depth(meters, scene.photo.camera)
    cosine = np.einsum("yxc,yxc->yx", derived, scene.normals.vectors).clip(-1, 1)
    degrees = np.degrees(np.arccos(cosine)).astype(np.float32)
    degrees[depth_edges(meters) | ~scene.photo.valid] = np.nan
    known = degrees[np.isfinite(degrees)]
    if not known.size:
        raise InputError("Nowhere in this photo do both the depth and the normals say something.")
    return Agreement(degrees, float(np.median(known)), float(known.mean()))
