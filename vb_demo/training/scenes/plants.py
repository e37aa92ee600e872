"""Trees and bushes made of leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.training.scenes.builder import Builder, turn, up
from vb_demo.training.scenes.shapes import limb

Floats = NDArray[np.float64]


def tree(scene: Builder, position: ArrayLike, *, height: float | None = None, near: bool = False) -> None:
    """A broadleaf or conifer made of leaf quads, or a bare tree; `near` ones get more and smaller leaves."""
    rng = scene.rng
    tall = height or rng.uniform(3.5, 13)
    base = np.asarray(position, float)
    instance = scene.thing()
    bark = np.array([95, 75, 58]) * rng.uniform(0.5, 1.5)
    trunk, lean = tall * rng.uniform(0.22, 0.42), rng.normal(0, 0.03, 2) * tall
    top = base + np.array([lean[0], trunk, lean[1]])
    girth = 0.02 * tall + 0.05
    if rng.random() < 0.15:
        _bare_tree(scene, base, top, girth, tall, bark, instance)
        return
    vertices, faces = limb(base - up(0.2), top + up(tall * 0.25), girth, girth * 0.45)
    scene.add(vertices, faces, "tree", color=bark, instance=instance)
    conifer = rng.random() < 0.3
    leaves = 5000 if near else 900
    if conifer:
        level = rng.random(leaves) ** 0.7
        radius = tall * 0.22 * (1 - level) * np.sqrt(rng.random(leaves)) * (0.75 + 0.25 * np.sin(level * 40))
        angle = rng.uniform(0, 2 * np.pi, leaves)
        spots = np.stack(
            [radius * np.cos(angle), level * (tall - trunk * 0.6) - trunk * 0.4, radius * np.sin(angle)], -1
        )
    else:
        lumps = rng.normal(0, 1, (rng.integers(4, 10), 3)) * np.array([0.16, 0.13, 0.16]) * tall + up(tall * 0.33)
        which = rng.integers(len(lumps), size=leaves)
        way = rng.normal(0, 1, (leaves, 3))
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        spots = lumps[which] + way * (rng.random(leaves) ** 0.33 * rng.uniform(0.12, 0.2) * tall)[:, None]
    size = (0.02 if near else 0.055) * tall * rng.uniform(0.6, 1.3)
    _leaves(scene, top + spots, size, "tree", instance)


def _bare_tree(
    scene: Builder, base: Floats, top: Floats, girth: float, tall: float, bark: Floats, instance: int
) -> None:
    """A trunk that forks into boughs, branches and twigs, as broadleaf trees look in winter."""
    rng = scene.rng
    limbs = [(base - up(0.2), top, girth)]
    tips = [(top, top - base, tall * 0.3)]
    for spread in (0.5, 0.7, 0.8, 0.9):
        grown = []
        for start, way, length in tips:
            for _ in range(rng.integers(3, 5)):
                bough = way / np.linalg.norm(way) + rng.normal(0, spread, 3) + up(0.25)
                end = start + bough / np.linalg.norm(bough) * length * rng.uniform(0.6, 1.1)
                limbs.append((start, end, girth * 0.14 * length / (tall * 0.05)))
                grown.append((end, end - start, length * 0.62))
        tips = grown
    for start, end, thick in limbs:
        vertices, faces = limb(start, end, thick, thick * 0.6, 5)
        scene.add(vertices, faces, "tree", color=bark, instance=instance)


def bush(scene: Builder, position: ArrayLike, *, size: ArrayLike = (1.0, 1.0, 1.0), yaw: float = 0.0) -> None:
    """A rounded or box-clipped bush of `size` metres."""
    rng = scene.rng
    extent = np.asarray(size, float)
    count = 900
    spots = rng.uniform(-0.5, 0.5, (count, 3))
    if rng.random() < 0.5:
        spots = rng.normal(0, 1, (count, 3))
        spots *= 0.5 * rng.random((count, 1)) ** 0.33 / np.linalg.norm(spots, axis=1, keepdims=True)
    spots[:, 1] = np.maximum(spots[:, 1] + 0.5, 0.05)
    _leaves(
        scene,
        np.asarray(position, float) + (spots * extent) @ turn(yaw).T,
        0.1 + 0.04 * extent.max(),
        "bush",
        scene.thing(),
    )


def _leaves(scene: Builder, spots: Floats, size: float, label: str, instance: int) -> None:
    """A quad for every spot (N, 3), in shades of one green (or autumn, or blossom).

    Leaves look roughly outwards, so that a crown is shaded, and its normals read, like a rounded body.
    """
    rng = scene.rng
    count = len(spots)
    outwards = spots - spots.mean(0)
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True) + 1e-6
    outwards += rng.normal(0, 0.3, (count, 3))
    u = np.cross(outwards, rng.normal(0, 1, (count, 3)))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(outwards, u)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    scale = size * rng.uniform(0.5, 1.3, (count, 1))
    u, v = u * scale, v * scale
    vertices = np.stack([spots - u - v, spots + u - v, spots + u + v, spots - u + v], 1).reshape(-1, 3)
    first = np.arange(count)[:, None] * 4
    faces = (first[:, None] + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3)
    green = rng.uniform(60, 150)
    tone = np.array([green * rng.uniform(0.45, 1.0), green, green * rng.uniform(0.2, 0.55)])
    if rng.random() < 0.08:
        tone = rng.uniform(60, 230, 3)
    color = np.repeat(tone * rng.uniform(0.6, 1.3, (count, 1)), 2, axis=0)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float) * 0.3
    uv = np.tile(np.stack([corners[[0, 1, 2]], corners[[0, 2, 3]]]), (count, 1, 1)) + rng.random((2 * count, 1, 2))
    if rng.random() < 0.6:
        texture = scene.library.texture(rng, "foliage")
        color = color * 1.7
    else:
        texture = -1
    scene.add(vertices, faces, label, color=color, uv=uv, texture=texture, instance=instance)
