from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import World
from tests.ui.conftest import text
from vb_demo.answers import RelativeDepthMap
from vb_demo.errors import InputError
from vb_demo.scene import Scene
from vb_demo.ui.marks import with_pin
from vb_demo.ui.panels.scale import FACES_UP, KNOWN, card, grounds, set_scale
from vb_demo.ui.session import Session

DISTANCE, SIZE, HEIGHT = KNOWN


def away(session: Session, pixel: tuple[int, int]) -> float | None:
    assert session.scene is not None
    return session.scene.reading(*pixel).distance_m


def test_a_known_distance_moves_all_metres(answered: Session) -> None:
    pinned = with_pin(answered, (50, 68))
    before = away(answered, (20, 68))
    assert before is not None
    first = away(answered, (50, 68))
    assert first is not None
    scaled = set_scale(pinned, DISTANCE, 2 * first)
    assert away(scaled, (20, 68)) == pytest.approx(2 * before, rel=1e-3)
    assert "1 known distance" in text(card(scaled, DISTANCE))
    assert f"now reads {2 * first:.2f} m" in text(card(scaled, DISTANCE))


def test_several_distances_are_used_together_and_a_pin_can_be_set_again(answered: Session) -> None:
    session = answered
    for pixel in ((50, 68), (20, 68), (20, 68)):
        session = set_scale(with_pin(session, pixel), DISTANCE, 3.0)
    assert "2 known distances" in text(card(session, DISTANCE))


def test_a_size_and_the_height_of_the_camera_set_it_too(answered: Session) -> None:
    assert answered.scene is not None
    session = with_pin(with_pin(answered, (50, 68)), (66, 68))
    sized = set_scale(session, SIZE, 1.0).scene
    assert sized is not None
    assert sized.distance_between((50, 68), (66, 68)).value == pytest.approx(1.0, rel=1e-3)
    high = set_scale(answered, HEIGHT, 2.4)  # the world's camera is 1.2 m above its floor
    assert away(high, (50, 68)) == pytest.approx(2 * away(answered, (50, 68)), rel=0.03)  # type: ignore[operator]


def test_the_ground_is_chosen_among_the_names(answered: Session) -> None:
    assert answered.scene is not None
    assert answered.scene.segments is not None
    names = answered.scene.segments.legend.names[1:]
    offered = grounds(answered, HEIGHT)
    assert [name for name, _ in offered.choices] == [FACES_UP, *names]
    assert (offered.visible, grounds(answered, DISTANCE).visible) == (True, "hidden")
    assert "that is chosen here" in text(card(answered, HEIGHT))
    high = set_scale(answered, HEIGHT, 2.4, "floor")
    assert high.scene is not None
    assert high.scene.metric_depth().calibration.ground == ("floor",)  # type: ignore[union-attr]
    assert set_scale(answered, HEIGHT, 2.4, FACES_UP).scene.depth.calibration.ground == ()  # type: ignore[union-attr]
    bare = replace(answered, scene=replace(answered.scene, segments=None))
    assert grounds(bare, HEIGHT).visible == "hidden"
    assert "faces up for the ground" in text(card(bare, HEIGHT))
    assert set_scale(bare, HEIGHT, 2.4, "floor").scene.depth.calibration.ground == ()  # type: ignore[union-attr]


def test_relative_depth_gets_metres_only_then(session: Session, world: World) -> None:
    assert session.scene is not None
    nearness = np.clip(1 / world.depth, 0, 1)
    depth = RelativeDepthMap(nearness, np.ones_like(nearness), np.zeros((*nearness.shape, 3), np.uint8))
    relative = with_pin(replace(session, scene=Scene(session.scene.photo, depth=depth)), (50, 68))
    assert away(relative, (50, 68)) is None
    assert "no metres until" in text(card(relative, DISTANCE))
    assert away(set_scale(relative, DISTANCE, 2.0), (50, 68)) == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "meters", "said"),
    [
        (DISTANCE, None, "Type the length"),
        (DISTANCE, 2.0, "Click 1 place"),
        (SIZE, 2.0, "Click 2 places"),
        (HEIGHT, -1, "at least 0.001"),
    ],
)
def test_what_is_missing_is_said(answered: Session, kind: str, meters: float | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        set_scale(answered, kind, meters)


def test_without_depth_there_is_nothing_to_set(session: Session) -> None:
    assert "ask for depth first" in text(card(session, DISTANCE))
    with pytest.raises(InputError):
        set_scale(with_pin(session, (5, 5)), DISTANCE, 1.0)
    with pytest.raises(InputError, match="no photo"):
        set_scale(Session(), DISTANCE, 1.0)
