from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.ui.conftest import text
from vb_demo.generators.rewriting import Rewritten
from vb_demo.ui.panels.reasoning import card, written
from vb_demo.ui.studio import Studio
from vb_demo.ui.switching import Cancelled, Progress

QUERY = "what keeps <me> dry"


def test_what_became_of_the_query_is_shown() -> None:
    shown = " ".join(text(card(QUERY, Rewritten("the umbrella", "klein", "Rewritten by klein."))).split())
    assert shown == "“what keeps <me> dry” → the umbrella . Rewritten by klein."


def test_a_query_that_goes_out_unchanged_is_not_shown_as_rewritten() -> None:
    shown = card(QUERY, Rewritten(QUERY, None, "The query goes out unchanged: no language model is at hand."))
    assert "→" not in shown
    assert "goes out unchanged" in shown


def test_a_language_model_on_its_way_is_reported_and_can_be_cancelled() -> None:
    found, stop = Rewritten("the umbrella", "small", "Rewritten by small."), threading.Event()

    def rewrite(query: str, on_download: Any) -> Rewritten:
        on_download(10, 30)
        return found

    studio = cast("Studio", SimpleNamespace(rewrite=rewrite))
    seen: list[Progress] = []
    assert written(studio, QUERY, stop, seen.append) is found
    assert [(each.here, each.whole) for each in seen] == [(10, 30)]
    stop.set()
    with pytest.raises(Cancelled):
        written(studio, QUERY, stop, seen.append)
    assert len(seen) == 1
