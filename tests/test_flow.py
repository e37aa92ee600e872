from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vb_demo as vb
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import to_uint8
from vb_demo.flow import READERS, on_grid
from vb_demo.generators.base import PAPER_DIALECT
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


def test_a_dialect_decides_how_a_painting_is_read(world: Any, painter: Any) -> None:
    painter.dialect = {"depth": Wording("Show depth", "inverse-grey")}
    answer = vb.ask(world.photo, "depth", generator=painter)
    assert isinstance(answer, vb.RelativeDepthMap)
    assert painter.prompts == ["Show depth"]
    with pytest.raises(vb.InputError, match="it can be asked for: depth"):
        vb.ask(world.photo, "normals", generator=painter)


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
    tasks = {"cube-walk": "depth", "inverse-grey": "depth", "legend": "the cat is red", "five-step": "instances"}
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
