from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatch

from tests.ui.conftest import text
from vb_demo.export import AXES as ALL_AXES
from vb_demo.ui.offers import ARCHIVE, Offer
from vb_demo.ui.panels.downloads import AXES, GROUPS, card, downloads
from vb_demo.ui.session import Session


def test_every_file_is_said_what_it_is_once(answered: Session) -> None:
    offer = Offer(answered.scene, ((40, 60),), "opengl")
    patterns = [pattern for what in GROUPS.values() for pattern in what]
    for name in offer.names:
        assert sum(fnmatch(name, pattern) for pattern in patterns) == 1, name
    links = re.findall(r'href="([^"]+)" download="([^"]+)"', card(offer))
    assert sorted(link for link, _ in links) == sorted(map(offer.url, [ARCHIVE, *offer.names]))
    assert {"vb_demo.zip", "pins.csv", "segments_1_floor.png"} <= {name for _, name in links}


def test_the_axes_are_those_that_can_be_written() -> None:
    assert set(AXES) <= set(ALL_AXES)


def test_something_else_is_offered_only_where_something_else_is_there(answered: Session) -> None:
    shown, first = downloads(answered, "opengl", None)
    assert "photo_pins.png" not in str(shown)
    assert first is not None
    assert downloads(answered, "opengl", first)[1] is first
    assert downloads(answered, "opencv", first)[1] is not first
    shown, second = downloads(replace(answered, pins=((40, 60),)), "opengl", first)
    assert "photo_pins.png" in str(shown)
    shown, nothing = downloads(Session(), "opengl", second)
    assert nothing is None
    assert "run a task first" in text(str(shown))
