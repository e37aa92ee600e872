from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vb_demo.answers import DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.colors import Color
from vb_demo.hover import (
    FARTHEST,
    NEAREST,
    decode_depth,
    decode_nearness,
    decode_normals,
    encode_depth,
    encode_nearness,
    encode_normals,
    hover_grid,
)
from vb_demo.images import open_photo
from vb_demo.prompts import Entry, Legend
from vb_demo.scene import Scene


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(NEAREST, FARTHEST)))
def test_metres_come_back_to_0_05_percent(meters: np.ndarray):
    np.testing.assert_allclose(decode_depth(encode_depth(meters)), meters, rtol=5e-4)


def test_what_is_no_depth_comes_back_as_it_was():
    np.testing.assert_array_equal(
        encode_depth([np.nan, 0, NEAREST, FARTHEST, 1e7, np.inf]), [0, 1, 1, 65534, 65534, 65535]
    )
    np.testing.assert_array_equal(decode_depth([0, 65535]), [np.nan, np.inf])


@given(arrays(np.float32, 20, elements=st.floats(0, 1, width=32)))
def test_nearness_comes_back(nearness: np.ndarray):
    np.testing.assert_allclose(decode_nearness(encode_nearness(nearness)), nearness, atol=1e-5)
    assert np.isnan(decode_nearness(encode_nearness([np.nan]))).all()


@given(arrays(np.float64, (9, 3), elements=st.floats(-1, 1)))
def test_directions_come_back_to_half_a_degree(vectors: np.ndarray):
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units = np.where(length > 1e-3, vectors / np.maximum(length, 1e-3), (0, 0, 1))
    back = decode_normals(encode_normals(units))
    assert np.linalg.norm(back - units, axis=-1).max() < np.radians(0.4)
    assert np.isnan(decode_normals(encode_normals(np.full((1, 3), np.nan)))).all()


def test_a_cell_holds_the_pixel_in_its_middle():
    """1200 × 800 pixels on 300 × 200 cells; the fifth pixel of each 4 × 4 would be the next cell's."""
    photo = open_photo(np.zeros((800, 1200, 3), np.uint8))
    photo.valid[:, :600] = False
    y, x = np.mgrid[:800, :1200]
    meters = (1 + x + y / 1000).astype(np.float32)
    sure = np.ones_like(meters)
    labels = (x // 4).astype(np.int32)
    vectors = np.broadcast_to(np.array([0, 1, 0], np.float32), (*meters.shape, 3))
    legend = Legend(tuple(Entry(f"c{i}", (0, 0, 1)) for i in range(1, 300)))
    scene = Scene(
        photo,
        DepthMap(meters, sure, photo.pixels),
        NormalMap(vectors, sure / 2, photo.pixels),
        SegmentMap(labels, legend, sure, photo.pixels),
        InstanceMap((labels > 200).astype(np.int32), 1, "cup", (Color(1, 2, 3),), sure, photo.pixels),
    )
    grids = hover_grid(scene, max_side=300)
    assert {name: (grid.shape, grid.dtype) for name, grid in grids.items()} == {
        "depth": ((200, 300), np.uint16),
        "normals": ((200, 300, 3), np.int8),
        "segments": ((200, 300), np.uint16),  # more than 255 classes
        "instances": ((200, 300), np.uint8),
        "reliability": ((200, 300), np.uint8),
    }
    assert (grids["reliability"][:, :150] == 0).all()
    column, row = 220, 33
    assert abs(decode_depth(grids["depth"][row, column]) / meters[row * 4 + 2, column * 4 + 2] - 1) < 5e-4
    assert grids["normals"][row, column].tolist() == [0, 127, 0]
    assert (grids["segments"][row, column], grids["instances"][row, column]) == (220, 1)
    assert grids["reliability"][row, column] == 128
    wrong = replace(scene, segments=replace(scene.segments, reliability=0 * sure))
    assert np.unique(hover_grid(wrong, max_side=300)["reliability"]).tolist() == [0, 1]  # no answer, and a bad one


def test_small_photos_are_not_enlarged():
    photo = open_photo(np.zeros((10, 20, 3), np.uint8))
    nearness = np.full((10, 20), 0.25, np.float32)
    grids = hover_grid(Scene(photo, RelativeDepthMap(nearness, nearness, photo.pixels)))
    assert list(grids) == ["nearness", "reliability"]
    assert grids["nearness"].shape == (10, 20)
    assert hover_grid(Scene(photo)) == {}
