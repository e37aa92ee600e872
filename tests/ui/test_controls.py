from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from vb_demo.errors import InputError
from vb_demo.ui.controls import fold, in_words, whole_number


def test_an_input_error_is_shown_as_text_not_as_markup() -> None:
    def fail() -> None:
        raise InputError("use <r, g, b> & co")

    with pytest.raises(gr.Error) as error:
        in_words(fail)()
    assert "use &lt;r, g, b&gt; &amp; co" in str(error.value)


def test_a_program_is_told_the_sentence_as_it_is() -> None:
    def fail() -> None:
        raise InputError("received 'x' & co")

    with pytest.raises(gr.Error, match="received 'x' & co"):
        in_words(fail, markup=False)()


@pytest.mark.parametrize("given", [-1, 10, 1.5, None, "2"])
def test_a_field_for_whole_numbers_says_its_name(given: Any) -> None:
    field = whole_number("votes", 1, 1, 9)
    assert field.preprocess(3) == 3
    with pytest.raises(gr.Error) as error:
        field.preprocess(given)
    assert error.value.message == "Votes must be a whole number from 1 to 9."


def test_what_is_in_a_closed_fold_is_mounted() -> None:
    with gr.Blocks() as blocks, fold("More <or> less", "more"):
        gr.Number(3)
    config = blocks.get_config_file()
    assert {"accordion", "tabitem"}.isdisjoint(each["type"] for each in config["components"])
    title = next(each["props"]["value"] for each in config["components"] if each["type"] == "html")
    assert 'aria-expanded="false" aria-controls="more-inside">More &lt;or&gt; less<' in title
