"""The shell of a room: floor, ceiling, walls, and what hangs on or opens in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vb_demo.training.scenes import props
from vb_demo.training.scenes.builder import Builder, Paint, turn, up
from vb_demo.training.scenes.names import listed
from vb_demo.training.scenes.textures import color as random_color

Rng = np.random.Generator
Point = NDArray[np.float64]
PASSAGE = 2.05
"""Height of an opening without a door, metres."""


@dataclass(frozen=True)
class Top:
    """A surface to put things on."""

    centre: Point
    """Its middle, metres."""
    yaw: float
    width: float
    depth: float

    def at(self, x: float, z: float) -> Point:
        """The point `x` metres to the side and `z` towards the front of its middle."""
        return self.centre + turn(self.yaw) @ np.array([x, 0.0, z])


@dataclass
class Room:
    """A room under construction; its floor is y = 0 from (0, 0) to (width, length)."""

    width: float
    """Extent along x, metres."""
    length: float
    """Extent along z, metres."""
    height: float
    kind: str
    taken: list[NDArray[np.float64]] = field(default_factory=list)
    """Boxes (6,) x0, x1, z0, z1, y0, y1 where something stands."""
    tops: list[Top] = field(default_factory=list)
    sights: list[Point] = field(default_factory=list)
    """Points worth looking at."""

    def wall(self, number: int) -> tuple[Point, Point, Point, float]:
        """Corner, unit direction along, unit normal inwards, and length of wall 0..3."""
        x, z = self.width, self.length
        corner = [(0, 0), (x, 0), (x, z), (0, z)][number]
        along = [(1, 0), (0, 1), (-1, 0), (0, -1)][number]
        inward = [(0, 1), (-1, 0), (0, -1), (1, 0)][number]
        at, way, normal = (np.array([p[0], 0.0, p[1]]) for p in (corner, along, inward))
        return at, way, normal, (x, z, x, z)[number]

    def claim(self, at: Point, yaw: float, width: float, height: float, depth: float) -> bool:
        """Reserves the space of a thing standing at `at`; False (and nothing reserved) where it does not fit."""
        c, s = abs(np.cos(yaw)), abs(np.sin(yaw))
        half_x, half_z = (width * c + depth * s) / 2, (width * s + depth * c) / 2
        mine = np.array([at[0] - half_x, at[0] + half_x, at[2] - half_z, at[2] + half_z, at[1], at[1] + height])
        if mine[0] < 0 or mine[1] > self.width or mine[2] < 0 or mine[3] > self.length or mine[5] > self.height:
            return False
        if any((mine[::2] < other[1::2]).all() and (mine[1::2] > other[::2]).all() for other in self.taken):
            return False
        self.taken.append(mine)
        return True


def empty_room(scene: Builder, kind: str) -> Room:
    """Floor, ceiling, walls with what hangs on them."""
    rng, library = scene.rng, scene.library
    width, length = rng.uniform(2.6, 7.0, 2)
    if kind == "corridor":
        width, length = rng.uniform(1.3, 2.6), rng.uniform(5, 16)
    elif kind == "bathroom":
        width, length = rng.uniform(1.8, 3.6, 2)
    elif rng.random() < 0.2:
        width, length = rng.uniform(5, 13, 2)
    height = rng.uniform(2.3, 2.9) if rng.random() < 0.8 else rng.uniform(2.9, 4.2)
    room = Room(float(width), float(length), float(height), kind)
    floors = {"bathroom": ("tiles",), "kitchen": ("tiles", "wood"), "store": ("paving", "asphalt", "plaster")}
    groups = floors.get(kind, ("wood", "wood", "tiles", "fabric", "plaster"))
    floor = Paint.random(rng, library, *groups, textured=0.85, tile=(0.7, 2.4), gloss=float(rng.uniform(0, 0.5)))
    scene.quad((0, 0, length), (width, 0, 0), (0, 0, -length), "floor", floor)
    ceiling = Paint.random(rng, library, "plaster", "tiles", "wood", textured=0.3, tile=(0.6, 2.4), low=160, high=252)
    scene.quad((0, height, 0), (width, 0, 0), (0, 0, length), "ceiling", ceiling)
    wall_groups = (
        ("tiles", "plaster") if kind in ("bathroom", "kitchen") else ("plaster", "plaster", "plaster", "brick", "wood")
    )
    shared = Paint.random(rng, library, *wall_groups, textured=0.55, tile=(0.8, 3), low=90, high=250)
    for number in range(4):
        own = Paint.random(rng, library, *wall_groups, textured=0.6, tile=(0.8, 3), low=40, high=250)
        _wall(scene, room, number, shared if rng.random() < 0.75 else own)
    if rng.random() < 0.25:  # a chimney breast or column
        thick = rng.uniform(0.2, 0.8)
        at = np.array([rng.choice([thick / 2, width - thick / 2]), 0, rng.uniform(thick, length - thick)])
        room.claim(at, 0, thick, height, thick)
        scene.box(at + up(height / 2), (thick, height, thick), "column" if thick < 0.5 else "wall", shared, instance=0)
    return room


@dataclass(frozen=True)
class Spot:
    """A rectangle on a wall where something hangs."""

    corner: Point
    """Its lower left corner, metres."""
    along: Point
    """Unit vector to the right."""
    inward: Point
    """Unit vector into the room."""
    wide: float
    high: float

    @property
    def yaw(self) -> float:
        return float(np.arctan2(self.inward[0], self.inward[2]))

    @property
    def middle(self) -> Point:
        return self.corner + self.along * self.wide / 2 + up(self.high / 2)

    def panel(
        self, scene: Builder, label: str, paint: Paint, instance: int, *, inset: float, front: float, fit: bool = False
    ) -> None:
        """A flat face, smaller than the spot by `inset` on every side, `front` metres off the wall."""
        corner = self.corner + self.along * inset + up(inset) + self.inward * front
        across = self.along * (self.wide - 2 * inset)
        scene.quad(corner, across, up(self.high - 2 * inset), label, paint, instance=instance, fit=fit)


def _wall(scene: Builder, room: Room, number: int, paint: Paint) -> None:
    """One wall, maybe with an opening into the next room, and things on it that do not overlap."""
    rng = scene.rng
    corner, along, inward, length = room.wall(number)
    used: list[tuple[float, float]] = []
    if rng.random() < 0.18 and length > 1.6:
        left, right = _opening(scene, room, number)
        used.append((left, right))
        scene.quad(corner, along * left, up(room.height), "wall", paint)
        scene.quad(corner + along * right, along * (length - right), up(room.height), "wall", paint)
        above = corner + along * left + up(PASSAGE)
        scene.quad(above, along * (right - left), up(room.height - PASSAGE), "wall", paint)
    else:
        scene.quad(corner, along * length, up(room.height), "wall", paint)
        if rng.random() < 0.5:
            trim = Paint.plain(random_color(rng, 60, 250))
            scene.quad(corner + inward * 0.015, along * length, up(rng.uniform(0.06, 0.15)), "wall", trim)
    for _ in range(rng.integers(1, 6)):
        thing = str(rng.choice(ON_WALLS))
        wide, high, low = _measures(rng, thing, room.height)
        high = min(high, room.height - low - 0.08)
        if wide > length - 0.3 or high <= 0.02:
            continue
        start = rng.uniform(0.1, length - wide - 0.1)
        if any(start < end + 0.06 and start + wide > begin - 0.06 for begin, end in used):
            continue
        used.append((start, start + wide))
        spot = Spot(corner + along * start + up(low), along, inward, wide, high)
        room.sights.append(spot.middle)
        HANG[thing](scene, spot)


def _measures(rng: Rng, thing: str, ceiling: float) -> tuple[float, float, float]:
    """Width, height and height above the floor of a thing on a wall, metres."""
    if thing == "window":
        return rng.uniform(0.6, 2.4), rng.uniform(0.8, 1.7), rng.uniform(0.3, 1.0)
    if thing == "door":
        return rng.uniform(0.75, 1.0), rng.uniform(1.95, 2.12), 0.0
    if thing == "picture":
        return rng.uniform(0.25, 1.3), rng.uniform(0.25, 1.0), rng.uniform(1.0, 1.6)
    if thing == "mirror":
        return rng.uniform(0.4, 1.0), rng.uniform(0.5, 1.4), rng.uniform(0.5, 1.1)
    if thing == "bookcase":
        return rng.uniform(0.5, 1.6), 0.04, rng.uniform(0.9, 1.8)
    if thing == "whiteboard":
        return rng.uniform(1.0, 2.6), rng.uniform(0.9, 1.3), rng.uniform(0.8, 1.0)
    if thing == "curtain":
        return rng.uniform(0.4, 1.2), ceiling - 0.15, 0.03
    if thing == "clock":
        return 0.3, 0.3, rng.uniform(1.6, 2.0)
    return 0.09, 0.09, float(rng.choice([0.25, 1.1]))


def _opening(scene: Builder, room: Room, number: int) -> tuple[float, float]:
    """Builds a small room behind a door-sized hole in wall `number`; returns where the hole begins and ends."""
    rng, library = scene.rng, scene.library
    corner, along, inward, length = room.wall(number)
    yaw = float(np.arctan2(inward[0], inward[2]))
    wide = rng.uniform(0.85, 1.3)
    left = float(rng.uniform(0.15, length - wide - 0.15))
    middle = corner + along * (left + wide / 2)
    depth, side = rng.uniform(1.5, 4.5), rng.uniform(0.3, 2.0)
    start, across, back, rise = corner + along * (left - side), along * (wide + 2 * side), -inward * depth, up(2.6)
    scene.quad(start, across, back, "floor", Paint.random(rng, library, "wood", "tiles", "fabric", textured=0.8))
    lit = Paint.plain(random_color(rng, 170, 250), glow=float(rng.uniform(0, 0.4)))
    scene.quad(start + rise, across, back, "ceiling", lit)
    wall = Paint.random(rng, library, "plaster", "tiles", textured=0.5, low=90)
    scene.quad(start + back, across, rise, "wall", wall)
    scene.quad(start, back, rise, "wall", wall)
    scene.quad(start + across, back, rise, "wall", wall)
    model = library.pick(rng, "cabinet", "bookcase", "chair", "plant", "sofa", "refrigerator", "person", lower=2.4)
    if model is not None:
        scene.model(model, middle - inward * (depth - model.depth / 2 - 0.1), yaw)
    frame, thick, instance = Paint.plain(random_color(rng, 60, 250)), 0.07, scene.thing()
    for foot in (corner + along * left, corner + along * (left + wide)):
        scene.box(foot + up(PASSAGE / 2), (thick, PASSAGE, 0.16), "door", frame, yaw=yaw, instance=instance)
    scene.box(middle + up(PASSAGE), (wide, thick, 0.16), "door", frame, yaw=yaw, instance=instance)
    room.claim(middle + inward * 0.45, 0.0, 0.8, 2.0, 0.8)  # nothing may block the passage
    return left, float(left + wide)


# ---- what hangs on walls ---------------------------------------------------------------------------------------------


def _framed(scene: Builder, spot: Spot, label: str) -> int:
    """A flat box to paint something on; returns its instance."""
    instance = scene.thing()
    frame = Paint.plain(random_color(scene.rng))
    scene.box(spot.middle, (spot.wide, spot.high, 0.05), label, frame, yaw=spot.yaw, instance=instance)
    return instance


def _window(scene: Builder, spot: Spot) -> None:
    """Panes that glow by day, with a view now and then, or are dark by night."""
    rng = scene.rng
    instance, edge = _framed(scene, spot, "window"), rng.uniform(0.025, 0.08)
    glow = float(rng.uniform(0.6, 3))
    view = Paint.plain(np.array([200, 218, 240]) * rng.uniform(0.7, 1.05), 0.3, glow)
    kind = rng.random()
    if kind < 0.25:
        view = Paint.plain(random_color(rng, 8, 60), 0.5)
    elif kind < 0.6:
        texture = scene.library.texture(rng, "picture", "grass", "foliage", "brick")
        view = replace(view, texture=texture, tile=float(rng.uniform(1, 4)), glow=glow * 0.6)
    panes = int(rng.integers(1, 4))
    for pane in range(panes):
        part = replace(spot, corner=spot.corner + spot.along * spot.wide * pane / panes, wide=spot.wide / panes)
        part.panel(scene, "window", view, instance, inset=edge, front=0.032)


def _door(scene: Builder, spot: Spot) -> None:
    rng, library = scene.rng, scene.library
    instance = _framed(scene, spot, "door")
    leaf = Paint.random(rng, library, "wood", textured=0.4, tile=(0.8, 1.5), low=60)
    if "door" in library.groups and rng.random() < 0.3:
        leaf = Paint((255, 255, 255), library.texture(rng, "door"))
    spot.panel(scene, "door", leaf, instance, inset=rng.uniform(0.025, 0.08), front=0.032, fit=leaf.texture >= 0)
    handle = spot.corner + spot.along * (spot.wide - 0.12) + up(1.0) + spot.inward * 0.06
    metal = Paint.plain((150, 150, 150), 0.6)
    scene.box(handle, (0.12, 0.025, 0.05), "door", metal, yaw=spot.yaw, instance=instance)


def _picture(scene: Builder, spot: Spot) -> None:
    instance = _framed(scene, spot, "picture")
    print_ = Paint((250, 250, 250), scene.library.texture(scene.rng, "picture", "picture", "package"))
    spot.panel(scene, "picture", print_, instance, inset=scene.rng.uniform(0.005, 0.08), front=0.03, fit=True)


def _mirror(scene: Builder, spot: Spot) -> None:
    glass = Paint.plain(random_color(scene.rng, 120, 230), 0.8)
    spot.panel(scene, "mirror", glass, _framed(scene, spot, "mirror"), inset=0.03, front=0.03)


def _whiteboard(scene: Builder, spot: Spot) -> None:
    rng = scene.rng
    board = np.full(3, rng.uniform(225, 250)) if rng.random() < 0.7 else random_color(rng, 15, 70)
    spot.panel(scene, "whiteboard", Paint.plain(board, 0.3), _framed(scene, spot, "whiteboard"), inset=0.03, front=0.03)


def _clock(scene: Builder, spot: Spot) -> None:
    spot.panel(scene, "clock", Paint.plain((240, 240, 240)), _framed(scene, spot, "clock"), inset=0.03, front=0.03)


def _outlet(scene: Builder, spot: Spot) -> None:
    white = Paint.plain(np.full(3, scene.rng.uniform(200, 250)))
    scene.box(spot.middle, (spot.wide, spot.high, 0.02), "outlet", white, yaw=spot.yaw)


def _curtain(scene: Builder, spot: Spot) -> None:
    """A row of narrow boxes, turned a little: folds."""
    rng = scene.rng
    paint, instance = Paint.random(rng, scene.library, "fabric", textured=0.7, tile=(0.2, 1.2)), scene.thing()
    folds = max(3, int(spot.wide / 0.09))
    size = (spot.wide / folds, spot.high, 0.05)
    for fold in range(folds):
        away = spot.along * spot.wide * ((fold + 0.5) / folds - 0.5) + spot.inward * (0.06 + 0.03 * (fold % 2))
        turned = spot.yaw + rng.normal(0, 0.25)
        scene.box(spot.middle + away, size, "curtain", paint, yaw=turned, instance=instance)


def _shelf(scene: Builder, spot: Spot) -> None:
    """A board on the wall with books and vessels."""
    rng, library = scene.rng, scene.library
    deep = rng.uniform(0.18, 0.35)
    board = Paint.random(rng, library, "wood", textured=0.7, tile=(0.5, 1.2))
    on_board = spot.corner + spot.inward * deep / 2
    scene.box(on_board + spot.along * spot.wide / 2, (spot.wide, 0.036, deep), "bookcase", board, yaw=spot.yaw)
    x = 0.03
    while x < spot.wide - 0.2:
        book = rng.random() < 0.75
        thick = rng.uniform(0.02, 0.07) if book else 0.14
        foot = on_board + spot.along * (x + thick / 2) + up(0.0185)
        if book:
            tall, out = rng.uniform(0.14, 0.3), rng.uniform(0.1, deep)
            cover = Paint.random(rng, library, "package", textured=0.4, tile=(0.1, 0.4))
            scene.box(foot + up(tall / 2), (thick, tall, out), "book", cover, yaw=spot.yaw)
        else:
            props.vessel(scene, foot, str(rng.choice(["vase", "cup", "bottle"])))
        x += thick + rng.uniform(0, 0.04)


HANG: dict[str, Callable[[Builder, Spot], None]] = {
    "window": _window,
    "door": _door,
    "picture": _picture,
    "mirror": _mirror,
    "whiteboard": _whiteboard,
    "clock": _clock,
    "outlet": _outlet,
    "curtain": _curtain,
    "bookcase": _shelf,
}
ON_WALLS = listed("window, window, door, picture, picture, mirror, bookcase, whiteboard, outlet, clock, curtain")
