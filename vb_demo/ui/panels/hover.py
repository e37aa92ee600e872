"""What lies under the pointer, read in the browser by hover.js from a coarse copy of the answers."""

from __future__ import annotations

import base64
import gzip
import json
from html import escape

import gradio as gr

from vb_demo.cloud import named_classes
from vb_demo.hover import hover_grid
from vb_demo.scene import Scene
from vb_demo.ui.page import Page
from vb_demo.ui.remembered import remembered
from vb_demo.ui.session import Part, Session

SIDE = 320
"""Cells of the longer side. With all four answers of a photo that is about 300 KB, sent when one of them changes."""
LIVE = """
<p class="vb-live" id="live"><b class="vb-for-mouse">Move over a picture to read it.</b>
<b class="vb-for-finger">Tap a picture to read it and to pin the place.</b>
<span class="vb-for-mouse">Click to pin. By keyboard: Tab to a picture, arrow keys, Enter.</span></p>
"""
"""Here hover.js writes."""


def add(page: Page) -> None:
    gr.HTML(LIVE)
    sent = gr.HTML(elem_id="grids", visible="hidden")
    page.shows(Part.PHOTO | Part.ANSWERS | Part.CAMERA, sent, grids, about=in_grids)


def in_grids(session: Session) -> tuple[object, ...]:
    """What `grids` is about. The camera is told elsewhere, but a scale may follow it, and then depth is another."""
    return () if session.scene is None else (session.scene.photo.pixels, *session.scene.answers.values())


def grids(session: Session) -> str:
    """The arrays of `hover_grid` one after the other, gzipped, and in `data-parts` how to tell them apart."""
    return _grids(session.scene) if session.scene else ""


@remembered
def _grids(scene: Scene) -> str:
    arrays = hover_grid(scene, SIDE)
    parts = [{"name": name, "type": str(array.dtype), "shape": array.shape} for name, array in arrays.items()]
    names = {
        kind: [name for name, _ in named_classes(answer)]
        for kind, answer in (("segments", scene.segments), ("instances", scene.instances))
        if answer is not None
    }
    told = {"size": scene.photo.size, "parts": parts, "names": names}
    packed = gzip.compress(b"".join(array.tobytes() for array in arrays.values()), compresslevel=1)
    return f'<div data-parts="{escape(json.dumps(told))}" data-arrays="{base64.b64encode(packed).decode()}"></div>'
