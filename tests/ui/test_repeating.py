from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest

from tests.conftest import Painter, Shifted, Telling
from tests.ui.conftest import DEPTH, LEGEND, asked
from vb_demo.answers import Calibration
from vb_demo.calibration import from_distances
from vb_demo.errors import InputError
from vb_demo.generators import Generator
from vb_demo.images import Photo
from vb_demo.recipe import Ask, Recipe
from vb_demo.ui.asking import ask, paint
from vb_demo.ui.repeating import at_scale_of_recipe, example_of, is_about, joined, questions, recipe_of, with_recipe
from vb_demo.ui.session import MAX_PINS, MAX_STEPS, MAX_VOTES, Asked, Fresh, Session, with_answer, with_fov, with_scale

TWICE = Calibration(2.0, kind="metric", source="a known size")


def repeated(recipe: Recipe, session: Session, painter: Generator) -> Session:
    """What the page does with a recipe: open it, ask, join."""
    session = with_recipe(session, recipe)
    asked = list(questions(recipe).values())
    return joined(session, [each for each in paint([session], asked, painter, Event()) if isinstance(each, Fresh)])


def test_a_recipe_brings_a_visitor_where_the_other_one_was(session: Session, painter: Painter) -> None:
    first = replace(with_fov(asked(session, painter, DEPTH, LEGEND), 50), pins=((40, 60), (50, 60)))
    first = with_scale(first, TWICE)
    recipe = Recipe.from_link(recipe_of(first).to_link())
    second = repeated(recipe, session, painter)
    assert second.scene is not None
    assert first.scene is not None
    assert second.pins == first.pins
    assert second.scene.reading(40, 60).xyz == first.scene.reading(40, 60).xyz
    assert second.scene.photo.camera == first.scene.photo.camera
    assert second.asked == first.asked | {"depth": replace(first.asked["depth"], untold=True)}
    assert recipe_of(second) == recipe_of(first)


def test_a_recipe_asks_without_the_camera_what_was_asked_before_it_was_set(session: Session, painter: Painter) -> None:
    assert session.scene is not None
    unknown = replace(session, scene=replace(session.scene, photo=session.scene.photo.of_unknown_camera()))
    first = with_fov(asked(unknown, painter, DEPTH), 90)
    recipe = Recipe.from_link(recipe_of(first).to_link())
    second = repeated(recipe, unknown, Telling(painter))
    assert second.scene is not None
    assert second.scene.metric_depth().told_degrees is None
    assert recipe_of(second) == recipe
    once_more = asked(with_fov(unknown, 90), Telling(painter), DEPTH)
    assert repeated(recipe_of(once_more), unknown, Telling(painter)).scene.metric_depth().told_degrees == 90


def test_known_lengths_of_a_recipe_stay_true_whoever_paints(session: Session, painter: Painter) -> None:
    first = asked(session, painter, DEPTH)
    assert first.scene is not None
    recipe = recipe_of(with_scale(first, from_distances(first.scene, [(17, 43, 4.0)])))  # beside the box's rim
    second = repeated(recipe, session, Shifted(painter))
    assert second.scene is not None
    assert second.scene.distance_at(17, 43).value == pytest.approx(4.0)


def test_a_recipe_does_about_a_painting_what_was_done(session: Session, painter: Painter) -> None:
    shifted = Shifted(painter)
    first = session
    for words in (DEPTH, LEGEND):
        fresh = ask(first, words, shifted, votes=2, register="correct", calibrate_colors=True, min_percent=0.01)
        first = with_answer(first, fresh)
    first = with_scale(first, TWICE)
    recipe = Recipe.from_link(recipe_of(first).to_link())
    second = repeated(recipe, session, shifted)
    assert second.scene is not None
    assert second.scene.segments is not None
    assert recipe_of(second) == recipe
    assert second.scene.segments.provenance.corrected
    assert second.scene.segments.provenance.drift is not None
    assert second.scene.metric_depth().calibration == TWICE


def test_another_photo_keeps_its_own_camera_scale_and_pins(session: Session, painter: Painter) -> None:
    first = with_scale(replace(with_fov(asked(session, painter, DEPTH), 50), pins=((40, 60),)), TWICE)
    assert session.scene is not None
    photo = session.scene.photo
    other = Session(replace(session.scene, photo=replace(photo, pixels=255 - photo.pixels)))
    second = repeated(recipe_of(first), other, painter)
    assert second.scene is not None
    assert second.pins == ()
    assert second.scene.photo.camera == photo.camera
    assert second.scene.metric_depth().calibration is None
    assert list(second.scene.answers) == ["depth"]


def test_a_scale_is_that_of_its_own_painting(session: Session, painter: Painter) -> None:
    recipe = recipe_of(with_scale(asked(session, painter, DEPTH), TWICE))
    once_more = with_recipe(session, recipe)
    for seed, calibration in ((7, None), (0, TWICE)):
        other = at_scale_of_recipe(with_answer(once_more, ask(once_more, DEPTH, painter, seed=seed)))
        assert other.scene is not None
        assert other.scene.metric_depth().calibration == calibration
    there_already = with_recipe(asked(session, painter, DEPTH), recipe)
    assert there_already.scene is not None
    assert there_already.scene.metric_depth().calibration == TWICE


def test_a_scale_set_after_the_recipes_own_stays_when_more_is_painted(session: Session, painter: Painter) -> None:
    recipe = recipe_of(with_scale(asked(session, painter, DEPTH), TWICE))
    after = with_scale(repeated(recipe, session, painter), None)
    more = joined(after, [ask(after, LEGEND, painter)])
    assert more.scene is not None
    assert list(more.scene.answers) == ["depth", "segments"]
    assert more.scene.metric_depth().calibration is None


@pytest.mark.parametrize("own", [Calibration(3.0, kind="metric"), None])
def test_a_scale_set_after_the_recipes_own_stays_when_its_depth_is_painted_again(
    session: Session, painter: Painter, own: Calibration | None
) -> None:
    recipe = recipe_of(with_scale(asked(session, painter, DEPTH), TWICE))
    after = with_scale(repeated(recipe, session, painter), own)
    again = joined(after, [ask(after, DEPTH, painter)])
    assert again.scene is not None
    assert again.scene.metric_depth().calibration == own


def test_a_link_cannot_ask_for_more_than_the_page_allows(session: Session) -> None:
    assert session.scene is not None
    greedy = Ask(task="depth", prompt=DEPTH, generator="x", seed=-5, steps=10**9, votes=100)
    uploaded = Ask(task="normals", prompt="", generator="upload")
    recipe = Recipe(asks=(greedy, uploaded))
    assert questions(recipe) == {"depth": Asked(DEPTH, seed=0, steps=MAX_STEPS, votes=MAX_VOTES)}
    with pytest.raises(InputError, match="no photo"):
        recipe_of(Session())
    digest = recipe_of(session).photo_sha256
    outside = with_recipe(session, Recipe(photo_sha256=digest, pins=((-1, 0), (96, 0), (3.5, 71.9))))
    assert outside.pins == ((3, 71),)
    many = with_recipe(session, Recipe(photo_sha256=digest, pins=tuple((x, 0) for x in range(MAX_PINS + 1))))
    assert many.pins == tuple((x, 0) for x in range(MAX_PINS))


def test_photos_are_known_by_their_pixels(session: Session) -> None:
    assert session.scene is not None
    photo: Photo = session.scene.photo
    recipe = recipe_of(session)
    assert is_about(recipe, replace(photo, name="renamed.png"))
    assert not is_about(recipe, replace(photo, pixels=255 - photo.pixels))
    assert example_of(Recipe(photo="street.jpg")).title == "Street"
    assert example_of(recipe) is None
