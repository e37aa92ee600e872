"""The Downloads tab: everything as one zip and as single files, each with what it is for; and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from html import escape

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.export import describe_axes
from vb_demo.ui.controls import state
from vb_demo.ui.markup import hint
from vb_demo.ui.offers import ARCHIVE, Offer
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


def add(page: Page) -> None:
    with gr.Row():
        axes = gr.Dropdown(
            [(f"{title}: {describe_axes(name)}", name) for name, title in AXES.items()],
            value="opengl",
            label="Axes of the normals",
            elem_id="axes",
        )
    listed = gr.HTML(elem_id="files")
    offered = state(None)
    view = page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, [listed, offered], downloads, [axes, offered])
    page.redraw(axes.input, view)


def downloads(session: Session, axes: str, old: Offer | None) -> tuple[object, Offer | None]:
    """The list of files, and what it offers; both as they are if nothing has changed since."""
    if old is not None and old.holds(session, axes):
        return gr.skip(), old
    try:
        offer = Offer(session.scene, session.pins, axes)
    except InputError as error:
        return hint(str(error)), None
    return card(offer), offer


def card(offer: Offer) -> str:
    """Links to the zip and to the files, in their groups."""
    groups = "".join(_group(title, what, offer) for title, what in GROUPS.items())
    return (
        f'<p class="vb-zip"><a id="zip" href="{escape(offer.url(ARCHIVE))}" download="{ARCHIVE}">'
        f"Download everything <small>zip</small></a>"
        f'<span class="vb-hint">Unpacked, it opens in a window of its own: '
        f"<code>python -m vb_demo view vb_demo</code></span></p>{groups}"
    )


def _group(title: str, what: Mapping[str, str], offer: Offer) -> str:
    rows = list(_rows(what, offer))
    if not rows:
        return ""
    is_open = "" if title == "Masks" else " open"
    return (
        f'<details class="vb-files"{is_open}><summary>{escape(title)} <small>{len(rows)}</small></summary>'
        f"<ul>{''.join(rows)}</ul></details>"
    )


def _rows(what: Mapping[str, str], offer: Offer) -> Iterable[str]:
    for pattern, description in what.items():
        for name in offer.names:
            if fnmatch(name, pattern):
                file = escape(name.rpartition("/")[2])
                yield (
                    f'<li><a href="{escape(offer.url(name))}" download="{file}">{escape(name)}</a>'
                    f"<span>{escape(description)}</span></li>"
                )
