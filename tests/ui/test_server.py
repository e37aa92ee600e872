from __future__ import annotations

import sys
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.conftest import Painter
from vb_demo.ui import build
from vb_demo.ui.server import PackedPage


def test_the_page_comes_up_without_a_generator() -> None:
    assert isinstance(build(name="no such generator"), gr.Blocks)


@pytest.mark.parametrize("menu", [True, False])
def test_without_the_menu_nothing_on_the_page_can_switch(menu: bool) -> None:
    demo = build(name="no such generator", menu=menu)
    assert ("generators" in {block.elem_id for block in demo.blocks.values()}) is menu


def test_a_host_that_lends_its_gpu_has_no_menu(monkeypatch: pytest.MonkeyPatch, painter: Painter) -> None:
    lending = SimpleNamespace(zero_gpu=True)
    fake = SimpleNamespace(GPU=lambda duration: lambda paint: paint, config=SimpleNamespace(Config=lending))
    monkeypatch.setitem(sys.modules, "spaces", fake)
    assert "generators" not in {block.elem_id for block in build(painter).blocks.values()}


def test_the_page_is_sent_packed_and_nothing_else() -> None:
    def answer(request: object) -> PlainTextResponse:
        return PlainTextResponse("a" * 10_000)

    client = TestClient(PackedPage(Starlette(routes=[Route("/", answer), Route("/file=cloud.ply", answer)])))
    page, file = client.get("/"), client.get("/file=cloud.ply")
    assert page.text == file.text
    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) < 1_000
    assert "content-encoding" not in file.headers
