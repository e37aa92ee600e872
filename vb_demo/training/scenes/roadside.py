"""What stands along a road: poles, lamps, signs, traffic lights, wires, fences."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.training.scenes.builder import Builder, Paint, turn, up
from vb_demo.training.scenes.shapes import limb, revolve

Point = NDArray[np.float64]


def pole(
    scene: Builder,
    position: ArrayLike,
    *,
    height: float,
    radius: float = 0.05,
    label: str = "pole",
    color: NDArray | None = None,
    instance: int | None = None,
) -> None:
    """A round upright."""
    rng = scene.rng
    grey = np.full(3, rng.uniform(40, 190)) if color is None else color
    vertices, faces, _ = revolve([(radius, 0), (radius * 0.75, height), (0, height)], 8)
    scene.add(vertices + np.asarray(position), faces, label, color=grey, instance=instance, gloss=0.2)


def street_lamp(scene: Builder, position: ArrayLike, towards: float) -> None:
    """A tall lamp whose arm reaches over the road in direction `towards` (yaw)."""
    rng = scene.rng
    height, grey, instance = rng.uniform(4.5, 9), np.full(3, rng.uniform(50, 180)), scene.thing()
    top = np.asarray(position, float) + up(height)
    pole(scene, position, height=height, radius=0.08, label="street lamp", color=grey, instance=instance)
    arm = turn(towards) @ np.array([0, 0.15, rng.uniform(0.8, 2.2)])
    vertices, faces = limb(top, top + arm, 0.05, 0.04, 6)
    scene.add(vertices, faces, "street lamp", color=grey, instance=instance)
    scene.box(top + arm, (0.25, 0.12, 0.7), "street lamp", Paint.plain(grey * 1.1), yaw=towards, instance=instance)


def traffic_sign(scene: Builder, position: ArrayLike, facing: float) -> None:
    """A post with one or two plates that face `facing` (yaw): round, triangular, square or oblong."""
    rng = scene.rng
    height = rng.uniform(2.0, 3.0)
    pole(scene, position, height=height, radius=0.035)
    ink = np.array([(200, 30, 35), (30, 70, 170), (240, 200, 30), (235, 235, 235), (20, 120, 60)])
    rotation, level = turn(facing), height
    for _ in range(rng.integers(1, 3)):
        sides, radius = int(rng.choice([3, 4, 8, 20, 20])), rng.uniform(0.28, 0.45)
        instance = scene.thing()
        outer, inner = ink[rng.permutation(5)[:2]] * rng.uniform(0.8, 1.05)
        level -= radius
        for size, front, color in ((1.0, 0.045, outer), (rng.uniform(0.6, 0.85), 0.05, inner)):
            angle = np.arange(sides) / sides * 2 * np.pi + (np.pi / 4 if sides == 4 else np.pi / 2)
            ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(sides)], -1) * radius * size
            vertices = np.concatenate([np.zeros((1, 3)), ring]) + np.array([0, level, front])
            fan = np.arange(sides)
            faces = np.stack([np.zeros(sides, int), fan + 1, (fan + 1) % sides + 1], -1)
            scene.add(
                vertices @ rotation.T + np.asarray(position),
                faces,
                "traffic sign",
                color=color,
                instance=instance,
                gloss=0.3,
            )
        level -= radius * 1.15


def traffic_light(scene: Builder, position: ArrayLike, facing: float) -> None:
    """A post with a three-lamp head that faces `facing` (yaw), one lamp lit."""
    rng = scene.rng
    height = rng.uniform(2.6, 3.6)
    pole(scene, position, height=height, radius=0.06)
    instance, rotation = scene.thing(), turn(facing)
    head = np.asarray(position, float) + up(height - 0.2)
    scene.box(head, (0.32, 0.95, 0.25), "traffic light", Paint.plain((28, 28, 28)), yaw=facing, instance=instance)
    lit = rng.integers(3)
    for number, color in enumerate(((230, 30, 20), (245, 180, 20), (30, 210, 110))):
        bright = number == lit
        at = head + rotation @ np.array([0, 0.29 - 0.29 * number, 0.13])
        paint = Paint.plain(np.array(color) * (1 if bright else 0.25), glow=2.5 if bright else 0.0)
        scene.box(at, (0.2, 0.2, 0.03), "traffic light", paint, yaw=facing, instance=instance)


def wires(scene: Builder, x: float) -> None:
    """Utility poles with wires along the road."""
    rng = scene.rng
    side, high = rng.choice([-1, 1]), rng.uniform(6, 9)
    for z in np.arange(-100, 20, rng.uniform(22, 35)):
        pole(scene, (side * x, 0, z), height=high, radius=0.13, color=np.array([90, 75, 60.0]))
    for offset in (-0.4, 0.4):
        scene.box((side * x + offset, high - 0.3, -40), (0.03, 0.03, 130), "pole", Paint.plain((30, 30, 30)))


def fence(scene: Builder, start: Point, along: Point) -> None:
    """Pickets, rails or a closed wall from `start` along a vector."""
    rng = scene.rng
    length, high = float(np.linalg.norm(along)), rng.uniform(0.8, 1.9)
    yaw = float(np.arctan2(along[0], along[2])) + np.pi / 2
    way, instance = along / length, scene.thing()
    paint = Paint.random(rng, scene.library, "wood", "brick", textured=0.5, tile=(0.8, 2), low=50)
    kind = rng.random()
    if kind < 0.35:
        scene.box(start + along / 2 + up(high / 2), (length, high, 0.12), "fence", paint, yaw=yaw, instance=instance)
        return
    step = rng.uniform(0.14, 0.3) if kind < 0.75 else 2.2
    for away in np.arange(0, length, step):
        scene.box(start + way * away + up(high / 2), (0.08, high, 0.03), "fence", paint, yaw=yaw, instance=instance)
    for level in (0.25, 0.8) if kind < 0.75 else (0.3, 0.6, 0.9):
        scene.box(
            start + along / 2 + up(high * level), (length, 0.08, 0.05), "fence", paint, yaw=yaw, instance=instance
        )
