"""Reasoning queries: what is described indirectly gets a plain name, which a person may change before Run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from vb_demo.generators.rewriting import Rewritten
from vb_demo.ui.asking import naming, reported
from vb_demo.ui.controls import AT_ONCE, INSIDE, fold, in_words, state
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.panels.generators import progress
from vb_demo.ui.panels.question import QuestionPanel
from vb_demo.ui.studio import Studio
from vb_demo.ui.switching import Cancelled, Progress

EXPLANATION = "A language model names it plainly, and the name joins the prompt, where you can change it before Run."


def add(page: Page, asked: QuestionPanel) -> None:
    stops: dict[str, threading.Event] = {}

    def rewrite(query: str, request: gr.Request) -> Iterator[tuple[Any, Any, Any]]:
        """What was found, what is said, and whether there is something to cancel."""
        stop = stops[request.session_hash] = threading.Event()
        studio = in_words(page.painter.get)()
        writing = reported(partial(written, studio, query, stop))
        look = in_words(partial(next, writing))
        try:
            while True:
                yield None, progress(look()), gr.Button(visible=True)
        except StopIteration as finished:
            yield finished.value, card(query, finished.value), gr.Button(visible="hidden")
        except Cancelled:
            yield None, hint("Cancelled; the prompt is as it was."), gr.Button(visible="hidden")
        finally:
            stop.set()  # also when nobody looks any more
            stops.pop(request.session_hash, None)

    def join(found: Rewritten | None, words: str) -> Any:
        """The prompt may have been changed while the model was fetched."""
        return naming(found.words, words, page.painter.dialect) if found else gr.skip()

    def cancel(request: gr.Request) -> None:
        if request.session_hash in stops:
            stops[request.session_hash].set()

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
        stopping = gr.Button("Cancel", size="sm", min_width=80, visible="hidden", elem_id="rewrite-cancel")
    found = state(None)
    writing = gr.on(
        [button.click, query.submit],
        rewrite,
        query,
        [found, note, stopping],
        show_progress_on=note,
        concurrency_id="rewrite",  # what is painted does not wait for a download
        concurrency_limit=1,
        api_visibility="private",
    )
    writing.success(join, [found, asked.words], asked.words, **INSIDE)
    writing.failure(lambda: ("", gr.Button(visible="hidden")), None, [note, stopping], **AT_ONCE)
    stopping.click(cancel, None, None, **AT_ONCE)


def written(studio: Studio, query: str, stop: threading.Event, report: Callable[[Progress], None]) -> Rewritten:
    """Have a query rewritten.

    Args:
        report: told how much of a language model has arrived, where one has to be fetched.

    Raises:
        InputError: see `vb_demo.generators.rewriting.rewrite`.
        Cancelled: `stop` was set while a model was fetched.
    """

    def on_download(here: int, whole: int) -> None:
        if stop.is_set():
            raise Cancelled
        report(Progress("The language model", here, whole))

    return studio.rewrite(query, on_download)


def card(query: str, found: Rewritten) -> str:
    """What became of a query, and who said so."""
    if found.by is None:
        return hint(found.note)
    return f'<p class="vb-hint">“{escape(query.strip())}” → <b>{escape(found.words)}</b>.</p>{hint(found.note)}'
