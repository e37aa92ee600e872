from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Painter as WorldPainter
from tests.conftest import World
from tests.ui.conftest import DEPTH, LEGEND, asked, text
from vb_demo.errors import InputError
from vb_demo.images import open_photo
from vb_demo.recipe import MAX_LINK, Ask, Recipe
from vb_demo.scene import Scene
from vb_demo.ui.asking import Painter
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.gallery import Gallery
from vb_demo.ui.panels.recipe import ask_again, card, link_card, opened, read
from vb_demo.ui.repeating import recipe_of
from vb_demo.ui.session import Session
from vb_demo.ui.studio import Studio


@pytest.fixture
def waiting(painter: WorldPainter) -> Painter:
    waiting = Painter(lambda: Studio(painter))
    waiting.get()
    return waiting


def test_a_recipe_says_what_it_asks_and_about_which_photo(
    session: Session, world: World, painter: WorldPainter, waiting: Painter
) -> None:
    made = replace(asked(session, painter, DEPTH, LEGEND), pins=((40, 60),))
    recipe = recipe_of(made).model_copy(update={"photo": "holiday.jpg"})
    said = text(card(session, recipe, waiting))
    assert "Depth" in said
    assert LEGEND in said
    assert "Made with this photo; camera and pins as they were." in said
    assert "Add holiday.jpg" in text(card(Session(), recipe, waiting))
    other = Session(Scene(replace(world.photo, pixels=255 - world.photo.pixels)))
    said_of_other = text(card(other, recipe, waiting))
    assert "another photo than holiday.jpg, which it was made with, or the same one saved anew" in said_of_other
    halved = Session(Scene(open_photo(world.photo.pixels[::2, ::2])))
    said_of_half = text(card(halved, recipe, waiting))
    assert "or the same one at another size: that had 96 × 72 pixels, this has 48 × 36" in said_of_half
    old = recipe.model_copy(update={"photo_size": None})
    assert "saved anew" in text(card(halved, old, waiting))
    assert "may paint it otherwise" not in said
    asks = (
        Ask(task="depth", prompt="<b>far</b>", generator="someone"),
        Ask(task="normals", prompt="", generator="upload"),
    )
    strange = card(session, Recipe(photo="<i>.jpg", asks=asks), waiting)
    assert "<b>far" not in strange
    assert "<i>" not in strange
    assert "painted by someone" in strange
    assert "Normals was painted elsewhere" in strange


def test_opening_a_recipe_sets_the_question_and_takes_the_example(waiting: Painter) -> None:
    gallery = Gallery(waiting)
    street = gallery.session(EXAMPLES[1])
    assert street.scene is not None
    ask = Ask(
        task="segment",
        prompt="the road is grey",
        generator="x",
        seed=7,
        votes=2,
        registering="measure",
        calibrate_colors=True,
        min_percent=0.7,
    )
    recipe = recipe_of(street).model_copy(update={"asks": (ask,), "pins": ((9, 8),)})
    assert recipe.photo == "street.jpg"
    told, session, picture, example, *question = opened(Session(), recipe, gallery)
    assert told is recipe
    assert question == ["segment", "the road is grey", 7, 0, 2, "measure", True, 0.7]
    assert session.pins == ((9, 8),)
    assert picture is not None
    assert example is EXAMPLES[1]
    mine = Session(Scene(replace(street.scene.photo, name="mine.jpg")))
    _, session, picture, example, *_ = opened(mine, recipe, gallery)
    assert session.scene.photo.name == "mine.jpg"  # the same pixels
    assert isinstance(picture, dict)
    assert isinstance(example, dict)
    _, session, *_ = opened(Session(), recipe.model_copy(update={"photo_sha256": "0"}), gallery)
    assert session.scene is None


def test_what_cannot_be_opened_or_asked_is_said(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.write_text("{}")
    with pytest.raises(InputError, match="asks for nothing"):
        ask_again(Session(), read(path))
    path.write_bytes(b"\xff" * (MAX_LINK + 1))
    with pytest.raises(InputError, match="100 kB"):
        read(path)
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="no recipe"):
        read(path)


def test_the_link_on_the_page_is_the_recipe(session: Session, painter: WorldPainter) -> None:
    assert link_card(Session()) == link_card(session) == ""
    made = asked(session, painter, DEPTH)
    link = link_card(made).split('href="#')[1].split('"')[0]
    assert Recipe.from_link(link) == recipe_of(made)
