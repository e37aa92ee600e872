from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from vb_demo.ui.examples import EXAMPLES
from vb_demo.ui.panels.photo import TILE, load, numbered, preview, tiles
from vb_demo.ui.session import Session, screen_size, with_fov


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


def test_a_picture_from_the_page_becomes_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "drawing.png"
    Image.new("RGB", (64, 48), "teal").save(path)
    session, shown, example = load(str(path), None)
    assert session.scene is not None
    assert (session.scene.photo.name, session.scene.photo.size, example) == ("drawing.png", (64, 48), None)
    assert session.scene.answers == {}
    assert shown is not None
    with pytest.raises(gr.Error, match="is not a picture"):
        load(__file__, None)


def test_the_preview_has_the_size_of_all_pictures(session: Session) -> None:
    assert session.scene is not None
    shown = preview(session)
    assert shown is not None
    with Image.open(shown) as picture:
        assert picture.size == screen_size(session.scene.photo)
    assert preview(Session()) is None
    assert preview(with_fov(session, 40.0)) == shown, "another camera changes nothing to see"
