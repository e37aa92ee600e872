"""Where the photographer stands: in a room, over a table, as a small robot on the floor, in a car, on foot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vb_demo.training.scenes import rooms, streets, tabletops
from vb_demo.training.scenes.builder import Triangles, up
from vb_demo.training.scenes.camera import Camera
from vb_demo.training.scenes.library import Library
from vb_demo.training.scenes.names import NAMES
from vb_demo.training.scenes.render import cast, look

Rng = np.random.Generator
Shoot = Callable[[Rng, tuple[int, int]], Camera]


# Of how many random cameras the best is taken, if none is good enough before.
TRIES = 12


def _field_of_view(rng: Rng) -> float:
    """Horizontal, degrees: most cameras are phones, some are wide or long."""
    return float(rng.uniform(52, 70) if rng.random() < 0.45 else rng.uniform(35, 90))


def _roll(rng: Rng) -> float:
    return float(rng.normal(0, 0.03) if rng.random() < 0.8 else rng.normal(0, 0.15))


def room_camera(room: rooms.Room, rng: Rng, size: tuple[int, int]) -> Camera:
    x, z = room.width, room.length
    margin = 0.12
    eye = np.array([rng.uniform(margin, x - margin), rng.uniform(1.1, 1.8), rng.uniform(margin, z - margin)])
    if rng.random() < 0.45:  # with the back to a wall, to see the room
        side = rng.integers(4)
        eye[0] = [margin, x - margin, eye[0], eye[0]][side]
        eye[2] = [eye[2], eye[2], margin, z - margin][side]
    if rng.random() < 0.1:
        eye[1] = rng.uniform(0.3, min(2.3, room.height - 0.2))
    target = np.array([x / 2, rng.uniform(0.4, 1.5), z / 2]) + rng.normal(0, 0.6, 3)
    if room.sights and rng.random() < 0.6:
        target = room.sights[rng.integers(len(room.sights))] + rng.normal(0, 0.3, 3)
    if rng.random() < 0.3:  # a pet or a robot that has come up to something, a camera put down on the floor
        eye = target + (eye - target) * rng.uniform(0.3, 1.0)
        eye[1], target[1] = np.exp(rng.uniform(np.log(0.12), np.log(0.8))), rng.uniform(0.0, 0.7)
        eye = np.clip(eye, margin, [x - margin, room.height, z - margin])
    return Camera.looking(eye, target, fov=_field_of_view(rng), size=size, roll=_roll(rng))


def close_camera(close: tabletops.CloseUp, rng: Rng, size: tuple[int, int]) -> Camera:
    room = close.room
    angle = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), 0, np.sin(angle)])
    aside = close.extent * np.sqrt(rng.random())
    other = rng.uniform(0, 2 * np.pi)
    target = close.target + aside * np.array([np.cos(other), 0, np.sin(other)]) + up(rng.uniform(0, 0.1))
    if close.on_floor and rng.random() < 0.7:  # a small robot: low, looking ahead or down
        eye = target - way * rng.uniform(0.2, 1.4)
        eye[1] = rng.uniform(0.12, 0.8)
        target[1] = rng.uniform(-0.1, 0.35)
    else:
        steep, distance = rng.uniform(0.2, 1.35), rng.uniform(0.25, 1.3)
        eye = target + distance * (way * np.cos(steep) + up(np.sin(steep)))
    eye = np.clip(eye, 0.06, [room.width - 0.06, room.height - 0.06, room.length - 0.06])
    return Camera.looking(eye, target, fov=_field_of_view(rng), size=size, roll=_roll(rng))


def outdoor_camera(place: streets.Place, rng: Rng, size: tuple[int, int]) -> Camera:
    fov, roll = _field_of_view(rng), _roll(rng)
    z = rng.uniform(-6, 10)
    if place.kind == "street" and rng.random() < 0.5:  # from a car, in a lane
        lane = rng.choice([-1, 1]) * place.road / 4 + rng.normal(0, 0.4)
        eye = np.array([lane, rng.uniform(1.2, 1.8), z])
        ahead = np.array(
            [rng.normal(0, 0.1) if rng.random() < 0.8 else rng.normal(0, 0.6), rng.normal(-0.02, 0.06), -1.0]
        )
        return Camera.looking(
            eye, eye + ahead, fov=fov if rng.random() < 0.5 else float(rng.uniform(60, 90)), size=size, roll=roll * 0.4
        )
    wide = place.road / 2 + place.walk - 0.3 if place.kind == "street" else 8.0
    height = rng.uniform(1.3, 1.8) if rng.random() < 0.75 else rng.uniform(0.4, 4.5)
    eye = np.array([rng.uniform(-wide, wide), height, z])
    ahead = np.array([rng.normal(0, 0.5), rng.normal(-0.03, 0.12), -1.0])
    if place.kind == "street" and rng.random() < 0.3:  # across the road, at the houses on the other side
        ahead = np.array([-np.sign(eye[0]), rng.normal(0.1, 0.15), rng.normal(-0.2, 0.5)])
    target = eye + ahead
    if place.sights and rng.random() < 0.55:
        sight = place.sights[rng.integers(len(place.sights))]
        target = sight + rng.normal(0, 0.3, 3)
        away = np.linalg.norm(target - eye)
        if away > 7:  # walk up to it
            eye = target + (eye - target) / away * rng.uniform(2.5, 9)
            eye[1] = height
    return Camera.looking(eye, target, fov=fov, size=size, roll=roll)


def good_camera(
    scene: Triangles, library: Library, shoot: Shoot, nearest: float, rng: Rng, size: tuple[int, int]
) -> Camera:
    """The first of some random cameras with a view: nothing nearer than `nearest` metres, several things to see."""
    best: Camera | None = None
    score = -np.inf
    for _ in range(TRIES):
        camera = shoot(rng, (48, 36))
        truth = look(scene, library, camera)
        seen = np.isfinite(truth.depth)
        blocked = float((truth.depth < nearest).mean())
        variety = len(np.unique(truth.labels))
        # Surfaces seen edge-on fill the view when the camera slides along a wall.
        grazing = float((truth.normals[..., 2][seen] < 0.02).mean()) if seen.any() else 1.0
        inside = _roofed(scene, library, camera)
        quality = min(variety, 4) - 20 * blocked - 2 * grazing - (3 if seen.mean() < 0.3 else 0) - 9 * inside
        if quality > score:
            best, score = camera, quality
        if quality > 2.6:
            break
    assert best is not None
    return best.resized(size)


def _roofed(scene: Triangles, library: Library, camera: Camera) -> bool:
    """Whether the camera ended up inside a house: houses are hollow, and nobody should see them from within."""
    above = cast(scene, library, camera.eye, np.array([[[0, 1, 0]]], np.float32))
    return bool(above.found[0, 0]) and NAMES[scene.label[above.face[0, 0]]] in ("building", "roof")
