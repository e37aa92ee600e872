"""What is doubtful about the colours of a legend: for the decoder, and for colour-blind people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from vb_demo.colors import DEFICIENCIES, Color, appearances

TOO_CLOSE = 50.0
"""RGB distance (0 to 442) under which two colours are hard to tell apart in a painting whose colours drift a little.

The decoder takes the nearest colour, so a drift of half the distance already makes one thing another.
"""
_LOOKS_ALIKE = 10.0  # ΔE; 2 is just visible in one picture side by side, but a thing and its swatch are further apart
_MOST_PAIRS = 20


def hard_to_decode(things: Sequence[tuple[str, Color]]) -> Iterator[str]:
    """A warning for each of the first 20 pairs of colours that a decoder may mix up."""
    for first, second in _pairs_within(TOO_CLOSE, [color for _, color in things])[:_MOST_PAIRS]:
        (name, one), (other_name, other) = things[first], things[second]
        if one == other:
            yield f"“{name}” and “{other_name}” have the same colour, {one.hex}."
        else:
            yield (
                f"The colours of “{name}” and “{other_name}”, {one.hex} and {other.hex}, are hard to tell apart; "
                f"choose colours that are at least {TOO_CLOSE:.0f} from each other in RGB."
            )


def alike_when_color_blind(things: Sequence[tuple[str, Color]]) -> Iterator[str]:
    """A note for each of the first 20 pairs of colours that differ for normal vision, but not for everybody's.

    Alike is what `colors.simulate` brings within ΔE 10 (CIE76) of each other.
    """
    normal, *others = appearances(np.array([color for _, color in things]).reshape(-1, 3))
    seen_as_one = set(_pairs_within(_LOOKS_ALIKE, normal))
    confused: dict[tuple[int, int], list[str]] = {}
    for deficiency, look in zip(DEFICIENCIES, others, strict=True):
        for pair in _pairs_within(_LOOKS_ALIKE, look):
            if pair not in seen_as_one:
                confused.setdefault(pair, []).append(deficiency)
    for (first, second), deficiencies in sorted(confused.items())[:_MOST_PAIRS]:
        yield f"“{things[first][0]}” and “{things[second][0]}” look alike to people with {' or '.join(deficiencies)}."


def _pairs_within(limit: float, points: ArrayLike) -> list[tuple[int, int]]:
    """The pairs of rows of (n, 3) `points` that are less than `limit` apart."""
    rows = np.asarray(points, np.float64).reshape(-1, 3)
    distances = np.linalg.norm(rows[:, None] - rows[None], axis=-1)
    return [(first, second) for first, second in np.argwhere(np.triu(distances < limit, k=1)).tolist()]
