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
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
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
from vb_demo.recipe import SLOTS, recipe_of
from vb_demo.scene import Reading, Scene
from vb_demo.views import depth_preview, draw_pins, meters_text, normals_preview, overlay

PREVIEW_SIDE = 2048
"""Pixels of the longer side of a picture that is only to look at."""
CONVENTIONS = {
    "photo_valid.png": "black where the photo is transparent: nothing was answered there, labels are 0",
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


IN_SPACE = ("cloud.ply", "surface.glb")
OWN = (
    "photo.png",
    "photo_valid.png",
    "photo_pins.png",
    *(f"painting_{slot}.png" for slot in SLOTS.values()),
    "reliability_float32.npz",
    "depth_m_float32.npz",
    "depth_mm_uint16.png",
    "nearness_float32.npz",
    "depth_preview.png",
    *IN_SPACE,
    "normals_xyz_float32.npz",
    "normals_preview.png",
    *(f"{stem}_uint{bits}.png" for stem in ("labels", "things") for bits in (8, 16)),
    "legend.json",
    "things.json",
    "segments_overlay.png",
    "instances_overlay.png",
    "masks/segments_[0-9]*_*.png",
    "masks/instances_[0-9]*_*.png",
    "masks_coco_rle.json",
    "pins.csv",
    "recipe.json",
    "result.json",
)
"""Patterns of all names that `export` writes, by which it knows what it wrote into a folder before."""
Write = Callable[[Path], object]
"""Writes one file to the path that it is given."""


def export(
    scene: Scene, folder: str | Path, pins: Sequence[tuple[float, float]] = (), *, axes: str = "opengl"
) -> dict[str, Path]:
    """Write all that is known about a scene; the folder is made if needed, what an earlier export left in it goes.

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
    lengths = _lengths(scene, readings)
    try:
        _remove_own(folder)
        written, notes = _written(_files(scene, _shrunk(scene), readings, lengths, axes), folder)
        result = _result(scene, readings, lengths, _notes(scene.depth) + notes, list(written), axes)
        written["result.json"] = folder / "result.json"
        _write_json(result, written["result.json"])
        return written
    except OSError as error:
        raise InputError(f"The folder {str(folder)!r} cannot be written to ({error.strerror or error}).") from error


def file_names(scene: Scene, pins: Sequence[tuple[float, float]] = ()) -> list[str]:
    """The names that `export` would write, known at once.

    Only a cloud and a surface may be promised in vain: where Open3D does not work, or all that is not sky is an edge.
    Raises InputError when a pin lies outside the photo.
    """
    readings = [scene.reading(x, y) for x, y in pins]
    names = [*_files(scene, scene, readings, [], "opengl"), "result.json"]
    only_sky = isinstance(scene.depth, DepthMap) and not np.isfinite(scene.depth.meters).any()
    return [name for name in names if not (only_sky and name in IN_SPACE)]


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


def _files(
    scene: Scene,
    small: Scene,
    readings: Sequence[Reading],
    lengths: Sequence[dict[str, Any] | None],
    axes: str,
) -> dict[str, Write]:
    """Name → how that file is written, of all but result.json; what takes long is left to the writing.

    Args:
        small: the same scene, for the pictures that are only to look at.
    """
    files = {"photo.png": _image(lambda: scene.photo.pil)}
    if not scene.photo.valid.all():
        files["photo_valid.png"] = _image(Image.fromarray, scene.photo.valid)
    for name, answer in scene.answers.items():
        files[f"painting_{name}.png"] = _image(Image.fromarray, answer.painting)
    if scene.answers:
        reliability = {name: answer.reliability for name, answer in scene.answers.items()}
        files["reliability_float32.npz"] = _arrays(lambda: reliability)
    if isinstance(depth := scene.depth, DepthMap):
        meters = depth.meters
        files["depth_m_float32.npz"] = _arrays(lambda: {"depth_m": meters})
        files["depth_mm_uint16.png"] = _image(lambda: Image.fromarray(depth_to_millimeters(meters)))
        files["cloud.ply"] = lambda path: scene.point_cloud().write_ply(path)
        files["surface.glb"] = lambda path: make_mesh(scene.point_cloud()).write_glb(path)
    elif isinstance(depth, RelativeDepthMap):
        nearness = depth.nearness
        files["nearness_float32.npz"] = _arrays(lambda: {"nearness": nearness})
    if (shown_depth := small.depth) is not None:
        files["depth_preview.png"] = _image(depth_preview, shown_depth)
    if (normals := scene.normals) is not None and (shown_normals := small.normals) is not None:
        signs = np.array(AXES[axes], np.float32)
        files["normals_xyz_float32.npz"] = _arrays(lambda: {"normals_xyz": signs * normals.vectors})
        files["normals_preview.png"] = _image(normals_preview, shown_normals)
    for kind, stem, legend in (("segments", "labels", "legend"), ("instances", "things", "things")):
        classes, shown = scene.answers.get(kind), small.answers.get(kind)
        if isinstance(classes, SegmentMap | InstanceMap) and isinstance(shown, SegmentMap | InstanceMap):
            labels = classes.labels.astype(np.uint8 if len(named_classes(classes)) < 256 else np.uint16)
            files[f"{stem}_{labels.dtype}.png"] = _image(Image.fromarray, labels)
            files[f"{legend}.json"] = _json(_entries, classes)
            files[f"{kind}_overlay.png"] = _image(overlay, small.photo, shown)
    if masks := _masks(scene):
        files |= {mask.file: _image(mask.draw) for mask in masks}
        files["masks_coco_rle.json"] = _json(_in_coco_format, scene.photo.size, masks)
    if readings:
        files["photo_pins.png"] = _image(_photo_with_pins, small.photo, scene.photo, readings, lengths)
        rows = [_pin_row(number, reading) for number, reading in enumerate(readings, start=1)]
        files["pins.csv"] = lambda path: _write_table(rows, path)
    pins = [(reading.x, reading.y) for reading in readings]
    files["recipe.json"] = _json(lambda: recipe_of(scene, pins).model_dump(exclude_none=True))
    return files


def _remove_own(folder: Path) -> None:
    """Remove what an earlier export wrote, which may be about another photo. Raises OSError."""
    if not (folder / "result.json").exists():  # whatever has such names here is somebody else's
        return
    for pattern in OWN:
        for path in folder.glob(pattern):
            path.unlink()
    masks = folder / "masks"
    if masks.is_dir() and not any(masks.iterdir()):
        masks.rmdir()


def _written(files: dict[str, Write], folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Write files, side by side since packing lets other threads run. Returns those there are, and why others are not.

    Raises OSError.
    """
    paths = {name: folder / name for name in files}
    for parent in {path.parent for path in paths.values()}:
        parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        jobs = {name: pool.submit(write, paths[name]) for name, write in files.items()}
    notes = []
    for name, job in jobs.items():
        if isinstance(error := job.exception(), InputError):  # no Open3D, or nothing but sky: the rest is worth having
            notes.append(f"{name} was not written. {error}")
            del paths[name]
        elif error:
            raise error
    return paths, notes


def _image(draw: Callable[..., Image.Image], *of: Any) -> Write:
    # Run lengths alone pack photos and flat colours as small as Pillow's default does, four times as fast.
    return lambda path: draw(*of).save(path, compress_level=1, compress_type=zlib.Z_RLE)


def _arrays(make: Callable[[], dict[str, NDArray[Any]]]) -> Write:
    return lambda path: np.savez_compressed(path, allow_pickle=False, **make())


def _json(make: Callable[..., Any], *of: Any) -> Write:
    return lambda path: _write_json(make(*of), path)


def _write_json(content: Any, path: Path) -> None:
    path.write_text(json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")


def _write_table(rows: Sequence[dict[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


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


def _entries(classes: SegmentMap | InstanceMap) -> dict[str, Any]:
    """What the numbers of a label map mean."""
    named = enumerate(named_classes(classes), start=1)
    background = classes.legend.background_color.hex if isinstance(classes, SegmentMap) else None
    return {
        "background": {"label": 0, "color": background},
        "entries": [{"label": label, "name": name, "color": color.hex} for label, (name, color) in named],
    }


def _photo_with_pins(
    photo: Photo, original: Photo, readings: Sequence[Reading], lengths: Sequence[dict[str, Any] | None]
) -> Image.Image:
    """Pins and the distances from each to the next, on a photo that may be smaller than the one they are about."""
    scale = photo.width / original.width
    lines = [(i, i + 1, meters_text(length["value"])) for i, length in enumerate(lengths) if length]
    return draw_pins(photo.pil, [(each.x * scale, each.y * scale) for each in readings], lines)


@dataclass(frozen=True, eq=False)
class Mask:
    """Where one class or thing is."""

    answer: str
    """"segments" or "instances"."""
    label: int
    name: str
    """Of the class, or of the thing: "ball 2"."""
    category: str
    """Of the class."""
    labels: NDArray[np.integer]

    @property
    def file(self) -> str:
        return f"masks/{self.answer}_{self.label}_{_slug(self.name)}.png"

    @property
    def pixels(self) -> NDArray[np.bool_]:
        return self.labels == self.label

    def draw(self) -> Image.Image:
        return Image.fromarray(self.pixels)


def _masks(scene: Scene) -> list[Mask]:
    """A mask for each class and thing that is there."""
    masks = []
    for answer, classes in (("segments", scene.segments), ("instances", scene.instances)):
        if classes is None:
            continue
        named = named_classes(classes)
        present = np.bincount(classes.labels.ravel(), minlength=len(named) + 1)
        for label, (name, _) in enumerate(named, start=1):
            if present[label]:
                category = classes.of if isinstance(classes, InstanceMap) else name
                masks.append(Mask(answer, label, name, category, classes.labels))
    return masks


def _in_coco_format(size: tuple[int, int], masks: Sequence[Mask]) -> dict[str, Any]:
    """Masks as COCO's annotations, run lengths packed into text."""
    from pycocotools import mask as coco

    annotations: list[dict[str, Any]] = []
    categories: dict[str, int] = {}
    for number, mask in enumerate(masks, start=1):
        runs = coco.encode(np.asfortranarray(mask.pixels.astype(np.uint8)))
        annotations.append(
            {
                "id": number,
                "image_id": 1,
                "category_id": categories.setdefault(mask.category, len(categories) + 1),
                "answer": mask.answer,
                "label": mask.label,
                "segmentation": {"size": runs["size"], "counts": runs["counts"].decode("ascii")},
                "area": int(coco.area(runs)),
                "bbox": coco.toBbox(runs).tolist(),
                "iscrowd": 0,
            }
        )
    width, height = size
    return {
        "images": [{"id": 1, "file_name": "photo.png", "width": width, "height": height}],
        "categories": [{"id": number, "name": name} for name, number in categories.items()],
        "annotations": annotations,
    }


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


def _notes(depth: DepthMap | RelativeDepthMap | None) -> list[str]:
    """What has to be known about the numbers of a depth."""
    if isinstance(depth, RelativeDepthMap):
        return ["The depth is relative: nothing here is in metres until its scale is set."]
    if depth is not None and depth.stretched:
        return [f"The metres are those of painting_depth.png, {depth.stretched}."]
    return []


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
            "mean_reliability": float(np.mean(answer.reliability, where=scene.photo.valid)),
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
