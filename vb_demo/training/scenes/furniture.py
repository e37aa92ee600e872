"""What fills a room: furniture that belongs together, people, clutter, lamps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vb_demo.training.scenes import people, props
from vb_demo.training.scenes.builder import Builder, Paint, turn, up
from vb_demo.training.scenes.library import Model
from vb_demo.training.scenes.names import listed
from vb_demo.training.scenes.render import Lamp, Lighting
from vb_demo.training.scenes.rooms import Room, Top, empty_room

Point = NDArray[np.float64]


# What stands along the walls and what stands free, per kind of room; a name listed twice is twice as likely.
ALONG: dict[str, tuple[str, ...]] = {
    "living": listed(
        "sofa, sofa, cabinet, bookcase, television, piano, fireplace, armchair, lamp, plant, plant, radiator, "
        "aquarium, speaker, cabinet, desk, guitar, fan, air conditioner, blind"
    ),
    "bedroom": listed(
        "bed, bed, wardrobe, nightstand, cabinet, chair, desk, bookcase, lamp, plant, radiator, hanger, clothes, "
        "desk, blind, fan"
    ),
    "office": listed(
        "desk, desk, desk, cabinet, bookcase, printer, plant, whiteboard, table, bin, radiator, computer, fan, "
        "air conditioner"
    ),
    "kitchen": listed(
        "cabinet, cabinet, counter, refrigerator, oven, stove, sink, washing machine, bin, range hood, cabinet, "
        "microwave, boiler"
    ),
    "bathroom": listed(
        "bathtub, shower, toilet, sink, cabinet, washing machine, towel, basket, radiator, toilet, boiler"
    ),
    "corridor": listed(
        "cabinet, hanger, plant, bench, mailbox, bin, radiator, fire extinguisher, bookcase, air conditioner"
    ),
    "store": listed("crate, barrel, box, box, bookcase, ladder, tool, machine, cabinet, bicycle, suitcase"),
}


FREE: dict[str, tuple[str, ...]] = {
    "living": listed(
        "table, armchair, stool, toy, dog, cat, person, lamp, plant, bag, sports equipment, guitar, backpack"
    ),
    "bedroom": listed("chair, stool, shoe, toy, bag, suitcase, person, clothes, backpack, cat"),
    "office": listed("chair, chair, bin, person, person, bag, box, table, backpack"),
    "kitchen": listed("stool, chair, bin, person, person, bag, table, cat, ladder"),
    "bathroom": listed("stool, bin, person, basket, shoe, brush"),
    "corridor": listed("person, person, box, bag, bin, stroller, suitcase, dog, traffic cone, wheelchair, backpack"),
    "store": listed("crate, barrel, box, box, ladder, person, bicycle, tool, suitcase, wheelbarrow, bin"),
}


KINDS = ("living",) * 3 + ("bedroom", "office", "kitchen") * 2 + ("bathroom", "corridor", "store")


SURFACES = listed("table, desk, cabinet, nightstand, counter, bookcase, bench, stool, washing machine")


SMALL = listed(
    "bottle, cup, glass, bowl, plate, vase, pan, kettle, coffee machine, kitchen appliance, food, fruit, bread, "
    "cake, book, paper, pen, scissors, tool, toy, ball, phone, laptop, tablet, camera, clock, headphones, "
    "remote control, lamp, candle, plant, game console, speaker, cutlery, glasses, shoe, hat, printer, microwave, "
    "fan, projector, basket, backpack, computer, monitor, clothes, bag, flower, brush, object"
)
ON_FLOORS = listed("box, bin, bag, backpack, suitcase, basket, crate, ball, stool, traffic cone")


def furnished_room(scene: Builder, kind: str | None = None) -> tuple[Room, Lighting]:
    """A whole room, furnished and lit."""
    rng = scene.rng
    room = empty_room(scene, kind or str(rng.choice(KINDS)))
    furnish(scene, room, density=float(rng.uniform(0.4, 1.3)))
    for _ in range(rng.integers(0, 8)):
        floor_thing(scene, room)
    for top in room.tops:
        clutter(scene, top, int(rng.integers(0, 12)))
    return room, room_lighting(scene, room)


def furnish(scene: Builder, room: Room, density: float = 1.0) -> None:
    """Furniture along the walls, a seating or dining group, and free-standing things, for `room.kind`."""
    rng, library = scene.rng, scene.library
    area = room.width * room.length
    if room.kind in ("living", "office", "kitchen") and rng.random() < 0.75:
        _table_group(scene, room)
    for _ in range(int(np.clip(area * 0.8 * density, 4, 26))):
        label = str(rng.choice(ALONG[room.kind] if rng.random() < 0.9 else ALONG[str(rng.choice(list(ALONG)))]))
        model = library.pick(rng, label, lower=room.height)
        if model is not None:
            _place_along(scene, room, model)
    for _ in range(int(np.clip(area * 0.35 * density, 2, 14))):
        label = str(rng.choice(FREE[room.kind] if rng.random() < 0.85 else FREE[str(rng.choice(list(FREE)))]))
        if label == "person":
            stand_person(scene, room)
        elif (model := library.pick(rng, label, lower=room.height, wider=2.5)) is not None:
            _place_free(scene, room, model)
    if rng.random() < 0.6:
        stand_person(scene, room)
    if rng.random() < 0.5 and (model := library.pick(rng, "rug")) is not None and room.kind != "store":
        at = np.array(
            [rng.uniform(0.8, max(0.9, room.width - 0.8)), 0.004, rng.uniform(0.8, max(0.9, room.length - 0.8))]
        )
        if model.width / 2 < min(at[0], room.width - at[0]) and model.depth / 2 < min(at[2], room.length - at[2]):
            scene.model(model, at, 0.0)
    for _ in range(rng.integers(0, 3)):
        model = library.pick(rng, "lamp")
        if model is not None and model.elevation > 0.8 and model.height < room.height - 1.6:
            at = np.array(
                [rng.uniform(0.4, room.width - 0.4), room.height - model.height, rng.uniform(0.4, room.length - 0.4)]
            )
            scene.model(model, at, 0.0)


def _place_along(scene: Builder, room: Room, model: Model) -> None:
    """Backs a model against a wall, at its usual height."""
    rng = scene.rng
    for _ in range(4):
        corner, along, inward, length = room.wall(int(rng.integers(4)))
        if model.width > length - 0.1:
            continue
        start = rng.uniform(model.width / 2 + 0.02, length - model.width / 2 - 0.02)
        at = (
            corner
            + along * start
            + inward * (model.depth / 2 + 0.06 + (rng.uniform(0, 0.12) if model.elevation == 0 else 0))
        )
        at[1] = min(model.elevation, room.height - model.height) if model.elevation > 0 else 0.0
        yaw = float(np.arctan2(inward[0], inward[2]))
        if room.claim(at, yaw, model.width, model.height, model.depth):
            _put(scene, room, model, at, yaw + (rng.normal(0, 0.03) if model.elevation == 0 else 0))
            return


def _place_free(scene: Builder, room: Room, model: Model) -> None:
    """Stands a model anywhere on the free floor."""
    rng = scene.rng
    for _ in range(4):
        at = np.array([rng.uniform(0.2, room.width - 0.2), 0, rng.uniform(0.2, room.length - 0.2)])
        yaw = rng.uniform(0, 2 * np.pi)
        if room.claim(at, yaw, model.width, model.height, model.depth):
            _put(scene, room, model, at, yaw)
            return


def _put(scene: Builder, room: Room, model: Model, at: Point, yaw: float) -> None:
    scene.model(model, at, yaw)
    room.sights.append(at + up(model.height * 0.6))
    if model.label == "desk" and scene.rng.random() < 0.7:
        _workplace(scene, room, model, at, yaw)
    if model.label in SURFACES and at[1] == 0 and 0.3 < model.height < 1.3:
        room.tops.append(Top(at + up(model.height), yaw, model.width, model.depth))


def _workplace(scene: Builder, room: Room, desk: Model, at: Point, yaw: float) -> None:
    """Monitor and keyboard on a desk, a chair (and sometimes somebody) in front of it."""
    rng = scene.rng
    forward = np.array([np.sin(yaw), 0, np.cos(yaw)])
    high = desk.height if desk.height < 0.9 else 0.74
    top = at + up(high + 0.001)
    props.screen(scene, top - forward * desk.depth * 0.18, yaw + rng.normal(0, 0.15))
    if rng.random() < 0.8:
        props.keyboard(scene, top + forward * desk.depth * 0.2, yaw + rng.normal(0, 0.08))
    chair = scene.library.pick(rng, "chair", taller=0.7, lower=1.15, wider=0.8)
    seat = at + forward * (desk.depth / 2 + rng.uniform(0.15, 0.4))
    if chair is not None and room.claim(seat + forward * 0.3, yaw, 0.4, 1.0, 0.4):
        scene.model(chair, seat, yaw + np.pi + rng.normal(0, 0.3))
        if rng.random() < 0.35:
            people.figure(scene, seat, yaw + np.pi, pose="sit")
            room.sights.append(seat + up(0.9))


def _table_group(scene: Builder, room: Room) -> None:
    """A table with chairs around it, some of them taken."""
    rng, library = scene.rng, scene.library
    wide, deep, high = rng.uniform(0.8, 2.0), rng.uniform(0.7, 1.0), rng.uniform(0.7, 0.78)
    table = library.pick(rng, "table", "desk", taller=0.6, lower=0.95, wider=2.4) if rng.random() < 0.7 else None
    if table is not None:
        wide, high, deep = table.size
    margin = 0.55
    if min(room.width, room.length) < deep + 2 * margin + 0.2:
        return
    at = np.array([rng.uniform(0.35, 0.65) * room.width, 0, rng.uniform(0.35, 0.65) * room.length])
    yaw = float(rng.integers(4) * np.pi / 2 + rng.normal(0, 0.05))
    if not room.claim(at, yaw, wide + 2 * margin, high, deep + 2 * margin):
        return
    if table is not None:
        scene.model(table, at, yaw)
    else:
        plain_table(scene, at, yaw, wide, deep, high)
    top = Top(at + up(high), yaw, wide, deep)
    room.tops.append(top)
    room.sights.append(at + up(high))
    chair = library.pick(rng, "chair", taller=0.7, lower=1.15, wider=0.8)
    for side in (-1, 1):
        seats = max(1, int(wide / 0.75))
        for seat in range(seats):
            if rng.random() < 0.2:
                continue
            x = (seat + 0.5) / seats * wide - wide / 2 + rng.normal(0, 0.04)
            spot = top.at(x, side * (deep / 2 + rng.uniform(0.05, 0.3))) - up(high)
            facing = yaw + (np.pi if side > 0 else 0) + rng.normal(0, 0.15)
            if chair is not None:
                scene.model(chair, spot, facing, repaint=0.0)
            if rng.random() < 0.22:
                people.figure(scene, spot, facing, pose="sit")
                room.sights.append(spot + up(0.9))


def plain_table(scene: Builder, at: Point, yaw: float, wide: float, deep: float, high: float) -> None:
    """A board on four legs; its top ends exactly at `high`."""
    rng, library = scene.rng, scene.library
    looks = ("wood", "wood", "plaster", "tiles", "fabric")
    paint = Paint.random(rng, library, *looks, textured=0.8, tile=(0.6, 1.6), gloss=float(rng.uniform(0, 0.6)))
    instance, thick, leg = scene.thing(), rng.uniform(0.02, 0.05), rng.uniform(0.03, 0.08)
    scene.box(at + up(high - thick / 2), (wide, thick, deep), "table", paint, yaw=yaw, instance=instance)
    dark = Paint.random(rng, library, "wood", textured=0.4)
    for side in (-1, 1):
        for front in (-1, 1):
            spot = turn(yaw) @ np.array([side * (wide / 2 - leg), (high - thick) / 2, front * (deep / 2 - leg)])
            scene.box(at + spot, (leg, high - thick, leg), "table", dark, yaw=yaw, instance=instance)


def stand_person(scene: Builder, room: Room) -> None:
    """A person somewhere on the free floor: a scanned one or one of our own figures."""
    rng = scene.rng
    for _ in range(4):
        at = np.array([rng.uniform(0.3, room.width - 0.3), 0, rng.uniform(0.3, room.length - 0.3)])
        if room.claim(at, 0.0, 0.5, 1.7, 0.5):
            people.person(scene, at, float(rng.uniform(0, 2 * np.pi)))
            room.sights.append(at + up(1.2))
            return


def clutter(scene: Builder, top: Top, count: int, *, spread: float = 0.44) -> None:
    """`count` small things on a surface, kept from standing in each other."""
    rng = scene.rng
    widest = min(0.55, 0.8 * min(top.width, top.depth))
    placed: list[tuple[float, float, float]] = []
    for _ in range(count):
        x, z = rng.uniform(-spread, spread, 2) * (top.width, top.depth)
        model = scene.library.pick(rng, *SMALL, lower=0.6, wider=widest) if rng.random() < 0.6 else None
        radius = 0.1 if model is None else 0.42 * max(model.width, model.depth)
        if any(np.hypot(x - px, z - pz) < radius + pr for px, pz, pr in placed):
            continue
        placed.append((x, z, radius))
        spot = top.at(x, z) + up(0.0015)
        facing = top.yaw + (rng.normal(0, 0.5) if rng.random() < 0.6 else rng.uniform(0, 6.3))
        if model is not None:
            scene.model(model, spot, facing)
        elif rng.random() < 0.5:
            props.vessel(scene, spot)
        else:
            for _ in range(rng.integers(1, 5)):
                spot = spot + up(props.package(scene, spot, largest=0.28, yaw=facing) + 0.0005)
                facing += rng.normal(0, 0.15)
                if rng.random() < 0.5:
                    break


def floor_thing(scene: Builder, room: Room, within: tuple[Point, float] | None = None) -> None:
    """A box, vessel or everyday object on the free floor, `within` (centre, radius) if given."""
    rng = scene.rng
    for _ in range(5):
        if within is None:
            at = np.array([rng.uniform(0.2, room.width - 0.2), 0, rng.uniform(0.2, room.length - 0.2)])
        else:
            angle, away = rng.uniform(0, 2 * np.pi), within[1] * np.sqrt(rng.random())
            at = within[0] + np.array([np.cos(angle) * away, 0, np.sin(angle) * away])
        at[1] = 0.0
        model = scene.library.pick(rng, *SMALL, *ON_FLOORS, lower=0.9, wider=0.8) if rng.random() < 0.5 else None
        yaw = rng.uniform(0, 6.3)
        if model is not None:
            if room.claim(at, yaw, model.width, model.height, model.depth):
                _put(scene, room, model, at, yaw)
                return
        elif room.claim(at, 0.0, 0.3, 0.4, 0.3):
            room.sights.append(at + up(0.15))
            if rng.random() < 0.7:
                tall = props.package(scene, at, largest=float(rng.uniform(0.15, 0.6)), yaw=yaw)
                if rng.random() < 0.3:
                    props.package(scene, at + up(tall + 0.0005), largest=0.2)
            else:
                props.vessel(scene, at)
            return


def room_lighting(scene: Builder, room: Room) -> Lighting:
    """One to three lamps near the ceiling and often light from a window side."""
    rng = scene.rng
    size = np.array([room.width, room.height, room.length])
    strength = 0.5 + room.width * room.length * 0.08
    lamps = []
    for _ in range(rng.integers(1, 4)):
        at = size * np.array([rng.uniform(0.2, 0.8), 1, rng.uniform(0.2, 0.8)]) - up(rng.uniform(0.08, 0.6))
        warm = np.array([1, rng.uniform(0.78, 1), rng.uniform(0.55, 1)])
        lamps.append(
            Lamp(
                at.astype(np.float32),
                (warm * rng.uniform(0.5, 1.6) * strength).astype(np.float32),
                float(rng.uniform(0.05, 0.5)),
            )
        )
    if rng.random() < 0.65:
        corner, along, inward, length = room.wall(int(rng.integers(4)))
        at = corner + along * rng.uniform(0.2, 0.8) * length + inward * 0.15 + up(rng.uniform(1.2, 2.0))
        cool = np.array([rng.uniform(0.75, 1), 0.92, 1.0]) * rng.uniform(0.6, 2.5) * strength
        lamps.append(Lamp(at.astype(np.float32), cool.astype(np.float32), float(rng.uniform(0.2, 0.8))))
    red, green, blue = np.array([1, rng.uniform(0.88, 1), rng.uniform(0.75, 1.05)]) * rng.uniform(0.25, 0.8)
    return Lighting(tuple(lamps), (float(red), float(green), float(blue)), reach=float(rng.uniform(0.6, 1.6)))
