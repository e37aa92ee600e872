"""Outdoor scenes: streets, parks, squares and yards, with people near and far.

The road runs along z; the viewer is near z = 0 and looks towards -z. The ground is y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vb_demo.training.scenes import people, plants, roadside
from vb_demo.training.scenes.builder import Builder, Paint, turn, up
from vb_demo.training.scenes.buildings import building
from vb_demo.training.scenes.names import listed
from vb_demo.training.scenes.render import Lighting, Sky
from vb_demo.training.scenes.shapes import revolve

Point = NDArray[np.float64]


REACH = 110.0


KERB = 0.14


@dataclass
class Place:
    """An outdoor scene under construction."""

    kind: str
    """street, park, square or yard."""
    road: float = 0.0
    """Width of the road, metres; 0 without one."""
    walk: float = 0.0
    """Width of each sidewalk."""
    sights: list[Point] = field(default_factory=list)
    taken: list[tuple[float, float, float]] = field(default_factory=list)
    """x, z, radius of what stands on the ground."""

    def free(self, x: float, z: float, radius: float) -> bool:
        """Reserves a round spot; False where something stands already."""
        if any(np.hypot(x - px, z - pz) < radius + pr for px, pz, pr in self.taken):
            return False
        self.taken.append((x, z, radius))
        return True

    def ground(self, x: float) -> float:
        """Height of the ground at x."""
        return KERB if self.kind == "street" and self.road / 2 <= abs(x) <= self.road / 2 + self.walk else 0.0


def outdoor(scene: Builder) -> tuple[Place, Lighting]:
    """A random outdoor scene with its daylight."""
    rng = scene.rng
    kind = str(rng.choice(["street", "park", "square", "yard"], p=[0.64, 0.14, 0.12, 0.1]))
    place = {"street": street, "park": park, "square": square, "yard": yard}[kind](scene)
    _horizon(scene)
    red, green, blue = rng.uniform(0.5, 0.9) * np.array([1.0, 1.0, rng.uniform(0.95, 1.05)])
    return place, Lighting(
        (), (float(red), float(green), float(blue)), reach=float(rng.uniform(1.5, 4)), sky=Sky.random(rng)
    )


def street(scene: Builder) -> Place:
    """A road with kerbs, markings, houses, parked and moving traffic, trees, lamps, signs and people."""
    rng, library = scene.rng, scene.library
    lanes = int(rng.choice([2, 2, 2, 3, 4]))
    place = Place(
        "street", road=float(lanes * rng.uniform(2.7, 3.7) + rng.choice([0, 2.2, 4.4])), walk=float(rng.uniform(1.3, 5))
    )
    edge = place.road / 2
    _plane(scene, "grass" if rng.random() < 0.6 else "ground", ("grass",) if rng.random() < 0.7 else ("soil", "paving"))
    tarmac = Paint.random(rng, library, "asphalt", textured=0.85, tile=(2, 6), low=45, high=130)
    scene.quad((-edge, 0.01, REACH), (place.road, 0, 0), (0, 0, -2 * REACH), "road", tarmac)
    crossing = float(rng.uniform(-45, -12)) if rng.random() < 0.5 else None
    if crossing is not None:
        scene.quad((-REACH, 0.012, crossing + 4), (2 * REACH, 0, 0), (0, 0, -8), "road", tarmac)
    _markings(scene, place, lanes, crossing)
    paved = Paint.random(rng, library, "paving", "asphalt", textured=0.85, tile=(1, 3), low=80, high=200)
    kerbstones = Paint.random(rng, library, "paving", textured=0.3, low=60, high=200) if rng.random() < 0.6 else None
    spans = [(-REACH, REACH)] if crossing is None else [(-REACH, crossing - 4), (crossing + 4, REACH)]
    for side in (-1, 1):
        for begin, end in spans:
            scene.box(
                (side * (edge + place.walk / 2), 0, (begin + end) / 2),
                (place.walk, 2 * KERB, end - begin),
                "sidewalk",
                paved,
                instance=0,
            )
            if kerbstones is not None:
                x = side * (edge + 0.08) - 0.08
                scene.quad((x, KERB + 0.002, end), (0.16, 0, 0), (0, 0, begin - end), "sidewalk", kerbstones)
        if rng.random() < 0.15:
            start = np.array([side * (edge + 0.35), KERB, -rng.uniform(2, 40)])
            roadside.fence(scene, start, np.array([0, 0, -rng.uniform(5, 25)]))
    front = edge + place.walk
    suburban = rng.random() < 0.4
    for side in (-1, 1):
        _houses(scene, place, side, front + (rng.uniform(2, 8) if suburban else rng.uniform(0, 1)), suburban, crossing)
    if rng.random() < 0.5:
        _end(scene, place, crossing)
    _traffic(scene, place, lanes)
    _people(scene, place, int(rng.integers(4, 22)))
    density = rng.random()
    for side in (-1, 1):
        for z in np.arange(-80, 15, rng.uniform(6, 14)):
            x = side * (edge + rng.uniform(0.5, 0.9))
            what = rng.choice(
                ["tree", "lamp", "sign", "pole", "light", "bin", "nothing"], p=[0.33, 0.14, 0.14, 0.12, 0.07, 0.1, 0.1]
            )
            if (
                rng.random() > 0.4 + density
                or (crossing is not None and abs(z - crossing) < 5)
                or not place.free(x, z, 0.3)
            ):
                continue
            _upright(scene, place, str(what), np.array([x, KERB, z]), side)
    if rng.random() < 0.3:
        roadside.wires(scene, edge + 0.6)
    _extras(
        scene,
        place,
        listed(
            "bench, bin, bicycle, mailbox, fire hydrant, motorcycle, traffic cone, plant, stroller, wheelchair, "
            "dog, box, suitcase"
        ),
        12,
    )
    return place


def _end(scene: Builder, place: Place, crossing: float | None) -> None:
    """Houses across the road, where it ends or bends; without them, whatever faces the viewer would be far away."""
    rng = scene.rng
    z = -float(np.exp(rng.uniform(np.log(14), np.log(100))))
    if crossing is not None:
        z = min(z, crossing - 4 - place.walk)  # the far side of the crossing
    x = float(rng.normal(0, 5))
    for _ in range(rng.integers(1, 4)):
        wide, high, deep = rng.uniform(6, 22), rng.uniform(3.5, 18), rng.uniform(7, 12)
        gable = rng.random() < 0.4  # it shows its side
        yaw = float(rng.normal(0, 0.25)) + (np.pi / 2 if gable else 0)
        middle = (x, 0, z - (wide if gable else deep) / 2)
        place.free(middle[0], middle[2], min(wide, deep) / 2 + 1)  # nobody drives into it
        building(scene, middle, yaw, (wide, high, deep), pitched=rng.random() < 0.6, shop=rng.random() < 0.2)
        x += float(rng.choice([-1, 1]) * rng.uniform(9, 20))
        z -= float(rng.uniform(0, 8))


def park(scene: Builder) -> Place:
    """Grass, paths, trees, bushes, benches and groups of people."""
    rng, library = scene.rng, scene.library
    place = Place("park")
    _plane(scene, "grass", ("grass",))
    path = Paint.random(rng, library, "paving", "soil", "asphalt", textured=0.9, tile=(1, 4), low=90, high=210)
    for _ in range(rng.integers(1, 4)):
        yaw, wide = rng.normal(0, 0.5), rng.uniform(1.5, 5)
        scene.box(
            (rng.uniform(-8, 8), 0, 0),
            (wide, 0.02 + rng.random() * 0.01, 2 * REACH),
            "sidewalk",
            path,
            yaw=yaw,
            instance=0,
        )
    if rng.random() < 0.3:
        water = Paint.plain(np.array([70, 95, 110]) * rng.uniform(0.6, 1.2), gloss=0.9)
        vertices, faces, _ = revolve([(rng.uniform(5, 16), 0.015), (0, 0.016)], 24)
        scene.add(
            vertices + np.array([rng.uniform(-20, 20), 0.02, -rng.uniform(15, 40)]),
            faces,
            "water",
            color=np.array(water.color),
            gloss=0.9,
            instance=0,
        )
    _people(scene, place, int(rng.integers(6, 26)))
    _trees(scene, place, int(rng.integers(8, 26)), spread=45)
    _bushes(scene, place, int(rng.integers(2, 9)))
    _extras(
        scene,
        place,
        listed(
            "bench, bench, bin, playground, street lamp, dog, dog, bicycle, flower, table, tent, umbrella, ball, "
            "rock, fountain, sports equipment, horse, boat, wheelchair, backpack"
        ),
        16,
    )
    if rng.random() < 0.5:
        roadside.fence(scene, np.array([-30.0, 0, -rng.uniform(14, 45)]), np.array([60.0, 0, 0]))
    if rng.random() < 0.6:
        for x in np.arange(-70, 70, rng.uniform(14, 30)):
            building(scene, (x, 0, -rng.uniform(60, 95)), 0.0, (rng.uniform(8, 18), rng.uniform(6, 30), 10))
    return place


def square(scene: Builder) -> Place:
    """A paved square between houses, full of people."""
    rng = scene.rng
    place = Place("square")
    _plane(scene, "sidewalk" if rng.random() < 0.7 else "ground", ("paving", "paving", "tiles", "asphalt"))
    half, deep = rng.uniform(10, 28), rng.uniform(18, 60)
    suburban = bool(rng.random() < 0.2)
    for side in (-1, 1):
        if rng.random() < 0.85:
            _houses(scene, place, side, half, suburban, None)
    for x in np.arange(-half, half, 14):
        building(scene, (x + 7, 0, -deep - 6), 0.0, (rng.uniform(11, 15), rng.uniform(6, 20), 10))
    _people(scene, place, int(rng.integers(12, 38)))
    _trees(scene, place, int(rng.integers(0, 8)), spread=0.9 * half)
    _extras(
        scene,
        place,
        listed(
            "bench, bench, bin, fountain, umbrella, table, chair, chair, bicycle, street lamp, dog, plant, "
            "stroller, flower, traffic cone, bird"
        ),
        20,
    )
    if rng.random() < 0.4:
        for _ in range(rng.integers(1, 4)):
            _vehicle(scene, place, rng.uniform(-half, half), -rng.uniform(8, deep), rng.uniform(0, 6.3))
    return place


def yard(scene: Builder) -> Place:
    """A house with a lawn, a drive, fences, garden furniture."""
    rng, library = scene.rng, scene.library
    place = Place("yard")
    _plane(scene, "grass", ("grass",))
    back = -rng.uniform(8, 22)
    size = (rng.uniform(8, 18), rng.uniform(3, 8), rng.uniform(7, 12))
    building(scene, (rng.uniform(-5, 5), 0, back - size[2] / 2), 0.0, size, pitched=True)
    drive = Paint.random(rng, library, "paving", "asphalt", "soil", textured=0.9, tile=(1, 3), low=90)
    scene.box(
        (rng.uniform(-7, 7), 0, back / 2 + 8), (rng.uniform(2.5, 6), 0.03, -back + 16), "ground", drive, instance=0
    )
    for side in (-1, 1):
        x = side * rng.uniform(7, 16)
        if rng.random() < 0.75:
            roadside.fence(scene, np.array([x, 0, 12.0]), np.array([0, 0, back - 20.0]))
        else:
            for z in np.arange(back - 8, 10, 2.1):
                plants.bush(scene, (x, 0, z), size=(1.0, rng.uniform(0.9, 2), 2.2))
    for x in (-22.0, 24.0):
        building(
            scene, (x + rng.normal(0, 3), 0, back - rng.uniform(0, 15)), 0.0, (9, rng.uniform(3, 8), 9), pitched=True
        )
    if rng.random() < 0.7:
        _vehicle(
            scene,
            place,
            rng.uniform(-6, 6),
            back + rng.uniform(3, 8),
            float(rng.choice([0, np.pi])) + rng.normal(0, 0.1),
        )
    _people(scene, place, int(rng.integers(2, 9)))
    _trees(scene, place, int(rng.integers(1, 8)), spread=14)
    _bushes(scene, place, int(rng.integers(1, 6)))
    _extras(
        scene,
        place,
        listed(
            "table, chair, chair, armchair, bench, playground, tent, wheelbarrow, bicycle, dog, cat, ball, "
            "umbrella, flower, box, bin, water, sports equipment, tool, toy, rabbit"
        ),
        14,
    )
    return place


def _plane(scene: Builder, label: str, groups: tuple[str, ...]) -> None:
    paint = Paint.random(scene.rng, scene.library, *groups, textured=0.95, tile=(1.5, 5), low=60, high=160)
    far = 3 * REACH
    scene.quad((-far, 0, far), (2 * far, 0, 0), (0, 0, -2 * far), label, paint)


def _horizon(scene: Builder) -> None:
    """Sometimes hills, rows of trees or blocks of houses close the view."""
    rng = scene.rng
    kind = rng.random()
    if kind < 0.3:
        count, radius, base = 64, rng.uniform(110, 260), rng.uniform(60, 130)
        angle = np.linspace(0, 2 * np.pi, count + 1)
        height = rng.uniform(3, 30) * (
            1 + 0.5 * np.sin(angle * rng.integers(2, 5) + rng.random()) + 0.3 * np.sin(angle * rng.integers(6, 11))
        )
        outer = np.stack([np.cos(angle) * radius, height, np.sin(angle) * radius], -1)
        inner = np.stack([np.cos(angle), np.zeros_like(angle) - 0.02, np.sin(angle)], -1) * [base + 40, 1, base + 40]
        i = np.arange(count)
        faces = np.concatenate(
            [np.stack([i, i + 1, i + count + 2], -1), np.stack([i, i + count + 2, i + count + 1], -1)]
        )
        green = np.array([80, 110, 65]) * rng.uniform(0.6, 1.3)
        scene.add(np.concatenate([outer, inner]), faces, "hill", color=green, instance=0)
    elif kind < 0.55:
        for way in np.arange(0, 2 * np.pi, 0.16).tolist():
            away = rng.uniform(80, 105)
            plants.tree(scene, (np.cos(way) * away, 0, np.sin(way) * away), height=rng.uniform(7, 16))
    elif kind < 0.8:
        for _ in range(rng.integers(6, 24)):
            way, away = rng.uniform(0, 2 * np.pi), rng.uniform(85, 150)
            if abs(np.sin(way)) > 0.98:
                continue
            size = rng.uniform(12, 30), rng.uniform(8, 45), rng.uniform(10, 25)
            building(scene, (np.cos(way) * away, 0, np.sin(way) * away), way, size, detail=False)


def _markings(scene: Builder, place: Place, lanes: int, crossing: float | None) -> None:
    """Lane lines, edge lines, and a zebra crossing now and then."""
    rng = scene.rng
    if rng.random() < 0.15:
        return
    edge, white = place.road / 2, Paint.plain((235, 235, rng.uniform(120, 240) if rng.random() < 0.3 else 235))
    dash, gap = rng.uniform(2, 4), rng.uniform(2, 6)
    for lane in range(1, lanes):
        x = -edge + place.road * lane / lanes
        solid = lane * 2 == lanes and rng.random() < 0.4
        for z in [REACH] if solid else np.arange(REACH, -REACH, -(dash + gap)):
            scene.quad((x - 0.07, 0.02, z), (0.14, 0, 0), (0, 0, -2 * REACH if solid else -dash), "road marking", white)
    if rng.random() < 0.5:
        for x in (-edge + 0.25, edge - 0.37):
            scene.quad((x, 0.02, REACH), (0.12, 0, 0), (0, 0, -2 * REACH), "road marking", white)
    if rng.random() < 0.3:  # no parking
        yellow = Paint.plain(np.array([225, 190, 60]) * rng.uniform(0.6, 1))
        for x in (-edge + 0.2, -edge + 0.4, edge - 0.3, edge - 0.5):
            scene.quad((x, 0.021, REACH), (0.1, 0, 0), (0, 0, -2 * REACH), "road marking", yellow)
    if rng.random() < 0.4:
        z = rng.uniform(-25, -4) if crossing is None else crossing + 7.5
        for x in np.arange(-edge + 0.4, edge - 0.5, 1.0):
            scene.quad((x, 0.022, z), (0.5, 0, 0), (0, 0, -3.2), "road marking", white)


def _houses(scene: Builder, place: Place, side: int, front: float, suburban: bool, crossing: float | None) -> None:
    """A row of houses whose fronts stand at x = side * front, with gaps, fences and garden walls."""
    rng = scene.rng
    z, shopping = -REACH + 12, rng.choice([0.0, 0.4, 0.9])
    while z < 25:
        wide, deep = rng.uniform(7, 13) if suburban else rng.uniform(7, 22), rng.uniform(7, 13)
        high = rng.uniform(3, 7.5) if suburban else rng.uniform(5, 24)
        middle = z + wide / 2
        if crossing is not None and abs(middle - crossing) < wide / 2 + 6:
            z += 3
            continue
        kind = rng.random()
        setback = rng.uniform(0, 4) if suburban else rng.uniform(0, 0.6)
        if kind < 0.85:
            at = (side * (front + setback + deep / 2), 0, middle)
            pitched, shop = suburban or rng.random() < 0.3, not suburban and high > 6 and rng.random() < shopping
            building(scene, at, -side * np.pi / 2, (wide, high, deep), pitched=pitched, shop=shop)
        else:
            _trees(scene, place, 2, spread=4, around=(side * (front + 5), middle))
            if rng.random() < 0.7:
                roadside.fence(scene, np.array([side * front, 0, z]), np.array([0, 0, wide]))
        if suburban and rng.random() < 0.6:
            roadside.fence(scene, np.array([side * (front - 0.3), 0, z]), np.array([0, 0, wide]))
        z += wide + (rng.uniform(1, 7) if suburban else rng.choice([0, 0, 0, 3]))


def _upright(scene: Builder, place: Place, what: str, at: Point, side: int) -> None:
    rng = scene.rng
    inwards = -side * np.pi / 2
    if what == "tree":
        _one_tree(scene, at)
    elif what == "lamp":
        roadside.street_lamp(scene, at, inwards)
    elif what == "sign":
        roadside.traffic_sign(scene, at, 0.0 if rng.random() < 0.8 else inwards)
    elif what == "light":
        roadside.traffic_light(scene, at, 0.0)
    elif what == "pole":
        roadside.pole(scene, at, height=float(rng.choice([0.9, 0.9, 4, 7])), radius=float(rng.uniform(0.04, 0.12)))
    elif what == "bin":
        model = scene.library.pick(rng, "bin", "mailbox", "fire hydrant")
        if model is not None:
            scene.model(model, at, inwards)
    place.sights.append(at + up(1.2))


def _trees(
    scene: Builder, place: Place, count: int, *, spread: float, around: tuple[float, float] = (0.0, -15.0)
) -> None:
    rng = scene.rng
    for _ in range(count):
        x, z = around[0] + rng.uniform(-spread, spread), around[1] + rng.uniform(-spread, spread)
        if np.hypot(x, z - 4) > 3 and place.free(x, z, 0.8):
            _one_tree(scene, np.array([x, 0, z]))


def _one_tree(scene: Builder, at: Point) -> None:
    rng = scene.rng
    near = float(np.hypot(at[0], at[2])) < 25
    model = scene.library.pick(rng, "tree", taller=3) if rng.random() < 0.12 and near else None
    if model is not None:
        scene.model(model, at, rng.uniform(0, 6.3), scale=rng.uniform(0.7, 1.3), repaint=0.1)
    else:
        plants.tree(scene, at, near=near)


def _bushes(scene: Builder, place: Place, count: int) -> None:
    rng = scene.rng
    for _ in range(count):
        x, z = rng.uniform(-16, 16), rng.uniform(-30, 0)
        if place.free(x, z, 0.8):
            plants.bush(scene, (x, 0, z), size=rng.uniform(0.6, 2.4, 3), yaw=rng.uniform(0, 6.3))


def _traffic(scene: Builder, place: Place, lanes: int) -> None:
    """Parked cars at the kerbs, moving ones in their lanes, riders."""
    rng = scene.rng
    edge, busy = place.road / 2, rng.random()
    parking = place.road - lanes * 3.2 > 1.2
    for side in (-1, 1):
        if parking or rng.random() < 0.35:
            for z in np.arange(-60, 14, 5.8):
                if rng.random() < busy * 0.8:
                    _vehicle(
                        scene,
                        place,
                        side * (edge - 1.1),
                        z + rng.normal(0, 0.3),
                        (0 if side < 0 else np.pi) + rng.normal(0, 0.03),
                    )
    for lane in range(lanes):
        x = -edge + place.road * (lane + 0.5) / lanes
        heading = 0.0 if x < 0 else np.pi
        for _ in range(rng.integers(0, 4)):
            _vehicle(
                scene,
                place,
                x + rng.normal(0, 0.2),
                -rng.uniform(7, 80),
                heading + rng.normal(0, 0.03),
                large=rng.random() < 0.2,
            )
    for _ in range(rng.integers(0, 6)):
        side = rng.choice([-1, 1])
        _rider(scene, place, side * (edge - rng.uniform(0.5, 2.5)), -rng.uniform(3, 40), 0.0 if side < 0 else np.pi)


def _vehicle(scene: Builder, place: Place, x: float, z: float, yaw: float, *, large: bool = False) -> None:
    rng = scene.rng
    model = scene.library.pick(
        rng, *(("bus", "truck", "van") if large else ("car", "car", "car", "car", "van")), wider=15
    )
    if model is not None and place.free(x, z, 0.4 * model.depth):
        scene.model(model, (x, 0.012, z), yaw, scale=rng.uniform(0.94, 1.06), repaint=0.9)
        place.sights.append(np.array([x, 0.8, z]))


def _rider(scene: Builder, place: Place, x: float, z: float, yaw: float) -> None:
    """A bicycle with one of our own people on it."""
    model = scene.library.pick(scene.rng, "bicycle", taller=0.7)
    if model is None or not place.free(x, z, 0.8):
        return
    at = np.array([x, 0.012, z])
    scene.model(model, at, yaw, scale=1.02 / model.height * 0.98)
    people.figure(scene, at - turn(yaw) @ np.array([0, 0, 0.2]), yaw, pose="ride", label="cyclist")
    place.sights.append(at + up(1.0))


def _people(scene: Builder, place: Place, count: int) -> None:
    """People alone and in groups, most of them within 30 m, on the sidewalks where there are some."""
    rng = scene.rng
    left = count
    while left > 0:
        group = min(left, int(rng.choice([1, 1, 2, 2, 3, 4, 6])))
        left -= group
        z = -rng.uniform(0.5, 30) if rng.random() < 0.75 else -rng.uniform(20, 75)
        if place.kind == "street" and rng.random() < 0.85:
            x = rng.choice([-1, 1]) * (place.road / 2 + rng.uniform(0.4, max(0.5, place.walk - 0.3)))
        else:
            x = rng.uniform(-1, 1) * (place.road / 2 if place.road else 4 + 0.5 * abs(z))
        heading = float(rng.choice([0, np.pi])) + rng.normal(0, 0.4) if rng.random() < 0.7 else rng.uniform(0, 6.3)
        for _ in range(group):
            px, pz = x + rng.normal(0, 0.7) * (group > 1), z + rng.normal(0, 0.7) * (group > 1)
            if place.free(px, pz, 0.28):
                at = np.array([px, place.ground(px) + 0.012, pz])
                far = abs(pz) > 25
                people.person(scene, at, heading + rng.normal(0, 0.3), pose="walk" if far else None)
                place.sights.append(at + up(1.2))


def _extras(scene: Builder, place: Place, labels: tuple[str, ...], most: int) -> None:
    """Up to `most` things with these names, near the viewer, off the road."""
    rng = scene.rng
    for _ in range(rng.integers(2, most + 1)):
        model = scene.library.pick(rng, str(rng.choice(labels)), wider=6)
        if model is None or model.elevation > 0.5:
            continue
        if place.kind == "street":
            x = rng.choice([-1, 1]) * (place.road / 2 + rng.uniform(0.4, max(0.5, place.walk - 0.2)))
        else:
            x = rng.uniform(-9, 9)
        z = -rng.uniform(0, 25)
        if place.free(x, z, 0.4 * max(model.width, model.depth)):
            at = np.array([x, place.ground(x) + 0.012, z])
            scene.model(model, at, rng.uniform(0, 6.3))
            place.sights.append(at + up(model.height / 2))
