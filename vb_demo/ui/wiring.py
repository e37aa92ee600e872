"""Which control calls which handler, and what Gradio needs around it."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar

import gradio as gr
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.prompts import parse_prompt
from vb_demo.ui import cards, handlers
from vb_demo.ui.examples import EXAMPLES, Example
from vb_demo.ui.handlers import TITLES, Fresh, Painter, Session, Stopped
from vb_demo.ui.layout import OWN_ENCODING, STATE_SECONDS, TABS, any_image, forget_folder

SCROLL_TO_ANSWER = (
    "() => { if (innerWidth < 800) document.querySelector('#status').scrollIntoView({behavior: 'smooth'}) }"
)
"""Where the answer stands under the question, as on a phone."""

P = ParamSpec("P")
R = TypeVar("R")

PROGRESS = gr.Progress()
ONE_PAINTING = {"concurrency_id": "paint", "concurrency_limit": 1}
"""Paintings wait for each other."""
AT_ONCE: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Small things do not wait for paintings. They must not fail: the page shows what is raised only when it was queued."""
INSIDE: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 4}


def in_words(function: Callable[P, R]) -> Callable[P, R]:
    """Show what an `InputError` says; by itself Gradio shows only “Error”."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except InputError as error:
            # Gradio shows it as HTML, and a sentence may quote what was typed.
            raise gr.Error(escape(str(error)), title="That does not work", print_exception=False) from error

    return told


def wire(page: SimpleNamespace, painter: Painter) -> None:
    """Connect the page."""
    _wire_photo(page, painter)
    _wire_words(page, painter)
    _wire_asking(page, painter)
    _wire_looking(page)
    _wire_tabs(page)


# --- what the page shows --------------------------------------------------------------------------------------------


def view(session: Session, layer: str) -> tuple[Any, ...]:
    """The first tab, in the order of `view_of(page)`."""
    painting, picture = handlers.pictures(session, layer)
    names = list(session.scene.answers) if session.scene else []
    shown = gr.Radio([(TITLES[name], name) for name in names], value=session.shown or None, visible=len(names) > 1)
    return painting, picture, shown, cards.status(session), cards.readout(session)


def view_of(page: SimpleNamespace) -> list[Any]:
    return [page.painting, page.overlay, page.shown, page.status, page.readout]


def _refresh_open_tab(page: SimpleNamespace, event: Any) -> None:
    """After an event that changed the session: the tab that is open follows, the others fill when they are opened."""
    inputs = [page.tab, page.session, page.coloring, page.points, page.folder]
    outputs = [page.tab, page.plot, page.cloud_note, page.objects, page.zip, page.files, page.files_note, page.folder]

    def refresh(tab: str, session: Session, coloring: str, points: int, folder: Path | None) -> dict[Any, Any]:
        filled: dict[Any, Any] = {page.tab: tab}
        if tab == TABS[1]:
            filled |= dict(zip((page.plot, page.cloud_note), cloud(session, coloring, points), strict=True))
        elif tab == TABS[2]:
            filled |= {page.objects: cards.objects(session)}
        elif tab == TABS[3]:
            names = (page.zip, page.files, page.files_note, page.folder)
            filled |= dict(zip(names, downloads(session, folder), strict=True))
        return filled

    event.then(refresh, inputs, outputs, **INSIDE)


def cloud(session: Session, coloring: str, points: int) -> tuple[Any, str]:
    """The 3D tab: a figure and a line about it."""
    try:
        figure, total = handlers.figure(session, coloring, points)
    except InputError as error:
        return None, cards.hint(str(error))
    shown = len(figure.data[0].x)
    assert session.scene is not None
    return figure, cards.hint(
        f"{shown:,} of {total:,} points, in metres. Drag to turn, scroll to come nearer, right button to move. "
        f"Camera: {session.scene.photo.camera.describe()}."
    )


def downloads(session: Session, old_folder: Path | None) -> tuple[Any, Any, str, Path | None]:
    """The downloads tab: zip button, files, a line about them, and the folder that they lie in."""
    forget_folder(old_folder)
    folder = Path(tempfile.mkdtemp(prefix="vb_demo_"))
    try:
        archive, files = handlers.files(session, folder / "vb_demo")
    except InputError as error:
        forget_folder(folder)
        return gr.DownloadButton(interactive=False), None, cards.hint(str(error)), None
    note = cards.hint("Units are in the names; result.json says how each file is to be read.")
    button = gr.DownloadButton(value=str(archive), interactive=True)
    return button, [str(path) for path in files.values()], note, folder


# --- photo, camera --------------------------------------------------------------------------------------------------


def _wire_photo(page: SimpleNamespace, painter: Painter) -> None:
    outputs = [page.session, page.fov, page.camera, *view_of(page)]

    def arrived(session: Session, layer: str) -> tuple[Any, ...]:
        fov = gr.skip() if session.scene is None else round(session.scene.photo.camera.hfov)
        return session, fov, cards.camera(session), *view(session, layer)

    @in_words
    def load(path: str | None, layer: str) -> tuple[Any, ...]:
        session = handlers.open_session(path)
        return *arrived(session, layer), _preview(session), None

    def take_example(index: int, layer: str, task: str) -> tuple[Any, ...]:
        example = EXAMPLES[index]
        session = handlers.open_session(example.path)
        words = handlers.words_for(task, painter.dialect, example)
        return *arrived(session, layer), _preview(session), example, {}, words

    def start_over(layer: str) -> tuple[Any, ...]:
        return arrived(Session(), layer)

    # `.upload` comes from pasting and the webcam as well; `.input` would miss a photo pasted over another.
    loading = page.photo.upload(load, [page.photo, page.layer], [*outputs, page.photo, page.example], **INSIDE)
    loading.failure(lambda layer: (*start_over(layer), None), page.layer, [*outputs, page.photo], **AT_ONCE)
    # Without the photo itself: choosing another source clears, too, and its photo may already be there.
    cleared = page.photo.clear(start_over, page.layer, outputs, **AT_ONCE)
    taken = page.examples.click(
        take_example,
        [page.examples, page.layer, page.task],
        [*outputs, page.photo, page.example, page.drafts, page.words],
        **INSIDE,
    )

    def move_camera(session: Session, degrees: float) -> tuple[Any, ...]:
        session = handlers.with_fov(session, degrees)
        return session, cards.camera(session), cards.readout(session)

    camera = ([page.session, page.fov], [page.session, page.camera, page.readout])
    page.fov.input(move_camera, *camera, trigger_mode="always_last", **AT_ONCE)  # also by keyboard
    moved = page.fov.release(move_camera, *camera, **AT_ONCE)  # what takes longer follows when the slider is let go
    for event in (loading, cleared, taken, moved):
        _refresh_open_tab(page, event)


def _preview(session: Session) -> Image.Image | None:
    """The photo upright and in sRGB, which the browser can show whatever was uploaded."""
    if session.scene is None:
        return None
    return session.scene.photo.pil.resize(handlers.screen_size(session.scene.photo), Image.Resampling.LANCZOS)


# --- words ----------------------------------------------------------------------------------------------------------


def _wire_words(page: SimpleNamespace, painter: Painter) -> None:
    def written(words: str, task: str, drafts: dict[str, str]) -> tuple[Any, ...]:
        """Words that ask for another task choose it. What can be read is kept for when its task is chosen again."""
        with suppress(InputError):
            task = handlers.understood(words, painter.dialect)
            drafts = {**drafts, task: words}
        return cards.plan(words, painter.dialect), task, drafts

    def chosen(task: str, drafts: dict[str, str], example: Example | None) -> str:
        return drafts.get(task) or handlers.words_for(task, painter.dialect, example)

    # Not `.input`, which keystrokes set off but pasting does not.
    page.words.change(
        written,
        [page.words, page.task, page.drafts],
        [page.plan, page.task, page.drafts],
        trigger_mode="always_last",
        **AT_ONCE,
    )
    page.task.input(chosen, [page.task, page.drafts, page.example], page.words, **AT_ONCE)


# --- asking ---------------------------------------------------------------------------------------------------------


def _wire_asking(page: SimpleNamespace, painter: Painter) -> None:
    stops: dict[str, threading.Event] = {}

    @in_words
    def begin(session: Session, photo: str | None, words: str, request: gr.Request) -> tuple[Any, Any]:
        """What can be refused is refused here, before anybody waits."""
        if session.scene is None and photo:
            raise InputError("The photo is still being opened; press Run again in a moment.")
        handlers.check(session, words, painter.dialect)
        if (older := stops.get(request.session_hash)) is not None:  # the keyboard can ask again while one is under way
            older.set()
        stops[request.session_hash] = threading.Event()
        return gr.Button(interactive=False), gr.Button(interactive=True, variant="stop")

    @in_words
    def paint(
        session: Session, words: str, seed: int, steps: int, request: gr.Request, progress: gr.Progress = PROGRESS
    ) -> Fresh | None:
        progress(0, desc="Waiting for the generator")
        generator = painter.get()
        try:
            return handlers.ask(
                session,
                words,
                generator,
                steps=steps,
                seed=seed,
                stop=stops.setdefault(request.session_hash, threading.Event()),
                on_progress=lambda step, total: progress((step, total), desc="Painting", unit="steps"),
            )
        except Stopped as stopped:
            gr.Info(f"Stopped after step {stopped.step}; nothing was changed.", title="Cancelled")
            return None

    def stop(request: gr.Request) -> None:
        if request.session_hash in stops:
            stops[request.session_hash].set()

    def end(request: gr.Request) -> tuple[Any, Any]:
        stops.pop(request.session_hash, None)
        return gr.Button(interactive=True), gr.Button(interactive=False, variant="secondary")

    def show(session: Session, fresh: Fresh | None, layer: str) -> tuple[Any, ...]:
        session = handlers.with_answer(session, fresh)
        return session, None, *view(session, layer)

    @in_words
    def read_painting(session: Session, painting: str | None, words: str, encoding: str) -> Fresh:
        chosen = None if encoding == OWN_ENCODING else encoding
        return handlers.decode(session, painting, words, painter.dialect, chosen)

    begun = gr.on(
        [page.run.click, page.words.submit],
        begin,
        [page.session, page.photo, page.words],
        [page.run, page.cancel],
        show_progress="hidden",
        **INSIDE,
    )
    painted = begun.success(
        paint,
        [page.session, page.words, page.seed, page.steps],
        page.fresh,
        show_progress_on=[page.painting, page.overlay],
        api_visibility="private",
        **ONE_PAINTING,
    )
    begun.success(None, js=SCROLL_TO_ANSWER)
    painted.then(end, None, [page.run, page.cancel], **AT_ONCE)
    read = page.decode.click(
        read_painting, [page.session, page.painting_file, page.words, page.encoding], page.fresh, **INSIDE
    )
    page.cancel.click(stop, None, None, **AT_ONCE)
    for event in (painted, read):
        shown = event.success(
            show, [page.session, page.fresh, page.layer], [page.session, page.fresh, *view_of(page)], **INSIDE
        )
        _refresh_open_tab(page, shown)


# --- looking --------------------------------------------------------------------------------------------------------


def _wire_looking(page: SimpleNamespace) -> None:
    def pick(session: Session, event: gr.SelectData) -> tuple[Session, str]:
        session = handlers.pick(session, event.index)
        return session, cards.readout(session)

    for picture in (page.painting, page.overlay):
        picture.select(pick, page.session, [page.session, page.readout], **AT_ONCE)

    def look(session: Session, name: str, layer: str) -> tuple[Any, ...]:
        session = handlers.showing(session, name)
        return session, *view(session, layer)

    for control in (page.shown, page.layer):
        control.input(look, [page.session, page.shown, page.layer], [page.session, *view_of(page)], **AT_ONCE)


def _wire_tabs(page: SimpleNamespace) -> None:
    for tab, name in zip((page.tab_pictures, page.tab_cloud, page.tab_objects, page.tab_downloads), TABS, strict=True):
        opened = tab.select(lambda name=name: name, None, page.tab, **AT_ONCE)
        if tab is not page.tab_pictures:  # which is always up to date
            _refresh_open_tab(page, opened)
    for event in (page.coloring.input, page.points.release):
        event(cloud, [page.session, page.coloring, page.points], [page.plot, page.cloud_note], **INSIDE)


# --- for other programs ---------------------------------------------------------------------------------------------


def serve_machines(painter: Painter) -> None:
    """The endpoints /ask, /decode and /parse, which keep no state."""
    with gr.Row(visible=False):
        photo = any_image(label="photo")
        painting = any_image(label="painting")
        words = gr.Textbox(label="words")
        steps = gr.Number(0, precision=0, label="steps")
        seed = gr.Number(0, precision=0, label="seed")
        pins = gr.JSON([], label="pins")
        result = gr.JSON(label="result")
        files = gr.Files(label="files")
        folder = gr.State(None, time_to_live=STATE_SECONDS, delete_callback=forget_folder)
        buttons = [gr.Button() for _ in range(3)]

    @in_words
    def ask(
        photo: str, words: str, pins: list[list[int]], seed: int, steps: int, folder: Path | None
    ) -> tuple[Any, list[str], Path]:
        """Have a generator paint the answer to `words` about a photo, and read it.

        `words` are "depth", "normals" or a free prompt, `pins` pixels [x, y] to read, 0 `steps` the generator's own.
        """
        session = handlers.open_session(photo)
        fresh = handlers.ask(session, full(words), painter.get(), seed=seed, steps=steps)
        return _answered(handlers.with_answer(session, fresh), pins, folder)

    @in_words
    def decode(
        photo: str, painting: str, words: str, pins: list[list[int]], folder: Path | None
    ) -> tuple[Any, list[str], Path]:
        """Read a picture that was painted somewhere else about a photo; `words` and `pins` as for /ask."""
        session = handlers.open_session(photo)
        fresh = handlers.decode(session, painting, full(words), painter.dialect)
        return _answered(handlers.with_answer(session, fresh), pins, folder)

    @in_words
    def parse(words: str) -> dict[str, Any]:
        """The legend that a prompt names."""
        legend = parse_prompt(words)
        background = legend.background.hex if legend.background else None
        entries = [{"name": name, "color": color.hex} for name, color in legend.entries]
        return {"entries": entries, "background": background, "warnings": list(legend.warnings)}

    def full(words: str) -> str:
        return handlers.words_for(words, painter.dialect) if words in ("depth", "normals") else words

    answer = [result, files, folder]
    buttons[0].click(ask, [photo, words, pins, seed, steps, folder], answer, api_name="ask", **ONE_PAINTING)
    buttons[1].click(decode, [photo, painting, words, pins, folder], answer, api_name="decode")
    buttons[2].click(parse, words, result, api_name="parse")


def _answered(session: Session, pins: list[list[int]], old_folder: Path | None) -> tuple[Any, list[str], Path]:
    forget_folder(old_folder)
    folder = Path(tempfile.mkdtemp(prefix="vb_demo_"))
    assert session.scene is not None
    written = session.scene.export(folder, [(int(x), int(y)) for x, y in pins or []])
    return json.loads(written["result.json"].read_text("utf-8")), [str(path) for path in written.values()], folder
