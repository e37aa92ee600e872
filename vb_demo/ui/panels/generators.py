"""The menu that the header opens: every generator that is known, whether it runs here, and the choice of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.generators import GeneratorSpec, facts
from vb_demo.generators.loading import held_gb
from vb_demo.generators.memory import Machine, this_machine
from vb_demo.generators.verdicts import DOWNLOAD, Verdict, overview
from vb_demo.tasks import ALL_TASKS
from vb_demo.ui.asking import reported
from vb_demo.ui.controls import AT_ONCE, INSIDE
from vb_demo.ui.markup import hint
from vb_demo.ui.page import Page
from vb_demo.ui.switching import Cancelled, Progress, Switching

CHOOSE = """element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-generator]");
  if (button) trigger("choose", {name: button.dataset.generator});
});"""
"""Which generator was clicked; the page calls it `choose`."""
FOR_ALL = "It paints for everybody who looks at this page. One is in memory at a time."
MEGABYTE = 1e6


def add(page: Page, switching: Switching, opened: Callable[..., Any]) -> tuple[Any, Any]:
    """Put the menu on the page.

    Args:
        opened: the event that opens it.

    Returns:
        The events after which another generator may paint.
    """
    with gr.Column(elem_id="generators"):
        listing = gr.HTML(hint("Looking at this machine …"), js_on_load=CHOOSE, elem_id="generator-list")
        with gr.Row(equal_height=False, elem_classes="vb-other"):
            other = gr.Textbox(
                label="Another one",
                info="A hub id, or a folder on this machine in diffusers\u2019 layout",
                placeholder="owner/name",
                max_length=500,
                max_lines=1,
                scale=4,
                elem_id="generator-other",
            )
            load = gr.Button("Load it", min_width=100, scale=0, elem_id="generator-load")
        with gr.Row(equal_height=False, elem_classes="vb-other"):
            shown = gr.HTML(elem_id="generator-progress")
            cancel = gr.Button("Cancel", size="sm", min_width=80, scale=0, visible="hidden", elem_id="generator-cancel")

    def choose(event: gr.EventData) -> Iterator[Any]:
        name = event._data.get("name") if isinstance(event._data, dict) else None
        yield from follow(str(name or ""))

    def follow(name: str) -> Iterator[Any]:
        """What the progress line says, and whether there is something to cancel."""
        yield progress(Progress(name)), gr.Button("Cancel", visible=True, interactive=True)

        def work(report: Callable[[Progress], None]) -> None:
            switching.switch(name, report)

        try:
            for seen in reported(work):
                yield progress(seen), gr.skip()
            said = f"<b>{escape(page.painter.who.name)}</b> paints now."
        except Cancelled:
            said = f"Cancelled. {painting(page.painter.who.name)}"
        except InputError as error:
            said = f'<span class="vb-warning">⚠ {escape(str(error))} {painting(page.painter.who.name)}</span>'
        except GeneratorExit:  # nobody looks any more
            switching.cancel()
            raise
        yield f'<p class="vb-progress" role="status">{said}</p>', gr.Button(visible="hidden")

    def look() -> str:
        machine = this_machine(held_gb())
        try:
            return menu(machine, overview(machine), page.painter.who.name)
        except InputError as error:  # the settings cannot be read
            return f'<p class="vb-warning">⚠ {escape(str(error))}</p>'

    opened(look, None, listing, show_progress="hidden", **INSIDE)
    outputs = [shown, cancel]
    options: dict[str, Any] = {**INSIDE, "show_progress": "hidden"}
    clicked = listing.choose(choose, None, outputs, **options)
    named = gr.on([load.click, other.submit], follow, other, outputs, **options)

    def stop() -> gr.Button:
        """Told on the button: the line may have the last word of the switch by now."""
        switching.cancel()
        return gr.Button("Cancelling …", interactive=False)

    cancel.click(stop, None, cancel, **AT_ONCE)
    for event in (clicked, named):
        event.then(look, None, listing, **options)
    return clicked, named


def painting(name: str) -> str:
    """Who goes on after a switch that came to nothing."""
    return f"{escape(name)} paints on." if name else "Nobody paints."


def menu(machine: Machine, judged: Iterable[tuple[GeneratorSpec, Verdict]], chosen: str) -> str:
    """All generators with what is known of them and the verdict for this machine.

    Args:
        chosen: the name of the one that paints.
    """
    first = sorted(judged, key=lambda each: not each[1].runs)  # those that run here come first
    rows = "".join(row(spec, verdict, spec.name == chosen) for spec, verdict in first)
    return (
        f"<h2>Who paints</h2>{hint(f'{FOR_ALL} This machine: {machine.described}. Sizes in memory are estimates.')}"
        f'<ul class="vb-generators" tabindex="0" aria-label="Generators">{rows}</ul>'
    )


def row(spec: GeneratorSpec, verdict: Verdict, chosen: bool) -> str:
    """One generator: its facts, whether it runs here and why not, and a button where it does."""
    known = escape(spec.name)
    lacks = [ALL_TASKS[task].title for task, there in facts.tasks_of(spec).items() if not there]
    said = [
        facts.licence(spec),
        f"{facts.on_disk(spec)} on disk",
        f"GPU memory: {facts.gpu_memory(spec)}",
        *([f"no words for {', '.join(lacks)}"] if lacks else []),
    ]
    label = "Paints now" if chosen else "Fetch and use" if verdict.state == DOWNLOAD else "Use"
    usable = verdict.runs and not chosen
    button = (
        f'<button type="button" class="vb-switch" data-generator="{known}" aria-pressed="{str(chosen).lower()}" '
        f'aria-describedby="verdict-{known}"{"" if usable else " disabled"}>'
        f"{label if verdict.runs else 'Cannot run here'}</button>"
    )
    state = "ready" if verdict.runs else "blocked"
    return (
        f'<li class="vb-{state}"><div><b>{escape(spec.title)}</b> <code>{known}</code>'
        f"<p>{escape(' · '.join(said))}</p><p>{escape(spec.note)}</p>"
        f'<p id="verdict-{known}"><span aria-hidden="true">{"✓" if verdict.runs else "✗"}</span> '
        f"{escape(verdict.words)}</p></div>{button}</li>"
    )


def progress(seen: Progress) -> str:
    """How far a generator is on its way."""
    name = f"<b>{escape(seen.name)}</b>"
    if seen.loading:
        return _line(f"{name}: reading its weights into memory; what is being painted is finished first.")
    if not seen.whole:
        return _line(f"{name}: looking for its weights.")
    bar = f'<progress max="1" value="{min(seen.here / seen.whole, 1):.3f}" aria-label="Fetched"></progress>'
    return _line(f"{bar}<span>{name}: {seen.here / MEGABYTE:,.0f} of {seen.whole / MEGABYTE:,.0f} MB</span>")


def _line(text: str) -> str:
    return f'<p class="vb-progress" role="status">{text}</p>'
