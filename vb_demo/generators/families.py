"""What diffusers' instruction editors are called with: above all, which picture sizes leave every pixel in place.

A pipeline that is handed another size than one of its own crops the photo, or paints on a grid that differs from the
photo's by a few pixels. So the size is chosen here, and the photo is stretched to it before the pipeline sees it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from vb_demo.errors import InputError

Size = tuple[int, int]
"""(width, height) in pixels."""

MEGAPIXEL = 1024 * 1024
MAX_ASPECT = 8.0
"""FLUX.2 refuses longer pictures; the others have never seen one."""


def _sized(size: Size) -> dict[str, Any]:
    return {"width": size[0], "height": size[1]}


def _kontext(size: Size) -> dict[str, Any]:
    # Without its area the pipeline rounds a long bucket down to the next smaller one, away from the photo's grid.
    return {**_sized(size), "max_area": size[0] * size[1]}


def _as_photo(size: Size) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Family:
    """How one of diffusers' pipeline classes takes a photo."""

    multiple: int = 16
    """Width and height are divisible by this."""
    pixels: int = MEGAPIXEL
    """Most pixels that a picture may have."""
    min_side: int = 64
    """Fewest pixels of a side; smaller photos are enlarged."""
    buckets: Callable[[], tuple[Size, ...]] | None = None
    """The only sizes there are, for a pipeline that knows no others."""
    size_arguments: Callable[[Size], dict[str, Any]] = _sized
    """What asks the pipeline to paint at a size."""
    edits: bool = True
    """It follows any instruction, such as "make it rain"; others know their own task only."""
    draws: bool = False
    """It also paints without a photo, from words alone, at any size within the limits above."""

    def working_size(self, width: int, height: int) -> Size:
        """The size to stretch a photo to, such that the pipeline neither crops nor resizes it.

        The nearest aspect ratio wins, then the most pixels. A photo is enlarged only where the family demands it.

        Raises:
            InputError: the photo is more than 8 times as long as it is wide, or the other way round.
        """
        aspect = width / height
        if not 1 / MAX_ASPECT <= aspect <= MAX_ASPECT:
            raise InputError(
                f"The photo is {width} × {height}; its longer side may be at most {MAX_ASPECT:.0f} times the shorter."
            )
        sizes = self.buckets() if self.buckets else self._multiples_near(width, height)
        return min(sizes, key=lambda size: (abs(math.log(size[0] / size[1] / aspect)), -size[0] * size[1]))

    def drawing_size(self, width: int, height: int) -> Size:
        """The size of a picture that is drawn without a photo: as asked for, rounded down to the family's multiples.

        Raises:
            InputError: a side is too short, or the picture is too large or too long.
        """
        shorter, longer = sorted((width, height))
        if shorter < self.min_side or width * height > self.pixels or longer > MAX_ASPECT * shorter:
            raise InputError(
                f"The size is {width} × {height}; a side may have {self.min_side} pixels or more, the longer one at "
                f"most {MAX_ASPECT:.0f} times the shorter, and the picture {self.pixels:,} in all, as 1024 × 1024 has."
            )
        return width // self.multiple * self.multiple, height // self.multiple * self.multiple

    def _multiples_near(self, width: int, height: int) -> list[Size]:
        scale = min(1.0, math.sqrt(self.pixels / (width * height)))
        scale = max(scale, self.min_side / min(width, height))
        return [
            (w, h)
            for w in self._either_side(width * scale)
            for h in self._either_side(height * scale)
            if w * h <= self.pixels
        ]

    def _either_side(self, length: float) -> Size:
        least = math.ceil(self.min_side / self.multiple) * self.multiple
        down, up = (
            int(rounding(length / self.multiple - nudge) * self.multiple)
            for rounding, nudge in ((math.floor, -1e-9), (math.ceil, 1e-9))
        )
        return max(down, least), max(up, least)


def _kontext_buckets() -> tuple[Size, ...]:
    module = import_module("diffusers.pipelines.flux.pipeline_flux_kontext")
    return tuple(module.PREFERRED_KONTEXT_RESOLUTIONS)


def _fixed_points(module: str, multiple: int) -> Callable[[], tuple[Size, ...]]:
    """The sizes that a pipeline's own choice of size leaves alone: all others it would stretch once more."""

    @lru_cache(maxsize=1)
    def sizes() -> tuple[Size, ...]:
        choose = import_module(module).calculate_dimensions
        widths = range(multiple * math.ceil(math.sqrt(MEGAPIXEL / MAX_ASPECT) / multiple), 4 * 1024, multiple)
        near = (
            (w, h * multiple)
            for w in widths
            for h in range(int(MEGAPIXEL / w / multiple) - 1, int(MEGAPIXEL / w / multiple) + 3)
            if h > 0
        )
        return tuple((w, h) for w, h in near if tuple(choose(MEGAPIXEL, w / h)[:2]) == (w, h))

    return sizes


FAMILIES: dict[str, Family] = {
    "Flux2KleinPipeline": Family(draws=True),
    "Flux2KleinKVPipeline": Family(draws=True),
    # Its buckets are for photos; what is drawn may have any size.
    "FluxKontextPipeline": Family(buckets=_kontext_buckets, size_arguments=_kontext, draws=True),
    "QwenImageEditPipeline": Family(buckets=_fixed_points("diffusers.pipelines.qwenimage.pipeline_qwenimage_edit", 32)),
    "QwenImageEditPlusPipeline": Family(
        buckets=_fixed_points("diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus", 32)
    ),
    "LongCatImageEditPipeline": Family(
        buckets=_fixed_points("diffusers.pipelines.longcat_image.pipeline_longcat_image_edit", 16),
        size_arguments=_as_photo,
    ),
    # It learned pictures of 256 and 512 pixels a side, and paints at the size that it is handed.
    "StableDiffusionInstructPix2PixPipeline": Family(multiple=8, pixels=512 * 512, size_arguments=_as_photo),
    # These two resize and pad the photo themselves, and undo it.
    "MarigoldDepthPipeline": Family(multiple=1, min_side=1, size_arguments=_as_photo, edits=False),
    "MarigoldNormalsPipeline": Family(multiple=1, min_side=1, size_arguments=_as_photo, edits=False),
}
"""diffusers' class name → how it is called. These classes can be driven, whoever trained the weights."""
