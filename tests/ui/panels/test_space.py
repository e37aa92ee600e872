from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest

from tests.conftest import Painter, World
from tests.ui.conftest import DEPTH, asked, text
from vb_demo.answers import Calibration, RelativeDepthMap
from vb_demo.cloud import OPENGL, depth_colors
from vb_demo.figures import PIN, PIN_LIFT, VIEWS
from vb_demo.layers import layers
from vb_demo.scene import Scene
from vb_demo.ui.panels.space import Looks, figure, fill, library, pins, reach_of, viewer
from vb_demo.ui.session import Session, with_scale


def sent(html: str) -> Any:
    """The figure as the browser reads it."""
    return json.loads(unescape(re.search(r'data-figure="([^"]*)"', html)[1]))


def worn(html: str) -> tuple[str, str]:
    """The figure's number, and its colours."""
    found = re.search(r'data-of="(\d+)" data-colors="([^"]*)"', html)
    assert found is not None
    return found[1], found[2]


def filled(session: Session, last: Any = None, **looks: Any) -> tuple[Any, ...]:
    chosen = {**vars(Looks()), "coloring": "Photo", **looks}
    order = ("shape", "coloring", "points", "near", "far", "clean", "lines")
    return fill(session, *(chosen[name] for name in order), last)


def test_without_metres_a_sentence_stands_where_the_view_would_be(session: Session, world: World) -> None:
    ones = np.ones_like(world.depth)
    relative = RelativeDepthMap(ones, ones, np.zeros((1, 1, 3), np.uint8))
    for without, said in (
        (Session(), "There is no photo yet."),
        (session, "choose the task Depth"),
        (Session(Scene(world.photo, relative)), "Set the scale"),
    ):
        html, *_ = filled(without)
        assert 'data-figure=""' in html
        assert said in unescape(html)


def test_what_is_sent_can_be_drawn_picked_and_looked_at_from_all_sides(answered: Session) -> None:
    html, colors, note, *_ = filled(answered, lines=True, points=500)
    shown = sent(html)
    assert [trace["name"] for trace in shown["data"]] == ["points", "normals", PIN]
    assert "customdata" in shown["data"][0]
    assert len(base64.b64decode(worn(colors)[1])) == 3 * 500
    assert f'data-of="{worn(colors)[0]}"' in html
    assert set(shown["layout"]["meta"]["cameras"]) == set(VIEWS)
    assert json.loads(re.search(r'data-size="([^"]*)"', html)[1]) == list(answered.scene.photo.size)
    assert "500 of " in text(note)
    assert "field of view" in text(note)


def test_a_surface_is_cut_at_the_edges_unless_they_are_kept(answered: Session) -> None:
    cut, said = figure(answered.scene, Looks(shape="Surface"))
    kept, _ = figure(answered.scene, Looks(shape="Surface", clean=False))
    assert len(cut.data[0].i) < len(kept.data[0].i)
    assert "triangles" in said


def test_every_layer_can_be_worn_and_those_that_are_gone_are_not_offered(
    session: Session, answered: Session, painter: Painter
) -> None:
    choices = filled(answered, coloring="Segments: overlay")[3]
    assert [name for name, _ in choices.choices] == list(layers(answered.scene))
    assert "value" not in choices.constructor_args
    deep = asked(session, painter, DEPTH)
    _, by_photo, *_ = filled(deep)
    _, by_classes, _, choices, *_ = filled(deep, coloring="Segments: overlay")
    assert choices.value == "Photo"
    assert by_classes == by_photo


def test_other_colours_are_sent_alone(answered: Session) -> None:
    _, by_photo, *_, last = filled(answered)
    again, by_depth, *_, after = filled(answered, last, coloring="Depth: decoded")
    assert isinstance(again, dict)  # nothing new
    assert after.number == last.number
    assert worn(by_depth)[0] == worn(by_photo)[0]
    x, y = figure(answered.scene, Looks())[0].data[0].customdata.T
    expected = depth_colors(answered.scene.depth.meters)[y, x]
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(worn(by_depth)[1]), np.uint8), expected.ravel())
    surface, by_depth, *_, other = filled(answered, after, coloring="Depth: decoded", shape="Surface")
    assert other.number != after.number
    assert f'data-of="{worn(by_depth)[0]}"' in surface
    assert "vertexcolor" not in sent(surface)["data"][0]


def test_the_sliders_reach_as_far_as_the_depth_and_start_over_with_its_scale(answered: Session) -> None:
    *_, near, far, last = filled(answered, near=50, far=60)  # of another photo
    reach = last.reach
    assert near.minimum <= near.value <= reach[0] < reach[1] <= far.value == far.maximum
    clipped, *_, near, far, again = filled(answered, last, near=3.0, far=5.0)
    assert again.reach == reach
    assert isinstance(near, dict)
    assert isinstance(far, dict)
    depth = -sent_z(clipped)
    assert 3 <= depth.min() < depth.max() <= 5
    doubled = with_scale(answered, Calibration(2.0, kind="metric"))
    assert reach_of(doubled) == pytest.approx((2 * reach[0], 2 * reach[1]), rel=1e-3)


def test_other_colours_need_no_other_figure(answered: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, near, far, last = filled(answered)
    monkeypatch.setattr("vb_demo.ui.panels.space.figure", lambda *_: pytest.fail("The figure was made again."))
    sent, colors, *_ = filled(answered, last, near=near.value, far=far.value, coloring="Depth: decoded")
    assert not isinstance(sent, str)
    assert worn(colors)[0] == str(last.number)


def sent_z(html: str) -> Any:
    return np.frombuffer(base64.b64decode(sent(html)["data"][0]["z"]["bdata"]), np.float32)


def test_pins_stand_where_they_are_read(answered: Session) -> None:
    html = pins(replace(answered, pins=((5, 1), (48, 68))))  # the sky, the floor
    [[number, *spot]] = json.loads(unescape(re.search(r'data-spots="([^"]*)"', html)[1]))
    assert number == 2
    np.testing.assert_allclose(spot, PIN_LIFT * OPENGL * answered.scene.reading(48, 68).xyz)
    assert "sky" in text(html)
    assert "floor" in text(html)
    assert html.count('data-send="unpin"') == 2
    assert 'data-spots="[]"' in pins(Session())


def test_what_draws_is_here(answered: Session) -> None:
    assert library().is_file()
    assert str(library()) in viewer()
    for view in VIEWS:
        assert f'data-view="{view}"' in viewer()
