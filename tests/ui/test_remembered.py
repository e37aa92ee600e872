from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from vb_demo.errors import InputError
from vb_demo.scene import Scene
from vb_demo.ui.remembered import MOST, remembered, remembered_by


def test_what_was_made_of_a_scene_is_kept_for_that_scene_and_those_arguments(room: Scene) -> None:
    made = []

    @remembered
    def look(scene: Scene, side: int) -> list[int]:
        made.append(side)
        return [side]

    assert look(room, 1) is look(room, 1)
    assert look(replace(room), 1) is not look(room, 1)
    assert made == [1, 1]
    for side in range(2, MOST + 2):
        look(room, side)
    look(room, 1)  # the oldest one had to go
    assert made[-2:] == [MOST + 1, 1]


def test_nothing_outlives_its_scene(room: Scene) -> None:
    scene = replace(room)
    remembered(lambda scene: [scene.photo])(scene)
    gone = weakref.ref(scene)
    del scene
    gc.collect()
    assert gone() is None


def test_what_failed_is_tried_again(room: Scene) -> None:
    tries = []

    @remembered
    def look(scene: Scene) -> None:
        tries.append(scene)
        raise InputError("Not now.")

    for _ in range(2):
        with pytest.raises(InputError):
            look(room)
    assert len(tries) == 2


def test_scenes_share_what_is_made_of_the_same_thing(room: Scene) -> None:
    made = []

    @remembered_by(lambda scene, side: scene.photo.pixels)
    def look(scene: Scene, side: int) -> list[int]:
        made.append(side)
        return [side]

    same, other = replace(room), replace(room, photo=replace(room.photo, pixels=room.photo.pixels.copy()))
    assert look(room, 1) is look(same, 1)
    assert look(other, 1) is not look(room, 1)
    assert made == [1, 1]


def test_a_number_that_another_thing_had_before_means_nothing(room: Scene) -> None:
    look = remembered_by(lambda scene: scene.photo.pixels)(lambda scene: int(scene.photo.pixels[0, 0, 0]))
    for value in range(50):  # arrays come and go; some get the place, and so the id, of one before
        pixels = np.full_like(room.photo.pixels, value)
        assert look(replace(room, photo=replace(room.photo, pixels=pixels))) == value
