from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vb_demo.referring import COLORS, all_phrases, plural, referrals
from vb_demo.training.scenes.names import NAMES

NAMES_HERE = ["unlabelled", "floor", "table", "box", "person", "lamp"]
FLOOR, TABLE, BOX, PERSON, LAMP = range(1, 6)
RED, GREEN, BLUE, GREY = (200, 30, 30), (40, 140, 40), (40, 60, 190), (120, 120, 120)

Block = tuple[int, tuple[int, int, int], slice, slice, float]
"""Label, colour, rows, columns, metres."""


def say(blocks: list[Block], *, known_depth: bool = True, seed: int = 0) -> dict[str, np.ndarray]:
    """Phrase → mask for blocks in front of a floor that recedes from 2 m to 8 m; later blocks lie over earlier ones."""
    rgb = np.full((96, 128, 3), (150, 140, 120), np.uint8)
    labels = np.full((96, 128), FLOOR)
    instances = np.zeros((96, 128), np.uint16)
    depth = np.repeat(np.linspace(8, 2, 96, dtype=np.float32)[:, None], 128, 1)
    for number, (label, color, rows, columns, metres) in enumerate(blocks, start=7):
        rgb[rows, columns], labels[rows, columns] = color, label
        instances[rows, columns], depth[rows, columns] = number, metres
    rng = np.random.default_rng(seed)
    found = referrals(rgb, labels, instances, depth if known_depth else None, NAMES_HERE, rng, most=1000)
    phrases = [referral.phrase for referral in found]
    assert len(set(phrases)) == len(phrases)
    assert set(phrases) <= set(all_phrases(NAMES_HERE))
    return {referral.phrase: referral.mask for referral in found}


def at(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((96, 128), bool)
    mask[rows, columns] = True
    return mask


def boxes(*columns: int, color: tuple[int, int, int] = GREY, metres: float = 3) -> list[Block]:
    return [(BOX, color, np.s_[40:56], np.s_[x : x + 16], metres) for x in columns]


def test_one_thing_needs_only_its_name() -> None:
    said = say(boxes(30))
    np.testing.assert_array_equal(said["the box"], at(np.s_[40:56], np.s_[30:46]))
    assert "the boxes" not in said
    assert "the leftmost box" not in said
    assert "the nearest box" not in said


def test_several_things_are_meant_together_by_the_plural() -> None:
    said = say(boxes(10, 60))
    assert "the box" not in said
    np.testing.assert_array_equal(said["the boxes"], at(np.s_[40:56], np.s_[np.r_[10:26, 60:76]]))


def test_a_color_tells_apart_only_where_one_has_it() -> None:
    blocks = boxes(10, color=RED) + boxes(60, color=GREEN) + boxes(100, color=GREEN)
    said = say(blocks)
    np.testing.assert_array_equal(said["the red box"], at(np.s_[40:56], np.s_[10:26]))
    assert "the green box" not in said
    # One that is reddish in part leaves it open which is meant.
    blocks += [(BOX, RED, np.s_[70:80], np.s_[60:76], 3)]
    assert "the red box" not in say(blocks)


@pytest.mark.parametrize(
    ("rgb", "word"),
    [
        ((10, 10, 10), "black"),
        ((128, 128, 128), "grey"),
        ((245, 245, 245), "white"),
        ((200, 20, 30), "red"),
        ((250, 140, 20), "orange"),
        ((240, 220, 40), "yellow"),
        ((30, 130, 50), "green"),
        ((40, 80, 200), "blue"),
        ((130, 40, 150), "purple"),
        ((250, 150, 180), "pink"),
        ((110, 65, 30), "brown"),
        ((0, 0, 255), "blue"),
        ((128, 0, 128), "purple"),
        ((120, 20, 20), "red"),
        ((165, 42, 42), None),
        ((225, 210, 190), None),
    ],
)
def test_basic_colors(rgb: tuple[int, int, int], word: str | None) -> None:
    said = say(boxes(30, color=rgb))
    assert [color for color in COLORS if f"the {color} box" in said] == ([word] if word else [])


def test_people_wear_their_color() -> None:
    said = say([(PERSON, BLUE, np.s_[20:80], np.s_[30:50], 3)])
    assert "the person in blue" in said
    assert "the blue person" not in said


def test_order_from_both_sides() -> None:
    said = say(boxes(5, 50, 95))
    places = {phrase: int(mask.any(0).argmax()) for phrase, mask in said.items() if mask.sum() == 256}
    assert places == {
        "the leftmost box": 5,
        "the second box from the left": 50,
        "the box in the middle": 50,
        "the second box from the right": 50,
        "the rightmost box": 95,
    }


def test_two_things_are_on_the_left_and_right_unless_they_nearly_coincide() -> None:
    assert {"the box on the left", "the box on the right"} <= say(boxes(10, 90)).keys()
    stacked = [(BOX, GREY, np.s_[10:26], np.s_[30:46], 3), (BOX, GREY, np.s_[60:76], np.s_[33:49], 3)]
    said = say(stacked)
    assert not {"the box on the left", "the leftmost box", "the rightmost box"} & said.keys()
    np.testing.assert_array_equal(said["the top box"], at(np.s_[10:26], np.s_[30:46]))
    np.testing.assert_array_equal(said["the bottom box"], at(np.s_[60:76], np.s_[33:49]))


def test_mirroring_swaps_left_and_right() -> None:
    blocks = boxes(12, 90)
    flipped = [(label, color, rows, np.s_[128 - c.stop : 128 - c.start], z) for label, color, rows, c, z in blocks]
    np.testing.assert_array_equal(say(blocks)["the leftmost box"][:, ::-1], say(flipped)["the rightmost box"])


def test_nearest_needs_a_margin_and_known_depth() -> None:
    near, far = at(np.s_[40:56], np.s_[10:26]), at(np.s_[40:56], np.s_[90:106])
    blocks = boxes(10, metres=2) + boxes(90, metres=4)
    said = say(blocks, seed=1) | say(blocks, seed=2) | say(blocks, seed=3)
    np.testing.assert_array_equal(said["the nearest box"], near)
    np.testing.assert_array_equal(said["the closest box"], near)
    np.testing.assert_array_equal(said["the farthest box"], far)
    for doubtful in (say(boxes(10, metres=2) + boxes(90, metres=2.1)), say(blocks, known_depth=False)):
        assert not {"the nearest box", "the closest box", "the farthest box"} & doubtful.keys()


def test_size_is_judged_in_the_picture_and_in_the_room() -> None:
    small, large = np.s_[40:52], np.s_[20:80]
    blocks = [(BOX, GREY, small, np.s_[10:22], 3), (BOX, GREY, large, np.s_[60:90], 3)]
    said = say(blocks)
    np.testing.assert_array_equal(said["the tallest box"], at(large, np.s_[60:90]))
    np.testing.assert_array_equal(said["the smallest box"], at(small, np.s_[10:22]))
    # The one that looks small is far away and in truth the larger.
    blocks[0] = (*blocks[0][:4], 40)
    assert not {"the largest box", "the biggest box", "the smallest box", "the tallest box"} & say(blocks).keys()


def on_the_table(gap: float) -> dict[str, np.ndarray]:
    table: Block = (TABLE, GREY, np.s_[50:80], np.s_[20:110], 3)
    lamps: list[Block] = [
        (LAMP, GREEN, np.s_[30:50], np.s_[40:56], 3 + gap),
        (LAMP, GREEN, np.s_[5:20], np.s_[90:105], 5),
    ]
    return say([table, *lamps])


def test_what_rests_on_another_touches_it_without_a_gap_in_depth() -> None:
    np.testing.assert_array_equal(on_the_table(0)["the lamp on the table"], at(np.s_[30:50], np.s_[40:56]))
    assert "the lamp on the table" not in on_the_table(1)


def test_in_front_of_and_behind_need_an_overlap() -> None:
    blocks: list[Block] = [(TABLE, GREY, np.s_[40:70], np.s_[20:100], 5), (PERSON, BLUE, np.s_[20:90], np.s_[50:66], 3)]
    said = say(blocks)
    np.testing.assert_array_equal(said["the person in front of the table"], at(np.s_[20:90], np.s_[50:66]))
    assert "the person behind the table" not in said
    assert "the table behind the person" in said
    said = say([*blocks, (TABLE, GREY, np.s_[80:95], np.s_[90:120], 3)])
    assert "the person in front of the table" not in said  # which table?


def test_beside_is_near_and_at_the_same_distance() -> None:
    table: Block = (TABLE, GREY, np.s_[40:70], np.s_[50:80], 4)
    near: Block = (PERSON, BLUE, np.s_[20:72], np.s_[84:100], 4)
    said = say([table, near])
    assert {"the person next to the table", "the person to the right of the table"} <= said.keys()
    assert "the person to the left of the table" not in said
    assert "the person next to the table" not in say([table, (*near[:4], 9)])


def test_tiny_things_are_not_meant_but_make_others_ambiguous() -> None:
    tiny: Block = (BOX, RED, np.s_[10:14], np.s_[100:105], 6)
    said = say([*boxes(30), tiny])
    assert not {"the box", "the boxes", "the red box", "the rightmost box", "the farthest box"} & said.keys()
    assert "the leftmost box" in said


def test_classes_without_clear_instances_are_left_alone() -> None:
    rgb = np.full((96, 128, 3), 120, np.uint8)
    labels, instances = np.full((96, 128), FLOOR), np.zeros((96, 128), int)
    labels[20:60, 20:60], instances[20:60, 20:60] = BOX, 1
    labels[30:40, 30:40] = LAMP  # the same thing is box and lamp
    labels[70:90, 20:60] = PERSON  # of no instance
    labels[:5] = -1
    assert referrals(rgb, labels, instances, None, NAMES_HERE, np.random.default_rng(0)) == []


def test_a_picture_without_things() -> None:
    blank = np.zeros((48, 64), int)
    assert referrals(np.zeros((48, 64, 3), np.uint8), blank, blank, None, NAMES_HERE, np.random.default_rng(0)) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_any_picture_yields_known_phrases_and_whole_things(seed: int) -> None:
    rng = np.random.default_rng(seed)
    blocks: list[Block] = []
    for _ in range(rng.integers(1, 7)):
        top, left = rng.integers(0, 70), rng.integers(0, 100)
        color = tuple(int(channel) for channel in rng.integers(0, 256, 3))
        size = rng.integers(4, 40, 2)
        rows, columns = np.s_[top : top + size[0]], np.s_[left : left + size[1]]
        blocks.append((int(rng.integers(2, 6)), color, rows, columns, float(rng.uniform(1, 9))))
    said = say(blocks, seed=seed)
    assert all(mask.any() for mask in said.values())
    repeated = say(blocks, seed=seed)
    assert list(said) == list(repeated)


def test_the_set_of_phrases_is_bounded() -> None:
    phrases = all_phrases(NAMES)
    assert len(phrases) == len(set(phrases)) <= 6000
    assert {"the red chair", "the person in red", "the lamp on the table", "the second car from the left"} <= {*phrases}
    assert "the glasses" not in phrases  # those are spectacles
    assert not [phrase for phrase in phrases if "wall" in phrase or "sky" in phrase]


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("chair", "chairs"),
        ("box", "boxes"),
        ("person", "people"),
        ("bench", "benches"),
        ("toy", "toys"),
        ("glass", "glasses"),
        ("knife", "knives"),
        ("bookshelf", "bookshelves"),
        ("bus", "buses"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many
