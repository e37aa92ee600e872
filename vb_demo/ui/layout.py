"""What is on the page, in its order. Each line is a panel of `vb_demo.ui.panels`."""

from __future__ import annotations

from html import escape

import gradio as gr

from vb_demo.ui.asking import Painter
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.gallery import Gallery
from vb_demo.ui.page import Page
from vb_demo.ui.panels import (
    advanced,
    camera,
    check,
    compare,
    downloads,
    elsewhere,
    header,
    hover,
    imagine,
    measure,
    objects,
    photo,
    pictures,
    plan,
    pointer,
    question,
    readout,
    reasoning,
    recipe,
    reel,
    run,
    scale,
    space,
    status,
    why,
)
from vb_demo.ui.switching import Switching

CREDITS = (
    '<p class="vb-credits">Example photos: '
    + ", ".join(f"{escape(e.title)} by {escape(e.credit)}" for e in EXAMPLES)
    + ".</p>"
)


def lay_out(painter: Painter, gallery: Gallery, switching: Switching | None = None) -> None:
    """Put everything on the page and connect it.

    Args:
        switching: `None` = visitors cannot choose the generator.
    """
    page = Page(painter)
    header.add(page, switching)
    hand = pointer.Hand()
    with gr.Row(equal_height=False, elem_classes="vb-bench"):
        with gr.Column(elem_classes="vb-asking", min_width=0):
            recipes = recipe.add(page)
            photos = photo.add(page, gallery)
            row = reel.add(page, photos)
            asked = question.add(page, photos)
            plan.add(page, asked)
            running = run.add(asked)
            reasoning.add(page, asked)
            pictured = imagine.add()
        with gr.Column(elem_classes="vb-answer", min_width=0):
            shown = status.add(page)
            with gr.Tabs():
                with page.tab("Pictures", lazy=False):
                    mode, clear = measure.bar()
                    canvases = pictures.add(page, hand)
                    hover.add(page)
                    measure.add(page, mode, clear)
                    readout.add(page, hand)
                    why.add(page)
                with page.tab("Compare"):
                    compare.add(page)
                with page.tab("3D"):
                    space.add(page)
                with page.tab("Objects"):
                    objects.add(page, hand)
                with page.tab("Check"):
                    check.add(page)
                with page.tab("Downloads"):
                    downloads.add(page)
                    recipe_file = recipe.share(page)
        with gr.Column(elem_classes="vb-settings vb-secondary", min_width=0):
            camera.add(page)
            scale.add(page)
            settings = advanced.add()
            elsewhere.add(page, asked, settings)
    gr.HTML(CREDITS)
    imagine.wire(page, pictured, photos, asked, settings)
    run.wire(page, running, shown, photos, asked, settings, canvases, recipes, pictured, row)
    recipe.wire(page, recipes, recipe_file, gallery, photos, asked, settings)
    hand.connect(page)
    page.connect()
