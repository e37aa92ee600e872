"""Small things of our own making, in endless variety: vessels, packages, screens, keyboards.

A position is the point below the thing, on the table or floor; metres.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vb_demo.training.scenes.builder import Builder, Paint, turn, up
from vb_demo.training.scenes.shapes import limb, revolve
from vb_demo.training.scenes.textures import color as random_color


def vessel(scene: Builder, position: ArrayLike, kind: str | None = None) -> None:
    """A bottle, can, cup, glass, bowl, plate, vase, fruit or ball standing at `position`."""
    rng = scene.rng
    label = kind or str(
        rng.choice(["bottle", "can", "cup", "cup", "glass", "bowl", "plate", "vase", "fruit", "ball", "pan"])
    )
    r, h, wall = rng.uniform(0.03, 0.045), rng.uniform(0.18, 0.3), 0.004
    profiles = {
        "bottle": [(0, 0), (r, 0), (r, h * 0.62), (r * 0.85, h * 0.7), (r * 0.36, h * 0.82), (r * 0.36, h), (0, h)],
        "can": [(0, 0), (r * 0.9, 0), (r, 0.006), (r, 0.115), (r * 0.85, 0.122), (0, 0.12)],
        "cup": _open(r, 0.09 * rng.uniform(0.8, 1.3), rng.uniform(0.85, 1.3), wall),
        "glass": _open(r * 0.85, rng.uniform(0.09, 0.16), rng.uniform(0.95, 1.3), wall),
        "bowl": _open(r * 1.1, rng.uniform(0.05, 0.09), rng.uniform(1.6, 2.4), wall),
        "plate": [(0, 0.004), (r * 2, 0.004), (r * 3.2, 0.02), (r * 3.2, 0.024), (r * 2, 0.01), (0, 0.01)],
        "vase": [
            (0, 0),
            (r * rng.uniform(0.8, 1.6), 0),
            (r * rng.uniform(1.2, 2), h * 0.4),
            (r * rng.uniform(0.4, 0.9), h),
            (r * 0.9, h * 1.12),
            (r * 0.8, h * 1.12),
            (r * 0.3, h),
        ],
        "pan": _open(r * rng.uniform(2.2, 3.2), rng.uniform(0.05, 0.14), 1.02, wall),
        "fruit": _sphere(rng.uniform(0.028, 0.055), rng.uniform(0.8, 1.1)),
        "ball": _sphere(rng.uniform(0.03, 0.13), 1.0),
    }
    vertices, faces, uv = revolve(profiles[label], 20)
    printed = label in ("can", "bottle", "cup", "ball") and rng.random() < 0.5
    texture = scene.library.texture(rng, "package") if printed else -1
    color = 255 * rng.uniform(0.7, 1.0, 3) if printed else random_color(rng, 15, 250)
    if label == "fruit":
        color = np.array(
            [(205, 40, 30), (230, 150, 30), (120, 170, 50), (235, 215, 60)][rng.integers(4)]
        ) * rng.uniform(0.8, 1.1)
    instance = scene.thing()
    scene.add(
        vertices + np.asarray(position),
        faces,
        label,
        color=color,
        uv=uv,
        texture=texture,
        instance=instance,
        gloss=float(rng.uniform(0, 0.7)),
    )
    if label in ("cup", "pan"):
        yaw, reach = rng.uniform(0, 6.3), profiles[label][1][0]
        length = 0.035 if label == "cup" else rng.uniform(0.1, 0.2)
        way = turn(yaw) @ np.array([0, 0, 1.0])
        base = np.asarray(position) + up(profiles[label][2][1] * 0.7) + way * reach
        tube, tube_faces = limb(base, base + way * length, 0.008, 0.008, 6)
        scene.add(tube, tube_faces, label, color=color, instance=instance)


def _open(radius: float, height: float, flare: float, wall: float) -> list[tuple[float, float]]:
    """Profile of an open vessel with an inside: bottom, outer wall, rim, inner wall."""
    top = radius * flare
    return [(0, 0), (radius, 0), (top, height), (top - wall, height), (radius - wall, wall), (0, wall)]


def _sphere(radius: float, squash: float) -> list[tuple[float, float]]:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 13)
    return [(radius * np.cos(t), radius * squash * (1 + np.sin(t))) for t in angle]


def package(scene: Builder, position: ArrayLike, *, largest: float = 0.35, yaw: float | None = None) -> float:
    """A box, book, carton or sheet of paper at `position`; returns its height, so that more can be stacked."""
    rng, library = scene.rng, scene.library
    yaw = rng.uniform(0, 6.3) if yaw is None else yaw
    kind = rng.choice(["box", "book", "carton", "paper"], p=[0.4, 0.32, 0.2, 0.08])
    printed = Paint.plain(255 * rng.uniform(0.75, 1, 3), gloss=float(rng.uniform(0, 0.3)))
    printed = Paint(printed.color, library.texture(rng, "package", "package", "picture"), 1.0, printed.gloss)
    plain = Paint.plain(random_color(rng))
    if kind == "book":
        size = (rng.uniform(0.1, 0.22), rng.uniform(0.008, 0.05), rng.uniform(0.15, 0.3))
        paint = printed if rng.random() < 0.6 else plain
        scene.box(np.asarray(position) + up(size[1] / 2), size, "book", paint, yaw=yaw, fit=True)
    elif kind == "paper":
        size = (0.21, 0.002, 0.297)
        scene.box(
            np.asarray(position) + up(0.001), size, "paper", Paint.plain(rng.uniform(200, 250) * np.ones(3)), yaw=yaw
        )
    elif kind == "carton":
        edge = rng.uniform(0.4, 1.0, 3) * largest
        size = (edge[0], edge[1], edge[2])
        brown = Paint.plain(np.array([176, 135, 92]) * rng.uniform(0.7, 1.2) + rng.normal(0, 6, 3))
        instance = scene.thing()
        scene.box(np.asarray(position) + up(size[1] / 2), size, "box", brown, yaw=yaw, instance=instance)
        strip = Paint.plain(np.array([205, 175, 130]) * rng.uniform(0.8, 1.1))
        scene.box(
            np.asarray(position) + up(size[1] / 2),
            (size[0] * 0.12, size[1] + 0.002, size[2] + 0.002),
            "box",
            strip,
            yaw=yaw,
            instance=instance,
        )
    else:
        edge = rng.uniform(0.12, 1.0, 3) * largest
        size = (edge[0], edge[1], edge[2])
        paint = (printed, plain, Paint.random(rng, library, "wood", "fabric", "plaster", tile=(0.2, 0.8)))[
            rng.integers(3)
        ]
        scene.box(np.asarray(position) + up(size[1] / 2), size, "box", paint, yaw=yaw, fit=rng.random() < 0.6)
    return float(size[1])


def screen(scene: Builder, position: ArrayLike, yaw: float) -> None:
    """A computer monitor on its foot, facing +z before turning, switched on or off."""
    rng = scene.rng
    wide, instance, rotation = rng.uniform(0.4, 0.75), scene.thing(), turn(yaw).astype(float)
    high, foot = wide * rng.uniform(0.55, 0.65), rng.uniform(0.08, 0.16)
    case = Paint.plain(np.full(3, rng.choice([25.0, 40.0, 190.0, 225.0])), gloss=0.3)
    at = np.asarray(position, float)
    scene.box(at + up(0.008), (0.24, 0.016, 0.18), "monitor", case, yaw=yaw, instance=instance)
    scene.box(at + up(foot / 2 + 0.1), (0.05, foot + 0.2, 0.03), "monitor", case, yaw=yaw, instance=instance)
    middle = at + up(foot + high / 2) + rotation @ np.array([0, 0, 0.035])
    scene.box(middle, (wide, high, 0.035), "monitor", case, yaw=yaw, instance=instance)
    lit = rng.random() < 0.6
    picture = scene.library.texture(rng, "picture", "package") if lit else -1
    face = Paint(
        (255, 255, 255) if lit else (14, 14, 16), picture, 1.0, 0.4, float(rng.uniform(0.4, 1.2)) if lit else 0.0
    )
    corner = middle + rotation @ np.array([0.012 - wide / 2, 0.012 - high / 2, 0.019])
    across = rotation @ np.array([wide - 0.024, 0, 0])
    scene.quad(corner, across, up(high - 0.024), "monitor", face, instance=instance, fit=True)


def keyboard(scene: Builder, position: ArrayLike, yaw: float) -> None:
    """A computer keyboard: a slab with rows of keys."""
    rng = scene.rng
    wide, instance, rotation = rng.uniform(0.28, 0.46), scene.thing(), turn(yaw).astype(float)
    tone = float(rng.choice([25.0, 60.0, 200.0, 235.0]))
    case, key = (
        Paint.plain(np.full(3, tone)),
        Paint.plain(np.full(3, np.clip(tone + rng.choice([-30, 25, 35]), 8, 250))),
    )
    at = np.asarray(position, float)
    scene.box(at + up(0.008), (wide, 0.016, 0.14), "keyboard", case, yaw=yaw, instance=instance)
    for row in range(5):
        for number in range(11):
            spot = at + rotation @ np.array([((number + 0.5) / 11 - 0.5) * (wide - 0.02), 0.019, (row - 2) * 0.024])
            scene.box(spot, (wide / 14, 0.006, 0.018), "keyboard", key, yaw=yaw, instance=instance)
