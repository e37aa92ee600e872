from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import instances as instances_codec
from vb_demo.codecs import normals as normals_codec
from vb_demo.colors import COLOR_NAMES
from vb_demo.generators.plantain.dialect import PLACES
from vb_demo.generators.plantain.words import DEPTH_GIST, INSTANCES_GIST, SEGMENT_GIST
from vb_demo.referring import Referral
from vb_demo.training import data as data_module
from vb_demo.training import wordings
from vb_demo.training.data import (
    DEPTH,
    INSTANCES,
    NORMALS,
    QUESTIONS,
    SEGMENT,
    Batch,
    TrainingData,
    augment,
    depth_to_position,
    focused,
    framed,
    repaved,
    shade,
    shares_of_places,
    stretch_to_assumed,
    target_painting,
)
from vb_demo.training.losses import balance, losses
from vb_demo.training.sources import Sample, Vocabulary

VOCABULARY = Vocabulary(["unlabelled", "floor", "cat"], {"cat": ("kitten",)}, absent=("dog", "cat"))


class Room:
    """Left half a wall at 2 m called "floor", right half a cat at 5 m; the top row is sky."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Sample:
        depth = np.full((64, 64), 2.0, np.float32)
        depth[:, 32:] = 5
        depth[:8] = np.inf
        labels = np.ones((64, 64), np.uint16)
        labels[:, 32:] = 2
        normals = np.zeros((64, 64, 3), np.float32)
        normals[..., 2] = 1
        return Sample(np.full((64, 64, 3), 90, np.uint8), depth, normals, labels, None, VOCABULARY, 50.0)


@pytest.fixture
def data() -> TrainingData:
    phrases = [
        *COLOR_NAMES,
        "background",
        "floor",
        "cat",
        "kitten",
        "dog",
        DEPTH_GIST,
        *wordings.NORMALS,
        SEGMENT_GIST,
        INSTANCES_GIST,
    ]
    embeddings = {phrase: torch.randn(8) for phrase in phrases}
    return TrainingData([(1.0, Room())], embeddings, sizes=[((64, 32), 1.0)], batch_pixels=4096)


def test_batches_depend_only_on_the_step(data: TrainingData) -> None:
    one, again = data.batch(7), data.batch(7)
    assert torch.equal(one.photo, again.photo)
    assert torch.equal(one.tokens.colors, again.tokens.colors)
    assert not torch.equal(one.photo, data.batch(8).photo)
    data.stream = 1
    assert not torch.equal(one.photo, data.batch(7).photo)


def test_every_picture_gets_all_its_questions(data: TrainingData) -> None:
    batch = data.batch(0)
    assert batch.photo.shape == (2, 3, 32, 64)
    assert batch.kind.tolist() == [DEPTH, NORMALS, SEGMENT, SEGMENT] * 2
    assert batch.slots.shape == (2 * QUESTIONS, 16, 32)


def test_the_right_painting_decodes_to_the_truth(data: TrainingData) -> None:
    batch = data.batch(0)
    pictures = ((target_painting(batch) + 1) / 2).movedim(1, -1).numpy()
    meters = depth_codec.decode(pictures[0]).values
    assert set(np.round(meters[np.isfinite(meters)], 2).tolist()) == {2.0, 5.0}
    vectors = normals_codec.decode(pictures[1]).values
    np.testing.assert_allclose(vectors, np.broadcast_to([0, 0, 1.0], vectors.shape), atol=1e-6)


def certain(batch: Batch) -> torch.Tensor:
    """Logits that answer segmentation exactly."""
    rows, paints = batch.tokens.used.shape
    logits = torch.zeros(rows, paints, *batch.slots.shape[1:])
    return logits.scatter(1, batch.slots.clamp(min=0)[:, None], 50.0)


def test_losses_are_zero_for_a_perfect_answer_and_positive_for_none(data: TrainingData) -> None:
    batch = data.batch(0)
    perfect, blank = losses(certain(batch), batch), losses(torch.zeros_like(certain(batch)), batch)
    assert perfect.segments.item() == pytest.approx(0, abs=1e-6)
    assert perfect.slots.item() == pytest.approx(0, abs=1e-6)
    assert blank.segments > 0.01
    assert blank.angle > 0.1
    assert torch.isfinite(blank.total)


def test_a_mirrored_crop_mirrors_normals_and_keeps_depth() -> None:
    sample = Sample(
        np.zeros((8, 8, 3), np.uint8),
        depth=np.tile(np.arange(1, 9, dtype=np.float32), (8, 1)),
        normals=np.tile(np.float32([1, 0, 0]), (8, 8, 1)),
        focal=8.0,
    )
    seen = set()
    for seed in range(30):
        crop = augment(sample, (8, 8), np.random.default_rng(seed))
        assert crop.depth is not None
        assert crop.normals is not None
        assert crop.focal is not None
        mirrored = crop.depth[0, 0] > crop.depth[0, -1]
        seen.add(bool(mirrored))
        assert crop.normals[0, 0, 0] == (-1 if mirrored else 1)
        assert crop.focal >= 8.0
    assert seen == {True, False}


def test_depth_is_that_of_the_assumed_camera_unless_the_words_tell_of_another(data: TrainingData) -> None:
    sample = Sample(np.zeros((8, 32, 3), np.uint8), depth=np.full((8, 32), 5, np.float32), focal=32.0)
    assert stretch_to_assumed(sample) == 0.5
    assert stretch_to_assumed(replace(sample, focal=None)) == 1
    rng = np.random.default_rng(0)
    question = data._questions(sample, np.zeros((8, 32, 3), np.float32), rng)[0]
    seen = set()
    for _ in range(20):
        row = data._row(sample, question, rng)
        told = float(row["fov"]) > 0
        np.testing.assert_allclose(row["position"], depth_to_position(np.array(5.0 if told else 2.5)), rtol=1e-6)
        seen.add(told)
    assert seen == {True, False}


def test_nothing_is_known_under_a_frame() -> None:
    room = Room()[0]
    sample = framed(room, np.random.default_rng(3))
    assert sample.depth is not None
    assert sample.normals is not None
    assert sample.labels is not None
    changed = (sample.rgb != room.rgb).any(-1)
    assert 0.01 < changed.mean() < 0.2
    assert np.isnan(sample.depth[changed]).all()
    assert np.isnan(sample.normals[changed]).all()
    assert (sample.labels[changed] == -1).all()
    assert room.depth is not None
    np.testing.assert_array_equal(sample.depth[~changed], room.depth[~changed])


def test_sidewalks_take_on_the_colour_of_their_road() -> None:
    rgb = np.zeros((2, 40, 3), np.uint8)
    rgb[:, :10], rgb[:, 10:20], rgb[0, 20:], rgb[1, 20:] = (60, 62, 66), (9, 9, 9), (180, 90, 200), (90, 45, 100)
    labels = np.repeat([[1] * 10 + [0] * 10 + [2] * 20], 2, axis=0)
    sample = Sample(rgb, labels=labels, vocabulary=Vocabulary(("nothing", "road", "sidewalk")))
    index_of = {"road": 1, "sidewalk": 2}
    for seed in range(5):
        changed = repaved(sample, index_of, np.random.default_rng(seed)).rgb.astype(float)
        assert (changed[:, :20] == rgb[:, :20]).all()
        light = changed[:, 20:].mean((0, 1)) / (60, 62, 66)
        assert light == pytest.approx(light.mean(), abs=0.03)
        assert 0.75 < light.mean() < 1.45
        assert changed[0, 20:] == pytest.approx(2 * changed[1, 20:], abs=2)
    no_road = Sample(rgb, labels=np.where(labels == 1, 0, labels))
    assert repaved(no_road, index_of, np.random.default_rng(0)) is no_road


def test_small_things_weigh_more_though_not_equally() -> None:
    slots = torch.tensor([[[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]])
    weight = balance(slots, 3)
    assert weight.mean().item() == pytest.approx(1)
    small, large = weight[0, 3, 3].item(), weight[0, 0, 0].item()
    assert small / large == pytest.approx(15**0.5)
    # What is not asked is a group of its own, and an even picture stays as it is.
    assert balance(torch.full((1, 2, 2), -1), 3).tolist() == [[[1, 1], [1, 1]]]


def test_a_legend_covers_what_it_names_and_nothing_else() -> None:
    labels = np.repeat([[1, 2]], 4, 0)
    for seed in range(50):
        target = wordings.random_legend(labels, VOCABULARY, np.random.default_rng(seed))
        rows = target.slots
        names = target.legend.names
        assert len(set(target.legend.colors.view("u1,u1,u1").ravel().tolist())) == len(names)
        for label, word in ((1, {"floor"}), (2, {"cat", "kitten"})):
            row = rows[labels == label][0]
            assert row == 0 or names[row] in word
            assert row != 0 or not word & set(names)


def test_things_that_the_annotation_passes_over_may_lie_wherever_nothing_is_named() -> None:
    vocabulary = Vocabulary(["nothing", "cat"], absent=("cat", "dog"), unnamed=("wall", "sky"))
    labels = np.array([[0, 0, 1, 1]])
    kinds = set()
    for seed in range(60):
        target = wordings.random_legend(labels, vocabulary, np.random.default_rng(seed))
        names = np.array(target.legend.names)
        open_names = set(names[target.loose]) - {"background"}
        assert open_names <= {"wall", "sky"}
        assert target.slots[0, 0] == (wordings.UNNAMED if open_names else 0)
        kinds.add(bool(open_names))
    assert kinds == {True, False}


def test_what_may_be_called_the_same_is_not_taken_for_absent() -> None:
    vocabulary = Vocabulary(["nothing", "bag", "coat"], absent=("purse", "jacket"), akin=(frozenset({"bag", "purse"}),))
    asked = set[str]()
    for seed in range(60):
        target = wordings.random_legend(np.array([[0, 1]]), vocabulary, np.random.default_rng(seed))
        asked |= set(target.legend.names)
    assert asked == {"background", "bag", "jacket"}


@pytest.mark.parametrize("most", [1, 3])
def test_so_many_things_that_are_not_there_are_asked_for_at_most(most: int) -> None:
    vocabulary = Vocabulary(["nothing", "cat"], absent=("dog", "cow", "hen", "fox"), most_absent=most)
    found = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        names = wordings.random_legend(np.array([[0, 1]]), vocabulary, rng).legend.names
        if "cat" in names:  # else only such things are asked for
            found.add(len(names) - 2)
    assert found == set(range(most + 1))


def test_an_unnamed_pixel_costs_nothing_if_any_of_the_open_paints_is_chosen(data: TrainingData) -> None:
    batch = data.batch(0)
    segments = batch.kind == SEGMENT
    batch.slots[segments] = wordings.UNNAMED
    batch.valid[segments] = False
    batch.loose[segments] = torch.arange(batch.loose.shape[1]) < 2
    rows, paints = batch.tokens.used.shape
    logits = torch.full((rows, paints, *batch.slots.shape[1:]), -50.0)
    logits[:, 1] = 50
    assert losses(logits, batch).slots.item() == pytest.approx(0, abs=1e-6)
    logits[:, 1], logits[:, 3] = -50, 50
    assert losses(logits, batch).slots > 10


@pytest.mark.parametrize(
    ("asked", "of_window"),
    [({"building"}, "building"), ({"building", "window"}, "window"), ({"window"}, "window"), ({"cat"}, "background")],
)
def test_a_part_belongs_to_the_whole_unless_it_is_named_itself(asked: set[str], of_window: str) -> None:
    vocabulary = Vocabulary(["nothing", "building", "window", "cat"], parts={1: frozenset({2})})
    labels = np.array([[0, 1, 2, 3]])
    drawn = (wordings.random_legend(labels, vocabulary, np.random.default_rng(seed)) for seed in range(200))
    rows = [(target.legend.names, target.slots[0, 2]) for target in drawn if set(target.legend.names[1:]) == asked]
    assert rows
    assert {names[slot] for names, slot in rows} == {of_window}


def test_pictures_come_softer_as_they_are_and_sharper(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    picture = rng.uniform(0.3, 0.7, (48, 64, 3)).astype(np.float32)

    def detail(softened: float, sharpened: float) -> list[float]:
        monkeypatch.setattr(data_module, "SOFTENED", softened)
        monkeypatch.setattr(data_module, "SHARPENED", sharpened)
        focus = [focused(picture, rng) for _ in range(20)]
        assert all(x.dtype == np.float32 and x.shape == picture.shape for x in focus)
        assert all(x.mean() == pytest.approx(picture.mean(), abs=0.01) for x in focus)
        return [float(np.abs(np.diff(x, axis=0)).mean() / np.abs(np.diff(picture, axis=0)).mean()) for x in focus]

    assert max(detail(1, 0)) < 0.8
    assert detail(0, 0) == [1.0] * 20
    assert min(detail(0, 1)) > 1.2


def test_a_shade_grows_from_one_side_to_the_other() -> None:
    rng = np.random.default_rng(0)
    factors = np.stack([shade(8, 12, rng) for _ in range(50)])
    assert factors.shape == (50, 8, 12, 1)
    assert factors.min() >= np.exp(-0.6)
    assert factors.max() <= np.exp(0.6)
    opposite = factors[:, 0, 0] * factors[:, -1, -1]
    np.testing.assert_allclose(opposite, 1, rtol=1e-5)
    assert factors.std() > 0.1


def test_a_referring_legend_names_single_things() -> None:
    left, right = np.array([[True, True, False, False]]), np.array([[False, False, True, False]])
    found = [Referral("red chair", left), Referral("nearest chair", left), Referral("lamp", right)]
    for seed in range(20):
        target = wordings.referring_legend(found, np.random.default_rng(seed))
        for row, name in enumerate(target.legend.names[1:], start=1):
            assert (target.slots == row).tolist() in [r.mask.tolist() for r in found if r.phrase == name]
        assert target.slots[0, 3] == 0


class Counted(Room):
    """The same without depth: the cat is two, the upper one small, and there is a third that is not told apart."""

    def __getitem__(self, index: int) -> Sample:
        sample = super().__getitem__(index)
        instances = np.zeros((64, 64), np.int64)
        instances[:16, 32:] = 1
        instances[16:48, 32:] = 2
        instances[48:, 32:] = -1
        return replace(
            sample, depth=None, normals=None, instances=instances, vocabulary=replace(VOCABULARY, synonyms={})
        )


@pytest.fixture
def counted(data: TrainingData) -> TrainingData:
    embeddings = data.embeddings | {phrase: torch.randn(8) for phrase in wordings.places_of("cat")}
    return TrainingData([(1.0, Counted())], embeddings, sizes=[((64, 64), 1.0)], batch_pixels=4096)


def test_things_of_a_kind_are_asked_for_by_where_their_middles_lie() -> None:
    sample = Counted()[0]
    assert sample.labels is not None
    assert sample.instances is not None
    target = wordings.random_instances(sample.labels, sample.instances, VOCABULARY, np.random.default_rng(2))
    assert target is not None
    assert target.legend.names[1] in ("upper left cat", "upper left kitten")
    assert len(target.legend.names) == 5
    np.testing.assert_allclose(target.middles[0, 40], [0.75, 0.125, 1])
    np.testing.assert_allclose(target.middles[20, 40], [0.75, 0.5, 1])
    assert not target.middles[:, :32].any()
    assert target.known[:48].all()
    assert not target.known[48:, 32:].any()
    nothing = np.zeros((64, 64), np.int64)
    assert wordings.random_instances(sample.labels, nothing, VOCABULARY, np.random.default_rng(2)) is None


def test_things_are_painted_as_mixtures_that_the_decoder_tells_apart(
    counted: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_module, "COUNTED", 1.0)
    monkeypatch.setattr(data_module, "augment", lambda sample, size, rng: sample)
    monkeypatch.setattr(data_module, "FRAMED", 0.0)
    batch = counted.batch(0)
    assert batch.kind.tolist() == [INSTANCES] * QUESTIONS
    shares = shares_of_places(batch.vectors)
    torch.testing.assert_close(shares.sum(1), torch.ones_like(shares[:, 0]))
    colors = torch.tensor([(0, 0, 0), *PLACES.values()]).float() / 255
    batch.tokens.colors[:, :5] = colors
    picture = ((target_painting(batch)[0] + 1) / 2).movedim(0, -1).numpy()
    found = instances_codec.decode(picture[:24], (0, 0, 0)).values
    assert found.max() == 2
    assert found[2, 20] != found[20, 20]

    rows, paints = batch.tokens.used.shape
    perfect = torch.full((rows, paints, *shares.shape[2:]), -50.0)
    perfect[:, :5] = shares.clamp(min=1e-12).log()
    assert losses(perfect, batch).thing_colors.item() == pytest.approx(0, abs=1e-5)
    assert losses(perfect, batch).things < losses(torch.zeros_like(perfect), batch).things - 0.5
