"""The 3D tab: the photo in space as points or as a surface, drawn by space.js. A click there puts a pin, as one beside
it on the photo does."""

from __future__ import annotations

import base64
import importlib.util
import json
import math
import zlib
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo import figures
from vb_demo.answers import RelativeDepthMap
from vb_demo.cloud import OPENGL
from vb_demo.errors import InputError
from vb_demo.geometry import JUMP
from vb_demo.layers import PHOTO, Layer, colors_on, decoded_names, layers
from vb_demo.mesh import make_mesh
from vb_demo.scene import Reading, Scene
from vb_demo.ui.controls import file_url, fold, state
from vb_demo.ui.markup import color_key, hint
from vb_demo.ui.page import Page
from vb_demo.ui.remembered import remembered
from vb_demo.ui.session import Part, Session, screen_size
from vb_demo.views import meters_text

if TYPE_CHECKING:
    import plotly.graph_objects

POINTS = 40_000
"""With lines that is 1.3 MB to send, and it turns fluently without a graphics card."""
VERTICES = 30_000
"""Of a surface; as much to send."""
LINES = 2_000
"""Directions that are drawn."""
SHAPES = ("Points", "Surface")
VIEW_TITLES = {"front": "Front", "above": "Above", "side": "Side", "orbit": "Corner"}
"""What the buttons for `figures.VIEWS` say."""

Reach = tuple[float, float]
"""Nearest and farthest depth that can be shown, metres."""


@dataclass(frozen=True)
class Looks:
    """How a visitor wants to see the scene, but for its colours."""

    shape: str = SHAPES[0]
    points: int = POINTS
    near: float = 0.0
    far: float = math.inf
    """Metres along z, as `near`."""
    clean: bool = True
    """Whether pixels at jumps in depth are left out."""
    lines: bool = False


@dataclass(frozen=True, eq=False)
class Drawn:
    """What space.js draws, but for the colours."""

    html: str
    number: int
    """The same for the same figure; its colours name it."""
    pixels: NDArray[np.integer]
    """(N, 2) the pixel (x, y) of the photo that each point, or corner of the surface, was seen at."""
    said: str


@dataclass(frozen=True)
class Sent:
    """What a visitor's page has been sent."""

    reach: Reach
    number: int
    """Of the figure, see `Drawn`."""


def add(page: Page) -> None:
    gr.set_static_paths([library()])
    with gr.Row():
        shape = gr.Radio(
            list(SHAPES), value=SHAPES[0], label="Show", elem_id="shape", elem_classes="vb-bar", scale=1, min_width=180
        )
        coloring = gr.Dropdown([PHOTO], value=PHOTO, label="Colours", elem_id="coloring", scale=2, min_width=200)
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=300):
            gr.HTML(viewer(), elem_id="space")
            note = gr.HTML(elem_id="cloud-note")
        with gr.Column(scale=3, min_width=240):
            picture = gr.Image(
                label="Photo",
                format="jpeg",
                interactive=False,
                buttons=[],
                elem_id="space-photo",
                elem_classes="vb-picture",
                alt_text="The photo, to mark places in",
            )
            pinned = gr.HTML(elem_id="space-pins")
            with fold("What is shown", "space-settings"):
                near = gr.Slider(0, 100, 0, step=0.01, label="From (metres)", elem_id="near")
                far = gr.Slider(0, 100, 100, step=0.01, label="To (metres)", elem_id="far")
                points = gr.Slider(5_000, 150_000, POINTS, step=5_000, label="Points at most", elem_id="points")
                clean = gr.Checkbox(True, label="Leave out edges, where depth is blurred", elem_id="clean")
                lines = gr.Checkbox(False, label="Directions as lines", elem_id="lines")
    sent = gr.HTML(elem_id="space-figure", visible="hidden")
    worn = gr.HTML(elem_id="space-colors", visible="hidden")
    last = state(None)
    page.shows(Part.PHOTO, picture, photo)
    page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, pinned, pins)
    controls = [shape, coloring, points, near, far, clean, lines]

    def decoded(session: Session) -> list[list[Any]]:
        """The controls as they are at first, but in the colours of each answer."""
        names = decoded_names(session.scene) if session.scene else []
        return [[*(name if each is coloring else each.value for each in controls), None] for name in names]

    outputs = [sent, worn, note, coloring, near, far, last]
    view = page.shows(Part.CAMERA | Part.ANSWERS, outputs, fill, [*controls, last], next_inputs=decoded)
    for control in (shape, coloring, clean, lines):
        page.redraw(control.input, view)
    for slider in (points, near, far):
        page.redraw(slider.release, view)


def library() -> Path:
    """The plotly.js that belongs to the installed plotly, without importing that."""
    spec = importlib.util.find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def viewer() -> str:
    """Where space.js draws, with what changes nothing but the view."""
    buttons = "".join(
        f'<button type="button" class="vb-switch" data-view="{name}" aria-pressed="false" '
        f'title="Seen {escape(seen)}">{VIEW_TITLES[name]}</button>'
        for name, seen in figures.VIEWS.items()
    )
    return (
        f'<div class="vb-space" data-state="waiting" data-library="{escape(file_url(library()))}">'
        '<div class="vb-space-plot" tabindex="0" role="application" '
        'aria-label="The photo in space: arrow keys turn it, plus and minus zoom, Enter marks the middle"></div>'
        '<svg class="vb-pins" aria-hidden="true"></svg>'
        '<p class="vb-space-said" role="status">The 3D view is being made …</p>'
        f'<div class="vb-space-bar" role="group" aria-label="View">{buttons}'
        '<label>Size <input type="range" min="0.6" max="6" step="0.2" value="1.7" data-point-size '
        'aria-label="Point size"></label></div></div>'
    )


def photo(session: Session) -> Image.Image | None:
    """The photo at `screen_size`."""
    if session.scene is None:
        return None
    return session.scene.photo.pil.resize(screen_size(session.scene.photo), Image.Resampling.LANCZOS)


def fill(
    session: Session,
    shape: str,
    coloring: str,
    points: float,
    near: float,
    far: float,
    clean: bool,
    lines: bool,
    last: Sent | None,
) -> tuple[Any, ...]:
    """What space.js draws and its colours, what there is to say about it, the colours to choose from, the ends of both
    sliders, and what is `Sent` with that. Where only the colours are others, they alone are sent.
    """
    try:
        reach = reach_of(session)
        again = last is not None and reach == last.reach
        if not again:  # another depth, or another scale: metres of before mean nothing
            near, far = reach
        # At their ends, which are rounded, the sliders leave out nothing: the figure is the one that is known.
        ends = near if near > reach[0] else 0.0, far if far < reach[1] else math.inf
        looks = Looks(shape, int(points), *ends, clean, lines)
        assert session.scene is not None
        drawn = _drawn(session.scene, looks)
    except InputError as error:
        said = f'<div data-figure="" data-said="{escape(str(error))}"></div>'
        return said, "", "", _colorings(session, coloring), gr.skip(), gr.skip(), None
    sent = gr.skip() if last is not None and last.number == drawn.number else drawn.html
    sliders = [gr.skip(), gr.skip()] if again else [_slider(reach, end) for end in (0, 1)]
    worn = _worn(session.scene, looks, coloring)
    note = color_key(_layer(session.scene, coloring).key(), coloring) + hint(drawn.said)
    return sent, worn, note, _colorings(session, coloring), *sliders, Sent(reach, drawn.number)


@remembered
def _drawn(scene: Scene, looks: Looks) -> Drawn:
    """The figure without colours."""
    shown, said = figure(scene, looks)
    trace = shown.data[0]
    pixels = np.asarray(trace.customdata)
    if looks.shape == "Surface":
        trace.vertexcolor = None
    else:
        trace.marker.color = None
    sent = shown.to_json()
    number = zlib.crc32(sent.encode())
    size = json.dumps(scene.photo.size)
    html = f'<div data-of="{number}" data-figure="{escape(sent)}" data-size="{size}"></div>'
    return Drawn(html, number, pixels, said)


@remembered
def _worn(scene: Scene, looks: Looks, coloring: str) -> str:
    """The colours of a figure's points, and the number of that figure."""
    drawn = _drawn(scene, looks)
    x, y = drawn.pixels.T
    colors = colors_on(scene.photo, _layer(scene, coloring))[y, x]
    return f'<div data-of="{drawn.number}" data-colors="{base64.b64encode(colors.tobytes()).decode()}"></div>'


def reach_of(session: Session) -> Reach:
    """The depths that can be shown. Raises InputError where nothing can be seen in space."""
    if session.scene is None:
        raise InputError("There is no photo yet.")
    depth = session.scene.depth
    if isinstance(depth, RelativeDepthMap):
        raise InputError("This depth is relative: it has no metres. Set the scale, and you can walk around in it.")
    if depth is None:
        raise InputError("Space needs depth: choose the task Depth and press Run, or press Everything.")
    reach = figures.figure_reach(depth.meters)
    if reach is None:
        raise InputError("There is no surface to show: every pixel is sky or without depth.")
    return reach


def figure(scene: Scene, looks: Looks) -> tuple[plotly.graph_objects.Figure, str]:
    """The scene in space, and how much of it that is, in words. Raises InputError where something is missing."""
    rtol = JUMP if looks.clean else math.inf
    options: dict[str, Any] = {
        "hover": True,
        "near": looks.near,
        "far": looks.far if math.isfinite(looks.far) else None,
        "normals": LINES * looks.lines,
        "revision": scene.photo.name,
    }
    if looks.shape == "Surface":
        cloud = scene.point_cloud(max_points=min(looks.points, VERTICES), rtol=rtol)
        shown = figures.mesh_figure(make_mesh(cloud, rtol), **options)
        said = f"{len(shown.data[0].i):,} triangles between {len(cloud):,} points"
    else:
        cloud = scene.point_cloud(rtol=rtol)
        shown = figures.cloud_figure(cloud, max_points=looks.points, **options)
        said = f"{len(shown.data[0].x):,} of {len(cloud):,} points"
    return shown, f"{said}. Camera: {scene.photo.camera.describe()}."


def pins(session: Session) -> str:
    """What is at the pins, in a line each. `data-spots` tells space.js where in space they stand: number, x, y, z."""
    scene = session.scene
    if scene is None or not session.pins:
        return f'<div data-spots="[]">{hint("Click on a point or on the photo to mark it in both.")}</div>'
    readings = [scene.reading(x, y) for x, y in session.pins]
    spots = [
        [number, *(figures.PIN_LIFT * OPENGL * reading.xyz).tolist()]
        for number, reading in enumerate(readings, start=1)
        if reading.xyz is not None
    ]
    rows = "".join(_row(index, reading) for index, reading in enumerate(readings))
    return f'<div data-spots="{escape(json.dumps(spots))}"><ol class="vb-spots">{rows}</ol></div>'


def _row(index: int, reading: Reading) -> str:
    away = reading.note if reading.distance_m is None else meters_text(reading.distance_m)
    known = [text for text in (away, reading.thing or reading.label, reading.facing) if text]
    return (
        f'<li><span class="vb-pin">{index + 1}</span><span>{escape(" · ".join(known) or "no answer")}</span>'
        f'<button type="button" class="vb-button" data-send="unpin" data-index="{index}" '
        f'aria-label="Remove pin {index + 1}">×</button></li>'
    )


def _layer(scene: Scene, name: str) -> Layer:
    """The layer of that name; the photo, where it is gone."""
    known = layers(scene)
    return known.get(name, known[PHOTO])


def _colorings(session: Session, chosen: str) -> gr.Dropdown:
    """The layers to choose from; what was chosen is not touched as long as it is there."""
    names = list(layers(session.scene)) if session.scene else [PHOTO]
    return gr.Dropdown(names) if chosen in names else gr.Dropdown(names, value=PHOTO)


def _slider(reach: Reach, end: int) -> gr.Slider:
    low, high = math.floor(100 * reach[0]) / 100, math.ceil(100 * reach[1]) / 100
    return gr.Slider(minimum=low, maximum=high, value=(low, high)[end], step=0.01)
