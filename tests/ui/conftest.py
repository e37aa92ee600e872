"""Sessions at different points of a visit."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.conftest import Painter, World
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS
from vb_demo.ui.asking import ask
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


def text(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html))
