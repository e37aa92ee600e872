"""How the app feels: the first answer, the switches, keys, focus, contrast, a phone, and what goes over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Painter as PaintingWorld
from tests.conftest import World
from tests.e2e.conftest import SCREENSHOTS
from vb_demo.generators import Generator
from vb_demo.ui.gallery import FIRST_TASKS

pytestmark = pytest.mark.e2e

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1400, "height": 1000}}
OUR_BYTES = 500_000
"""What styles, scripts and the page's own description may weigh; the rest is Gradio's."""


def script(name: str) -> str:
    """A question to the page, a function in JavaScript."""
    return (Path(__file__).parent / f"{name}.js").read_text("utf-8")


FAINT, NAMELESS, SIDEWAYS, FOCUSED = map(script, ("faint", "nameless", "sideways", "focused"))


@pytest.fixture(scope="module")
def url(serve: Callable[[Generator], str], shipped: Generator) -> str:
    return serve(shipped)


def open_page(page: Page, url: str, theme: str = "light") -> None:
    page.goto(f"{url}?__theme={theme}" if theme else url)
    expect(page.locator("#run")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("Add a photo")
    expect(page.locator("#generator")).to_contain_text("Painted by plantain")


def take_example(page: Page, title: str) -> None:
    """Its answers are there once the generator has painted them; until then there are those painted so far, or none."""
    for _ in range(60):
        page.locator(".vb-examples button", has_text=title).click()
        expect(page.locator("#status")).to_contain_text("is ready")
        if page.locator("#shown label").count() == len(FIRST_TASKS):
            return
        page.wait_for_timeout(1000)  # nothing on the page says that the examples are painted
    pytest.fail("The examples were never painted.")


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"feel_{name}.png")


@pytest.mark.parametrize("page", [DESK], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_click_brings_answers_that_can_be_read(page: Page, url: str, theme: str) -> None:
    open_page(page, url, theme)
    expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(1)  # those of the endpoints are not seen
    assert page.evaluate(FAINT) == []
    take_example(page, "Street")
    expect(page.locator("#painting img")).to_be_visible()
    expect(page.locator("#shown label")).to_have_text(["Depth", "Normals", "Segments"])
    expect(page.locator("#status")).to_contain_text("Depth painted by plantain")
    shoot(page, f"answer_{theme}")
    assert page.evaluate(FAINT) == []
    assert page.evaluate(NAMELESS) == []
    page.locator("#run").click()  # and now live
    expect(page.locator("#status")).not_to_contain_text("painted before")
    expect(page.locator("#status")).to_contain_text("Depth painted by plantain")
    page.locator("#shown label", has_text="Normals").click()
    expect(page.locator("#status")).to_contain_text("painted before")


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone_the_answers_of_an_example_come_into_sight(page: Page, url: str) -> None:
    open_page(page, url)
    take_example(page, "Street")
    expect(page.locator("#status")).to_be_in_viewport()
    expect(page.locator(".vb-examples button").first).not_to_be_in_viewport()


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_the_switches_are_remembered(page: Page, url: str) -> None:
    page.emulate_media(color_scheme="light")
    open_page(page, url, "")
    body, root = page.locator("body"), page.locator("html")
    presentation, dark = page.locator("[data-switch=presentation]"), page.locator("[data-switch=dark]")
    usual = page.locator("#prompt textarea").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    presentation.click()
    dark.click()
    expect(presentation).to_have_attribute("aria-pressed", "true")
    expect(dark).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Advanced", exact=True)).to_be_hidden()
    page.reload()
    expect(page.locator("#run")).to_be_visible()
    expect(presentation).to_have_attribute("aria-pressed", "true")
    assert "vb-presentation" in (root.get_attribute("class") or "")
    assert "dark" in (body.get_attribute("class") or "")
    large = page.locator("#prompt textarea").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert large >= 1.3 * usual
    take_example(page, "Room")
    shoot(page, "presentation_dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1400
    presentation.click()
    dark.click()
    expect(page.get_by_text("Advanced", exact=True)).to_be_visible()
    shoot(page, "answer_light_again")


def test_keys_work_unless_somebody_types(page: Page, url: str) -> None:
    open_page(page, url)
    chosen = page.locator("#task label.selected")
    for key, title in (("2", "Normals"), ("3", "Segment"), ("4", "Instances"), ("1", "Depth")):
        before = page.locator("#plan").inner_text()
        page.keyboard.press(key)
        expect(chosen).to_have_text(title)
        expect(page.locator("#plan")).not_to_have_text(before, use_inner_text=True)  # the words have followed
    page.keyboard.press("d")
    expect(page.locator("body")).to_have_class("dark")
    page.keyboard.press("p")
    expect(page.locator("html")).to_have_class("vb-presentation")
    page.keyboard.press("p")
    page.keyboard.press("d")
    page.keyboard.press("?")
    dialog = page.locator("#help")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("faces up")
    expect(dialog.locator("button")).to_be_focused()
    page.keyboard.press("3")  # what lies under it stays
    expect(chosen).to_have_text("Depth")
    shoot(page, "help")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    box = page.locator("#prompt textarea")
    box.fill("")
    box.press_sequentially("p2d? the cat is red")
    expect(box).to_have_value("p2d? the cat is red")
    expect(dialog).to_be_hidden()
    expect(page.locator("html")).not_to_have_class("vb-presentation")
    page.locator("[data-help]").click()
    page.mouse.click(5, 5)  # beside it
    expect(dialog).to_be_hidden()


def test_the_keyboard_alone_comes_to_an_answer(page: Page, url: str) -> None:
    open_page(page, url)
    page.keyboard.press("Tab")
    skip = page.locator(".vb-skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    order = []
    for _ in range(14):
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED))
        if order[-1] == "examples":
            break
    assert list(dict.fromkeys(order)) == ["header", "photo", "examples"]
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("room.jpg is ready")


@pytest.mark.parametrize("page", [{"viewport": {"width": 1366, "height": 768}}], indirect=True)
def test_run_is_in_sight_on_a_laptop(page: Page, url: str) -> None:
    open_page(page, url)
    expect(page.locator("#run")).to_be_in_viewport(ratio=0.9)
    shoot(page, "laptop")


@pytest.mark.parametrize("page", [{**PHONE, "reduced_motion": "reduce"}], indirect=True)
def test_a_phone_stacks_photo_question_answer(page: Page, url: str) -> None:
    open_page(page, url)
    run = page.locator("#run")
    expect(run).to_be_in_viewport(ratio=0.9)  # without scrolling
    shoot(page, "phone_start")
    take_example(page, "Tiger")
    tops = [
        page.locator(each).evaluate("each => each.getBoundingClientRect().top + scrollY")
        for each in ("#photo", "#task", "#status", "#painting", "#overlay", "#fov")
    ]
    assert tops == sorted(tops)
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#status").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#status').scrollIntoView()")
    shoot(page, "phone_answer")
    moving = page.evaluate("""() => [...document.querySelectorAll("*")].filter(
        (each) => Math.max(...getComputedStyle(each).transitionDuration.split(",").map(parseFloat)) > 0.01).length""")
    assert moving == 0


def test_another_generator_paints_only_what_is_asked(
    page: Page, serve: Callable[[Generator], str], world: World
) -> None:
    painter = PaintingWorld(world)
    page.goto(f"{serve(painter)}?__theme=light")
    expect(page.locator("#generator")).to_contain_text("Painted by painter")
    page.locator(".vb-examples button", has_text="Cat").click()
    expect(page.locator("#status")).to_contain_text("cat.jpg is ready. Choose")
    assert painter.prompts == []


def test_what_the_page_weighs(page: Page, url: str) -> None:
    """The fixture sees to it that nothing comes from another host."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))
    session.on(
        "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])})
    )
    open_page(page, url)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    weights = {name: sizes.get(number, 0) for number, name in names.items() if not name.startswith("data:")}
    ours = sum(size for name, size in weights.items() if "/assets/" not in name and "/static/" not in name)
    report = {
        "total_bytes": sum(weights.values()),
        "our_bytes": ours,
        "requests": len(weights),
        "first_contentful_paint_ms": paint,
        "heaviest": sorted(((size, Path(name).name[:60]) for name, size in weights.items()), reverse=True)[:8],
    }
    SCREENSHOTS.mkdir(exist_ok=True)
    (SCREENSHOTS / "weight.json").write_text(json.dumps(report, indent=2), "utf-8")
    assert 0 < ours <= OUR_BYTES, report
