from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image

from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.panels.photo import TILE, numbered, preview, tiles
from vb_demo.ui.session import Session, screen_size


def test_the_examples_are_named_buttons_with_small_pictures() -> None:
    shown = tiles()
    pictures = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', shown)
    assert len(pictures) == shown.count("<button") == len(EXAMPLES)
    for picture in pictures:
        assert Image.open(io.BytesIO(base64.b64decode(picture))).size == TILE
    for number, example in enumerate(EXAMPLES):
        assert re.search(rf'data-example="{number}"[^>]*>.*?<span>{example.title}</span>', shown)
    assert len(shown) < 120_000


@pytest.mark.parametrize("sent", [None, {}, {"number": -1}, {"number": len(EXAMPLES)}, {"number": "0"}, [0]])
def test_what_a_browser_sends_is_not_believed(sent: Any) -> None:
    with pytest.raises(ValueError, match="There is no example"):
        numbered(sent)
    assert numbered({"number": 0}) == 0


def test_the_preview_has_the_size_of_all_pictures(session: Session) -> None:
    assert session.scene is not None
    shown = preview(session)
    assert shown is not None
    assert shown.size == screen_size(session.scene.photo)
    assert preview(Session()) is None
