"""Bring your own painting: the words to tell another generator, and what it painted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from vb_demo.answers import Answer
from vb_demo.errors import InputError
from vb_demo.flow import ENCODINGS, Register
from vb_demo.generators import Dialect
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.generators.dialects import OPEN_VISION_BANANA, UNTUNED
from vb_demo.images import Photo
from vb_demo.ui.asking import decode, handed_over, understood
from vb_demo.ui.controls import AT_ONCE, INSIDE, any_image, fold, in_words
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.panels.advanced import AdvancedPanel
from vb_demo.ui.panels.question import QuestionPanel
from vb_demo.ui.panels.status import RELIABLE
from vb_demo.ui.session import Fresh, Session

PAINTERS: dict[str, Dialect] = {
    "One that knows the paper's words": PAPER_DIALECT,
    "Any image editor": UNTUNED,
    "Open-Vision-Banana": OPEN_VISION_BANANA,
}
"""Who may paint elsewhere → how to ask, and how its painting is most likely encoded."""
OTHER_PROPORTIONS = 0.05
"""Of the logarithm of width by height: sizes in multiples of 32 pixels differ by less from the photo's."""
MOSTLY_CLEAN = 0.5
"""Share of the pixels that are read cleanly, below which a painting is doubted."""


def add(page: Page, asked: QuestionPanel, settings: AdvancedPanel) -> None:
    def prepared(words: str, painter: str) -> tuple[str, gr.Dropdown]:
        card, choices, usual = handover(words, page.painter.dialect, PAINTERS[painter])
        return card, gr.Dropdown(choices, value=usual) if choices else gr.skip()

    @in_words
    def read(
        session: Session,
        painting: str | None,
        words: str,
        painter: str,
        encoding: str,
        register: Register,
        calibrate_colors: bool,
        min_percent: float,
    ) -> Fresh:
        dialect = page.painter.dialect
        sent = handed_over(words, dialect, PAINTERS[painter]) if session.scene and painting else words
        how: dict[str, Any] = {
            "register": register,
            "calibrate_colors": calibrate_colors,
            "min_percent": min_percent,
        }
        fresh = decode(session, painting, words, dialect, encoding, sent, **how)
        for sentence in doubts(fresh.photo, fresh.answer):
            gr.Warning(sentence)
        return fresh

    first = next(iter(PAINTERS))
    words, choices, usual = handover(asked.words.value, PAPER_DIALECT, PAINTERS[first])
    with fold("Painted somewhere else?", "elsewhere"):
        painter = gr.Dropdown(list(PAINTERS), value=first, label="Who paints it?", elem_id="elsewhere-painter")
        copied = gr.HTML(words, elem_id="handover", apply_default_css=False)
        painting = any_image(
            label="The painting of this photo",
            format="png",
            sources=["upload", "clipboard"],
            height=180,
            elem_id="painting-file",
            alt_text="A picture that another generator painted about the photo",
        )
        encoding = gr.Dropdown(choices, value=usual, label="Encoding", elem_id="encoding")
        button = gr.Button("Read it", elem_id="decode")
    gr.on(
        [asked.words.change, painter.input, page.who.change],
        prepared,
        [asked.words, painter],
        [copied, encoding],
        trigger_mode="always_last",
        **AT_ONCE,
    )
    inputs = [page.session, painting, asked.words, painter, encoding, *settings.reading]
    page.answered(button.click(read, inputs, page.fresh, **INSIDE))


def doubts(photo: Photo, answer: Answer) -> Iterator[str]:
    """What speaks against a picture being a painting of this photo in these colours."""
    height, width = answer.painting.shape[:2]
    if abs(math.log(width / height * photo.height / photo.width)) > OTHER_PROPORTIONS:
        yield f"The painting has {width} × {height} px, the photo {photo.width} × {photo.height}: it was stretched."
    clean = float(np.mean(answer.reliability >= RELIABLE, where=photo.valid))
    if clean < MOSTLY_CLEAN:
        yield f"Only {clean:.0%} of its pixels have colours that these words allow. Is it what they ask for?"


def handover(words: str, dialect: Dialect, other: Dialect) -> tuple[str, list[tuple[str, str]], str]:
    """The exact words for a generator elsewhere with a button to copy them.

    And how what it paints may be encoded, (title, name) each, and how it most likely is; none where the words ask for
    nothing.
    """
    try:
        task = understood(words, dialect)
        told = handed_over(words, dialect, other)
    except InputError as error:
        return hint(str(error)), [], ""
    usual = other[task].encoding
    choices = [(f"{each} (usual for these words)" if each == usual else each, each) for each in ENCODINGS[task]]
    card = (
        f'<div class="vb-handover"><p>{escape(told)}</p>'
        f'<button type="button" class="vb-small" data-copy="{escape(told)}">Copy prompt</button></div>'
    )
    return card, choices, usual
