"""The app under a finger, on a page as narrow as a phone: reading, comparing, checking, scaling, taking home."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.conftest import World
from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.test_app import LEGEND, click_at, open_page, run, upload, write
from tests.e2e.test_feel import PHONE, SIDEWAYS, script
from vb_demo.codecs import to_uint8
from vb_demo.codecs.depth import encode
from vb_demo.generators import Generator

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("page", [PHONE], indirect=True)]

SMALL = script("small")
TABS = {
    "Pictures": "#overlay img",
    "Compare": "#compare figure",
    "3D": ".vb-space canvas",
    "Objects": "#objects tbody",
    "Check": "#check img",
    "Downloads": "#zip",
}
"""Each, and what is there once it is filled."""
FOLDS = ("Several photos, or a film", "Describe it indirectly", "Set the scale", "Advanced", "Painted somewhere else?")
ASKED = {"Depth": "depth", "Normals": "normals", "Segments": LEGEND}


@pytest.fixture
def ready(page: Page, serve: Callable[[Generator], str], painter: Generator, world: World, tmp_path: Path) -> Page:
    """The page with a photo of the world that the generator knows."""
    path = tmp_path / "world.png"
    world.photo.pil.save(path)
    open_page(page, serve(painter))
    upload(page, path)
    expect(page.locator("#status")).to_contain_text("is ready")
    return page


@pytest.fixture
def answered(ready: Page) -> Page:
    """The same with three answers."""
    for title, words in ASKED.items():
        write(ready, words)
        run(ready, title)
    return ready


def press(button: Locator) -> None:
    """With a finger where there is one."""
    has_finger = button.page.evaluate("navigator.maxTouchPoints") > 0
    button.tap() if has_finger else button.click()


def open_tab(page: Page, title: str) -> None:
    """The last ones wait behind “…”."""
    tab = page.get_by_role("tab", name=title)
    if tab.is_visible():
        press(tab)
    else:
        press(page.locator(".overflow-menu > button"))
        press(page.locator(".overflow-dropdown button", has_text=title))
    expect(tab).to_have_attribute("aria-selected", "true")


def middle(page: Page, selector: str) -> tuple[float, float]:
    """On screen, once the page has come to rest."""
    before = box = None
    while before is None or box != before:
        page.wait_for_timeout(200)
        page.locator(selector).evaluate("element => element.scrollIntoView({ block: 'center' })")
        before, box = box, page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def swipe(page: Page, selector: str, across: int, down: int) -> None:
    """A finger is put on the middle of an element and moved by so many pixels."""
    x, y = middle(page, selector)
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        place = {"x": x + across * step / 10, "y": y + down * step / 10}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"e2e_phone_{name}.png", full_page=True)


def fits(page: Page) -> None:
    """Nothing sticks out at the right, and everything can be hit."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(SMALL) == []


def test_every_tab_and_every_fold_fits_and_can_be_hit(answered: Page) -> None:
    click_at(answered, "overlay", 0.5, 0.9)
    expect(answered.locator("#readout section")).to_have_count(1)
    for title, sign in TABS.items():
        open_tab(answered, title)
        expect(answered.locator(sign).first).to_be_visible()
        shoot(answered, title)
        fits(answered)
    for title in FOLDS:
        fold = answered.get_by_role("button", name=title)
        fold.tap()
        expect(fold).to_have_attribute("aria-expanded", "true")
    fits(answered)
    shoot(answered, "folds")


def test_a_finger_pans_over_the_pictures_and_taps_pins(answered: Page) -> None:
    pins = answered.locator("#readout tbody tr")
    for number, picture in enumerate(("overlay", "painting"), start=1):
        x, y = middle(answered, f"#{picture} img")
        before = answered.evaluate("scrollY")
        swipe(answered, f"#{picture} img", 0, -200)
        answered.wait_for_function("(before) => scrollY > before + 100", arg=before)
        x, y = middle(answered, f"#{picture} img")
        answered.touchscreen.tap(x, y)
        expect(pins).to_have_count(number)  # of the tap alone


def test_a_finger_moves_the_slider_between_two_layers(answered: Page) -> None:
    open_tab(answered, "Compare")
    figure = answered.locator("#compare figure")
    expect(figure.locator("figcaption")).to_have_text("PhotoSegments: overlay")
    expect(figure).to_have_attribute("style", re.compile(r"--share: 50%"))
    width = figure.evaluate("each => each.getBoundingClientRect().width")
    swipe(answered, "#compare figure", round(-0.4 * width), 0)
    share = re.search(r"--share: ([\d.]+)%", figure.get_attribute("style") or "")
    assert share is not None
    assert float(share[1]) == pytest.approx(10, abs=3)


def test_an_object_is_tapped_and_everything_is_taken_home(answered: Page) -> None:
    open_tab(answered, "Check")
    expect(answered.locator("#check")).to_contain_text(re.compile(r"Painted normals and depth differ by \d+°"))
    open_tab(answered, "Objects")
    answered.locator("#objects").get_by_role("button", name="wall").tap()
    expect(answered.locator("#readout tbody tr")).to_contain_text("wall")
    expect(answered.get_by_role("tab", name="Pictures")).to_have_attribute("aria-selected", "true")
    open_tab(answered, "Downloads")
    with answered.expect_download() as download:
        answered.locator("#zip").tap()
    assert download.value.suggested_filename == "vb_demo.zip"


def test_a_known_distance_sets_the_scale(ready: Page) -> None:
    run(ready, "Depth")
    click_at(ready, "overlay", 0.5, 0.9)
    card = ready.locator("#readout section")
    expect(card).not_to_contain_text("5.00 m")
    ready.get_by_role("button", name="Set the scale").tap()
    ready.locator("#scale-meters input").fill("5")
    ready.locator("#scale-set").tap()
    expect(card).to_contain_text("5.00 m")
    expect(ready.locator("#scale")).to_contain_text("Scale from 1 known distance")


def test_a_painting_from_elsewhere_is_read(ready: Page, world: World, tmp_path: Path) -> None:
    path = tmp_path / "painting.png"
    Image.fromarray(to_uint8(encode(world.depth))).save(path)
    ready.get_by_role("button", name="Painted somewhere else?").tap()
    ready.locator("#painting-file input[type=file]").set_input_files(path)
    expect(ready.locator("#painting-file img")).to_be_visible()
    fits(ready)
    ready.locator("#decode").tap()
    expect(ready.locator("#status")).to_contain_text("Depth painted by upload")
    click_at(ready, "painting", 50.5 / 96, 68.5 / 72)
    expect(ready.locator("#readout h3")).to_contain_text(re.compile(r"2\.[67]\d m"))
