"""Houses: walls with windows and doors, shop fronts, flat or gabled roofs, awnings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.training.scenes.builder import Builder, Paint, turn, up
from vb_demo.training.scenes.textures import color as random_color

Point = NDArray[np.float64]

SHOP_HEIGHT = 3.3
"""Metres from the pavement to the top of a shop front."""


def building(
    scene: Builder,
    at: ArrayLike,
    yaw: float,
    size: tuple[float, float, float],
    *,
    pitched: bool = False,
    detail: bool = True,
    shop: bool = False,
) -> None:
    """A house of `size` = (width, height, depth), its front along `yaw`: windows, door, maybe a shop or an awning."""
    rng, library = scene.rng, scene.library
    wide, high, deep = size
    instance, rotation, base = scene.thing(), turn(yaw).astype(float), np.asarray(at, float)
    body = Paint.random(
        rng, library, "brick", "plaster", "plaster", "paving", "wood", textured=0.7, tile=(1.5, 5), low=70, high=240
    )
    flat = Paint.random(rng, library, "roof", "paving", textured=0.5, low=60, high=150)
    scene.box(base + up(high / 2), (wide, high, deep), "building", body, yaw=yaw, top=flat, instance=instance)
    if pitched:
        _roof(scene, base, rotation, wide, high, deep, instance)

    def front_quad(x: float, y: float, w: float, h: float, label: str, paint: Paint, out: float, face: int) -> None:
        """A rectangle on the front (face 0) or on the left / right side (1 / 2), `out` metres off the wall."""
        reach = deep / 2 if face == 0 else wide / 2
        r = rotation if face == 0 else turn(yaw + (np.pi / 2 if face == 2 else -np.pi / 2)).astype(float)
        corner = base + r @ np.array([x - w / 2, y, reach + out])
        scene.quad(corner, r @ np.array([w, 0, 0]), up(h), label, paint, instance=instance)

    storey, gap = rng.uniform(2.7, 3.5), rng.uniform(1.6, 3.4)
    pane_w, pane_h, sill = rng.uniform(0.7, min(1.7, gap * 0.8)), rng.uniform(1.0, 1.8), rng.uniform(0.7, 1.1)
    glass = random_color(rng, 10, 60) if rng.random() < 0.6 else random_color(rng, 15, 130)
    frame = random_color(rng, 60, 250)
    ground_floor = SHOP_HEIGHT if shop else 0.0
    band = rng.random() < 0.2
    door_at = rng.uniform(-0.35, 0.35) * wide
    for face, span in ((0, wide), (1, deep), (2, deep)):
        if not detail and face:
            continue
        for floor in range(max(1, int(high / storey))):
            y = (ground_floor if face == 0 else 0.0) + floor * storey + sill
            if y + pane_h > high - 0.2:
                break
            if band or not detail:
                front_quad(0, y, span * 0.94, pane_h, "window", Paint.plain(glass, 0.6), 0.02, face)
                continue
            count = max(1, int((span - 0.6) / gap))
            for number in range(count):
                x = (number + 0.5 - count / 2) * gap
                if rng.random() < 0.06 or (floor == 0 and face == 0 and not shop and abs(x - door_at) < 1.3):
                    continue
                front_quad(x, y - 0.08, pane_w + 0.16, pane_h + 0.16, "window", Paint.plain(frame), 0.02, face)
                front_quad(x, y, pane_w, pane_h, "window", Paint.plain(glass * rng.uniform(0.6, 1.3), 0.6), 0.035, face)
    if detail:
        front_quad(door_at, 0, rng.uniform(0.9, 1.6), 2.15, "door", Paint.plain(random_color(rng, 20, 220)), 0.06, 0)
        if shop:
            fascia = Paint.random(rng, library, "package", textured=0.3, tile=(2, 6), low=10, high=230)
            front_quad(0, 0, wide * 0.98, SHOP_HEIGHT, "building", Paint.plain(random_color(rng, 10, 160)), 0.02, 0)
            front_quad(0, SHOP_HEIGHT - 0.75, wide * 0.96, rng.uniform(0.45, 0.7), "building", fascia, 0.05, 0)
            panes = max(1, round(wide / rng.uniform(1.2, 3.0)))
            for number in range(panes):
                x, pane = (number + 0.5 - panes / 2) * wide / panes, wide / panes * rng.uniform(0.75, 0.92)
                front_quad(x, 0.35, pane, 2.1, "window", Paint.plain(glass * rng.uniform(0.5, 1.2), 0.6), 0.04, 0)
        if rng.random() < 0.25 and not pitched:
            awning = Paint.random(rng, library, "fabric", textured=0.6)
            depth = rng.uniform(0.8, 1.8)
            corner = base + rotation @ np.array([-wide * 0.4, 2.8, deep / 2 + 0.03])
            scene.quad(
                corner,
                rotation @ np.array([wide * 0.8, 0, 0]),
                rotation @ np.array([0, -0.4, depth]),
                "building",
                awning,
                instance=instance,
            )


def _roof(scene: Builder, base: Point, rotation: NDArray, wide: float, high: float, deep: float, instance: int) -> None:
    """A gabled roof with its ridge along the front."""
    rng = scene.rng
    rise, x, z = rng.uniform(0.25, 0.6) * deep / 2, wide / 2, deep / 2 + 0.4
    paint = Paint.random(rng, scene.library, "roof", textured=0.8, tile=(1.5, 3.5), low=40, high=140)
    for sign in (-1, 1):
        corner = base + rotation @ np.array([-sign * (x + 0.3), high - 0.15, sign * z])
        scene.quad(
            corner,
            rotation @ np.array([sign * (2 * x + 0.6), 0, 0]),
            rotation @ np.array([0, rise + 0.15, -sign * z]),
            "roof",
            paint,
            instance=instance,
        )
    gable = np.array([[x, high, -deep / 2], [x, high, deep / 2], [x, high + rise, 0]])
    vertices = np.concatenate([gable, gable * [-1, 1, 1]]) @ rotation.T + base
    scene.add(
        vertices, np.array([[0, 1, 2], [3, 5, 4]]), "building", color=random_color(rng, 90, 240), instance=instance
    )
