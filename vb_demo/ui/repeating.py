"""Opening a recipe: what a session asks again, and what is set as it was."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from vb_demo import recipe as recipes
from vb_demo.calibration import refitted
from vb_demo.errors import InputError
from vb_demo.recipe import SLOTS, Recipe, is_about
from vb_demo.ui.examples import EXAMPLES, Example
from vb_demo.ui.session import MAX_PINS, MAX_STEPS, MAX_VOTES, Asked, Fresh, Session, with_answers, with_scale


def recipe_of(session: Session) -> Recipe:
    """What repeats a session, in the visitor's own words. Raises InputError without a photo."""
    if session.scene is None:
        raise InputError("There is no photo yet.")
    recipe = recipes.recipe_of(session.scene, session.pins)
    asks = []
    for ask in recipe.asks:
        if (asked := session.asked.get(SLOTS[ask.task])) is not None:
            own = {
                "prompt": asked.words,
                "seed": asked.seed,
                "steps": asked.steps or None,
                "calibrate_colors": asked.calibrate_colors,  # asked of a depth too, where nothing comes of it
                "min_percent": asked.min_percent,  # likewise
            }
            ask = ask.model_copy(update=own)
        asks.append(ask)
    return recipe.model_copy(update={"asks": tuple(asks)})


def questions(recipe: Recipe) -> dict[str, Asked]:
    """Task → what can be asked again, within what the page allows. Paintings that were uploaded are not in here."""
    return {
        ask.task: Asked(
            ask.prompt,
            seed=max(ask.seed or 0, 0),
            steps=min(max(ask.steps or 0, 0), MAX_STEPS),
            votes=min(ask.votes, MAX_VOTES),
            register=ask.registering,
            calibrate_colors=ask.calibrate_colors,
            min_percent=ask.min_percent,
            untold=ask.untold,
        )
        for ask in recipe.asks
        if ask.generator != "upload"
    }


def example_of(recipe: Recipe) -> Example | None:
    """The example whose photo has the recipe's name."""
    return next((example for example in EXAMPLES if example.file == recipe.photo), None)


def with_recipe(session: Session, recipe: Recipe | None) -> Session:
    """Camera, pins and scale as a recipe has them, the scale as soon as its depth is there; not for another photo."""
    if session.scene is None or recipe is None or not is_about(recipe, session.scene.photo):
        return replace(session, recipe=None)
    photo = session.scene.photo
    if recipe.camera is not None and (recipe.camera.width, recipe.camera.height) == photo.size:
        photo = replace(photo, camera=recipe.camera)
    pins = tuple((int(x), int(y)) for x, y in recipe.pins if 0 <= x < photo.width and 0 <= y < photo.height)
    scene = replace(session.scene, photo=photo)
    return at_scale_of_recipe(replace(session, scene=scene, pins=pins[:MAX_PINS], chosen=(), recipe=recipe))


def joined(session: Session, fresh: Sequence[Fresh]) -> Session:
    """Answers join the session; a depth among them that a recipe asked for gets the recipe's scale.

    If such a depth was there before, its scale stays: somebody may have set it since.
    """
    after = with_answers(session, fresh)
    return after if _has_depth_of_recipe(session) else at_scale_of_recipe(after)


def at_scale_of_recipe(session: Session) -> Session:
    """The depth at the recipe's scale, if it was asked for with the same words and settings."""
    recipe = session.recipe
    if recipe is None or recipe.calibration is None or not _has_depth_of_recipe(session):
        return session
    with suppress(InputError):  # a scale for the other kind of depth
        scaled = with_scale(session, recipe.calibration)
        if scaled.scene is not None:
            return replace(scaled, scene=refitted(scaled.scene))  # somebody else may have painted it
    return session


def _has_depth_of_recipe(session: Session) -> bool:
    if session.recipe is None or session.scene is None or session.scene.depth is None:
        return False
    return questions(recipe_of(session)).get("depth") == questions(session.recipe).get("depth")
