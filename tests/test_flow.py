from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vb_demo as vb
from tests.conftest import Shifted
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import to_uint8
from vb_demo.flow import MAX_SEED, READERS, on_grid
from vb_demo.generators.base import PAPER_DIALECT, Painting
from vb_demo.tasks import Wording


def dominant(labels: np.ndarray, mask: np.ndarray) -> int:
    return int(np.bincount(labels[mask]).argmax())


def test_depth_comes_back_in_metres(world: Any, painter: Any) -> None:
    answer = vb.ask(world.photo, "depth", generator=painter)
    assert isinstance(answer, vb.DepthMap)
    sky = np.isinf(world.depth)
    assert np.isinf(answer.meters[sky]).all()
    np.testing.assert_allclose(answer.meters[~sky], world.depth[~sky], rtol=0.01)
    assert answer.reliability.min() > 0.9


def test_normals_come_back_as_directions(world: Any, painter: Any) -> None:
    answer = vb.ask(world.photo, "normals", generator=painter)
    assert isinstance(answer, vb.NormalMap)
    known = np.isfinite(world.normals).all(axis=-1)
    np.testing.assert_allclose(answer.vectors[known], world.normals[known], atol=0.01)
    assert np.isnan(answer.vectors[~known]).all()


def test_free_words_come_back_as_named_labels(world: Any, painter: Any) -> None:
    words = "paint the ball red and the box #0000ff"
    answer = vb.ask(world.photo, words, generator=painter)
    assert isinstance(answer, vb.SegmentMap)
    assert painter.prompts == [words]
    assert answer.legend.names == ["background", "ball", "box"]
    assert np.array_equal(answer.labels == 1, world.labels == 4)
    assert np.array_equal(answer.labels == 2, world.labels == 3)


def test_things_come_back_numbered(world: Any, painter: Any) -> None:
    answer = vb.ask(world.photo, "instances", of="ball", generator=painter)
    assert isinstance(answer, vb.InstanceMap)
    assert (answer.count, answer.of, len(answer.colors)) == (2, "ball", 2)
    assert "Each ball is colored differently" in painter.prompts[0]
    first, second = (dominant(answer.labels, world.instances == i) for i in (1, 2))
    assert {first, second} == {1, 2}


def test_a_kind_can_be_named_in_free_words(world: Any, painter: Any) -> None:
    words = "Each ball is colored differently. Background is white."
    answer = vb.ask(world.photo, words, generator=painter)
    assert isinstance(answer, vb.InstanceMap)
    assert (answer.of, answer.count) == ("ball", 2)
    assert painter.prompts == [words]


def test_a_kind_fills_the_words_of_a_dialect(world: Any, painter: Any) -> None:
    painter.dialect = {"instances": Wording("Each {of} is colored differently. Background is black.", "five-step")}
    answer = vb.ask(world.photo, "Each ball is a different color. Background is white.", generator=painter)
    assert isinstance(answer, vb.InstanceMap)
    assert painter.prompts == ["Each ball is colored differently. Background is black."]
    assert answer.count == 2


def test_an_answer_knows_where_it_comes_from(world: Any, painter: Any) -> None:
    steps: list[tuple[int, int]] = []
    answer = vb.ask(
        world.photo,
        "depth",
        generator=painter,
        seed=7,
        steps=3,
        on_step=lambda step, total, pixels: steps.append((step, total)),
    )
    origin = answer.provenance
    assert (origin.generator, origin.seed, origin.steps) == ("painter", 7, 3)
    assert origin.prompt == PAPER_DIALECT["depth"].words
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_own_words_are_sent_as_they_are(world: Any, painter: Any) -> None:
    vb.ask(world.photo, "depth", prompt="Depth in rainbow colors.", generator=painter)
    assert painter.prompts == ["Depth in rainbow colors."]


def test_the_usual_error_of_a_generator_goes_with_its_metres(world: Any, painter: Any) -> None:
    painter.dialect = {"depth": replace(PAPER_DIALECT["depth"], abs_rel=0.2)}
    assert vb.ask(world.photo, "depth", generator=painter).provenance.abs_rel == 0.2


def test_a_dialect_decides_how_a_painting_is_read(world: Any, painter: Any) -> None:
    painter.dialect = {"depth": Wording("Show depth", "inverse-grey")}
    answer = vb.ask(world.photo, "depth", generator=painter)
    assert isinstance(answer, vb.RelativeDepthMap)
    assert painter.prompts == ["Show depth"]
    with pytest.raises(vb.InputError, match="it can be asked for: depth"):
        vb.ask(world.photo, "normals", generator=painter)


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 10**30, 1.5, float("nan"), None])
def test_a_seed_is_a_whole_number_within_its_range(world: Any, painter: Any, seed: Any) -> None:
    painter.edits = painter.draws = True
    with pytest.raises(vb.InputError, match=r"^Seed must be a whole number from 0 to 2147483647\.$"):
        vb.ask(world.photo, "depth", generator=painter, seed=seed)
    with pytest.raises(vb.InputError, match="Seed must be"):
        vb.edit(world.photo, "make it rain", generator=painter, seed=seed)
    with pytest.raises(vb.InputError, match="Seed must be"):
        vb.draw("a kitchen", generator=painter, seed=seed)


@pytest.mark.parametrize("seed", [0, MAX_SEED, np.int64(7), 7.0])
def test_any_whole_number_within_the_range_is_a_seed(world: Any, painter: Any, seed: Any) -> None:
    used = vb.ask(world.photo, "depth", generator=painter, seed=seed).provenance.seed
    assert (used, type(used)) == (seed, int)


def test_instances_need_a_kind(world: Any, painter: Any) -> None:
    with pytest.raises(vb.InputError, match="Instances of what"):
        vb.ask(world.photo, "instances", generator=painter)
    assert painter.prompts == []


def test_a_painting_from_elsewhere_lies_on_the_photo(world: Any, painter: Any) -> None:
    painting = painter.paint(world.photo, PAPER_DIALECT["depth"].words).pixels
    small = painting[::2, ::2]
    answer = vb.decode(Image.fromarray(small), "depth", photo=world.photo)
    assert isinstance(answer, vb.DepthMap)
    assert answer.meters.shape == world.depth.shape
    assert answer.painting.shape == small.shape
    assert answer.provenance.generator == "upload"
    assert vb.decode(small, "depth").reliability.shape == small.shape[:2]


def test_a_painting_is_read_by_a_legend_or_by_its_words(world: Any, painter: Any) -> None:
    words = "The ball is red. The floor is green."
    painting = painter.paint(world.photo, words).pixels
    by_words = vb.decode(painting, words)
    by_prompt = vb.decode(painting, "segment", prompt=words)
    by_legend = vb.decode(painting, "segment", legend=vb.parse_prompt(words))
    for answer in (by_words, by_prompt, by_legend):
        assert isinstance(answer, vb.SegmentMap)
        assert np.array_equal(answer.labels == 1, world.labels == 4)


def test_colours_without_a_legend_mean_nothing() -> None:
    with pytest.raises(vb.InputError, match="need a legend"):
        vb.decode(np.zeros((8, 8, 3), np.uint8), "segment")


def test_another_encoding_can_be_named(world: Any) -> None:
    grey = np.full((8, 8, 3), 255, np.uint8)
    answer = vb.decode(grey, "depth", encoding="inverse-grey")
    assert isinstance(answer, vb.RelativeDepthMap)
    assert answer.nearness[0, 0] == 1
    red = np.full((8, 8, 3), (255, 128, 128), np.uint8)
    facing = {axes: vb.decode(red, "normals", encoding=axes).vectors[0, 0, 0] for axes in ("vision-banana", "opengl")}  # type: ignore[union-attr]
    assert facing == pytest.approx({"vision-banana": -1, "opengl": 1}, abs=1e-4)
    with pytest.raises(vb.InputError, match="inverse-grey"):
        vb.decode(grey, "depth", encoding="rainbow")


def test_an_encoding_of_another_task_is_refused() -> None:
    with pytest.raises(vb.InputError, match="Depth cannot be read as 'vision-banana'"):
        vb.decode(np.zeros((8, 8, 3), np.uint8), "depth", encoding="vision-banana")


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 20), st.integers(1, 20))
def test_resizing_takes_pixels_and_makes_none(height: int, width: int, new_height: int, new_width: int) -> None:
    pixels = np.arange(height * width).reshape(height, width)
    resized = on_grid(pixels, (new_width, new_height))
    assert resized.shape == (new_height, new_width)
    assert set(resized.ravel()) <= set(pixels.ravel())
    assert np.array_equal(on_grid(resized, (new_width, new_height)), resized)
    doubled = on_grid(pixels, (2 * width, 2 * height))
    assert np.array_equal(doubled, pixels.repeat(2, axis=0).repeat(2, axis=1))


def test_the_generator_that_ships_is_the_default(monkeypatch: pytest.MonkeyPatch, world: Any, painter: Any) -> None:
    asked = SimpleNamespace(count=0)

    def load() -> Any:
        asked.count += 1
        return painter

    monkeypatch.setattr("vb_demo.flow.load_generator", load)
    vb.ask(world.photo, "depth")
    assert asked.count == 1


def test_every_encoding_reads_any_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    tasks = {"cube-walk": "depth", "inverse-grey": "depth", "linear-grey": "depth"}
    tasks |= {"legend": "the cat is red", "five-step": "instances"}
    for encoding in READERS:
        answer = vb.decode(pixels, tasks.get(encoding, "normals"), of="cat", encoding=encoding)
        assert answer.reliability.shape == (16, 16)
        assert ((answer.reliability >= 0) & (answer.reliability <= 1)).all()


def test_another_ramp_in_the_words_is_read_along_that_ramp() -> None:
    words = "Predict the metric depth. Visualized in the palette (black-red-white)."
    ramp = ((0, 0, 0), (255, 0, 0), (255, 255, 255))
    meters = np.tile([0.5, 2.0, 7.0, np.inf], (8, 2))
    painting = to_uint8(depth_codec.encode(meters, ramp=ramp))
    answer = vb.decode(painting, "depth", prompt=words)
    assert isinstance(answer, vb.DepthMap)
    np.testing.assert_allclose(answer.meters, meters, rtol=0.03)


# --- votes, registration, colour drift ------------------------------------------------------------------------------


def test_every_vote_has_other_colours_and_another_seed(world: Any, painter: Any) -> None:
    words = "Generate a segmentation mask. The ball is red, the box is #0000fe and the background is white."
    answer = vb.ask(world.photo, words, generator=painter, votes=4, seed=5)
    assert isinstance(answer, vb.SegmentMap)
    assert painter.prompts[0] == words
    assert len(set(painter.prompts)) == 4
    assert all(prompt.startswith("Generate a segmentation mask.") for prompt in painter.prompts)
    assert np.array_equal(answer.labels == 1, world.labels == 4)
    assert (answer.reliability == 1).all()
    assert answer.legend == vb.parse_prompt(words)
    assert (answer.votes, answer.provenance.seed, answer.provenance.prompt) == (4, 5, words)


def test_the_majority_wins_and_tells_how_large_it_is(world: Any, painter: Any) -> None:
    paint, runs = painter.paint, []

    def sometimes_blind(photo: Any, prompt: str, **options: Any) -> Any:
        runs.append(options["seed"])
        painting = paint(photo, prompt, **options)
        blind = np.full_like(painting.pixels, vb.parse_prompt(prompt).background_color)
        return replace(painting, pixels=blind) if len(runs) == 2 else painting

    painter.paint = sometimes_blind
    answer = vb.ask(world.photo, "paint the ball red", generator=painter, votes=3)
    assert runs == [0, 1, 2]
    assert np.array_equal(answer.labels == 1, world.labels == 4)  # type: ignore[union-attr]
    np.testing.assert_allclose(answer.reliability[world.labels == 4], 2 / 3)


def test_votes_on_depth_give_the_median_and_the_spread(world: Any, painter: Any) -> None:
    factors = iter((1.0, 1.1, 3.0))

    def paint(photo: Any, prompt: str, **options: Any) -> Painting:
        pixels = to_uint8(depth_codec.encode(world.depth * next(factors)))
        return Painting(pixels, "painter", prompt, options["seed"], 1, 0.5)

    painter.paint = paint
    answer = vb.ask(world.photo, "depth", generator=painter, votes=3)
    assert isinstance(answer, vb.DepthMap)
    ground = np.isfinite(world.depth)
    np.testing.assert_allclose(answer.meters[ground], 1.1 * world.depth[ground], rtol=0.01)
    assert answer.spread is not None
    assert (answer.spread[ground] > 0).all()
    assert answer.provenance.seconds == pytest.approx(1.5)


def test_progress_spans_all_votes_and_can_stop_between_them(world: Any, painter: Any) -> None:
    seen: list[tuple[int, int]] = []

    def on_step(step: int, total: int, pixels: Any) -> None:
        seen.append((step, total))
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vb.ask(world.photo, "paint the ball red", generator=painter, votes=3, steps=2, on_step=on_step)
    assert seen == [(1, 6), (2, 6), (3, 6), (4, 6)]
    assert len(painter.prompts) == 2


def test_things_and_relative_depth_take_votes_too(world: Any, painter: Any) -> None:
    things = vb.ask(world.photo, "instances", of="ball", generator=painter, votes=3)
    assert isinstance(things, vb.InstanceMap)
    assert (things.count, things.votes) == (2, 3)
    assert np.array_equal(things.labels > 0, world.labels == 4)
    painter.dialect = {"depth": Wording("Show depth", "inverse-grey")}
    depth = vb.ask(world.photo, "depth", generator=painter, votes=2)
    assert isinstance(depth, vb.RelativeDepthMap)
    assert depth.votes == 2


def test_nothing_there_is_an_answer(world: Any, painter: Any) -> None:
    words = "paint the ball red and the box blue"
    percent = 100 * (world.labels == 3).mean()
    found = vb.ask(world.photo, words, generator=painter, min_percent=percent * 1.01)
    assert isinstance(found, vb.SegmentMap)
    assert vb.absent(found) == ["box"]
    painting = painter.paint(world.photo, words).pixels
    read = vb.decode(painting, words, min_percent=percent * 1.01)
    assert np.array_equal(read.labels, found.labels)  # type: ignore[union-attr]
    assert vb.absent(vb.decode(painting, words, min_percent=percent * 0.99)) == []  # type: ignore[arg-type]
    with pytest.raises(vb.InputError, match="from 0 to below 100"):
        vb.decode(painting, words, min_percent=100)


def test_what_cannot_be_asked_is_refused_before_painting(world: Any, painter: Any) -> None:
    with pytest.raises(vb.InputError, match="votes is 0"):
        vb.ask(world.photo, "depth", generator=painter, votes=0)
    with pytest.raises(vb.InputError, match="off, measure, correct"):
        vb.ask(world.photo, "depth", generator=painter, register="yes")  # type: ignore[arg-type]
    assert painter.prompts == []


@pytest.mark.parametrize(
    ("task", "field"), [("depth", "meters"), ("normals", "vectors"), ("the ball is red", "labels")]
)
def test_a_shifted_painting_is_brought_back(world: Any, painter: Any, task: str, field: str) -> None:
    exact = getattr(vb.ask(world.photo, task, generator=painter), field)
    shifted = vb.ask(world.photo, task, generator=Shifted(painter), register="measure")
    assert not np.array_equal(getattr(shifted, field)[:, :90], exact[:, :90], equal_nan=True)
    found = vb.ask(world.photo, task, generator=Shifted(painter), register="correct")
    misalignment = found.provenance.misalignment
    assert misalignment is not None
    assert shifted.provenance.misalignment == misalignment
    assert (misalignment.dx, misalignment.dy) == pytest.approx((6, 0), abs=0.4)
    values = getattr(found, field)
    inner = slice(4, 88)  # a zoom of a thousandth may move a pixel at the border
    agree = np.isclose(values[:, inner], exact[:, inner], equal_nan=True)
    assert agree.mean() > 0.98
    none = values[:, -5:] == 0 if field == "labels" else np.isnan(values[:, -5:])
    assert none.all()
    assert (found.reliability[:, -5:] == 0).all()


@pytest.mark.parametrize("register", ["off", "measure", "correct"])
def test_what_is_painted_on_transparent_parts_is_no_answer(world: Any, painter: Any, register: Any) -> None:
    photo = replace(world.photo, valid=np.ones(world.depth.shape, bool))
    photo.valid[:, :40] = False
    plain = vb.ask(world.photo, "depth", generator=painter, register=register)
    found = vb.ask(photo, "depth", generator=painter, register=register)
    assert np.isnan(found.meters[:, :40]).all()
    assert not found.reliability[:, :40].any()
    np.testing.assert_array_equal(found.meters[:, 40:], plain.meters[:, 40:])
    words = "The floor is blue. The wall is yellow. The background is black."
    segments = vb.ask(photo, words, generator=painter, votes=2, register=register)
    assert not segments.labels[:, :40].any()
    assert segments.labels[:, 40:].any()


def test_nothing_is_looked_at_unless_asked(world: Any, painter: Any) -> None:
    origin = vb.ask(world.photo, "the ball is red", generator=painter).provenance
    assert (origin.misalignment, origin.drift) == (None, None)
    with pytest.raises(vb.InputError, match="the photo is needed"):
        vb.decode(np.zeros((9, 9, 3), np.uint8), "depth", register="measure")


def test_drifted_colours_are_read_by_the_legend(world: Any, painter: Any) -> None:
    words = "the ball is red, the box is #ff6000, the floor is blue, the wall lime, the background black"
    painting = painter.paint(world.photo, words).pixels
    drifted = (painting * (0.8, 0.8, 0.8) + (10, 45, 10)).clip(0, 255).astype(np.uint8)
    plain, calibrated = (vb.decode(drifted, words, calibrate_colors=yes) for yes in (False, True))
    assert calibrated.provenance.drift is not None
    assert calibrated.provenance.drift.size > 20
    assert np.array_equal(calibrated.labels == 1, world.labels == 4)  # type: ignore[union-attr]
    assert calibrated.reliability.mean() > plain.reliability.mean() + 0.1
    assert np.array_equal(calibrated.painting, drifted)


def test_an_edit_is_shown_as_it_was_painted(world: Any, painter: Any) -> None:
    painter.edits = True
    steps: list[int] = []
    painting = vb.edit(
        world.photo, "depth", generator=painter, steps=2, seed=3, on_step=lambda step, *_: steps.append(step)
    )
    assert (painting.prompt, painting.seed, steps) == ("depth", 3, [1, 2])
    with pytest.raises(vb.InputError, match="nothing to change"):
        vb.edit(world.photo, "  ", generator=painter)


def test_a_generator_that_only_answers_cannot_edit(world: Any, painter: Any) -> None:
    with pytest.raises(vb.InputError, match="painter paints answers about photos and cannot change them"):
        vb.edit(world.photo, "make it rain", generator=painter)


def test_a_drawing_needs_no_photo_and_may_become_one(painter: Any) -> None:
    painter.draws = True
    steps: list[int] = []
    painting = vb.draw(
        "depth", generator=painter, size=(64, 48), steps=2, seed=3, on_step=lambda s, *_: steps.append(s)
    )
    assert (painting.prompt, painting.seed, steps) == ("depth", 3, [1, 2])
    photo = vb.open_photo(painting.pixels)
    assert photo.size == (64, 48)
    assert vb.ask(photo, "depth", generator=painter).reliability.shape == (48, 64)
    with pytest.raises(vb.InputError, match="nothing to draw"):
        vb.draw(" ", generator=painter)


def test_a_generator_that_needs_a_photo_cannot_draw(painter: Any) -> None:
    with pytest.raises(vb.InputError, match="painter paints about photos and cannot draw without one"):
        vb.draw("a cat", generator=painter)
