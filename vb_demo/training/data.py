"""Training batches: random crops of mixed sources, several questions to every picture, deterministic by step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import IterableDataset

from vb_demo.generators.plantain.dialect import PLACES
from vb_demo.generators.plantain.network import PaintTokens, walk
from vb_demo.generators.plantain.words import CUBE_CORNERS, CUBE_WALK, DEPTH_GIST, INSTANCES_GIST, SEGMENT_GIST
from vb_demo.referring import referrals
from vb_demo.training import wordings
from vb_demo.training.cutouts import Cutout, paste
from vb_demo.training.sources import Sample, Scenes, Source
from vb_demo.training.wordings import InstanceTarget, LegendTarget

QUESTIONS = 4
"""Questions put to every picture; what is seen in it is worked out once for all of them."""

MAX_TOKENS = wordings.MAX_ENTRIES + 1

PASTED = 0.3
"""Share of the rendered scenes that real things are pasted into."""

REFERRING = 0.3
"""Share of the legends that name single things by colour, place or size, where all things are told apart."""

COUNTED = 0.3
"""Share of the legends that ask for all things of one kind, each in a colour of its own, where they can be counted."""

REPAVED = 0.5
"""Share of the rendered streets whose sidewalks take on the colour of the road."""

FRAMED = 0.06
"""Share of the pictures with a black or white frame, as scans, screenshots and old sensors have."""

SHADED = 0.5
"""Share of the pictures that are lit more on one side than on the other."""

SOFTENED, SHARPENED = 0.55, 0.2
"""Shares of the pictures that are made softer and sharper."""

REFRESH_EVERY = 50
"""Batches between two looks for newly rendered shards."""

DEPTH, NORMALS, SEGMENT, INSTANCES = 0, 1, 2, 3


@dataclass
class Batch:
    """B pictures with Q questions each; N = B·Q rows, a picture's questions one after the other.

    Targets lie on the half-size grid (h, w) = (H/2, W/2), where the network's logits are.
    """

    photo: Tensor
    """(B, 3, H, W) in [0, 1]."""
    tokens: PaintTokens
    """N rows."""
    kind: Tensor
    """(N,) DEPTH, NORMALS, SEGMENT or INSTANCES."""
    position: Tensor
    """(N, h, w) where on its ramp a depth lies, in [0, 1]."""
    vectors: Tensor
    """(N, 3, h, w) unit normals; for instances, see `InstanceTarget.middles`."""
    slots: Tensor
    """(N, h, w) which paint a pixel should get; −1 = not asked, `UNNAMED` = any of the `loose` ones."""
    loose: Tensor
    """(N, K) bool: paints that may lie under `UNNAMED` pixels."""
    valid: Tensor
    """(N, h, w) bool: the answer is known."""
    metric: Tensor
    """(N,) bool: the scale of a depth is known, not its layout alone."""


def stretch_to_assumed(sample: Sample) -> float:
    """By how much depth changes if the picture was taken by the camera that is assumed where the words tell of none.

    That is the one of `network._as_seen_by`, whose focal length is the root of the number of pixels: a picture alone
    does not tell a near thing from a far one through a longer lens, and so is never asked to.
    """
    height, width = sample.rgb.shape[:2]
    return math.sqrt(height * width) / sample.focal if sample.focal else 1.0


def depth_to_position(depth: NDArray[np.floating]) -> NDArray[np.float32]:
    """The paper's curve for λ = −3, c = 10/3: metres → [0, 1]; sky (`inf`) is 1."""
    return (1 - (1 + depth / 10) ** -2.0).astype(np.float32)


@dataclass(frozen=True)
class _Question:
    kind: int
    gist: str
    names: Sequence[str]
    colors: NDArray[np.uint8]
    target: LegendTarget | InstanceTarget | None = None


class TrainingData(IterableDataset):
    """Endless batches. The n-th batch depends only on `seed`, n, `stream` and the pictures, so a run can be resumed.

    Args:
        sources: (share of the samples, source).
        embeddings: every phrase that may be asked → (T,) sentence vector.
        sizes: (width, height) multiples of 32 with their shares; one size a batch.
        batch_pixels: as many pictures make a batch as have about this many pixels together.
        cutouts: things cut out of photos, which are pasted into some of the rendered scenes.
        seed: of the run.
        start: the first step.
        stream: which of several processes this is for; each gets batches of its own.
    """

    def __init__(
        self,
        sources: Sequence[tuple[float, Source]],
        embeddings: dict[str, Tensor],
        *,
        sizes: Sequence[tuple[tuple[int, int], float]],
        batch_pixels: int,
        cutouts: Sequence[Cutout] = (),
        seed: int = 0,
        start: int = 0,
        stream: int = 0,
    ) -> None:
        self.sources = [source for _, source in sources]
        self.shares = np.array([share for share, _ in sources]) / sum(share for share, _ in sources)
        self.embeddings = embeddings
        self.sizes = sizes
        self.batch_pixels = batch_pixels
        self.cutouts = cutouts
        self.seed = seed
        self.start = start
        self.stream = stream

    def __iter__(self) -> Iterator[Batch]:
        step = self.start
        while True:
            if step % REFRESH_EVERY == 0:
                for source in self.sources:
                    if isinstance(source, Scenes):
                        source.refresh()
            yield self.batch(step)
            step += 1

    def batch(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step, self.stream))
        size = self.sizes[rng.choice(len(self.sizes), p=[share for _, share in self.sizes])][0]
        rows: list[dict[str, Any]] = []
        photos = []
        for _ in range(max(1, round(self.batch_pixels / (size[0] * size[1])))):
            source = self.sources[rng.choice(len(self.sources), p=self.shares)]
            sample = augment(source[int(rng.integers(len(source)))], size, rng)
            if isinstance(source, Scenes) and rng.random() < REPAVED:
                sample = repaved(sample, source.index_of, rng)
            if isinstance(source, Scenes) and self.cutouts and rng.random() < PASTED:
                sample = with_cutouts(sample, self.cutouts, source.index_of, rng)
            if rng.random() < FRAMED:
                sample = framed(sample, rng)
            photo = photograph(sample.rgb, rng)
            photos.append(torch.from_numpy(photo).movedim(-1, 0))
            rows += [self._row(sample, question, rng) for question in self._questions(sample, photo, rng)]
        stack = {key: torch.stack([row[key] for row in rows]) for key in rows[0]}
        tokens = PaintTokens(*(stack.pop(key) for key in ("sentence", "fov", "names", "colors", "used", "ordered")))
        photo = torch.stack(photos).contiguous(memory_format=torch.channels_last)
        return Batch(photo, tokens, **stack)

    def _questions(self, sample: Sample, photo: NDArray[np.float32], rng: np.random.Generator) -> list[_Question]:
        asked: list[_Question] = []
        corners = np.array(list(CUBE_CORNERS.values()), np.uint8)
        depth = _Question(DEPTH, DEPTH_GIST, CUBE_WALK, corners)
        if sample.depth is not None:
            asked.append(depth)
        if sample.normals is not None:
            asked.append(_Question(NORMALS, str(rng.choice(wordings.NORMALS)), list(CUBE_CORNERS), corners))
        while len(asked) < QUESTIONS:
            if sample.labels is None:
                asked.append(depth)
                continue
            target: LegendTarget | InstanceTarget = self._legend(sample, photo, rng)
            kind, gist = SEGMENT, SEGMENT_GIST
            if sample.instances is not None and sample.vocabulary is not None and rng.random() < COUNTED:
                things = wordings.random_instances(sample.labels, sample.instances, sample.vocabulary, rng)
                if things is not None:
                    target, kind, gist = things, INSTANCES, INSTANCES_GIST
            legend = target.legend
            asked.append(_Question(kind, gist, legend.names, legend.colors, target))
        return asked

    @staticmethod
    def _legend(sample: Sample, photo: NDArray[np.float32], rng: np.random.Generator) -> LegendTarget:
        assert sample.labels is not None
        assert sample.vocabulary is not None
        told_apart = sample.instances is not None and sample.instances.min() >= 0
        if told_apart and rng.random() < REFERRING:
            assert sample.instances is not None
            # The colours in words are those that the network sees.
            seen = (photo * 255).astype(np.uint8)
            if found := referrals(seen, sample.labels, sample.instances, sample.depth, sample.vocabulary.names, rng):
                return wordings.referring_legend(found, rng)
        return wordings.random_legend(sample.labels, sample.vocabulary, rng)

    def _row(self, sample: Sample, question: _Question, rng: np.random.Generator) -> dict[str, Any]:
        height, width = sample.rgb.shape[0] // 2, sample.rgb.shape[1] // 2
        # The middle of a cell of the half-size grid lies between pixels: always the same one would shift the painting.
        top, left = rng.integers(0, 2, 2)
        grid = np.s_[top::2, left::2]
        count = len(question.names)
        names = torch.zeros(MAX_TOKENS, next(iter(self.embeddings.values())).shape[0])
        names[:count] = torch.stack([self.embeddings[name] for name in question.names])
        colors = torch.zeros(MAX_TOKENS, 3)
        colors[:count] = torch.from_numpy(question.colors).float() / 255
        position = np.zeros((height, width), np.float32)
        vectors = np.zeros((height, width, 3), np.float32)
        slots = np.full((height, width), -1, np.int64)
        loose = torch.zeros(MAX_TOKENS, dtype=torch.bool)
        # Half of the prompts say the field of view, so that it helps where it is known and is not needed where not.
        told = sample.focal is not None and question.kind in (DEPTH, NORMALS) and rng.random() < 0.5
        if question.kind == DEPTH:
            assert sample.depth is not None
            depth = sample.depth[grid] if told else sample.depth[grid] * stretch_to_assumed(sample)
            valid = ~np.isnan(depth)
            position = np.where(valid, depth_to_position(np.where(valid, depth, 0)), 0).astype(np.float32)
        elif question.kind == NORMALS:
            assert sample.normals is not None
            vectors = sample.normals[grid]
            valid = np.isfinite(vectors).all(-1)
            vectors = np.where(valid[..., None], vectors, 0).astype(np.float32)
        elif isinstance(question.target, InstanceTarget):
            vectors = question.target.middles[grid]
            valid = question.target.known[grid]
        else:
            assert question.target is not None
            slots = question.target.slots[grid]
            loose[:count] = torch.from_numpy(question.target.loose)
            valid = slots >= 0
        fov = 2 * np.arctan(sample.rgb.shape[1] / 2 / sample.focal) if told and sample.focal else 0.0
        return {
            "sentence": self.embeddings[question.gist],
            "fov": torch.tensor(fov, dtype=torch.float32),
            "names": names,
            "colors": colors,
            "used": torch.arange(MAX_TOKENS) < count,
            "ordered": torch.tensor(question.kind == DEPTH),
            "kind": torch.tensor(question.kind),
            "position": torch.from_numpy(position),
            "vectors": torch.from_numpy(np.ascontiguousarray(vectors)).movedim(-1, 0),
            "slots": torch.from_numpy(slots.copy()),
            "loose": loose,
            "valid": torch.from_numpy(valid),
            "metric": torch.tensor(sample.metric),
        }


def augment(sample: Sample, size: tuple[int, int], rng: np.random.Generator) -> Sample:
    """Crop a window of the aspect ratio of `size` (width, height), bring it to that size, perhaps mirror it.

    A crop keeps depth as it is and narrows the field of view, as a longer lens would. The aspect ratio is a little off
    at times, as it is when a photo is brought to a multiple of 32 pixels.
    """
    height, width = sample.rgb.shape[:2]
    squeeze = np.exp(rng.uniform(-0.08, 0.08))
    across, down = size[0] * squeeze, size[1] / squeeze
    fit = min(width / across, height / down)
    share = 1.0 if rng.random() < 0.5 else float(rng.uniform(0.55, 1.0))
    w, h = max(8, int(across * fit * share)), max(8, int(down * fit * share))
    left, top = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    flip = rng.random() < 0.5
    rows = top + ((np.arange(size[1]) + 0.5) * h / size[1]).astype(np.intp)
    columns = left + ((np.arange(size[0]) + 0.5) * w / size[0]).astype(np.intp)
    if flip:
        columns = columns[::-1]

    def nearest(array: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if array is None else array[rows[:, None], columns]

    box = (left, top, left + w, top + h)
    image = Image.fromarray(sample.rgb).resize(size, Image.Resampling.BICUBIC, box=box)
    rgb = np.asarray(image)
    normals = nearest(sample.normals)
    if flip:
        rgb = rgb[:, ::-1]
        if normals is not None:
            normals = normals * np.array([-1, 1, 1], np.float32)
    focal = None if sample.focal is None else sample.focal * size[0] / w
    return replace(
        sample,
        rgb=rgb,
        depth=nearest(sample.depth),
        normals=normals,
        labels=nearest(sample.labels),
        instances=nearest(sample.instances),
        focal=focal,
    )


def repaved(sample: Sample, index_of: dict[str, int], rng: np.random.Generator) -> Sample:
    """The same street with sidewalks about as grey as its road, as many real ones are; the light on them stays.

    Rendered sidewalks can have any colour, and that alone would tell them from the road.
    """
    assert sample.labels is not None
    if not index_of.keys() >= {"road", "sidewalk"}:
        return sample
    road, walk = (sample.labels == index_of[name] for name in ("road", "sidewalk"))
    if not road.any() or not walk.any():
        return sample
    rgb = sample.rgb.astype(np.float32)
    gain = rgb[road].mean(0) * rng.uniform(0.8, 1.4) / rgb[walk].mean(0).clip(min=1)
    rgb[walk] = (rgb[walk] * gain).clip(0, 255)
    return replace(sample, rgb=rgb.astype(np.uint8))


def with_cutouts(
    sample: Sample, cutouts: Sequence[Cutout], index_of: dict[str, int], rng: np.random.Generator
) -> Sample:
    """The same picture with one to three real things pasted in, under which normals are not known, nor always depth."""
    assert sample.labels is not None
    assert sample.depth is not None
    assert sample.normals is not None
    assert sample.focal is not None
    count = int(rng.integers(1, 4))
    rgb, labels, depth, normals = paste(
        sample.rgb, sample.labels, sample.depth, sample.normals, sample.focal, cutouts, index_of, rng, count
    )
    return replace(sample, rgb=rgb, labels=labels, depth=depth, normals=normals, instances=None)


def framed(sample: Sample, rng: np.random.Generator) -> Sample:
    """The same picture with a plain frame of 1 to 5 % of its sides, under which nothing is known."""
    height, width = sample.rgb.shape[:2]
    inside = np.zeros((height, width), bool)
    top, bottom = (int(height * rng.uniform(0.01, 0.05)) for _ in range(2))
    left, right = (int(width * rng.uniform(0.01, 0.05)) for _ in range(2))
    inside[top : height - bottom, left : width - right] = True
    rgb = np.where(inside[..., None], sample.rgb, np.uint8(rng.choice([0, 255])))
    depth = None if sample.depth is None else np.where(inside, sample.depth, np.float32(np.nan))
    normals = None if sample.normals is None else np.where(inside[..., None], sample.normals, np.float32(np.nan))
    labels = None if sample.labels is None else np.where(inside, sample.labels.astype(np.int32), -1)
    instances = None if sample.instances is None else np.where(inside, sample.instances, 0)
    return replace(sample, rgb=rgb, depth=depth, normals=normals, labels=labels, instances=instances)


def photograph(rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """What another camera and another light would have made of it: (H, W, 3) uint8 → float32 in [0, 1]."""
    x = (rgb.astype(np.float32) / 255) ** np.exp(rng.uniform(-0.5, 0.7))
    x = x * rng.uniform(0.7, 1.3) + rng.uniform(-0.12, 0.12)
    if rng.random() < SHADED:
        x = x * shade(x.shape[0], x.shape[1], rng)
    grey = x.mean(-1, keepdims=True)
    x = grey + (x - grey) * rng.uniform(0.1, 1.4)
    x = x * rng.uniform(0.85, 1.15, 3)
    chance = rng.random()
    if chance < 0.05:
        x = np.broadcast_to(x.mean(-1, keepdims=True), x.shape)
    elif chance < 0.1:
        x = x[..., rng.permutation(3)]
    x = focused(x, rng)
    x = x + rng.standard_normal(x.shape, dtype=np.float32) * rng.uniform(0, 0.04)
    return x.clip(0, 1).astype(np.float32)


def focused(x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The same picture (H, W, 3) softer, as sharp or sharper than it is.

    Textures and photos have so many pixels and no more: what is near in a render and large in a crop is soft. If that
    alone told how near a thing is, a soft photo would be taken to be near as a whole.
    """
    chance = rng.random()
    if chance < SOFTENED:
        picture = Image.fromarray((x.clip(0, 1) * 255).astype(np.uint8))
        factor = rng.uniform(1.2, 3)
        low = picture.resize((int(picture.width / factor), int(picture.height / factor)), Image.Resampling.BOX)
        return np.asarray(low.resize(picture.size, Image.Resampling.BILINEAR), np.float32) / np.float32(255)
    if chance < SOFTENED + SHARPENED:
        from scipy.ndimage import gaussian_filter

        radius = rng.uniform(0.6, 1.5)
        rims = x - gaussian_filter(x, (radius, radius, 0))
        return (x + rng.uniform(0.3, 1.5) * rims).astype(np.float32)
    return x


def shade(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(H, W, 1) factors that grow steadily across the picture, by e^1.2 at most: a street below a bright sky."""
    way, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.6)
    y, x = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)
    return np.exp(strength * (np.cos(way) * x + np.sin(way) * y).clip(-1, 1))[..., None].astype(np.float32)


def target_painting(batch: Batch) -> Tensor:
    """The right answer as a picture (N, 3, h, w) in [-1, 1], with grey where it is not known."""
    colors = batch.tokens.colors
    walked = walk(batch.position, colors, batch.tokens.used.sum(1))
    row = torch.arange(len(colors))[:, None, None]
    flipped = batch.vectors * batch.vectors.new_tensor([-1, 1, 1])[:, None, None]
    normals = (1 + flipped) / 2
    segments = colors[row, batch.slots.clamp(min=0)].movedim(-1, 1)
    things = torch.einsum("nkhw,nkc->nchw", shares_of_places(batch.vectors), colors[:, : 1 + len(PLACES)])
    kind = batch.kind[:, None, None, None]
    painting = torch.where(kind == INSTANCES, things, segments)
    painting = torch.where(kind == DEPTH, walked, torch.where(kind == NORMALS, normals, painting))
    return torch.where(batch.valid[:, None], painting, torch.full_like(painting, 0.5)) * 2 - 1


def shares_of_places(middles: Tensor) -> Tensor:
    """How the background and the four `PLACES` mix, from `InstanceTarget.middles`: (N, 3, h, w) → (N, 5, h, w)."""
    x, y, thing = middles.unbind(1)
    return torch.stack([1 - thing, *(thing * a * b for b in (1 - y, y) for a in (1 - x, x))], 1)


def enlarge(picture: Tensor) -> Tensor:
    """(N, C, h, w) → (N, C, 2h, 2w) by repeating pixels."""
    return F.interpolate(picture, scale_factor=2.0, mode="nearest")
