"""What one visitor has looked at and asked so far. Values in, values out: a `Session` is never changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Flag, auto
from pathlib import Path
from typing import Any

from vb_demo.answers import Answer, Calibration, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.calibration import with_camera, with_depth
from vb_demo.errors import InputError
from vb_demo.flow import Register
from vb_demo.geometry import Camera
from vb_demo.images import Photo, fitted, open_photo
from vb_demo.recipe import Recipe
from vb_demo.scene import Scene

WORKING_PIXELS = 2_000_000
"""Larger photos are brought down to this: a visitor's answers stay in memory, 40 bytes a pixel."""
MAX_PINS = 20
MAX_STEPS = 50
MAX_VOTES = 9
SCREEN_SIDE = 1024
"""Pixels of the longer side of a picture on the page at most; the page enlarges small ones by itself."""

FIELDS: dict[type, str] = {
    DepthMap: "depth",
    RelativeDepthMap: "depth",
    NormalMap: "normals",
    SegmentMap: "segments",
    InstanceMap: "instances",
}
"""Where a scene keeps each kind of answer."""
TITLES = {"depth": "Depth", "normals": "Normals", "segments": "Segments", "instances": "Instances"}


class Part(Flag):
    """A part of a session: what an event changes, and what a view on the page depends on."""

    PHOTO = auto()
    CAMERA = auto()
    """What metres depend on: the camera, and the scale that was set, which is fitted to it."""
    ANSWERS = auto()
    SHOWN = auto()
    PINS = auto()
    """What was marked on the pictures: pins and outlines."""
    ALL = PHOTO | CAMERA | ANSWERS | SHOWN | PINS
    """A new photo: everything starts over."""


@dataclass(frozen=True)
class Asked:
    """What a generator was asked; the same asked again is painted the same."""

    words: str
    seed: int = 0
    steps: int = 0
    """0 = the generator's own number."""
    votes: int = 1
    register: Register = "off"
    """What is done about a painting that is shifted or zoomed."""
    calibrate_colors: bool = False
    """For a legend: whether drifted colours are brought back to it."""
    min_percent: float = 0.0
    """For a legend or things: percent of the picture below which they are ignored."""
    untold: bool = False
    """Whether the painter is told nothing of the camera, though it is known: as a recipe had it."""


@dataclass(frozen=True, eq=False)
class Session:
    """What one visitor has looked at and asked so far."""

    scene: Scene | None = None
    shown: str = ""
    """The answer on screen: "depth", "normals", "segments" or "instances"."""
    pins: tuple[tuple[int, int], ...] = ()
    """Places that were clicked on, (x, y) in the photo, the oldest first."""
    chosen: tuple[int, ...] = ()
    """Indices of the pins that were picked from their list; () = none was, and the last two count."""
    outlines: tuple[tuple[tuple[int, int], ...], ...] = ()
    """The last two closed lines that were drawn, each of corners (x, y) in the photo."""
    original_size: tuple[int, int] = (0, 0)
    """(width, height) of the photo as it was handed in."""
    camera: Camera | None = None
    """As the photo says or leaves it to be assumed, whatever a person has said since."""
    painted_before: frozenset[str] = frozenset()
    """The answers that were there before the visitor asked, by the same names as `shown`."""
    asked: Mapping[str, Asked] = field(default_factory=dict)
    """What each answer was asked with; one that was painted elsewhere is not in here."""
    recipe: Recipe | None = None
    """What is repeated, if it is about this photo."""

    @property
    def answer(self) -> Answer | None:
        return self.scene.answers.get(self.shown) if self.scene else None

    @property
    def pair(self) -> tuple[int, ...]:
        """Indices of the pins that are looked at, at most two, the one in question last."""
        return self.chosen or tuple(range(len(self.pins)))[-2:]


@dataclass(frozen=True, eq=False)
class Fresh:
    """An answer and the photo that it is about; by the time it is there, the visitor may look at another."""

    photo: Photo
    answer: Answer
    asked: Asked | None = None
    """None: it was painted elsewhere."""


def open_session(path: str | Path | None) -> Session:
    """Start over with a photo. Raises InputError if it is none."""
    if path is None:
        return Session()
    photo = open_photo(path)
    working = fitted(photo, WORKING_PIXELS)
    return Session(Scene(working), original_size=photo.size, camera=working.camera)


def with_fov(session: Session, degrees: float) -> Session:
    """The same answers seen by another camera: positions and lengths change, but for those that set the scale."""
    if session.scene is None:
        return session
    return replace(session, scene=with_camera(session.scene, session.scene.photo.with_fov(degrees).camera))


def with_own_camera(session: Session) -> Session:
    """Back to the camera that the photo speaks of, or that was assumed."""
    if session.scene is None or session.camera is None:
        return session
    return replace(session, scene=with_camera(session.scene, session.camera))


def with_scale(session: Session, calibration: Calibration | None) -> Session:
    """The depth at a scale that a person gave, `None` = as painted. Raises InputError where there is no depth."""
    if session.scene is None:
        return session
    if calibration is None:
        return replace(session, scene=session.scene.uncalibrated())
    scaled = session.scene.calibrated(calibration)
    return replace(session, scene=with_camera(scaled, scaled.photo.camera))  # it may come from another one


def with_answer(session: Session, fresh: Fresh | None) -> Session:
    """Add an answer and show it; a depth at the scale that was set before.

    One about a photo that is no longer there is dropped.
    """
    if fresh is None or session.scene is None or fresh.photo.pixels is not session.scene.photo.pixels:
        return session
    name = FIELDS[type(fresh.answer)]
    if isinstance(fresh.answer, DepthMap | RelativeDepthMap):
        scene = with_depth(session.scene, fresh.answer)
    else:
        answer: dict[str, Any] = {name: fresh.answer}
        scene = replace(session.scene, **answer)
    asked = {**session.asked, name: fresh.asked}
    known = {name: each for name, each in asked.items() if each is not None}
    return replace(
        session,
        scene=scene,
        shown=name,
        asked=known,
        painted_before=session.painted_before - {name},
    )


def with_answers(session: Session, fresh: Sequence[Fresh]) -> Session:
    """Add those answers of a run that have not joined yet, and show the last of them."""
    for each in fresh:
        if each.asked is None or session.asked.get(FIELDS[type(each.answer)]) is not each.asked:
            session = with_answer(session, each)
    return session


def showing(session: Session, name: str) -> Session:
    """Put another of the answers on screen."""
    if session.scene is None or name not in session.scene.answers:
        return session
    return replace(session, shown=name)


def screen_size(photo: Photo) -> tuple[int, int]:
    """(width, height) of the photo's pictures on the page."""
    scale = min(1.0, SCREEN_SIDE / max(photo.size))
    return max(1, round(photo.width * scale)), max(1, round(photo.height * scale))


def on_working_grid(session: Session, x: float, y: float) -> tuple[float, float]:
    """A place in the photo as it was handed in, in pixels of the photo as it is worked on.

    Raises InputError when it lies outside.
    """
    if session.scene is None:
        return x, y
    width, height = session.original_size
    if not (0 <= x < width and 0 <= y < height):
        allowed = f"x goes from 0 to {width - 1} and y from 0 to {height - 1}"
        raise InputError(f"The point ({x:g}, {y:g}) lies outside the photo; {allowed}.")
    shares = zip((x, y), session.scene.photo.size, session.original_size, strict=True)
    across, down = (place * working / original for place, working, original in shares)
    return across, down
