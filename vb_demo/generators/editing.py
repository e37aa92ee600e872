"""Any of diffusers' instruction-editing pipelines as a generator: a photo and words in, a painted photo out."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.generators.assembly import adapter_name, assemble
from vb_demo.generators.base import Dialect, OnStep, Painting
from vb_demo.generators.catalog import EVERY_TASK, GeneratorSpec
from vb_demo.generators.dialects import task_in
from vb_demo.generators.families import FAMILIES
from vb_demo.generators.hub import OnDownload, fetch, fetch_part, here, parameters_in, sized
from vb_demo.generators.memory import Machine, MemoryPlan, this_machine
from vb_demo.generators.verdicts import verdict
from vb_demo.images import Photo

MAX_STEPS = 100


def fetch_editor(
    spec: GeneratorSpec, *, held_gb: float = 0.0, on_download: OnDownload | None = None
) -> tuple[GeneratorSpec, Path]:
    """All that can be done while another generator still paints: the weights are fetched, unless they do not fit.

    Args:
        held_gb: see `this_machine`.

    Returns:
        The specification, with all sizes, and the folder of the weights: what `open_editor` takes.

    Raises:
        InputError: the weights cannot be had, a package is missing, or the machine is too small.
    """
    arguments_of(spec)
    spec = sized(spec, ask=True)
    folder = None
    if not spec.parts:  # nobody knows how big it is before it is here
        folder = fetch(spec, on_download)
        spec = replace(spec, parts=parameters_in(folder))
    _plan(spec, this_machine(held_gb), downloaded=folder is not None or here(spec))
    folder = folder or fetch(spec, on_download)
    for part in [*([spec.transformer] if spec.transformer else []), *spec.adapters.values()]:
        fetch_part(part, on_download)
    return spec, folder


def open_editor(spec: GeneratorSpec, folder: Path) -> Editor:
    """Load what `fetch_editor` fetched, as fits this machine.

    Raises:
        InputError: the machine is too small by now, or the folder holds another pipeline.
    """
    plan = _plan(spec, this_machine(), downloaded=True)
    return editor_of(spec, plan, assemble(spec, plan, folder))


def _plan(spec: GeneratorSpec, machine: Machine, *, downloaded: bool) -> MemoryPlan:
    judged = verdict(spec, machine, downloaded=downloaded)
    if judged.plan is None or not judged.runs:
        raise InputError(f"{spec.name} cannot paint here. {judged.words}")
    return judged.plan


def arguments_of(spec: GeneratorSpec) -> set[str]:
    """What the pipeline's class can be called with. Raises InputError where `spec.call` holds something else."""
    import diffusers

    if not hasattr(diffusers, spec.pipeline):
        raise InputError(f"diffusers {diffusers.__version__} has no {spec.pipeline}; a newer one may.")
    takes = set(inspect.signature(getattr(diffusers, spec.pipeline).__call__).parameters) - {"self"}
    if unknown := sorted(set(spec.call) - takes):
        raise InputError(f"{spec.pipeline} does not take {', '.join(unknown)}; it takes: {', '.join(sorted(takes))}.")
    return takes


def editor_of(spec: GeneratorSpec, plan: MemoryPlan, pipeline: Any) -> Editor:
    """The generator around a pipeline that is loaded already."""
    return (Marigold if spec.pipeline.startswith("Marigold") else Editor)(spec, plan, pipeline)


class Editor:
    """A generator whose words go to a diffusers pipeline, letter by letter."""

    def __init__(self, spec: GeneratorSpec, plan: MemoryPlan, pipeline: Any) -> None:
        """Use a pipeline that `assemble` loaded for `spec` as `plan` says.

        Raises:
            InputError: `spec.call` holds what the pipeline does not take.
        """
        self.name = spec.name
        self.dialect: Dialect = spec.dialect
        self.spec = spec
        self.plan = plan
        self._pipeline: Any = pipeline
        self._takes = arguments_of(spec)

    @property
    def pipeline(self) -> Any:
        """The pipeline. Raises InputError once it is closed."""
        if self._pipeline is None:
            raise InputError(f"{self.name} made way for another generator; load it again to paint with it.")
        return self._pipeline

    @property
    def device(self) -> str:
        """Where it paints: "cuda", "mps" or "cpu"."""
        return self.plan.device

    @property
    def edits(self) -> bool:
        """It can be told to change the photo, see `vb_demo.flow.edit`."""
        return FAMILIES[self.spec.pipeline].edits

    @property
    def draws(self) -> bool:
        """It needs no photo, see `vb_demo.flow.draw`."""
        return FAMILIES[self.spec.pipeline].draws

    @property
    def closed(self) -> bool:
        """It made way for another generator and cannot paint any more."""
        return self._pipeline is None

    def close(self) -> None:
        """Let the pipeline go, with its weights."""
        if self._pipeline is not None and hasattr(self._pipeline, "remove_all_hooks"):
            self._pipeline.remove_all_hooks()
        self._pipeline = None

    def paint(
        self, photo: Photo, prompt: str, *, steps: int | None = None, seed: int = 0, on_step: OnStep | None = None
    ) -> Painting:
        """See `Generator.paint`. `steps` may be 1 to 100; `on_step` is shown no pictures.

        Raises:
            InputError: there are too many steps, the photo is too long for the family, or the generator is closed.
        """

        def about_photo(**arguments: Any) -> NDArray[np.uint8]:
            return stretched_back(self._paint(photo, prompt, **arguments), photo.size)

        return self._run(about_photo, prompt, steps, seed, on_step)

    def draw(
        self,
        prompt: str,
        *,
        size: tuple[int, int],
        steps: int | None = None,
        seed: int = 0,
        on_step: OnStep | None = None,
    ) -> Painting:
        """See `Drawer.draw`. Sides are rounded down to multiples of 16 or so; the rest is as for `paint`."""
        family = FAMILIES[self.spec.pipeline]
        size_arguments = family.size_arguments(family.drawing_size(*size))

        def from_words(**arguments: Any) -> NDArray[np.uint8]:
            self._switch_adapters(None)
            result = self.pipeline(prompt=prompt, **size_arguments, **self.spec.call, **arguments)
            return np.asarray(result.images[0].convert("RGB"))

        return self._run(from_words, prompt, steps, seed, on_step)

    def _run(
        self,
        paint: Callable[..., NDArray[np.uint8]],
        prompt: str,
        steps: int | None,
        seed: int,
        on_step: OnStep | None,
    ) -> Painting:
        import torch

        steps = self._default_steps() if steps is None else steps
        if not 1 <= steps <= MAX_STEPS:
            raise InputError(f"steps is {steps}; {self.name} paints in 1 to {MAX_STEPS} steps.")
        start = time.perf_counter()
        # Noise from the processor is the same on every machine.
        generator = torch.Generator().manual_seed(seed)
        try:
            with _each_step(self.pipeline, self._takes, steps, on_step) as listening:
                pixels = paint(num_inference_steps=steps, generator=generator, **listening)
        finally:
            if self._pipeline is not None:  # also after a cancelled painting: parts go back to main memory
                self._pipeline.maybe_free_model_hooks()
        return Painting(pixels, self.name, prompt, seed, steps, time.perf_counter() - start)

    def _paint(self, photo: Photo, prompt: str, **arguments: Any) -> Image.Image:
        family = FAMILIES[self.spec.pipeline]
        size = family.working_size(*photo.size)
        self._switch_adapters(task_in(prompt, self.dialect))
        result = self.pipeline(
            image=photo.pil.resize(size, Image.Resampling.LANCZOS),
            prompt=prompt,
            **family.size_arguments(size),
            **self.spec.call,
            **arguments,
        )
        return result.images[0]

    def _switch_adapters(self, task: str | None) -> None:
        if not self.spec.adapters:
            return
        on = [name for name in (EVERY_TASK, task) if name in self.spec.adapters]
        if on:
            self.pipeline.enable_lora()
            self.pipeline.set_adapters([adapter_name(name) for name in on if name])
        else:
            self.pipeline.disable_lora()

    def _default_steps(self) -> int:
        if self.spec.steps is not None:
            return self.spec.steps
        own = inspect.signature(type(self.pipeline).__call__).parameters["num_inference_steps"].default
        return int(own or self.pipeline.config.default_denoising_steps)


class Marigold(Editor):
    """Marigold as a painter of relative depth or normals. It reads no words, and keeps the photo's size itself."""

    def _paint(self, photo: Photo, prompt: str, **arguments: Any) -> Image.Image:
        size = FAMILIES[self.spec.pipeline].working_size(*photo.size)
        image = photo.pil.resize(size, Image.Resampling.LANCZOS)
        prediction = self.pipeline(image, **self.spec.call, **arguments).prediction
        see = self.pipeline.image_processor
        if self.spec.pipeline == "MarigoldDepthPipeline":  # 0 = near, 1 = far; the map "binary" makes 0 white
            return see.visualize_depth(prediction, color_map="binary")[0]
        return see.visualize_normals(prediction)[0]


def stretched_back(picture: Image.Image, photo_size: tuple[int, int]) -> NDArray[np.uint8]:
    """The painting in the photo's aspect ratio, (h, w, 3): its shorter-drawn side is stretched, by whole pixels.

    No painted pixel is lost, and no colour mixed with its neighbour: what lies between two legend colours or two
    places on the depth walk would say something else.
    """
    picture = picture.convert("RGB")
    width, height = picture.size
    aspect = photo_size[0] / photo_size[1]
    size = max(width, round(height * aspect)), max(height, round(width / aspect))
    return np.asarray(picture.resize(size, Image.Resampling.NEAREST) if size != picture.size else picture)


@contextmanager
def _each_step(pipeline: Any, takes: set[str], steps: int, on_step: OnStep | None) -> Iterator[dict[str, Any]]:
    """Arguments that make the pipeline call `on_step` after each step; what that raises ends the painting."""
    if on_step is None:
        yield {}
    elif "callback_on_step_end" in takes:

        def done(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            on_step(step + 1, steps, None)
            return tensors

        yield {"callback_on_step_end": done}
    else:  # LongCat and Marigold: each step ends with the scheduler's
        scheduler, count = pipeline.scheduler, iter(range(1, MAX_STEPS + 1))
        own = scheduler.step

        def stepped(*args: Any, **kwargs: Any) -> Any:
            result = own(*args, **kwargs)
            on_step(next(count), steps, None)
            return result

        scheduler.step = stepped
        try:
            yield {}
        finally:
            del scheduler.step
