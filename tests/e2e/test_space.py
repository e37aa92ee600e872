"""The 3D tab, the downloads and recipes in a real browser."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.conftest import World
from tests.e2e.conftest import SCREENSHOTS
from vb_demo.generators import Generator
from vb_demo.ui.examples import FOLDER

pytestmark = pytest.mark.e2e

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PLOT = "document.querySelector('.vb-space-plot')"
DRAWING_MS = 240_000
"""Without a graphics card and beside other work; on an idle machine it is some seconds."""
SEEN_BY_PLOTLY = """() => {
    const plot = document.querySelector('.vb-space-plot'), { glplot, dataScale } = plot._fullLayout.scene._scene;
    const times = (m, v) => [0, 1, 2, 3].map((i) => m[i] * v[0] + m[i + 4] * v[1] + m[i + 8] * v[2] + m[i + 12] * v[3]);
    const [[, ...spot]] = JSON.parse(document.querySelector('[data-spots]').dataset.spots);
    const { projection, view, model } = glplot.cameraParams;
    const scaled = [...spot.map((each, axis) => each * dataScale[axis]), 1];
    const [x, y, , w] = times(projection, times(view, times(model, scaled)));
    return [(1 + x / w) / 2 * plot.offsetWidth, (1 - y / w) / 2 * plot.offsetHeight];
}"""
"""Where plotly's own matrices put the first pin."""
SENT_BYTES = 1_500_000


@pytest.fixture
def url(serve: Callable[[Generator], str], painter: Generator) -> str:
    return serve(painter)


@pytest.fixture
def photo(world: World, tmp_path: Path) -> Path:
    path = tmp_path / "world.png"
    Image.fromarray(world.photo.pixels).resize((480, 360), Image.Resampling.NEAREST).save(path)
    return path


def ask_everything(page: Page, url: str, photo: Path) -> None:
    page.goto(f"{url}?__theme=light")
    expect(page.locator("#run")).to_be_visible()
    page.locator("#photo input[type=file]").set_input_files(photo)
    expect(page.locator("#status")).to_contain_text("is ready")
    page.locator("#prompt textarea").fill("The floor is orange. The wall is #4080c0. The background is black.")
    expect(page.locator("#task label.selected")).to_have_text("Segment")
    page.locator("#everything").click()
    expect(page.locator("#status")).to_contain_text("Segments painted by")


def open_space(page: Page) -> None:
    page.get_by_role("tab", name="3D").click()
    expect(page.locator(".vb-space[data-state=ready] canvas").first).to_be_visible(timeout=DRAWING_MS)


def eye(page: Page) -> list[float]:
    """Where the scene is seen from. Which way is up is written in several ways that look the same."""
    return page.evaluate(f"(({{ x, y, z }}) => [x, y, z])({PLOT}.layout.scene.camera.eye)")


def until(page: Page, condition: str) -> None:
    page.wait_for_function(condition)


def place_of(page: Page, pixel: tuple[float, float]) -> tuple[float, float]:
    """Where on the screen the photo's pixel lies in space, while the view is the photo's own."""
    box = page.locator(".vb-space-plot").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * pixel[0], box["y"] + box["height"] * pixel[1]


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_the_scene_is_turned_recoloured_and_picked(page: Page, url: str, photo: Path) -> None:
    ask_everything(page, url, photo)
    open_space(page)
    expect(page.locator("#cloud-note")).to_contain_text("points")
    assert page.evaluate("document.querySelector('[data-figure]').dataset.figure.length") < SENT_BYTES

    page.mouse.click(*place_of(page, (0.5, 0.9)))  # the floor, in the middle
    row = page.locator(".vb-spots li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("floor · faces up")
    expect(page.locator(".vb-space .vb-pins circle")).to_have_count(1)
    expect(page.locator("#space-photo .vb-pins circle")).to_have_count(1)

    page.locator(".vb-space-plot").focus()
    for key in ("ArrowLeft", "ArrowUp", "+"):
        page.keyboard.press(key)
    turned = eye(page)
    assert turned[0] != 0
    expect(page.locator("[data-view][aria-pressed=true]")).to_have_count(0)
    drawn = page.locator(".vb-space .vb-pins circle").evaluate("pin => [pin.cx.baseVal.value, pin.cy.baseVal.value]")
    assert drawn == pytest.approx(page.evaluate(SEEN_BY_PLOTLY), abs=1)
    colours = page.evaluate(f"JSON.stringify({PLOT}.data[0].marker.color)")
    page.locator("#coloring input").click()
    page.get_by_role("option", name="Segments: overlay").click()
    until(page, f"JSON.stringify({PLOT}.data[0].marker.color) !== {json.dumps(colours)}")
    assert eye(page) == pytest.approx(turned)
    page.locator("#fov input[type=number]").fill("100")
    page.locator("#fov input[type=number]").blur()
    expect(page.locator("#cloud-note")).to_contain_text("100°")
    assert eye(page) == pytest.approx(turned)

    image = page.locator("#space-photo img")
    box = image.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.9)
    expect(page.locator(".vb-space .vb-pins circle")).to_have_count(2)
    page.locator(".vb-spots [data-send=unpin]").first.click()
    expect(page.locator(".vb-space .vb-pins circle")).to_have_count(1)

    page.locator("#shape label", has_text="Surface").click()
    until(page, f"{PLOT}.data[0].type === 'mesh3d'")
    expect(page.locator("#cloud-note")).to_contain_text("triangles")
    assert eye(page) == pytest.approx(turned)
    page.locator("[data-view=above]").click()
    expect(page.locator("[data-view=above]")).to_have_attribute("aria-pressed", "true")
    assert eye(page)[1] > turned[1]
    shoot(page, "e2e_space")


def test_without_depth_a_sentence_says_what_to_do(page: Page, url: str, photo: Path) -> None:
    page.goto(url)
    expect(page.locator("#run")).to_be_visible()
    page.get_by_role("tab", name="3D").click()
    expect(page.locator(".vb-space-said")).to_contain_text("There is no photo yet.")
    page.locator("#photo input[type=file]").set_input_files(photo)
    expect(page.locator(".vb-space-said")).to_contain_text("choose the task Depth")
    page.locator("#run").click()
    expect(page.locator(".vb-space[data-state=ready] canvas").first).to_be_visible(timeout=DRAWING_MS)


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_a_finger_marks_a_point(page: Page, url: str, photo: Path) -> None:
    ask_everything(page, url, photo)
    open_space(page)
    page.locator(".vb-space-plot").scroll_into_view_if_needed()
    page.touchscreen.tap(*place_of(page, (0.5, 0.9)))
    expect(page.locator(".vb-spots li")).to_contain_text("floor")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shoot(page, "e2e_space_phone")


def test_everything_is_taken_home_and_repeated(page: Page, url: str, photo: Path, tmp_path: Path) -> None:
    ask_everything(page, url, photo)
    image = page.locator("#painting img")
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.9)
    expect(page.locator("#readout tbody tr")).to_have_count(1)
    page.get_by_role("tab", name="Downloads").click()
    with page.expect_download() as download:
        page.locator("#zip").click()
    download.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        names = set(archive.namelist())
        result = json.loads(archive.read("result.json"))
        archive.extract("recipe.json", tmp_path)
    promised = {
        "photo.png",
        "depth_m_float32.npz",
        "depth_mm_uint16.png",
        "depth_preview.png",
        "normals_xyz_float32.npz",
    }
    assert promised <= names
    assert {"cloud.ply", "surface.glb", "pins.csv", "masks_coco_rle.json", "recipe.json"} <= names
    assert len(result["readings"]) == 1
    with page.expect_download() as single:
        page.locator("#files a", has_text="depth_m_float32.npz").click()
    assert single.value.suggested_filename == "depth_m_float32.npz"
    shoot(page, "e2e_downloads")

    link = page.locator("[data-recipe-link]").evaluate("link => link.href")
    expect(page.locator("#recipe-share [data-copy]")).to_have_attribute("data-copy", link)
    page.goto("about:blank")
    page.goto(link)
    opened = page.locator("#recipe")
    expect(opened).to_contain_text("Add world.png")
    page.locator("#photo input[type=file]").set_input_files(FOLDER / "cat.jpg")
    expect(opened).to_contain_text("another photo than world.png")
    page.locator("#photo input[type=file]").set_input_files(photo)
    expect(opened).to_contain_text("Made with this photo")
    expect(page.locator("#readout tbody tr")).to_have_count(1)
    page.locator("#recipe-run").click()
    expect(page.locator("#status")).to_contain_text("Segments painted by")
    expect(page.locator("#shown label")).to_have_count(3)
    expect(page.locator("#readout tbody tr")).to_have_count(1)
    shoot(page, "e2e_recipe")
    page.locator("#recipe-away").click()
    expect(opened).to_be_hidden()

    page.get_by_role("tab", name="Downloads").click()
    with page.expect_file_chooser() as chooser:
        page.locator("#recipe-file").click()
    chooser.value.set_files(tmp_path / "recipe.json")
    expect(opened).to_contain_text("Made with this photo")
