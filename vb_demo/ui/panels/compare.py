"""The Compare tab: any two layers over each other, with a slider between them."""

from __future__ import annotations

from html import escape

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.layers import PHOTO, decoded_names, layers
from vb_demo.scene import Scene
from vb_demo.ui.markup import color_key, data_address, hint
from vb_demo.ui.page import Page
from vb_demo.ui.remembered import remembered_by
from vb_demo.ui.session import TITLES, Part, Session, screen_size


def add(page: Page) -> None:
    with gr.Row():
        left = gr.Dropdown([PHOTO], value=PHOTO, label="Left", min_width=240, elem_id="compare-left")
        right = gr.Dropdown([PHOTO], value=PHOTO, label="Right", min_width=240, elem_id="compare-right")
    slider = gr.HTML(elem_id="compare")
    parts = Part.ANSWERS | Part.PHOTO | Part.CAMERA
    page.shows(parts, [left, right], choices, [left, right])
    view = page.shows(
        parts, slider, card, [left, right], lambda session: (session.scene, session.shown), next_inputs=beside_the_photo
    )
    page.redraw(left.input, view)
    page.redraw(right.input, view)


def beside_the_photo(session: Session) -> list[tuple[str, str]]:
    """What was decoded of each answer."""
    return [(PHOTO, name) for name in decoded_names(session.scene)] if session.scene else []


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
    left, right = chosen(session, left, right)
    known = layers(scene)
    try:
        sources = [_source(scene, name) for name in (left, right)]
    except InputError as error:
        return hint(str(error))
    width, height = screen_size(scene.photo)
    below, above = (
        f'<img src="{source}" alt="{escape(name)}" draggable="false">'
        for source, name in zip(sources, (left, right), strict=True)
    )
    keys = "".join(color_key(known[name].key(), name) for name in dict.fromkeys((left, right)))
    label = escape(f"How much of {left} to show, from the left; the rest is {right}")
    return (
        f'<figure class="vb-compare" style="--share: 50%; --ratio: {width / height:.4f}">{below}{above}'
        f'<input type="range" min="0" max="100" value="50" step="0.5" aria-label="{label}">'
        f"<figcaption><span>{escape(left)}</span><span>{escape(right)}</span></figcaption></figure>"
        f'<div class="vb-color-keys">{keys}</div>'
    )


@remembered_by(lambda scene, name: layers(scene)[name].made_of)
def _source(scene: Scene, name: str) -> str:
    """A layer's picture for `<img src>`. Raises InputError where it cannot be made."""
    layer = layers(scene)[name]
    return data_address(layer.picture, lossless=layer.exact)
