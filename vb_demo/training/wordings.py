"""The ways in which training prompts are worded, and legends drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vb_demo.colors import Color
from vb_demo.generators.plantain.dialect import PLACES
from vb_demo.prompts import Entry, Legend
from vb_demo.referring import Referral
from vb_demo.training.sources import Vocabulary

NORMALS = (
    "Predict the surface normal of this scene.",
    "Paint the surface normals.",
    "camera-space normal map",
    "normals",
    "Generate a surface normal visualization of this image.",
    "Which way does every surface face? Paint the orientation.",
    "Encode camera-space surface normals in the RGB channels.",
)

MAX_ENTRIES = 16

UNNAMED = -2
"""A pixel of which only is known that it is none of the annotated things: background, or something like a wall."""


@dataclass(frozen=True)
class InstanceTarget:
    """Things of one kind, and where the middle of each lies."""

    legend: Legend
    """The kind at each of the four `PLACES`."""
    middles: NDArray[np.float32]
    """(H, W, 3): across from 0 to 1, down from 0 to 1, and 1; all 0 where there is no such thing."""
    known: NDArray[np.bool_]
    """(H, W)."""


@dataclass(frozen=True)
class LegendTarget:
    """A legend in words and where its paints belong."""

    legend: Legend
    slots: NDArray[np.int64]
    """(H, W) row of `legend.colors`; −1 = not known, `UNNAMED` = one of the `loose` rows."""
    loose: NDArray[np.bool_]
    """(K,) rows of `legend.colors` that may lie under `UNNAMED` pixels."""


def random_colors(count: int, rng: np.random.Generator) -> list[Color]:
    """`count` ≤ 27 colours near distinct points of a 3×3×3 grid of the RGB cube."""
    grid = np.stack(np.meshgrid(*[[0.0, 127.5, 255.0]] * 3, indexing="ij"), -1).reshape(-1, 3)
    chosen = grid[rng.permutation(len(grid))[:count]] + rng.uniform(-31, 31, (count, 3))
    return [Color(*map(int, color)) for color in chosen.clip(0, 255).round()]


def random_legend(labels: NDArray[np.integer], vocabulary: Vocabulary, rng: np.random.Generator) -> LegendTarget:
    """Ask for some of what is in the picture, under any of its names, and for some things that are not in it.

    A third of the legends name everything that they can. Where the annotation left something out
    (`vocabulary.unnamed`), half of the legends ask for such things as well, and leave open which pixels they cover.
    """
    size = len(vocabulary.names)
    counts = np.bincount(labels[labels >= 0], minlength=size)
    present = [i for i in range(1, size) if counts[i] > 0.002 * labels.size]
    words: list[tuple[str, frozenset[int]]] = []
    only_absent = rng.random() < 0.05
    if not only_absent:
        groups = [(name, parts) for name, parts in vocabulary.groups.items() if parts & set(present)]
        if groups and rng.random() < 0.45:
            words.append(groups[rng.integers(len(groups))])
        taken = words[0][1] if words else frozenset()
        free = [i for i in present if i not in taken]
        rng.shuffle(free)
        some = int(rng.integers(0 if words else 1, MAX_ENTRIES - 4))
        for i in free if rng.random() < 0.35 else free[:some]:
            name = vocabulary.names[i]
            others = vocabulary.synonyms.get(name, ())
            if others and rng.random() < 0.4:
                name = others[int(rng.integers(len(others)))]
            words.append((name, frozenset({i})))
    words = words[: MAX_ENTRIES - 4]
    here = {vocabulary.names[i] for i in present} | {name for name, _ in words}
    here = here.union(*(alike for alike in vocabulary.akin if alike & here))
    strangers = [name for name in vocabulary.absent if name not in here]
    rng.shuffle(strangers)
    number = int(rng.integers(1 if only_absent else 0, vocabulary.most_absent + 1))
    words += [(name, frozenset()) for name in strangers[:number]]
    open_words: set[str] = set()
    if vocabulary.unnamed and rng.random() < 0.5:
        drawn = [vocabulary.unnamed[i] for i in rng.permutation(len(vocabulary.unnamed))[: int(rng.integers(1, 9))]]
        open_words = set(drawn) - {name for name, _ in words}
        words += [(name, frozenset()) for name in sorted(open_words)]
    rng.shuffle(words)
    words = words[:MAX_ENTRIES]

    table = np.zeros(size + 1, np.int64)
    table[-1] = -1
    if open_words:
        table[0] = UNNAMED
    named = frozenset[int]().union(*(covered for _, covered in words))
    for row, (_, covered) in enumerate(words, start=1):
        parts = frozenset[int]().union(*(vocabulary.parts.get(i, frozenset()) for i in covered))
        table[list(covered | (parts - named))] = row
    loose = np.array([True, *(name in open_words for name, _ in words)])
    return LegendTarget(_colored([name for name, _ in words], rng), table[labels], loose)


def referring_legend(referrals: Sequence[Referral], rng: np.random.Generator) -> LegendTarget:
    """Ask for one to three of the things that `referrals` describe; the rest is background."""
    assert referrals
    slots = np.zeros(referrals[0].mask.shape, np.int64)
    phrases: list[str] = []
    for i in rng.permutation(len(referrals))[: int(rng.integers(1, 4))]:
        referral = referrals[i]
        if not slots[referral.mask].any():
            phrases.append(referral.phrase)
            slots[referral.mask] = len(phrases)
    return LegendTarget(_colored(phrases, rng), slots, np.zeros(len(phrases) + 1, bool))


def random_instances(
    labels: NDArray[np.integer],
    instances: NDArray[np.integer],
    vocabulary: Vocabulary,
    rng: np.random.Generator,
) -> InstanceTarget | None:
    """Ask for the things of a kind that is in the picture, mostly one of which there are several; None if none is.

    Args:
        labels: (H, W) index into `vocabulary.names`, −1 = not known.
        instances: (H, W) one number a thing, 0 = nothing that can be counted, −1 = things not told apart.
    """
    pairs, pixels = np.unique(
        np.stack([labels[instances > 0], instances[instances > 0]], 1), axis=0, return_counts=True
    )
    kinds, counts = np.unique(pairs[(pixels > 0.001 * labels.size) & (pairs[:, 0] > 0), 0], return_counts=True)
    if not len(kinds):
        return None
    weights = np.where(counts > 1, 4.0, 1.0)
    kind = int(rng.choice(kinds, p=weights / weights.sum()))
    height, width = labels.shape
    middles = np.zeros((height, width, 3), np.float32)
    for number in pairs[pairs[:, 0] == kind, 1]:
        thing = (labels == kind) & (instances == number)
        y, x = np.nonzero(thing)
        middles[thing] = (x.mean() + 0.5) / width, (y.mean() + 0.5) / height, 1
    name = vocabulary.names[kind]
    others = vocabulary.synonyms.get(name, ())
    if others and rng.random() < 0.4:
        name = others[int(rng.integers(len(others)))]
    # Of the same kind, and yet none of the things: a crowd, or what is too far away to be counted.
    known = (labels >= 0) & ((labels != kind) | (middles[..., 2] > 0))
    return InstanceTarget(_colored(places_of(name), rng), middles, known)


def places_of(kind: str) -> list[str]:
    """What the colours for things of one kind stand for."""
    return [f"{place} {kind}" for place in PLACES]


def _colored(names: Sequence[str], rng: np.random.Generator) -> Legend:
    """A legend with colours drawn at random, often with a black, grey or white background."""
    colors = random_colors(len(names) + 1, rng)
    if rng.random() < 0.5:
        grey = int(rng.choice([0, 0, 255, 128]))
        if all(max(abs(channel - grey) for channel in color) > 60 for color in colors[1:]):
            colors[0] = Color(grey, grey, grey)
    return Legend(tuple(Entry(name, color) for name, color in zip(names, colors[1:], strict=True)), colors[0])
