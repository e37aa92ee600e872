"""What other programs can ask the running app, and what the app keeps to itself."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pillow_heif
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.conftest import Painter, World
from vb_demo.errors import InputError
from vb_demo.ui import build, launch
from vb_demo.ui.examples import FOLDER
from vb_demo.ui.layout import forget_folder
from vb_demo.ui.wiring import in_words

LEGEND = "the floor is orange, the wall is blue, the background is black"


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = launch(port=port, open_browser=False, generator=Painter(world), block=False)
    yield Client(f"http://127.0.0.1:{port}/", verbose=False)
    app.close()


def test_only_three_endpoints_are_public(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert sorted(endpoints) == ["/ask", "/decode", "/parse"]


def test_ask_answers_in_metres(client: Client, world: World, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    world.photo.pil.save(path)
    result, files = client.predict(handle_file(path), "depth", [[50, 68]], 0, 0, api_name="/ask")
    assert result["unit"] == "metre"
    assert result["readings"][0]["depth_m"] == pytest.approx(float(world.depth[68, 50]), rel=0.02)
    assert "depth_m_float32.npz" in {Path(file).name for file in files}


def test_decode_reads_a_painting(client: Client, world: World, tmp_path: Path) -> None:
    photo, painted = tmp_path / "photo.png", tmp_path / "painted.png"
    world.photo.pil.save(photo)
    Image.fromarray(Painter(world)._paint(LEGEND)).save(painted)
    result, _ = client.predict(handle_file(photo), handle_file(painted), LEGEND, [[50, 68]], api_name="/decode")
    assert result["readings"][0]["label"] == "floor"


def test_a_photo_that_no_browser_shows_is_taken(client: Client, world: World, tmp_path: Path) -> None:
    pillow_heif.register_heif_opener()
    path = tmp_path / "photo.heic"
    world.photo.pil.save(path)
    result, _ = client.predict(handle_file(path), "depth", [], 0, 0, api_name="/ask")
    assert result["photo"]["size_px"] == list(world.photo.size)


def test_parse_reads_a_legend(client: Client) -> None:
    legend = client.predict(LEGEND, api_name="/parse")
    assert legend["entries"] == [{"name": "floor", "color": "#ffa500"}, {"name": "wall", "color": "#0000ff"}]
    assert legend["background"] == "#000000"


def test_mistakes_come_back_as_sentences(client: Client) -> None:
    with pytest.raises(AppError, match="has no colour"):
        client.predict("mumble mumble", api_name="/parse")
    with pytest.raises(AppError, match="“mumble mumble” has no colour"):
        client.predict(handle_file(FOLDER / "cat.jpg"), "mumble mumble", [], 0, 0, api_name="/ask")
    with pytest.raises(AppError, match="no photo yet"):
        client.predict(None, "depth", [], 0, 0, api_name="/ask")


def test_an_input_error_is_shown_as_text_not_as_markup() -> None:
    def fail() -> None:
        raise InputError("use <r, g, b> & co")

    with pytest.raises(gr.Error) as error:
        in_words(fail)()
    assert "use &lt;r, g, b&gt; &amp; co" in str(error.value)


def test_the_page_comes_up_without_a_generator() -> None:
    assert isinstance(build(name="no such generator"), gr.Blocks)


def test_a_folder_of_downloads_is_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    forget_folder(folder)
    forget_folder(None)
    assert not folder.exists()
