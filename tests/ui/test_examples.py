from __future__ import annotations

import pytest

from vb_demo.images import open_photo
from vb_demo.prompts import parse_prompt
from vb_demo.ui.examples import EXAMPLES, FOLDER, Example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_is_small_and_comes_with_a_legend(example: Example) -> None:
    assert max(open_photo(example.path).size) <= 1024
    assert example.path.stat().st_size <= 250_000
    legend = parse_prompt(example.words)
    assert len(legend.entries) >= 2
    assert legend.warnings == ()


def test_every_photo_is_offered_and_credited() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(example.file for example in EXAMPLES)
    credits_ = (FOLDER.parent / "CREDITS.md").read_text("utf-8")
    for example in EXAMPLES:
        assert f"`{example.file}`" in credits_
