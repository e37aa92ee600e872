"""Self-training: depth for photos without ground truth, as the weights that a run starts from paint it.

The teacher sees a whole photo in several sizes and is believed where it says about the same each time. The student sees
crops of it, other light and noise, and is to answer the same: that is what an answer which does not jump means. The
idea is that of Noisy Student (https://arxiv.org/abs/1911.04252) and Depth Anything (https://arxiv.org/abs/2401.10891).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.codecs import depth as codec
from vb_demo.generators.plantain.pipeline import PlantainPipeline
from vb_demo.generators.plantain.words import DEPTH_GIST
from vb_demo.training.sources import Sample

SIZES = (0.84, 1.0, 1.17)
"""Times the teacher's working pixels."""

AGREE = 1.5
"""Where the largest answer is more than so many times the smallest, nothing is taught."""


def taught(samples: Sequence[Sample], teacher: PlantainPipeline, cache: Path) -> list[Sample]:
    """The same samples with the teacher's depth, and with the camera that it assumes where nobody tells it one.

    Args:
        samples: photos of which no depth is known.
        teacher: paints it.
        cache: a file (.npz) that the depth is kept in and, if it exists, read from.
    """
    if not cache.exists():
        painted = [painted_depth(sample.rgb, teacher).astype(np.float16) for sample in samples]
        np.savez_compressed(cache, *painted)
    with np.load(cache) as file:
        depths = [file[f"arr_{i}"].astype(np.float32) for i in range(len(samples))]
    return [
        replace(sample, depth=depth, focal=math.sqrt(depth.size)) for sample, depth in zip(samples, depths, strict=True)
    ]


def painted_depth(rgb: NDArray[np.uint8], teacher: PlantainPipeline) -> NDArray[np.float32]:
    """Metres (H, W) of a photo (H, W, 3): the median over `SIZES`; `inf` = sky, `nan` where the answers differ."""
    pixels = teacher.config.working_pixels
    answers = []
    for factor in SIZES:
        teacher.register_to_config(working_pixels=round(pixels * factor))
        answers.append(codec.decode(teacher(Image.fromarray(rgb), DEPTH_GIST).images).values)
    teacher.register_to_config(working_pixels=pixels)
    nearest, middle, farthest = np.sort(np.stack(answers), axis=0)
    return np.where(farthest <= AGREE * nearest, middle, np.float32(np.nan))
