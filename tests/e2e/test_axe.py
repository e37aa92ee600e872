"""Whether everybody can use it, as far as axe-core can tell: every tab and fold, light and dark, desk and phone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import World
from tests.e2e.test_app import click_at, run, upload, write
from tests.e2e.test_feel import DESK, PHONE
from tests.e2e.test_phone import ASKED, FOLDS, TABS, open_tab
from vb_demo.generators import Generator

pytestmark = pytest.mark.e2e

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}

GRADIO = {"exclude": [[".empty[aria-label]"], [".download-link"]]}
"""Not ours to mend: a label on a frame without a role while it holds no picture, and a button inside a link."""
CALM = "!document.querySelector('.pending') && document.getAnimations().every(each => each.playState !== 'running')"
"""Nothing fades: Gradio pales what is about to change."""


def found(page: Page) -> Iterator[str]:
    """Each violation: which rule, why, and the element."""
    page.wait_for_function(CALM)
    for rule in Axe().run(page, GRADIO, RULES).response["violations"]:
        for node in rule["nodes"]:
            yield f"{rule['id']}: {node['failureSummary'].splitlines()[-1].strip()} {node['html'][:160]}"


@pytest.mark.parametrize("page", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(
    page: Page, theme: str, serve: Callable[[Generator], str], painter: Generator, world: World, tmp_path: Path
) -> None:
    page.emulate_media(reduced_motion="reduce")  # nothing is judged while it fades in
    page.goto(f"{serve(painter)}?__theme={theme}")
    expect(page.locator("#status")).to_contain_text("Add a photo")
    problems = {"at first": list(found(page))}
    path = tmp_path / "world.png"
    world.photo.pil.save(path)
    upload(page, path)
    expect(page.locator("#status")).to_contain_text("is ready")
    for title, words in ASKED.items():
        write(page, words)
        run(page, title)
    click_at(page, "overlay", 0.5, 0.9)
    expect(page.locator("#readout section")).to_have_count(1)
    for title, sign in TABS.items():
        open_tab(page, title)
        expect(page.locator(sign).first).to_be_visible()
        problems[title] = list(found(page))
    for title in FOLDS:
        page.get_by_role("button", name=title).click()
    problems["folds"] = list(found(page))
    page.locator("[data-help]").click()
    expect(page.locator("#help")).to_be_visible()
    problems["help"] = list(found(page))
    assert not any(problems.values()), json.dumps(problems, indent=1)
