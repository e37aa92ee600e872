"""What is asked: the task and the words, which follow each other."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.tasks import TASKS
from vb_demo.ui.asking import understood, words_for
from vb_demo.ui.controls import AT_ONCE, state
from vb_demo.ui.examples import Example
from vb_demo.ui.page import Page
from vb_demo.ui.panels.photo import PhotoPanel


@dataclass(frozen=True)
class QuestionPanel:
    task: gr.Radio
    words: gr.Textbox
    drafts: gr.State
    """Task → the words last written for it, `dict[str, str]`."""


def add(page: Page, photos: PhotoPanel) -> QuestionPanel:
    task = gr.Radio(
        [(each.title, each.name) for each in TASKS.values()],
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
    drafts = state({})

    def written(words: str, task: str, drafts: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Words that ask for another task choose it. What can be read is kept for when its task is chosen again."""
        with suppress(InputError):
            task = understood(words, page.painter.dialect)
            drafts = {**drafts, task: words}
        return task, drafts

    def chosen(task: str, drafts: dict[str, str], example: Example | None) -> str:
        return drafts.get(task) or words_for(task, page.painter.dialect, example)

    def offered(task: str, example: Example) -> tuple[str, dict[str, str]]:
        return words_for(task, page.painter.dialect, example), {}

    # Not `.input`, which keystrokes set off but pasting does not.
    words.change(written, [words, task, drafts], [task, drafts], trigger_mode="always_last", **AT_ONCE)
    task.input(chosen, [task, drafts, photos.example], words, **AT_ONCE)
    photos.example_taken.success(offered, [task, photos.example], [words, drafts], **AT_ONCE)
    return QuestionPanel(task, words, drafts)
