from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vb_demo.training.scenes.builder import Builder, Paint
from vb_demo.training.scenes.camera import Camera
from vb_demo.training.scenes.library import Library
from vb_demo.training.scenes.names import INDEX
from vb_demo.training.scenes.render import Lamp, Lighting, Sky, View, look, render

pytest.importorskip("open3d", exc_type=ImportError, reason="needs Open3D and its system libraries")

LIGHT = Lighting((Lamp(np.array([0, 2.5, 0], np.float32), np.ones(3, np.float32), 0.1),))


def view(builder: Builder, camera: Camera, lighting: Lighting = LIGHT) -> View:
    return render(builder.build(), builder.library, camera, lighting, np.random.default_rng(0))


@pytest.fixture
def room(bare: Library) -> Builder:
    """A wall 4 m in front of the origin, a floor at y = 0, and a box of 0.5 m whose front is 2 m away."""
    builder = Builder(np.random.default_rng(1), bare)
    builder.quad((-10, 0, -4), (20, 0, 0), (0, 5, 0), "wall", Paint.plain((200, 60, 60)))
    builder.quad((-10, 0, 4), (20, 0, 0), (0, 0, -8), "floor", Paint.plain((60, 200, 60)))
    builder.box((0, 0.25, -2.25), (0.5, 0.5, 0.5), "box", Paint.plain((60, 60, 200)))
    return builder


LEVEL = Camera.looking((0, 1.5, 0), (0, 1.5, -1), fov=70, size=(64, 48))


def test_depth_is_planar_and_in_metres(room: Builder):
    seen = view(room, LEVEL)
    wall = seen.labels == INDEX["wall"]
    # Planar depth of a wall that faces the camera is the same everywhere, corners included.
    np.testing.assert_allclose(seen.depth[wall], 4.0, atol=1e-4)
    rows = np.nonzero(seen.labels == INDEX["floor"])[0]
    _, fy, _, cy = LEVEL.intrinsics
    expected = 1.5 * fy / (rows + 0.5 - cy)
    np.testing.assert_allclose(seen.depth[seen.labels == INDEX["floor"]], expected, rtol=1e-4)


def test_normals_point_right_up_and_to_the_viewer(room: Builder):
    seen = view(room, LEVEL)
    for name, normal in (("wall", (0, 0, 1)), ("floor", (0, 1, 0))):
        found = seen.normals[seen.labels == INDEX[name]]
        np.testing.assert_allclose(found, np.broadcast_to(normal, found.shape), atol=1e-5)
    right_wall = Builder(np.random.default_rng(1), room.library)
    right_wall.quad((1, -5, 5), (0, 0, -30), (0, 10, 0), "wall", Paint())
    found = view(right_wall, LEVEL).normals[24, -1]
    np.testing.assert_allclose(found, (-1, 0, 0), atol=1e-5)


def test_normals_turn_with_the_camera(room: Builder):
    down = Camera.looking((0, 1.5, 0), (0, 0, -1.5), fov=40, size=(32, 24))
    seen = view(room, down)
    floor = seen.normals[seen.labels == INDEX["floor"]]
    np.testing.assert_allclose(floor, np.broadcast_to([0, 2**-0.5, 2**-0.5], floor.shape), atol=1e-4)


def test_both_sides_of_a_surface_face_the_viewer(bare: Library):
    builder = Builder(np.random.default_rng(1), bare)
    builder.quad((10, 0, -4), (-20, 0, 0), (0, 5, 0), "wall", Paint())
    assert (view(builder, LEVEL).normals[..., 2] >= 0).all()


def test_instances_tell_things_apart_and_structure_is_zero(room: Builder):
    room.box((0.9, 0.25, -2.25), (0.5, 0.5, 0.5), "box", Paint.plain((60, 60, 200)))
    seen = view(room, LEVEL)
    assert len(np.unique(seen.instances[seen.labels == INDEX["box"]])) == 2
    assert not seen.instances[seen.labels == INDEX["wall"]].any()


def test_sky_is_infinitely_far_and_has_no_normal(bare: Library):
    builder = Builder(np.random.default_rng(1), bare)
    builder.quad((-300, 0, 300), (600, 0, 0), (0, 0, -600), "grass", Paint.plain((60, 120, 50)))
    outdoors = replace(LIGHT, lamps=(), sky=Sky.random(np.random.default_rng(2)))
    seen = view(builder, LEVEL, outdoors)
    sky = seen.labels == INDEX["sky"]
    assert sky[:20].all()
    assert np.isinf(seen.depth[sky]).all()
    assert not seen.normals[sky].any()
    far = seen.depth[(seen.labels == INDEX["grass"]) & (seen.depth > 50)]
    assert len(far), "the level ground is seen beyond 50 m just below the horizon"


def test_colours_arrive_in_the_photo(room: Builder):
    seen = view(room, LEVEL)
    for name, channel in (("wall", 0), ("floor", 1), ("box", 2)):
        mean = seen.rgb[seen.labels == INDEX[name]].mean(0)
        assert mean.argmax() == channel, f"{name} should keep its colour, got {mean}"


def test_rays_pass_through_holes_in_a_texture(bare: Library):
    net = np.full((1, 8, 8, 4), 255, np.uint8)
    net[0, :, 4:, 3] = 0  # the right half is a hole
    library = replace(bare, textures=net)
    builder = Builder(np.random.default_rng(1), library)
    builder.quad((-2, 0, -2), (4, 0, 0), (0, 4, 0), "fence", Paint((255, 255, 255), 0), fit=True)
    builder.quad((-9, 0, -4), (18, 0, 0), (0, 9, 0), "wall", Paint())
    seen = look(builder.build(), library, LEVEL)
    assert seen.labels[24, 20] == INDEX["fence"]
    assert seen.labels[24, 44] == INDEX["wall"]
    assert seen.depth[24, 44] == pytest.approx(4, abs=1e-3)


def test_an_empty_scene_is_refused(bare: Library):
    with pytest.raises(ValueError, match="add at least one surface"):
        Builder(np.random.default_rng(1), bare).build()
