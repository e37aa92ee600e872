"""Asking, as a visitor does it: the colour plan, everything at once, progress, and paintings from elsewhere."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from tests.conftest import Painter, World
from tests.e2e.conftest import Slow
from tests.e2e.test_app import LEGEND, PHONE, THINGS, click_at, open_page, run, shoot, toast, upload, write
from tests.e2e.test_feel import FAINT, NAMELESS, SIDEWAYS
from vb_demo.codecs import to_uint8
from vb_demo.codecs.depth import encode_relative
from vb_demo.generators import Generator, rewriting
from vb_demo.generators.dialects import UNTUNED
from vb_demo.tasks import TASKS
from vb_demo.ui import launch
from vb_demo.ui.asking import next_seed
from vb_demo.ui.examples import FOLDER

pytestmark = pytest.mark.e2e

SMALLEST_TARGET = 24
"""CSS pixels, WCAG 2.2 target size (minimum)."""


@pytest.fixture
def url(serve: Callable[[Generator], str], painter: Generator) -> str:
    return serve(painter)


def open_photo(page: Page, url: str) -> None:
    open_page(page, url)
    upload(page, FOLDER / "room.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")


def target_sizes(page: Page) -> list[float]:
    """The shorter side of everything in the colour plan that can be pressed or typed into, in CSS pixels."""
    return page.locator("#plan :is(button, input)").evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect()).map(({width, height}) => Math.min(width, height))"
    )


def test_the_colour_plan_and_the_words_follow_each_other(page: Page, url: str) -> None:
    open_page(page, url)
    words, plan = page.locator("#prompt textarea"), page.locator("#plan")
    write(page, "Paint the cat orange, the dog #ffa800 and the background black.")
    cat, dog = plan.locator("[data-label='1']"), plan.locator("[data-label='2']")
    expect(cat.locator("[data-do=rename]")).to_have_value("cat")
    expect(plan.locator(".vb-warning")).to_contain_text("hard to tell apart")

    cat.locator("[data-do=rename]").fill("lion")
    cat.locator("[data-do=rename]").press("Enter")
    expect(words).to_have_value("Paint the lion orange, the dog #ffa800 and the background black.")
    dog.locator("[type=color]").fill("#0000ff")
    expect(words).to_have_value("Paint the lion orange, the dog blue and the background black.")
    expect(plan.locator(".vb-warning")).to_have_count(0)
    dog.locator("[data-do=rename]").fill("lion")
    dog.locator("[data-do=rename]").press("Enter")
    expect(plan.locator(".vb-warning")).to_contain_text("“lion” is in the legend already")
    expect(dog.locator("[data-do=rename]")).to_have_value("dog")

    plan.locator("[data-do=add]").fill("big lamp")
    plan.locator("[data-do=add]").press("Enter")
    expect(words).to_have_value(re.compile("the big lamp #?[a-z0-9]+ and"))
    expect(plan.locator("[data-do=add]")).to_be_focused()
    expect(plan.locator("[data-do=add]")).to_have_value("")
    cat.locator("[data-do=remove]").press("Enter")
    expect(words).not_to_have_value(re.compile("lion"))
    expect(cat.locator("[data-do=rename]")).to_have_value("dog")

    plan.get_by_role("button", name="JSON").click()
    expect(words).to_have_value(re.compile(r'^\{"dog": "#0000ff"'))
    expect(plan.get_by_role("button", name="JSON")).to_have_attribute("aria-pressed", "true")
    plan.get_by_role("button", name="Colour-blind safe").click()
    expect(words).not_to_have_value(re.compile("0000ff"))
    assert min(target_sizes(page)) >= SMALLEST_TARGET
    shoot(page, "ask_plan")


def test_words_that_cannot_be_read_are_selected_in_the_prompt(page: Page, url: str) -> None:
    open_page(page, url)
    write(page, "🐈 the cat is orange, the dog is blurple")
    page.locator("#plan").get_by_role("button", name="Select them").click()
    selected = page.evaluate("getSelection().toString()")
    assert selected == page.locator("#plan mark").inner_text() == "blurple"


def test_what_is_described_indirectly_gets_a_name_before_it_is_painted(
    page: Page, serve: Callable[[Generator], str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, note, words = page.locator("#query input"), page.locator("#rewritten"), page.locator("#prompt textarea")
    riddle = "what the sun never leaves"
    painter = Painter(world)
    open_photo(page, serve(painter))
    page.get_by_text("Describe it indirectly").click()
    query.fill(riddle)
    page.locator("#rewrite").click()
    expect(note).to_contain_text("The query goes out unchanged: no language model is at hand")
    expect(words).to_have_value(re.compile(f"Paint .*{riddle}.* red"))

    class ToyForCausalLM:
        pass

    painter.pipeline = SimpleNamespace(  # type: ignore[attr-defined]
        text_encoder=ToyForCausalLM(), tokenizer=None, _execution_device="cpu", maybe_free_model_hooks=lambda: None
    )
    monkeypatch.setattr(rewriting, "_answer", lambda *args: "box")
    write(page, "the floor is blue")
    expect(page.locator("#plan [data-do=rename]")).to_have_count(1)
    query.press("Enter")
    expect(note).to_contain_text(f"“{riddle}” → box.")
    expect(note).to_contain_text("Rewritten by painter's text encoder, which has not seen the photo.")
    expect(words).to_have_value(re.compile("Paint the floor .* and the box "))
    shoot(page, "ask_indirectly")
    assert painter.prompts == []  # nothing is painted before Run
    page.locator("#plan [data-do=rename]").nth(1).fill("wall")
    page.locator("#plan [data-do=rename]").nth(1).press("Enter")
    expect(words).to_have_value(re.compile("Paint the floor .* and the wall "))
    run(page, "Segments")
    assert "wall" in painter.prompts[-1]


def test_a_language_model_on_its_way_can_be_cancelled(
    page: Page, serve: Callable[[Generator], str], world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fetch_repo(name: str, on_download: Callable[[int, int], None]) -> None:
        for part in range(600):
            on_download(part * 2_000_000, 1_200_000_000)
            time.sleep(0.1)

    (tmp_path / "settings.toml").write_text('[rewriting]\nmodel = "owner/small"\n')
    monkeypatch.setenv("VB_DEMO_SETTINGS", str(tmp_path / "settings.toml"))
    monkeypatch.setattr(rewriting, "fetch_repo", fetch_repo)
    note, cancel = page.locator("#rewritten"), page.locator("#rewrite-cancel")
    open_photo(page, serve(Painter(world)))
    page.get_by_text("Describe it indirectly").click()
    expect(cancel).to_be_hidden()
    page.locator("#query input").fill("what the sun never leaves")
    page.locator("#rewrite").click()
    expect(note).to_contain_text("of 1,200 MB")
    write(page, "the floor is blue")
    run(page, "Segments")  # paintings do not wait for it
    expect(note).to_contain_text("of 1,200 MB")
    cancel.click()
    expect(note).to_contain_text("Cancelled; the prompt is as it was.")
    expect(cancel).to_be_hidden()
    expect(page.locator("#prompt textarea")).to_have_value("the floor is blue")


def test_a_picture_is_drawn_and_changed_and_becomes_the_photo(
    page: Page, serve: Callable[[Generator], str], world: World
) -> None:
    class Draws(Painter):
        """Turns photos upside down where no task is asked for, and draws the world."""

        edits = draws = True

        def _paint(self, prompt: str) -> NDArray[np.uint8]:
            return self.world.photo.pixels[::-1] if prompt == "turn it over" else super()._paint(prompt)

    painter = Draws(world)
    prompt, tasks = page.locator("#prompt textarea"), page.locator("#task")
    open_page(page, serve(Slow(painter)))
    for task in ("edit", "draw"):
        expect(tasks.locator(f"[value={task}]")).to_be_disabled()
        expect(page.locator(f"#{task}-panel")).to_be_hidden()
    expect(page.locator("#task-gaps")).to_have_text("slow has no words for Edit and Draw; flux2-klein-4b has.")
    shoot(page, "ask_draw_cannot")

    open_page(page, serve(painter))
    expect(tasks.locator("[value=draw]")).to_be_enabled()
    page.keyboard.press("6")
    expect(page.locator("#draw-words textarea")).to_be_visible()
    for other in ("#prompt", "#plan", "#run", "#edit-panel"):
        expect(page.locator(other)).to_be_hidden()
    expect(page.locator("#draw-take")).to_be_disabled()
    page.locator("#draw-words textarea").fill("a ball and a box")
    page.locator("#draw-words textarea").press("Control+Enter")
    expect(page.locator("#draw-progress")).to_contain_text("Painted by painter")
    expect(page.locator("#draw-progress")).to_contain_text("seed 0 · 1152 × 864 px · “a ball and a box”")
    expect(page.locator("#draw-picture img")).to_be_visible()
    expect(page.locator("#draw-cancel")).to_be_disabled()
    expect(page.locator("#status")).not_to_contain_text("is ready")
    assert page.evaluate(FAINT) == []
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(SIDEWAYS) == []
    shoot(page, "ask_draw")

    page.locator("#draw-take").click()
    expect(page.locator("#status")).to_contain_text("is ready")
    expect(page.locator("#photo img")).to_be_visible()
    expect(page.locator("#draw-panel")).to_be_hidden()
    expect(prompt).to_be_visible()
    run(page, "Depth")

    page.keyboard.press("5")
    page.locator("#edit-words textarea").fill("turn it over")
    page.locator("#edit").click()
    expect(page.locator("#edit-progress")).to_contain_text("“turn it over”")
    expect(page.locator("#status")).to_contain_text("Depth painted by")  # nothing was decoded
    shoot(page, "ask_edit")
    page.locator("#edit-take").click()
    expect(page.locator("#status")).to_contain_text("is ready")
    expect(tasks.locator("[value=depth]")).to_be_checked()
    assert [words for words in painter.prompts if words in ("turn it over", "a ball and a box")] == [
        "a ball and a box",
        "turn it over",
    ]


def test_everything_is_one_button(page: Page, url: str) -> None:
    open_photo(page, url)
    expect(page.locator("#scope")).to_contain_text("depth and normals. Give things colours")
    write(page, LEGEND)
    expect(page.locator("#scope")).to_contain_text("depth, normals and floor, wall, sky")
    page.locator("#everything").click()
    expect(page.locator("#shown label")).to_have_count(3)
    expect(page.locator("#status")).to_contain_text("Segments painted by")
    expect(page.locator("#run")).to_be_enabled()
    click_at(page, "overlay", 0.5, 0.9)
    expect(page.locator("#readout")).to_contain_text("direction")
    shoot(page, "ask_everything")


def test_a_painting_appears_while_it_is_painted_and_escape_stops_it(
    page: Page, serve: Callable[[Generator], str], painter: Generator
) -> None:
    slow = Slow(painter)
    open_photo(page, serve(slow))
    page.locator("#prompt textarea").press("Control+Enter")
    expect(page.locator("#progress")).to_contain_text(re.compile(r"Depth · step \d+ of 50 · about \d+ s left · seed 0"))
    expect(page.locator("#painting img")).to_be_visible()
    expect(page.locator("#run")).to_be_disabled()
    shoot(page, "ask_progress")
    page.keyboard.press("Escape")
    expect(toast(page)).to_contain_text("nothing was changed")
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#painting img")).to_have_count(0)
    page.get_by_role("tab", name="Pictures").press("Control+Enter")  # wherever the focus is
    expect(page.locator("#progress")).to_contain_text("Depth · step")
    page.keyboard.press("Escape")
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#progress")).not_to_contain_text("step")
    assert slow.steps_done < 50


def test_what_is_asked_instead_while_something_is_painted_can_be_cancelled(
    page: Page, serve: Callable[[Generator], str], painter: Generator
) -> None:
    open_photo(page, serve(Slow(painter)))
    words, progress = page.locator("#prompt textarea"), page.locator("#progress")
    words.press("Shift+Enter")
    expect(progress).to_contain_text("Depth · step")
    words.fill(TASKS["normals"].wording.words)
    words.press("Shift+Enter")
    expect(progress).to_contain_text("Normals · step")
    expect(toast(page)).to_contain_text("nothing was changed")
    page.wait_for_timeout(500)  # what the end of the first run sets, it has set by now
    for off in ("#run", "#everything"):
        expect(page.locator(off)).to_be_disabled()
    page.locator("#cancel").click()
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#cancel")).to_be_disabled()
    expect(progress).not_to_contain_text("step")


def test_escape_drops_an_unfinished_line_before_it_cancels_a_painting(
    page: Page, serve: Callable[[Generator], str], painter: Generator
) -> None:
    open_photo(page, serve(Slow(painter)))
    page.locator("#mode label", has_text="Area").click()
    page.locator("#run").click()
    expect(page.locator("#progress")).to_contain_text("step")
    line = page.locator("#overlay .vb-pins polyline")
    for across in (0.3, 0.6):
        click_at(page, "overlay", across, 0.8)
    expect(line).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(line).to_have_count(0)
    expect(page.locator("#cancel")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(toast(page)).to_contain_text("Cancelled")
    expect(page.locator("#run")).to_be_enabled()


def test_pins_that_are_put_while_answers_land_stay(page: Page, url: str) -> None:
    open_photo(page, url)
    run(page, "Depth")
    write(page, LEGEND)
    page.locator("#everything").click()
    for number in range(12):
        click_at(page, "overlay", 0.1 + 0.07 * number, 0.9)
        page.wait_for_timeout(100)
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#shown label")).to_have_count(3)
    expect(page.locator("#readout tbody tr")).to_have_count(12)


def test_cancelling_everything_keeps_what_is_finished(
    page: Page, serve: Callable[[Generator], str], painter: Generator
) -> None:
    open_photo(page, serve(Slow(painter)))
    page.locator("#everything").click()
    expect(page.locator("#progress")).to_contain_text(re.compile(r"Normals · 2 of 2 · step \d+"))
    expect(page.locator("#status")).to_contain_text("Depth painted by")
    page.locator("#cancel").click()
    expect(toast(page)).to_contain_text("what was finished before stays")
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#status")).to_contain_text("Depth painted by")
    expect(page.locator("#again")).to_be_enabled()


def test_who_waits_sees_the_place_in_the_queue(
    page: Page, serve: Callable[[Generator], str], painter: Generator
) -> None:
    url = serve(Slow(painter))
    open_photo(page, url)
    other = page.context.new_page()
    open_photo(other, url)
    page.locator("#run").click()
    expect(page.locator("#progress")).to_contain_text("step")
    other.locator("#run").click()
    expect(other.locator("#progress")).to_contain_text(re.compile(r"queue: 1/1"))
    shoot(other, "ask_queue")
    page.locator("#cancel").click()
    expect(other.locator("#progress")).to_contain_text("step")
    other.locator("#cancel").click()
    expect(other.locator("#run")).to_be_enabled()


def test_a_picture_can_be_cancelled_while_it_waits(
    page: Page, serve: Callable[[Generator], str], painter: Painter
) -> None:
    class SlowEditor(Slow):
        edits = True

    url = serve(SlowEditor(painter))
    open_photo(page, url)
    other = page.context.new_page()
    open_photo(other, url)
    other.keyboard.press("5")
    other.locator("#edit-words textarea").fill("make it rain")
    page.locator("#run").click()
    expect(page.locator("#progress")).to_contain_text("step")
    other.locator("#edit").click()
    expect(other.locator("#edit")).to_be_disabled()
    expect(other.locator("#edit-progress")).to_contain_text(re.compile(r"queue: 1/1"))
    other.locator("#edit-cancel").click()
    expect(other.locator("#edit-progress")).to_contain_text("Cancelled after step 0; nothing was painted.")
    expect(other.locator("#edit")).to_be_enabled()
    expect(other.locator("#edit-cancel")).to_be_disabled()
    assert "make it rain" not in painter.prompts


def test_again_and_another(page: Page, url: str, painter: Painter) -> None:
    open_photo(page, url)
    expect(page.locator("#again")).to_be_disabled()
    run(page, "Depth")
    expect(page.locator("#status")).to_contain_text("seed 0 ")
    write(page, LEGEND)  # what is on screen is asked again, not what is written
    page.locator("#another").click()
    expect(page.locator("#status")).to_contain_text(f"seed {next_seed(0)} ")
    expect(page.locator("#again")).to_be_enabled()
    asked = len(painter.prompts)
    page.locator("#again").click()
    while len(painter.prompts) == asked:  # too quick to see that Run is off meanwhile
        page.wait_for_timeout(50)
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#status")).to_contain_text(f"Depth painted by painter · 0.0 s · 1 step · seed {next_seed(0)} ")
    page.get_by_role("button", name="Advanced").click()
    expect(page.locator("#seed input")).to_have_value(str(next_seed(0)))


TYPED_AT_ONCE = """() => {
    [...document.querySelectorAll("button")].find((each) => each.textContent.trim() === "Advanced").click();
    const field = document.querySelector("#votes input[type=number]");
    field.value = 3;
    for (const event of ["input", "blur"]) field.dispatchEvent(new Event(event, { bubbles: event === "input" }));
}"""
"""Open the box and type into it, faster than any hand."""


def test_run_takes_the_settings_and_tells_what_was_found(page: Page, url: str) -> None:
    open_photo(page, url)
    write(page, f"{LEGEND} The dog is red.")
    expect(page.get_by_role("button", name="Advanced")).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#votes")).to_be_hidden()
    page.evaluate(TYPED_AT_ONCE)
    expect(page.locator("#votes")).to_be_visible()
    expect(page.locator("#votes input[type=range]")).to_have_value("3")
    page.locator("#register").get_by_label("correct").check()
    page.locator("#calibrate-colors input").check()
    run(page, "Segments")
    for found in ("3 votes", "painting lies on the photo", "The colours had drifted by 0", "not found: dog"):
        expect(page.locator("#status")).to_contain_text(found)
    shoot(page, "ask_advanced")
    page.get_by_role("button", name="Advanced").press("Enter")
    expect(page.locator("#votes")).to_be_hidden()
    page.get_by_role("tab", name="Objects").click()
    expect(page.locator("#objects")).to_contain_text("of the photo: dog.")

    write(page, THINGS)
    page.locator("#everything").click()
    expect(page.locator("#status")).to_contain_text("Instances painted by")
    expect(page.locator("#status")).to_contain_text("3 votes")


@pytest.mark.parametrize("page", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)
def test_a_painting_from_elsewhere_needs_no_generator(page: Page, world: World, tmp_path: Path) -> None:
    path = tmp_path / "painting.png"
    Image.fromarray(to_uint8(encode_relative(1 / world.depth))).save(path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = launch(port=port, open_browser=False, generator_name="there is none", block=False)
    try:
        open_photo(page, f"http://127.0.0.1:{port}/")
        page.get_by_text("Painted somewhere else?").click()
        copy = page.get_by_role("button", name="Copy prompt")
        copy.click()
        expect(page.locator("#handover button")).to_have_text("✓ Copied")
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#prompt textarea").input_value()
        expect(copy).to_be_visible()

        page.locator("#elsewhere-painter input").click()
        page.get_by_role("option", name="Any image editor").click()
        expect(page.locator("#handover p")).to_have_text(UNTUNED["depth"].words)
        expect(page.locator("#encoding input")).to_have_value("inverse-grey (usual for these words)")
        shoot(page, "ask_elsewhere")
        page.locator("#painting-file input[type=file]").set_input_files(path)
        expect(page.locator("#painting-file img")).to_be_visible()
        page.locator("#decode").click()
        expect(page.locator("#status")).to_contain_text("Depth painted by upload")
        expect(page.locator("#status")).to_contain_text("Turn this photo into a greyscale depth map")
        click_at(page, "overlay", 0.5, 0.9)
        expect(page.locator("#readout")).to_contain_text("relative, no metres")
        expect(page.locator("#again")).to_be_disabled()
    finally:
        app.close()


@pytest.mark.parametrize("page", [PHONE, {**PHONE, "color_scheme": "dark"}], indirect=True, ids=["light", "dark"])
def test_a_phone_asks_for_everything(page: Page, url: str, request: pytest.FixtureRequest) -> None:
    theme = request.node.callspec.id
    page.goto(f"{url}?__theme={theme}")
    upload(page, FOLDER / "room.jpg")
    expect(page.locator("#status")).to_contain_text("is ready")
    write(page, LEGEND)
    expect(page.locator("#plan [data-label='1'] [type=color]")).to_have_value("#ffa500")
    page.locator("#plan [data-do=distinct]").tap()
    expect(page.locator("#plan [data-label='1'] [type=color]")).not_to_have_value("#ffa500")
    assert min(target_sizes(page)) >= SMALLEST_TARGET
    page.locator("#everything").tap()
    expect(page.locator("#status")).to_contain_text("Segments painted by")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shoot(page, f"ask_phone_{theme}")
