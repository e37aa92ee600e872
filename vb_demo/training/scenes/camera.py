"""A pinhole camera in the world: where it stands, where it looks, and the ray of every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """Pixel centres lie at x + 0.5, so the principal point of a W x H picture is (W / 2, H / 2)."""

    eye: Floats
    """(3,) world metres."""
    axes: Floats
    """(3, 3) rows right, up, forward: unit vectors in the world."""
    width: int
    height: int
    focal: float
    """Focal length in pixels of this size, the same in x and y."""

    @staticmethod
    def looking(eye: ArrayLike, target: ArrayLike, *, fov: float, size: tuple[int, int], roll: float = 0.0) -> Camera:
        """From `eye` towards `target`; `fov` is horizontal, in degrees; positive `roll` (radians) tilts to the left."""
        start, goal = np.asarray(eye, float), np.asarray(target, float)
        forward = (goal - start) / max(float(np.linalg.norm(goal - start)), 1e-9)
        if abs(forward[1]) > 0.985:  # straight down has no "up": lean a little towards -z
            forward = forward + np.array([0, 0, -0.2])
            forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 1, 0])
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        c, s = np.cos(roll), np.sin(roll)
        axes = np.stack([c * right + s * up, c * up - s * right, forward]).astype(np.float32)
        width, height = size
        return Camera(start.astype(np.float32), axes, width, height, width / 2 / np.tan(np.radians(fov) / 2))

    @property
    def intrinsics(self) -> tuple[float, float, float, float]:
        """fx, fy, cx, cy in pixels."""
        return self.focal, self.focal, self.width / 2, self.height / 2

    def resized(self, size: tuple[int, int]) -> Camera:
        """The same view with other numbers of pixels (width, height); the horizontal field of view stays."""
        width, height = size
        return Camera(self.eye, self.axes, width, height, self.focal * width / self.width)

    def directions(self, samples: int = 1) -> Floats:
        """(H * samples, W * samples, 3) world directions through the centres of a grid `samples` times finer.

        Their component along the viewing direction is 1, so a ray's length parameter IS planar depth.
        """
        x = (np.arange(self.width * samples) + 0.5) / samples - self.width / 2
        y = self.height / 2 - (np.arange(self.height * samples) + 0.5) / samples
        local = np.stack(
            [*np.broadcast_arrays(x[None] / self.focal, y[:, None] / self.focal), np.ones((len(y), len(x)))], -1
        )
        return (local @ self.axes).astype(np.float32)

    def to_view(self, world: Floats) -> Floats:
        """World directions (..., 3) in camera space: +x right, +y up, +z towards the viewer."""
        return world @ (self.axes * np.array([[1], [1], [-1]], np.float32)).T
