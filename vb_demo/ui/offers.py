"""What a visitor may download: written when it is first asked for, removed when it can be asked for no longer.

Nothing is written for those who only look. The page has the links; who knows one may follow it, and nobody can guess
it. An `Offer` lives as long as the visitor's page shows it and something of it is still being sent.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from vb_demo.errors import InputError
from vb_demo.export import export, file_names, zip_folder
from vb_demo.scene import Scene
from vb_demo.ui.session import Session

ARCHIVE = "vb_demo.zip"
"""All files of an offer in one."""
ARCHIVE_OF_ROW = "vb_demo_frames.zip"
GONE = "This download is no longer there: the page has moved on, or was left for an hour. Open its Downloads tab again."


class _Served(ABC):
    """Files with addresses of their own."""

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(16)
        self._writing = threading.Lock()
        self._paths: dict[str, Path] = {}
        OFFERS[self._token] = self

    def url(self, name: str) -> str:
        """Where a file is served, or the archive; relative to the page."""
        return f"download/{self._token}/{quote(name)}"

    def path(self, name: str) -> Path:
        """A file, or the archive; all are written at the first call. Raises InputError where there is none."""
        with self._writing:
            if not self._paths:
                folder = Path(tempfile.mkdtemp(prefix="vb_demo_"))
                weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self._paths = self._write(folder)
        if name not in self._paths:
            raise InputError(f"{name!r} is not among the files; see the notes in result.json.")
        return self._paths[name]

    @abstractmethod
    def _write(self, folder: Path) -> dict[str, Path]: ...


class Offer(_Served):
    """The files of a scene, its pins, and the axes in which its normals are written.

    Raises InputError where nothing has been answered yet.
    """

    def __init__(self, scene: Scene | None, pins: Sequence[tuple[int, int]], axes: str) -> None:
        if scene is None or not scene.answers:
            raise InputError("There is nothing to download yet; run a task first.")
        self.scene, self.pins, self.axes = scene, pins, axes
        self.names = file_names(scene, pins)
        super().__init__()

    def holds(self, session: Session, axes: str) -> bool:
        """Whether it is still what a session would offer."""
        return self.scene is session.scene and (self.pins, self.axes) == (session.pins, axes)

    def _write(self, folder: Path) -> dict[str, Path]:
        files = folder / Path(ARCHIVE).stem
        return export(self.scene, files, self.pins, axes=self.axes) | {ARCHIVE: zip_folder(files)}


class RowOffer(_Served):
    """The files of several photos in one zip, a folder each: 01, 02, … as they stand in the row.

    Raises InputError where none has an answer yet; those without one are left out.
    """

    def __init__(self, sessions: Sequence[Session]) -> None:
        self.scenes = {
            number: (each.scene, each.pins)
            for number, each in enumerate(sessions, start=1)
            if each.scene is not None and each.scene.answers
        }
        if not self.scenes:
            raise InputError("There is nothing to download yet; run a question on all of them first.")
        super().__init__()

    def _write(self, folder: Path) -> dict[str, Path]:
        files = folder / Path(ARCHIVE_OF_ROW).stem
        for number, (scene, pins) in self.scenes.items():
            export(scene, files / f"{number:02}", pins)
        return {ARCHIVE_OF_ROW: zip_folder(files)}


OFFERS: weakref.WeakValueDictionary[str, _Served] = weakref.WeakValueDictionary()
"""Part of its address → an offer that some visitor can see."""


async def _send(request: Request) -> Response:
    offer = OFFERS.get(request.path_params["token"])
    if offer is None:
        return PlainTextResponse(GONE, 404)
    try:
        path = await run_in_threadpool(offer.path, request.path_params["name"])
    except InputError as error:
        return PlainTextResponse(str(error), 404)
    # The task does nothing but hold the offer, and so its files, until all has been sent.
    return FileResponse(path, filename=path.name, background=BackgroundTask(id, offer))


ROUTE = Route("/download/{token}/{name:path}", _send)
