"""Sessions at different points of a visit."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import HEIGHT, WIDTH, Painter, World
from vb_demo.prompts import with_field_of_view
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS
from vb_demo.ui.asking import ask
from vb_demo.ui.reel import Reel
from vb_demo.ui.session import Session, with_answer

DEPTH = TASKS["depth"].wording.words
NORMALS = TASKS["normals"].wording.words
BALLS = "Each ball is colored differently."
LEGEND = "The floor is orange. The wall is #4080c0. The background is black."


@pytest.fixture
def session(world: World) -> Session:
    """A photo, and nothing asked."""
    return Session(Scene(world.photo), original_size=world.photo.size)


@pytest.fixture
def answered(session: Session, painter: Painter) -> Session:
    """Depth, normals and segments; the segments are on screen."""
    return asked(session, painter, DEPTH, NORMALS, LEGEND)


def asked(session: Session, painter: Painter, *prompts: str) -> Session:
    for words in prompts:
        session = with_answer(session, ask(session, words, painter))
    return session


def reel_of(folder: Path, count: int) -> Reel:
    """A row of photos as large as those of the painter's world."""
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        Image.new("RGB", (WIDTH, HEIGHT), (20 * number, 90, 90)).save(path)
    reel = Reel()
    reel.open(paths)
    return reel


def text(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html))


def told_own_camera(session: Session) -> Session:
    """The session, as if the words for its depth had told the field of view of its camera."""
    assert session.scene is not None
    assert session.scene.depth is not None
    depth, camera = session.scene.depth, session.scene.photo.camera
    origin = replace(depth.provenance, prompt=with_field_of_view(DEPTH, camera.hfov))
    return replace(session, scene=replace(session.scene, depth=replace(depth, provenance=origin)))
