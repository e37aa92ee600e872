from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vb_demo.answers import RelativeDepthMap
from vb_demo.cloud import depth_colors
from vb_demo.layers import PHOTO, colors_on, decoded_names, layers, layers_of
from vb_demo.scene import Scene


def test_every_answer_has_its_layers(room: Scene) -> None:
    names = list(layers(room))
    assert names[0] == PHOTO
    assert {"Depth: painting", "Depth: decoded", "Depth: reliability", "Normals: decoded"} <= set(names)
    assert "Segments: overlay" in names
    assert "Agreement" in names
    assert "Agreement" not in layers(replace(room, normals=None))
    assert list(layers(Scene(room.photo))) == [PHOTO]


def test_what_was_decoded_is_one_layer_for_each_answer(room: Scene) -> None:
    assert decoded_names(room) == ["Depth: decoded", "Normals: decoded", "Segments: overlay", "Instances: overlay"]
    assert decoded_names(Scene(room.photo)) == []


def test_every_layer_colours_every_pixel_of_the_photo(room: Scene) -> None:
    for name, layer in layers(room).items():
        colors = colors_on(room.photo, layer)
        assert (colors.shape, colors.dtype) == ((*room.photo.size[::-1], 3), np.uint8), name
        assert layer.picture.size == layer.colors().shape[1::-1], name


def test_the_key_of_depth_stands_where_its_colours_do(room: Scene) -> None:
    key = layers(room)["Depth: decoded"].key()
    assert key is not None
    assert len(key.colors) == 2 * len(key.ticks) - 1
    near, *_, far = (float(tick.split()[0]) for tick in key.ticks)
    ends = np.array([[near, far]], np.float32)
    shown = depth_colors(np.vstack([room.depth.meters, np.resize(ends, room.depth.meters.shape[1])]))[-1, :2]
    np.testing.assert_allclose(shown, [key.colors[0], key.colors[-1]], atol=8)  # ticks are rounded


def test_without_metres_depth_has_no_key(room: Scene) -> None:
    nowhere = replace(room.depth, meters=np.full_like(room.depth.meters, np.inf))
    assert layers_of(nowhere, room.photo)["decoded"].key() is None


def test_relative_depth_is_read_as_nearness(room: Scene) -> None:
    ramp = np.linspace(0, 1, room.photo.width, dtype=np.float32) * np.ones((room.photo.height, 1), np.float32)
    relative = RelativeDepthMap(ramp, np.ones_like(ramp), room.photo.pixels)
    layer = layers_of(relative, room.photo)["decoded"]
    key = layer.key()
    assert key is not None
    assert key.ticks == ("nearness 1", "0.5", "0")
    assert (layer.colors()[0, -1] == key.colors[0]).all()
    assert (layer.colors()[0, 0] == key.colors[-1]).all()


def test_what_several_paintings_differ_in_is_a_layer(room: Scene) -> None:
    assert "votes" not in layers_of(room.depth, room.photo)
    spread = np.full_like(room.depth.meters, 0.1)
    sky = ~np.isfinite(room.depth.meters)
    layer = layers_of(replace(room.depth, votes=3, spread=spread), room.photo)["votes"]
    key = layer.key()
    assert key is not None
    assert key.ticks[-1] == "20%+"
    colors = layer.colors().astype(int)
    order = np.argsort(room.depth.meters, axis=None)
    brightness = colors.sum(-1).ravel()[order]
    assert brightness[0] > brightness[(~sky).sum() - 1]  # 10 cm of little is much
    assert len(np.unique(colors[sky], axis=0)) == 1


@pytest.mark.parametrize("name", ["Depth: reliability", "Agreement"])
def test_keys_say_what_their_ends_mean(room: Scene, name: str) -> None:
    key = layers(room)[name].key()
    assert key is not None
    assert key.note
    assert len(key.ticks) == 5
