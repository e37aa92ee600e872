"""A visitor who is faster than the server has the last word."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_app import LEGEND, click_at, open_page, run, upload, write
from vb_demo import views
from vb_demo.generators import Generator
from vb_demo.tasks import TASKS
from vb_demo.ui.examples import FOLDER
from vb_demo.ui.panels import pictures, question

pytestmark = pytest.mark.e2e

SECONDS = 0.25
"""What a slow server takes for a small thing."""


@pytest.fixture
def url(serve: Callable[[Generator], str], painter: Generator) -> str:
    return serve(painter)


def slowed(function: Callable[..., Any]) -> Callable[..., Any]:
    def late(*args: Any, **kwargs: Any) -> Any:
        time.sleep(SECONDS)
        return function(*args, **kwargs)

    return late


def settle(page: Page) -> None:
    """Until nothing of what was asked for can be under way any more."""
    page.wait_for_timeout(8 * 1000 * SECONDS)


def test_the_task_chosen_last_stays(page: Page, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_page(page, url)
    settle(page)
    for name in ("understood", "words_for"):
        monkeypatch.setattr(question, name, slowed(getattr(question, name)))
    tasks, words = page.locator("#task label"), page.locator("#prompt textarea")
    for pause in (0, 150, 350):  # milliseconds: at other points of what the first click set off
        for number in (3, 2, 0, 1):
            tasks.nth(number).click()
            page.wait_for_timeout(pause)
        settle(page)
        expect(page.locator("#task label.selected")).to_have_text("Normals")
        expect(words).to_have_value(TASKS["normals"].wording.words)


def test_words_written_while_a_task_is_looked_up_stay(page: Page, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_page(page, url)
    monkeypatch.setattr(question, "words_for", slowed(question.words_for))
    page.locator("#task label", has_text="Normals").click()
    write(page, LEGEND)
    settle(page)
    expect(page.locator("#prompt textarea")).to_have_value(LEGEND)
    expect(page.locator("#task label.selected")).to_have_text("Segment")


def test_words_written_while_the_page_learns_who_paints_stay(
    page: Page, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, written = threading.Event(), threading.Event()
    respoken = question.respoken

    def late(*args: Any) -> str:
        asked.set()
        assert written.wait(60)
        return respoken(*args)

    monkeypatch.setattr(question, "respoken", late)
    page.goto(url)
    expect(page.locator("#run")).to_be_visible()
    while not asked.is_set():
        page.wait_for_timeout(20)
    write(page, LEGEND)
    written.set()
    settle(page)
    expect(page.locator("#prompt textarea")).to_have_value(LEGEND)
    expect(page.locator("#task label.selected")).to_have_text("Segment")


def test_the_layer_chosen_last_stays(page: Page, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started, asked_for_more = threading.Event(), threading.Event()
    preview = views.depth_preview

    def late(*args: Any) -> Any:
        started.set()
        assert asked_for_more.wait(60)
        return preview(*args)

    open_page(page, url)
    upload(page, FOLDER / "room.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")
    overlay = page.locator("#overlay img")
    before = overlay.get_attribute("src")
    monkeypatch.setattr(views, "depth_preview", late)
    page.locator("#run").click()
    while not started.is_set():
        page.wait_for_timeout(20)
    page.locator("#layer label", has_text="Reliability").click()
    expect(overlay).not_to_have_attribute("src", before or "")
    shown = overlay.get_attribute("src")
    asked_for_more.set()
    expect(page.locator("#status")).to_contain_text("Depth painted by")
    settle(page)
    assert overlay.get_attribute("src") == shown
    run(page, "Depth")


def test_pins_that_are_set_faster_than_the_server_are_all_there_in_order(
    page: Page, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page(page, url)
    upload(page, FOLDER / "cat.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")
    monkeypatch.setattr(pictures, "with_pin", slowed(pictures.with_pin))
    shares = (0.2, 0.4, 0.6, 0.8)
    for share in shares:
        click_at(page, "overlay", share, 0.5)
    expect(page.locator("#readout tbody tr")).to_have_count(len(shares))
    drawn = page.locator("#overlay .vb-pins circle").evaluate_all("pins => pins.map((pin) => pin.cx.baseVal.value)")
    assert drawn == sorted(drawn)
