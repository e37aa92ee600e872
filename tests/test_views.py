from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vb_demo.answers import DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.colors import Color
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.prompts import Entry, Legend
from vb_demo.views import (
    depth_preview,
    draw_pins,
    meters_text,
    normals_preview,
    overlay,
    reliability_map,
)

WIDTH, HEIGHT = 320, 200
PAINTING = np.zeros((4, 4, 3), np.uint8)
SURE = np.ones((HEIGHT, WIDTH), np.float32)
ORANGE = Color(255, 165, 0)


def grey_photo() -> Photo:
    pixels = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    return Photo(pixels, np.ones((HEIGHT, WIDTH), bool), Camera.from_fov(WIDTH, HEIGHT, 60))


def ramp_depth() -> DepthMap:
    meters = np.broadcast_to(np.linspace(1, 20, WIDTH, dtype=np.float32), (HEIGHT, WIDTH)).copy()
    return DepthMap(meters, SURE, PAINTING)


def square(label: int = 1) -> SegmentMap:
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    labels[50:150, 100:200] = label
    legend = Legend((Entry("cup", ORANGE), Entry("table", Color(0, 0, 90))))
    return SegmentMap(labels, legend, SURE, PAINTING)


def changed(before: Image.Image, after: Image.Image) -> np.ndarray:
    return (np.asarray(before) != np.asarray(after)).any(axis=2)


# --- pictures -------------------------------------------------------------------------------------------------------


def test_every_picture_has_the_photos_size():
    normals = NormalMap(np.ones((HEIGHT, WIDTH, 3), np.float32) / np.sqrt(3).astype(np.float32), SURE, PAINTING)
    relative = RelativeDepthMap(SURE / 2, SURE, PAINTING)
    pictures = [
        depth_preview(ramp_depth()),
        depth_preview(relative),
        normals_preview(normals),
        reliability_map(relative),
        overlay(grey_photo(), square()),
        draw_pins(grey_photo().pil, [(5, 5)]),
    ]
    assert {(picture.size, picture.mode) for picture in pictures} == {((WIDTH, HEIGHT), "RGB")}


def test_the_scale_bar_stays_in_its_corner():
    plain, scaled = depth_preview(ramp_depth(), scale=False), depth_preview(ramp_depth())
    rows, columns = np.nonzero(changed(plain, scaled))
    assert rows.min() > HEIGHT * 0.8
    assert columns.max() < WIDTH * 0.75


def test_no_scale_where_there_is_no_room_or_no_depth():
    tiny = DepthMap(np.ones((8, 8), np.float32), np.ones((8, 8), np.float32), PAINTING)
    assert not changed(depth_preview(tiny), depth_preview(tiny, scale=False)).any()
    nothing = DepthMap(np.full((HEIGHT, WIDTH), np.nan, np.float32), SURE, PAINTING)
    assert np.unique(np.asarray(depth_preview(nothing))).tolist() == [128]


def test_relative_depth_names_no_metres(monkeypatch: pytest.MonkeyPatch):
    written = []
    monkeypatch.setattr("vb_demo.views._with_scale", lambda image, ends: written.append(ends) or image)
    depth_preview(RelativeDepthMap(SURE / 2, SURE, PAINTING))
    depth_preview(ramp_depth())
    assert written[0] == ("near", "far")
    assert all(text.endswith(" m") for text in written[1])


def test_reliability_runs_from_dark_to_bright():
    answer = DepthMap(SURE, np.linspace(0, 1, WIDTH, dtype=np.float32) * SURE, PAINTING)
    brightness = np.asarray(reliability_map(answer)).sum(axis=2)[0].astype(int)
    assert brightness[-1] > 2 * brightness[0]


@pytest.mark.parametrize(("meters", "text"), [(0.846, "0.85 m"), (12.34, "12.3 m"), (139.6, "140 m")])
def test_lengths_as_text(meters: float, text: str):
    assert meters_text(meters) == text


# --- overlay --------------------------------------------------------------------------------------------------------


def test_soft_edges_get_no_name():
    faint = replace(square(), reliability=np.full((HEIGHT, WIDTH), 0.05, np.float32))
    assert overlay(grey_photo(), faint).tobytes() == overlay(grey_photo(), faint, labels=False).tobytes()
    assert overlay(grey_photo(), square()).tobytes() != overlay(grey_photo(), square(), labels=False).tobytes()


def test_an_overlay_tints_outlines_and_leaves_the_background():
    picture = np.asarray(overlay(grey_photo(), square(), labels=False))
    assert picture[10, 10].tolist() == [100, 100, 100]
    np.testing.assert_allclose(picture[100, 150], (np.array(ORANGE) + 100) / 2, atol=1)
    assert tuple(picture[50, 150]) == ORANGE  # the outline, at full strength
    bare = np.asarray(overlay(grey_photo(), square(), alpha=0, labels=False, outlines=False))
    np.testing.assert_array_equal(bare, grey_photo().pixels)


def test_a_name_stands_inside_its_region():
    without, named = overlay(grey_photo(), square(), labels=False), overlay(grey_photo(), square())
    rows, columns = np.nonzero(changed(without, named))
    assert rows.size > 100
    assert 50 <= rows.min() < rows.max() < 150
    assert 100 <= columns.min() < columns.max() < 200


def test_names_stand_right_on_large_photos():
    photo = Photo(np.zeros((1000, 1600, 3), np.uint8), np.ones((1000, 1600), bool), Camera.assumed(1600, 1000))
    labels = np.zeros((1000, 1600), np.int32)
    labels[600:900, 1000:1500] = 1
    segments = SegmentMap(labels, square().legend, labels.astype(np.float32), PAINTING)
    rows, columns = np.nonzero(changed(overlay(photo, segments, labels=False), overlay(photo, segments)))
    assert 600 <= rows.min() < rows.max() < 900
    assert 1000 <= columns.min() < columns.max() < 1500


def test_the_name_of_a_bent_region_is_on_the_region():
    segments = square()
    segments.labels[:] = 0
    segments.labels[20:180, 20:80] = 1  # an L, whose centre of mass lies outside of it
    segments.labels[150:180, 20:300] = 1
    rows, columns = np.nonzero(changed(overlay(grey_photo(), segments, labels=False), overlay(grey_photo(), segments)))
    assert segments.labels[int(rows.mean()), int(columns.mean())] == 1


def test_specks_have_no_name():
    segments = square()
    segments.labels[:] = 0
    segments.labels[5, 5] = 1
    assert not changed(overlay(grey_photo(), segments, labels=False), overlay(grey_photo(), segments)).any()


def test_things_have_their_own_colours():
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    labels[:, :100], labels[:, 200:] = 1, 2
    things = InstanceMap(labels, 2, "chair", (ORANGE, Color(0, 0, 255)), SURE, PAINTING)
    picture = np.asarray(overlay(grey_photo(), things, alpha=1, labels=False))
    assert tuple(picture[5, 5]) == ORANGE
    assert tuple(picture[5, 300]) == (0, 0, 255)
    assert picture[5, 150].tolist() == [100, 100, 100]


# --- pins -----------------------------------------------------------------------------------------------------------


def test_pins_do_not_touch_the_original():
    photo = grey_photo().pil
    pinned = draw_pins(photo, [(50, 60), (250, 150)], [(0, 1, "2.41 m")])
    assert photo.getextrema() == ((100, 100),) * 3
    marked = changed(photo, pinned)
    assert marked[60, 50]
    assert marked[150, 250]
    assert marked[105, 150]  # the length, half way
    assert not marked[190, 20]


def test_pins_in_the_corners_stay_in_the_picture():
    corners = [(0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)]
    for x, y in corners:
        pinned = np.asarray(draw_pins(grey_photo().pil, [(x, y)]))
        disc = (pinned == (216, 27, 96)).all(axis=2)
        assert disc.sum() > 50  # as much of the disc as anywhere else
