from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vb_demo.codecs import depth as depth_codec
from vb_demo.codecs import to_uint8
from vb_demo.evaluation.benchmarks import evaluate
from vb_demo.evaluation.datasets import Dataset, Sample, open_dataset
from vb_demo.evaluation.figures import Figure, Report
from vb_demo.evaluation.metrics import BOUNDARY_LIMIT
from vb_demo.evaluation.segments import measure_common_names, measure_referring
from vb_demo.flow import ask
from vb_demo.generators import Painting
from vb_demo.geometry import Camera
from vb_demo.referring import Referral
from vb_demo.tasks import Wording

WriteSet = Callable[..., Path]


def figures(report: Report) -> dict[str, Figure]:
    return {figure.name: figure for figure in report.figures}


def millimetres(meters: Any) -> np.ndarray:
    return np.where(np.isfinite(meters), np.nan_to_num(meters, posinf=0) * 1000, 0).astype(np.uint16)


def rgbd(write_set: WriteSet, camera: Camera, **depths: Any) -> Path:
    k = [camera.fx, camera.fy, camera.cx, camera.cy]
    meta = {"kind": "rgbd", "items": {name: {"K": k} for name in depths}}
    return write_set("room", meta, "depth", **{name: millimetres(depth) for name, depth in depths.items()})


def painting_of(pixels: np.ndarray) -> Any:
    """A generator that paints these pixels, whatever it is asked."""

    def paint(photo: Any, prompt: str, **_: Any) -> Painting:
        return Painting(pixels, "fixed", prompt, 0, 1, 0.0)

    return paint


def test_an_exact_painter_is_right_about_depth_and_directions(write_set: WriteSet, world: Any, painter: Any) -> None:
    folder = rgbd(write_set, world.photo.camera, a=world.depth, b=world.depth * 0.5)
    found = figures(evaluate(folder, painter, limit=1))
    assert found["depth δ1 ↑"].value == 1
    assert found["depth AbsRel ↓"].value == pytest.approx(0, abs=0.005)
    assert found["normals median, degrees ↓"].value == pytest.approx(0, abs=1)
    assert found["normals within 11.25° ↑"].value == pytest.approx(1, abs=0.1)
    assert all(figure.photos == 1 and figure.average is None for figure in found.values())


def test_depth_baselines_by_hand(write_set: WriteSet) -> None:
    # Three photos of flat walls. The painter says 2 m about each.
    walls = {name: np.full((8, 12), depth) for name, depth in (("a", 1.0), ("b", 2.0), ("c", 4.0))}
    generator = SimpleNamespace(
        name="two metres",
        dialect={"depth": Wording("depth", "cube-walk")},
        paint=painting_of(to_uint8(depth_codec.encode(np.full((8, 12), 2.0)))),
    )
    found = figures(evaluate(rgbd(write_set, Camera.from_fov(12, 8, 60), **walls), generator))
    relative = found["depth AbsRel ↓"]
    assert relative.value == pytest.approx((1 + 0 + 0.5) / 3, abs=0.01)
    assert relative.shares == pytest.approx((1, 0, 0.5), abs=0.02)
    assert relative.error == pytest.approx(0.5 / 3**0.5, abs=0.01)
    assert relative.constant == pytest.approx((1 + 0 + 0.5) / 3)  # the median of the set is 2 m
    assert relative.average == pytest.approx(((3 - 1) / 1 + (2.5 - 2) / 2 + (4 - 1.5) / 4) / 3)
    assert found["depth δ1 ↑"].value == pytest.approx(1 / 3)
    scaled = found["depth AbsRel, scaled ↓"]
    assert (scaled.value, scaled.average, scaled.constant) == pytest.approx((0, 0, 0), abs=1e-6)
    assert "normals mean, degrees ↓" not in found
    off = found["painted off the walk ↓"]
    assert (off.value, off.average, off.constant) == (0, None, None)


def test_relative_depth_has_only_scaled_figures(write_set: WriteSet) -> None:
    truth = np.tile(np.linspace(1, 5, 12), (8, 1))
    grey = to_uint8(np.repeat(((1 / truth - 0.2) / 0.8)[..., None], 3, axis=2))
    generator = SimpleNamespace(
        name="grey", dialect={"depth": Wording("depth", "inverse-grey")}, paint=painting_of(grey)
    )
    found = figures(evaluate(rgbd(write_set, Camera.from_fov(12, 8, 60), a=truth), generator))
    assert found["depth δ1 ↑"].value is None
    assert found["depth δ1 ↑"].constant is not None
    assert found["depth δ1, scaled ↑"].value == 1
    assert found["depth AbsRel, scaled ↓"].value == pytest.approx(0, abs=0.02)


def test_one_legend_is_counted_over_the_whole_set(write_set: WriteSet, world: Any, painter: Any) -> None:
    # The painter knows floor, wall, box and ball, but takes the sky for background.
    stored = np.where(world.labels == 0, 255, world.labels - 1).astype(np.uint8)
    meta = {"kind": "semantic", "classes": ["floor", "wall", "box", "ball"]}
    report = evaluate(write_set("street", meta, "label", a=stored, b=stored, c=255 - 0 * stored), painter)
    found = figures(report)
    assert found["mIoU ↑"].value == 1
    assert found["mIoU ↑"].photos == 3
    np.testing.assert_array_equal(found["mIoU ↑"].shares, [1, 1, np.nan])
    assert found["mIoU ↑"].error == 0
    sizes = np.bincount(world.labels.ravel())[1:]
    assert found["mIoU ↑"].constant == pytest.approx(sizes.max() / sizes.sum() / 4)
    assert found["IoU ball ↑"].detail
    assert found["IoU ball ↑"].value == 1
    assert len(set(painter.prompts)) == 1
    assert "ball" in painter.prompts[0]
    assert "background" not in painter.prompts[0]


def test_own_legends_name_what_each_photo_shows(write_set: WriteSet, world: Any, painter: Any) -> None:
    things = [{"name": "ball"}, {"name": "ball"}, {"name": "box"}]
    stored = np.where(world.labels == 3, 3, world.instances).astype(np.uint16)
    only_box = np.where(world.labels == 3, 3, 0).astype(np.uint16)
    meta = {"kind": "instance", "items": {"a": things, "b": things, "c": things}}
    folder = write_set("things", meta, "label", a=stored, b=only_box, c=0 * only_box)
    [figure, referring, quality, _] = evaluate(folder, painter).figures
    assert figure.value == 1
    assert (referring.name, referring.value) == ("referring IoU ↑", 0.5)  # the painter knows "box", but no phrase
    assert figure.photos == 2
    assert (quality.name, quality.photos) == ("things, PQ ↑", 1)
    assert quality.value > 0.9
    assert quality.constant == 0
    ball, box = (world.labels == 4).mean(), (world.labels == 3).mean()
    assert figure.constant == pytest.approx(((ball + box) / 2 + box) / 2)
    assert figure.average is None
    assert "ball" in painter.prompts[0]
    assert "ball" not in painter.prompts[1]
    assert "background black" in painter.prompts[1]


def test_progress_counts_paintings(write_set: WriteSet, world: Any, painter: Any) -> None:
    seen: list[tuple[int, int]] = []
    folder = rgbd(write_set, world.photo.camera, a=world.depth, b=world.depth)
    evaluate(folder, painter, on_painting=lambda number, total: seen.append((number, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("with_camera", [False, True])
def test_the_camera_goes_along_where_it_is_asked_for(
    write_set: WriteSet, world: Any, painter: Any, monkeypatch: pytest.MonkeyPatch, with_camera: bool
) -> None:
    seen: list[Camera] = []
    paint = painter.paint
    monkeypatch.setattr(painter, "paint", lambda photo, *a, **k: seen.append(photo.camera) or paint(photo, *a, **k))
    truth = Camera.from_fov(*world.photo.size, 71)
    evaluate(rgbd(write_set, truth, a=world.depth), painter, with_camera=with_camera)
    assert {camera.source for camera in seen} == {"user" if with_camera else "assumed"}
    assert all((camera.hfov == pytest.approx(71)) == with_camera for camera in seen)


def test_clothing_is_asked_for_people_and_for_parts(write_set: WriteSet, world: Any, painter: Any) -> None:
    # Of the words, the painter knows none; of the set's classes, "dress" covers the box and "hair" the balls.
    classes = ["null", "hair", "skin", "dress", "pants", "shoes", "bag", "hat"]
    stored = np.select([world.labels == 3, world.labels == 4, world.labels == 2], [3, 1, 7]).astype(np.uint8)
    box, balls, wall = ((world.labels == i).mean() for i in (3, 4, 2))
    report = evaluate(write_set("clothing", {"kind": "semantic", "classes": classes}, "label", a=stored), painter)
    found = figures(report)
    assert list(found)[:2] == ["IoU person ↑", "mIoU of hair, skin, dress, pants, shoes, bag ↑"]
    assert found["IoU person ↑"].value == 0
    assert found["IoU person ↑"].constant == pytest.approx(box + balls + wall)
    assert found["IoU dress ↑"].detail
    assert found["IoU hair ↑"].value == 0
    assert "IoU hat ↑" not in found
    assert painter.prompts[0].startswith("Paint the person ")
    assert "hat" not in painter.prompts[1]
    assert all("background black" in prompt for prompt in painter.prompts)


def test_renders_have_exact_figures(
    write_renders: Callable[..., Path], world: Any, painter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The painter knows "box", but no phrase.
    phrases = [Referral("the box", world.labels == 3), Referral("the red ball", world.instances == 1)]
    monkeypatch.setattr("vb_demo.evaluation.segments.referrals", lambda *_, most: phrases[:most])
    seen: list[tuple[int, int]] = []
    folder = write_renders(2, 1)
    report = evaluate(folder, painter, limit=2, on_painting=lambda number, total: seen.append((number, total)))
    found = figures(report)
    assert found["depth δ1 ↑"].value == 1
    assert found["depth boundaries off, pixels ↓"].value < 1.5  # a quarter of a pixel of this picture
    assert found["depth boundaries off, pixels ↓"].constant == BOUNDARY_LIMIT
    assert found["painted off the walk ↓"].value == 0
    assert found["normals mean, degrees ↓"].value == pytest.approx(0, abs=1)
    common = found["mIoU of the 60 commonest names ↑"]
    shares = np.bincount(world.labels.ravel())[1:] / world.labels.size
    assert (common.value, common.photos) == (1, 2)
    assert common.constant == pytest.approx(shares.mean())
    referring = found["referring IoU ↑"]
    assert (referring.value, referring.photos) == (0.5, 4)
    assert referring.constant == pytest.approx(np.mean([phrase.mask.mean() for phrase in phrases]))
    assert found["things, PQ ↑"].value > 0.9
    assert seen[-1] == (12, 12)


def test_rare_names_and_slivers_are_not_asked_for(write_renders: Callable[..., Path], world: Any, painter: Any) -> None:
    data = open_dataset(write_renders(1))
    [figure, *details] = measure_common_names(data, partial(paint_for, painter, data), number=2)
    assert figure.value == 1
    assert len(details) == 2
    [prompt] = painter.prompts
    assert sum(name in prompt for name in world.names) == 2


def paint_for(painter: Any, data: Dataset, sample: Sample, prompt: str) -> Any:
    return ask(data.photo(sample), "segment", prompt=prompt, generator=painter)


def test_photos_with_crowds_yield_no_phrases(write_set: WriteSet, world: Any, painter: Any) -> None:
    stored = np.where(world.labels == 3, 3, world.instances).astype(np.uint16)
    for crowd, expected in ((0, 2), (1, 0)):
        things = [{"name": "ball"}, {"name": "ball"}, {"name": "box", "crowd": crowd}]
        data = open_dataset(
            write_set(f"crowd {crowd}", {"kind": "instance", "items": {"a": things}}, "label", a=stored)
        )
        painter.prompts.clear()
        measure_referring(data, partial(paint_for, painter, data))
        assert len(painter.prompts) == expected


def test_renders_yield_phrases_that_do_not_change(write_renders: Callable[..., Path], painter: Any) -> None:
    data = open_dataset(write_renders(2))
    for _ in range(2):
        measure_referring(data, partial(paint_for, painter, data))
    first, again = painter.prompts[:4], painter.prompts[4:]
    assert first == again
    assert len(first) == 4
