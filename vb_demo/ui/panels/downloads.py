"""The Downloads tab: everything as one zip and as single files, each with what it is for; and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from html import escape
from pathlib import Path

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.export import describe_axes, export, zip_folder
from vb_demo.scene import Scene
from vb_demo.ui.controls import file_url, forget_folder, new_folder, state
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.session import Part, Session

AXES = {"opengl": "OpenGL", "opencv": "OpenCV", "directx": "DirectX", "vision-banana": "Vision Banana"}
"""Name in `export` → title."""
GROUPS: dict[str, dict[str, str]] = {
    "To look at": {
        "photo.png": "The photo, upright",
        "photo_pins.png": "The photo with your pins and their distances",
        "photo_valid.png": "White: inside the photo, black: transparent",
        "painting_*.png": "Exactly what the generator painted; it can be read again",
        "*_preview.png": "In colours for people",
        "*_overlay.png": "The photo, tinted and named",
    },
    "To compute with": {
        "depth_m_float32.npz": "Metres along the camera's axis, for NumPy; inf is sky, nan no answer",
        "depth_mm_uint16.png": "The same in whole millimetres; it looks black",
        "nearness_float32.npz": "Relative depth without a unit, for NumPy: 1 is nearest",
        "normals_xyz_float32.npz": "Directions as unit vectors, for NumPy, in the axes above",
        "labels_uint*.png": "The class of each pixel as a number, see legend.json; it looks black",
        "things_uint*.png": "The thing at each pixel as a number, see things.json; it looks black",
        "legend.json": "What the numbers of the classes mean",
        "things.json": "What the numbers of the things mean",
        "masks_coco_rle.json": "All masks in COCO's format",
        "reliability_float32.npz": "How cleanly each pixel could be read, 0 to 1, for NumPy",
        "pins.csv": "A row for each pin, for a spreadsheet",
    },
    "In space": {
        "cloud.ply": "Coloured points in metres, for MeshLab, CloudCompare, Blender",
        "surface.glb": "A coloured surface in metres, for Blender, game engines, slides",
    },
    "About it": {
        "result.json": "Read this first: units, camera, conventions, prompts, versions",
        "recipe.json": "What was asked and how; it repeats all this",
    },
    "Masks": {"masks/*.png": "White where it is"},
}
"""Heading → file, or a pattern of files → what it is."""


@dataclass(frozen=True, eq=False)
class Written:
    """Files, and what they are about."""

    folder: Path
    scene: Scene
    pins: Sequence[tuple[int, int]]
    axes: str

    def holds(self, session: Session, axes: str) -> bool:
        return self.scene is session.scene and (self.pins, self.axes) == (session.pins, axes)


def add(page: Page) -> None:
    with gr.Row():
        axes = gr.Dropdown(
            [(f"{title}: {describe_axes(name)}", name) for name, title in AXES.items()],
            value="opengl",
            label="Axes of the normals",
            elem_id="axes",
        )
    listed = gr.HTML(elem_id="files")
    written = state(None, forget=lambda each: forget_folder(each.folder if each else None))
    view = page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, [listed, written], downloads, [axes, written])
    page.redraw(axes.input, view)


def downloads(session: Session, axes: str, old: Written | None) -> tuple[object, Written | None]:
    """The list of files, and the files; both as they are if nothing has changed since."""
    if old is not None and old.holds(session, axes):
        return gr.skip(), old
    forget_folder(old.folder if old else None)
    folder = new_folder()
    try:
        archive, paths = files(session, folder / "vb_demo", axes)
    except InputError as error:
        forget_folder(folder)
        return hint(str(error)), None
    assert session.scene is not None
    return card(archive, paths), Written(folder, session.scene, session.pins, axes)


def files(session: Session, folder: Path, axes: str = "opengl") -> tuple[Path, Mapping[str, Path]]:
    """Write everything to a folder: the zip beside it, and name → file. Raises InputError where there is nothing."""
    if session.scene is None or not session.scene.answers:
        raise InputError("There is nothing to download yet; run a task first.")
    paths = export(session.scene, folder, session.pins, axes=axes)
    return zip_folder(folder), paths


def card(archive: Path, paths: Mapping[str, Path]) -> str:
    """Links to the zip and to the files, in their groups."""
    groups = "".join(_group(title, what, paths) for title, what in GROUPS.items())
    return (
        f'<p class="vb-zip"><a id="zip" href="{escape(file_url(archive))}" download="vb_demo.zip">'
        f"Download everything <small>zip, {size(archive)}</small></a>"
        f'<span class="vb-hint">Unpacked, it opens in a window of its own: '
        f"<code>python -m vb_demo view vb_demo</code></span></p>{groups}"
    )


def _group(title: str, what: Mapping[str, str], paths: Mapping[str, Path]) -> str:
    rows = list(_rows(what, paths))
    if not rows:
        return ""
    is_open = "" if title == "Masks" else " open"
    return (
        f'<details class="vb-files"{is_open}><summary>{escape(title)} <small>{len(rows)}</small></summary>'
        f"<ul>{''.join(rows)}</ul></details>"
    )


def _rows(what: Mapping[str, str], paths: Mapping[str, Path]) -> Iterable[str]:
    for pattern, description in what.items():
        for name, path in paths.items():
            if fnmatch(name, pattern):
                yield (
                    f'<li><a href="{escape(file_url(path))}" download="{escape(path.name)}">{escape(name)}</a>'
                    f"<span>{escape(description)}</span><small>{size(path)}</small></li>"
                )


def size(path: Path) -> str:
    """How large a file is, for people: "7.3 MB"."""
    kilobytes = path.stat().st_size / 1000
    return f"{kilobytes / 1000:.1f} MB" if kilobytes >= 1000 else f"{max(1, round(kilobytes))} kB"
