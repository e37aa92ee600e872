"""Is it there? Ask several times, in other colours each time, and count: what a painter takes for a thing whatever its
colour is more likely that thing. `vb_demo.combining.combine` does the counting. And what is too small is not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from vb_demo.answers import Answer, InstanceMap, SegmentMap
from vb_demo.colors import distinct_colors
from vb_demo.prompts import Entry, Legend

MIN_SHARE = 0.001
"""Share of the pixels below which a thing counts as absent: 17 × 18 pixels of a photo of 640 × 480."""
POOL = 12
"""Colours at least from which a fresh legend draws: so many have a plain name, which painters know best."""


def fresh_legend(legend: Legend, seed: int) -> Legend:
    """The same things in other colours far from each other and from the background, which stays as it is.

    The same seed gives the same colours.
    """
    count = len(legend.entries)
    pool = distinct_colors(max(count, POOL), avoid=[legend.background] if legend.background else [])
    colors = np.random.default_rng(seed).permutation(len(pool))[:count]
    entries = tuple(Entry(entry.name, pool[color]) for entry, color in zip(legend.entries, colors, strict=True))
    return replace(legend, entries=entries, warnings=())


def without_small(answer: Answer, min_percent: float) -> Answer:
    """The answer with names, or things, on less than this percentage of its pixels turned into background.

    Their reliability is 0. A painter that is asked for something absent often leaves a few stray pixels of its colour;
    then "nothing there" is the answer. Depth and normals stay as they are.
    """
    if not min_percent or not isinstance(answer, SegmentMap | InstanceMap):
        return answer
    kept = np.bincount(answer.labels.ravel()) >= min_percent / 100 * answer.labels.size
    kept[0] = True
    numbers = np.arange(len(kept), dtype=np.int32)
    changes: dict[str, Any] = {}
    if isinstance(answer, InstanceMap):  # their numbers have no gaps
        colors = tuple(color for color, stays in zip(answer.colors, kept[1:], strict=True) if stays)
        changes = {"count": len(colors), "colors": colors}
        numbers = np.cumsum(kept, dtype=np.int32) - 1
    return replace(
        answer,
        labels=np.where(kept, numbers, 0).astype(np.int32)[answer.labels],
        reliability=np.where(kept[answer.labels], answer.reliability, np.float32(0)),
        provenance=replace(answer.provenance, min_percent=min_percent),
        **changes,
    )


def absent(answer: SegmentMap, below: float = MIN_SHARE) -> list[str]:
    """The legend's names that were not found in the photo: those with less than this share of its pixels, or in blends.

    With several votes that is the share of what most of them agree on, so that a thing that every vote sees somewhere
    else is absent, too. It is the painter's word: a weak one does not find all that is there. Of names that share a
    colour it is not known which was found; where one was, none of them is absent.
    """
    shares = np.bincount(answer.labels.ravel(), minlength=len(answer.legend.names)) / answer.labels.size
    found = {
        entry.color
        for label, entry in enumerate(answer.legend.entries, start=1)
        if shares[label] >= below and label not in answer.blends
    }
    return [entry.name for entry in answer.legend.entries if entry.color not in found]
