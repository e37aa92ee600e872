"""Several photos and a film, asked about at once and looked at one after the other, at a desk and on a phone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Slow
from tests.e2e.test_app import PHONE, click_at, open_page, run, shoot, toast, write
from tests.e2e.test_feel import NAMELESS, SIDEWAYS
from tests.test_film import write_film
from vb_demo.generators import Generator
from vb_demo.ui.examples import FOLDER

pytestmark = pytest.mark.e2e

EVERY_SIZE = pytest.mark.parametrize("page", [{}, PHONE], indirect=True, ids=["desk", "phone"])


def open_reel(page: Page, url: str, paths: list[Path]) -> None:
    open_page(page, url)
    page.locator("#reel button", has_text="Several photos, or a film").click()
    page.locator("#reel-open").locator("xpath=..").locator("input[type=file]").set_input_files(paths)


@EVERY_SIZE
def test_a_question_is_put_to_all_and_the_film_is_played(
    page: Page, serve: Callable[[Generator], str], shipped: Generator, tmp_path: Path
) -> None:
    photos = [FOLDER / "room.jpg", FOLDER / "street.jpg"]
    open_reel(page, serve(shipped), [*photos, write_film(tmp_path / "walk.mp4", 3)])
    frames = page.locator("#reel-row [data-frame]")
    expect(frames).to_have_count(5)
    expect(page.locator("#status")).to_contain_text("room.jpg is ready")
    expect(frames.nth(0)).to_have_attribute("aria-current", "true")
    page.locator("#reel-play").click()
    expect(toast(page)).to_contain_text("nothing to play yet")

    page.locator("#reel-run").click()
    expect(page.locator("#reel-row img")).to_have_count(10)
    expect(page.locator("#status")).to_contain_text("Depth painted by")
    expect(page.locator("#reel-run")).to_be_enabled()
    expect(frames.nth(4)).to_have_attribute("aria-label", "5, walk at 0.2 s: Depth")

    click_at(page, "overlay", 0.5, 0.9)
    expect(page.locator("#readout h3")).to_contain_text(" m")
    frames.nth(3).click()
    expect(frames.nth(3)).to_have_attribute("aria-current", "true")
    expect(page.locator("#status")).to_contain_text("Depth painted by")
    expect(page.locator("#readout section")).to_have_count(0)  # of another size
    frames.nth(0).focus()
    page.keyboard.press("Enter")
    expect(frames.nth(0)).to_have_attribute("aria-current", "true")
    expect(frames.nth(0)).to_be_focused()
    expect(page.locator("#readout section")).to_have_count(1)

    with page.expect_download() as kept:
        page.locator("#reel-zip a").click()
    with zipfile.ZipFile(kept.value.path()) as archive:
        assert {f"{number:02}/depth_m_float32.npz" for number in range(1, 6)} <= set(archive.namelist())
        assert b"depth" in archive.read("01/pins.csv")

    page.locator("#reel-play").click()
    film = page.locator("#reel-film img")
    film.scroll_into_view_if_needed()
    expect(film).to_have_js_property("complete", True)
    address = page.locator("#reel-film a").get_attribute("href")
    assert address is not None
    answer = page.request.get(f"{page.url.partition('?')[0]}{address}")
    with Image.open(io.BytesIO(answer.body())) as moving:
        assert (moving.format, moving.n_frames) == ("WEBP", 5)
    shoot(page, f"e2e_reel_{page.viewport_size['width']}")
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(NAMELESS) == []

    frames.nth(1).click()
    expect(frames.nth(1)).to_have_attribute("aria-current", "true")
    expect(film).to_have_count(1)
    page.locator("#run").click()
    expect(film).to_have_count(0)  # what was read is another


def test_what_is_asked_about_all_goes_on_beside_looking_and_can_be_stopped(
    page: Page, serve: Callable[[Generator], str], painter: Generator, tmp_path: Path
) -> None:
    slow = Slow(painter)
    open_reel(page, serve(slow), [write_film(tmp_path / "walk.mp4", 8)])
    frames = page.locator("#reel-row [data-frame]")
    expect(frames).to_have_count(8)
    page.locator("#reel-run").click()
    expect(page.locator("#progress")).to_contain_text("of 8")
    expect(page.locator("#reel-run")).to_be_disabled()
    frames.nth(1).click()
    expect(frames.nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator("#progress")).to_contain_text(re.compile("[2-8] of 8"))
    expect(frames.nth(0)).to_have_attribute("aria-label", "1, walk at 0.0 s: Depth")
    page.locator("#cancel").click()
    expect(toast(page)).to_contain_text("what was finished before stays")
    expect(page.locator("#reel-run")).to_be_enabled()
    expect(frames.nth(7)).to_have_attribute("aria-label", "8, walk at 0.7 s: nothing asked yet")

    page.locator("#reel-everything").click()
    expect(frames.nth(0)).to_have_attribute("aria-label", "1, walk at 0.0 s: Depth, Normals")
    page.locator("#cancel").click()
    expect(page.locator("#reel-everything")).to_be_enabled()


def test_what_cannot_be_opened_is_said_and_nothing_is_lost(
    page: Page, serve: Callable[[Generator], str], painter: Generator, tmp_path: Path
) -> None:
    open_reel(page, serve(painter), [FOLDER / "room.jpg"])
    expect(page.locator("#status")).to_contain_text("room.jpg is ready")
    write(page, "depth")
    run(page, "Depth")
    expect(page.locator("#reel-row img")).to_have_count(2)
    (tmp_path / "broken.mp4").write_bytes(b"no film" * 100)
    page.locator("#reel-open").locator("xpath=..").locator("input[type=file]").set_input_files(tmp_path / "broken.mp4")
    expect(toast(page)).to_contain_text("broken.mp4 is not a film")
    expect(page.locator("#reel-row img")).to_have_count(2)
    expect(page.locator("#status")).to_contain_text("Depth painted by")
