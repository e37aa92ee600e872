"""The painting and, beside it, what it decodes to. A click on either puts a pin; lines drawn around surfaces stay."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from PIL import Image

from vb_demo import views
from vb_demo.answers import Answer, InstanceMap, NormalMap, SegmentMap
from vb_demo.images import Photo
from vb_demo.layers import layers_of
from vb_demo.scene import Scene
from vb_demo.ui.controls import AT_ONCE, served_file, shown_if
from vb_demo.ui.marks import pixel_at, with_outline, with_pin
from vb_demo.ui.markup import color_key, packed
from vb_demo.ui.page import Page
from vb_demo.ui.panels.photo import preview
from vb_demo.ui.panels.pointer import Deed, Hand, places
from vb_demo.ui.remembered import remembered_by
from vb_demo.ui.session import TITLES, Part, Session, screen_size, showing

LAYERS = ("Answer", "Reliability", "Photo")
KINDS = {"Answer": "decoded", "Reliability": "reliability"}
"""Their names among `layers_of`, where colours stand for numbers."""


@dataclass(frozen=True)
class PicturesPanel:
    painting: gr.Image
    overlay: gr.Image


def add(page: Page, hand: Hand) -> PicturesPanel:
    with gr.Row():
        shown = gr.Radio(
            [], show_label=False, container=False, visible="hidden", elem_id="shown", elem_classes="vb-bar"
        )
        layer = gr.Radio(
            list(LAYERS), value=LAYERS[0], show_label=False, container=False, elem_id="layer", elem_classes="vb-bar"
        )
    with gr.Row(equal_height=True):
        original = readable_picture("painting", "Painting", "What the generator painted")
        overlay = readable_picture("overlay", "Decoded", "What the painting says about the photo")
    page.shows(Part.ANSWERS | Part.SHOWN, shown, choice)
    page.shows(Part.PHOTO | Part.ANSWERS | Part.SHOWN, original, painting_file)
    parts = Part.PHOTO | Part.ANSWERS | Part.SHOWN | Part.CAMERA
    other_layers = [(name,) for name in LAYERS[1:]]
    for shows, fill in ((overlay, decoded_file), (gr.HTML(elem_id="picture-key"), key)):
        view = page.shows(parts, shows, fill, [layer], about=on_overlay, next_inputs=lambda session: other_layers)
        page.redraw(layer.input, view)
    page.changed(page.changing(shown.input, showing, [shown], **AT_ONCE), Part.SHOWN)
    hand.does("point", put_pin)
    hand.does("outline", put_outline)
    return PicturesPanel(original, overlay)


def readable_picture(name: str, label: str, description: str) -> gr.Image:
    """A picture that pointer.js reads places from and pins.js draws on."""
    return gr.Image(
        label=label,
        format="png",  # its colours are the data; the default would change them
        interactive=False,
        buttons=["download", "fullscreen"],
        min_width=260,
        elem_id=name,
        elem_classes="vb-picture",
        alt_text=description,
    )


def put_pin(session: Session, deed: Deed) -> Session:
    if session.scene is None:
        return session
    for place in places(deed)[:1]:
        session = with_pin(session, pixel_at(session.scene.photo, *place))
    return session


def put_outline(session: Session, deed: Deed) -> Session:
    if session.scene is None:
        return session
    return with_outline(session, [pixel_at(session.scene.photo, *place) for place in places(deed)])


def choice(session: Session) -> gr.Radio:
    """The answers to choose from, where there are several."""
    names = list(session.scene.answers) if session.scene else []
    titles = [(TITLES[name], name) for name in names]
    return gr.Radio(titles, value=session.shown or None, visible=shown_if(len(names) > 1))


def painting_file(session: Session) -> str | None:
    """The file of what was painted. `None` = nothing to show."""
    if session.scene is None or session.answer is None:
        return None
    return served_file(*_painting(session.scene, session.shown), "painting")


def decoded_file(session: Session, layer: str) -> str | None:
    """The file of what `layer` says about the photo; that of the photo itself is on the page already."""
    if session.scene is None or session.answer is None or layer == "Photo":
        return preview(session)
    return served_file(*_decoded(session.scene, session.shown, layer), "decoded")


@remembered_by(lambda scene, shown: scene.answers[shown].painting)
def _painting(scene: Scene, shown: str) -> tuple[str, bytes]:
    # Exact colours, to be read.
    picture = Image.fromarray(scene.answers[shown].painting)
    return packed(picture.resize(screen_size(scene.photo), Image.Resampling.NEAREST))


@remembered_by(lambda scene, shown, layer: scene.answers[shown])
def _decoded(scene: Scene, shown: str, layer: str) -> tuple[str, bytes]:
    answer, size = scene.answers[shown], screen_size(scene.photo)
    if layer == "Reliability":
        picture = views.reliability_map(answer).resize(size, Image.Resampling.NEAREST)
    else:
        picture = answer_view(scene.photo, answer).resize(size, Image.Resampling.LANCZOS)
    return packed(picture, lossless=False)


def key(session: Session, layer: str) -> str:
    """What the colours of `decoded_file` stand for."""
    if session.scene is None or session.answer is None:
        return ""
    found = layers_of(session.answer, session.scene.photo).get(KINDS.get(layer, ""))
    return color_key(found.key(), layer) if found else ""


def on_overlay(session: Session) -> tuple[object, ...]:
    """What `decoded_file` is about; an answer is another at another scale."""
    return () if session.scene is None else (session.scene.photo.pixels, session.answer)


def answer_view(photo: Photo, answer: Answer) -> Image.Image:
    """A decoded answer as a picture for people."""
    if isinstance(answer, SegmentMap | InstanceMap):
        return views.overlay(photo, answer)
    if isinstance(answer, NormalMap):
        return views.normals_preview(answer)
    return views.depth_preview(answer)
