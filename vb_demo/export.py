"""A scene as files that explain themselves: units in their names, pictures to look at beside the numbers, result.json.

Raw numbers are float32 in .npz: `numpy.load("depth_m_float32.npz")["depth_m"]`, the key being the name up to the type;
reliability_float32.npz holds one array per answer. What carries data has the photo's size, or the painting's; pictures
that are only to look at are at most `PREVIEW_SIDE` wide and high.
"""

from __future__ import annotations

import csv
import json
import math
import re
import zipfile
import zlib
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import asdict, fields, is_dataclass, replace
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.answers import Answer, DepthMap, InstanceMap, RelativeDepthMap, SegmentMap
from vb_demo.cloud import named_classes
from vb_demo.codecs.normals import AXES
from vb_demo.errors import InputError
from vb_demo.flow import on_grid
from vb_demo.images import Photo
from vb_demo.mesh import make_mesh
from vb_demo.recipe import recipe_of
from vb_demo.scene import Reading, Scene
from vb_demo.views import depth_preview, draw_pins, meters_text, normals_preview, overlay

PREVIEW_SIDE = 2048
"""Pixels of the longer side of a picture that is only to look at."""
CONVENTIONS = {
    "pixels": "x counts columns from the left, y rows from the top, both from 0; arrays are indexed [y, x]",
    "depth_m_float32.npz": "metres along the camera's z axis, not along the ray; inf = sky, nan = no answer",
    "depth_mm_uint16.png": "whole millimetres of the same, 0 = sky or no answer, 65535 = 65.535 m or more; looks black",
    "nearness_float32.npz": "relative depth without a unit, affine in 1/metres: 1 = nearest, 0 = farthest",
    "labels": "0 = background, i = the i-th entry of legend.json",
    "things": "0 = background, i = the i-th thing in things.json, largest first",
    "reliability_float32.npz": "one array per answer, 0 to 1, made from the painting alone; no probability",
    "masks": "one bit a pixel, named answer_label_name.png; masks_coco_rle.json holds the same, an annotation each",
    "cloud.ply": "metres, x right, y up, z backwards (OpenGL), the camera at the origin; sRGB colours",
    "surface.glb": "as cloud.ply, joined by triangles and cut where depth jumps; its colours are linear light (glTF)",
    "pins.csv": "a row a pin, columns as in the readings of result.json",
    "recipe.json": "what to ask and how, to repeat the run: vb_demo.recipe",
    "distance": "straight line from the camera or between two points",
    "xyz": "points in readings: x right, y down, z forward (OpenCV), metres",
}
PACKAGES = ("numpy", "pillow", "scipy", "open3d-cpu", "open3d", "torch", "diffusers", "transformers")


def export(
    scene: Scene, folder: str | Path, pins: Sequence[tuple[float, float]] = (), *, axes: str = "opengl"
) -> dict[str, Path]:
    """Write all that is known about a scene; the folder is made if needed, files of the same names are replaced.

    Args:
        pins: pixels (x, y) to read; they are drawn on photo_pins.png, joined in their order where both have metres.
        axes: the signs of the normals in normals_xyz_float32.npz, a name from `vb_demo.codecs.normals.AXES`.

    Returns:
        Name → path of every file written, result.json last. Names of masks begin with their folder, "masks/".

    Raises:
        InputError: the folder cannot be written to, the axes are unknown, or a pin lies outside the photo.
    """
    if axes not in AXES:
        raise InputError(f"Normals cannot be written in {axes!r}; allowed are: {', '.join(AXES)}.")
    folder = Path(folder)
    readings = [scene.reading(x, y) for x, y in pins]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor() as pool:
            files = Files(folder, pool)
            _write_all(files, scene, readings, axes)
            files.wait()
        return files.paths
    except OSError as error:
        raise InputError(f"The folder {str(folder)!r} cannot be written to ({error.strerror or error}).") from error


def zip_folder(folder: str | Path) -> Path:
    """Pack the files of a folder into `folder`.zip beside it. Raises InputError when there is no such folder."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder {str(folder)!r} to pack.")
    packed = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            # PNG and NPZ are deflated inside; to do it again takes seconds and gains nothing.
            method = zipfile.ZIP_STORED if path.suffix in (".png", ".npz") else zipfile.ZIP_DEFLATED
            archive.write(path, path.relative_to(folder), method, compresslevel=1)
    return packed


# --- files ----------------------------------------------------------------------------------------------------------


def _write_all(files: Files, scene: Scene, readings: Sequence[Reading], axes: str) -> None:
    small = _shrunk(scene)
    files.image("photo", scene.photo.pil)
    if not scene.photo.valid.all():
        files.image("photo_valid", Image.fromarray(scene.photo.valid))
    for name, answer in scene.answers.items():
        files.image(f"painting_{name}", Image.fromarray(answer.painting))
    if scene.answers:
        files.arrays("reliability_float32", {name: answer.reliability for name, answer in scene.answers.items()})
    notes = []
    if isinstance(scene.depth, DepthMap):
        files.arrays("depth_m_float32", {"depth_m": scene.depth.meters})
        files.image("depth_mm_uint16", Image.fromarray(depth_to_millimeters(scene.depth.meters)))
        if scene.depth.stretched:
            notes.append(f"The metres are those of painting_depth.png, {scene.depth.stretched}.")
        notes += _write_space(files, scene)
    elif isinstance(scene.depth, RelativeDepthMap):
        files.arrays("nearness_float32", {"nearness": scene.depth.nearness})
        notes.append("The depth is relative: nothing here is in metres until its scale is set.")
    if small.depth is not None:
        files.image("depth_preview", depth_preview(small.depth))
    if scene.normals is not None and small.normals is not None:
        signs = np.array(AXES[axes], np.float32)
        files.arrays("normals_xyz_float32", {"normals_xyz": signs * scene.normals.vectors})
        files.image("normals_preview", normals_preview(small.normals))
    if scene.segments is not None and small.segments is not None:
        _write_classes(files, scene.segments, "labels", "legend")
        files.image("segments_overlay", overlay(small.photo, small.segments))
    if scene.instances is not None and small.instances is not None:
        _write_classes(files, scene.instances, "things", "things")
        files.image("instances_overlay", overlay(small.photo, small.instances))
    _write_masks(files, scene)
    lengths = _lengths(scene, readings)
    if readings:
        lines = [(i, i + 1, meters_text(length["value"])) for i, length in enumerate(lengths) if length]
        scale = small.photo.width / scene.photo.width
        files.image("photo_pins", draw_pins(small.photo.pil, [(r.x * scale, r.y * scale) for r in readings], lines))
        files.table("pins", [_pin_row(number, reading) for number, reading in enumerate(readings, start=1)])
    files.json("recipe", recipe_of(scene, [(r.x, r.y) for r in readings]).model_dump(exclude_none=True))
    files.json("result", _result(scene, readings, lengths, notes, list(files.paths), axes))


class Files:
    """Writes into one folder and keeps the list; packing is left to other threads, since zlib lets them run."""

    def __init__(self, folder: Path, pool: Executor) -> None:
        self.folder = folder
        self.paths: dict[str, Path] = {}
        self._pool = pool
        self._jobs: list[Future[None]] = []

    def wait(self) -> None:
        """Until all is written. Raises the first OSError of a thread."""
        for job in self._jobs:
            job.result()

    def add(self, name: str, path: Path) -> None:
        self.paths[name] = path

    def image(self, stem: str, image: Image.Image) -> None:
        path = self.folder / f"{stem}.png"
        path.parent.mkdir(exist_ok=True)
        # Run lengths alone pack photos and flat colours as small as Pillow's default does, four times as fast.
        job = self._pool.submit(image.save, path, None, compress_level=1, compress_type=zlib.Z_RLE)
        self._jobs.append(job)
        self.add(f"{stem}.png", path)

    def arrays(self, stem: str, arrays: dict[str, NDArray[Any]]) -> None:
        path = self.folder / f"{stem}.npz"
        self._jobs.append(self._pool.submit(np.savez_compressed, path, allow_pickle=False, **arrays))
        self.add(path.name, path)

    def table(self, stem: str, rows: Sequence[dict[str, Any]]) -> None:
        path = self.folder / f"{stem}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        self.add(path.name, path)

    def json(self, stem: str, content: Any) -> None:
        path = self.folder / f"{stem}.json"
        path.write_text(json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
        self.add(path.name, path)


def depth_to_millimeters(meters: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Metres (H, W) → whole millimetres from 1 to 65535, beyond which they are clipped; 0 = sky or no answer."""
    known = np.isfinite(meters)
    millimeters = np.where(known, meters, 0) * 1000.0
    return np.where(known, millimeters.round().clip(1, 65535), 0).astype(np.uint16)


def _shrunk(scene: Scene) -> Scene:
    """The scene at most `PREVIEW_SIDE` wide and high, to draw what is only to look at."""
    scale = PREVIEW_SIDE / max(scene.photo.size)
    if scale >= 1:
        return scene
    photo = scene.photo
    size = (round(photo.width * scale), round(photo.height * scale))
    pixels = np.asarray(photo.pil.resize(size, Image.Resampling.LANCZOS, reducing_gap=2))
    answers: dict[str, Any] = {name: _on_grid(answer, size) for name, answer in scene.answers.items()}
    return Scene(Photo(pixels, on_grid(photo.valid, size), photo.camera.scaled(*size), photo.name), **answers)


def _on_grid(answer: Answer, size: tuple[int, int]) -> Answer:
    """An answer with all its arrays but the painting brought to (width, height)."""
    values = {item.name: getattr(answer, item.name) for item in fields(answer) if item.name != "painting"}
    arrays: dict[str, Any] = {
        name: on_grid(value, size) for name, value in values.items() if isinstance(value, np.ndarray)
    }
    return replace(answer, **arrays)


def _write_space(files: Files, scene: Scene) -> list[str]:
    """Cloud and surface; returns a note on each that could not be written."""
    notes = []
    for name, write in (
        ("cloud.ply", lambda cloud, path: cloud.write_ply(path)),
        ("surface.glb", lambda cloud, path: make_mesh(cloud).write_glb(path)),
    ):
        try:
            files.add(name, write(scene.point_cloud(), files.folder / name))
        except InputError as error:  # no Open3D, or nothing but sky: everything else is still worth having
            notes.append(f"{name} was not written. {error}")
    return notes


def _write_classes(files: Files, classes: SegmentMap | InstanceMap, stem: str, legend: str) -> None:
    named = named_classes(classes)
    kind = np.uint8 if len(named) < 256 else np.uint16
    files.image(f"{stem}_{np.dtype(kind).name}", Image.fromarray(classes.labels.astype(kind)))
    entries = [{"label": i, "name": name, "color": color.hex} for i, (name, color) in enumerate(named, start=1)]
    background = classes.legend.background_color.hex if isinstance(classes, SegmentMap) else None
    files.json(legend, {"background": {"label": 0, "color": background}, "entries": entries})


def _write_masks(files: Files, scene: Scene) -> None:
    """A picture for each class and thing that is there, and all of them in COCO's format."""
    from pycocotools import mask as coco

    annotations: list[dict[str, Any]] = []
    categories: dict[str, int] = {}
    for answer, classes in (("segments", scene.segments), ("instances", scene.instances)):
        if classes is None:
            continue
        present = np.bincount(classes.labels.ravel())
        for label, (name, _) in enumerate(named_classes(classes), start=1):
            if label >= len(present) or not present[label]:
                continue
            mask = classes.labels == label
            files.image(f"masks/{answer}_{label}_{_slug(name)}", Image.fromarray(mask))
            runs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
            category = classes.of if isinstance(classes, InstanceMap) else name
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": 1,
                    "category_id": categories.setdefault(category, len(categories) + 1),
                    "answer": answer,
                    "label": label,
                    "segmentation": {"size": runs["size"], "counts": runs["counts"].decode("ascii")},
                    "area": int(present[label]),
                    "bbox": coco.toBbox(runs).tolist(),
                    "iscrowd": 0,
                }
            )
    if annotations:
        width, height = scene.photo.size
        image = {"id": 1, "file_name": "photo.png", "width": width, "height": height}
        named = [{"id": number, "name": name} for name, number in categories.items()]
        files.json("masks_coco_rle", {"images": [image], "categories": named, "annotations": annotations})


def _slug(name: str) -> str:
    """A name as part of a file name: letters, digits and "_" only, at most 40 of them."""
    return re.sub(r"\W+", "_", name).strip("_")[:40] or "unnamed"


def _pin_row(number: int, reading: Reading) -> dict[str, Any]:
    """A reading as one line of a table; empty cells where nothing is known."""
    x_y_z = zip(("x_m", "y_m", "z_m"), reading.xyz or [None] * 3, strict=True)
    normal = zip(("normal_x", "normal_y", "normal_z"), reading.direction or [None] * 3, strict=True)
    names = ("nearness", "facing", "label", "thing", "reliability", "note")
    return {
        "pin": number,
        **{name: getattr(reading, name) for name in ("x", "y", "depth_m", "spread_m", "votes_spread_m", "distance_m")},
        **dict(x_y_z),
        **dict(normal),
        **{name: getattr(reading, name) for name in names},
    }


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
    axes: str,
) -> dict[str, Any]:
    normals = f"unit vectors ({axes}): {describe_axes(axes)}; nan = no answer"
    conventions = CONVENTIONS | {"normals_xyz_float32.npz": normals}
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
        "calibration": scene.depth.calibration if isinstance(scene.depth, DepthMap) else None,
        "conventions": {name: text for name, text in conventions.items() if "." not in name or name in written},
        "files": written,
        "notes": notes,
        "versions": _versions(),
    }


def describe_axes(axes: str) -> str:
    """What a name from `AXES` means, for people: "+x right, +y down, +z away from the viewer"."""
    ways = (("left", "right"), ("down", "up"), ("away from the viewer", "towards the viewer"))
    return ", ".join(f"+{axis} {way[sign > 0]}" for axis, way, sign in zip("xyz", ways, AXES[axes], strict=True))


def _versions() -> dict[str, str]:
    import vb_demo

    versions = {"vb_demo": vb_demo.__version__}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def plain(value: Any) -> Any:
    """Whatever a result holds → what JSON knows; numbers that are not finite become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value
