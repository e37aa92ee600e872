"""What is on screen and how it came about, how far a painting is, and asking the same again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import gradio as gr
import numpy as np

from vb_demo.answers import Answer, SegmentMap
from vb_demo.images import Photo
from vb_demo.tasks import TASKS
from vb_demo.ui.asking import Glimpse
from vb_demo.ui.markup import hint, remaining
from vb_demo.ui.page import Page
from vb_demo.ui.session import TITLES, Part, Session
from vb_demo.votes import absent

RELIABLE = 0.5
"""Pixels at least this reliable are counted as read cleanly."""


@dataclass(frozen=True)
class StatusPanel:
    progress: gr.HTML
    """Shows what `progress` or `waiting` gives."""
    again: gr.Button
    another: gr.Button
    cancel: gr.Button


def add(page: Page) -> StatusPanel:
    with gr.Row(elem_classes="vb-status-row", equal_height=False):
        with gr.Column(scale=5, min_width=280):
            line = gr.HTML(card(Session()), elem_id="status")
            shown = gr.HTML(elem_id="progress")
        with gr.Row(scale=2, elem_classes="vb-repeats"):
            again = gr.Button("Again", size="sm", min_width=80, interactive=False, elem_id="again")
            another = gr.Button("Another", size="sm", min_width=80, interactive=False, elem_id="another")
            cancel = gr.Button("Cancel", size="sm", min_width=80, interactive=False, elem_id="cancel")
    page.shows(Part.PHOTO | Part.ANSWERS | Part.SHOWN, line, card)
    page.shows(Part.PHOTO | Part.ANSWERS | Part.SHOWN, [again, another], repeats)
    return StatusPanel(shown, again, another, cancel)


def repeats(session: Session) -> tuple[gr.Button, gr.Button]:
    """What is on screen can be asked for again unless it was painted elsewhere."""
    possible = session.shown in session.asked
    return gr.Button(interactive=possible), gr.Button(interactive=possible)


def card(session: Session) -> str:
    """Who painted what is on screen, how long it took, and how cleanly it could be read."""
    if session.scene is None:
        return '<p class="vb-status">Add a photo or take an example, choose a task, press <b>Run</b>.</p>'
    photo = session.scene.photo
    answer = session.answer
    if answer is None:
        return f'<p class="vb-status"><b>{escape(photo.name)}</b> is ready. Choose a task and press <b>Run</b>.</p>'
    facts = " · ".join(_facts(session.shown, answer, photo))
    if session.shown in session.painted_before:
        facts = f"<b>{escape(photo.name)}</b> is ready, with answers painted before; <b>Run</b> paints anew. {facts}"
    return f'<p class="vb-status">{facts}</p>'


def _facts(name: str, answer: Answer, photo: Photo) -> Iterable[str]:
    origin = answer.provenance
    yield f"<b>{TITLES[name]}</b> painted by {escape(origin.generator)}"
    if origin.seconds is not None:
        yield f"{origin.seconds:.1f} s"
    if origin.steps is not None:
        yield f"{origin.steps} step{'s' * (origin.steps != 1)}"
    if origin.seed is not None:
        yield f"seed {origin.seed}"
    if (votes := getattr(answer, "votes", 1)) > 1:
        yield f"{votes} votes"
    yield f"{answer.painting.shape[1]} × {answer.painting.shape[0]} px"
    yield f"{np.mean(answer.reliability >= RELIABLE, where=photo.valid):.0%} of the pixels read cleanly"
    if (found := origin.misalignment) is not None:
        moved = ", which was corrected" if origin.corrected and found.moved else ""
        yield f"{found.describe().rstrip('.')}{moved}"
    if origin.drift is not None:
        yield origin.drift.describe().rstrip(".")
    if percent := origin.min_percent:
        yield f"less than {percent:g} % of the picture ignored"
    if isinstance(answer, SegmentMap) and (missing := absent(answer)):
        yield f"not found: {escape(', '.join(missing))}"
    if origin.prompt:
        yield f'<span title="{escape(origin.prompt)}">“{escape(_short(origin.prompt))}”</span>'


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def waiting() -> str:
    """Before the first step: the generator may still be loading."""
    return hint("Waiting for the generator …")


def progress(seen: Glimpse) -> str:
    """How far a painting is: of all that was asked for, as a bar."""
    steps = f"step {seen.step} of {seen.steps}" if seen.steps else "starting"
    part = f"{seen.part} of {seen.parts} · " if seen.parts > 1 else ""
    return (
        f'<p class="vb-progress"><progress max="1" value="{seen.share:.3f}" aria-label="Painted"></progress>'
        f"<span><b>{escape(TASKS[seen.task].title)}</b> · {part}{steps}{remaining(seen.seconds_left)} · "
        f"seed {seen.asked.seed}</span></p>"
    )
