from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vb_demo.training.sizes import SIZES, TRUST, Size, focal_of, is_covered, sized_things, with_sizes
from vb_demo.training.sources import Sample, Vocabulary

HEIGHT, WIDTH = 100, 144
FOCAL = 120.0
"""The root of the number of pixels."""


def photo(*things: tuple[str, int, int, int, int]) -> Sample:
    """Things (name, top, bottom, left, right) in a grey photo."""
    names = ["background", *sorted({name for name, *_ in things})]
    labels, instances = np.zeros((HEIGHT, WIDTH), np.int32), np.zeros((HEIGHT, WIDTH), np.int32)
    for number, (name, top, bottom, left, right) in enumerate(things, 1):
        labels[top:bottom, left:right], instances[top:bottom, left:right] = names.index(name), number
    rgb = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    return Sample(rgb, labels=labels, instances=instances, vocabulary=Vocabulary(names))


PERSON = ("person", 20, 71, 10, 30)
"""51 pixels tall: 1.7 m at a distance of 4 m through the assumed camera."""


def test_a_thing_is_as_far_away_as_it_looks_small() -> None:
    (thing,) = sized_things(photo(PERSON))
    assert thing.meters == pytest.approx(4.0)
    assert thing.mask.sum() == 51 * 20
    assert thing.size is SIZES["person"]
    (longer,) = sized_things(replace(photo(PERSON), focal=240.0))
    assert longer.meters == pytest.approx(8.0)


def test_what_lies_about_is_measured_along_its_longer_side() -> None:
    (thing,) = sized_things(photo(("keyboard", 40, 50, 20, 64)))
    assert thing.meters == pytest.approx(FOCAL * 0.44 / 44)


def test_what_is_deep_looks_taller_from_above_than_it_is() -> None:
    sofa = Size(0.8, 0.1, deep=1.0, below=1.6)
    # Its front begins 1.6 m below the camera and 2 m away, its back ends 0.8 m below and 3 m away.
    assert sofa.looks_tall(40, 80, 100.0, 2.5) == pytest.approx(100 * (1.6 / 2 - 0.8 / 3))
    assert sofa.depth(160, 320, 300.0) == pytest.approx(2.5)
    # The top of what is taller than the camera is high is that of its front.
    assert Size(3.0, 0.1, deep=2.0, below=1.4).looks_tall(40, 80, 100.0, 6.0) == pytest.approx(100 * 3 / 5)


@given(st.sampled_from(sorted(SIZES)), st.floats(0.05, 0.8), st.floats(0.4, 2.5))
def test_a_thing_looks_as_tall_as_it_did_where_it_is(name: str, share: float, slim: float) -> None:
    tall = round(1000 * share)
    wide = max(1, round(tall / slim))
    depth = SIZES[name].depth(tall, wide, 1000.0)
    assert depth > SIZES[name].deep / 2
    assert SIZES[name].looks_tall(tall, wide, 1000.0, depth) == pytest.approx(tall, rel=1e-6)


@pytest.mark.parametrize(
    "thing",
    [
        ("person", 20, 71, 10, 60),  # sits
        ("person", 2, 53, 10, 30),  # cut off by each side of the photo
        ("person", 47, 98, 10, 30),
        ("person", 20, 71, 2, 22),
        ("person", 20, 71, 122, 142),
        ("apple", 20, 25, 10, 15),  # too small
        ("potted plant", 20, 71, 10, 30),  # of any size
    ],
)
def test_what_may_be_part_of_something_or_of_any_size_says_nothing(thing: tuple[str, int, int, int, int]) -> None:
    assert not list(sized_things(photo(thing)))
    assert with_sizes(photo(thing)).depth is None
    painted = np.full((HEIGHT, WIDTH), 2.0)
    unsized = with_sizes(replace(photo(thing), depth=painted))
    assert unsized.depth is painted
    assert not unsized.metric


def test_what_others_stand_before_says_nothing() -> None:
    covered = photo(PERSON, ("car", 40, 80, 30, 110))
    assert [thing.meters for thing in sized_things(covered)] == [SIZES["car"].depth(40, 80, FOCAL)]
    mask = np.zeros((30, 30), bool)
    mask[10:20, 10:20] = True
    assert not is_covered(mask, mask)
    assert is_covered(mask, np.arange(30) < np.full((30, 1), 15))


def test_whoever_wears_what_is_labelled_is_a_person() -> None:
    sample = photo(("hair", 20, 30, 10, 30), ("dress", 30, 71, 10, 30))
    groups = {"person": frozenset({1, 2})}
    assert sample.vocabulary is not None
    dressed = replace(sample, instances=None, vocabulary=replace(sample.vocabulary, groups=groups))
    sized = with_sizes(dressed)
    assert sized.depth is not None
    assert dressed.labels is not None
    np.testing.assert_allclose(sized.depth[dressed.labels > 0], 4.0)
    assert np.isnan(sized.depth[dressed.labels == 0]).all()
    assert sized.focal == FOCAL
    nobody = replace(dressed, labels=np.zeros((HEIGHT, WIDTH), np.int32))
    assert with_sizes(nobody).depth is None


def test_a_painted_depth_is_brought_to_the_scale_of_what_stands_in_it() -> None:
    depth = np.full((HEIGHT, WIDTH), 2.0, np.float32)
    depth[0] = np.inf
    sized = with_sizes(replace(photo(PERSON), depth=depth))
    assert sized.metric
    one = sized.depth
    both = with_sizes(replace(photo(PERSON, ("person", 20, 71, 60, 80)), depth=depth)).depth
    assert one is not None
    assert both is not None
    certainty = 1 / (0.15**2 + 0.2**2)
    assert one[50, 20] == pytest.approx(2 * 2 ** (certainty / (certainty + TRUST**-2)))
    # The whole photo follows, the sky stays where it is, and two are believed more than one.
    assert one[90, 140] == one[50, 20]
    assert np.isinf(one[0]).all()
    assert one[50, 20] < both[50, 20] < 4


@pytest.mark.parametrize("painted", [0.0, np.inf, np.nan])
def test_a_thing_that_was_painted_nowhere_has_no_say(painted: float) -> None:
    sample = photo(PERSON)
    depth = np.full((HEIGHT, WIDTH), 2.0, np.float32)
    depth[20:71, 10:30] = painted
    scaled = with_sizes(replace(sample, depth=depth))
    assert scaled.depth is not None
    np.testing.assert_array_equal(scaled.depth, depth)
    assert not scaled.metric


def test_the_focal_length_is_that_of_the_sample_if_it_is_known() -> None:
    assert focal_of(photo(PERSON)) == pytest.approx(math.sqrt(HEIGHT * WIDTH))
    assert focal_of(replace(photo(PERSON), focal=77.0)) == 77
