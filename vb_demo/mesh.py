"""Surfaces: the points of a cloud joined by triangles, cut where the depth jumps, thinned out, and written as GLB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.cloud import Cloud, load_open3d, write_geometry
from vb_demo.errors import InputError
from vb_demo.geometry import JUMP


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh; its vertices know their colour, normal and pixel, as the points of a cloud do."""

    vertices: Cloud
    triangles: NDArray[np.int32]
    """(M, 3) indices into the vertices, counter-clockwise as seen from the camera."""

    def __len__(self) -> int:
        return len(self.triangles)

    def to_open3d(self) -> Any:
        """The same as an `open3d.geometry.TriangleMesh`, colours 0 to 1."""
        o3d = load_open3d()
        points = self.vertices.to_open3d()
        mesh = o3d.geometry.TriangleMesh(points.points, o3d.utility.Vector3iVector(self.triangles))
        mesh.vertex_colors, mesh.vertex_normals = points.colors, points.normals
        return mesh

    def simplified(self, max_triangles: int) -> Mesh:
        """About the same surface with at most so many triangles: large ones where it is flat (quadric error metrics).

        Vertices take the colour and normal of the nearest one before, since a mixture of class colours means nothing.
        """
        from scipy.spatial import KDTree

        if len(self) <= max_triangles:
            return self
        o3d = load_open3d()
        bare = o3d.geometry.TriangleMesh(self.to_open3d().vertices, o3d.utility.Vector3iVector(self.triangles))
        bare = bare.simplify_quadric_decimation(max_triangles)
        points = np.asarray(bare.vertices, np.float32)
        nearest = KDTree(self.vertices.points).query(points)[1]
        return Mesh(replace(self.vertices[nearest], points=points), np.asarray(bare.triangles, np.int32))

    def write_glb(self, path: str | Path) -> Path:
        """Write binary glTF 2.0 with vertex normals and colours. Raises InputError when the file cannot be written."""
        o3d = load_open3d()
        mesh = o3d.t.geometry.TriangleMesh(o3d.core.Tensor(self.vertices.points), o3d.core.Tensor(self.triangles))
        mesh.vertex.normals = o3d.core.Tensor(self.vertices.normals)
        # glTF 2.0 §3.7.2.1: vertex colours are linear light.
        mesh.vertex.colors = o3d.core.Tensor(_linear(self.vertices.colors))
        # The tensor writer: the legacy one's GLB has wrong bounds and is refused by assimp, so by Open3D itself.
        return write_geometry(o3d.t.io.write_triangle_mesh, path, mesh)


def make_mesh(cloud: Cloud, rtol: float = JUMP) -> Mesh:
    """Join neighbours on the cloud's grid where the depth does not jump between them.

    Args:
        cloud: its stride decides how fine the mesh is; points that end up in no triangle are left out.
        rtol: the largest relative step in depth within a triangle, at stride 1. It grows with the stride, as the steps
            of a slanted surface do.

    Raises:
        InputError: no two points are neighbours.
    """
    row, column = cloud.pixels // cloud.width // cloud.stride, cloud.pixels % cloud.width // cloud.stride
    index = np.full((row.max() + 1, column.max() + 1), -1, np.int32)
    index[row, column] = np.arange(len(cloud), dtype=np.int32)
    a, b, c, d = (corner.ravel() for corner in (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]))
    triangles = np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])
    triangles = triangles[(triangles >= 0).all(axis=1)]
    depth = cloud.depth[triangles]
    triangles = triangles[depth.max(axis=1) <= (1 + rtol * cloud.stride) * depth.min(axis=1)]
    if not len(triangles):
        raise InputError("There is no surface to join: no neighbouring points. Allow more points.")
    used, renumbered = np.unique(triangles, return_inverse=True)
    return Mesh(cloud[used], renumbered.reshape(-1, 3).astype(np.int32))


def _linear(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """sRGB → linear light in [0, 1] (IEC 61966-2-1)."""
    encoded = colors.astype(np.float32) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)
