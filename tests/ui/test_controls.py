from __future__ import annotations

import gradio as gr
import pytest

from vb_demo.errors import InputError
from vb_demo.ui.controls import fold, in_words


def test_an_input_error_is_shown_as_text_not_as_markup() -> None:
    def fail() -> None:
        raise InputError("use <r, g, b> & co")

    with pytest.raises(gr.Error) as error:
        in_words(fail)()
    assert "use &lt;r, g, b&gt; &amp; co" in str(error.value)


def test_what_is_in_a_closed_fold_is_mounted() -> None:
    with gr.Blocks() as blocks, fold("More <or> less", "more"):
        gr.Number(3)
    config = blocks.get_config_file()
    assert {"accordion", "tabitem"}.isdisjoint(each["type"] for each in config["components"])
    title = next(each["props"]["value"] for each in config["components"] if each["type"] == "html")
    assert 'aria-expanded="false" aria-controls="more-inside">More &lt;or&gt; less<' in title
