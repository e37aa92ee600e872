"""What a measurement yields: figures about a generator, each beside two answers that look at no photo.

A set where every photo shows the same floor is easily answered:
    average    the set's other photos, pixel by pixel: median depth, mean direction, most frequent class
    constant   one answer everywhere: the set's median depth, facing the viewer, the set's most frequent class;
               where every photo has a question of its own, each thing over the whole photo
Both are made from the truth of the very set, which flatters them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.flow import on_grid

GRID = (64, 48)
"""(width, height) on which the other photos are averaged: fine enough for a baseline, and quick."""

Painter = Callable[..., Any]
"""A sample, and `prompt=` where the task's own words will not do, or `of=` → the generator's answer."""
Scores = dict[str, float]
"""Name of a figure, with an arrow that points to better → value for one photo, `nan` = none."""


@dataclass(frozen=True)
class Figure:
    """One number about a generator, and the same number for answers that look at no photo."""

    name: str
    value: float | None
    average: float | None
    constant: float | None
    photos: int
    detail: bool = False
    """True: too fine for the table."""
    shares: tuple[float, ...] = ()
    """What each photo contributes to the value, `nan` = nothing: its own score, or for what is counted over the whole
    set its pseudo-value, see `pseudo_values`. Empty where nobody asks how sure the value is."""

    @property
    def error(self) -> float | None:
        """Standard error of the value: how far it would be off for other photos like these."""
        return standard_error(self.shares)

    def gain_over(self, other: Figure) -> tuple[float | None, float | None]:
        """(difference of the values, its standard error) to the same figure of another answer to the same photos.

        The error is that of the photos' differences, mostly smaller than either value's: what is hard about a photo is
        hard for both.
        """
        if self.value is None or other.value is None:
            return None, None
        paired = len(self.shares) == len(other.shares)
        return self.value - other.value, standard_error(np.subtract(self.shares, other.shares)) if paired else None


@dataclass(frozen=True)
class Report:
    """What was measured on one set."""

    dataset: str
    generator: str
    figures: tuple[Figure, ...]
    votes: int = 1
    """Paintings that each answer was combined from."""


def standard_error(shares: Sequence[float] | NDArray[np.float64]) -> float | None:
    """Of the mean of independent values; `None` = there are fewer than two. `nan` does not count."""
    values = np.asarray(shares, float)
    values = values[np.isfinite(values)]
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None


def means(scores: Mapping[str, Sequence[Scores]], photos: int | None = None, *, detail: bool = False) -> list[Figure]:
    """Average each score over the photos, for the answers ("value") and for both baselines, which may lack it."""

    def mean(who: str, name: str) -> float | None:
        values = np.array([photo.get(name, np.nan) for photo in scores.get(who, ())])
        return None if np.isnan(values).all() else float(np.nanmean(values))

    names = scores["value"][0] if scores.get("value") else {}
    return [
        Figure(
            name,
            value=mean("value", name),
            average=mean("average", name),
            constant=mean("constant", name),
            photos=photos or len(scores["value"]),
            detail=detail,
            shares=() if detail else tuple(photo.get(name, np.nan) for photo in scores["value"]),
        )
        for name in names
    ]


def enlarged(coarse: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """What was averaged on `GRID`, at the size of another array."""
    return on_grid(coarse, (like.shape[1], like.shape[0]))


def ignoring_gaps(average: Callable[..., Any], stack: NDArray[Any]) -> NDArray[Any]:
    """`nanmean` or `nanmedian` over the first axis, without the warning about pixels that no photo measures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return average(stack, axis=0)
