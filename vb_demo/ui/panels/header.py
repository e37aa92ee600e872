"""The top of the page: what this is, who paints, the two switches, and help. header.js does the latter two."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.ui.asking import Painter, Who, words_for
from vb_demo.ui.controls import INSIDE
from vb_demo.ui.page import Page
from vb_demo.ui.panels import generators, plan
from vb_demo.ui.switching import Switching

LOOK_AGAIN_SECONDS = 2.0
"""Between two looks whether the generator has been loaded."""
LOOK_NOW_AND_THEN_SECONDS = 10.0
"""The same once it is there, where another visitor may have chosen another."""
DEVICES = {"cpu": "CPU", "cuda": "GPU", "mps": "Apple GPU"}
LISTEN = """element.addEventListener("click", (event) => {
  if (event.target.closest("[data-generators]")) trigger("open");
});"""
"""The button that opens the menu; the page calls it `open`."""
SHORTCUTS = (
    ("1 – 6", "depth, normals, segment, instances, edit, draw"),
    ("Ctrl + Enter", "run, also while typing"),
    ("p", "presentation: large type, only what is needed"),
    ("d", "dark or light"),
    ("?", "this help"),
    ("Esc", "close it"),
)
TITLE = (
    '<a class="vb-skip" href="#status">Skip to the answer</a><h1>vb_demo</h1>'
    "<p>Ask about a photo in words. A generator <b>paints</b> the answer; its colours decode to metres, directions, "
    "names.</p>"
)
READING = (
    (
        "Depth",
        "depth",
        "Metres are a walk along the edges of the colour cube: near is black, far is white.",
    ),
    ("Normals", "normals", "Which way a surface faces is its colour."),
)
"""(title, task, how its colours are read)."""


def add(page: Page, switching: Switching | None = None) -> None:
    """Args: switching: `None` = there is no menu to choose the generator from."""
    menu = switching is not None
    with gr.Row(elem_classes="vb-header"):
        gr.HTML(TITLE)
        name = gr.HTML(generator_line(page.painter, menu), js_on_load=LISTEN, elem_id="generator")
        gr.HTML(switches() + help_dialog())

    def look() -> tuple[Who, str, gr.Timer]:
        done = page.painter.done
        pause = LOOK_NOW_AND_THEN_SECONDS if done else LOOK_AGAIN_SECONDS
        return page.painter.who, generator_line(page.painter, menu), gr.Timer(pause, active=menu or not done)

    again = gr.Timer(LOOK_AGAIN_SECONDS)
    told = [page.who, name, again]
    # Queued: Gradio tells the page that a state has changed only of events that were.
    options: dict[str, Any] = {**INSIDE, "show_progress": "hidden"}
    gr.on(None, look, None, told, **options)  # when the page is opened
    again.tick(look, None, told, **options)
    if switching is not None:
        for chosen in generators.add(page, switching, name.open):
            chosen.then(look, None, told, **options)


def switches() -> str:
    """The buttons on the right; header.js says which are on."""
    toggles = "".join(
        f'<button type="button" class="vb-switch" data-switch="{name}" aria-pressed="false" aria-keyshortcuts="{key}" '
        f'title="{title} ({key})">{title}</button>'
        for name, key, title in (("presentation", "p", "Presentation"), ("dark", "d", "Dark"))
    )
    return (
        f'<div class="vb-switches">{toggles}<button type="button" class="vb-switch" data-help aria-keyshortcuts="?" '
        'aria-haspopup="dialog" title="Help (?)">Help</button></div>'
    )


def help_dialog() -> str:
    """How the colours are read, and the keys."""
    colours = "".join(
        f"<h3>{title}</h3><p>{explanation}</p>{plan.card(words_for(task, PAPER_DIALECT), PAPER_DIALECT)}"
        for title, task, explanation in READING
    )
    keys = "".join(f"<div><dt><kbd>{escape(keys)}</kbd></dt><dd>{escape(what)}</dd></div>" for keys, what in SHORTCUTS)
    return (
        '<dialog id="help" aria-labelledby="help-title"><form method="dialog">'
        '<h2 id="help-title">How to use this page</h2><button class="vb-switch" aria-label="Close">✕</button></form>'
        "<p>Take an example or a photo of your own, choose a task or write what should get which colour, press Run. "
        "Click on the pictures to read what is there.</p>"
        f"{colours}<h3>Segment, instances</h3><p>Each class has the colour that the prompt gave it, "
        "each separate thing one of its own. A class is always named in words as well.</p>"
        "<h3>Reliability</h3><p>How near the painted colour is to one that means something: 100% is exactly on it. "
        "It says how cleanly the painting could be read, not whether it is right.</p>"
        f'<h3>Keys</h3><dl class="vb-keys">{keys}</dl></dialog>'
    )


def generator_line(painter: Painter, menu: bool = False) -> str:
    """Who paints, or why nobody does.

    Args:
        menu: whether it opens the menu to choose another.
    """
    said, name, warning = "Painted by", "", ""
    if not painter.done:
        said = "The generator is being loaded; look around meanwhile."
    else:
        try:
            painter.get()
            who = painter.who
            place = f", {DEVICES[who.device]}" if who.device in DEVICES else ""
            name = f"<b>{escape(who.name)}</b>{place}"
        except InputError as error:
            said, warning = f"⚠ {escape(str(error))}", " vb-warning"
    if menu:
        name = (
            '<button type="button" class="vb-switch" data-generators aria-expanded="false" aria-controls="generators" '
            f'title="Choose the generator">{name or "Choose"} <span aria-hidden="true">▾</span></button>'
        )
    return f'<p class="vb-generator{warning}" role="status"><span>{said}</span> {name}</p>'
