"""Reasoning queries: what is described indirectly gets a plain name, which a person may change before Run."""

from __future__ import annotations

from html import escape

import gradio as gr

from vb_demo.generators.rewriting import Rewritten
from vb_demo.ui.asking import naming
from vb_demo.ui.controls import INSIDE, ONE_PAINTING, fold, in_words
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.panels.question import QuestionPanel

EXPLANATION = "A language model names it plainly, and the name joins the prompt, where you can change it before Run."


def add(page: Page, asked: QuestionPanel) -> None:
    @in_words
    def rewrite(query: str, words: str) -> tuple[str, str]:
        found = page.painter.get().rewrite(query)
        return naming(found.words, words, page.painter.dialect), card(query, found)

    with fold("Describe it indirectly", "reasoning"):
        query = gr.Textbox(
            label="Describe one thing",
            info=EXPLANATION,
            placeholder="the place where piano players should sit",
            max_length=500,
            max_lines=1,
            elem_id="query",
        )
        button = gr.Button("Put it into words", elem_id="rewrite")
        note = gr.HTML(elem_id="rewritten")
    gr.on(
        [button.click, query.submit],
        rewrite,
        [query, asked.words],
        [asked.words, note],
        show_progress_on=note,
        **{**INSIDE, **ONE_PAINTING},
    )


def card(query: str, found: Rewritten) -> str:
    """What became of a query, and who said so."""
    if found.by is None:
        return hint(found.note)
    return f'<p class="vb-hint">“{escape(query.strip())}” → <b>{escape(found.words)}</b>.</p>{hint(found.note)}'
