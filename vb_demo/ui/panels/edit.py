"""Plain editing, for generators that are image editors: the photo changed as the words say, and nothing decoded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from typing import Any

import gradio as gr
from PIL import Image

from vb_demo.generators import Painting
from vb_demo.generators.base import no_edits
from vb_demo.tasks import EDIT_WORDS
from vb_demo.ui.asking import NOBODY, Stopped, Who, edit, reported
from vb_demo.ui.controls import AT_ONCE, ONE_PAINTING, fold, in_words
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.panels.advanced import AdvancedPanel
from vb_demo.ui.session import Session


def add(page: Page, settings: AdvancedPanel) -> None:
    stops: dict[str, threading.Event] = {}

    def paint(session: Session, words: str, seed: int, steps: int, request: gr.Request) -> Iterator[Any]:
        """What is said, the picture, and whether there is something to cancel."""
        yield hint("Waiting for the generator …"), gr.skip(), gr.Button(interactive=True)
        stop = stops[request.session_hash] = threading.Event()
        studio = in_words(page.painter.get)()

        def work(report: Callable[[tuple[int, int]], None]) -> Painting:
            return edit(
                session,
                words,
                studio,
                seed=int(seed or 0),
                steps=int(steps),
                stop=stop,
                on_step=lambda step, steps, _: report((step, steps)),
            )

        painting = reported(work)
        look = in_words(partial(next, painting))
        try:
            while True:
                yield progress(*look()), gr.skip(), gr.skip()
        except StopIteration as finished:
            painted: Painting = finished.value
            yield card(painted), Image.fromarray(painted.pixels), gr.Button(interactive=False)
        except Stopped as stopped:
            said = f"Cancelled after step {stopped.step}; nothing was changed."
            yield hint(said), gr.skip(), gr.Button(interactive=False)
        finally:
            stop.set()  # also when nobody looks any more
            stops.pop(request.session_hash, None)

    def cancel(request: gr.Request) -> None:
        if request.session_hash in stops:
            stops[request.session_hash].set()

    with fold("Change the photo", "edit-panel"):
        why = gr.HTML(reason(NOBODY), elem_id="edit-why")
        words = gr.Textbox(
            EDIT_WORDS,
            label="What to change",
            info="The picture is shown as it was painted; nothing is read from it",
            max_length=2000,
            max_lines=4,
            elem_id="edit-words",
        )
        with gr.Row():
            button = gr.Button("Change it", interactive=False, min_width=120, elem_id="edit")
            stop = gr.Button("Cancel", interactive=False, min_width=80, elem_id="edit-cancel")
        shown = gr.HTML(elem_id="edit-progress")
        picture = gr.Image(
            label="The changed photo", format="png", interactive=False, buttons=["download", "fullscreen"],
            elem_id="edited",
        )  # fmt: skip
    page.who.change(lambda who: (reason(who), gr.Button(interactive=who.edits)), page.who, [why, button], **AT_ONCE)
    painted = button.click(
        paint,
        [page.session, words, settings.seed, settings.steps],
        [shown, picture, stop],
        show_progress="minimal",
        show_progress_on=shown,
        api_visibility="private",
        **ONE_PAINTING,
    )
    painted.failure(lambda: ("", gr.Button(interactive=False)), None, [shown, stop], **AT_ONCE)
    stop.click(cancel, None, None, **AT_ONCE)


def reason(who: Who) -> str:
    """Why nothing can be changed; "" = it can."""
    if who.edits:
        return ""
    return hint(no_edits(who.name) if who.name else "This takes an image editor; no generator is there yet.")


def progress(step: int, steps: int) -> str:
    """How far the painting is."""
    return (
        f'<p class="vb-progress"><progress max="1" value="{step / steps:.3f}" aria-label="Painted"></progress>'
        f"<span>step {step} of {steps}</span></p>"
    )


def card(painting: Painting) -> str:
    """Who painted it, from which words, and how the same is painted again."""
    height, width = painting.pixels.shape[:2]
    return (
        f'<p class="vb-status">Painted by <b>{escape(painting.generator)}</b> · {painting.seconds:.1f} s · '
        f"seed {painting.seed} · {width} × {height} px · “{escape(painting.prompt)}”</p>"
    )
