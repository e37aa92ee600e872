from __future__ import annotations

import ast
import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pillow_heif
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.conftest import Painter, World
from vb_demo.ui import launch
from vb_demo.ui.examples import FOLDER

TOOLS = (
    *("ask_about_photo", "ask_everything", "decode_painting", "parse_legend", "edit_photo", "draw_picture"),
    *("measure_distance", "measure_shape", "explain_value", "check_agreement"),
)
LEGEND = "the floor is orange, the wall is blue, the background is black"


class Drawer(Painter):
    """Draws, too, but edits nothing."""

    draws = True


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = launch(port=port, open_browser=False, generator=Drawer(world), block=False)
    yield Client(f"http://127.0.0.1:{port}/", verbose=False)
    app.close()


@pytest.fixture
def photo(world: World, tmp_path: Path) -> Any:
    path = tmp_path / "photo.png"
    world.photo.pil.save(path)
    return handle_file(path)


def test_the_endpoints_are_public_and_explained(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = ["agreement", "ask", "decode", "draw", "edit", "everything", "explain", "measure", "parse", "shape"]
    assert sorted(endpoints) == [f"/{name}" for name in names]
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


def test_a_known_distance_sets_the_scale(client: Client, world: World, photo: Any) -> None:
    known = [[50, 68, 3.0]]
    measured = client.predict(photo, 50, 68, 66, 68, known=known, api_name="/measure")
    assert measured["from_camera"][0]["value"] == pytest.approx(3.0)
    assert measured["from_camera"][0]["scale_source"] == "1 known distance"
    result, _ = client.predict(photo, "depth", [[50, 68]], known=[[50, 68, 66, 68, 0.5]], api_name="/ask")
    assert result["calibration"]["source"] == "a known size"
    result, _ = client.predict(
        photo, "depth", hfov=70, known=[[2.4]], api_name="/ask"
    )  # twice what it is in that world
    assert result["calibration"]["scale"] == pytest.approx(2, rel=0.03)
    with pytest.raises(AppError, match="3 numbers in square brackets"):
        client.predict(photo, "depth", known=[[50, 68]], api_name="/ask")


def test_the_field_of_view_changes_lengths_across(client: Client, photo: Any) -> None:
    narrow, wide = (client.predict(photo, 20, 68, 80, 68, hfov=degrees, api_name="/measure") for degrees in (40, 80))
    assert narrow["between"]["value"] < 0.7 * wide["between"]["value"]
    assert (narrow["camera"]["source"], narrow["camera"]["hfov_degrees"]) == ("user", 40)


def test_shapes_are_measured(client: Client, world: World, photo: Any) -> None:
    def measured(shape: str, places: Any) -> Any:
        return client.predict(photo, shape, places, hfov=70, api_name="/shape")

    steps = [[20, 68], [50, 68], [80, 68]]
    straight = client.predict(photo, 20, 68, 80, 68, hfov=70, api_name="/measure")["between"]["value"]
    assert measured("path", steps)["path_m"]["value"] == pytest.approx(straight, rel=0.01)
    # The box stands 2.5 m away; 8 rows of it are 8 · 2.5 m / f.
    f = measured("path", steps)["camera"]["fy"]
    assert measured("height", [[26, 44], [26, 52]])["height_m"]["value"] == pytest.approx(8 * 2.5 / f, rel=0.02)
    floor, wall = [[30, 66], [60, 66], [60, 70], [30, 70]], [[40, 22], [56, 22], [56, 28], [40, 28]]
    area = measured("area", wall)
    assert area["area_m2"]["value"] == pytest.approx(16 * 6 * (4 / f) ** 2, rel=0.05)
    assert area["tilt_degrees"]["value"] == pytest.approx(90, abs=2)
    assert measured("angle", [floor, wall])["angle_degrees"] == pytest.approx(90, abs=3)
    with pytest.raises(AppError, match="two lines of pixels"):
        measured("angle", [floor])
    with pytest.raises(AppError, match="2 numbers in square brackets"):
        measured("path", [[50, 68, 1]])


def test_a_value_is_traced_back_to_its_colour(client: Client, world: World, photo: Any) -> None:
    found = client.predict(photo, "depth", 50, 68, api_name="/explain")
    [why] = found["why"]
    assert (why["answer"], why["unit"]) == ("depth", "m")
    assert why["value"] == pytest.approx(float(world.depth[68, 50]), rel=0.02)
    assert why["painted"].startswith("#")
    assert "One level of colour" in why["text"]
    assert found["reading"]["depth_m"] == pytest.approx(why["value"], rel=0.02)


def test_agreement_is_told_and_shown(client: Client, world: World, photo: Any) -> None:
    result, picture = client.predict(photo, api_name="/agreement")
    assert result["median_degrees"] < 5
    with Image.open(picture) as shown:
        assert (shown.format, shown.size) == ("PNG", world.photo.size)


def test_pictures_are_edited_and_drawn_where_the_generator_can(client: Client, photo: Any) -> None:
    with pytest.raises(AppError, match="cannot change them"):
        client.predict(photo, "make it rain", api_name="/edit")
    result, drawing = client.predict("a kitchen", 320, 240, seed=7, api_name="/draw")
    assert (result["prompt"], result["seed"], result["size_px"]) == ("a kitchen", 7, [320, 240])
    with Image.open(drawing) as shown:
        assert (shown.format, shown.size) == ("PNG", (320, 240))


def test_votes_are_combined(client: Client, photo: Any) -> None:
    result, _ = client.predict(photo, "depth", [[50, 68]], votes=3, api_name="/ask")
    assert result["readings"][0]["votes_spread_m"] == pytest.approx(0, abs=1e-6)


def test_pixels_are_those_of_a_photo_that_is_worked_on_smaller(client: Client, world: World, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    world.photo.pil.resize((1920, 1440)).save(path)
    pins, known = [[1000, 1370], [1320, 1370]], [[1000, 1370, 3.0]]
    result, _ = client.predict(handle_file(path), "depth", pins, known=known, api_name="/ask")
    assert result["photo"]["original_size_px"] == [1920, 1440]
    assert result["photo"]["size_px"][0] == result["camera"]["width"] < 1920
    assert [[each["x"], each["y"]] for each in result["readings"]] == pins
    assert [[each["from"], each["to"]] for each in result["distances"]] == [pins]
    assert result["calibration"]["points"] == pins[:1]
    assert "handed in" in result["conventions"]["grids"]
    assert result["readings"][0]["distance_m"] == pytest.approx(3.0)
    reading = client.predict(handle_file(path), "depth", *pins[0], api_name="/explain")["reading"]
    assert [reading["x"], reading["y"]] == pins[0]
    assert reading["depth_m"] == pytest.approx(float(world.depth[68, 50]), rel=0.05)
    with pytest.raises(AppError, match="x goes from 0 to 1919 and y from 0 to 1439"):
        client.predict(handle_file(path), "depth", 1920, 0, api_name="/explain")
    measured = client.predict(handle_file(path), *pins[0], *pins[1], api_name="/measure")
    assert (measured["camera"]["width"], measured["camera"]["height"]) == (1920, 1440)
    # Both in one row of the floor, at the same depth.
    assert measured["between"]["value"] == pytest.approx(reading["depth_m"] * 320 / measured["camera"]["fx"], rel=0.03)


def test_decode_reads_a_painting(client: Client, world: World, photo: Any, tmp_path: Path) -> None:
    painted = tmp_path / "painted.png"
    Image.fromarray(Painter(world)._paint(LEGEND)).save(painted)
    result, _ = client.predict(photo, handle_file(painted), LEGEND, [[50, 68]], api_name="/decode")
    assert result["readings"][0]["label"] == "floor"


def test_only_uploads_are_taken_from_the_server_itself(client: Client) -> None:
    with pytest.raises(AppError):
        client.predict({"path": f"{client.src}gradio_api/file={FOLDER / 'cat.jpg'}"}, "depth", api_name="/ask")


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
    with pytest.raises(AppError, match="received 'x'"):
        client.predict(photo, "depth", "x", api_name="/ask")
    with pytest.raises(AppError, match="crosses itself"):
        client.predict(photo, "area", [[30, 66], [60, 70], [60, 66], [30, 70]], api_name="/shape")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ({"seed": 10**30}, "Seed must be a whole number from 0 to 2147483647."),
        ({"seed": -1}, "Seed must be a whole number from 0 to 2147483647."),
        ({"seed": 1.5}, "Seed must be a whole number from 0 to 2147483647."),
        ({"steps": -1}, "Steps must be a whole number from 0 to 50."),
        ({"votes": 0}, "Votes must be a whole number from 1 to 9."),
    ],
)
def test_a_number_that_is_refused_is_named(client: Client, photo: Any, number: dict[str, float], sentence: str) -> None:
    with pytest.raises(AppError) as error:
        client.predict(photo, "depth", **number, api_name="/ask")
    assert str(error.value) == sentence


def test_a_language_model_finds_tools_that_explain_themselves_and_work(client: Client, photo: Any) -> None:
    import mcp
    from mcp.client.streamable_http import streamable_http_client

    async def listed() -> tuple[Any, Any, Any]:
        async with (
            streamable_http_client(f"{client.src}gradio_api/mcp/") as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            parsed = await session.call_tool("parse_legend", {"words": LEGEND})
            places = [[[30, 66], [60, 66], [60, 70], [30, 70]], [[40, 22], [56, 22], [56, 28], [40, 28]]]
            asked = {"photo": uploaded(client, photo), "shape": "angle", "places": places, "known": [[50, 68, 3.0]]}
            return (await session.list_tools()).tools, parsed, await session.call_tool("measure_shape", asked)

    # In a thread: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        tools, parsed, measured = thread.submit(asyncio.run, listed()).result()
    named = {tool.name: tool for tool in tools}
    assert sorted(named) == sorted(TOOLS)
    for tool in tools:
        assert "metre" in tool.description or "paint" in tool.description, tool.name
        for name, parameter in tool.inputSchema["properties"].items():
            assert len(parameter.get("description", "")) > 10, (tool.name, name)
            assert "{" not in parameter["description"]
    assert {"name": "wall", "color": "#0000ff"} in told(parsed)["entries"]
    assert told(measured)["angle_degrees"] == pytest.approx(90, abs=5)


def uploaded(client: Client, photo: Any) -> str:
    """The address of a photo on the server, as Gradio's tool that uploads for a language model gives it."""
    file = {"files": Path(photo["path"]).read_bytes()}
    path = httpx.post(f"{client.src}gradio_api/upload", files=file).json()[0]
    return f"{client.src}gradio_api/file={path}"


def told(result: Any) -> Any:
    """What a tool answers: Gradio writes Python where JSON is meant."""
    return ast.literal_eval(result.content[0].text)
