"""What every painter has in common, whatever paints inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from vb_demo.images import Photo
from vb_demo.tasks import TASKS, Wording

OnStep = Callable[[int, int, NDArray[np.uint8] | None], None]
"""Called with (step from 1, number of steps, painting so far as (h, w, 3) uint8 or `None` where it cannot be shown).

What it raises ends the painting.
"""

Dialect = Mapping[str, Wording]
"""Task name → how this generator wants to be asked and what its picture means; other tasks cannot be asked for."""

PAPER_DIALECT: Dialect = {name: task.wording for name, task in TASKS.items()}
"""The words and encodings of the paper."""


def no_words(name: str, task: str, dialect: Dialect) -> str:
    """A sentence: why the generator of that name cannot be asked for a task."""
    return f"{name} has no words for {task!r}; it can be asked for: {', '.join(dialect)}."


@dataclass(frozen=True)
class Painting:
    """A painted picture and how it came about: all that passes from a generator to the rest."""

    pixels: NDArray[np.uint8]
    """(h, w, 3) sRGB, at the generator's own size; its aspect ratio is the photo's, if it is about one."""
    generator: str
    prompt: str
    seed: int
    steps: int
    seconds: float


class Generator(Protocol):
    """Anything that paints."""

    @property
    def name(self) -> str:
        """Catalog name, folder or hub id."""
        ...

    @property
    def dialect(self) -> Dialect:
        """What it can be asked for, and how."""
        ...

    def paint(
        self, photo: Photo, prompt: str, *, steps: int | None = None, seed: int = 0, on_step: OnStep | None = None
    ) -> Painting:
        """Paint the answer to `prompt` about `photo`. `steps=None` means the generator's own default."""
        ...


class Drawer(Generator, Protocol):
    """A generator that needs no photo."""

    def draw(
        self,
        prompt: str,
        *,
        size: tuple[int, int],
        steps: int | None = None,
        seed: int = 0,
        on_step: OnStep | None = None,
    ) -> Painting:
        """Paint what `prompt` says, (width, height) = `size` in pixels or a little less. The rest is as for `paint`.

        Raises:
            InputError: the generator cannot draw at this size.
        """
        ...


def can_edit(generator: object) -> bool:
    """Whether a generator can be told to change the photo. Only editors say so, with an attribute `edits`."""
    return bool(getattr(generator, "edits", False))


def can_draw(generator: object) -> TypeGuard[Drawer]:
    """Whether a generator needs no photo. Those that do not say so, with an attribute `draws`."""
    return bool(getattr(generator, "draws", False))


def no_edits(name: str) -> str:
    """A sentence: why the generator of that name cannot be told to change the photo."""
    return f"{name} paints answers about photos and cannot change them; image editors such as flux2-klein-4b can."


def no_drawings(name: str) -> str:
    """A sentence: why the generator of that name cannot be told to draw."""
    return f"{name} paints about photos and cannot draw without one; flux2-klein-4b or flux-kontext, for example, can."
