from __future__ import annotations

from tests.ui.conftest import text
from vb_demo.generators import CATALOG
from vb_demo.ui.asking import NOBODY, Who
from vb_demo.ui.panels.question import missing_tasks


def test_tasks_that_cannot_be_asked_for_are_named_with_the_reason() -> None:
    shown = missing_tasks(Who("<marigold>", CATALOG["marigold-depth"].dialect))
    assert 'data-missing="normals segment instances"' in shown
    assert text(shown).strip() == "<marigold> has no words for Normals, Segment and Instances."


def test_where_everything_can_be_asked_for_nothing_is_said() -> None:
    assert missing_tasks(NOBODY) == ""
