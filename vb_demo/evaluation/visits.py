"""How long a visitor of the app waits for each thing, and what goes over the wire for it.

The app is served as always, and a browser does what a visitor does. The browser's clock runs from the press of a key
or button to the first frame in which the outcome is there. The server's time is that in which it worked on at least
one call of the page: what follows from an interaction is filled by several calls, some at once.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vb_demo.evaluation.browser import LOCAL, free_port

if TYPE_CHECKING:
    import gradio as gr
    from playwright.sync_api import Browser, Page

    from vb_demo.generators import Generator

PROMISED_MS = 100
"""What the server may take for an interaction for which nothing is painted."""
PATIENCE_MS = 180_000
QUIET_SECONDS = 0.3
"""Once neither the server nor the wire has been busy for so long, all that an interaction set off is over."""
PRESSES = ("pointerup", "keydown", "input", "change")
KINDS = {"html": "html", "javascript": "js", "css": "css", "font": "fonts", "image": "pictures"}
"""Part of a MIME type → what it counts as; everything else is "data"."""
CLOCK = """
window.bench = { interactive: null, took: null };
/** From the first of these events to the first frame in which what `sign` gives has changed and `ready` holds. */
bench.start = (events, sign, ready) => {
  const before = sign();
  let pressed = null;
  bench.took = null;
  for (const name of events) {
    addEventListener(name, (event) => (pressed ??= event.timeStamp), { capture: true, once: true });
  }
  const look = () => {
    if (pressed !== null && sign() !== before && ready()) bench.took = performance.now() - pressed;
    else requestAnimationFrame(look);
  };
  look();
};
const open = () => {
  const named = document.querySelector("#generator")?.textContent.includes("Painted by");
  if (named && document.querySelector("#run:enabled") && window.vb?.send) bench.interactive = performance.now();
  else requestAnimationFrame(open);
};
open();
"""
SHOWN = "document.querySelector('#overlay img')?.src"
LOADED = "document.querySelector('#overlay img')?.complete"
STATUS = "document.querySelector('#status').textContent"
PIECES = "document.querySelectorAll('{}').length"
TEXT = "document.querySelector('{}')?.textContent"


@dataclass(frozen=True)
class Row:
    """An interaction: once, or the medians of several visits."""

    work: str
    browser_ms: float
    """From the press to the outcome on screen."""
    server_ms: float
    """In which the server worked on at least one call; 0 = it was not asked."""
    cpu_ms: float
    """Processor time of the server's process, which also drives the browser."""
    received: int
    """Bytes that came back, headers included."""
    paints: bool
    """Whether the generator had to paint for it."""

    @property
    def late(self) -> bool:
        """It breaks the promise: nothing is painted for it, and yet the server takes longer than `PROMISED_MS`."""
        return not self.paints and self.server_ms > PROMISED_MS


@dataclass(frozen=True)
class Load:
    """Opening the page with an empty cache: medians over all visits."""

    interactive_ms: float
    """Until a press of a button has an effect."""
    first_paint_ms: float
    """Until something is on screen."""
    requests: int
    foreign: int
    """Requests to other hosts."""
    received: Mapping[str, int]
    """Kind → bytes over the wire, headers included."""


@dataclass(frozen=True)
class Report:
    visits: int
    load: Load
    rows: Sequence[Row]


class Calls:
    """When the server worked on the page's calls."""

    def __init__(self, app: gr.Blocks) -> None:
        self._spans: list[tuple[float, float]] = []
        self._running = 0
        inner = app.process_api

        async def timed(*args: Any, **kwargs: Any) -> dict[str, Any]:
            start = time.perf_counter()
            self._running += 1
            try:
                return await inner(*args, **kwargs)
            finally:
                self._running -= 1
                self._spans.append((start, time.perf_counter()))

        app.process_api = timed

    @property
    def last(self) -> float:
        """When it last did something, as `time.perf_counter` counts."""
        return time.perf_counter() if self._running else max((end for _, end in self._spans), default=0.0)

    def busy_ms(self, since: float) -> float:
        """In how many milliseconds since then at least one call was worked on."""
        busy, until = 0.0, since
        for start, end in sorted(self._spans):
            busy += max(0.0, end - max(start, until))
            until = max(until, end)
        return 1000 * busy


@dataclass
class Wire:
    """What a page has received so far."""

    page: Page
    received: Counter[str] = field(default_factory=Counter)
    """Kind → bytes."""
    requests: int = 0
    foreign: int = 0
    last: float = 0.0

    def __post_init__(self) -> None:
        kinds: dict[str, str] = {}
        packed: set[str] = set()
        sizes: Counter[str] = Counter()
        events = self.page.context.new_cdp_session(self.page)
        events.send("Network.enable")

        def asked(event: Mapping[str, Any]) -> None:
            url = urlsplit(event["request"]["url"])
            self.requests += url.scheme in ("http", "https")
            self.foreign += (url.hostname or "") not in LOCAL

        def answered(event: Mapping[str, Any]) -> None:
            response = event["response"]
            mime = response["mimeType"]
            if urlsplit(response["url"]).scheme in ("http", "https"):  # what is in the page itself crosses no wire
                kinds[event["requestId"]] = next((kind for part, kind in KINDS.items() if part in mime), "data")
            if any(name.lower() == "content-encoding" for name in response["headers"]):
                packed.add(event["requestId"])
            count(event["requestId"], response["encodedDataLength"])

        def arrived(event: Mapping[str, Any]) -> None:
            """A part; of what is sent as it is, Chromium tells the encoded length only in the end."""
            request = event["requestId"]
            count(request, event["encodedDataLength" if request in packed else "dataLength"])

        def finished(event: Mapping[str, Any]) -> None:
            request = event["requestId"]
            count(request, max(0, round(event["encodedDataLength"]) - sizes[request]))

        def count(request: str, size: int) -> None:
            if request in kinds:
                sizes[request] += size
                self.received[kinds[request]] += size
                self.last = time.perf_counter()

        events.on("Network.requestWillBeSent", asked)
        events.on("Network.responseReceived", answered)
        events.on("Network.dataReceived", arrived)
        events.on("Network.loadingFinished", finished)


class Visitor:
    """Does one thing after the other in a page, and takes its time."""

    def __init__(self, page: Page, calls: Calls) -> None:
        self.page = page
        self.done: list[Row] = []
        """What was timed so far."""
        self._calls = calls
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(CLOCK)
        self._wire = Wire(page)

    def open(self, url: str) -> Load:
        self.page.goto(url)
        self.page.wait_for_function("bench.interactive !== null")
        self.settle()
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        wire = self._wire
        return Load(
            self.page.evaluate("bench.interactive"),
            self.page.evaluate(paint),
            wire.requests,
            wire.foreign,
            dict(wire.received),
        )

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        while time.perf_counter() - max(self._calls.last, self._wire.last) < QUIET_SECONDS:
            self.page.wait_for_timeout(50)

    @contextmanager
    def timing(
        self, work: str, sign: str, ready: str = "true", *, paints: bool = False, events: Sequence[str] = PRESSES
    ) -> Iterator[None]:
        """Time what is done inside.

        Args:
            sign: an expression in JavaScript whose value changes when the outcome is on screen.
            ready: another one, which then has to hold.
            paints: see `Row`.
            events: with which the clock starts.
        """
        self.settle()
        before, start, cpu = self._wire.received.total(), time.perf_counter(), time.process_time()
        self.page.evaluate(f"bench.start({list(events)}, () => {sign}, () => {ready})")
        yield
        self.page.wait_for_function("bench.took !== null")
        took = self.page.evaluate("bench.took")
        self.settle()
        self.done.append(
            Row(
                work,
                took,
                self._calls.busy_ms(start),
                1000 * (time.process_time() - cpu),
                self._wire.received.total() - before,
                paints,
            )
        )

    def press(self, selector: str, text: str | None = None) -> None:
        self.page.locator(selector, has_text=text).first.click()

    def place(self, across: float, down: float) -> tuple[float, float]:
        """Where a place of the decoded picture is on screen."""
        self.page.evaluate("document.querySelector('#overlay').scrollIntoView({ block: 'center' })")
        box = self.page.evaluate("vb.shownBox(document.querySelector('#overlay img'))")
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def open_tab(self, title: str) -> None:
        self.page.get_by_role("tab", name=title).click()


def bench_app(
    browser: Browser, generator: Generator, visits: int = 3, on_visit: Callable[[int], None] = lambda number: None
) -> Report:
    """Serve the app with the generator that ships, and visit it.

    Args:
        visits: with an empty cache each; their medians count.
        on_visit: told the number of the visit that begins, from 1.
    """
    from vb_demo.ui import launch

    port = free_port()
    app = launch(port=port, open_browser=False, generator=generator, block=False)
    try:
        calls = Calls(app)
        for thread in threading.enumerate():
            if thread.name == "examples":  # what is shown at one click is being painted
                thread.join()
        loads, done = [], []
        for number in range(1, visits + 1):
            on_visit(number)
            context = browser.new_context(viewport={"width": 1400, "height": 1000})
            visitor = Visitor(context.new_page(), calls)
            loads.append(visitor.open(f"http://127.0.0.1:{port}/?__theme=light"))
            visit(visitor)
            context.close()
            done.append(visitor.done)
    finally:
        app.close()
    return Report(visits, _middle_load(loads), [_middle(same) for same in zip(*done, strict=True)])


def visit(visitor: Visitor) -> None:
    """All that is timed, in an order in which each thing leads to the next."""
    ask(visitor)
    read(visitor)
    walk_around(visitor)
    take_home(visitor)


def ask(visitor: Visitor) -> None:
    """An example, each task, a legend changed and painted anew, everything at once."""
    with visitor.timing("an example: its answers", SHOWN, f"{LOADED} && {STATUS}.includes('painted before')"):
        visitor.press(".vb-examples button", "Street")
    _run(visitor, "Depth")
    for task, title in (("Normals", "Normals"), ("Segment", "Segments")):
        with visitor.timing(f"choose the task {task}: its words", "document.querySelector('#prompt textarea').value"):
            visitor.press("#task label", task)
        _run(visitor, title)
    with visitor.timing(
        "recolour a name: words and plan", "document.querySelector('.vb-row code')?.textContent", events=("change",)
    ):
        visitor.page.locator(".vb-row input[type=color]").first.fill("#ff00ff")
    with visitor.timing("run the recoloured legend: overlay", SHOWN, LOADED, paints=True):
        visitor.press("#run")
    with visitor.timing("another layer: reliability", SHOWN, LOADED):
        visitor.press("#layer label", "Reliability")
    visitor.press("#layer label", "Answer")
    visitor.settle()
    visitor.press(".vb-examples button", "Room")
    visitor.settle()
    _run(visitor, "Segments", "#everything", "run everything")


def _run(visitor: Visitor, title: str, button: str = "#run", work: str = "") -> None:
    done = f"{STATUS}.includes('{title} painted by') && !{STATUS}.includes('painted before')"
    with visitor.timing(work or f"run {title.lower()}", STATUS, f"{LOADED} && {done}", paints=True):
        visitor.press(button)


def read(visitor: Visitor) -> None:
    """Hover, pin, measure, the camera, the scale, compare."""
    page = visitor.page
    page.mouse.move(*visitor.place(0.3, 0.6))
    place = visitor.place(0.6, 0.8)
    with visitor.timing("hover: the readout", TEXT.format("#live"), events=("pointermove",)):
        page.mouse.move(*place)
    for work, sign, place in (
        ("click: a pin", PIECES.format("#overlay .vb-number"), (0.5, 0.9)),
        ("a second pin: the distance between", TEXT.format("#measure"), (0.3, 0.7)),
    ):
        on_screen = visitor.place(*place)
        with visitor.timing(work, sign):
            page.mouse.click(*on_screen)
    page.locator("#fov input[type=range]").focus()
    with visitor.timing("the camera's slider: all numbers", TEXT.format("#readout")):
        page.keyboard.press("ArrowRight")
    visitor.press("#scale-panel button", "Set the scale")
    page.locator("#scale-meters input").fill("5")
    with visitor.timing("set the scale: all numbers", TEXT.format("#readout")):
        visitor.press("#scale-set")
    picture = "document.querySelector('#compare img:nth-of-type(2)')"
    with visitor.timing("open Compare", f"{picture}?.src", f"{picture}?.complete"):
        visitor.open_tab("Compare")
    visitor.press("#compare-right input")
    option = page.get_by_role("option", name="Normals: decoded")
    with visitor.timing(
        "compare with another layer", f"{picture}?.src", f"{picture}?.complete", events=("pointerdown",)
    ):
        option.click()


def walk_around(visitor: Visitor) -> None:
    """The 3D view: opened, recoloured, clicked."""
    page = visitor.page
    plot = "document.querySelector('.vb-space-plot')"
    pins = ".vb-space .vb-pins circle"
    with visitor.timing("open 3D", f"{plot}?.dataset.listens"):
        visitor.open_tab("3D")
    visitor.press("#coloring input")
    option = page.get_by_role("option", name="Depth: decoded")
    option.wait_for()
    with visitor.timing(
        "colour the points by depth", f"document.querySelector('{pins}')"
    ):  # drawn anew after the points
        option.click()
    box = page.locator(".vb-space-plot").bounding_box()
    assert box is not None
    with visitor.timing("click a point: a pin in both", PIECES.format(pins)):
        page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.9 * box["height"])


def take_home(visitor: Visitor) -> None:
    """The remaining tabs and the zip."""
    for title, sign in (
        ("Objects", "document.querySelector('#objects tbody')"),
        ("Check", "document.querySelector('#check img')"),
        ("Downloads", "document.querySelector('#zip')"),
    ):
        with visitor.timing(f"open {title}", sign):
            visitor.open_tab(title)
    start = time.perf_counter()
    with visitor.page.expect_download() as download:
        visitor.press("#zip")
    size = Path(download.value.path()).stat().st_size
    took = 1000 * (time.perf_counter() - start)
    visitor.done.append(Row("download the zip", took, 0.0, 0.0, size, paints=False))
    with visitor.timing("back to Pictures", "document.querySelector('#overlay img')?.offsetParent"):
        visitor.open_tab("Pictures")


def _middle(rows: Sequence[Row]) -> Row:
    return replace(
        rows[0],
        browser_ms=median(row.browser_ms for row in rows),
        server_ms=median(row.server_ms for row in rows),
        cpu_ms=median(row.cpu_ms for row in rows),
        received=round(median(row.received for row in rows)),
    )


def _middle_load(loads: Sequence[Load]) -> Load:
    kinds = sorted({kind for load in loads for kind in load.received})
    return Load(
        median(load.interactive_ms for load in loads),
        median(load.first_paint_ms for load in loads),
        round(median(load.requests for load in loads)),
        max(load.foreign for load in loads),
        {kind: round(median(load.received.get(kind, 0) for load in loads)) for kind in kinds},
    )


def table(report: Report) -> str:
    """The report as plain text."""
    load = report.load
    kinds = ", ".join(f"{kind} {size / 1000:,.0f}" for kind, size in load.received.items())
    lines = [
        f"Opening the page: {sum(load.received.values()) / 1000:,.0f} kB ({kinds}) in {load.requests} requests, "
        f"{load.foreign} to other hosts",
        f"on screen after {load.first_paint_ms:,.0f} ms, of use after {load.interactive_ms:,.0f} ms",
        "",
        f"{f'median of {report.visits} visits':<38}{'browser':>11}{'server':>11}{'its CPU':>11}{'received':>12}",
    ]
    for row in report.rows:
        line = f"{row.work:<38}{row.browser_ms:>8,.0f} ms"
        line += f"{row.server_ms:>8,.0f} ms{row.cpu_ms:>8,.0f} ms" if row.server_ms else f"{'–':>11}{'–':>11}"
        line += f"{row.received / 1000:>9,.1f} kB" if row.received else f"{'–':>12}"
        lines.append(line + ("  paints" if row.paints else f"  over {PROMISED_MS} ms" if row.late else ""))
    late = sum(row.late for row in report.rows)
    still = sum(not row.paints for row in report.rows)
    lines.append(f"\nOf {still} interactions without painting, {still - late} keep the server's {PROMISED_MS} ms.")
    return "\n".join(lines)
