"""What Gradio needs around components and events, said once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from html import escape
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar
from urllib.parse import quote

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from vb_demo.errors import InputError
from vb_demo.flow import whole

STATE_SECONDS = 3600
"""How long what a visitor did is remembered."""
ONE_PAINTING: dict[str, Any] = {"concurrency_id": "paint", "concurrency_limit": 1}
"""Paintings wait for each other."""
AT_ONCE: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Small things do not wait for paintings. They must not fail: the page shows what is raised only when it was queued."""
INSIDE: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 4}
"""What takes a while, or may fail with a sentence."""
FOLD = """element.firstElementChild.addEventListener("click", ({ currentTarget: title }) =>
  title.setAttribute("aria-expanded", title.getAttribute("aria-expanded") === "false"));"""
"""Opens and closes a `fold`; fold.css hides what is inside a closed one."""

P = ParamSpec("P")
R = TypeVar("R")


def in_words(function: Callable[P, R], *, markup: bool = True) -> Callable[P, R]:
    """Show what an `InputError` says; by itself Gradio shows only “Error”.

    Args:
        markup: False for programs, which take the sentence as it is.
    """

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except InputError as error:
            # The page shows it as HTML, and a sentence may quote what was typed.
            sentence = escape(str(error)) if markup else str(error)
            raise gr.Error(sentence, title="That does not work", print_exception=False) from error

    return told


def state(value: Any) -> gr.State:
    """Something to remember for each visitor; it stays on the server."""
    return gr.State(value, time_to_live=STATE_SECONDS)


def shown_if(there: bool) -> bool | Literal["hidden"]:
    """The `visible` of a component that comes and goes.

    With `visible=False` it is not mounted at all, and Gradio may lose the update that would mount it
    (https://github.com/gradio-app/gradio/issues/13302).
    """
    return there or "hidden"


@contextmanager
def fold(title: str, elem_id: str) -> Iterator[None]:
    """A box of controls that is closed until its title is pressed.

    A closed `gr.Accordion` mounts what is inside only once it is opened, and then sets every control to its first value
    a frame later, over what was typed meanwhile. Here all is mounted from the start.
    """
    inside = f"{elem_id}-inside"
    face = f'<button type="button" aria-expanded="false" aria-controls="{inside}">{escape(title)}</button>'
    with gr.Column(elem_id=elem_id, elem_classes="vb-fold"):
        gr.HTML(face, js_on_load=FOLD, apply_default_css=False)
        with gr.Column(elem_id=inside):
            yield


def whole_number(label: str, value: int, low: int, high: int, **options: Any) -> gr.Number:
    """A field for a whole number from `low` to `high`, which says its name where it is given anything else.

    By itself `gr.Number` rounds a fraction, and does not say which field is out of its range.
    """
    number = gr.Number(value, label=label, precision=0, minimum=low, maximum=high, **options)
    number.preprocess = in_words(partial(whole, label.capitalize(), low=low, high=high))
    return number


def any_image(**options: Any) -> gr.Image:
    """An image input that hands over the path of whatever was uploaded.

    By itself `gr.Image` opens the file and answers a broken or unusual one with “Error”; `open_photo` has a sentence.
    A subclass would be neater, but Gradio writes a .pyi file beside every module that has one.
    """
    image = gr.Image(type="filepath", image_mode=None, **options)
    image.preprocess = lambda upload: upload.path if upload else None
    return image


def served_file(kind: str, data: bytes, name: str) -> str:
    """The path of a picture that was `packed`, for `gr.Image`; Gradio serves it and clears it away.

    Handed the picture itself, Gradio packs it at its leisure, and on the thread on which it answers everybody.
    """
    return save_bytes_to_cache(data, f"{name}.{kind}", get_upload_folder())


def file_url(path: Path) -> str:
    """Where a file is served, relative to the page: one of Gradio's static paths."""
    return f"gradio_api/file={quote(str(path))}"
