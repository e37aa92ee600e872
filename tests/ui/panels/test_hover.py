from __future__ import annotations

import base64
import gzip
import json
import re
from html import unescape

import numpy as np

from vb_demo.calibration import from_distances
from vb_demo.hover import hover_grid
from vb_demo.ui.panels.hover import SIDE, grids, in_grids
from vb_demo.ui.session import Session, with_fov, with_scale


def test_the_page_gets_the_arrays_and_how_to_tell_them_apart(answered: Session) -> None:
    assert answered.scene is not None
    shown = grids(answered)
    parts, arrays = (re.search(rf'data-{name}="([^"]*)"', shown) for name in ("parts", "arrays"))
    assert parts is not None
    assert arrays is not None
    told = json.loads(unescape(parts[1]))
    data = gzip.decompress(base64.b64decode(arrays[1]))
    start = 0
    for (name, array), part in zip(hover_grid(answered.scene, SIDE).items(), told["parts"], strict=True):
        read = np.frombuffer(data, part["type"], array.size, start).reshape(part["shape"])
        assert part["name"] == name
        np.testing.assert_array_equal(read, array)
        start += array.nbytes
    assert start == len(data)
    assert told["size"] == [96, 72]
    assert told["names"] == {"segments": ["floor", "wall"]}


def test_without_answers_only_the_size_is_told(session: Session) -> None:
    assert "[96, 72]" in grids(session)
    assert grids(Session()) == ""


def test_the_arrays_follow_a_camera_only_with_a_scale_that_is_fitted_to_it(answered: Session) -> None:
    def same(one: Session, other: Session) -> bool:
        return all(a is b for a, b in zip(in_grids(one), in_grids(other), strict=True))

    assert answered.scene is not None
    assert same(answered, with_fov(answered, 100))
    scaled = with_scale(answered, from_distances(answered.scene, [(80, 68, 5.0)]))
    assert not same(answered, scaled)
    assert not same(scaled, with_fov(scaled, 100))
    assert grids(scaled) != grids(with_fov(scaled, 100))
