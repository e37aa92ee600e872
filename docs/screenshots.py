"""Takes the pictures of the documentation anew, from real runs of the app with the generator that ships.

make screenshots
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from vb_demo.evaluation.browser import chromium, free_port

ROOT = Path(__file__).parents[1]
DESK = {"viewport": {"width": 1400, "height": 1000}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PATIENCE_MS = 180_000
MAX_BYTES = 300_000
SCALES = (1.0, 0.85, 0.7, 0.6, 0.5, 0.4)


def everything(page: Page, example: str) -> None:
    """Take an example and have all of it painted now."""
    page.locator(".vb-examples button", has_text=example).click()
    status = page.locator("#status")
    expect(status).to_contain_text("is ready")
    page.locator("#everything").click()
    expect(status).to_contain_text("Segments painted by")  # the last of them
    expect(status).not_to_contain_text("painted before")
    expect(page.locator("#run")).to_be_enabled()
    page.locator("#shown label", has_text="Depth").click()
    expect(status).to_contain_text("Depth painted by")


def street(page: Page) -> None:
    """Read at two places."""
    everything(page, "Street")
    picture = page.locator("#overlay img")
    box = picture.bounding_box()
    assert box is not None
    for number, (across, down) in enumerate(((0.3, 0.8), (0.62, 0.5)), start=1):
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        expect(page.locator("#overlay .vb-pins circle")).to_have_count(number)


def presentation(page: Page) -> None:
    everything(page, "Room")
    page.locator("#shown label", has_text="Segments").click()
    expect(page.locator("#status")).to_contain_text("Segments painted by")
    page.keyboard.press("p")
    page.keyboard.press("d")


def space(page: Page) -> None:
    everything(page, "Table")
    page.get_by_role("tab", name="3D").click()
    expect(page.locator("#space canvas, #cloud canvas").first).to_be_visible()


def phone(page: Page) -> None:
    everything(page, "Tiger")
    page.evaluate("document.querySelector('#status').scrollIntoView()")


PICTURES: dict[str, tuple[dict[str, object], Callable[[Page], None]]] = {
    "assets/screenshot.png": (DESK, street),
    "docs/presentation.png": (DESK, presentation),
    "docs/space.png": (DESK, space),
    "docs/phone.png": (PHONE, phone),
}
"""File → (the visitor's device, what the visitor does)."""


def take(browser: Browser, url: str, options: dict[str, object], visit: Callable[[Page], None], file: Path) -> None:
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url}?__theme=light")
    expect(page.locator("#generator")).to_contain_text("Painted by")
    visit(page)
    page.wait_for_function("[...document.images].every((each) => each.complete)")
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.png"
        page.screenshot(path=raw, animations="disabled")
        shrink(raw, file)
    context.close()


def shrink(raw: Path, file: Path) -> None:
    """Write a PNG of at most `MAX_BYTES`: smaller where need be, but in its own colours, for these are the subject.

    Raises:
        ValueError: that cannot be.
    """
    with Image.open(raw) as shot:
        picture = shot.convert("RGB")
    for scale in SCALES:
        size = (round(picture.width * scale), round(picture.height * scale))
        picture.resize(size, Image.Resampling.LANCZOS).save(file, optimize=True)
        if file.stat().st_size <= MAX_BYTES:
            return
    raise ValueError(f"{file} has {file.stat().st_size:,} bytes; {MAX_BYTES:,} are allowed.")


def main() -> None:
    from vb_demo.generators import load_generator
    from vb_demo.ui import build, serve

    expect.set_options(timeout=PATIENCE_MS)
    port = free_port()
    app = serve(build(load_generator()), port=port, open_browser=False, block=False)
    with chromium() as browser:
        for name, (options, visit) in PICTURES.items():
            take(browser, f"http://127.0.0.1:{port}/", options, visit, ROOT / name)
            print(f"{name}: {(ROOT / name).stat().st_size:,} bytes", flush=True)
    app.close()


if __name__ == "__main__":
    main()
