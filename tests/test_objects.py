from __future__ import annotations

import numpy as np
import pytest

from tests.test_scene import LEGEND, PAINTING, SIZE, blank_photo, normal_map, scene_with_depth
from vb_demo.answers import SegmentMap
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.scene import Scene


def test_the_box_and_the_balls_are_summed_up(room: Scene):
    facts = {found.name: found for found in room.objects()}
    assert list(facts) == ["floor", "wall", "box", "ball", "ball 1", "ball 2"]
    box = facts["box"]
    pixel = 2.5 / room.photo.camera.fx
    assert box.color == (255, 0, 0)
    assert box.area_share == pytest.approx((room.segments.labels == 3).mean())
    assert (box.width_m, box.height_m) == (pytest.approx(0.8, abs=pixel), pytest.approx(1.0, abs=pixel))
    assert (box.facing, box.parts, box.camera_source) == ("faces the camera", 1, "user")
    assert 2.5 < box.nearest_m < box.median_m < 2.5 * 1.3
    assert facts["floor"].facing == "faces up"
    assert facts["ball"].parts == 2
    # The visible disc of a ball at 3 m is a little smaller than its 0.9 m.
    assert facts["ball 1"].width_m == pytest.approx(0.88, abs=0.05)
    assert facts["ball 1"].nearest_m == pytest.approx(np.linalg.norm((0.35, 0.5, 3.0)) - 0.45, abs=0.03)


def test_absent_classes_and_specks_are_left_out():
    labels = np.zeros((200, 200), np.int32)
    labels[50:150, 50:150] = 2
    labels[5, 5] = 1
    labels[20, 20] = 2
    pixels = np.zeros((200, 200, 3), np.uint8)
    photo = Photo(pixels, np.ones((200, 200), bool), Camera.assumed(200, 200))
    [floor] = Scene(photo, segments=SegmentMap(labels, LEGEND, np.ones((200, 200), np.float32), PAINTING)).objects()
    assert (floor.name, floor.parts, floor.area_share) == ("floor", 1, 0.25)
    assert (floor.nearest_m, floor.width_m, floor.facing, floor.camera_source) == (None, None, None, "assumed")


def test_soft_edges_are_no_objects():
    labels = np.zeros((SIZE, SIZE), np.int32)
    labels[4:16, 4:16], labels[4:16, 3] = 1, 2
    scene = scene_with_depth(np.full((SIZE, SIZE), 2.0))
    reliability = np.where(labels == 2, np.float32(0.05), np.float32(1))
    scene.segments = SegmentMap(labels, LEGEND, reliability, PAINTING)
    assert [found.name for found in scene.objects()] == [LEGEND.names[1]]


def one_class(scene: Scene) -> Scene:
    labels = np.zeros((SIZE, SIZE), np.int32)
    labels[4:16, 4:16] = 1
    scene.segments = SegmentMap(labels, LEGEND, np.ones((SIZE, SIZE), np.float32), PAINTING)
    return scene


def test_what_pokes_through_an_outline_does_not_count_for_the_size():
    meters = np.full((SIZE, SIZE), 2.0)
    meters[:, 15] = 8.0  # the last column of the class lies on the wall behind
    [box] = one_class(scene_with_depth(meters)).objects()
    assert box.width_m == pytest.approx(11 / 20 * 2)
    assert box.height_m == pytest.approx(12 / 20 * 2)


def test_holes_in_the_depth_do_not_spoil_an_object():
    meters = np.full((SIZE, SIZE), 2.0)
    meters[8, 8], meters[9, 9] = np.nan, np.inf
    [box] = one_class(scene_with_depth(meters)).objects()
    assert (box.width_m, box.height_m) == (pytest.approx(12 / 20 * 2), pytest.approx(12 / 20 * 2))


def test_a_slanted_object_keeps_its_whole_size():
    meters = np.linspace(1, 3, SIZE)  # left near, right far
    meters[15] = 30.0
    [box] = one_class(scene_with_depth(meters)).objects()
    left, right = meters[4] * (4 + 0.5 - 10) / 20, meters[14] * (14 + 0.5 - 10) / 20
    assert box.width_m == pytest.approx(right - left, abs=0.15)


def test_a_sky_class_has_no_metres():
    [sky] = one_class(scene_with_depth(np.inf)).objects()
    assert (sky.nearest_m, sky.width_m) == (None, None)


def test_an_object_of_many_directions_says_so():
    scene = one_class(Scene(blank_photo(), normals=normal_map((0, 1, 0))))
    scene.normals.vectors[::2] = (1, 0, 0)
    [box] = scene.objects()
    assert box.facing == "faces several ways"


def test_what_counts_as_absent_is_no_object():
    labels = np.zeros((200, 200), np.int32)
    labels[:, 100:], labels[50:55, 50:55] = 1, 2  # 0.06 %: more than a speck
    pixels = np.zeros((200, 200, 3), np.uint8)
    photo = Photo(pixels, np.ones((200, 200), bool), Camera.assumed(200, 200))
    scene = Scene(photo, segments=SegmentMap(labels, LEGEND, np.ones((200, 200), np.float32), PAINTING))
    assert [found.name for found in scene.objects()] == [LEGEND.names[1]]
