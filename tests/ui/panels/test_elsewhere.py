from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.ui.conftest import DEPTH, LEGEND, NORMALS
from vb_demo.flow import ENCODINGS
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.generators.dialects import UNTUNED
from vb_demo.tasks import TASKS
from vb_demo.ui.panels.elsewhere import PAINTERS, doubts, handover
from vb_demo.ui.session import Session


@pytest.mark.parametrize("painter", PAINTERS)
@pytest.mark.parametrize("task", TASKS)
def test_every_painter_can_be_told_every_task(painter: str, task: str) -> None:
    words = TASKS[task].wording.words.replace("{of}", "chair")
    card, choices, usual = handover(words, PAPER_DIALECT, PAINTERS[painter])
    assert "data-copy" in card
    assert usual == PAINTERS[painter][task].encoding
    assert [value for _, value in choices] == list(ENCODINGS[task])


def test_the_words_and_the_encoding_are_the_other_generators() -> None:
    card, choices, usual = handover(NORMALS, PAPER_DIALECT, UNTUNED)
    assert 'data-copy="Turn this photo into a surface normal map."' in card
    assert usual == "opengl"
    assert ("opengl (usual for these words)", "opengl") in choices


def test_what_was_typed_is_text_and_an_attribute_only() -> None:
    card, *_ = handover('{"<b>": "red"}', PAPER_DIALECT, PAPER_DIALECT)
    assert "<b>" not in card
    assert 'data-copy="{&quot;&lt;b&gt;&quot;: &quot;red&quot;}"' in card


def test_words_that_ask_for_nothing_say_so() -> None:
    card, choices, _ = handover("mumble mumble", PAPER_DIALECT, PAPER_DIALECT)
    assert "has no colour" in card
    assert choices == []


@pytest.mark.parametrize("words", [DEPTH, LEGEND])
def test_the_paper_is_told_what_stands_in_the_prompt(words: str) -> None:
    assert words in handover(words, PAPER_DIALECT, PAPER_DIALECT)[0]


def test_a_picture_that_is_no_painting_is_doubted(answered: Session) -> None:
    assert answered.scene is not None
    assert answered.scene.depth is not None
    photo, depth = answered.scene.photo, answered.scene.depth
    assert list(doubts(photo, depth)) == []
    wide = replace(depth, painting=np.zeros((10, 200, 3), np.uint8))
    assert list(doubts(photo, wide)) == [
        f"The painting has 200 × 10 px, the photo {photo.width} × {photo.height}: it was stretched."
    ]
    unclean = replace(depth, reliability=np.full_like(depth.reliability, 0.1))
    assert list(doubts(photo, unclean)) == [
        "Only 0% of its pixels have colours that these words allow. Is it what they ask for?"
    ]
