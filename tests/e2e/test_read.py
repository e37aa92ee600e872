"""Reading the answers in a real browser: hovering, pinning, measuring, comparing, checking, setting the scale.

The generator knows the world that it paints, so what is read is known, too. The photo is that world's; the page assumes
60° for its camera, and so does `reading`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import HEIGHT, WIDTH, World
from tests.e2e.conftest import SCREENSHOTS
from vb_demo.answers import DepthMap, SegmentMap
from vb_demo.codecs import to_uint8
from vb_demo.codecs.depth import encode
from vb_demo.colors import Color
from vb_demo.flow import decode
from vb_demo.generators import Generator
from vb_demo.images import open_photo
from vb_demo.prompts import Entry, Legend
from vb_demo.scene import Scene
from vb_demo.ui.panels import camera, hover, objects
from vb_demo.ui.panels.hover import grids
from vb_demo.ui.session import Session

pytestmark = pytest.mark.e2e

LEGEND = "The floor is orange. The wall is #4080c0. The ball is green. The background is black."
ASKED = {"Depth": "depth", "Normals": "normals", "Segments": LEGEND}
DESK = {"viewport": {"width": 1400, "height": 1000}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FLOOR = ((0.2, 0.9), (0.8, 0.9), (0.7, 0.98), (0.3, 0.98))
WALL = ((0.18, 0.47), (0.4, 0.47), (0.4, 0.52), (0.18, 0.52))


@pytest.fixture
def scene(world: World) -> Scene:
    """What the page knows, with its camera."""
    photo = open_photo(world.photo.pil)
    return Scene(photo, depth=decode(to_uint8(encode(world.depth)), "depth", photo=photo))  # type: ignore[arg-type]


@pytest.fixture
def visit(
    page: Page, serve: Callable[[Generator], str], painter: Generator, world: World, tmp_path: Path
) -> Callable[..., Page]:
    """Opens the page with a photo, and answers to it."""
    path = tmp_path / "world.png"
    world.photo.pil.save(path)

    def open_page(*titles: str, theme: str = "light") -> Page:
        page.goto(f"{serve(painter)}?__theme={theme}")
        expect(page.locator("#status")).to_contain_text("Add a photo")
        page.locator("#photo input[type=file]").set_input_files(path)
        expect(page.locator("#status")).to_contain_text("is ready")
        for title in titles:
            page.locator("#prompt textarea").fill(ASKED[title])
            page.locator("#run").click()
            expect(page.locator("#status")).to_contain_text(f"{title} painted by")
            expect(page.locator("#run")).to_be_enabled()
        return page

    return open_page


def spot(page: Page, across: float, down: float, picture: str = "overlay") -> tuple[float, float]:
    """Where a place of a picture is on screen, once the page has come to rest: what arrives above it moves it."""
    expect(page.locator(f"#{picture} img")).to_have_js_property("complete", True)
    before = box = None
    while before is None or box != before:
        page.wait_for_timeout(150)
        page.locator(f"#{picture}").evaluate("element => element.scrollIntoView({ block: 'center' })")
        before, box = box, page.locator(f"#{picture} img").evaluate("img => window.vb.shownBox(img)")
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def come_to_rest(page: Page, sent: list[str]) -> None:
    """Until the page asks for nothing any more: on a slow machine, what follows an answer comes late."""
    before = -1
    while before != len(sent):
        before = len(sent)
        page.wait_for_timeout(1500)
    sent.clear()


def tap(page: Page, across: float, down: float, picture: str = "overlay") -> None:
    place = spot(page, across, down, picture)
    if page.evaluate("navigator.maxTouchPoints") > 0:
        page.touchscreen.tap(*place)
    else:
        page.mouse.click(*place)


def place(x: int, y: int) -> tuple[float, float]:
    return (x + 0.5) / WIDTH, (y + 0.5) / HEIGHT


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"e2e_read_{name}.png", full_page=True)


def away(scene: Scene, x: int, y: int) -> str:
    return f"{scene.distance_at(x, y).value:.2f} m"


def test_the_pointer_says_where_there_is_no_answer(browser: Browser, scene: Scene, world: World) -> None:
    depth, photo = scene.depth, replace(scene.photo, valid=np.ones((HEIGHT, WIDTH), bool))
    assert isinstance(depth, DepthMap)
    photo.valid[:, :10] = False
    depth.meters[:, 10:20], depth.reliability[:, 10:30] = np.nan, 0
    depth.reliability[:, 30:40] = 0.5
    session = Session(Scene(photo, depth, segments=decode(to_uint8(encode(world.depth)), LEGEND, photo=photo)))
    session.scene.segments.labels[:], session.scene.segments.reliability[:] = 0, 1
    alone = replace(session, scene=Scene(photo, depth))
    tab = browser.new_page()

    def read(session: Session, x: int) -> list[str]:
        tab.set_content(f'<div id="grids">{grids(session)}</div>{camera.card(session)}')
        tab.add_script_tag(path=hover.__file__.replace(".py", ".js"))
        tab.evaluate("vb.whenChanged.at(-1)()")
        return tab.evaluate("place => vb.read(place)", place(x, 68))

    assert read(session, 4) == ["no answer", "(4, 68)"]
    assert read(alone, 14) == ["no answer", "(14, 68)"]
    assert read(alone, 24)[1:] == ["not reliable", "(24, 68)"]
    assert read(session, 24)[1:] == ["background", "not reliable", "(24, 68)"]
    assert read(session, 34)[1:] == ["background", "at least 50% reliable", "(34, 68)"]
    tab.close()


def test_a_long_name_leaves_room_for_its_numbers(browser: Browser, scene: Scene) -> None:
    photo, everywhere = scene.photo, np.ones((HEIGHT, WIDTH), np.int32)
    legend = Legend((Entry("rug " * 40 + "end", Color(1, 2, 3)),))
    segments = SegmentMap(everywhere, legend, everywhere.astype(np.float32), photo.pixels)
    tab = browser.new_page()
    tab.set_content(objects.card(Session(Scene(photo, segments=segments))))
    tab.add_style_tag(path=objects.__file__.replace(".py", ".css"))
    name = tab.locator("td button")
    expect(name).to_have_text(legend.names[1])
    expect(name).to_have_attribute("title", f"{legend.names[1]}: pin its middle")
    box = name.bounding_box()
    assert box is not None
    assert 100 < box["width"] < 300
    tab.close()


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_the_pointer_reads_without_asking_the_server(visit: Callable[..., Page], scene: Scene) -> None:
    page = visit(*ASKED)
    expect(page.locator("#grids [data-parts]")).to_have_attribute("data-parts", re.compile("segments"))
    live = page.locator("#live")
    for picture in ("overlay", "painting"):
        page.mouse.move(*spot(page, *place(50, 68), picture))
        expect(live).to_contain_text(away(scene, 50, 68))
        for words in ("floor", "faces up", "100% reliable", "(50, 68)"):
            expect(live).to_contain_text(words)
        expect(page.locator(f"#{picture} .vb-tip")).to_contain_text(away(scene, 50, 68))
    box = page.locator("#overlay img").bounding_box()
    assert box is not None
    assert box["width"] > 400  # small pictures are enlarged

    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    # A slow page may still fetch something at any moment; what pointing asks for, it would ask for every time.
    for _ in range(4):
        come_to_rest(page, sent)
        for x in range(20, 80, 6):
            page.mouse.move(*spot(page, *place(x, 68)))
            expect(live).to_contain_text(f"({x}, 68)")
        page.mouse.move(*spot(page, *place(48, 2)))
        expect(live).to_contain_text("sky")
        if not sent:
            break
    assert sent == []


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_the_keyboard_reads_and_pins(visit: Callable[..., Page]) -> None:
    page = visit("Depth")
    page.locator("#overlay").focus()
    page.keyboard.press("ArrowDown")
    live = page.locator("#live")
    expect(live).to_have_attribute("aria-live", "polite")
    first = live.inner_text()
    page.keyboard.press("Shift+ArrowRight")
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    expect(live).not_to_have_text(first)
    pixel = re.search(r"\((\d+), (\d+)\)", live.inner_text())
    assert pixel is not None
    page.keyboard.press("Enter")
    expect(page.locator("#readout tbody tr")).to_contain_text(pixel[0])


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_pins_are_listed_chosen_explained_and_removed(visit: Callable[..., Page], scene: Scene) -> None:
    page = visit(*ASKED)
    pixels = ((50, 68), (66, 68), (48, 2))
    rows = page.locator("#readout tbody tr")
    for count, pixel in enumerate(pixels, start=1):
        tap(page, *place(*pixel))
        expect(rows).to_have_count(count)
    expect(rows.nth(0)).to_contain_text(away(scene, 50, 68))
    expect(rows.nth(2)).to_contain_text("sky")
    expect(page.locator("#overlay .vb-number")).to_have_text(["1", "2", "3"])
    expect(page.locator("#why")).to_contain_text("It says sky.")

    page.get_by_role("button", name="Look at pin 2").click()
    page.get_by_role("button", name="Look at pin 1").click()
    why = page.locator("#why")
    for words in ("faces up", "It says floor", "One level of colour", "#80ff80", "painted", "read as"):
        expect(why).to_contain_text(words)
    between = f"{scene.distance_between((50, 68), (66, 68)).value:.2f} m apart"
    expect(page.locator("#measure")).to_contain_text(between)
    expect(page.get_by_role("button", name="Look at pin 1")).to_be_focused()
    shoot(page, "pins")

    page.get_by_role("button", name="Remove pin 3").click()
    expect(rows).to_have_count(2)
    page.locator("#clear-marks").click()
    expect(rows).to_have_count(0)
    expect(page.locator("#overlay .vb-number")).to_have_count(0)


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_a_path_and_a_height_are_measured(visit: Callable[..., Page]) -> None:
    page = visit("Depth", "Segments")
    measure, modes = page.locator("#measure"), page.locator("#mode label")
    modes.filter(has_text="Path").click()
    for pixel in ((30, 69), (50, 69), (50, 64)):
        tap(page, *place(*pixel))
    expect(measure).to_contain_text("through 3 pins")
    expect(page.locator("#overlay .vb-length")).to_have_count(2)
    modes.filter(has_text="Height").click()
    expect(measure).to_contain_text("in height")
    expect(measure).to_contain_text(re.compile(r"floor: \d\.\d\d m high"))


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_a_line_is_dragged_around_one_surface_and_clicked_around_another(visit: Callable[..., Page]) -> None:
    page = visit("Depth")
    measure, modes = page.locator("#measure"), page.locator("#mode label")
    modes.filter(has_text="Area").click()
    expect(page.locator("[data-draws=outline]")).to_be_visible()
    tap(page, *WALL[0])  # a stray click is in nobody's way
    page.mouse.move(*spot(page, *FLOOR[0]))
    page.mouse.down()
    for corner in FLOOR[1:]:
        page.mouse.move(*spot(page, *corner), steps=5)
    page.mouse.up()
    expect(measure).to_contain_text("m²")
    expect(measure).to_contain_text(re.compile(r"tilt [0-3]°"))
    expect(page.locator("#readout tbody tr")).to_have_count(0)

    modes.filter(has_text="Angle").click()
    expect(measure).to_contain_text("second surface")
    for corner in (*WALL, WALL[0]):
        tap(page, *corner)
    expect(measure).to_contain_text(re.compile(r"(8[6-9]|90)° between A and B"))
    expect(page.locator("#overlay polygon.vb-over")).to_have_count(2)
    shoot(page, "angle")

    for leave in (page.locator("#clear-marks"), modes.filter(has_text="Distance")):
        tap(page, *WALL[0])
        assert page.evaluate("vb.sketch.line.length") == 1
        leave.click()
        page.wait_for_function("vb.sketch.line.length === 0")


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_two_layers_are_compared_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit(*ASKED)
    page.get_by_role("tab", name="Compare").click()
    figure = page.locator("#compare figure")
    expect(figure.locator("figcaption")).to_have_text("PhotoSegments: overlay")
    page.locator("#compare-left input").click()
    page.get_by_role("option", name="Normals: painting").click()
    expect(figure.locator("figcaption")).to_have_text("Normals: paintingSegments: overlay")
    slider = figure.locator("input")
    slider.focus()
    page.keyboard.press("Home")
    expect(figure).to_have_attribute("style", re.compile(r"--share: 0%"))
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(figure).to_have_attribute("style", re.compile(r"--share: 2%"))
    shoot(page, "compare")


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_normals_check_the_depth_and_objects_are_pinned(visit: Callable[..., Page]) -> None:
    page = visit(*ASKED)
    page.get_by_role("tab", name="Check").click()
    check = page.locator("#check")
    expect(check).to_contain_text(re.compile(r"Painted normals and depth differ by \d+°"))
    expect(check.locator("img")).to_be_visible()
    shoot(page, "check")

    page.get_by_role("tab", name="Objects").click()
    rows = page.locator("#objects tbody tr")
    expect(rows).to_have_count(3)
    heading = page.get_by_role("columnheader", name="nearest (m)")
    for direction in ("ascending", "descending"):
        heading.get_by_role("button").click()
        expect(heading).to_have_attribute("aria-sort", direction)
        nearest = [float(cell) for cell in rows.locator("td:nth-child(4)").all_inner_texts()]
        assert nearest == sorted(nearest, reverse=direction == "descending")
    page.locator("#objects").get_by_role("button", name="wall").click()
    expect(page.locator("#readout tbody tr")).to_contain_text("wall")
    expect(page.get_by_role("tab", name="Pictures")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("page", [DESK], indirect=True)
def test_a_known_distance_sets_the_scale_and_the_camera_comes_back(visit: Callable[..., Page], scene: Scene) -> None:
    page = visit("Depth")
    tap(page, *place(50, 68))
    card = page.locator("#readout section")
    expect(card).to_contain_text(away(scene, 50, 68))
    page.get_by_text("Set the scale").click()
    page.locator("#scale-set").click()
    expect(page.locator("[data-testid=toast-body]").last).to_contain_text("at most 100,000 metres")
    page.locator("#scale-meters input").fill("5")
    page.locator("#scale-set").click()
    expect(card).to_contain_text("5.00 m")
    expect(page.locator("#scale")).to_contain_text("Scale from 1 known distance")
    page.mouse.move(*spot(page, *place(50, 68)))
    expect(page.locator("#live")).to_contain_text("5.00 m")
    shoot(page, "scale")
    page.locator("#scale-undo").click()
    expect(card).to_contain_text(away(scene, 50, 68))
    expect(page.locator("#live")).to_contain_text("Move over a picture")  # 5 metres are not true any more

    camera = page.locator("#camera")
    expect(camera).to_contain_text("(assumed), horizontal field of view 60°")
    page.locator("#fov input[type=number]").fill("100")
    page.locator("#fov input[type=number]").blur()
    expect(camera).to_contain_text("(user), horizontal field of view 100°")
    page.locator("#fov input[type=number]").fill("1000")
    page.locator("#fov input[type=number]").blur()
    expect(camera).to_contain_text("(user), horizontal field of view 150°")
    page.locator("#camera-reset").click()
    expect(camera).to_contain_text("(assumed), horizontal field of view 60°")
    expect(page.locator("#fov input[type=number]")).to_have_value("60")
    expect(page.locator("#camera-reset")).to_be_disabled()


@pytest.mark.parametrize("page", [PHONE], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_finger_reads_pins_and_outlines(visit: Callable[..., Page], scene: Scene, theme: str) -> None:
    page = visit(*ASKED, theme=theme)
    tap(page, *place(50, 66))
    row = page.locator("#readout tbody tr")
    expect(row).to_have_count(1)
    hit = re.search(r"\((\d+), (\d+)\)", row.inner_text())
    assert hit is not None
    x, y = int(hit[1]), int(hit[2])
    assert max(abs(x - 50), abs(y - 66)) <= 1  # a finger's place is a whole number of the screen's pixels
    expect(row).to_contain_text(away(scene, x, y))
    page.locator("#mode label", has_text="Area").click()
    expect(page.locator("[data-draws=outline]")).to_be_visible()
    for corner in (*FLOOR, FLOOR[0]):
        tap(page, *corner)
    expect(page.locator("#measure")).to_contain_text("m²")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shoot(page, f"phone_{theme}")
