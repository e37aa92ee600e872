"""A small world whose geometry is known exactly, and a generator that paints it exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from vb_demo.answers import DepthMap, InstanceMap, NormalMap, SegmentMap
from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import normals as normal_codec
from vb_demo.codecs import segmentation, to_uint8
from vb_demo.colors import Color, distinct_colors
from vb_demo.flow import on_grid
from vb_demo.generators import OnStep, Painting
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.generators.plantain.words import telling_camera
from vb_demo.geometry import Camera, rays
from vb_demo.images import Photo, open_photo
from vb_demo.prompts import Entry, Legend, parse_instances, parse_prompt
from vb_demo.scene import Scene
from vb_demo.tasks import task_of

if TYPE_CHECKING:
    from vb_demo.generators.plantain.pipeline import PlantainPipeline

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")

WIDTH, HEIGHT, FOV = 96, 72, 70.0


@dataclass(frozen=True)
class World:
    """A floor, a wall with sky above it, a box and two balls, and a photo of them."""

    photo: Photo
    depth: NDArray[np.float32]
    """(H, W) metres, inf = sky."""
    normals: NDArray[np.float32]
    """(H, W, 3), nan = sky."""
    labels: NDArray[np.int64]
    """(H, W) index into `names`."""
    instances: NDArray[np.int64]
    """(H, W): 0 = not a ball, 1, 2 = a ball each."""

    names = ("sky", "floor", "wall", "box", "ball")


def build_world() -> World:
    camera = Camera.from_fov(WIDTH, HEIGHT, FOV)
    ray = rays(camera).astype(np.float64)
    depth = np.full((HEIGHT, WIDTH), np.inf)
    normals = np.full((HEIGHT, WIDTH, 3), np.nan)
    labels, instances = np.zeros((2, HEIGHT, WIDTH), np.int64)

    def add(z: NDArray[np.float64], seen: NDArray[np.bool_], normal: object, label: int, instance: int = 0) -> None:
        front = seen & (z > 0) & (z < depth)
        depth[front] = z[front]
        normals[front] = np.broadcast_to(normal, normals.shape)[front]
        labels[front], instances[front] = label, instance

    def ball(center: tuple[float, float, float], radius: float, instance: int) -> None:
        # |t·ray − center| = radius; ray z is 1, so t is the depth.
        a, b, c = (ray**2).sum(-1), ray @ center, np.dot(center, center) - radius**2
        inside = b**2 - a * c
        z = (b - np.sqrt(np.maximum(inside, 0))) / a
        outward = (z[..., None] * ray - center) / radius
        add(z, inside > 0, outward * (1, -1, -1), 4, instance)

    with np.errstate(divide="ignore"):
        add(1.2 / ray[..., 1], np.ones_like(depth, bool), (0, 1, 0), 1)
    add(np.full_like(depth, 4.0), 4 * ray[..., 1] > -1.0, (0, 0, 1), 2)
    x, y = 2.5 * ray[..., 0], 2.5 * ray[..., 1]
    add(np.full_like(depth, 2.5), (x > -1.2) & (x < -0.4) & (y > 0.2) & (y < 1.2), (0, 0, 1), 3)
    ball((0.35, 0.5, 3.0), 0.45, 1)
    ball((1.2, 0.75, 2.4), 0.35, 2)

    paint = np.array([[120, 170, 230], [150, 140, 130], [200, 190, 170], [170, 110, 60], [60, 140, 80]], float)
    light = np.nan_to_num(normals @ (0.3, 0.8, 0.5), nan=1.0).clip(0.3, 1)
    pixels = (paint[labels] * light[..., None]).astype(np.uint8)
    photo = open_photo(pixels, hfov=FOV)
    return World(photo, depth.astype(np.float32), normals.astype(np.float32), labels, instances)


class Painter:
    """A generator that knows the world, and paints what it is asked for exactly as the paper's encodings say."""

    name = "painter"
    dialect = PAPER_DIALECT

    def __init__(self, world: World) -> None:
        self.world = world
        self.prompts: list[str] = []
        """What it has been asked."""

    def paint(
        self, photo: Photo, prompt: str, *, steps: int | None = None, seed: int = 0, on_step: OnStep | None = None
    ) -> Painting:
        self.prompts.append(prompt)
        return self._show(self._paint(prompt), photo.size, prompt, steps, seed, on_step)

    def draw(
        self,
        prompt: str,
        *,
        size: tuple[int, int],
        steps: int | None = None,
        seed: int = 0,
        on_step: OnStep | None = None,
    ) -> Painting:
        """The world as the photo shows it, whatever it is told. Only with an attribute `draws` is it asked to."""
        self.prompts.append(prompt)
        return self._show(self.world.photo.pixels, size, prompt, steps, seed, on_step)

    def _show(
        self,
        picture: NDArray[np.uint8],
        size: tuple[int, int],
        prompt: str,
        steps: int | None,
        seed: int,
        on_step: OnStep | None,
    ) -> Painting:
        steps = steps or 1
        pixels = on_grid(picture, size)
        for step in range(1, steps + 1):
            if on_step is not None:
                on_step(step, steps, pixels)
        return Painting(pixels, self.name, prompt, seed, steps, 0.0)

    def _paint(self, prompt: str) -> NDArray[np.uint8]:
        task = task_of(prompt).name
        if task == "depth":
            return to_uint8(depth_codec.encode(self.world.depth))
        if task == "normals":
            return to_uint8(normal_codec.encode(self.world.normals))
        if task == "segment":
            legend = parse_prompt(prompt)
            rows = [legend.names.index(name) if name in legend.names else 0 for name in self.world.names]
            return segmentation.encode(np.array(rows)[self.world.labels], legend.colors)
        asked = parse_instances(prompt)
        assert asked is not None
        things = self.world.instances if asked[0] == "ball" else np.zeros_like(self.world.instances)
        background = asked[1] or (0, 0, 0)
        colors = [background, *distinct_colors(int(self.world.instances.max()), avoid=(background,))]
        return segmentation.encode(things, np.array(colors, np.uint8))


class Shifted:
    """Paints what another does, 6 pixels too far to the right."""

    name = "shifted"
    dialect = PAPER_DIALECT

    def __init__(self, painter: Painter) -> None:
        self.painter = painter

    def paint(self, photo: Photo, prompt: str, **options: Any) -> Painting:
        painting = self.painter.paint(photo, prompt, **options)
        columns = (np.arange(photo.width) - 6).clip(0)
        return replace(painting, pixels=painting.pixels[:, columns])


class Telling:
    """Paints what another does, and is told the camera where that is known, as plantain is."""

    name = "telling"
    dialect = PAPER_DIALECT

    def __init__(self, painter: Painter) -> None:
        self.painter = painter

    def paint(self, photo: Photo, prompt: str, **options: Any) -> Painting:
        return self.painter.paint(photo, telling_camera(prompt, photo.camera), **options)


@pytest.fixture(scope="session")
def world() -> World:
    return build_world()


@pytest.fixture
def room(world: World) -> Scene:
    """The known world with perfect answers."""
    sure = np.ones(world.depth.shape, np.float32)
    colors = [Color(0, 0, 255), Color(200, 200, 0), Color(255, 0, 0), Color(0, 255, 0)]
    legend = Legend(tuple(map(Entry, world.names[1:], colors)))
    painting = world.photo.pixels
    return Scene(
        world.photo,
        DepthMap(world.depth, sure, painting),
        NormalMap(world.normals, sure, painting),
        SegmentMap(world.labels.astype(np.int32), legend, sure, painting),
        InstanceMap(world.instances.astype(np.int32), 2, "ball", (Color(9, 9, 9), Color(8, 8, 8)), sure, painting),
    )


@pytest.fixture
def painter(world: World) -> Painter:
    return Painter(world)


@pytest.fixture(scope="session")
def tiny_pipeline() -> PlantainPipeline:
    """Plantain's real classes with random weights: the whole path runs, nothing is downloaded."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    from vb_demo.generators.plantain.network import PlantainNetwork
    from vb_demo.generators.plantain.pipeline import PlantainPipeline

    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "background", "black", "red", "cat", "dog", "depth", "surface", "normal"]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    return PlantainPipeline(
        PlantainNetwork(text_dim=16, token_dim=16, widths=(16, 16, 16, 8, 8), name_dim=4, key_dim=8).eval(),
        BertModel(config).eval(),
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"),
        FlowMatchEulerDiscreteScheduler(),
        working_pixels=64 * 64,
    )
