"""How much an answer changes when the photo changes but the scene does not: cropped, resized, compressed, exposed."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.answers import DepthMap, RelativeDepthMap
from vb_demo.errors import InputError
from vb_demo.evaluation.datasets import open_dataset
from vb_demo.evaluation.figures import Scores
from vb_demo.evaluation.metrics import measured
from vb_demo.evaluation.surfaces import fitted, judge_depth, without_unit
from vb_demo.flow import ask, on_grid
from vb_demo.generators import Generator
from vb_demo.geometry import Camera
from vb_demo.images import Photo

KEPT = 0.8
"""Share of the width and of the height that a crop keeps."""
QUALITY = 40
"""Of a JPEG file, as Pillow counts it; 75 is usual."""
GAMMA = 2.2
"""Of sRGB, nearly: light doubles where the pixel grows by 2^(1 / 2.2)."""
FIGURES = ("depth δ1 ↑", "depth δ1, scaled ↑")

Window = tuple[slice, slice]
"""Rows and columns."""
WHOLE: Window = (slice(None), slice(None))


class Perturbed(NamedTuple):
    photo: Photo
    window: Window
    """What it shows of the first photo."""


@dataclass(frozen=True)
class Change:
    """What one perturbation does to one figure."""

    perturbation: str
    figure: str
    before: float | None
    """Mean over the photos, of the pixels that are still seen afterwards."""
    after: float | None
    change: float | None
    """Mean of |after − before| over the photos, and the crops of each: gains here and losses there do not cancel."""


@dataclass(frozen=True)
class Robustness:
    """What was measured on one set."""

    dataset: str
    generator: str
    photos: int
    changes: tuple[Change, ...]


def crop(photo: Photo, across: float, down: float) -> Perturbed:
    """Keep `KEPT` of each side; `across` and `down` place the window, 0 = left or top, 1 = right or bottom."""
    width, height = round(KEPT * photo.width), round(KEPT * photo.height)
    left, top = round(across * (photo.width - width)), round(down * (photo.height - height))
    window = (slice(top, top + height), slice(left, left + width))
    camera = photo.camera
    camera = replace(camera, width=width, height=height, cx=camera.cx - left, cy=camera.cy - top)
    return Perturbed(replace(photo, pixels=photo.pixels[window], valid=photo.valid[window], camera=camera), window)


def resize(photo: Photo, factor: float) -> Perturbed:
    size = (round(factor * photo.width), round(factor * photo.height))
    pixels = np.asarray(photo.pil.resize(size, Image.Resampling.LANCZOS))
    resized = replace(photo, pixels=pixels, valid=on_grid(photo.valid, size), camera=photo.camera.scaled(*size))
    return Perturbed(resized, WHOLE)


def compress(photo: Photo) -> Perturbed:
    file = io.BytesIO()
    photo.pil.save(file, "JPEG", quality=QUALITY)
    return Perturbed(replace(photo, pixels=np.asarray(Image.open(file))), WHOLE)


def expose(photo: Photo, stops: float) -> Perturbed:
    """Twice the light for each stop; what becomes brighter than white is white."""
    pixels = (photo.pixels * 2 ** (stops / GAMMA)).clip(0, 255).round().astype(np.uint8)
    return Perturbed(replace(photo, pixels=pixels), WHOLE)


PERTURBATIONS: dict[str, tuple[Callable[[Photo], Perturbed], ...]] = {
    "crop to 80 %, centre": (partial(crop, across=0.5, down=0.5),),
    "crop to 80 %, corners": tuple(partial(crop, across=x, down=y) for x in (0, 1) for y in (0, 1)),
    "half the size": (partial(resize, factor=0.5),),
    "twice the size": (partial(resize, factor=2),),
    "JPEG quality 40": (compress,),
    "one stop brighter": (partial(expose, stops=1),),
    "one stop darker": (partial(expose, stops=-1),),
}


def measure_robustness(
    folder: str | Path,
    generator: Generator,
    *,
    last: int | None = None,
    limit: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    on_painting: Callable[[int, int], None] | None = None,
) -> Robustness:
    """Ask for the depth of every photo of a set, and of what each of `PERTURBATIONS` makes of it.

    The words tell the horizontal field of view: nobody can see whether a photo was cropped or taken with a longer lens.

    Args:
        folder, last, limit, steps, seed, on_painting: as for `vb_demo.evaluation.benchmarks.evaluate`.

    Raises:
        InputError: the folder is no set with depth, or the generator has no words for depth.
    """
    data = open_dataset(folder, last=last, limit=limit)
    if data.kind not in ("rgbd", "renders"):
        raise InputError(f"{folder} has no depth; robustness is measured by the depth.")
    if "depth" not in generator.dialect:
        raise InputError(f"{generator.name} has no words for depth, by which robustness is measured.")
    usable = [sample for sample in data.samples if measured(data.depth(sample)).any()]
    total = len(usable) * (1 + sum(map(len, PERTURBATIONS.values())))
    numbers = count(1)

    def paint(photo: Photo) -> DepthMap | RelativeDepthMap:
        if on_painting is not None:
            on_painting(next(numbers), total)
        words = f"{generator.dialect['depth'].words} {told(photo.camera)}"
        answer = ask(photo, "depth", prompt=words, generator=generator, steps=steps, seed=seed)
        assert isinstance(answer, DepthMap | RelativeDepthMap)
        return answer

    pairs: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for sample in usable:
        truth = data.depth(sample)
        photo = replace(data.photo(sample), camera=data.camera(sample))
        plain = paint(photo)
        for name, variants in PERTURBATIONS.items():
            for perturb in variants:
                changed, window = perturb(photo)
                answer = paint(changed)
                if measured(truth[window]).any():
                    both = _judge(plain, truth, WHOLE, window), _judge(answer, truth, window)
                    for figure in FIGURES:
                        pairs[name, figure].append([scores[figure] for scores in both])
    changes = (_change(*key, np.array(found)) for key, found in pairs.items())
    return Robustness(data.name, generator.name, len(usable), tuple(changes))


def told(camera: Camera) -> str:
    """The field of view in words. Of an off-centre crop: that of a centred one of the same size."""
    degrees = 2 * np.degrees(np.arctan(camera.width / 2 / camera.fx))
    return f"The horizontal field of view is {degrees:.0f} degrees."


def _judge(
    answer: DepthMap | RelativeDepthMap, truth: NDArray[np.float32], shown: Window, judged: Window = WHOLE
) -> Scores:
    """Scores of an answer about the window `shown` of the truth (H, W), in the window `judged` of what is shown."""
    there = truth[shown]
    height, width = answer.reliability.shape
    meters = on_grid(fitted(answer, on_grid(there, (width, height))), (there.shape[1], there.shape[0]))
    return without_unit(judge_depth(meters[judged], there[judged]), answer)


def _change(perturbation: str, figure: str, pairs: NDArray[np.float64]) -> Change:
    """`pairs` (N, 2): before and after."""
    numbers = (*pairs.mean(axis=0), np.abs(pairs[:, 1] - pairs[:, 0]).mean())
    before, after, change = (None if np.isnan(number) else float(number) for number in numbers)
    return Change(perturbation, figure, before, after, change)
