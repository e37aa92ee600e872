"""A result turned around in Open3D's own window: cloud or surface, the camera that took the photo, and the pins."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from vb_demo.cloud import OPENGL, load_open3d
from vb_demo.errors import InputError

CLOUD, SURFACE, RESULT, PINS = "cloud.ply", "surface.glb", "result.json", "pins.csv"
PIN_RGB = (0.85, 0.11, 0.38)
PIN_SIZE = 0.01
"""Radius of a pin, and size of the camera, times five, as a share of the cloud's extent."""


def load_geometries(place: str | Path, *, surface: bool = False) -> list[Any]:
    """What there is to see, the cloud or the surface first.

    Args:
        place: a folder that `vb_demo.export` wrote, or a PLY or GLB file alone.
        surface: show the folder's surface.glb instead of its cloud.ply.

    Raises:
        InputError: there is no such file, or it holds no points.
    """
    place = Path(place)
    file = place / (SURFACE if surface else CLOUD) if place.is_dir() or not place.suffix else place
    if not file.is_file():
        raise InputError(f"There is no {file}; `ask PHOTO --task depth --out {file.parent}` writes one.")
    o3d = load_open3d()
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        if file.suffix == ".glb":
            seen = o3d.io.read_triangle_mesh(str(file))
            # glTF stores linear light; the window shows numbers as they are, so near sRGB is a power of 1/2.2.
            seen.vertex_colors = o3d.utility.Vector3dVector(np.asarray(seen.vertex_colors) ** (1 / 2.2))
        else:
            seen = o3d.io.read_point_cloud(str(file))
    if seen.is_empty():
        raise InputError(f"{file} holds no points; it is damaged, or no PLY or GLB file.")
    size = PIN_SIZE * float(np.median(np.linalg.norm(_points(seen), axis=1)))
    result, pins = (file.parent / name if place.is_dir() else None for name in (RESULT, PINS))
    return [seen, *_camera(o3d, result, 5 * size), *_pins(o3d, pins, size)]


def show(geometries: list[Any], title: str) -> None:
    """Open a window, first from where the photo was taken, until it is closed. Raises InputError without a display."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise InputError(
            "There is no display for a window here; copy the folder to a computer that has one, or use the app."
        )
    o3d = load_open3d()
    middle = np.median(_points(geometries[0]), axis=0)
    o3d.visualization.draw_geometries(
        geometries, window_name=title, lookat=middle, front=(0, 0, 1), up=(0, 1, 0), zoom=0.4
    )


def _points(geometry: Any) -> Any:
    return np.asarray(geometry.points if hasattr(geometry, "points") else geometry.vertices)


def _camera(o3d: Any, result: Path | None, size: float) -> list[Any]:
    """The pyramid that the photo's camera sees, as lines."""
    if result is None or not result.is_file():
        return []
    camera = json.loads(result.read_text("utf-8"))["camera"]
    intrinsic = np.array([[camera["fx"], 0, camera["cx"]], [0, camera["fy"], camera["cy"]], [0, 0, 1]])
    pose = np.diag([*OPENGL, 1]).astype(np.float64)
    return [o3d.geometry.LineSet.create_camera_visualization(camera["width"], camera["height"], intrinsic, pose, size)]


def _pins(o3d: Any, table: Path | None, radius: float) -> list[Any]:
    """A ball at each pin that has a place in space."""
    if table is None or not table.is_file():
        return []
    balls = []
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["x_m"]:
                place = np.array([row["x_m"], row["y_m"], row["z_m"]], float) * OPENGL
                ball = o3d.geometry.TriangleMesh.create_sphere(radius).translate(place)
                balls.append(ball.paint_uniform_color(PIN_RGB))
    return balls
