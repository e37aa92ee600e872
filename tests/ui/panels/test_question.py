from __future__ import annotations

from tests.ui.conftest import text
from vb_demo.generators import CATALOG, facts
from vb_demo.ui.asking import NOBODY, Who
from vb_demo.ui.panels.question import KNOWS_ALL, missing_tasks


def test_tasks_that_cannot_be_asked_for_are_named_with_the_reason() -> None:
    shown = missing_tasks(Who("<marigold>", CATALOG["marigold-depth"].dialect))
    assert 'data-missing="normals segment instances edit draw"' in shown
    assert text(shown).strip() == (
        "<marigold> has no words for Normals, Segment, Instances, Edit and Draw; flux2-klein-4b has."
    )


def test_who_edits_only_cannot_be_told_to_draw() -> None:
    assert 'data-missing="draw"' in missing_tasks(Who("qwen", CATALOG["qwen-image-edit-2511"].dialect, edits=True))


def test_the_generator_that_is_named_has_words_for_everything() -> None:
    assert all(facts.tasks_of(CATALOG[KNOWS_ALL]).values())


def test_where_everything_can_be_asked_for_nothing_is_said() -> None:
    assert missing_tasks(NOBODY) == ""
    assert missing_tasks(Who("klein", CATALOG["flux2-klein-4b"].dialect, edits=True, draws=True)) == ""
