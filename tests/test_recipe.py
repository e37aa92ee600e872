from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Telling
from vb_demo.answers import Calibration
from vb_demo.calibration import from_distances, with_camera
from vb_demo.codecs import depth as codec
from vb_demo.errors import InputError
from vb_demo.flow import ask, decode
from vb_demo.geometry import Camera
from vb_demo.images import open_photo
from vb_demo.prompts import with_field_of_view
from vb_demo.recipe import Ask, Recipe, photo_digest, recipe_of, run_recipe
from vb_demo.scene import Scene

WORDS = "The floor is blue. The box is red. The background is black."


@pytest.fixture
def scene(world, painter) -> Scene:
    return Scene(
        world.photo,
        depth=ask(world.photo, "depth", generator=painter, seed=7, steps=3),
        segments=ask(world.photo, WORDS, generator=painter),
        instances=ask(world.photo, "instances", of="ball", generator=painter),
    )


def test_a_recipe_says_what_was_asked(scene: Scene):
    recipe = recipe_of(scene, [(27, 48)])
    depth, segment, instances = recipe.asks
    assert (depth.task, depth.generator, depth.seed, depth.steps) == ("depth", "painter", 7, 3)
    assert depth.prompt == scene.depth.provenance.prompt
    assert depth.encoding == "cube-walk"
    assert segment.prompt == WORDS
    assert instances.of == "ball"
    assert recipe.photo_sha256 == photo_digest(scene.photo)
    assert recipe.photo_size == scene.photo.size
    assert recipe.pins == ((27, 48),)


def test_running_it_again_gives_the_same(scene: Scene, painter):
    calibrated = scene.calibrated(Calibration(1.5, kind="metric", source="1 known distance"))
    recipe = recipe_of(calibrated)
    asked = painter.prompts.copy()
    painter.prompts.clear()
    again = run_recipe(recipe, open_photo(scene.photo.pixels), load={"painter": painter}.__getitem__)
    assert painter.prompts == asked
    assert again.photo.camera == scene.photo.camera  # a person had given it
    np.testing.assert_allclose(again.depth.meters, 1.5 * scene.depth.meters)
    np.testing.assert_array_equal(again.segments.labels, scene.segments.labels)
    np.testing.assert_array_equal(again.instances.labels, scene.instances.labels)
    assert recipe_of(again) == recipe.model_copy(update={"photo": again.photo.name})


@pytest.mark.parametrize("told", [False, True])
def test_what_was_painted_before_the_camera_was_set_is_painted_without_it_again(world, painter, told: bool):
    telling, photo = Telling(painter), world.photo.of_unknown_camera()
    told_of = photo.with_fov(90) if told else photo
    painted = Scene(told_of, depth=ask(told_of, "depth", generator=telling))
    scene = with_camera(painted, photo.with_fov(90).camera)
    again = run_recipe(recipe_of(scene), photo, telling)
    assert (again.depth.told_degrees is not None) == told
    assert again.depth.provenance.prompt == scene.depth.provenance.prompt
    assert again.photo.camera == scene.photo.camera
    np.testing.assert_array_equal(again.depth.meters, scene.depth.meters)
    another = run_recipe(recipe_of(scene), replace(photo, pixels=255 - photo.pixels).with_fov(50), telling)
    assert another.depth.told_degrees == 50


def test_known_lengths_stay_true_whoever_paints(scene: Scene, painter):
    recipe = recipe_of(scene.calibrated(from_distances(scene, [(40, 60, 2.0)])))
    flat = codec.encode(np.full(scene.depth.meters.shape, 5, np.float32))
    again = run_recipe(recipe, scene.photo, painter, paintings={"depth": flat})
    assert again.distance_at(40, 60).value == pytest.approx(2.0)


def test_another_photo_gets_the_questions_but_not_the_scale(scene: Scene, painter):
    recipe = recipe_of(scene.calibrated(Calibration(1.5, kind="metric")))
    other = open_photo(255 - scene.photo.pixels)
    again = run_recipe(recipe, other, painter)
    assert again.photo.camera == other.camera
    assert again.depth.calibration is None


def test_a_photo_that_the_app_had_brought_down_is_known_at_its_own_size(world, painter):
    large = replace(world.photo.resized(400, 300), camera=Camera.assumed(400, 300))
    worked_on = large.resized(96, 72)
    scene = Scene(worked_on, depth=ask(worked_on, "depth", generator=painter)).calibrated(
        Calibration(1.5, kind="metric")
    )
    again = run_recipe(recipe_of(scene), large, painter)
    np.testing.assert_array_equal(again.depth.meters, scene.depth.meters)
    assert again.photo.camera == worked_on.camera
    another = replace(large, pixels=255 - large.pixels)
    assert run_recipe(recipe_of(scene), another, painter).photo.size == (400, 300)


def test_an_assumed_camera_is_no_part_of_a_recipe(scene: Scene):
    photo = replace(scene.photo, camera=Camera.assumed(*scene.photo.size))
    assert recipe_of(replace(scene, photo=photo)).camera is None


def test_uploads_are_handed_in_again(scene: Scene, painter):
    painting = scene.depth.painting
    uploaded = Scene(scene.photo, decode(painting, "depth", photo=scene.photo, encoding="inverse-grey"))
    recipe = recipe_of(uploaded)
    assert (recipe.asks[0].generator, recipe.asks[0].encoding) == ("upload", "inverse-grey")
    again = run_recipe(recipe, scene.photo, paintings={"depth": painting})
    np.testing.assert_array_equal(again.depth.nearness, uploaded.depth.nearness)
    with pytest.raises(InputError, match="was uploaded"):
        run_recipe(recipe, scene.photo)


def test_votes_are_repeated_with_the_seeds_that_follow(scene: Scene, painter):
    seeds = []
    paint = painter.paint
    painter.paint = lambda *args, **options: seeds.append(options["seed"]) or paint(*args, **options)
    asked = Ask(task="depth", prompt="How far?", generator="painter", seed=4, votes=3)
    again = run_recipe(Recipe(asks=(asked,)), scene.photo, painter)
    assert seeds == [4, 5, 6]
    assert again.depth.votes == 3


def test_votes_on_a_legend_have_fresh_colours_again(scene: Scene, painter):
    voted = Scene(scene.photo, segments=ask(scene.photo, WORDS, generator=painter, votes=3))
    asked = painter.prompts[-3:]
    run_recipe(recipe_of(voted), scene.photo, painter)
    assert painter.prompts[-3:] == asked
    assert len(set(asked)) == 3


@pytest.mark.parametrize("register", ["off", "measure", "correct"])
def test_how_the_painting_was_read_is_repeated(scene: Scene, painter, register):
    asked = Scene(
        scene.photo,
        segments=ask(scene.photo, WORDS, generator=painter, register=register, calibrate_colors=True, min_percent=0.02),
    )
    recipe = Recipe.from_link(recipe_of(asked).to_link())
    assert (recipe.asks[0].registering, recipe.asks[0].calibrate_colors) == (register, True)
    again = run_recipe(recipe, scene.photo, painter).segments.provenance
    assert (again.misalignment is None, again.corrected) == (register == "off", register == "correct")
    assert again.drift is not None
    assert (recipe.asks[0].min_percent, again.min_percent) == (0.02, 0.02)


# --- JSON and links -------------------------------------------------------------------------------------------------

texts = st.text(max_size=60)
asks = st.builds(Ask, prompt=texts, of=st.none() | texts, generator=texts, seed=st.none() | st.integers(0, 2**31))
recipes = st.builds(
    Recipe,
    photo=texts,
    photo_size=st.none() | st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    asks=st.lists(asks, max_size=4).map(tuple),
    camera=st.none() | st.builds(Camera.from_fov, st.integers(2, 9999), st.integers(2, 9999), st.floats(2, 160)),
    calibration=st.none() | st.builds(Calibration, st.floats(0.01, 100), points=st.just(((3.0, 4.5),))),
    pins=st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), max_size=5).map(tuple),
)


@given(recipes)
def test_links_and_json_come_back(recipe: Recipe):
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_link(f"https://example.org/?{recipe.to_link()}") == recipe


def test_a_normal_link_is_short(scene: Scene):
    link = recipe_of(scene, [(27, 48), (48, 70)]).to_link()
    assert len(link) < 1000
    assert set(link.removeprefix("recipe=")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("link", ["", "https://example.org/", "recipe=", "recipe=!!", "recipe=eJwr", "recipe=AAAA"])
def test_links_that_are_none(link: str):
    with pytest.raises(InputError, match="link"):
        Recipe.from_link(link)


def test_a_link_cannot_unpack_to_gigabytes():
    bomb = Recipe(photo="a" * 10**6).to_link()
    assert len(bomb) < 5000
    with pytest.raises(InputError, match="cut off"):
        Recipe.from_link(bomb)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "document"),
        ("{", "document"),
        ('{"version": 2}', "version"),
        ('{"asks": [{"task": "poem", "prompt": "", "generator": ""}]}', "asks.0.task"),
        ('{"run": "rm"}', "run"),
        ('{"camera": {"width": 0, "height": 1, "fx": 1, "fy": 1, "cx": 0, "cy": 0}}', "camera"),
    ],
)
def test_documents_that_are_no_recipe(text: str, said: str):
    with pytest.raises(InputError, match=rf"no recipe that can be read: {said}"):
        Recipe.from_json(text)


def test_another_photo_is_told_its_own_field_of_view(world, painter):
    words = with_field_of_view("Paint a depth map.", 70)
    recipe = recipe_of(Scene(world.photo, ask(world.photo, "depth", prompt=words, generator=painter)))
    other = 255 - world.photo.pixels
    run_recipe(recipe, open_photo(other, hfov=40), painter)
    run_recipe(recipe, open_photo(other), painter)  # a camera that is only assumed
    run_recipe(recipe, replace(world.photo, camera=Camera.from_fov(*world.photo.size, 50)), painter)
    assert painter.prompts == [words, with_field_of_view("Paint a depth map.", 40), "Paint a depth map.", words]
