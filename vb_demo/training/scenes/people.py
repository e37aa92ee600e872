"""People: scans from the catalogue in other clothes, and figures of our own in any pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.training.scenes.builder import Builder, turn, up
from vb_demo.training.scenes.shapes import limb, revolve
from vb_demo.training.scenes.textures import color as random_color

Point = NDArray[np.float64]


SKIN = ((238, 200, 175), (224, 178, 145), (198, 145, 110), (160, 110, 78), (115, 76, 54), (84, 56, 42))


def person(scene: Builder, at: Point, yaw: float, *, pose: str | None = None) -> None:
    """A standing or walking person, of the catalogue or our own."""
    rng = scene.rng
    model = scene.library.pick(rng, "person", taller=1.4) if rng.random() < 0.6 and pose is None else None
    while model is not None and ("Sitting" in model.source or "Lying" in model.source):
        model = scene.library.pick(rng, "person", taller=1.4)
    if model is None:
        figure(scene, at, yaw, pose=pose)
        return
    broad, tall = rng.uniform(0.92, 1.2), rng.uniform(0.9, 1.08)
    scene.model(model, at, yaw, scale=(broad * tall, tall, broad * tall), repaint=0.85)


def figure(
    scene: Builder,
    position: ArrayLike,
    yaw: float,
    *,
    pose: str | None = None,
    height: float | None = None,
    label: str = "person",
) -> None:
    """A person of our own making, facing +z before turning. Poses: stand, walk, sit, ride (a bicycle)."""
    rng = scene.rng
    pose = pose or str(rng.choice(["stand", "walk", "walk"]))
    tall = height or (rng.normal(1.71, 0.1) if rng.random() < 0.85 else rng.uniform(1.0, 1.5))
    s = tall / 1.75
    broad = s * rng.uniform(0.88, 1.25)
    skin = np.array(SKIN[rng.integers(len(SKIN))]) * rng.uniform(0.9, 1.08)
    shirt, trousers, shoes = _cloth(rng, 245), _cloth(rng, 200), _cloth(rng, 120)
    hair = np.array(
        [(35, 25, 20), (70, 45, 28), (120, 85, 50), (205, 170, 110), (150, 150, 150), (90, 30, 20)][rng.integers(6)]
    )
    instance = scene.thing()
    rotation, origin = turn(yaw).astype(float), np.asarray(position, float)

    def tube(
        a: ArrayLike, b: ArrayLike, thick: float, thin: float, color: NDArray, squeeze: float = 1.0, texture: int = -1
    ) -> None:
        vertices, faces = limb(a, b, thick, thin)
        middle = (np.asarray(a, float) + np.asarray(b, float)) / 2
        vertices[:, 0] = middle[0] + (vertices[:, 0] - middle[0]) * squeeze
        scene.add(vertices @ rotation.T + origin, faces, label, color=color, instance=instance, texture=texture)

    hip_height = {"stand": 0.93 * s, "walk": 0.92 * s, "sit": 0.52, "ride": 0.98}[pose]
    lean = {"stand": 0.0, "walk": 0.03, "sit": rng.uniform(-0.08, 0.1), "ride": 0.22}[pose] * s
    hip, neck = up(hip_height), np.array([0, hip_height + 0.52 * s, lean])
    stride = {"walk": rng.uniform(0.15, 0.38), "stand": rng.uniform(0, 0.06)}.get(pose, 0.0) * s
    bare_legs, bare_arms, skirt = rng.random() < 0.2, rng.random() < 0.35, rng.random() < 0.15
    for side, forward in ((-1, stride), (1, -stride)):
        top = hip + np.array([side * 0.09 * broad, 0, 0])
        if pose == "sit":
            knee, foot = top + np.array([0, 0, 0.43 * s]), top + np.array([side * 0.03, 0.06 - hip_height, 0.45 * s])
        elif pose == "ride":
            knee, foot = top + np.array([0, -0.2 + side * 0.14, 0.38]), top + np.array([0, -0.62 + side * 0.14, 0.18])
        else:
            foot = np.array([top[0], 0.07 * s, forward])
            knee = (top + foot) / 2 + np.array([0, 0, 0.05 + 0.12 * abs(forward)]) * s
        tube(top, knee, 0.088 * broad, 0.06 * broad, trousers)
        tube(knee, foot, 0.058 * broad, 0.042 * s, skin if bare_legs else trousers)
        tube(
            foot - np.array([0, 0.03 * s, 0.04 * s]),
            foot + np.array([0, -0.035 * s, 0.16 * s]),
            0.042 * s,
            0.035 * s,
            shoes,
        )
        shoulder = neck + np.array([side * 0.19 * broad, -0.05 * s, 0])
        swing = -forward * 0.9 + rng.normal(0, 0.06)
        if pose == "ride":
            elbow, hand = shoulder + np.array([side * 0.04, -0.2, 0.2]), shoulder + np.array([0, -0.36, 0.45])
        elif pose == "sit" or rng.random() < 0.15:
            elbow, hand = (
                shoulder + np.array([side * 0.05, -0.27 * s, 0.05]),
                shoulder + np.array([-side * 0.04, -0.3 * s, 0.32 * s]),
            )
        else:
            elbow = shoulder + np.array([side * 0.05, -0.28 * s, swing * 0.4])
            hand = elbow + np.array([side * rng.uniform(-0.05, 0.06), -0.25 * s, swing * 0.6 + 0.05])
        tube(shoulder, elbow, 0.05 * broad, 0.042 * broad, shirt)
        tube(elbow, hand, 0.04 * broad, 0.03 * s, skin if bare_arms else shirt)
        tube(hand, hand + (hand - elbow) * 0.25, 0.035 * s, 0.02 * s, skin)
    texture = scene.library.texture(rng, "fabric", "package") if rng.random() < 0.25 else -1
    tube(hip, neck - up(0.1 * s), 0.12 * broad, 0.13 * broad, shirt, squeeze=1.35, texture=texture)
    tube(hip - up(0.05 * s), hip + up(0.06), 0.115 * broad, 0.115 * broad, trousers, squeeze=1.3)
    if skirt and pose in ("stand", "walk"):
        vertices, faces, _ = revolve(
            [(0.13 * broad, hip_height + 0.08), (0.2 * broad, hip_height * rng.uniform(0.3, 0.6))], 12
        )
        scene.add(vertices @ rotation.T + origin, faces, label, color=random_color(rng), instance=instance)
    head = neck + np.array([0, 0.17 * s, lean * 0.3])
    tube(neck - up(0.08 * s), head, 0.055 * s, 0.055 * s, skin)
    tube(head - up(0.04 * s), head + up(0.05 * s), 0.082 * s, 0.095 * s, skin, squeeze=0.9)
    long = rng.uniform(0, 0.22) if rng.random() < 0.4 else 0.0
    tube(head + np.array([0, 0.07, -0.02]) * s, head + np.array([0, 0.01 - long, -0.045]) * s, 0.1 * s, 0.075 * s, hair)
    if rng.random() < 0.25:
        bag = random_color(rng, 10, 220)
        tube(neck + np.array([0, -0.12, -0.17]) * s, neck + np.array([0, -0.38, -0.17]) * s, 0.12 * s, 0.13 * s, bag)


def _cloth(rng: np.random.Generator, high: float) -> NDArray[np.float64]:
    """(3,) sRGB up to `high`; half of what people wear outdoors is nearly black, grey or navy."""
    return random_color(rng, 10, 60) if rng.random() < 0.5 else random_color(rng, 10, high)
