"""What the controls do: values in, values out, no Gradio. A visitor's `Session` is never changed in place."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vb_demo import flow, views
from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.errors import InputError
from vb_demo.export import zip_folder
from vb_demo.generators import Dialect, Generator
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.images import Photo, open_photo
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS, task_of
from vb_demo.ui.examples import Example

if TYPE_CHECKING:
    import plotly.graph_objects

WORKING_PIXELS = 2_000_000
"""Larger photos are brought down to this: a visitor's answers stay in memory, 40 bytes a pixel."""
SCREEN_SIDE = 1024
"""Pixels of the longer side of a picture on the page. The page never enlarges one, so small ones are enlarged here."""
FIGURE_HEIGHT = 560
LAYERS = ("Answer", "Reliability", "Photo")
COLORINGS = {"Photo": "photo", "Depth": "depth", "Normals": "normals", "Classes": "classes"}

FIELDS: dict[type, str] = {
    DepthMap: "depth",
    RelativeDepthMap: "depth",
    NormalMap: "normals",
    SegmentMap: "segments",
    InstanceMap: "instances",
}
"""Where a scene keeps each kind of answer."""
TITLES = {"depth": "Depth", "normals": "Normals", "segments": "Segments", "instances": "Instances"}


class Stopped(Exception):
    """The visitor pressed Cancel. `step` of `steps` had been painted."""

    def __init__(self, step: int, steps: int) -> None:
        super().__init__(f"stopped after step {step} of {steps}")
        self.step = step
        self.steps = steps


@dataclass(frozen=True, eq=False)
class Session:
    """What one visitor has looked at and asked so far."""

    scene: Scene | None = None
    shown: str = ""
    """The answer on screen: "depth", "normals", "segments" or "instances"."""
    pins: tuple[tuple[int, int], ...] = ()
    """The last two places clicked on, (x, y) in the photo, the older one first."""
    original_size: tuple[int, int] = (0, 0)
    """(width, height) of the photo as it was handed in."""

    @property
    def answer(self) -> Answer | None:
        return self.scene.answers.get(self.shown) if self.scene else None


@dataclass(frozen=True, eq=False)
class Fresh:
    """An answer and the photo that it is about; by the time it is there, the visitor may look at another."""

    photo: Photo
    answer: Answer


class Painter:
    """A generator that loads while the page is already up."""

    def __init__(self, load: Callable[[], Generator]) -> None:
        self._loading: Future[Generator] = ThreadPoolExecutor(1, "load-generator").submit(load)

    def get(self) -> Generator:
        """Wait for the generator. Raises what loading raised."""
        return self._loading.result()

    @property
    def dialect(self) -> Dialect:
        """Its own words once it is there, the paper's until then."""
        if self._loading.done() and self._loading.exception() is None:
            return self.get().dialect
        return PAPER_DIALECT


# --- photo and camera -----------------------------------------------------------------------------------------------


def open_session(path: str | Path | None) -> Session:
    """Start over with a photo. Raises InputError if it is none."""
    if path is None:
        return Session()
    photo = open_photo(path)
    return Session(Scene(fitted(photo)), original_size=photo.size)


def fitted(photo: Photo, max_pixels: int = WORKING_PIXELS) -> Photo:
    """The photo itself, or a smaller copy with at most `max_pixels`; the camera goes along."""
    scale = math.sqrt(max_pixels / (photo.width * photo.height))
    if scale >= 1:
        return photo
    size = (max(1, int(photo.width * scale)), max(1, int(photo.height * scale)))
    pixels = np.asarray(photo.pil.resize(size, Image.Resampling.LANCZOS))
    valid = np.asarray(Image.fromarray(photo.valid).resize(size, Image.Resampling.NEAREST))
    return replace(photo, pixels=pixels, valid=valid, camera=photo.camera.scaled(*size))


def with_fov(session: Session, degrees: float) -> Session:
    """The same answers seen by another camera: depths stay, positions and lengths change."""
    if session.scene is None:
        return session
    return replace(session, scene=replace(session.scene, photo=session.scene.photo.with_fov(degrees)))


# --- words ----------------------------------------------------------------------------------------------------------


def words_for(task: str, dialect: Dialect, example: Example | None = None) -> str:
    """What stands in the prompt box when a task is chosen."""
    if task == "instances":  # one phrase for all generators; `flow.ask` takes the kind of thing out of it
        return TASKS[task].wording.words.replace("{of}", example.kind if example else "chair")
    if task == "segment" and example:
        return example.words
    return dialect.get(task, TASKS[task].wording).words


def understood(words: str, dialect: Dialect) -> str:
    """The name of the task that words ask for; a generator's own words mean their task, whatever they are.

    Raises:
        InputError: they are empty, or ask for nothing that can be painted.
    """
    for name, wording in dialect.items():
        if words.strip() == wording.words.strip():
            return name
    return task_of(words).name


# --- asking ---------------------------------------------------------------------------------------------------------


def check(session: Session, words: str, dialect: Dialect) -> str:
    """The task that will run. Raises InputError where there is nothing to run."""
    if session.scene is None:
        raise InputError("There is no photo yet. Upload one, paste one, or take one of the examples.")
    return understood(words, dialect)


def ask(
    session: Session,
    words: str,
    generator: Generator,
    *,
    steps: int = 0,
    seed: int = 0,
    stop: threading.Event | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Fresh:
    """Have the words painted and read the painting.

    Args:
        steps: 0 = the generator's own number.
        stop: once set, the painting ends before its next step.

    Raises:
        InputError: see `check` and `flow.ask`.
        Stopped: `stop` was set.
    """
    task = check(session, words, generator.dialect)
    assert session.scene is not None

    def on_step(step: int, total: int, painting: Any) -> None:
        if stop is not None and stop.is_set():
            raise Stopped(step, total)
        if on_progress is not None:
            on_progress(step, total)

    if stop is not None and stop.is_set():
        raise Stopped(0, steps)
    photo = session.scene.photo
    answer = flow.ask(
        photo, task, prompt=words, generator=generator, steps=steps or None, seed=int(seed), on_step=on_step
    )
    return Fresh(photo, answer)


def decode(
    session: Session, painting: str | Path | None, words: str, dialect: Dialect, encoding: str | None = None
) -> Fresh:
    """Read a picture that was painted somewhere else about the photo. Raises InputError.

    Args:
        encoding: a key of `flow.READERS`, instead of the task's own.
    """
    task = check(session, words, dialect)
    assert session.scene is not None
    if painting is None:
        raise InputError("There is no painting yet. Add the picture that a generator painted about the photo.")
    photo = session.scene.photo
    return Fresh(photo, flow.decode(painting, task, prompt=words, photo=photo, encoding=encoding))


def with_answer(session: Session, fresh: Fresh | None) -> Session:
    """Add an answer and show it. One about a photo that is no longer there is dropped."""
    if fresh is None or session.scene is None or fresh.photo.pixels is not session.scene.photo.pixels:
        return session
    name = FIELDS[type(fresh.answer)]
    answer: dict[str, Any] = {name: fresh.answer}
    return replace(session, scene=replace(session.scene, **answer), shown=name)


def showing(session: Session, name: str) -> Session:
    """Put another of the answers on screen."""
    if session.scene is None or name not in session.scene.answers:
        return session
    return replace(session, shown=name)


# --- looking --------------------------------------------------------------------------------------------------------


def screen_size(photo: Photo) -> tuple[int, int]:
    """(width, height) of the photo's pictures on the page."""
    scale = SCREEN_SIDE / max(photo.size)
    return max(1, round(photo.width * scale)), max(1, round(photo.height * scale))


def pictures(session: Session, layer: str) -> tuple[Image.Image | None, Image.Image | None]:
    """The painting, and beside it what `layer` says; both at `screen_size`. `None` = nothing to show."""
    if session.scene is None:
        return None, None
    photo = session.scene.photo
    size = screen_size(photo)
    answer = session.answer
    if answer is None:
        return None, photo.pil.resize(size, Image.Resampling.LANCZOS)
    painting = Image.fromarray(answer.painting).resize(size, Image.Resampling.NEAREST)  # exact colours, to be read
    if layer == "Reliability":
        return painting, views.reliability_map(answer).resize(size, Image.Resampling.NEAREST)
    picture = photo.pil if layer == "Photo" else answer_view(photo, answer)
    return painting, picture.resize(size, Image.Resampling.LANCZOS)


def answer_view(photo: Photo, answer: Answer) -> Image.Image:
    """A decoded answer as a picture for people."""
    if isinstance(answer, SegmentMap | InstanceMap):
        return views.overlay(photo, answer)
    if isinstance(answer, NormalMap):
        return views.normals_preview(answer)
    return views.depth_preview(answer)


def pick(session: Session, index: tuple[int, int]) -> Session:
    """A click at (x, y) of a picture at `screen_size`: the third pin replaces the first."""
    if session.scene is None:
        return session
    photo = session.scene.photo
    width, height = screen_size(photo)
    x = min(int((index[0] + 0.5) * photo.width / width), photo.width - 1)
    y = min(int((index[1] + 0.5) * photo.height / height), photo.height - 1)
    return replace(session, pins=(*session.pins, (x, y))[-2:])


def figure(session: Session, coloring: str, points: int) -> tuple[plotly.graph_objects.Figure, int]:
    """The photo in space, and how many points there are. Raises InputError where something is missing for it."""
    if session.scene is None:
        raise InputError("There is no photo yet.")
    cloud = session.scene.point_cloud(COLORINGS[coloring])
    shown = views.cloud_figure(cloud, max_points=int(points))
    return shown.update_layout(height=FIGURE_HEIGHT), len(cloud)


def files(session: Session, folder: Path) -> tuple[Path, Mapping[str, Path]]:
    """Write everything to a folder: the zip beside it, and name → file."""
    if session.scene is None or not session.scene.answers:
        raise InputError("There is nothing to download yet; run a task first.")
    written = session.scene.export(folder, session.pins)
    return zip_folder(folder), written
