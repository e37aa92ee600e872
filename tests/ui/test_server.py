from __future__ import annotations

import gradio as gr

from vb_demo.ui import build


def test_the_page_comes_up_without_a_generator() -> None:
    assert isinstance(build(name="no such generator"), gr.Blocks)
