"""Where all paintings are made: one at a time, on a borrowed GPU where a host lends one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from vb_demo.errors import InputError
from vb_demo.generators import Dialect, Generator, OnStep, Painting
from vb_demo.generators.base import can_draw, can_edit
from vb_demo.generators.hub import OnDownload
from vb_demo.generators.rewriting import Rewritten, language_model_of, rewrite
from vb_demo.images import Photo

GPU_SECONDS = 60
"""For how long a GPU is asked for; a host ends what takes longer."""
OnPainting = Callable[[Photo, str, Painting], None]
"""Called with a photo, the words, and the painting that a generator made of them with its own steps and seed 0."""


class Studio:
    """A generator that paints for one at a time: a pipeline keeps its state while it paints."""

    def __init__(self, generator: Generator, on_painting: OnPainting | None = None) -> None:
        self._inner = generator
        self._on_painting = on_painting
        self._turn = threading.Lock()
        self._on_gpu = _on_borrowed_gpu(generator) if lends_gpu() else None

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dialect(self) -> Dialect:
        return self._inner.dialect

    @property
    def device(self) -> str:
        """Where it paints: "cuda", "mps", "cpu", or "" where the generator does not say."""
        return getattr(self._inner, "device", "")

    @property
    def edits(self) -> bool:
        """Whether it can be told to change the photo."""
        return can_edit(self._inner)

    @property
    def draws(self) -> bool:
        """Whether it needs no photo."""
        return can_draw(self._inner)

    @property
    def closed(self) -> bool:
        """Another generator took its place, and it cannot paint any more."""
        return getattr(self._inner, "closed", False)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing is painted meanwhile; waits for what is under way."""
        with self._turn:
            yield

    def rewrite(self, query: str, on_download: OnDownload | None = None) -> Rewritten:
        """See `vb_demo.generators.rewriting.rewrite`. Nothing is painted while the generator's text encoder writes.

        On a borrowed GPU that is out of reach, and the model of the settings helps out, which may have to be fetched.
        """
        with self.resting() if language_model_of(self._in_reach) else nullcontext():
            return rewrite(query, self._in_reach, on_download=on_download)

    @property
    def _in_reach(self) -> Generator | None:
        return None if self.closed or self._on_gpu is not None else self._inner

    def paint(
        self, photo: Photo, prompt: str, *, steps: int | None = None, seed: int = 0, on_step: OnStep | None = None
    ) -> Painting:
        painting = self._in_turn("paint", (photo, prompt), {"steps": steps, "seed": seed}, on_step)
        if self._on_painting is not None and steps is None and seed == 0:
            self._on_painting(photo, prompt, painting)
        return painting

    def draw(
        self,
        prompt: str,
        *,
        size: tuple[int, int],
        steps: int | None = None,
        seed: int = 0,
        on_step: OnStep | None = None,
    ) -> Painting:
        return self._in_turn("draw", (prompt,), {"size": size, "steps": steps, "seed": seed}, on_step)

    def _in_turn(
        self, method: str, given: tuple[Any, ...], settings: dict[str, Any], on_step: OnStep | None
    ) -> Painting:
        """Call the generator's "paint" or "draw" while nothing else is painted."""
        with self._turn:
            if self.closed:
                raise InputError(f"{self.name} made way for another generator meanwhile; ask again to have that paint.")
            if self._on_gpu is None:
                painting: Painting = getattr(self._inner, method)(*given, **settings, on_step=on_step)
            else:  # in a process of its own, from where steps cannot be told
                painting = self._on_gpu(method, given, settings)
                if on_step is not None:
                    on_step(painting.steps, painting.steps, painting.pixels)
        return painting


def lends_gpu() -> bool:
    """Whether the host lends a GPU for single calls, as Hugging Face's ZeroGPU does. See `app.py` for the import."""
    spaces = sys.modules.get("spaces")
    return spaces is not None and bool(spaces.config.Config.zero_gpu)


def _on_borrowed_gpu(generator: Generator) -> Callable[[str, tuple[Any, ...], dict[str, Any]], Painting]:
    """The generator's methods as the host wants them: what goes in and what comes out can be pickled."""
    spaces = sys.modules["spaces"]

    def paint(method: str, given: tuple[Any, ...], settings: dict[str, Any]) -> Painting:
        painting: Painting = getattr(generator, method)(*given, **settings)
        return painting

    decorated: Callable[[str, tuple[Any, ...], dict[str, Any]], Painting] = spaces.GPU(duration=GPU_SECONDS)(paint)
    return decorated
