"""Edit and Draw, where the generator can: a picture painted from words of their own, which may become the photo."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import gradio as gr
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.generators import Painting
from vb_demo.tasks import PICTURE_TASKS
from vb_demo.ui.asking import Pace, Stopped, draw, edit, reported, understood
from vb_demo.ui.controls import AT_ONCE, INSIDE, ONE_PAINTING, any_image, in_words
from vb_demo.ui.markup import hint, remaining
from vb_demo.ui.order import while_unchanged
from vb_demo.ui.page import Page
from vb_demo.ui.panels.advanced import AdvancedPanel
from vb_demo.ui.panels.photo import PhotoPanel, load
from vb_demo.ui.panels.question import QuestionPanel
from vb_demo.ui.session import Part, Session

LABELS = {
    "edit": ("What to change", "Change it", "The changed photo"),
    "draw": ("What to draw", "Draw it", "The drawing"),
}
"""Task → labels of the words, the button and the picture."""
SIZES = {
    f"{shape}, {width} × {height}": (width, height)
    for shape, width, height in (
        ("Landscape", 1152, 864),
        ("Wide", 1344, 752),
        ("Square", 1024, 1024),
        ("Portrait", 864, 1152),
        ("Small", 640, 480),
    )
}
"""Title → (width, height) of a drawing in pixels."""


@dataclass(frozen=True)
class ImaginePanel:
    words: gr.Textbox
    size: gr.Dropdown | None
    """A key of `SIZES`, for a drawing; a changed photo has the photo's own size."""
    run: gr.Button
    cancel: gr.Button
    progress: gr.HTML
    picture: gr.Image
    take: gr.Button
    """Takes the picture as the photo."""


def add() -> list[ImaginePanel]:
    """Both tasks' controls; imagine.css shows those of the task that is chosen, in the place of the prompt."""
    return [_add(task) for task in PICTURE_TASKS]


def _add(task: str) -> ImaginePanel:
    about_words, about_run, about_picture = LABELS[task]
    with gr.Column(elem_id=f"{task}-panel"):
        words = gr.Textbox(
            PICTURE_TASKS[task].wording.words,
            label=about_words,
            info="Ctrl + Enter runs, Esc cancels; another seed, under Advanced, paints another picture",
            lines=3,
            max_lines=8,
            max_length=2000,
            elem_id=f"{task}-words",
        )
        size = gr.Dropdown(list(SIZES), label="Size", elem_id="draw-size") if task == "draw" else None
        with gr.Row():
            run = gr.Button(about_run, variant="primary", min_width=120, elem_id=task)
            cancel = gr.Button("Cancel", interactive=False, min_width=80, elem_id=f"{task}-cancel")
        progress = gr.HTML(elem_id=f"{task}-progress")
        picture = any_image(
            label=about_picture,
            format="png",
            interactive=False,
            buttons=["download", "fullscreen"],
            elem_id=f"{task}-picture",
            alt_text=about_picture,
        )
        take = gr.Button("Take it as the photo", interactive=False, elem_id=f"{task}-take")
    return ImaginePanel(words, size, run, cancel, progress, picture, take)


def wire(
    page: Page, pictured: Sequence[ImaginePanel], photos: PhotoPanel, asked: QuestionPanel, settings: AdvancedPanel
) -> None:
    """Apart from `add`, because the settings stand further down the page."""

    def ask_again(task: str, words: str) -> tuple[str, str]:
        """The task that the prompt asks for, to ask it about the new photo."""
        task = next(iter(page.painter.dialect))
        with suppress(InputError):
            task = understood(words, page.painter.dialect)
        return task, words

    for panel in pictured:
        _wire_painting(page, panel, settings)
        taken = panel.take.click(
            load,
            [panel.picture, page.recipe],
            [page.session, photos.photo, photos.example],
            show_progress_on=photos.photo,
            **INSIDE,
        )
        page.changed(taken, Part.ALL)
        while_unchanged(taken.success, ask_again, [asked.task, asked.words], **AT_ONCE)


def _wire_painting(page: Page, panel: ImaginePanel, settings: AdvancedPanel) -> None:
    stops: dict[str, threading.Event] = {}

    def begin(request: gr.Request) -> tuple[str, gr.Button, gr.Button]:
        """Ahead of the queue, so that what waits there can be cancelled too."""
        stops[request.session_hash] = threading.Event()
        return hint("Waiting for the generator …"), gr.Button(interactive=False), gr.Button(interactive=True)

    def paint(
        session: Session, request: gr.Request, words: str, seed: int, steps: int, *size: str
    ) -> Iterator[tuple[Any, Any, Any]]:
        """What is said, the picture, and whether there is something to take."""
        stop = stops.setdefault(request.session_hash, threading.Event())
        studio = in_words(page.painter.get)()

        def work(report: Callable[[tuple[int, int, float | None]], None]) -> Painting:
            pace = Pace()
            how: dict[str, Any] = {
                "seed": int(seed or 0),
                "steps": int(steps),
                "stop": stop,
                "on_step": lambda step, steps, _: report((step, steps, pace.at(step))),
            }
            return draw(words, studio, size=SIZES[size[0]], **how) if size else edit(session, words, studio, **how)

        painting = reported(work)
        look = in_words(partial(next, painting))
        try:
            while True:
                yield progress(*look()), gr.skip(), gr.skip()
        except StopIteration as finished:
            painted: Painting = finished.value
            yield card(painted), Image.fromarray(painted.pixels), gr.Button(interactive=True)
        except Stopped as stopped:
            said = f"Cancelled after step {stopped.step}; nothing was painted."
            yield hint(said), gr.skip(), gr.skip()
        finally:
            stop.set()  # also when nobody looks any more

    def end(request: gr.Request) -> tuple[gr.Button, gr.Button]:
        stops.pop(request.session_hash, None)
        return gr.Button(interactive=True), gr.Button(interactive=False)

    def cancel(request: gr.Request) -> None:
        if request.session_hash in stops:
            stops[request.session_hash].set()

    sizes = [panel.size] if panel.size else []
    begun = panel.run.click(begin, None, [panel.progress, panel.run, panel.cancel], **AT_ONCE)
    painted = begun.success(
        paint,
        [page.session, panel.words, settings.seed, settings.steps, *sizes],
        [panel.progress, panel.picture, panel.take],
        show_progress="minimal",
        show_progress_on=panel.progress,
        api_visibility="private",
        **ONE_PAINTING,
    )
    painted.failure(lambda: "", None, panel.progress, **AT_ONCE)
    painted.then(end, None, [panel.run, panel.cancel], **AT_ONCE)
    panel.cancel.click(cancel, None, None, **AT_ONCE)


def progress(step: int, steps: int, pace: float | None) -> str:
    """How far the painting is; `pace` in seconds a step, None = not known yet."""
    left = remaining(None if pace is None else pace * (steps - step))
    return (
        f'<p class="vb-progress"><progress max="1" value="{step / steps:.3f}" aria-label="Painted"></progress>'
        f"<span>step {step} of {steps}{left}</span></p>"
    )


def card(painting: Painting) -> str:
    """Who painted it, from which words, and how the same is painted again."""
    height, width = painting.pixels.shape[:2]
    return (
        f'<p class="vb-status">Painted by <b>{escape(painting.generator)}</b> · {painting.seconds:.1f} s · '
        f"seed {painting.seed} · {width} × {height} px · “{escape(painting.prompt)}”</p>"
    )
