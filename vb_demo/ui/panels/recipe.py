"""A recipe that was opened, as a link or a file, and can be run; and the link that repeats what is there."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from vb_demo.errors import InputError
from vb_demo.images import Photo
from vb_demo.recipe import MAX_LINK, Recipe, asked_about, is_about
from vb_demo.tasks import TASKS
from vb_demo.ui.asking import Painter
from vb_demo.ui.controls import AT_ONCE, INSIDE, in_words, shown_if
from vb_demo.ui.gallery import Gallery
from vb_demo.ui.markup import hint, listed
from vb_demo.ui.page import Page
from vb_demo.ui.panels.advanced import AdvancedPanel
from vb_demo.ui.panels.photo import PhotoPanel, preview
from vb_demo.ui.panels.question import QuestionPanel
from vb_demo.ui.repeating import example_of, questions, recipe_of, with_recipe
from vb_demo.ui.session import Asked, Part, Session

LISTEN = """
const open = () => location.hash.startsWith("#recipe=") && trigger("link", {text: location.hash});
addEventListener("hashchange", open);
open();
"""
"""The page's address may hold a recipe, when it is opened or later; the page calls it `link`."""
FORGET_LINK = "() => history.replaceState(null, '', location.pathname + location.search)"


@dataclass(frozen=True)
class RecipePanel:
    link: gr.HTML
    run: gr.Button


def add(page: Page) -> RecipePanel:
    link = gr.HTML(js_on_load=LISTEN, elem_id="recipe-link", visible="hidden")
    shown = gr.HTML(elem_id="recipe", visible="hidden")
    with gr.Row():
        run = gr.Button("Run the recipe", variant="primary", visible="hidden", elem_id="recipe-run")
        away = gr.Button("Put it away", visible="hidden", min_width=130, scale=0, elem_id="recipe-away")

    def fill(session: Session, recipe: Recipe | None) -> tuple[gr.HTML, gr.Button, gr.Button]:
        there = shown_if(recipe is not None)
        text = card(session, recipe, page.painter) if recipe is not None else ""
        return gr.HTML(text, visible=there), gr.Button(visible=there), gr.Button(visible=there)

    view = page.shows(Part.PHOTO, [shown, run, away], fill, [page.recipe])
    closed = away.click(lambda: None, None, page.recipe, js=FORGET_LINK, **AT_ONCE)
    page.redraw(closed.success, view)
    return RecipePanel(link, run)


def wire(
    page: Page,
    panel: RecipePanel,
    file: gr.UploadButton,
    gallery: Gallery,
    photos: PhotoPanel,
    asked: QuestionPanel,
    settings: AdvancedPanel,
) -> None:
    """Apart from `add`, because what is wired stands further down the page."""

    def from_link(session: Session, event: gr.EventData) -> tuple[Any, ...]:
        text = event._data.get("text") if isinstance(event._data, dict) else None
        return opened(session, Recipe.from_link(str(text)), gallery)

    def from_file(session: Session, path: str) -> tuple[Any, ...]:
        return opened(session, read(path), gallery)

    outputs = [page.recipe, page.session, photos.photo, photos.example]
    outputs += [asked.task, asked.words, *settings.controls]
    for event, open_recipe, inputs in (
        (panel.link.link, from_link, [page.session]),
        (file.upload, from_file, [page.session, file]),
    ):
        page.changed(event(in_words(open_recipe), inputs, outputs, show_progress="hidden", **INSIDE), Part.ALL)


def share(page: Page) -> gr.UploadButton:
    """The link to what is there, and a button to open a recipe file."""
    page.shows(Part.CAMERA | Part.ANSWERS | Part.PINS, gr.HTML(elem_id="recipe-share"), link_card)
    return gr.UploadButton(
        "Open a recipe.json", file_types=[".json"], type="filepath", size="sm", scale=0, elem_id="recipe-file"
    )


def opened(session: Session, recipe: Recipe, gallery: Gallery) -> tuple[Any, ...]:
    """Recipe, session, photo and example as they are now, and the first question: task, words and settings.

    The photo changes only if the recipe is about one of the examples.
    """
    picture: Any = gr.skip()
    example: Any = gr.skip()
    if session.scene is None or not is_about(recipe, session.scene.photo):
        known = example_of(recipe)
        taken = gallery.session(known) if known else Session()
        if taken.scene is not None and is_about(recipe, taken.scene.photo):
            session, example, picture = taken, known, preview(taken)
    task, first = next(iter(_questions_here(session, recipe).items()), ("", None))
    # All but the last, `untold`, have a place on the page.
    told = (task, *astuple(first)[:-1]) if first else [gr.skip()] * len(fields(Asked))
    return recipe, with_recipe(session, recipe), picture, example, *told


def read(path: str | Path) -> Recipe:
    """A recipe file. Raises InputError if it is none."""
    if Path(path).stat().st_size > MAX_LINK:
        raise InputError(f"This is no recipe: it has more than {MAX_LINK // 1000} kB.")
    return Recipe.from_json(Path(path).read_text("utf-8", errors="replace"))


def ask_again(session: Session, recipe: Recipe | None) -> list[Asked]:
    """What the recipe asks. Raises InputError where that is nothing."""
    asked = list(_questions_here(session, recipe).values()) if recipe else []
    if not asked:
        raise InputError("This recipe asks for nothing: its paintings were made elsewhere; hand them in again.")
    return asked


def _questions_here(session: Session, recipe: Recipe) -> dict[str, Asked]:
    """The recipe's questions as they are asked about the photo at hand."""
    return questions(asked_about(recipe, session.scene.photo) if session.scene else recipe)


def card(session: Session, recipe: Recipe, painter: Painter) -> str:
    """What a recipe asks, about which photo, and what differs here."""
    items = [
        f"<b>{escape(TASKS[task].title)}</b> “{escape(_short(asked.words))}” <small>seed {asked.seed}</small>"
        for task, asked in questions(recipe).items()
    ]
    elsewhere = [TASKS[ask.task].title for ask in recipe.asks if ask.generator == "upload"]
    if elsewhere:
        items.append(f"{escape(', '.join(elsewhere))} was painted elsewhere; hand the painting in again.")
    rows = "".join(f"<li>{item}</li>" for item in items)
    said = hint(about(session, recipe, painter))
    return f'<section class="vb-recipe"><h2>A recipe</h2><ol>{rows}</ol>{said}</section>'


def about(session: Session, recipe: Recipe, painter: Painter) -> str:
    """Whether this is the recipe's photo and generator, and what follows."""
    name = recipe.photo or "the photo"
    if session.scene is None:
        said = f"Add {name}, which it was made with, or another photo to ask the same about."
    elif is_about(recipe, session.scene.photo):
        kept = [what for what, there in (("camera", recipe.camera), ("scale", recipe.calibration)) if there]
        kept += ["pins"] if recipe.pins else []
        said = f"Made with this photo{f'; {listed(kept)} as they were' if kept else ''}."
    else:
        said = f"{other(session.scene.photo, recipe)} The same is asked about it; camera, scale and pins are its own."
    painters = {ask.generator for ask in recipe.asks} - {"upload"}
    if (here := painter.who.name) and painters - {here}:
        said += f" It was painted by {listed(sorted(painters))}; {here}, which paints here, may paint it otherwise."
    return said


def other(photo: Photo, recipe: Recipe) -> str:
    """Why this is not the recipe's photo, as far as can be known: the recipe has no picture to compare with."""
    name = recipe.photo or "the photo"
    if recipe.photo_size in (None, photo.size):
        return f"This is another photo than {name}, which it was made with, or the same one saved anew."
    made, here = (f"{width} × {height}" for width, height in (recipe.photo_size, photo.size))
    return (
        f"This is another photo than {name}, which it was made with, or the same one at another size: "
        f"that had {made} pixels, this has {here}."
    )


def link_card(session: Session) -> str:
    """A link that repeats what is there. recipe.js gives the button the whole address."""
    if session.scene is None or not session.scene.answers:
        return ""
    link = escape(recipe_of(session).to_link())
    return (
        '<section class="vb-recipe"><h2>Repeat it</h2><p>'
        f'<a href="#{link}" target="_blank" data-recipe-link>A link to this run</a> '
        '<button type="button" class="vb-switch" data-copy="">Copy link</button></p>'
        f"{hint('It holds words, seeds, camera, scale and pins, but no photo: whoever opens it adds the same file.')}"
        "</section>"
    )


def _short(text: str, length: int = 90) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
