"""Plantain as a diffusers pipeline: photo + prompt in, RGB painting out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler
from diffusers.utils import BaseOutput
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vb_demo.generators.plantain.network import (
    PaintTokens,
    PlantainNetwork,
    difference_of_scale,
    paint,
    ramp_position,
    walk,
)
from vb_demo.generators.plantain.sharpen import sharpen
from vb_demo.generators.plantain.things import one_color_each
from vb_demo.generators.plantain.words import Paints, read_paints

MULTIPLE = 32
"""The network's coarsest stride; working sizes are rounded to it."""

MAX_OUTPUT_PIXELS = 1_048_576

LEGEND_PIXELS = 2.1
"""A legend is painted on so many times the working pixels: names do not shift with the size, and small things grow."""

LAYOUT_PIXELS = 1.4
"""Depth is painted on so many times the working pixels, which show better what is nearer than what. The scale is
the geometric mean of what is seen at either size: two looks are surer than one."""

LEGEND_SHARPNESS = 8.0
"""Power of the shares of a legend's paints. A blend of two legend colours can look like a third, and is read as it."""


@dataclass
class PlantainPipelineOutput(BaseOutput):
    images: NDArray[np.uint8]
    """(h, w, 3) sRGB painting, of the photo's aspect ratio and at most `MAX_OUTPUT_PIXELS`."""


class PlantainPipeline(DiffusionPipeline):
    """Paints the answer to an instruction about a photo.

    Components: `network` (what paints), `text_encoder` and `tokenizer` (a sentence encoder for the words),
    `scheduler` (flow matching; the network predicts the clean painting, so one step is already an answer).
    `working_pixels` is the size that the network looks at, or the smaller of two (`LAYOUT_PIXELS`); names
    do not shift with it (`LEGEND_PIXELS`).
    """

    model_cpu_offload_seq = "text_encoder->network"

    def __init__(
        self,
        network: PlantainNetwork,
        text_encoder: Any,
        tokenizer: Any,
        scheduler: FlowMatchEulerDiscreteScheduler,
        working_pixels: int = 224 * 160,
    ) -> None:
        super().__init__()
        self.register_modules(network=network, text_encoder=text_encoder, tokenizer=tokenizer, scheduler=scheduler)
        self.register_to_config(working_pixels=working_pixels)

    @torch.no_grad()
    def __call__(
        self,
        image: Image.Image,
        prompt: str,
        *,
        num_inference_steps: int = 1,
        generator: torch.Generator | None = None,
        on_step: Callable[[int, int, NDArray[np.uint8]], None] | None = None,
    ) -> PlantainPipelineOutput:
        """Paint the answer to `prompt` about `image`.

        Args:
            image: a photo, any size and aspect ratio.
            prompt: free words; see `read_paints` for how the colours in them are used.
            num_inference_steps: flow-matching steps, at least 1.
            generator: the source of the noise that painting starts from.
            on_step: called after each step with (step from 1, number of steps, painting so far). An exception
                that it raises ends the painting.
        """
        paints = read_paints(prompt)
        pixels = LEGEND_PIXELS if paints.legend else 1 if paints.ramp is None else LAYOUT_PIXELS
        photo = self._working(image, pixels)
        full = self._pixels(image, output_size(image.width, image.height))[0]
        tokens = self.encode_words([paints])
        seen = self.network.encode(photo)
        noisy = _noise(photo, generator)
        judged = None if paints.ramp is None else self._judged(image, tokens, generator)
        self.scheduler.set_timesteps(num_inference_steps, device=photo.device)
        painting = np.empty((0, 0, 3), np.uint8)
        for step, timestep in enumerate(self.scheduler.timesteps):
            sigma = self.scheduler.sigmas[step].expand(len(photo))
            logits = self.network(seen, noisy, sigma, tokens)
            shares = logits.float().softmax(1)
            if step + 1 < num_inference_steps:
                clean = paint(F.interpolate(shares, size=photo.shape[-2:], mode="bilinear"), tokens) * 2 - 1
                velocity = (noisy - clean) / sigma[:, None, None, None]
                noisy = self.scheduler.step(velocity, timestep, noisy).prev_sample
            if on_step is not None or step + 1 == num_inference_steps:
                # Enlarge before colouring: interpolated colours would leave the ramp and the legend.
                fine = sharpen(shares[0], full).clamp(min=1e-6)
                fine = fine ** (LEGEND_SHARPNESS if paints.legend else 1)
                fine = fine / fine.sum(0)
                if paints.ramp is not None and judged is not None:
                    scale = math.sqrt(difference_of_scale(ramp_position(shares, tokens), judged))
                    ramp = torch.from_numpy(paints.ramp).to(fine)[None] / 255
                    position = ramp_position(fine[None], tokens, scale)
                    colors = walk(position, ramp, torch.tensor([len(paints.ramp)], device=fine.device))[0]
                else:
                    colors = paint((one_color_each(fine) if paints.things else fine)[None], tokens)[0]
                painting = (colors.movedim(0, -1) * 255).round().byte().cpu().numpy()
            if on_step is not None:
                on_step(step + 1, num_inference_steps, painting)
        return PlantainPipelineOutput(images=painting)

    def _judged(self, image: Image.Image, tokens: PaintTokens, generator: torch.Generator | None) -> Tensor:
        """Where on its ramp each pixel lies as seen on the working pixels: (1, h, w), see `ramp_position`."""
        photo = self._working(image, 1)
        logits = self.network(self.network.encode(photo), _noise(photo, generator), photo.new_ones(1), tokens)
        return ramp_position(logits.float().softmax(1), tokens)

    def encode_words(self, paints: list[Paints]) -> PaintTokens:
        """Embed the gist of prompts and the names of their paints, padded to the longest list."""
        count = max(len(p.names) for p in paints)
        texts = list(dict.fromkeys(text for p in paints for text in (p.gist, *p.names)))
        rows = dict(zip(texts, self.embed(texts), strict=True))
        device = self.network.device
        names = torch.zeros(len(paints), count, self.network.config.text_dim)
        colors = torch.zeros(len(paints), count, 3)
        used = torch.zeros(len(paints), count, dtype=torch.bool)
        for i, p in enumerate(paints):
            n = len(p.names)
            names[i, :n] = torch.stack([rows[name].cpu() for name in p.names])
            colors[i, :n] = torch.from_numpy(p.colors).float() / 255
            used[i, :n] = True
        return PaintTokens(
            sentence=torch.stack([rows[p.gist] for p in paints]).to(device),
            fov=torch.tensor([p.fov or 0.0 for p in paints], device=device),
            names=names.to(device),
            colors=colors.to(device),
            used=used.to(device),
            ordered=torch.tensor([p.ramp is not None for p in paints], device=device),
        )

    @torch.no_grad()
    def embed(self, texts: list[str]) -> Tensor:
        """Unit sentence vectors (N, T): token states averaged over the words, as all-MiniLM-L6-v2 was trained."""
        words = self.tokenizer(texts, padding=True, truncation=True, max_length=128, return_tensors="pt")
        words = words.to(self.text_encoder.device)
        states = self.text_encoder(**words).last_hidden_state.float()
        mask = words["attention_mask"][..., None].float()
        return F.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)

    def _working(self, image: Image.Image, times: float) -> Tensor:
        """The photo on so many times the working pixels, see `_pixels`."""
        return self._pixels(image, working_size(image.width, image.height, self.config.working_pixels * times))

    def _pixels(self, image: Image.Image, size: tuple[int, int]) -> Tensor:
        """(1, 3, height, width) in [0, 1] of the photo at a size (width, height)."""
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC))
        tensor = torch.from_numpy(pixels.copy()).to(self.network.device).movedim(-1, 0)[None].float() / 255
        return tensor.contiguous(memory_format=torch.channels_last)


def _noise(photo: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.randn(photo.shape, generator=generator, dtype=photo.dtype).to(photo.device)


def working_size(width: int, height: int, pixels: float) -> tuple[int, int]:
    """(width, height) in multiples of `MULTIPLE` with about `pixels` pixels and nearly the photo's aspect ratio."""
    scale = math.sqrt(pixels / (width * height))
    return (
        max(MULTIPLE, round(width * scale / MULTIPLE) * MULTIPLE),
        max(MULTIPLE, round(height * scale / MULTIPLE) * MULTIPLE),
    )


def output_size(width: int, height: int) -> tuple[int, int]:
    """The photo's own size, or smaller with the same aspect ratio where it has more than `MAX_OUTPUT_PIXELS`."""
    scale = min(1.0, math.sqrt(MAX_OUTPUT_PIXELS / (width * height)))
    return max(1, math.floor(width * scale)), max(1, math.floor(height * scale))
