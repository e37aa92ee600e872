from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.conftest import Painter, World
from vb_demo.ui import launch
from vb_demo.ui.examples import FOLDER

LEGEND = "the floor is orange, the wall is blue, the background is black"


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = launch(port=port, open_browser=False, generator=Painter(world), block=False)
    yield Client(f"http://127.0.0.1:{port}/", verbose=False)
    app.close()


@pytest.fixture
def photo(world: World, tmp_path: Path) -> Any:
    path = tmp_path / "photo.png"
    world.photo.pil.save(path)
    return handle_file(path)


def test_five_endpoints_are_public_and_explained(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert sorted(endpoints) == ["/ask", "/decode", "/everything", "/measure", "/parse"]
    for endpoint in endpoints.values():
        assert len(endpoint["description"]) > 40


def test_ask_answers_in_metres(client: Client, world: World, photo: Any) -> None:
    result, files = client.predict(photo, "depth", [[50, 68]], 0, 0, api_name="/ask")
    assert result["unit"] == "metre"
    assert result["readings"][0]["depth_m"] == pytest.approx(float(world.depth[68, 50]), rel=0.02)
    assert "depth_m_float32.npz" in {Path(file).name for file in files}


def test_everything_joins_depth_normals_and_names(client: Client, photo: Any) -> None:
    result, files = client.predict(photo, LEGEND, [[50, 68]], 0, 0, api_name="/everything")
    reading = result["readings"][0]
    assert (reading["label"], reading["facing"]) == ("floor", "faces up")
    assert reading["depth_m"] is not None
    assert {"floor", "wall"} == {each["name"] for each in result["objects"]}
    assert {"result.json", "normals_xyz_float32.npz", "depth_mm_uint16.png"} <= {Path(file).name for file in files}
    result, _ = client.predict(photo, " ", [], 0, 0, api_name="/everything")
    assert sorted(result["answers"]) == ["depth", "normals"]


def test_measure_tells_metres_with_their_range(client: Client, world: World, photo: Any) -> None:
    ends = (50, 68), (66, 68)
    measured = client.predict(photo, *ends[0], *ends[1], api_name="/measure")
    between = measured["between"]
    # Both on the floor, 1.2 m under the camera, in one row: the same depth, so x differs by depth · 16 px / f.
    expected = float(world.depth[68, 50]) * 16 / measured["camera"]["fx"]
    assert between["value"] == pytest.approx(expected, rel=0.03)
    assert between["low"] < between["value"] < between["high"]
    assert measured["camera"]["source"] == "assumed"
    assert len(measured["from_camera"]) == 2


def test_decode_reads_a_painting(client: Client, world: World, photo: Any, tmp_path: Path) -> None:
    painted = tmp_path / "painted.png"
    Image.fromarray(Painter(world)._paint(LEGEND)).save(painted)
    result, _ = client.predict(photo, handle_file(painted), LEGEND, [[50, 68]], api_name="/decode")
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


def test_mistakes_come_back_as_sentences(client: Client, photo: Any) -> None:
    with pytest.raises(AppError, match="has no colour"):
        client.predict("mumble mumble", api_name="/parse")
    with pytest.raises(AppError, match="“mumble mumble” has no colour"):
        client.predict(handle_file(FOLDER / "cat.jpg"), "mumble mumble", [], 0, 0, api_name="/ask")
    with pytest.raises(AppError, match="no photo yet"):
        client.predict(None, "depth", [], 0, 0, api_name="/ask")
    with pytest.raises(AppError, match="outside"):
        client.predict(photo, 50, 68, 5000, 68, api_name="/measure")


def test_a_language_model_finds_tools_that_explain_themselves(client: Client) -> None:
    mcp = pytest.importorskip("mcp")
    from mcp.client.streamable_http import streamable_http_client

    async def listed() -> tuple[Any, Any]:
        async with (
            streamable_http_client(f"{client.src}gradio_api/mcp/") as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            return (await session.list_tools()).tools, await session.call_tool("parse_legend", {"words": LEGEND})

    # In a thread: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        tools, parsed = thread.submit(asyncio.run, listed()).result()
    named = {tool.name: tool for tool in tools}
    assert sorted(named) == ["ask_about_photo", "ask_everything", "decode_painting", "measure_distance", "parse_legend"]
    for tool in tools:
        assert "metre" in tool.description or "paint" in tool.description, tool.name
        for name, parameter in tool.inputSchema["properties"].items():
            assert len(parameter.get("description", "")) > 10, (tool.name, name)
    assert {"name": "wall", "color": "#0000ff"} in json.loads(parsed.content[0].text.replace("'", '"'))["entries"]
