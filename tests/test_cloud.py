from __future__ import annotations

import builtins
import math
from pathlib import Path

import numpy as np
import pytest

from vb_demo.answers import DepthMap, NormalMap, SegmentMap
from vb_demo.cloud import Cloud, class_colors, depth_colors, depth_range, make_cloud, normal_colors, ramp_colors
from vb_demo.codecs import to_uint8
from vb_demo.codecs.depth import encode_ramp
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.geometry import Camera, project
from vb_demo.images import Photo
from vb_demo.prompts import Entry, Legend

WIDTH, HEIGHT = 12, 8


def numbered_photo() -> Photo:
    """Every pixel has a colour of its own."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.stack([x * 20, y * 30, x + y], axis=-1).astype(np.uint8)
    return Photo(pixels, np.ones((HEIGHT, WIDTH), bool), Camera(WIDTH, HEIGHT, 10.0, 10.0, 6.0, 4.0))


def depth_map(meters: object) -> DepthMap:
    grid = np.broadcast_to(np.asarray(meters, np.float32), (HEIGHT, WIDTH)).copy()
    return DepthMap(grid, np.ones_like(grid), np.zeros((2, 2, 3), np.uint8))


def small_cloud(meters: object = 2.0, **options: object) -> Cloud:
    return make_cloud(numbered_photo(), depth_map(meters), **options)


# --- points ---------------------------------------------------------------------------------------------------------


def test_every_point_is_its_pixel():
    cloud = small_cloud(np.linspace(2, 2.5, WIDTH))
    photo = numbered_photo()
    y, x = cloud.pixels // WIDTH, cloud.pixels % WIDTH
    assert len(cloud) == WIDTH * HEIGHT
    np.testing.assert_array_equal(cloud.colors, photo.pixels[y, x])
    np.testing.assert_allclose(project(cloud.points * (1, -1, -1), photo.camera), np.stack([x, y], 1), atol=1e-4)
    np.testing.assert_allclose(-cloud.points[:, 2], np.linspace(2, 2.5, WIDTH)[x], atol=1e-6)


def test_axes_are_those_of_viewers():
    cloud = small_cloud(2.0)
    top_left = cloud.points[cloud.pixels.tolist().index(0)]
    np.testing.assert_allclose(top_left, [-1.1, 0.7, -2])  # left, up, ahead


def test_thinned_out_points_still_know_their_pixel():
    cloud = small_cloud(max_points=30)
    assert 15 <= len(cloud) <= 30
    assert cloud.stride == 2
    y, x = cloud.pixels // WIDTH, cloud.pixels % WIDTH
    np.testing.assert_array_equal(cloud.colors, numbered_photo().pixels[y, x])
    np.testing.assert_allclose(
        project(cloud.points * (1, -1, -1), numbered_photo().camera), np.stack([x, y], 1), atol=1e-4
    )


def test_edges_sky_holes_and_transparency_are_left_out():
    meters = np.full((HEIGHT, WIDTH), 2.0)
    meters[:, 6:] = 4.0
    meters[0, 0], meters[7, 11] = np.nan, np.inf
    photo = numbered_photo()
    photo.valid[3, 3] = False
    pixels = set(make_cloud(photo, depth_map(meters)).pixels.tolist())
    kept = {(p % WIDTH, p // WIDTH) for p in pixels}
    assert not kept & {(5, y) for y in range(HEIGHT)}
    assert not kept & {(6, y) for y in range(HEIGHT)}
    assert not kept & {(0, 0), (11, 7), (3, 3)}
    assert not kept & {(10, 7), (11, 6)}  # beside the sky
    assert len(kept) == WIDTH * HEIGHT - 2 * HEIGHT - 5


def test_unreliable_points_can_be_left_out():
    depth = depth_map(2.0)
    depth.reliability[:, :4] = 0.2
    assert len(make_cloud(numbered_photo(), depth)) == WIDTH * HEIGHT
    assert len(make_cloud(numbered_photo(), depth, min_reliability=0.5)) == (WIDTH - 4) * HEIGHT


def test_cleaning_can_be_turned_off():
    meters = np.where(np.arange(WIDTH) < 6, 2.0, 4.0)
    assert len(small_cloud(meters)) == HEIGHT * (WIDTH - 2)
    assert len(small_cloud(meters, rtol=math.inf)) == HEIGHT * WIDTH


def test_choosing_points_keeps_what_belongs_together():
    cloud = small_cloud(np.linspace(2, 2.5, WIDTH))
    near = cloud[cloud.depth < 2.2]
    assert 0 < len(near) < len(cloud)
    assert near.depth.max() < 2.2
    photo = numbered_photo()
    np.testing.assert_array_equal(near.colors, photo.pixels[near.xy[:, 1], near.xy[:, 0]])


def test_the_nearest_point_to_a_pixel():
    meters = np.full((HEIGHT, WIDTH), 2.0)
    meters[:, 8:] = np.inf
    cloud = small_cloud(meters)
    assert cloud.xy[cloud.nearest(3.4, 5.2)].tolist() == [3, 5]
    assert cloud.xy[cloud.nearest(8, 5)].tolist() == [6, 5]  # column 7 is beside the sky and cleaned away
    assert cloud.nearest(11, 5) is None


def test_nothing_but_sky():
    with pytest.raises(InputError, match="no surface"):
        small_cloud(np.inf)


# --- normals and colours --------------------------------------------------------------------------------------------


def test_painted_normals_are_used_and_gaps_filled_from_depth():
    vectors = np.broadcast_to(np.array([0, 1, 0], np.float32), (HEIGHT, WIDTH, 3)).copy()
    vectors[4, 4] = np.nan
    normals = NormalMap(vectors, np.ones((HEIGHT, WIDTH), np.float32), np.zeros((2, 2, 3), np.uint8))
    cloud = small_cloud(normals=normals)
    directions = dict(zip(cloud.pixels.tolist(), cloud.normals.tolist(), strict=True))
    np.testing.assert_allclose(directions[0], [0, 1, 0])
    np.testing.assert_allclose(directions[4 * WIDTH + 4], [0, 0, 1], atol=1e-6)  # the flat wall faces the camera


def test_normals_are_always_unit_vectors(world):
    depth = DepthMap(world.depth, np.ones_like(world.depth), world.photo.pixels)
    cloud = make_cloud(world.photo, depth)
    np.testing.assert_allclose(np.linalg.norm(cloud.normals, axis=1), 1, atol=1e-5)
    agreement = (cloud.normals * world.normals.reshape(-1, 3)[cloud.pixels]).sum(axis=1)
    assert np.median(agreement) > 0.999


def segments() -> SegmentMap:
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    labels[2, 2] = 1
    legend = Legend((Entry("cup", Color(255, 128, 0)),))
    return SegmentMap(labels, legend, np.ones((HEIGHT, WIDTH), np.float32), np.zeros((2, 2, 3), np.uint8))


def test_colours_by_class():
    cloud = small_cloud(classes=segments(), color_by="classes")
    colors = dict(zip(cloud.pixels.tolist(), cloud.colors.tolist(), strict=True))
    assert colors[2 * WIDTH + 2] == [255, 128, 0]
    assert colors[0] == numbered_photo().pixels[0, 0].tolist()


def test_colours_by_reliability():
    depth = depth_map(2.0)
    depth.reliability[0, 0] = 0
    cloud = make_cloud(numbered_photo(), depth, color_by="reliability")
    assert cloud.colors[0].tolist() == [68, 1, 84]  # the ends of matplotlib's viridis
    assert cloud.colors[-1].tolist() == [253, 231, 37]


def test_colours_that_are_not_there():
    with pytest.raises(InputError, match="allowed are: photo, depth, normals, classes, reliability"):
        small_cloud(color_by="mood")
    for missing in ("normals", "classes"):
        with pytest.raises(InputError, match=f"ask for {missing} first"):
            small_cloud(color_by=missing)


def test_near_is_red_far_is_blue():
    meters = np.array([[1.0, 2.0, 50.0, np.inf, np.nan]])
    red, _, blue, sky, hole = depth_colors(meters)[0].astype(int)
    assert red[0] > red[2] + 50
    assert blue[2] > blue[1]
    assert sky.min() > 220
    assert hole.tolist() == [128] * 3


def test_depth_range_ignores_the_few_farthest():
    meters = np.full(1000, 3.0)
    meters[:10] = 400
    meters[10:20] = np.inf
    assert depth_range(meters) == (3.0, 3.0)
    assert depth_range(np.full(5, np.nan)) is None
    assert depth_colors(np.full((2, 2), 3.0)).shape == (2, 2, 3)  # no range at all is no division by zero


@pytest.mark.parametrize("ramp", ["turbo", "viridis", "magma"])
def test_ramp_colours_are_those_of_the_codec(ramp: str):
    values = np.append(np.linspace(-0.2, 1.2, 5001), np.nan)[None]
    off = ramp_colors(values, ramp).astype(int) - to_uint8(encode_ramp(values, ramp))
    assert np.abs(off).max() <= 1


def test_normal_colours():
    vectors = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [np.nan] * 3]])
    assert normal_colors(vectors)[0].tolist() == [[255, 128, 128], [128, 255, 128], [128, 128, 255], [128] * 3]


def test_class_colours_keep_the_background():
    background = np.full((HEIGHT, WIDTH, 3), 7, np.uint8)
    picture = class_colors(segments(), background)
    assert picture[2, 2].tolist() == [255, 128, 0]
    assert (picture != 7).any(axis=2).sum() == 1


# --- files ----------------------------------------------------------------------------------------------------------


def test_ply_comes_back(tmp_path: Path):
    import open3d as o3d

    cloud = small_cloud(np.linspace(2, 2.5, WIDTH))
    path = cloud.write_ply(tmp_path / "cloud.ply")
    header = path.read_bytes()[:400]
    assert b"property float x" in header
    assert b"property uchar red" in header
    read = o3d.io.read_point_cloud(str(path))
    np.testing.assert_allclose(np.asarray(read.points), cloud.points, atol=1e-6)
    np.testing.assert_allclose(np.asarray(read.colors) * 255, cloud.colors, atol=1e-6)
    np.testing.assert_allclose(np.asarray(read.normals), cloud.normals, atol=1e-6)


def test_to_open3d():
    cloud = small_cloud()
    converted = cloud.to_open3d()
    np.testing.assert_allclose(np.asarray(converted.points), cloud.points)
    np.testing.assert_allclose(np.asarray(converted.colors) * 255, cloud.colors)
    np.testing.assert_allclose(np.asarray(converted.normals), cloud.normals)


def test_files_that_cannot_be_written(tmp_path: Path, capfd):
    with pytest.raises(InputError, match="no folder"):
        small_cloud().write_ply(tmp_path / "none" / "cloud.ply")
    (tmp_path / "cloud.ply").mkdir()
    with pytest.raises(InputError, match="could not be written"):
        small_cloud().write_ply(tmp_path / "cloud.ply")
    assert capfd.readouterr().out == ""  # standard output is for results


def test_a_missing_open3d_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    load = builtins.__import__

    def refuse(name: str, *args: object, **kwargs: object) -> object:
        if name == "open3d":
            raise ImportError("libusb-1.0.so.0: cannot open shared object file")
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match=r"libusb-1\.0\.so\.0.*apt install libegl1 libgl1"):
        small_cloud().to_open3d()
