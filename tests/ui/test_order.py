from __future__ import annotations

import gradio as gr

from vb_demo.ui.order import STILL_SO, Order, while_unchanged


def test_the_wish_with_the_highest_number_holds_in_whatever_order_they_arrive() -> None:
    order = Order()
    assert order.holds("depth", 1)
    order.ask(["depth", "photo"], 2)
    order.ask(["depth"], 1)
    assert not order.holds("depth", 1)
    assert order.holds("depth", 2)
    order.ask(["photo"], 3)
    assert order.holds("depth", 2)
    assert not order.holds("photo", 2)


def test_a_thing_shows_the_same_only_if_objects_and_values_are() -> None:
    order, photo = Order(), object()
    assert not order.shows("depth", [photo], ["Answer"])
    order.show("depth", [photo], ["Answer"])
    assert order.shows("depth", [photo], ["Answer"])
    assert not order.shows("depth", [photo], ["Photo"])
    assert not order.shows("depth", [object()], ["Answer"])
    order.show("depth", [], [])
    assert not order.shows("depth", [], [])


def test_an_answer_says_what_it_is_about() -> None:
    with gr.Blocks() as blocks:
        name, greeting, button = gr.Textbox(), gr.Textbox(), gr.Button()
        while_unchanged(button.click, lambda name, said: (name.title(), f"{said}, hello"), [name, greeting])
    asked, applied = blocks.fns.values()
    assert asked.fn("ada", "hm") == {"about": ("ada", "hm"), "values": ["Ada", "hm, hello"]}
    assert applied.js == STILL_SO
    assert applied.outputs == [name, greeting]
