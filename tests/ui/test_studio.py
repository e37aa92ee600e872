from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.conftest import Painter, World
from vb_demo.errors import InputError
from vb_demo.generators import Painting
from vb_demo.tasks import TASKS
from vb_demo.ui import studio as studio_module
from vb_demo.ui.studio import GPU_SECONDS, Studio

DEPTH = TASKS["depth"].wording.words


def test_one_paints_at_a_time(world: World) -> None:
    inside, most = 0, 0
    guard = threading.Lock()

    class Counts(Painter):
        def paint(self, *args: Any, **options: Any) -> Painting:
            nonlocal inside, most
            with guard:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with guard:
                inside -= 1
            return super().paint(*args, **options)

    studio = Studio(Counts(world))
    threads = [threading.Thread(target=studio.paint, args=(world.photo, DEPTH)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_what_was_painted_with_the_usual_settings_is_told(world: World, painter: Painter) -> None:
    told: list[str] = []
    studio = Studio(painter, lambda photo, words, painting: told.append(words))
    studio.paint(world.photo, DEPTH)
    studio.paint(world.photo, DEPTH, seed=1)
    studio.paint(world.photo, DEPTH, steps=3)
    assert told == [DEPTH]
    assert (studio.name, studio.dialect) == (painter.name, painter.dialect)


def test_on_a_shared_gpu_everything_passes_between_processes(
    world: World, painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def borrow(duration: int) -> Callable[[Callable[..., Painting]], Callable[..., Painting]]:
        asked.append(duration)

        def decorate(paint: Callable[..., Painting]) -> Callable[..., Painting]:
            return lambda *args: pickle.loads(pickle.dumps(paint(*pickle.loads(pickle.dumps(args)))))

        return decorate

    fake = SimpleNamespace(GPU=borrow, config=SimpleNamespace(Config=SimpleNamespace(zero_gpu=True)))
    monkeypatch.setitem(sys.modules, "spaces", fake)
    steps: list[tuple[int, int]] = []
    painting = Studio(painter).paint(
        world.photo, DEPTH, steps=2, on_step=lambda step, total, pixels: steps.append((step, total))
    )
    assert asked == [GPU_SECONDS]
    assert steps == [(2, 2)]
    np.testing.assert_array_equal(painting.pixels, painter.paint(world.photo, DEPTH).pixels)
    drawing = Studio(painter).draw("a cat", size=(64, 48), seed=2)
    assert (drawing.prompt, drawing.seed, drawing.pixels.shape) == ("a cat", 2, (48, 64, 3))


def test_a_drawing_waits_its_turn_and_is_no_painting_of_an_example(painter: Painter) -> None:
    told: list[str] = []
    studio = Studio(painter, lambda photo, words, painting: told.append(words))
    assert not studio.draws
    painter.draws = True  # type: ignore[attr-defined]
    assert studio.draws
    done = threading.Event()
    with studio.resting():
        thread = threading.Thread(target=lambda: (studio.draw("a cat", size=(64, 48)), done.set()))
        thread.start()
        assert not done.wait(0.1)
    thread.join()
    assert done.is_set()
    assert (told, painter.prompts) == ([], ["a cat"])
    painter.closed = True  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="painter made way for another generator meanwhile"):
        studio.draw("a cat", size=(64, 48))


def test_a_query_is_rewritten_by_the_generators_own_language_model(
    painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        studio_module, "rewrite", lambda query, generator, **_: asked.append(generator) or query.upper()
    )
    studio = Studio(painter)
    assert studio.rewrite("bench") == "BENCH"
    assert asked == [painter]


def test_a_model_is_fetched_while_paintings_go_on(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, told = Studio(painter), []

    def rewrite(query: str, generator: Painter | None, *, on_download: Callable[[int, int], None]) -> str:
        on_download(1, 2)
        return query.upper()

    monkeypatch.setattr(studio_module, "rewrite", rewrite)
    with studio.resting():  # as while something is painted
        assert studio.rewrite("bench", lambda *bytes: told.append(bytes)) == "BENCH"
    assert told == [(1, 2)]


def test_elsewhere_the_package_changes_nothing(world: World, painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = SimpleNamespace(config=SimpleNamespace(Config=SimpleNamespace(zero_gpu=False)))
    monkeypatch.setitem(sys.modules, "spaces", fake)
    assert Studio(painter).paint(world.photo, DEPTH).generator == "painter"
