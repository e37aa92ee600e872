"""The app in a real browser, as a visitor meets it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.conftest import World
from tests.e2e.conftest import SCREENSHOTS, Slow
from vb_demo.codecs import to_uint8
from vb_demo.codecs.depth import encode
from vb_demo.generators import Generator
from vb_demo.ui.examples import FOLDER

pytestmark = pytest.mark.e2e

LEGEND = "The floor is orange. The wall is #4080c0. The sky is white. The background is black."
THINGS = "Each ball is colored differently. Background is black."
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def url(serve: Callable[[Generator], str], shipped: Generator) -> str:
    return serve(shipped)


def open_page(page: Page, url: str) -> None:
    page.goto(f"{url}?__theme=light")
    expect(page.locator("#run")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("Add a photo")


def upload(page: Page, path: Path) -> None:
    page.locator("#photo input[type=file]").set_input_files(path)


def choose(page: Page, task: str) -> None:
    """Another task than the present one; its words arrive in the prompt box."""
    box = page.locator("#prompt textarea")
    before = box.input_value()
    page.locator("#task label", has_text=task).click()
    expect(page.locator("#task label.selected")).to_have_text(task)
    expect(box).not_to_have_value(before)


def write(page: Page, words: str) -> None:
    page.locator("#prompt textarea").fill(words)


def run(page: Page, title: str) -> None:
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text(f"{title} painted by")
    expect(page.locator("#run")).to_be_enabled()


def click_at(page: Page, picture: str, across: float, down: float) -> None:
    image = page.locator(f"#{picture} img")
    image.scroll_into_view_if_needed()  # it is loaded only where it is seen
    expect(image).to_have_js_property("complete", True)
    box = image.bounding_box()
    assert box is not None
    place = (box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    if page.evaluate("navigator.maxTouchPoints") > 0:
        page.touchscreen.tap(*place)
    else:
        page.mouse.click(*place)


def toast(page: Page) -> Locator:
    return page.locator("[data-testid=toast-body]").last


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_every_task_is_asked_about_one_photo(page: Page, url: str, tmp_path: Path) -> None:
    open_page(page, url)
    upload(page, FOLDER / "street.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")
    expect(page.locator("#camera")).to_contain_text("EXIF, 29 mm equivalent")

    run(page, "Depth")
    click_at(page, "painting", 0.5, 0.9)
    readout = page.locator("#readout")
    expect(readout.locator("h3")).to_contain_text(re.compile(r"\d\.\d+ m"))
    expect(readout).to_contain_text("reliability")

    choose(page, "Normals")
    run(page, "Normals")
    expect(readout).to_contain_text("direction")
    choose(page, "Segment")
    write(page, LEGEND)
    expect(page.locator("#plan")).to_contain_text("#4080c0")
    run(page, "Segments")
    expect(readout).to_contain_text("name")
    choose(page, "Instances")
    write(page, THINGS)
    run(page, "Instances")

    expect(page.locator("#shown label")).to_have_count(4)
    click_at(page, "overlay", 0.15, 0.9)
    expect(readout.locator("section")).to_have_count(2)
    expect(page.locator("#measure")).to_contain_text(re.compile(r"\d\.\d+ m apart"))
    expect(page.locator("#overlay .vb-pins circle")).to_have_count(2)
    shoot(page, "e2e_pictures")

    page.get_by_role("tab", name="3D").click()
    expect(page.locator(".vb-space canvas").first).to_be_visible()
    expect(page.locator("#cloud-note")).to_contain_text("points")
    shoot(page, "e2e_cloud")

    page.get_by_role("tab", name="Objects").click()
    expect(page.locator("#objects")).to_contain_text("share of photo")
    shoot(page, "e2e_objects")

    page.get_by_role("tab", name="Downloads").click()
    expect(page.locator("#files")).to_contain_text("depth_m_float32")
    with page.expect_download() as download:
        page.locator("#zip").click()
    download.value.save_as(tmp_path / "all.zip")
    names = zipfile.ZipFile(tmp_path / "all.zip").namelist()
    assert {"depth_m_float32.npz", "normals_xyz_float32.npz", "legend.json", "result.json"} <= {
        Path(name).name for name in names
    }


def test_another_photo_starts_over(page: Page, url: str) -> None:
    open_page(page, url)
    page.locator(".vb-examples .gallery-item").first.click()
    expect(page.locator("#status")).to_contain_text("room.jpg is ready")
    run(page, "Depth")
    click_at(page, "overlay", 0.5, 0.5)
    expect(page.locator("#readout section")).to_have_count(1)
    page.locator(".vb-examples .gallery-item").nth(4).click()
    expect(page.locator("#status")).to_contain_text("tiger.jpg is ready")
    expect(page.locator("#readout section")).to_have_count(0)
    expect(page.locator("#overlay .vb-pins circle")).to_have_count(0)


def test_a_click_counts_while_the_next_picture_is_on_its_way(page: Page, url: str) -> None:
    open_page(page, url)
    page.locator(".vb-examples .gallery-item").first.click()
    expect(page.locator("#status")).to_contain_text("room.jpg is ready")
    run(page, "Depth")
    image = page.locator("#overlay img")
    expect(image).to_have_js_property("complete", True)
    waiting: list[Route] = []
    page.route("**/file=**decoded**", lambda route: waiting.append(route))
    choose(page, "Normals")
    run(page, "Normals")
    expect(image).to_have_js_property("complete", False)
    image.click()
    expect(page.locator("#readout section")).to_have_count(1)
    assert waiting
    for route in waiting:
        route.continue_()
    expect(image).to_have_js_property("complete", True)
    expect(page.locator("#overlay .vb-pins circle")).to_have_count(1)


def test_what_is_open_follows_the_camera_and_the_photo(page: Page, url: str) -> None:
    open_page(page, url)
    page.locator(".vb-examples .gallery-item").first.click()
    expect(page.locator("#status")).to_contain_text("room.jpg is ready")
    run(page, "Depth")
    page.get_by_role("tab", name="3D").click()
    note = page.locator("#cloud-note")
    expect(note).to_contain_text("points")
    slider = page.locator("#fov input[type=range]")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in range(30, 90):  # faster than the page can follow; the last place counts
        page.mouse.move(box["x"] + box["width"] * share / 100, box["y"] + box["height"] / 2)
    page.mouse.up()
    said = f"horizontal field of view {slider.input_value()}°"
    expect(page.locator("#camera")).to_contain_text(said)
    expect(note).to_contain_text(said)
    page.locator("#photo button[aria-label='Remove Image']").click()
    expect(page.locator("#status")).to_contain_text("Add a photo")
    expect(page.locator("#space")).to_contain_text("There is no photo yet.")


PUT_IN_CLIPBOARD = """async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 200 });
    canvas.getContext("2d").fillRect(9, 9, 50, 50);
    const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
}"""


@pytest.mark.parametrize("page", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)
def test_a_photo_is_pasted_over_another(page: Page, url: str) -> None:
    open_page(page, url)
    upload(page, FOLDER / "cat.jpg")
    expect(page.locator("#status")).to_contain_text("cat.jpg is ready")
    page.evaluate(PUT_IN_CLIPBOARD)
    page.locator("#photo button[aria-label='Paste from clipboard']").click()
    expect(page.locator("#status")).to_contain_text("clipboard.png is ready")
    expect(page.locator("#photo img")).to_be_visible()


def test_a_painting_from_elsewhere_is_read(page: Page, url: str, world: World, tmp_path: Path) -> None:
    path = tmp_path / "painting.png"
    Image.fromarray(to_uint8(encode(world.depth))).save(path)
    open_page(page, url)
    upload(page, FOLDER / "street.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")
    page.get_by_text("Painted somewhere else?").click()
    page.locator("#decode").click()
    expect(toast(page)).to_contain_text("There is no painting yet.")
    with page.expect_response(lambda response: "/upload" in response.url):  # it is seen before it has arrived
        page.locator("#painting-file input[type=file]").set_input_files(path)
    expect(page.locator("#painting-file img")).to_be_visible()
    page.get_by_role("button", name="Advanced").click()
    page.locator("#register").get_by_label("measure").check()
    page.locator("#decode").click()
    expect(page.locator("#status")).to_contain_text("Depth painted by upload")
    expect(page.locator("#status")).to_contain_text("painting lies on the photo")
    click_at(page, "painting", 50.5 / 96, 68.5 / 72)
    expect(page.locator("#readout")).to_contain_text("2.53 m")
    expect(page.locator("#readout")).to_contain_text(re.compile(r"from EXIF, \d+° across the photo"))

    page.locator("#fov input[type=number]").fill("100")
    page.locator("#fov input[type=number]").blur()
    expect(page.locator("#camera")).to_contain_text("(user), horizontal field of view 100°")
    expect(page.locator("#readout")).to_contain_text("from the slider, 100° across the photo")
    expect(page.locator("#readout")).to_contain_text("2.53 m")  # the depth stays, the distance does not


def test_words_show_their_colours_while_they_are_typed(page: Page, url: str) -> None:
    open_page(page, url)
    plan = page.locator("#plan")
    expect(plan).to_contain_text("metres")
    page.locator("#prompt textarea").fill("")
    page.locator("#prompt textarea").press_sequentially("the cat is orange, the sofa #4080c0", delay=15)
    expect(plan.locator(".vb-row", has=page.locator("[value=cat]"))).to_contain_text("#ffa500")
    expect(plan.locator(".vb-row", has=page.locator("[value=sofa]"))).to_contain_text("#4080c0")
    expect(page.locator("#task label.selected")).to_have_text("Segment")
    write(page, "mumble mumble")
    expect(plan.locator("mark")).to_have_text("mumble mumble")


def test_what_cannot_be_done_is_said_in_a_sentence(page: Page, url: str, tmp_path: Path) -> None:
    open_page(page, url)
    page.locator("#run").click()
    expect(toast(page)).to_contain_text("There is no photo yet.")

    broken = tmp_path / "holiday.jpg"
    broken.write_text("Dear diary")
    upload(page, broken)
    expect(toast(page)).to_contain_text("holiday.jpg")
    expect(toast(page)).to_contain_text("Allowed are JPEG")
    expect(page.locator("#photo img")).to_have_count(0)

    upload(page, FOLDER / "cat.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")
    write(page, "mumble mumble")
    page.locator("#run").click()
    expect(toast(page)).to_contain_text("“mumble mumble” has no colour.")
    write(page, "")
    page.locator("#run").click()
    expect(toast(page)).to_contain_text("The prompt is empty.")
    assert "Error" not in page.locator("[data-testid=toast-body]").all_inner_texts()
    shoot(page, "e2e_sentences")


def test_cancel_stops_between_steps(page: Page, serve: Callable[[Generator], str], painter: Generator) -> None:
    slow = Slow(painter)
    open_page(page, serve(slow))
    upload(page, FOLDER / "cat.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")
    page.locator("#run").click()
    expect(page.locator("#progress")).to_contain_text(re.compile(r"step \d+ of 50"))
    shoot(page, "e2e_progress")
    page.locator("#cancel").click()
    expect(toast(page)).to_contain_text("nothing was changed")
    expect(toast(page).locator("strong")).to_have_text("Cancelled")
    expect(toast(page).get_by_text("Info")).to_be_hidden()
    shoot(page, "e2e_cancelled")
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#status")).to_contain_text("is ready")
    assert 0 < slow.steps_done < 50
    stopped_at = slow.steps_done
    page.wait_for_timeout(600)
    assert slow.steps_done == stopped_at


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_a_phone_reads_metres_by_tapping(page: Page, url: str) -> None:
    open_page(page, url)
    page.locator(".vb-examples .gallery-item").nth(1).click()
    expect(page.locator("#status")).to_contain_text("is ready")
    run(page, "Depth")
    click_at(page, "overlay", 0.5, 0.8)
    expect(page.locator("#readout h3")).to_contain_text(re.compile(r"\d+\.\d+ m"))
    shoot(page, "e2e_phone")
    for tab in ("3D", "Objects", "Downloads", "Pictures"):
        if not page.get_by_role("tab", name=tab).is_visible():  # the last ones wait behind "…"
            page.locator(".overflow-menu > button").click()
            page.locator(".overflow-dropdown button", has_text=tab).click()
        else:
            page.get_by_role("tab", name=tab).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
