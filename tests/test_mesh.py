from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest

from vb_demo.answers import DepthMap
from vb_demo.cloud import Cloud, make_cloud
from vb_demo.errors import InputError
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.mesh import make_mesh

WIDTH, HEIGHT = 12, 8


def small_cloud(meters: object = 2.0, **options: object) -> Cloud:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.stack([x * 20, y * 30, x + y], axis=-1).astype(np.uint8)
    photo = Photo(pixels, np.ones((HEIGHT, WIDTH), bool), Camera(WIDTH, HEIGHT, 10.0, 10.0, 6.0, 4.0))
    grid = np.broadcast_to(np.asarray(meters, np.float32), (HEIGHT, WIDTH)).copy()
    return make_cloud(photo, DepthMap(grid, np.ones_like(grid), np.zeros((2, 2, 3), np.uint8)), **options)


def test_triangles_face_the_camera_and_stop_at_jumps():
    meters = np.where(np.arange(WIDTH) < 6, 2.0, 4.0)
    mesh = make_mesh(small_cloud(meters, rtol=math.inf))  # the edge's points are there, so that the mesh has to cut
    assert len(mesh) == 2 * (HEIGHT - 1) * (WIDTH - 2)
    a, b, c = (mesh.vertices.points[mesh.triangles[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    assert np.ptp(mesh.vertices.points[mesh.triangles][..., 2], axis=1).max() == 0


def test_a_thinned_out_mesh_has_no_gaps():
    assert len(make_mesh(small_cloud(max_points=30))) == 2 * (HEIGHT // 2 - 1) * (WIDTH // 2 - 1)


def test_points_without_a_triangle_are_left_out():
    cloud = small_cloud()
    lone = cloud[(cloud.xy[:, 0] < 3) | (cloud.pixels == cloud.pixels[-1])]
    mesh = make_mesh(lone)
    assert mesh.vertices.xy[:, 0].max() == 2
    assert set(mesh.triangles.ravel()) == set(range(len(mesh.vertices)))


def test_a_single_point_is_no_surface():
    with pytest.raises(InputError, match="no neighbouring points"):
        make_mesh(small_cloud()[:1])


def test_simplified_surfaces_stay_where_they_are():
    cloud = small_cloud()
    mesh = make_mesh(cloud)
    fewer = mesh.simplified(20)
    assert 2 <= len(fewer) <= 20
    np.testing.assert_allclose(fewer.vertices.points[:, 2], -2, atol=1e-4)
    np.testing.assert_allclose(fewer.vertices.points.min(axis=0), cloud.points.min(axis=0), atol=0.1)
    colors = {tuple(color) for color in cloud.colors.tolist()}
    assert {tuple(color) for color in fewer.vertices.colors.tolist()} <= colors  # none of them mixed
    assert mesh.simplified(10_000) is mesh


def test_glb_comes_back(tmp_path: Path):
    import open3d as o3d

    cloud = small_cloud()
    mesh = make_mesh(cloud)
    path = mesh.write_glb(tmp_path / "surface.glb")
    data = path.read_bytes()
    magic, version, length, json_length = struct.unpack("<4sIII", data[:16])
    assert (magic, version, length) == (b"glTF", 2, len(data))
    attributes = json.loads(data[20 : 20 + json_length])["meshes"][0]["primitives"][0]["attributes"]
    assert {"POSITION", "NORMAL", "COLOR_0"} <= set(attributes)
    read = o3d.io.read_triangle_mesh(str(path))
    assert len(read.triangles) == len(mesh)
    order = np.lexsort(np.asarray(read.vertices).round(4).T)
    expected = np.lexsort(cloud.points.round(4).T)
    np.testing.assert_allclose(np.asarray(read.vertices)[order], cloud.points[expected], atol=1e-5)
    linear = np.asarray(read.vertex_colors)[order]
    np.testing.assert_allclose(255 * linear ** (1 / 2.2), cloud.colors[expected], atol=10)  # sRGB is near gamma 2.2


def test_glb_is_read_alike_by_another_library(tmp_path: Path):
    import trimesh

    mesh = make_mesh(small_cloud())
    read = trimesh.load(mesh.write_glb(tmp_path / "surface.glb"), force="mesh", process=False)
    np.testing.assert_allclose(read.bounds, [mesh.vertices.points.min(axis=0), mesh.vertices.points.max(axis=0)])
    assert len(read.faces) == len(mesh)


def test_to_open3d():
    mesh = make_mesh(small_cloud())
    converted = mesh.to_open3d()
    np.testing.assert_array_equal(np.asarray(converted.triangles), mesh.triangles)
    np.testing.assert_allclose(np.asarray(converted.vertex_colors) * 255, mesh.vertices.colors)
    np.testing.assert_allclose(np.asarray(converted.vertex_normals), mesh.vertices.normals)
