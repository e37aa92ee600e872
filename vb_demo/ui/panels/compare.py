"""The Compare tab: any two layers over each other, with a slider between them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import gradio as gr
from PIL import Image

from vb_demo import views
from vb_demo.answers import DepthMap, InstanceMap, SegmentMap
from vb_demo.errors import InputError
from vb_demo.scene import Scene
from vb_demo.ui.markup import data_address, hint
from vb_demo.ui.page import Page
from vb_demo.ui.panels.check import agreement_map
from vb_demo.ui.panels.pictures import answer_view
from vb_demo.ui.session import TITLES, Part, Session, screen_size

PHOTO = "Photo"
TINTED = ("Segments: overlay", "Instances: overlay")
"""Like the photo itself, these hold no colours that are read as values."""
Layer = Callable[[], Image.Image]


def add(page: Page) -> None:
    with gr.Row():
        left = gr.Dropdown([PHOTO], value=PHOTO, label="Left", elem_id="compare-left")
        right = gr.Dropdown([PHOTO], value=PHOTO, label="Right", elem_id="compare-right")
    slider = gr.HTML(elem_id="compare")
    parts = Part.ANSWERS | Part.PHOTO | Part.CAMERA
    page.shows(parts, [left, right], choices, [left, right])
    view = page.shows(parts, slider, card, [left, right], about=lambda session: (session.scene, session.shown))
    page.redraw(left.input, view)
    page.redraw(right.input, view)


def layers(scene: Scene) -> dict[str, Layer]:
    """What there is to look at by name; the pictures are made when they are called for."""
    found: dict[str, Layer] = {PHOTO: lambda: scene.photo.pil}
    for name, answer in scene.answers.items():
        title = TITLES[name]
        found[f"{title}: painting"] = partial(Image.fromarray, answer.painting)
        view = "overlay" if isinstance(answer, SegmentMap | InstanceMap) else "decoded"
        found[f"{title}: {view}"] = partial(answer_view, scene.photo, answer)
        found[f"{title}: reliability"] = partial(views.reliability_map, answer)
    if isinstance(scene.depth, DepthMap) and scene.normals is not None:
        found["Agreement"] = partial(agreement_map, scene)
    return found


def choices(session: Session, left: str, right: str) -> tuple[gr.Dropdown, gr.Dropdown]:
    """The layers that there are; what was chosen is not touched, somebody may be choosing again."""
    names = list(layers(session.scene)) if session.scene else [PHOTO]
    before, after = (left, right), chosen(session, left, right)
    first, second = (
        gr.Dropdown(names) if name == now else gr.Dropdown(names, value=now)
        for name, now in zip(before, after, strict=True)
    )
    return first, second


def chosen(session: Session, left: str, right: str) -> tuple[str, str]:
    """The two layers on screen. Before anybody chose, or where it is gone: the photo, and what was decoded of it."""
    names = list(layers(session.scene)) if session.scene else [PHOTO]
    title = TITLES.get(session.shown, "")
    fallback = next((name for name in names if name in (f"{title}: decoded", f"{title}: overlay")), PHOTO)
    left = left if left in names else PHOTO
    return left, fallback if right not in names or right == left == PHOTO else right


def card(session: Session, left: str, right: str) -> str:
    """Both pictures, the right one above the left one and cut at the slider, which compare.js moves."""
    scene = session.scene
    if scene is None:
        return hint("There is no photo yet.")
    known = layers(scene)
    left, right = chosen(session, left, right)
    try:
        sources = [data_address(known[name](), lossless=name not in (PHOTO, *TINTED)) for name in (left, right)]
    except InputError as error:
        return hint(str(error))
    width, height = screen_size(scene.photo)
    below, above = (
        f'<img src="{source}" alt="{escape(name)}" draggable="false">'
        for source, name in zip(sources, (left, right), strict=True)
    )
    label = escape(f"How much of {left} to show, from the left; the rest is {right}")
    return (
        f'<figure class="vb-compare" style="--share: 50%; --ratio: {width / height:.4f}">{below}{above}'
        f'<input type="range" min="0" max="100" value="50" step="0.5" aria-label="{label}">'
        f"<figcaption><span>{escape(left)}</span><span>{escape(right)}</span></figcaption></figure>"
    )
