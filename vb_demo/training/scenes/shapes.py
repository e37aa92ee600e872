"""Shapes that many things are made of: solids of revolution and rounded, tapering limbs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def revolve(profile: Sequence[tuple[float, float]], sides: int = 16) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Turns (radius, height) pairs about the vertical: vertices (V, 3), faces (F, 3), uv (F, 3, 2) that wrap once."""
    radius, height = np.array(profile, float).T
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    ring = np.stack([np.cos(angle), np.zeros_like(angle), np.sin(angle)], -1)
    vertices = radius[:, None, None] * ring[None] + np.array([0, 1, 0]) * height[:, None, None]
    across, along = np.meshgrid(np.linspace(0, 1, sides + 1), np.linspace(0, 1, len(radius)))
    i, j = np.meshgrid(np.arange(len(radius) - 1), np.arange(sides), indexing="ij")
    a = (i * (sides + 1) + j).ravel()
    b, c, d = a + 1, a + sides + 1, a + sides + 2
    faces = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)])
    return vertices.reshape(-1, 3), faces, np.stack([across.ravel(), along.ravel()], -1)[faces]


def limb(
    start: ArrayLike, end: ArrayLike, thick: float, thin: float, sides: int = 9
) -> tuple[Floats, NDArray[np.int64]]:
    """A rounded, tapering tube from `start` to `end`: vertices and faces."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = b - a
    length = max(float(np.linalg.norm(axis)), 1e-6)
    axis = axis / length
    cap = np.radians([-90, -50, -20])
    profile = [(thick * np.cos(t), thick * np.sin(t)) for t in cap]
    profile += [(thin * np.cos(t), length + thin * np.sin(t)) for t in -cap[::-1]]
    vertices, faces, _ = revolve(profile, sides)
    side = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    return vertices @ np.stack([side, axis, np.cross(side, axis)]) + a, faces
