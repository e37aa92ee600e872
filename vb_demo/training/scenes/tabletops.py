"""Close-ups: things on a table at arm's length, and things on the floor as a small robot meets them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vb_demo.training.scenes import furniture, rooms
from vb_demo.training.scenes.builder import Builder, up
from vb_demo.training.scenes.render import Lighting

Point = NDArray[np.float64]


@dataclass(frozen=True)
class CloseUp:
    """A room with something to look at from near."""

    room: rooms.Room
    target: Point
    """Middle of the interesting area, on its surface, metres."""
    extent: float
    """Radius of that area, metres."""
    on_floor: bool


def close_up(scene: Builder) -> tuple[CloseUp, Lighting]:
    """On a table, or as often on the floor."""
    rng = scene.rng
    room = rooms.empty_room(scene, str(rng.choice(["living", "office", "kitchen", "bedroom", "store"])))
    on_floor = bool(rng.random() < 0.5)
    spot = np.array([rng.uniform(0.25, 0.75) * room.width, 0.0, rng.uniform(0.25, 0.75) * room.length])
    if on_floor:
        radius = float(min(1.6, 0.45 * min(room.width, room.length)))
        for _ in range(rng.integers(6, 22)):
            furniture.floor_thing(scene, room, (spot, radius))
        found = CloseUp(room, spot, radius, True)
    else:
        wide, deep = rng.uniform(0.7, 1.8), rng.uniform(0.6, 1.0)
        high, yaw = rng.uniform(0.42, 0.95), float(rng.uniform(0, 2 * np.pi))
        table = (
            scene.library.pick(rng, "table", "desk", "counter", taller=0.4, lower=1.0) if rng.random() < 0.4 else None
        )
        if table is not None:
            wide, high, deep = table.size
            scene.model(table, spot, yaw)
        else:
            furniture.plain_table(scene, spot, yaw, wide, deep, high)
        room.claim(spot, yaw, wide, high, deep)
        top = rooms.Top(spot + up(high), yaw, wide, deep)
        furniture.clutter(scene, top, int(rng.integers(4, 40)))
        found = CloseUp(room, top.centre, 0.35 * min(wide, deep), False)
    furniture.furnish(scene, room, density=float(rng.uniform(0.1, 0.6)))
    return found, furniture.room_lighting(scene, room)
