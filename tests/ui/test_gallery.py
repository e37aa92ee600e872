from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import Painter, World
from vb_demo.generators import Generator
from vb_demo.generators.catalog import DEFAULT_GENERATOR
from vb_demo.ui import gallery as module
from vb_demo.ui.asking import Painter as Waiting
from vb_demo.ui.asking import ask, words_for
from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.gallery import Gallery
from vb_demo.ui.session import Session, with_answer
from vb_demo.ui.studio import Studio

CAT = next(example for example in EXAMPLES if example.title == "Cat")


def opened(generator: Generator) -> tuple[Gallery, Waiting]:
    waiting = Waiting(lambda: Studio(generator, lambda *painted: gallery.keep(*painted)))
    gallery = Gallery(waiting)
    waiting.get()
    return gallery, waiting


def test_the_shipped_generator_paints_the_examples_ahead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXAMPLES", (CAT,))
    shipped = Painter(world)
    shipped.name = DEFAULT_GENERATOR
    gallery, _ = opened(shipped)
    prepared: list[Session] = []
    gallery.on_prepared = prepared.append
    gallery.prepare()
    session = gallery.session(CAT)
    assert prepared == [session]
    assert session.scene is not None
    assert list(session.scene.answers) == ["depth", "normals", "segments"]
    assert session.shown == "depth"
    assert session.painted_before == {"depth", "normals", "segments"}
    assert session.asked["segments"].words == CAT.words
    gallery.prepare()
    assert len(shipped.prompts) == 3


def test_of_another_generator_what_a_visitor_asked_for_is_kept_for_the_next(world: World) -> None:
    gallery, waiting = opened(Painter(world))
    gallery.prepare()
    first = gallery.session(CAT)
    assert first.scene is not None
    assert first.scene.answers == {}
    ask(first, "the cat is blue", waiting.get())  # not the example's own words
    ask(first, CAT.words, waiting.get(), seed=7)
    assert gallery.session(CAT).painted_before == frozenset()
    ask(first, CAT.words, waiting.get())
    assert gallery.session(CAT).painted_before == {"segments"}


def test_a_visitor_who_asks_again_leaves_the_scene_of_the_others(world: World) -> None:
    gallery, waiting = opened(Painter(world))
    ask(gallery.session(CAT), CAT.words, waiting.get())
    session = gallery.session(CAT)
    ask(session, CAT.words, waiting.get())
    assert gallery.session(CAT) is session


def test_what_was_painted_for_another_camera_is_not_kept(world: World) -> None:
    gallery, painter = opened(Painter(world))
    blank = gallery.session(CAT)
    assert blank.scene is not None
    wider = replace(blank, scene=replace(blank.scene, photo=blank.scene.photo.with_fov(100)))
    ask(wider, words_for("depth", painter.dialect, CAT), painter.get())
    assert gallery.session(CAT) is blank


def test_a_live_answer_is_no_longer_one_from_before(world: World) -> None:
    gallery, waiting = opened(Painter(world))
    ask(gallery.session(CAT), CAT.words, waiting.get())
    session = gallery.session(CAT)
    assert with_answer(session, ask(session, CAT.words, waiting.get())).painted_before == frozenset()
    assert gallery.session(CAT).painted_before == {"segments"}


def test_a_generator_that_cannot_be_loaded_leaves_the_photos() -> None:
    def load() -> Generator:
        raise RuntimeError("no weights")

    gallery = Gallery(Waiting(load))
    gallery.prepare()
    session = gallery.session(CAT)
    assert session.scene is not None
    assert session.scene.answers == {}
