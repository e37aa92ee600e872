from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vb_demo.codecs import depth
from vb_demo.errors import InputError
from vb_demo.generators import load_generator
from vb_demo.generators.plantain.generator import Plantain
from vb_demo.generators.plantain.network import PaintTokens, Seen
from vb_demo.generators.plantain.pipeline import MAX_OUTPUT_PIXELS, PlantainPipeline, output_size, working_size
from vb_demo.images import open_photo
from vb_demo.tasks import TASKS

DEPTH_WORDS = TASKS["depth"].wording.words


@pytest.fixture
def photo() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8))


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_paints_on_the_photos_grid(tiny_pipeline: PlantainPipeline, photo: Image.Image) -> None:
    painting = tiny_pipeline(photo, "normals").images
    assert painting.shape == (50, 70, 3)
    assert painting.dtype == np.uint8


def test_depth_never_leaves_the_walk(tiny_pipeline: PlantainPipeline, photo: Image.Image) -> None:
    painting = tiny_pipeline(photo, DEPTH_WORDS).images
    assert depth.walk_distance(painting).max() < 1 / 255


def test_metres_are_the_same_in_whatever_colours_they_are_painted(
    tiny_pipeline: PlantainPipeline, photo: Image.Image
) -> None:
    usual = depth.decode(tiny_pipeline(photo, DEPTH_WORDS, generator=seeded(1)).images).values
    painting = tiny_pipeline(photo, "Far is #ff8000, near is black.", generator=seeded(1)).images
    ramp = ((0, 0, 0), (255, 128, 0))
    assert depth.walk_distance(painting, ramp).max() < 1 / 255
    np.testing.assert_allclose(depth.decode(painting, ramp=ramp).values, usual, rtol=0.02)


def test_seed_and_steps_repeat_and_matter(tiny_pipeline: PlantainPipeline, photo: Image.Image) -> None:
    one, again, other = (tiny_pipeline(photo, DEPTH_WORDS, generator=seeded(s)).images for s in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()
    assert (tiny_pipeline(photo, DEPTH_WORDS, num_inference_steps=3, generator=seeded(1)).images != one).any()


def test_words_matter(tiny_pipeline: PlantainPipeline, photo: Image.Image) -> None:
    red, green = (
        tiny_pipeline(photo, f"cat is {c}. background is black", generator=seeded(0)).images for c in ("red", "#00ff00")
    )
    assert red[..., 1].max() == 0
    assert green[..., 0].max() == 0


def test_a_legend_is_painted_in_its_colours_not_in_blends(
    tiny_pipeline: PlantainPipeline, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_undecided(seen: object, noisy: torch.Tensor, time: torch.Tensor, tokens: PaintTokens) -> torch.Tensor:
        logits = torch.zeros(1, tokens.used.shape[1], 32, 32)
        logits[:, 0] = 0.3  # the background is a little likelier than the cat
        return logits

    monkeypatch.setattr(tiny_pipeline.network, "forward", nearly_undecided)
    assert tiny_pipeline(photo, "cat is white. background is black").images.max() < 255 * 0.2


def test_the_scale_of_metres_is_the_geometric_mean_of_both_sizes(
    tiny_pipeline: PlantainPipeline, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    stations = {128 * 96: 3, 160 * 96: 1}

    def as_large(seen: object, noisy: torch.Tensor, time: torch.Tensor, tokens: PaintTokens) -> torch.Tensor:
        height, width = noisy.shape[-2:]
        logits = torch.full((1, tokens.used.shape[1], height // 2, width // 2), -50.0)
        logits[:, stations[height * width]] = 0
        return logits

    monkeypatch.setattr(tiny_pipeline.network, "forward", as_large)
    tiny_pipeline.register_to_config(working_pixels=128 * 96)
    painting = tiny_pipeline(photo, DEPTH_WORDS).images
    metres = [10 * ((1 - station / 7) ** -0.5 - 1) for station in stations.values()]
    np.testing.assert_allclose(depth.decode(painting).values, np.sqrt(np.prod(metres)), rtol=0.01)


def test_legends_are_looked_for_on_more_pixels_than_metres(
    tiny_pipeline: PlantainPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels: list[int] = []
    encode = tiny_pipeline.network.encode

    def watched(photo: torch.Tensor) -> Seen:
        pixels.append(photo.shape[-2] * photo.shape[-1])
        return encode(photo)

    monkeypatch.setattr(tiny_pipeline.network, "encode", watched)
    photo = Image.new("RGB", (256, 256))
    tiny_pipeline.register_to_config(working_pixels=256 * 256)
    for words in (DEPTH_WORDS, TASKS["normals"].wording.words, "cat is red. background is black"):
        tiny_pipeline(photo, words)
    assert pixels == [288 * 288, 256 * 256, 256 * 256, 384 * 384]  # metres are looked at twice


def test_progress_is_told_and_can_stop(tiny_pipeline: PlantainPipeline, photo: Image.Image) -> None:
    seen: list[tuple[int, int]] = []

    def on_step(step: int, total: int, preview: np.ndarray) -> None:
        assert preview.shape == (50, 70, 3)
        seen.append((step, total))
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny_pipeline(photo, "normals", num_inference_steps=4, on_step=on_step)
    assert seen == [(1, 4), (2, 4)]


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (4000, 300), (33, 33), (8000, 6000)])
def test_sizes(size: tuple[int, int]) -> None:
    width, height = working_size(*size, 384 * 288)
    assert width % 32 == height % 32 == 0
    assert width * height < 2 * 384 * 288
    out = output_size(*size)
    assert out[0] * out[1] <= MAX_OUTPUT_PIXELS
    assert out[0] / out[1] == pytest.approx(size[0] / size[1], rel=0.01)


def test_saved_folder_loads_as_a_generator(tiny_pipeline: PlantainPipeline, photo: Image.Image, tmp_path: Path) -> None:
    tiny_pipeline.save_pretrained(tmp_path)
    assert {p.suffix for p in tmp_path.rglob("*") if p.is_file()} == {".json", ".safetensors"}
    generator = load_generator(str(tmp_path))
    painting = generator.paint(open_photo(photo), DEPTH_WORDS, seed=5)
    same = tiny_pipeline(photo, DEPTH_WORDS, generator=seeded(5)).images
    # Another memory layout adds up in another order: one level, here and there.
    assert np.abs(painting.pixels.astype(int) - same).max() <= 1
    assert (painting.seed, painting.steps, painting.prompt) == (5, 1, DEPTH_WORDS)


def test_steps_out_of_range(tiny_pipeline: PlantainPipeline, photo: Image.Image, tmp_path: Path) -> None:
    tiny_pipeline.save_pretrained(tmp_path)
    with pytest.raises(InputError, match="1 to 50"):
        Plantain(tmp_path).paint(open_photo(photo), DEPTH_WORDS, steps=0)
