"""The photo to ask about: uploaded, pasted, taken with a webcam, or one of the examples."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

import gradio as gr
from PIL import Image, ImageOps

from vb_demo.recipe import Recipe
from vb_demo.scene import Scene
from vb_demo.ui.controls import AT_ONCE, INSIDE, any_image, in_words, served_file, state
from vb_demo.ui.examples import EXAMPLES, Example
from vb_demo.ui.gallery import Gallery
from vb_demo.ui.markup import packed
from vb_demo.ui.page import Page
from vb_demo.ui.remembered import remembered_by
from vb_demo.ui.repeating import with_recipe
from vb_demo.ui.session import Part, Session, open_session, screen_size, showing

TILE = (200, 150)
"""(width, height) of an example's picture, pixels."""
TAKE = """element.addEventListener("click", (event) => {
  const tile = event.target.closest("[data-example]");
  if (tile) trigger("take", {number: Number(tile.dataset.example)});
});"""
"""Which example was clicked; the page calls it `take`."""


@dataclass(frozen=True)
class PhotoPanel:
    photo: gr.Image
    example: gr.State
    """The `Example` on screen; None = the visitor's own photo."""
    example_taken: Any
    """The event after which `example` is another."""


def add(page: Page, gallery: Gallery) -> PhotoPanel:
    photo = any_image(
        label="Photo",
        format="jpeg",
        sources=["upload", "clipboard", "webcam"],
        height=230,
        buttons=["fullscreen"],
        elem_id="photo",
        alt_text="The photo to ask about",
    )
    examples = gr.HTML(tiles(), js_on_load=TAKE, elem_classes="vb-examples")
    example = state(None)

    def take_example(
        session: Session, recipe: Recipe | None, event: gr.EventData
    ) -> tuple[Session, str | None, Example]:
        example = EXAMPLES[numbered(event._data)]
        # Whoever looks at normals goes on doing so.
        taken = with_recipe(showing(gallery.session(example), session.shown), recipe)
        return taken, preview(taken), example

    outputs = [page.session, photo, example]
    # `.upload` comes from pasting and the webcam as well; `.input` would miss a photo pasted over another.
    loaded = photo.upload(load, [photo, page.recipe], outputs, **INSIDE)
    failed = loaded.failure(lambda: (Session(), None), None, [page.session, photo], **AT_ONCE)
    # Without the photo itself: choosing another source clears, too, and its photo may already be there.
    cleared = photo.clear(Session, None, page.session, **AT_ONCE)
    taken = examples.take(take_example, [page.session, page.recipe], outputs, show_progress="hidden", **INSIDE)
    for event in (loaded, failed, cleared, taken):
        page.changed(event, Part.ALL)
    gallery.on_prepared = page.look_at
    return PhotoPanel(photo, example, taken)


@in_words
def load(path: str | None, recipe: Recipe | None) -> tuple[Session, str | None, None]:
    """What shows a picture as the photo: session, photo, and no example."""
    session = with_recipe(open_session(path), recipe)
    return session, preview(session), None


def tiles() -> str:
    """The examples as buttons. The pictures are in the text, eight small ones, so nothing more is fetched for them."""
    buttons = "".join(
        f'<li><button type="button" class="gallery-item" data-example="{number}" title="{escape(example.title)}">'
        f'<img alt="" width="{TILE[0]}" height="{TILE[1]}" src="{thumbnail(example)}">'
        f"<span>{escape(example.title)}</span></button></li>"
        for number, example in enumerate(EXAMPLES)
    )
    return f'<h2 class="vb-label">Examples</h2><ul>{buttons}</ul>'


def thumbnail(example: Example) -> str:
    """A data URI of the middle of an example's photo."""
    with Image.open(example.path) as photo:
        small = ImageOps.fit(photo.convert("RGB"), TILE, Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "JPEG", quality=72)
    return f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode('ascii')}"


def numbered(data: Any) -> int:
    """The index of an example in what a browser sent. Raises ValueError where there is none."""
    number = data.get("number") if isinstance(data, dict) else None
    if not isinstance(number, int) or not 0 <= number < len(EXAMPLES):
        raise ValueError(f"There is no example {number!r}; they go from 0 to {len(EXAMPLES) - 1}.")
    return number


def preview(session: Session) -> str | None:
    """The file of the photo upright and in sRGB, which the browser can show whatever was uploaded."""
    return served_file(*_packed(session.scene), "photo") if session.scene else None


@remembered_by(lambda scene: scene.photo.pixels)
def _packed(scene: Scene) -> tuple[str, bytes]:
    size = screen_size(scene.photo)
    return packed(scene.photo.pil.resize(size, Image.Resampling.LANCZOS), lossless=False)
