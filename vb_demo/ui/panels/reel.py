"""Several photos, or a film: a row of frames, one of which is on screen, and a question that is put to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from vb_demo.answers import Answer
from vb_demo.errors import InputError
from vb_demo.film import ALLOWED, FILMS, MOST_FRAMES
from vb_demo.scene import Scene
from vb_demo.ui.controls import INSIDE, file_url, fold, in_words, served_file, shown_if, state
from vb_demo.ui.markup import data_address, hint
from vb_demo.ui.offers import ARCHIVE_OF_ROW, RowOffer
from vb_demo.ui.page import Page
from vb_demo.ui.panels.photo import PhotoPanel, preview
from vb_demo.ui.reel import Reel, film, same_photo
from vb_demo.ui.remembered import remembered
from vb_demo.ui.session import TITLES, Part, Session
from vb_demo.ui.turns import Turns

SIDE = 160
"""Pixels of a frame's picture in the row."""
TAKE = """let taken = null;  // so that the focus stays on a frame when the row is written anew
element.addEventListener("click", (event) => {
  const frame = event.target.closest("[data-frame]");
  if (!frame) return;
  taken = frame.dataset.frame;
  trigger("take", {number: Number(taken)});
});
new MutationObserver(() => {
  if (taken !== null && document.activeElement === document.body) {
    element.querySelector(`[data-frame="${taken}"]`)?.focus({preventScroll: true});
  }
  taken = null;
}).observe(element, {childList: true, subtree: true});"""
"""Which frame was clicked; the page calls it `take`."""


@dataclass(frozen=True)
class ReelPanel:
    reel: gr.State
    run: gr.Button
    """Asks about all of them."""
    everything: gr.Button
    """Asks everything about all of them."""
    opened: Any
    """The event after which there are others."""
    taken: Any
    """The event after which another one is on screen."""


def add(page: Page, photos: PhotoPanel) -> ReelPanel:
    reel = state(Reel())
    with fold("Several photos, or a film", "reel"):
        files = gr.UploadButton(
            "Open photos or a film",
            file_count="multiple",
            file_types=["image", *FILMS],
            type="filepath",
            size="sm",
            elem_id="reel-open",
        )
        row = gr.HTML(card(Session(), Reel()), js_on_load=TAKE, elem_id="reel-row")
        with gr.Row():
            run = gr.Button("Run on all", visible="hidden", size="sm", min_width=120, elem_id="reel-run")
            both = gr.Button("Everything on all", visible="hidden", size="sm", min_width=120, elem_id="reel-everything")
            play = gr.Button("Play", visible="hidden", size="sm", min_width=80, elem_id="reel-play")
        moving = gr.HTML(elem_id="reel-film")
        played = state([])  # the answers that there were when it was made
        zipped = gr.HTML(elem_id="reel-zip")
        offered = state(None)

    def open_files(reel: Reel, paths: list[str] | None) -> tuple[Any, ...]:
        first = reel.open(paths or [])
        return first, preview(first), None, ""

    def take(reel: Reel, turns: Turns, session: Session, event: gr.EventData) -> tuple[Any, ...]:
        taken = reel.take(numbered(event._data, len(reel.sessions)), turns.latest(session))
        return taken, preview(taken), None

    outputs = [page.session, photos.photo, photos.example]
    opened = files.upload(in_words(open_files), [reel, files], [*outputs, moving], **INSIDE)
    taken = row.take(take, [reel, page.turns, page.session], outputs, show_progress="hidden", **INSIDE)
    for event in (opened, taken):
        page.changed(event, Part.ALL)

    def play_all(reel: Reel, session: Session) -> tuple[str, list[Answer]]:
        answers = reel.answers
        return film_card(reel, session), answers

    def fill(session: Session, reel: Reel) -> tuple[str, gr.Button, gr.Button, gr.Button]:
        button = gr.Button(visible=shown_if(bool(reel.sessions)))
        return card(session, reel), button, button, button

    page.shows(Part.PHOTO | Part.ANSWERS, [row, run, both, play], fill, [reel])
    page.shows(Part.ANSWERS, moving, outdated, [reel, played])
    page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, [zipped, offered], zip_card, [reel])
    # What goes wrong is said in a toast; shown here, it would lie over the link.
    play.click(in_words(play_all), [reel, page.session], [moving, played], show_progress="hidden", **INSIDE)
    return ReelPanel(reel, run, both, opened, taken)


def numbered(data: Any, count: int) -> int:
    """The index of a frame in what a browser sent. Raises ValueError where there is none."""
    number = data.get("number") if isinstance(data, dict) else None
    if not isinstance(number, int) or not 0 <= number < count:
        raise ValueError(f"There is no frame {number!r} of {count}.")
    return number


def card(session: Session, reel: Reel) -> str:
    """The frames as buttons, each with what was painted about it last."""
    if not reel.sessions:
        return hint(f"Ask the same about up to {MOST_FRAMES} photos, or about frames of a film. {ALLOWED}")
    frames = "".join(
        _frame(number, each, same_photo(each, session)) for number, each in enumerate(reel.sessions, start=1)
    )
    return f'<ol class="vb-reel">{frames}</ol>'


def _frame(number: int, frame: Session, current: bool) -> str:
    assert frame.scene is not None
    name = frame.scene.photo.name
    answers = ", ".join(TITLES[kind] for kind in frame.scene.answers) or "nothing asked yet"
    pictures = f'<img alt="" src="{_small(frame.scene, "")}">'
    if frame.shown:
        pictures += f'<img alt="" src="{_small(frame.scene, frame.shown)}">'
    return (
        f'<li><button type="button" data-frame="{number - 1}" aria-current="{str(current).lower()}" '
        f'title="{escape(name)}" aria-label="{escape(f"{number}, {name}: {answers}")}">'
        f"{pictures}<span>{number}</span></button></li>"
    )


@remembered
def _small(scene: Scene, shown: str) -> str:
    """The photo, or the painting of an answer, for `<img src>`."""
    pixels = scene.answers[shown].painting if shown else scene.photo.pixels
    size = SIDE, max(1, round(SIDE * scene.photo.height / scene.photo.width))
    return data_address(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR), lossless=False)


def film_card(reel: Reel, session: Session) -> str:
    """Photos and what was read, as a moving picture that can be kept."""
    title = TITLES.get(session.shown, "")
    address = escape(file_url(Path(served_file("webp", film(reel.sessions, session.shown), "film"))))
    return (
        f'<figure class="vb-film"><img src="{address}" alt="{title} of all frames, one after the other">'
        f'<figcaption>{title} <a href="{address}" download="film.webp">Download</a></figcaption></figure>'
    )


def outdated(session: Session, reel: Reel, played: Sequence[Answer]) -> Any:
    """Clears the film where other answers have landed since."""
    return gr.skip() if [*map(id, played)] == [*map(id, reel.answers)] else ""


def zip_card(session: Session, reel: Reel) -> tuple[str, RowOffer | None]:
    """A link to the files of all frames, and what it offers."""
    try:
        offer = RowOffer(reel.all(session))
    except InputError:
        return "", None
    link = f'<a href="{escape(offer.url(ARCHIVE_OF_ROW))}" download="{ARCHIVE_OF_ROW}">Download all frames</a>'
    return (
        f"<p>{link} <small>zip, a folder each, {len(offer.scenes)} of {len(reel.sessions)} answered</small></p>",
        offer,
    )
