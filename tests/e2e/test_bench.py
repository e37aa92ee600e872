"""The app's own benchmark: every row is there. How fast each was is printed, not judged."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from vb_demo.evaluation.visits import bench_app, table
from vb_demo.generators import Generator

pytestmark = pytest.mark.e2e

PAINTED = ("run depth", "run normals", "run segments", "run the recoloured legend: overlay", "run everything")
NOT_PAINTED = (
    "an example: its answers",
    "choose the task Normals: its words",
    "choose the task Segment: its words",
    "recolour a name: words and plan",
    "another layer: reliability",
    "hover: the readout",
    "click: a pin",
    "a second pin: the distance between",
    "the camera's slider: all numbers",
    "set the scale: all numbers",
    "open Compare",
    "compare with another layer",
    "open 3D",
    "colour the points by depth",
    "click a point: a pin in both",
    "open Objects",
    "open Check",
    "open Downloads",
    "download the zip",
    "back to Pictures",
)


def test_every_interaction_is_timed(browser: Browser, shipped: Generator) -> None:
    report = bench_app(browser, shipped, visits=1)
    rows = {row.work: row for row in report.rows}
    assert {work for work, row in rows.items() if row.paints} == set(PAINTED)
    assert {work for work, row in rows.items() if not row.paints} == set(NOT_PAINTED)
    assert report.load.foreign == 0
    assert {"html", "js", "css"} <= {kind for kind, size in report.load.received.items() if size > 0}
    hover = rows["hover: the readout"]
    assert hover.server_ms == 0
    assert hover.received < 100  # the open stream's sign of life may fall into it
    assert rows["click: a pin"].server_ms > 0
    shown = table(report)
    assert all(work in shown for work in rows)
    print(shown)
