"""A scene as files that explain themselves: units in their names, pictures to look at beside the numbers, result.json.

Raw numbers are float32 in .npz: `numpy.load("depth_m_float32.npz")["depth_m"]`, the key being the name up to the type;
reliability_float32.npz holds one array per answer.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict, fields, is_dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.answers import DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.cloud import named_classes
from vb_demo.errors import InputError
from vb_demo.scene import Reading, Scene
from vb_demo.views import depth_preview, draw_pins, meters_text, normals_preview, overlay

CONVENTIONS = {
    "pixels": "x counts columns from the left, y rows from the top, both from 0; arrays are indexed [y, x]",
    "depth_m_float32.npz": "metres along the camera's z axis, not along the ray; inf = sky, nan = no answer",
    "depth_mm_uint16.png": "whole millimetres of the same, 0 = sky or no answer, 65535 = 65.535 m or more; looks black",
    "nearness_float32.npz": "relative depth without a unit, affine in 1/metres: 1 = nearest, 0 = farthest",
    "normals_xyz_float32.npz": "unit vectors, +x right, +y up, +z towards the viewer; nan = no answer",
    "labels": "0 = background, i = the i-th entry of legend.json",
    "things": "0 = background, i = the i-th thing in things.json, largest first",
    "reliability_float32.npz": "one array per answer, 0 to 1, made from the painting alone; no probability",
    "cloud.ply": "metres, x right, y up, z backwards (OpenGL), the camera at the origin; sRGB colours",
    "distance": "straight line from the camera or between two points",
    "xyz": "points in readings: x right, y down, z forward (OpenCV), metres",
}
PACKAGES = ("numpy", "pillow", "scipy", "open3d-cpu", "open3d", "torch", "diffusers", "transformers")


def export(scene: Scene, folder: str | Path, pins: Sequence[tuple[float, float]] = ()) -> dict[str, Path]:
    """Write all that is known about a scene; the folder is made if needed, files of the same names are replaced.

    Args:
        pins: pixels (x, y) to read; they are drawn on photo_pins.png, joined in their order where both have metres.

    Returns:
        Name → path of every file written, result.json last.

    Raises:
        InputError: the folder cannot be written to, or a pin lies outside the photo.
    """
    folder = Path(folder)
    readings = [scene.reading(x, y) for x, y in pins]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write_all(scene, folder, readings)
    except OSError as error:
        raise InputError(f"The folder {str(folder)!r} cannot be written to ({error.strerror or error}).") from error


def zip_folder(folder: str | Path) -> Path:
    """Pack the files of a folder into `folder`.zip beside it. Raises InputError when there is no such folder."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder {str(folder)!r} to pack.")
    return Path(shutil.make_archive(str(folder), "zip", folder))


# --- files ----------------------------------------------------------------------------------------------------------


def _write_all(scene: Scene, folder: Path, readings: Sequence[Reading]) -> dict[str, Path]:
    files = Files(folder)
    files.image("photo", scene.photo.pil)
    if not scene.photo.valid.all():
        files.image("photo_valid", Image.fromarray(scene.photo.valid))
    for name, answer in scene.answers.items():
        files.image(f"painting_{name}", Image.fromarray(answer.painting))
    if scene.answers:
        files.arrays("reliability_float32", {name: answer.reliability for name, answer in scene.answers.items()})
    notes = []
    if isinstance(scene.depth, DepthMap):
        _write_depth(files, scene.depth)
        try:
            files.add("cloud.ply", scene.point_cloud().write_ply(folder / "cloud.ply"))
        except InputError as error:  # no Open3D, or nothing but sky: everything else is still worth having
            notes.append(f"cloud.ply was not written. {error}")
    elif isinstance(scene.depth, RelativeDepthMap):
        files.arrays("nearness_float32", {"nearness": scene.depth.nearness})
        files.image("depth_preview", depth_preview(scene.depth))
        notes.append("The depth is relative: nothing here is in metres until its scale is set.")
    if scene.normals is not None:
        _write_normals(files, scene.normals)
    if scene.segments is not None:
        _write_classes(files, scene, scene.segments, "labels", "legend", "segments_overlay")
    if scene.instances is not None:
        _write_classes(files, scene, scene.instances, "things", "things", "instances_overlay")
    lengths = _lengths(scene, readings)
    if readings:
        lines = [(i, i + 1, meters_text(length["value"])) for i, length in enumerate(lengths) if length]
        files.image("photo_pins", draw_pins(scene.photo.pil, [(r.x, r.y) for r in readings], lines))
    files.json("result", _result(scene, readings, lengths, notes, list(files.paths)))
    return files.paths


class Files:
    """Writes into one folder and keeps the list."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: dict[str, Path] = {}

    def add(self, name: str, path: Path) -> None:
        self.paths[name] = path

    def image(self, stem: str, image: Image.Image) -> None:
        path = self.folder / f"{stem}.png"
        image.save(path)
        self.add(path.name, path)

    def arrays(self, stem: str, arrays: dict[str, NDArray[Any]]) -> None:
        path = self.folder / f"{stem}.npz"
        np.savez_compressed(path, allow_pickle=False, **arrays)
        self.add(path.name, path)

    def json(self, stem: str, content: Any) -> None:
        path = self.folder / f"{stem}.json"
        path.write_text(json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
        self.add(path.name, path)


def depth_to_millimeters(meters: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Metres (H, W) → whole millimetres from 1 to 65535, beyond which they are clipped; 0 = sky or no answer."""
    known = np.isfinite(meters)
    millimeters = np.where(known, meters, 0) * 1000.0
    return np.where(known, millimeters.round().clip(1, 65535), 0).astype(np.uint16)


def _write_depth(files: Files, depth: DepthMap) -> None:
    files.arrays("depth_m_float32", {"depth_m": depth.meters})
    files.image("depth_mm_uint16", Image.fromarray(depth_to_millimeters(depth.meters)))
    files.image("depth_preview", depth_preview(depth))


def _write_normals(files: Files, normals: NormalMap) -> None:
    files.arrays("normals_xyz_float32", {"normals_xyz": normals.vectors})
    files.image("normals_preview", normals_preview(normals))


def _write_classes(
    files: Files, scene: Scene, classes: SegmentMap | InstanceMap, stem: str, legend: str, picture: str
) -> None:
    named = named_classes(classes)
    kind = np.uint8 if len(named) < 256 else np.uint16
    files.image(f"{stem}_{np.dtype(kind).name}", Image.fromarray(classes.labels.astype(kind)))
    entries = [{"label": i, "name": name, "color": color.hex} for i, (name, color) in enumerate(named, start=1)]
    background = classes.legend.background_color.hex if isinstance(classes, SegmentMap) else None
    files.json(legend, {"background": {"label": 0, "color": background}, "entries": entries})
    files.image(picture, overlay(scene.photo, classes))


# --- result.json ----------------------------------------------------------------------------------------------------


def _lengths(scene: Scene, readings: Sequence[Reading]) -> list[dict[str, Any] | None]:
    """The distance from each pin to the next, `None` where one of the two has no metres."""
    return [
        {"from": [p.x, p.y], "to": [q.x, q.y], **asdict(scene.distance_between((p.x, p.y), (q.x, q.y)))}
        if p.depth_m is not None and q.depth_m is not None
        else None
        for p, q in pairwise(readings)
    ]


def _result(
    scene: Scene,
    readings: Sequence[Reading],
    lengths: Sequence[dict[str, Any] | None],
    notes: list[str],
    written: list[str],
) -> dict[str, Any]:
    answers = {
        name: {
            **asdict(answer.provenance),
            "painting_size_px": [answer.painting.shape[1], answer.painting.shape[0]],
            "mean_reliability": float(np.mean(answer.reliability)),
        }
        for name, answer in scene.answers.items()
    }
    return {
        "photo": {"name": scene.photo.name, "size_px": list(scene.photo.size)},
        "unit": "metre" if isinstance(scene.depth, DepthMap) else None,
        "camera": scene.photo.camera.as_dict(),
        "answers": answers,
        "legend": scene.segments.legend.write("json") if scene.segments is not None else None,
        "readings": readings,
        "distances": lengths,
        "objects": scene.objects(),
        "conventions": {name: text for name, text in CONVENTIONS.items() if "." not in name or name in written},
        "files": written,
        "notes": notes,
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    import vb_demo

    versions = {"vb_demo": vb_demo.__version__}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _plain(value: Any) -> Any:
    """Whatever a result holds → what JSON knows; numbers that are not finite become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value
