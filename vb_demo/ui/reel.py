"""Several photos, or the frames of a film, of which one is on screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from vb_demo.answers import Answer, DepthMap
from vb_demo.cloud import depth_colors, depth_range
from vb_demo.errors import InputError
from vb_demo.film import animated, open_frames
from vb_demo.layers import layers_of
from vb_demo.scene import Scene
from vb_demo.ui.session import Fresh, Session, showing, with_answers, with_fov

FRAME_PIXELS = 400_000
"""Larger frames are brought down to this: there are many of them, and their answers stay in memory."""
FILM_WIDTH = 400
"""Pixels of the photo in `film`, and of what was read beside it."""


class Reel:
    """A visitor's row of photos. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sessions: tuple[Session, ...] = ()

    def __deepcopy__(self, memo: Any) -> Reel:
        return Reel()  # Gradio copies it for each visitor, and a lock cannot be copied

    @property
    def sessions(self) -> tuple[Session, ...]:
        return self._sessions

    def open(self, paths: Sequence[str | Path]) -> Session:
        """Start over with these files; the first photo. Raises InputError, and leaves all as it is."""
        photos = open_frames(paths, max_pixels=FRAME_PIXELS)
        sessions = tuple(Session(Scene(p), original_size=p.size, camera=p.camera) for p in photos)
        with self._lock:
            self._sessions = sessions
        return sessions[0]

    def join(self, fresh: Sequence[Fresh]) -> None:
        """Answers join the photos that they are about."""
        with self._lock:
            self._sessions = tuple(with_answers(each, fresh) for each in self._sessions)

    def take(self, number: int, session: Session) -> Session:
        """Put another one on screen.

        What was on screen is kept. Its pins and a camera that a person has set go along, and the same kind of answer.
        """
        with self._lock:
            self._sessions = tuple(session if same_photo(each, session) else each for each in self._sessions)
            taken = self._sessions[number]
        if alike(taken, session) and not taken.pins:
            taken = replace(taken, pins=session.pins)
        return showing(at_camera_of(session, taken), session.shown)

    @property
    def answers(self) -> list[Answer]:
        """What there is about any of the photos."""
        return [answer for each in self._sessions if each.scene for answer in each.scene.answers.values()]

    def all(self, session: Session) -> tuple[Session, ...]:
        """The one on screen as it is there, the others seen by the camera that a person has set for it."""
        return tuple(session if same_photo(each, session) else at_camera_of(session, each) for each in self._sessions)


def same_photo(one: Session, other: Session) -> bool:
    return one.scene is not None and other.scene is not None and one.scene.photo.pixels is other.scene.photo.pixels


def alike(one: Session, other: Session) -> bool:
    """Whether both photos have the same size, as those of a film have."""
    return one.scene is not None and other.scene is not None and one.scene.photo.size == other.scene.photo.size


def at_camera_of(session: Session, other: Session) -> Session:
    """The other one, seen by the session's camera if a person has set that and the photos are alike."""
    if session.scene is None or session.scene.photo.camera.source != "user" or not alike(session, other):
        return other
    return with_fov(other, session.scene.photo.camera.hfov)


def film(sessions: Sequence[Session], shown: str) -> bytes:
    """Photos that have an answer of this kind and what was read, side by side, one after the other: moving WebP.

    The colours of depth stand for the same metres all the way.

    Raises:
        InputError: none of them has.
    """
    scenes = [each.scene for each in sessions if each.scene is not None and shown in each.scene.answers]
    if not scenes:
        raise InputError("There is nothing to play yet: run a question on all of them first.")
    depths = [depth.meters for scene in scenes if isinstance(depth := scene.answers[shown], DepthMap)]
    reach = depth_range(np.concatenate([meters.ravel() for meters in depths])) if depths else None
    return animated([_side_by_side(scene, shown, reach) for scene in scenes])


def _side_by_side(scene: Scene, shown: str, reach: tuple[float, float] | None) -> Any:
    answer = scene.answers[shown]
    if isinstance(answer, DepthMap):
        read = Image.fromarray(depth_colors(answer.meters, reach))
    else:
        found = layers_of(answer, scene.photo)
        read = (found.get("decoded") or found["overlay"]).picture
    size = FILM_WIDTH, max(1, round(FILM_WIDTH * scene.photo.height / scene.photo.width))
    pictures = [each.resize(size, Image.Resampling.LANCZOS) for each in (scene.photo.pil, read)]
    return np.concatenate([np.asarray(each) for each in pictures], axis=1)
