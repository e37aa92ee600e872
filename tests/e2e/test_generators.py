"""Who paints: the menu in the header, and what follows the generator that was chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.conftest import Painter, World
from tests.e2e.test_app import open_page, shoot
from tests.e2e.test_feel import FAINT, NAMELESS, PHONE, SIDEWAYS
from tests.generators.conftest import flux2_klein
from vb_demo.generators import CATALOG, Generator, let_go, loading
from vb_demo.generators.dialects import MARIGOLD_DEPTH, UNTUNED
from vb_demo.tasks import TASKS

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def nothing_stays_in_memory() -> Iterator[None]:
    yield
    let_go()


@pytest.fixture(scope="module")
def klein(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny FLUX.2 [klein] in diffusers' layout."""
    folder = tmp_path_factory.mktemp("klein")
    torch.manual_seed(0)
    flux2_klein().save_pretrained(folder)
    return folder


@pytest.fixture
def url(serve: Callable[[Generator], str], painter: Generator) -> str:
    return serve(painter)


def open_menu(page: Page) -> None:
    page.locator("[data-generators]").click()
    expect(page.locator("[data-generators]")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#generator-list li")).to_have_count(len(CATALOG))


def load(page: Page, name: str) -> None:
    page.locator("#generator-other input").fill(name)
    page.locator("#generator-load").click()


def test_a_generator_is_chosen_and_the_page_follows(page: Page, url: str, klein: Path) -> None:
    open_page(page, url)
    expect(page.locator("#generator")).to_contain_text("Painted by painter")
    words, told = page.locator("#prompt textarea"), page.locator("#generator-progress")
    expect(words).to_have_value(TASKS["depth"].wording.words)
    open_menu(page)
    blocked = page.locator("#generator-list li", has=page.locator("[data-generator=open-vision-banana]"))
    expect(blocked).to_contain_text("FLUX Non-Commercial License (follows the base), gated, no commercial use")
    expect(blocked).to_contain_text("34.7 GB on disk")
    if not torch.cuda.is_available():
        expect(blocked.get_by_role("button")).to_be_disabled()
        expect(blocked).to_contain_text("It needs a GPU with 40 GB")

    load(page, "banana-split")
    expect(told).to_contain_text("There is no generator 'banana-split'. Known by name: plantain, flux2-klein-4b")
    expect(told).to_contain_text("painter paints on.")
    shoot(page, "generators_refused")
    load(page, str(klein))
    expect(told).to_contain_text(f"{klein} paints now.")
    expect(page.locator("#generator")).to_contain_text(f"{klein}, CPU")
    expect(words).to_have_value(UNTUNED["depth"].words)
    expect(page.locator("#plan")).to_contain_text("relative depth, no metres")
    page.keyboard.press("Escape")
    expect(page.locator("#generators")).to_be_hidden()
    expect(page.locator("[data-generators]")).to_be_focused()
    expect(page.locator("[data-generators]")).to_have_attribute("aria-expanded", "false")

    later = page.context.new_page()  # another visitor sees who paints, in whose words
    open_page(later, url)
    expect(later.locator("#prompt textarea")).to_have_value(UNTUNED["depth"].words)


def test_a_download_shows_its_progress_and_can_be_cancelled(
    page: Page, url: str, klein: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(spec: Any, on_download: Callable[[int, int], None]) -> None:
        for part in range(600):
            on_download(part * 20_000_000, 12_000_000_000)
            time.sleep(0.1)

    monkeypatch.setattr(loading, "_fetch", fetch)
    open_page(page, url)
    open_menu(page)
    expect(page.locator("#generator-cancel")).to_be_hidden()
    load(page, str(klein))
    expect(page.locator("#generator-progress")).to_contain_text("of 12,000 MB")
    expect(page.locator("#generator")).to_contain_text("Painted by painter")
    shoot(page, "generators_progress")
    page.locator("#generator-cancel").click()
    expect(page.locator("#generator-progress")).to_contain_text("Cancelled. painter paints on.")
    expect(page.locator("#generator-cancel")).to_be_hidden()


def test_tasks_without_words_cannot_be_chosen(page: Page, serve: Callable[[Generator], str], world: World) -> None:
    marigold = Painter(world)
    marigold.name, marigold.dialect = "marigold-depth", MARIGOLD_DEPTH
    open_page(page, serve(marigold))
    for task in ("normals", "segment", "instances", "edit", "draw"):
        expect(page.locator(f"#task input[value={task}]")).to_be_disabled()
    expect(page.locator("#task input[value=depth]")).to_be_enabled()
    reason = "marigold-depth has no words for Normals, Segment, Instances, Edit and Draw; flux2-klein-4b has."
    expect(page.locator("#task-gaps")).to_contain_text(reason)
    expect(page.locator("#task label", has_text="Normals")).to_have_attribute("title", reason)
    expect(page.locator("#prompt textarea")).to_have_value("depth")
    page.keyboard.press("2")
    expect(page.locator("#prompt textarea")).to_have_value("depth")
    expect(page.locator("#scope")).to_contain_text("Everything: depth.")
    page.locator("#prompt textarea").fill("the cat is orange")
    expect(page.locator("#plan")).to_contain_text("marigold-depth has no words for 'segment'")
    assert page.evaluate(FAINT) == []
    shoot(page, "generators_tasks")


@pytest.mark.parametrize("page", [PHONE, {"viewport": {"width": 1400, "height": 1000}}], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_menu_can_be_read_everywhere(page: Page, url: str, theme: str) -> None:
    page.goto(f"{url}?__theme={theme}")
    expect(page.locator("#generator")).to_contain_text("Painted by painter")
    open_menu(page)
    assert page.evaluate(FAINT) == []
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(SIDEWAYS) == []
    width = (page.viewport_size or {"width": 0})["width"]
    shoot(page, f"generators_menu_{width}_{theme}")
