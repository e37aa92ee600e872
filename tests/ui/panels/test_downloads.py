from __future__ import annotations

import json
import re
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Painter
from tests.ui.conftest import DEPTH, asked, text
from vb_demo.errors import InputError
from vb_demo.export import AXES as ALL_AXES
from vb_demo.ui.controls import forget_folder
from vb_demo.ui.panels.downloads import AXES, GROUPS, Written, card, downloads, files, size
from vb_demo.ui.session import Session


def test_downloads_come_as_files_and_as_a_zip(session: Session, painter: Painter, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run a task first"):
        files(session, tmp_path / "none")
    session = replace(asked(session, painter, DEPTH), pins=((40, 60), (50, 60)))
    archive, written = files(session, tmp_path / "all")
    assert archive.suffix == ".zip"
    assert "depth_m_float32.npz" in written
    result = json.loads(written["result.json"].read_text("utf-8"))
    assert [reading["x"] for reading in result["readings"]] == [40, 50]


def test_every_file_is_said_what_it_is_once(answered: Session, tmp_path: Path) -> None:
    archive, written = files(replace(answered, pins=((40, 60),)), tmp_path / "all")
    patterns = [pattern for what in GROUPS.values() for pattern in what]
    for name in written:
        assert sum(fnmatch(name, pattern) for pattern in patterns) == 1, name
    links = re.findall(r'href="gradio_api/file=([^"]+)"', card(archive, written))
    assert sorted(links) == sorted(map(str, [archive, *written.values()]))


def test_normals_have_the_axes_that_were_chosen(answered: Session, tmp_path: Path) -> None:
    up = {}
    for axes in AXES:
        _, written = files(answered, tmp_path / axes, axes)
        up[axes] = np.load(written["normals_xyz_float32.npz"])["normals_xyz"][70, 48, 1]
    assert up["opengl"] == pytest.approx(-up["opencv"])
    assert set(AXES) <= set(ALL_AXES)


def test_files_are_written_again_only_for_something_else(answered: Session) -> None:
    _, first = downloads(answered, "opengl", None)
    assert isinstance(first, Written)
    assert downloads(answered, "opengl", first)[1] is first
    shown, second = downloads(replace(answered, pins=((40, 60),)), "opengl", first)
    assert "photo_pins.png" in str(shown)
    assert not first.folder.exists()
    shown, nothing = downloads(Session(), "opengl", second)
    assert nothing is None
    assert "run a task first" in text(str(shown))
    assert second is not None
    assert not second.folder.exists()
    forget_folder(None)


def test_sizes_are_for_people(tmp_path: Path) -> None:
    for count, said in ((1, "1 kB"), (14_400, "14 kB"), (7_310_000, "7.3 MB")):
        path = tmp_path / str(count)
        path.write_bytes(b"0" * count)
        assert size(path) == said
