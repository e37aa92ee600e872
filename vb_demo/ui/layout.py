"""What is on the page."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr

from vb_demo.flow import READERS
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.tasks import TASKS
from vb_demo.ui import cards
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.handlers import COLORINGS, LAYERS, Session, words_for
from vb_demo.views import FIGURE_POINTS

STATE_SECONDS = 3600
OWN_ENCODING = "the task's own"
TABS = ("Pictures", "3D", "Objects", "Downloads")


def any_image(**options: Any) -> gr.Image:
    """An image input that hands over the path of whatever was uploaded.

    By itself `gr.Image` opens the file and answers a broken or unusual one with “Error”; `open_photo` has a sentence.
    A subclass would be neater, but Gradio writes a .pyi file beside every module that has one.
    """
    image = gr.Image(type="filepath", image_mode=None, **options)
    image.preprocess = lambda upload: upload.path if upload else None
    return image


def lay_out() -> SimpleNamespace:
    """Put everything on the page; what is needed for wiring goes by its name."""
    page = SimpleNamespace()
    page.session = gr.State(Session(), time_to_live=STATE_SECONDS)
    page.fresh = gr.State(None, time_to_live=STATE_SECONDS)
    page.drafts = gr.State({}, time_to_live=STATE_SECONDS)
    page.example = gr.State(None, time_to_live=STATE_SECONDS)
    page.folder = gr.State(None, time_to_live=STATE_SECONDS, delete_callback=forget_folder)
    page.tab = gr.State(TABS[0], time_to_live=STATE_SECONDS)
    gr.HTML(cards.HEADER)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            _question(page)
        with gr.Column(scale=9, min_width=300):
            _answer(page)
    gr.HTML(cards.CREDITS)
    return page


def forget_folder(folder: Path | None) -> None:
    """Remove what a visitor could download: the folder that holds the files and their zip."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _question(page: SimpleNamespace) -> None:
    """The left column: photo, task, words, settings."""
    page.photo = any_image(
        label="Photo",
        format="jpeg",
        sources=["upload", "clipboard", "webcam"],
        height=230,
        buttons=["fullscreen"],
        elem_id="photo",
        alt_text="The photo to ask about",
    )
    page.examples = gr.Dataset(
        label="Examples",
        components=[gr.Image(visible=False)],
        samples=[[str(example.path)] for example in EXAMPLES],
        samples_per_page=len(EXAMPLES),
        type="index",
        elem_classes="vb-examples",
    )
    page.task = gr.Radio(
        [(task.title, task.name) for task in TASKS.values()],
        value="depth",
        label="Task",
        elem_id="task",
        elem_classes="vb-tasks",
    )
    page.words = gr.Textbox(
        words_for("depth", PAPER_DIALECT),
        label="Prompt",
        lines=3,
        max_lines=8,
        max_length=20_000,
        placeholder="the cat is orange, the sofa #4080c0, the background black",
        elem_id="prompt",
    )
    page.plan = gr.HTML(cards.plan(words_for("depth", PAPER_DIALECT), PAPER_DIALECT), elem_id="plan")
    with gr.Row():
        page.run = gr.Button("Run", variant="primary", scale=3, elem_id="run")
        page.cancel = gr.Button("Cancel", scale=1, min_width=90, interactive=False, elem_id="cancel")
    page.fov = gr.Slider(5, 150, 60, step=1, label="Field of view across the photo (degrees)", elem_id="fov")
    page.camera = gr.HTML(cards.camera(Session()), elem_id="camera")
    with gr.Accordion("Advanced", open=False):
        page.seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=2**31 - 1)
        page.steps = gr.Slider(0, 50, 0, step=1, label="Steps", info="0 = the generator's own number")
    with gr.Accordion("Painted somewhere else?", open=False):
        page.painting_file = any_image(
            label="The painting of this photo",
            format="png",
            sources=["upload", "clipboard"],
            height=180,
            elem_id="painting-file",
            alt_text="A picture that another generator painted about the photo",
        )
        page.encoding = gr.Dropdown([OWN_ENCODING, *READERS], value=OWN_ENCODING, label="Encoding")
        page.decode = gr.Button("Read it", elem_id="decode")


def _answer(page: SimpleNamespace) -> None:
    """The right column: what came out."""
    page.status = gr.HTML(cards.status(Session()), elem_id="status")
    with gr.Tabs():
        with gr.Tab(TABS[0]) as page.tab_pictures:
            _pictures(page)
        with gr.Tab(TABS[1]) as page.tab_cloud:
            with gr.Row():
                page.coloring = gr.Radio(
                    list(COLORINGS), value="Photo", label="Colours", scale=2, min_width=300, elem_id="coloring"
                )
                page.points = gr.Slider(
                    5_000, 150_000, FIGURE_POINTS, step=5_000, label="Points", scale=1, elem_id="points"
                )
            page.cloud_note = gr.HTML(elem_id="cloud-note")
            page.plot = gr.Plot(show_label=False, elem_id="cloud")
        with gr.Tab(TABS[2]) as page.tab_objects:
            page.objects = gr.HTML(cards.objects(Session()), elem_id="objects")
        with gr.Tab(TABS[3]) as page.tab_downloads:
            page.files_note = gr.HTML(elem_id="files-note")
            page.zip = gr.DownloadButton("Everything as one zip", variant="primary", interactive=False, elem_id="zip")
            page.files = gr.Files(label="Files", interactive=False, elem_id="files")


def _pictures(page: SimpleNamespace) -> None:
    with gr.Row():
        page.shown = gr.Radio(
            [], show_label=False, container=False, visible=False, elem_id="shown", elem_classes="vb-bar"
        )
        page.layer = gr.Radio(
            list(LAYERS),
            value=LAYERS[0],
            show_label=False,
            container=False,
            elem_id="layer",
            elem_classes="vb-bar",
        )
    with gr.Row(equal_height=True):
        for name, label, text in (
            ("painting", "Painting", "What the generator painted"),
            ("overlay", "Decoded", "What the painting says about the photo"),
        ):
            picture = gr.Image(
                label=label,
                format="png",  # its colours are the data; the default would change them
                interactive=False,
                buttons=["download", "fullscreen"],
                min_width=260,
                elem_id=name,
                elem_classes="vb-picture",
                alt_text=text,
            )
            setattr(page, name, picture)
    page.readout = gr.HTML(cards.readout(Session()), elem_id="readout")
