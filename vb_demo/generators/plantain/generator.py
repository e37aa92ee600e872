"""Plantain behind the `Generator` protocol."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from vb_demo.errors import InputError
from vb_demo.generators.base import OnStep, Painting
from vb_demo.generators.plantain.dialect import DIALECT
from vb_demo.generators.plantain.pipeline import PlantainPipeline
from vb_demo.generators.plantain.words import telling_camera
from vb_demo.images import Photo

MAX_STEPS = 50


class Plantain:
    """The small generator that ships with the program."""

    dialect = DIALECT

    def __init__(self, folder: Path, name: str = "plantain", *, device: str | None = None) -> None:
        """Load the pipeline in `folder` (model_index.json beside its components) on `device`, a GPU if there is one."""
        self.name = name
        self.pipeline = PlantainPipeline.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.pipeline.to(self.device)
        self.pipeline.network.eval().to(memory_format=torch.channels_last)

    def paint(
        self, photo: Photo, prompt: str, *, steps: int | None = None, seed: int = 0, on_step: OnStep | None = None
    ) -> Painting:
        """See `Generator.paint`. One step is the default; `steps` may be 1 to 50.

        Where the photo's camera is known, words for depth are sent with its field of view.
        """
        steps = 1 if steps is None else steps
        if not 1 <= steps <= MAX_STEPS:
            raise InputError(f"steps is {steps}; plantain paints in 1 to {MAX_STEPS} steps.")
        start = time.perf_counter()
        prompt = telling_camera(prompt, photo.camera)
        pixels = self.pipeline(
            photo.pil,
            prompt,
            num_inference_steps=steps,
            generator=torch.Generator().manual_seed(seed),
            on_step=on_step,
        ).images
        return Painting(pixels, self.name, prompt, seed, steps, time.perf_counter() - start)
