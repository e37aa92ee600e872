from __future__ import annotations

from tests.ui.conftest import text
from vb_demo.generators.rewriting import Rewritten
from vb_demo.ui.panels.reasoning import card

QUERY = "what keeps <me> dry"


def test_what_became_of_the_query_is_shown() -> None:
    shown = " ".join(text(card(QUERY, Rewritten("the umbrella", "klein", "Rewritten by klein."))).split())
    assert shown == "“what keeps <me> dry” → the umbrella . Rewritten by klein."


def test_a_query_that_goes_out_unchanged_is_not_shown_as_rewritten() -> None:
    shown = card(QUERY, Rewritten(QUERY, None, "The query goes out unchanged: no language model is at hand."))
    assert "→" not in shown
    assert "goes out unchanged" in shown
