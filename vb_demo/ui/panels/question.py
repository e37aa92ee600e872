"""What is asked: the task and the words, which follow each other."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.tasks import ALL_TASKS, TASKS
from vb_demo.ui.asking import NOBODY, Who, lack, respoken, understood, words_for
from vb_demo.ui.controls import AT_ONCE, state
from vb_demo.ui.examples import Example
from vb_demo.ui.markup import listed
from vb_demo.ui.order import while_unchanged
from vb_demo.ui.page import Page
from vb_demo.ui.panels.photo import PhotoPanel

KNOWS_ALL = "flux2-klein-4b"
"""A generator of the catalog that has words for every task."""


@dataclass(frozen=True)
class QuestionPanel:
    task: gr.Radio
    words: gr.Textbox
    drafts: gr.State
    """Task → the words last written for it, `dict[str, str]`."""


def add(page: Page, photos: PhotoPanel) -> QuestionPanel:
    task = gr.Radio(
        [(each.title, each.name) for each in ALL_TASKS.values()],
        value="depth",
        label="Task",
        elem_id="task",
        elem_classes="vb-tasks",
    )
    words = gr.Textbox(
        words_for("depth", PAPER_DIALECT),
        label="Prompt",
        info="Ctrl + Enter runs, Esc cancels",
        lines=3,
        max_lines=8,
        max_length=20_000,
        placeholder="the cat is orange, the sofa #4080c0, the background black",
        elem_id="prompt",
    )
    gaps = gr.HTML(elem_id="task-gaps")
    drafts = state({})
    spoken = state(NOBODY)
    """The `Who` in whose words `words` and `drafts` are."""

    def read(task: str, words: str) -> tuple[str, str]:
        """Words that ask for another task choose it, unless they are hidden behind those of `imagine`."""
        with suppress(InputError):
            task = understood(words, page.painter.dialect) if task in TASKS else task
        return task, words

    def kept(words: str, drafts: dict[str, str]) -> dict[str, str]:
        """What can be read is kept for when its task is chosen again."""
        with suppress(InputError):
            return {**drafts, understood(words, page.painter.dialect): words}
        return drafts

    def chosen(task: str, words: str, drafts: dict[str, str], example: Example | None) -> tuple[str, str]:
        return task, drafts.get(task) or offered(task, words, example)[1]

    def offered(task: str, words: str, example: Example | None) -> tuple[str, str]:
        if task not in TASKS:  # it has words of its own
            return task, words
        return task, words_for(task, page.painter.dialect, example)

    def respeak(
        task: str, words: str, who: Who, before: Who, drafts: dict[str, str], example: Example | None
    ) -> tuple[str, str]:
        """Another generator paints: its own words are offered, for a task that it has words for."""
        words = respoken(words, before.dialect, who.dialect)
        if lack(task, who):
            task = next(iter(who.dialect))
            draft = respoken(drafts.get(task, ""), before.dialect, who.dialect)
            words = draft or words_for(task, who.dialect, example)
        return task, words

    def settled(who: Who, before: Who, drafts: dict[str, str]) -> tuple[str, dict[str, str], Who]:
        drafts = {name: respoken(draft, before.dialect, who.dialect) for name, draft in drafts.items()}
        return missing_tasks(who), drafts, who

    # The page is told who paints once it is on screen; what somebody typed by then stays.
    told = while_unchanged(
        page.who.change, respeak, [task, words], [page.who, spoken, drafts, photos.example], **AT_ONCE
    )
    told.success(settled, [page.who, spoken, drafts], [gaps, drafts, spoken], **AT_ONCE)
    # Not `.input`, which keystrokes set off but pasting does not.
    options: dict[str, Any] = {"trigger_mode": "always_last", **AT_ONCE}
    words.change(kept, [words, drafts], drafts, **options)
    while_unchanged(words.change, read, [task, words], **options)
    while_unchanged(task.input, chosen, [task, words], [drafts, photos.example], **options)
    forgotten = photos.example_taken.success(lambda: {}, None, drafts, **AT_ONCE)
    while_unchanged(forgotten.success, offered, [task, words], [photos.example], **options)
    return QuestionPanel(task, words, drafts)


def missing_tasks(who: Who) -> str:
    """Which tasks cannot be chosen, and why. `data-missing` is for question.js, which takes their buttons away."""
    missing = [name for name in ALL_TASKS if lack(name, who)]
    if not missing or who is NOBODY:
        return ""
    titles = listed([ALL_TASKS[name].title for name in missing])
    sentence = f"{who.name} has no words for {titles}; {KNOWS_ALL} has."
    return f'<p class="vb-hint" data-missing="{" ".join(missing)}">{escape(sentence)}</p>'
