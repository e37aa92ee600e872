"""A served app, and a browser that notices every request to another host."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from vb_demo.evaluation.browser import LOCAL, chromium, free_port
from vb_demo.generators import Dialect, Generator, OnStep, Painting, load_generator
from vb_demo.images import Photo

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
PATIENCE_MS = 60_000


@dataclass
class Slow:
    """A generator that takes its time over fifty steps."""

    inner: Generator
    steps_done: int = 0
    name: str = "slow"

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    def paint(
        self, photo: Photo, prompt: str, *, steps: int | None = None, seed: int = 0, on_step: OnStep | None = None
    ) -> Painting:
        def wait(step: int, total: int, pixels: NDArray) -> None:
            time.sleep(0.2)
            if on_step is not None:
                on_step(step, total, pixels)
            self.steps_done = step

        return self.inner.paint(photo, prompt, steps=50, seed=seed, on_step=wait)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine is late at times: what fails is tried once more, and the summary tells of it."""
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def shipped() -> Generator:
    """The generator that ships."""
    return load_generator("plantain")


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Generator], str]]:
    """Serves the app with a generator and returns its address."""
    from vb_demo.ui import launch

    apps = []

    def start(generator: Generator) -> str:
        port = free_port()
        apps.append(launch(port=port, open_browser=False, generator=generator, block=False))
        return f"http://127.0.0.1:{port}/"

    yield start
    for app in apps:
        app.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh visitor at a desk, or what `@pytest.mark.parametrize("page", [options], indirect=True)` says."""
    options = {"viewport": {"width": 1400, "height": 900}, **getattr(request, "param", {})}
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert asked
    assert [url for url in asked if (urlsplit(url).hostname or "") not in LOCAL] == []
    assert errors == [], json.dumps(errors)
