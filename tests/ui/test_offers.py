from __future__ import annotations

import json
import threading
import weakref
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from vb_demo.errors import InputError
from vb_demo.export import file_names
from vb_demo.prompts import Entry, Legend
from vb_demo.ui.offers import ARCHIVE, ARCHIVE_OF_ROW, GONE, ROUTE, Offer, RowOffer
from vb_demo.ui.panels.downloads import AXES
from vb_demo.ui.session import Session


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """What asks for files; they are written to `tmp_path`."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with TestClient(Starlette(routes=[ROUTE])) as client:
        yield client


def test_the_zip_holds_the_files_that_are_offered(answered: Session, client: TestClient) -> None:
    offer = Offer(answered.scene, ((40, 60), (50, 60)), "opengl")
    answer = client.get(offer.url(ARCHIVE))
    assert answer.headers["content-disposition"] == 'attachment; filename="vb_demo.zip"'
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert {name for name in archive.namelist() if not name.endswith("/")} == set(offer.names)
        result = json.loads(archive.read("result.json"))
    assert [reading["x"] for reading in result["readings"]] == [40, 50]


def test_normals_have_the_axes_that_were_chosen(answered: Session, client: TestClient) -> None:
    up = {}
    for axes in AXES:
        offer = Offer(answered.scene, (), axes)
        file = BytesIO(client.get(offer.url("normals_xyz_float32.npz")).content)
        up[axes] = np.load(file)["normals_xyz"][70, 48, 1]
    assert up["opengl"] == pytest.approx(-up["opencv"])


def test_names_that_need_quoting_are_found(answered: Session, client: TestClient) -> None:
    assert answered.scene is not None
    assert answered.scene.segments is not None
    legend = answered.scene.segments.legend
    renamed = Legend((Entry("n\u00e4gel 100 %", legend.entries[0].color), *legend.entries[1:]))
    scene = replace(answered.scene, segments=replace(answered.scene.segments, legend=renamed))
    offer = Offer(scene, (), "opengl")
    (name,) = (name for name in offer.names if "gel" in name)
    assert client.get(offer.url(name)).content.startswith(b"\x89PNG")


def test_files_are_written_once_and_only_if_somebody_wants_them(
    answered: Session, client: TestClient, tmp_path: Path
) -> None:
    offer = Offer(answered.scene, (), "opengl")
    assert not list(tmp_path.iterdir())
    client.get(offer.url("photo.png"))
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    client.get(offer.url(ARCHIVE))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == written


def test_what_nobody_sees_any_more_is_gone(answered: Session, client: TestClient, tmp_path: Path) -> None:
    offer = Offer(answered.scene, (), "opengl")
    gone = threading.Event()
    # The newest finalizer of an object is called first, so the files are gone before this one, which is the oldest.
    weakref.finalize(offer, gone.set)
    url = offer.url("photo.png")
    assert client.get(url).status_code == 200
    del offer
    assert gone.wait(10), "the server's thread still holds the offer that it wrote the files of"
    assert not list(tmp_path.iterdir())
    answer = client.get(url)
    assert (answer.status_code, answer.text) == (404, GONE)


def test_only_what_is_offered_is_served(answered: Session, client: TestClient) -> None:
    offer = Offer(answered.scene, (), "opengl")
    for name in ("other.png", "../../etc/passwd", "masks"):
        assert client.get(offer.url(name)).status_code == 404
    with pytest.raises(InputError, match="run a task first"):
        Offer(Session().scene, (), "opengl")


def test_a_row_is_a_zip_with_a_folder_for_each_photo_that_has_an_answer(answered: Session, client: TestClient) -> None:
    with pytest.raises(InputError, match="run a question on all of them first"):
        RowOffer([Session()])
    offer = RowOffer([Session(), answered, replace(answered, pins=((40, 60),))])
    with zipfile.ZipFile(BytesIO(client.get(offer.url(ARCHIVE_OF_ROW)).content)) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    plain = {f"02/{name}" for name in file_names(answered.scene)}
    pinned = {f"03/{name}" for name in file_names(answered.scene, ((40, 60),))}
    assert names == plain | pinned
    assert client.get(offer.url("photo.png")).status_code == 404
