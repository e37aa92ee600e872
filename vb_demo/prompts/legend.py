"""A legend: which thing has which colour, how that is changed, and how it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vb_demo.colors import PALETTES, Color, Palette, distinct_colors
from vb_demo.errors import InputError
from vb_demo.prompts.doubts import TOO_CLOSE, alike_when_color_blind, hard_to_decode
from vb_demo.prompts.vocabulary import RESERVED, clean_name, is_background

Style = Literal["prose", "hex", "json"]
MAX_ENTRIES = 255
"""Names that a prompt may give; together with the background their numbers fit in a byte."""


class Entry(NamedTuple):
    """A thing and its colour; equals the plain tuple (name, (r, g, b))."""

    name: str
    color: Color


@dataclass(frozen=True)
class Legend:
    """What the colours of a painting mean.

    Names lose leading articles and doubled spaces. Raises InputError for an empty name, for a name that means the
    background, and for a colour that is none.

    The methods that change something return a new legend. They call an entry by its label, which is its row in `colors`
    and its number in a decoded map: 1 to n, in the order of `entries`; 0 is the background. What they return warns of
    colours alone, as no words were read. They raise InputError for a label that there is not, for a name that there is
    already (however capitalized), and where more than `MAX_ENTRIES` names would come together.
    """

    entries: tuple[Entry, ...]
    """In the order of the prompt, without the background. Names should differ; `parse_prompt` sees to that."""
    background: Color | None = None
    """None: nobody said."""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """Sentences about what was read but may not be what was meant."""
    style: Style = field(default="prose", compare=False)
    """How the prompt was written."""

    def __post_init__(self) -> None:
        entries = tuple(Entry(clean_name(name), Color(*color)) for name, color in self.entries)
        for name, _ in entries:
            if not name:
                raise InputError("A name in a legend is empty; every colour needs a thing.")
            if is_background(name):
                raise InputError(
                    f"“{name}” means the background, which every legend has already; give that a colour instead."
                )
        object.__setattr__(self, "entries", entries)
        if self.background is not None:
            object.__setattr__(self, "background", Color(*self.background))

    @property
    def background_color(self) -> Color:
        """The background; when nobody said, the first of black, white and grey that is far from all entries."""
        if self.background is not None:
            return self.background
        used = [entry.color for entry in self.entries]
        candidates = [Color(0, 0, 0), Color(255, 255, 255), Color(128, 128, 128), *distinct_colors(1, avoid=used)]
        margins = [min((_rgb_distance(color, other) for other in used), default=np.inf) for color in candidates]
        return next(
            (color for color, margin in zip(candidates, margins, strict=True) if margin >= 2 * TOO_CLOSE),
            candidates[int(np.argmax(margins))],
        )

    @property
    def colors(self) -> NDArray[np.uint8]:
        """(1 + n, 3): row 0 is `background_color`, row i is `entries[i - 1]`."""
        return np.array([self.background_color, *(entry.color for entry in self.entries)], np.uint8)

    @property
    def names(self) -> list[str]:
        """1 + n names: "background", then those of the entries."""
        return ["background", *(entry.name for entry in self.entries)]

    @property
    def given(self) -> list[Entry]:
        """The entries and, if somebody said it, the background as the last."""
        return [*self.entries, *([] if self.background is None else [Entry("background", self.background)])]

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that concern only some people: which colours look alike to the colour-blind."""
        return tuple(alike_when_color_blind(self.given))

    def with_entry(self, name: str, color: Color | None = None) -> Legend:
        """One more thing, behind the others; without a colour it gets one far from those in use."""
        if len(self.entries) >= MAX_ENTRIES:
            raise InputError(f"A legend has at most {MAX_ENTRIES} names; take one out before you add “{name}”.")
        if color is None:
            (color,) = distinct_colors(1, avoid=[entry.color for entry in self.given])
        return self._changed((*self.entries, Entry(self._new_name(name), color)), self.background)

    def without(self, label: int) -> Legend:
        """One thing less; without 0 nobody said what the background is."""
        if self._is_entry(label):
            return self._changed((*self.entries[: label - 1], *self.entries[label:]), self.background)
        return self.with_background(None)

    def renamed(self, label: int, name: str) -> Legend:
        """Another name for the same colour. Raises InputError for the background, which has no other name."""
        if self._is_entry(label):
            others = self._changed((*self.entries[: label - 1], *self.entries[label:]), self.background)
            return self._with_entry_at(label, Entry(others._new_name(name), self.entries[label - 1].color))
        raise InputError("The background cannot have another name; add a thing instead.")

    def recolored(self, label: int, color: Color) -> Legend:
        """Another colour for the same thing, or for the background."""
        if self._is_entry(label):
            return self._with_entry_at(label, Entry(self.entries[label - 1].name, color))
        return self.with_background(color)

    def with_background(self, color: Color | None) -> Legend:
        """Another background; None: nobody said."""
        return self._changed(self.entries, color)

    def shuffled(self, seed: int, palette: Palette = "distinct") -> Legend:
        """The same things with fresh colours, far from each other and from the background, which stays.

        The same seed gives the same colours. Raises InputError where the palette has too few.
        """
        avoid = [] if self.background is None else [self.background]
        colors = PALETTES[palette](len(self.entries), avoid=avoid, seed=seed)
        entries = (Entry(name, color) for (name, _), color in zip(self.entries, colors, strict=True))
        return self._changed(entries, self.background)

    def to_prose(self) -> str:
        """Like "Paint the cat orange, the exit sign #0000fe and the background purple."."""
        things = [f"{_in_words(name)} {color.exact_name or color.hex}" for name, color in self._written()]
        return f"Paint {', '.join(things[:-1])}{' and ' if len(things) > 1 else ''}{things[-1]}."

    def to_hex(self) -> str:
        """Like "The cat is #FFA500. The background is #800080."."""
        sentences = [f"{_in_words(name)} is {color.hex.upper()}." for name, color in self._written()]
        return " ".join(re.sub("^the ", "The ", sentence) for sentence in sentences)

    def to_json(self) -> str:
        """Like {"cat": "#ffa500", "background": "#800080"}."""
        return json.dumps({name: color.hex for name, color in self._written()}, ensure_ascii=False)

    def write(self, style: Style) -> str:
        """The legend in words; `parse_prompt` reads the same legend back. Raises InputError when it is empty."""
        return {"prose": self.to_prose, "hex": self.to_hex, "json": self.to_json}[style]()

    def _written(self) -> list[Entry]:
        if not self.given:
            raise InputError("An empty legend cannot be written; give it an entry or a background.")
        return self.given

    def _changed(self, entries: Iterable[Entry], background: Color | None) -> Legend:
        changed = Legend(tuple(entries), background, style=self.style)
        return replace(changed, warnings=tuple(hard_to_decode(changed.given)))

    def _with_entry_at(self, label: int, entry: Entry) -> Legend:
        return self._changed((*self.entries[: label - 1], entry, *self.entries[label:]), self.background)

    def _is_entry(self, label: int) -> bool:
        """Whether a label is an entry's and not the background's. Raises InputError when it is nobody's."""
        if not 0 <= label <= len(self.entries):
            raise InputError(f"The legend has the labels 0 (background) to {len(self.entries)}, but not {label}.")
        return label > 0

    def _new_name(self, name: str) -> str:
        if clean_name(name).lower() in (entry.name.lower() for entry in self.entries):
            raise InputError(f"“{clean_name(name)}” is in the legend already; give the thing another name.")
        return name


def _in_words(name: str) -> str:
    """The cat; in quotes when the grammar might take a word of the name for its own."""
    plain = (
        re.fullmatch(r"[^\W\d_]+('s)?", word) and word.lower().removesuffix("'s") not in RESERVED
        for word in name.split()
    )
    if name != "background" and (not all(plain) or name.endswith("'s")):  # "the cat's red" is said of a cat
        return json.dumps(name, ensure_ascii=False)
    return f"the {name}" if name[0].islower() else name


def _rgb_distance(a: Sequence[int], b: Sequence[int]) -> float:
    return float(np.linalg.norm(np.subtract(a, b)))
