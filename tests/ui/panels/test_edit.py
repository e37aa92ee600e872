from __future__ import annotations

import numpy as np

from tests.ui.conftest import text
from vb_demo.generators import Painting
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.ui.asking import NOBODY, Who
from vb_demo.ui.panels.edit import card, progress, reason


def test_who_cannot_edit_is_said_with_the_reason() -> None:
    assert reason(Who("klein", PAPER_DIALECT, edits=True)) == ""
    assert "&lt;plantain&gt; paints answers about photos and cannot change them" in reason(
        Who("<plantain>", PAPER_DIALECT)
    )
    assert "no generator is there yet" in reason(NOBODY)


def test_progress_is_a_bar_and_words() -> None:
    assert 'value="0.250"' in progress(1, 4)
    assert "step 1 of 4" in text(progress(1, 4))


def test_a_changed_photo_says_how_it_came_about() -> None:
    painting = Painting(np.zeros((6, 8, 3), np.uint8), "klein", "make it <rain>", 7, 4, 1.5)
    shown = " ".join(text(card(painting)).split())
    assert shown == "Painted by klein · 1.5 s · seed 7 · 8 × 6 px · “make it <rain>”"
