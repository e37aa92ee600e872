from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage.measure import label as connected
from skimage.morphology import erosion

from vb_demo.codecs import instances
from vb_demo.errors import InputError

BLACK, WHITE, RED, GREEN, BLUE = (0, 0, 0), (255, 255, 255), (220, 30, 30), (30, 200, 40), (40, 60, 230)
COLORS = list(product((80, 160, 240), repeat=3))  # 27, all farther apart than τ
ADJACENT = {(y, x) for y, x in product(range(-2, 3), repeat=2) if (y, x) != (0, 0) and (abs(y) <= 1 and abs(x) <= 1)}
KNIGHT = {(y, x) for y, x in product(range(-2, 3), repeat=2) if {abs(y), abs(x)} == {1, 2}}
RAW = {"min_area": 0.0, "min_core": 0.0, "merge": 0.0}
"""Steps 1 and 2 alone."""


def canvas(height: int = 40, width: int = 40, color: tuple[int, int, int] = BLACK) -> NDArray[np.uint8]:
    return np.full((height, width, 3), color, np.uint8)


def same_partition(a: NDArray, b: NDArray) -> bool:
    """Whether two label maps cut the picture alike, 0 being background in both."""
    pairs = {(int(x), int(y)) for x, y in zip(a.flat, b.flat, strict=True)} | {(0, 0)}
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})


# --- the pair -------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(arrays(bool, (4, 4)), st.permutations(COLORS), st.sampled_from([BLACK, WHITE, (125, 0, 125)]))
def test_a_png_keeps_every_thing(through_png: Callable, taken: NDArray, colors: list, background: tuple) -> None:
    labels = np.kron(taken * np.cumsum(taken).reshape(4, 4), np.pad(np.ones((9, 8), int), 2))
    picture = through_png(instances.encode(labels, colors[: int(taken.sum())], background))
    decoded = instances.decode(picture, background)
    assert same_partition(decoded.values, labels)
    assert decoded.values.dtype == np.int32
    assert decoded.values.max() == taken.sum()
    np.testing.assert_array_equal(decoded.reliability, np.ones(labels.shape))


def test_things_are_numbered_by_falling_area() -> None:
    picture = canvas()
    picture[2:6, 2:6], picture[10:30, 10:30], picture[2:12, 32:38] = RED, GREEN, BLUE
    labels = instances.decode(picture).values
    assert (labels[3, 3], labels[20, 20], labels[5, 35]) == (3, 1, 2)
    np.testing.assert_allclose(instances.mean_colors(picture, labels), [GREEN, BLUE, RED])


def test_touching_things_of_other_colours_stay_apart() -> None:
    picture = canvas()
    picture[5:35, 5:20], picture[5:35, 20:35] = RED, BLUE
    labels = instances.decode(picture, BLACK).values
    assert labels.max() == 2
    assert labels[10, 10] != labels[10, 30]


@pytest.mark.parametrize("background", [BLACK, WHITE, (125, 0, 125)])
def test_the_background_is_found_along_the_rim(background: tuple[int, int, int]) -> None:
    picture = canvas(60, 60, background)
    picture[3:57, 3:57] = RED
    picture[50:, 20:40] = GREEN  # reaches the rim
    assert instances.background_of(picture) == background
    np.testing.assert_array_equal(instances.decode(picture).values, instances.decode(picture, background).values)


def test_an_empty_painting_holds_nothing() -> None:
    decoded = instances.decode(canvas())
    assert not decoded.values.any()
    assert (decoded.reliability == 1).all()
    assert instances.mean_colors(canvas(), decoded.values).shape == (0, 3)
    np.testing.assert_array_equal(instances.encode(decoded.values, []), canvas())


# --- step 1: background ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("red", "found"), [(13, 0), (14, 1)])
def test_background_is_what_lies_nearer_than_tau(red: int, found: int) -> None:
    picture = canvas()
    picture[10:20, 10:20, 0] = red
    assert instances.decode(picture, BLACK).values.max() == found


# --- step 2: flood fill ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("red", "things"), [(114, 1), (115, 2)])
def test_a_fill_takes_what_lies_within_tau_of_its_seed(red: int, things: int) -> None:
    picture = canvas()
    picture[5:35, 5:20, 0], picture[5:35, 20:30, 0] = 100, red
    assert instances.decode(picture, BLACK).values.max() == things


def test_a_fill_does_not_creep_along_a_gradient() -> None:
    picture = canvas(20, 60)
    picture[:, 5:30, 0], picture[:, 30:40, 0], picture[:, 40:50, 0] = 100, 112, 124
    labels = instances.decode(picture, BLACK).values
    assert labels[0, 10] == labels[0, 35] != labels[0, 45]


def test_a_seed_is_not_taken_from_a_blurred_edge() -> None:
    """A rim pixel, first in reading order, is 14 away from a colour and 28 from its thing's; the thing stays whole."""
    picture = canvas()
    picture[10:30, 10:30, 0] = 128
    picture[10, 10:30, 0] = 114
    picture[9, 10:30, 0] = 100
    labels = instances.decode(picture, BLACK).values
    assert labels.max() == 1
    assert (labels[10:30, 10:30] == 1).all()


@pytest.mark.parametrize("move", sorted(set(product(range(-3, 4), repeat=2)) - {(0, 0)}))
def test_sixteen_neighbours_are_the_king_and_knight_moves(move: tuple[int, int]) -> None:
    picture = canvas(9, 9)
    picture[4, 4] = picture[4 + move[0], 4 + move[1]] = RED
    things = instances.decode(picture, BLACK, **RAW).values.max()
    assert things == (1 if move in ADJACENT | KNIGHT else 2)


@pytest.mark.parametrize(("crack", "things"), [(1, 1), (2, 2)])
@pytest.mark.parametrize("turned", [False, True])
def test_a_crack_of_one_pixel_is_bridged_and_no_wider_one(crack: int, things: int, turned: bool) -> None:
    picture = canvas()
    picture[5:35, 5:35] = RED
    picture[5:35, 20 : 20 + crack] = BLACK
    picture = picture.swapaxes(0, 1) if turned else picture
    assert instances.decode(picture, BLACK, merge=0).values.max() == things


@given(arrays(np.int8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 2)))
def test_components_are_those_of_a_plain_flood_fill(families: NDArray) -> None:
    expected = np.zeros(families.shape, int)
    for start in zip(*np.nonzero(families), strict=True):
        if expected[start] == 0:
            front = [start]
            expected[start] = number = expected.max() + 1
            while front:
                y, x = front.pop()
                for down, right in ADJACENT | KNIGHT:
                    to = (y + down, x + right)
                    inside = 0 <= to[0] < families.shape[0] and 0 <= to[1] < families.shape[1]
                    if inside and expected[to] == 0 and families[to] == families[start]:
                        expected[to] = number
                        front.append(to)
    picture = instances.encode(families, [RED, BLUE])
    assert same_partition(instances.decode(picture, BLACK, **RAW).values, expected)


def test_components_are_those_of_scikit_image_where_gaps_are_wide() -> None:
    families = np.random.default_rng(0).integers(0, 4, (40, 40))
    picture = instances.encode(np.kron(families, np.ones((4, 4), int)), [RED, GREEN, BLUE])
    expected = np.kron(connected(families, background=0, connectivity=2), np.ones((4, 4), int))
    assert same_partition(instances.decode(picture, BLACK, **RAW).values, expected)


# --- steps 3 and 4: specks and halos --------------------------------------------------------------------------------


def test_specks_are_dropped() -> None:
    picture = canvas(100, 100)
    picture[10, 10] = RED  # 1 pixel: less than 2e-4 · 10,000
    picture[50, 50:52] = BLUE  # 2 pixels
    labels = instances.decode(picture, BLACK, min_core=0).values
    assert labels[10, 10] == 0
    assert labels[50, 50] == 1


def test_halos_are_dropped() -> None:
    picture = canvas()
    picture[9:31, 9:31] = BLUE
    picture[10:30, 10:30] = RED
    decoded = instances.decode(picture, BLACK)
    assert decoded.values.max() == 1
    assert decoded.values[9, 9] == 0
    assert decoded.reliability[9, 9] < 0.01  # neither background nor a thing
    assert instances.decode(picture, BLACK, min_core=0).values.max() == 2


@given(arrays(np.int32, (12, 13), elements=st.integers(0, 2)))
def test_the_core_is_an_erosion_of_every_label(coarse: NDArray) -> None:
    labels = np.kron(coarse[:4, :5], np.ones((3, 3), np.int32)).astype(np.int32)
    core = instances._core(labels)
    square = np.ones((3, 3), np.uint8)
    for label in range(3):
        mask = np.pad(labels == label, 1, mode="edge").astype(np.uint8)
        np.testing.assert_array_equal(core & (labels == label), erosion(mask, square)[1:-1, 1:-1].astype(bool))


def test_the_frame_does_not_gnaw() -> None:
    picture = canvas()
    picture[:, 38:] = RED  # two pixels wide, cut by the frame: half of it is core
    assert instances.decode(picture, BLACK).values.max() == 1
    assert instances.decode(np.roll(picture, -10, axis=1), BLACK).values.max() == 0


# --- step 5: merge --------------------------------------------------------------------------------------------------


def parts(gap: int, second: tuple[int, int, int] = RED) -> NDArray[np.uint8]:
    picture = canvas(20, 120)
    picture[5:15, 5:15], picture[5:15, 15 + gap : 25 + gap] = RED, second
    return picture


@pytest.mark.parametrize(("gap", "things"), [(10, 1), (80, 1), (81, 2), (90, 2)])
def test_parts_of_one_colour_merge_when_near(gap: int, things: int) -> None:
    """The box around both is 10 × (20 + gap), and may have 5 · (100 + 100)."""
    assert instances.decode(parts(gap), BLACK).values.max() == things


@pytest.mark.parametrize(("green", "things"), [(30 + 14, 1), (30 + 15, 2)])
def test_parts_merge_when_their_mean_colours_lie_within_tau(green: int, things: int) -> None:
    assert instances.decode(parts(10, (220, green, 30)), BLACK).values.max() == things


def test_a_chain_of_parts_merges_link_by_link() -> None:
    picture = canvas(20, 320)
    for left in range(5, 300, 70):
        picture[5:15, left : left + 10] = RED
    assert instances.decode(picture, BLACK).values.max() == 1


def test_what_has_merged_is_compared_by_its_common_mean() -> None:
    picture = canvas(20, 60)
    picture[5:15, 5:15, 0], picture[5:15, 20:30, 0], picture[5:15, 35:45, 0] = 100, 110, 119
    assert instances.decode(picture, BLACK).values.max() == 1  # 119 is too far from 100, but not from 105


# --- hardship -------------------------------------------------------------------------------------------------------


def discs() -> tuple[NDArray, Image.Image]:
    """Twenty discs, drawn at twice the size and shrunk, so that their edges are blurred; and their true masks."""
    image, truth = Image.new("RGB", (600, 480)), Image.new("L", (600, 480))
    for index in range(20):
        y, x = divmod(index, 5)
        box = (x * 120 + 10, y * 120 + 10, x * 120 + 110, y * 120 + 110)
        ImageDraw.Draw(image).ellipse(box, fill=COLORS[index])
        ImageDraw.Draw(truth).ellipse(box, fill=index + 1)
    return np.asarray(truth)[::2, ::2], image.resize((300, 240), Image.Resampling.LANCZOS)


@pytest.mark.parametrize("sigma", [0, 2, 4])
def test_blurred_and_noisy_discs_are_all_found(sigma: float) -> None:
    truth, image = discs()
    noise = np.random.default_rng(0).normal(0, sigma, (240, 300, 3))
    picture = (np.asarray(image) + noise).round().clip(0, 255).astype(np.uint8)
    labels = instances.decode(picture).values
    assert labels.max() == 20
    for index in range(1, 21):
        mask = truth == index
        found = labels == np.bincount(labels[mask]).argmax()
        assert (mask & found).sum() / (mask | found).sum() > 0.9


def test_a_picture_of_all_colours_comes_to_an_end() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    decoded = instances.decode(picture)
    assert not decoded.values.any()  # all of it specks and seams
    assert decoded.reliability.mean() < 0.01


def test_colours_beyond_the_last_seed_are_background_that_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = canvas()
    picture[2:12, 2:12], picture[20:28, 20:28] = RED, BLUE
    monkeypatch.setattr(instances, "MAX_SEEDS", 1)
    decoded = instances.decode(picture, BLACK)
    assert decoded.values[5, 5] == 1  # the denser colour had the only seed
    assert decoded.values[25, 25] == 0
    assert decoded.reliability[25, 25] < 0.01


def test_large_paintings_are_sampled_without_losing_a_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, image = discs()
    everything = instances.decode(np.asarray(image))
    monkeypatch.setattr(instances, "SAMPLE", truth.size // 9)  # a mesh of three pixels
    sampled = instances.decode(np.asarray(image))
    assert sampled.values.max() == 20
    assert ((sampled.values > 0) == (everything.values > 0)).mean() > 0.99


def test_pixels_without_a_colour_are_no_thing_and_not_trusted() -> None:
    picture = np.zeros((20, 20, 3))
    picture[5:15, 5:15] = np.nan
    decoded = instances.decode(picture, BLACK)
    assert not decoded.values.any()
    picture[picture == 0] = 0.5  # the grey that stands for "no colour" in 8 bits
    decoded = instances.decode(picture, (128, 128, 128))
    np.testing.assert_array_equal(decoded.reliability == 0, np.isnan(picture[..., 0]))


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1)])
def test_thin_pictures(size: tuple[int, int]) -> None:
    assert instances.decode(canvas(*size, color=RED), BLACK).values.tolist() == np.ones(size, int).tolist()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: instances.decode(canvas(), (0, 0, 300)), "0 to 255"),
        (lambda: instances.decode(canvas(), tau=0), "0 < tau"),
        (lambda: instances.decode(canvas(), min_area=2), "min_area = 2"),
        (lambda: instances.decode(canvas(), min_core=-1), "min_core = -1"),
        (lambda: instances.decode(canvas(), merge=-1), "merge ≥ 0"),
        (lambda: instances.encode([[0, 1]], []), "from 0 to 0"),
        (lambda: instances.encode([[0, 1]], [(0, 0)]), "three numbers"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call: Callable, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
