from __future__ import annotations

import numpy as np
import pytest

from tests.ui.conftest import text
from vb_demo.generators import Painting
from vb_demo.generators.families import FAMILIES
from vb_demo.tasks import PICTURE_TASKS
from vb_demo.ui.panels.imagine import LABELS, SIZES, card, progress


@pytest.mark.parametrize("kind", [kind for kind, family in FAMILIES.items() if family.draws])
def test_every_size_on_offer_is_drawn_as_it_is_called(kind: str) -> None:
    for title, size in SIZES.items():
        assert FAMILIES[kind].drawing_size(*size) == size
        assert title.endswith(f", {size[0]} × {size[1]}")


def test_every_task_of_the_kind_has_its_controls() -> None:
    assert LABELS.keys() == PICTURE_TASKS.keys()


def test_progress_is_a_bar_and_words() -> None:
    assert 'value="0.250"' in progress(1, 4, None)
    assert text(progress(1, 4, None)).strip() == "step 1 of 4"
    assert text(progress(2, 4, 3.2)).strip() == "step 2 of 4 · about 6 s left"


def test_a_changed_photo_says_how_it_came_about() -> None:
    painting = Painting(np.zeros((6, 8, 3), np.uint8), "klein", "make it <rain>", 7, 4, 1.5)
    shown = " ".join(text(card(painting)).split())
    assert shown == "Painted by klein · 1.5 s · seed 7 · 8 × 6 px · “make it <rain>”"
