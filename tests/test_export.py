from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import vb_demo
from vb_demo.answers import DepthMap, InstanceMap, Provenance, RelativeDepthMap, SegmentMap
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.export import CONVENTIONS, depth_to_millimeters, export, file_names, zip_folder
from vb_demo.flow import ask
from vb_demo.prompts import Entry, Legend, parse_prompt
from vb_demo.recipe import Recipe, recipe_of, run_recipe
from vb_demo.scene import Scene

BOX, FLOOR, SKY = (27, 48), (48, 70), (48, 2)


@pytest.fixture
def scene(world, painter) -> Scene:
    """All four answers, painted and read."""
    words = "The floor is blue. The wall is yellow. The box is red. The ball is green. The background is black."
    return Scene(
        world.photo,
        depth=ask(world.photo, "depth", generator=painter, seed=7),
        normals=ask(world.photo, "normals", generator=painter),
        segments=ask(world.photo, words, generator=painter),
        instances=ask(world.photo, "instances", of="ball", generator=painter),
    )


def picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_all_files_are_there_and_listed(scene: Scene, tmp_path: Path):
    files = export(scene, tmp_path / "new" / "folder", pins=[BOX, FLOOR])
    assert set(files) == {
        "photo.png",
        "photo_pins.png",
        "painting_depth.png",
        "painting_normals.png",
        "painting_segments.png",
        "painting_instances.png",
        "reliability_float32.npz",
        "depth_m_float32.npz",
        "depth_mm_uint16.png",
        "depth_preview.png",
        "normals_xyz_float32.npz",
        "normals_preview.png",
        "labels_uint8.png",
        "legend.json",
        "segments_overlay.png",
        "things_uint8.png",
        "things.json",
        "instances_overlay.png",
        "masks/segments_1_floor.png",
        "masks/segments_2_wall.png",
        "masks/segments_3_box.png",
        "masks/segments_4_ball.png",
        "masks/instances_1_ball_1.png",
        "masks/instances_2_ball_2.png",
        "masks_coco_rle.json",
        "cloud.ply",
        "surface.glb",
        "pins.csv",
        "recipe.json",
        "result.json",
    }
    folder = tmp_path / "new" / "folder"
    assert files == {name: folder / name for name in files}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == set(files)
    assert [*json.loads(files["result.json"].read_text())["files"], "result.json"] == list(files)
    assert file_names(scene, [BOX, FLOOR]) == list(files)
    assert set(files) - set(file_names(scene)) == {"photo_pins.png", "pins.csv"}


def test_numbers_come_back_as_they_were(scene: Scene, tmp_path: Path):
    files = scene.export(tmp_path)
    np.testing.assert_array_equal(np.load(files["depth_m_float32.npz"])["depth_m"], scene.depth.meters)
    np.testing.assert_array_equal(np.load(files["normals_xyz_float32.npz"])["normals_xyz"], scene.normals.vectors)
    np.testing.assert_array_equal(picture(files["labels_uint8.png"]), scene.segments.labels)
    np.testing.assert_array_equal(picture(files["things_uint8.png"]), scene.instances.labels)
    np.testing.assert_array_equal(picture(files["photo.png"]), scene.photo.pixels)
    np.testing.assert_array_equal(picture(files["painting_depth.png"]), scene.depth.painting)
    reliability = np.load(files["reliability_float32.npz"])
    assert set(reliability) == set(scene.answers)
    np.testing.assert_array_equal(reliability["depth"], scene.depth.reliability)
    millimeters = picture(files["depth_mm_uint16.png"])
    assert millimeters.dtype == np.uint16
    finite = np.isfinite(scene.depth.meters)
    np.testing.assert_allclose(millimeters[finite] / 1000, scene.depth.meters[finite], atol=0.0006)
    assert (millimeters[~finite] == 0).all()


def test_a_painting_in_the_folder_decodes_to_the_same_answer(scene: Scene, tmp_path: Path):
    files = scene.export(tmp_path)
    again = vb_demo.decode(files["painting_depth.png"], "depth", photo=scene.photo)
    np.testing.assert_array_equal(again.meters, scene.depth.meters)


def test_millimetres():
    meters = np.array([[1.2345, 0.0001, 65.5349, 500.0, np.inf, np.nan]], np.float32)
    assert depth_to_millimeters(meters).tolist() == [[1234, 1, 65535, 65535, 0, 0]]


def test_the_point_cloud_can_be_opened(scene: Scene, tmp_path: Path):
    import open3d as o3d

    files = scene.export(tmp_path)
    points = np.asarray(o3d.io.read_point_cloud(str(files["cloud.ply"])).points)
    assert len(points) == len(scene.point_cloud())
    assert (points[:, 2] < 0).all()  # in front of the camera, as result.json says


def test_result_json(scene: Scene, tmp_path: Path):
    files = scene.export(tmp_path, pins=[BOX, FLOOR, SKY])
    result = json.loads(files["result.json"].read_text("utf-8"))
    assert result["unit"] == "metre"
    assert result["photo"] == {"name": scene.photo.name, "size_px": [96, 72]}
    assert result["camera"]["source"] == "user"
    assert result["camera"]["fx"] == scene.photo.camera.fx
    depth = result["answers"]["depth"]
    assert (depth["generator"], depth["seed"], depth["painting_size_px"]) == ("painter", 7, [96, 72])
    assert depth["prompt"] == scene.depth.provenance.prompt
    assert result["answers"]["normals"]["abs_rel"] is None  # nobody measured it: 0 would be perfect
    assert parse_prompt(result["legend"]) == scene.segments.legend
    box, floor, sky = result["readings"]
    assert box["depth_m"] == pytest.approx(2.5, abs=0.02)
    assert (box["label"], floor["facing"], sky["note"], sky["depth_m"]) == ("box", "faces up", "sky", None)
    apart, to_the_sky = result["distances"]
    assert apart["value"] == pytest.approx(scene.distance_between(BOX, FLOOR).value)
    assert apart["low"] < apart["value"] < apart["high"]
    assert to_the_sky is None
    assert [found["name"] for found in result["objects"]] == [found.name for found in scene.objects()]
    assert result["conventions"]["depth_m_float32.npz"] == CONVENTIONS["depth_m_float32.npz"]
    assert {"vb_demo", "numpy"} <= set(result["versions"])
    assert result["notes"] == []


@pytest.mark.parametrize(("axes", "signs"), [("opengl", (1, 1, 1)), ("opencv", (1, -1, -1))])
def test_normals_in_the_axes_that_were_chosen(scene: Scene, tmp_path: Path, axes: str, signs: tuple[int, int, int]):
    files = export(scene, tmp_path, axes=axes)
    written = np.load(files["normals_xyz_float32.npz"])["normals_xyz"]
    np.testing.assert_array_equal(written, scene.normals.vectors * np.float32(signs))
    said = json.loads(files["result.json"].read_text())["conventions"]["normals_xyz_float32.npz"]
    assert ("+y down" in said, "+z away" in said) == (axes == "opencv",) * 2


def test_axes_that_are_not_there(scene: Scene, tmp_path: Path):
    with pytest.raises(InputError, match="allowed are: vision-banana, opengl"):
        export(scene, tmp_path / "new", axes="left-handed")


def test_masks_are_read_by_the_tools_of_coco(scene: Scene, tmp_path: Path):
    from pycocotools.coco import COCO

    files = scene.export(tmp_path)
    coco = COCO(str(files["masks_coco_rle.json"]))
    found = coco.loadAnns(coco.getAnnIds())
    assert [a["label"] for a in found] == [1, 2, 3, 4, 1, 2]
    for annotation in found:
        labels = getattr(scene, annotation["answer"]).labels
        mask = labels == annotation["label"]
        np.testing.assert_array_equal(coco.annToMask(annotation), mask)
        assert annotation["area"] == mask.sum()
        y, x = np.nonzero(mask)
        assert annotation["bbox"] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == ["floor", "wall", "box", "ball"]
    assert {a["category_id"] for a in found if a["answer"] == "instances"} == {4}
    np.testing.assert_array_equal(picture(files["masks/segments_3_box.png"]), scene.segments.labels == 3)


def test_pins_as_a_table(scene: Scene, tmp_path: Path):
    files = scene.export(tmp_path, pins=[BOX, SKY])
    with files["pins.csv"].open(newline="") as file:
        box, sky = csv.DictReader(file)
    reading = scene.reading(*BOX)
    assert (box["pin"], box["x"], box["y"], box["label"]) == ("1", "27", "48", "box")
    assert [float(box[axis]) for axis in ("x_m", "y_m", "z_m")] == list(reading.xyz)
    assert (sky["depth_m"], sky["x_m"], sky["note"]) == ("", "", "sky")


def test_the_spread_between_paintings_is_in_the_table(scene: Scene, tmp_path: Path):
    spread = np.full_like(scene.depth.meters, 0.08)
    files = replace(scene, depth=replace(scene.depth, spread=spread)).export(tmp_path, pins=[BOX])
    with files["pins.csv"].open(newline="") as file:
        assert [float(pin["votes_spread_m"]) for pin in csv.DictReader(file)] == pytest.approx([0.08])


def test_large_photos_keep_their_data_and_get_small_previews(scene: Scene, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("vb_demo.export.PREVIEW_SIDE", 48)
    files = scene.export(tmp_path, pins=[BOX])
    sizes = {name: Image.open(path).size for name, path in files.items() if name.endswith(".png")}
    looks = {name for name in sizes if "preview" in name or "overlay" in name or "pins" in name}
    assert len(looks) == 5
    assert {name: size for name, size in sizes.items() if size != (96, 72)} == dict.fromkeys(looks, (48, 36))
    assert np.load(files["depth_m_float32.npz"])["depth_m"].shape == (72, 96)


def test_the_recipe_in_the_folder_repeats_the_scene(scene: Scene, painter, tmp_path: Path):
    files = scene.export(tmp_path, pins=[BOX])
    recipe = Recipe.from_json(files["recipe.json"].read_text("utf-8"))
    assert recipe == recipe_of(scene, [BOX])
    np.testing.assert_array_equal(run_recipe(recipe, scene.photo, painter).depth.meters, scene.depth.meters)


def test_legends(scene: Scene, tmp_path: Path):
    files = scene.export(tmp_path)
    legend = json.loads(files["legend.json"].read_text())
    assert legend["entries"][2] == {"label": 3, "name": "box", "color": "#ff0000"}
    assert legend["background"] == {"label": 0, "color": "#000000"}
    things = json.loads(files["things.json"].read_text())["entries"]
    assert [thing["name"] for thing in things] == ["ball 1", "ball 2"]


def test_a_photo_alone(world, tmp_path: Path):
    files = Scene(world.photo).export(tmp_path)
    assert list(files) == ["photo.png", "recipe.json", "result.json"]
    result = json.loads(files["result.json"].read_text())
    assert (result["unit"], result["answers"], result["legend"]) == (None, {}, None)


def test_relative_depth_is_not_written_as_metres(world, tmp_path: Path):
    nearness = np.linspace(0, 1, world.depth.size, dtype=np.float32).reshape(world.depth.shape)
    relative = RelativeDepthMap(nearness, np.ones_like(nearness), world.photo.pixels, Provenance("other"))
    files = Scene(world.photo, relative).export(tmp_path, pins=[BOX, FLOOR])
    assert not [name for name in files if "_m_" in name or "_mm_" in name or name == "cloud.ply"]
    np.testing.assert_array_equal(np.load(files["nearness_float32.npz"])["nearness"], nearness)
    result = json.loads(files["result.json"].read_text())
    assert result["unit"] is None
    assert result["distances"] == [None]
    assert "relative" in result["notes"][0]


def test_all_sky_is_exported_with_a_note_in_place_of_a_cloud(world, tmp_path: Path):
    sky = DepthMap(np.full_like(world.depth, np.inf), np.ones_like(world.depth), world.photo.pixels)
    files = Scene(world.photo, sky).export(tmp_path)
    assert not {"cloud.ply", "surface.glb"} & set(files)
    assert file_names(Scene(world.photo, sky)) == list(files)
    notes = json.loads(files["result.json"].read_text())["notes"]
    assert [note.split(".")[0] for note in notes] == ["cloud", "surface"]


def test_more_than_255_classes_get_16_bits(world, tmp_path: Path):
    count = 300
    labels = np.arange(world.depth.size).reshape(world.depth.shape) % (count + 1)
    legend = Legend(tuple(Entry(f"thing number {i}", Color(i % 256, i // 256, 9)) for i in range(count)))
    segments = SegmentMap(labels.astype(np.int32), legend, np.ones_like(world.depth), world.photo.pixels)
    files = Scene(world.photo, segments=segments).export(tmp_path)
    np.testing.assert_array_equal(picture(files["labels_uint16.png"]), labels)
    assert len([name for name in files if name.startswith("masks/")]) == count


def test_no_things_at_all(world, tmp_path: Path):
    nothing = np.zeros(world.depth.shape, np.int32)
    things = InstanceMap(nothing, 0, "cat", (), np.ones_like(world.depth), world.photo.pixels)
    files = Scene(world.photo, instances=things).export(tmp_path)
    assert json.loads(files["things.json"].read_text())["entries"] == []
    assert "masks_coco_rle.json" not in files


def test_file_names_survive_any_class_name(world, tmp_path: Path):
    legend = Legend((Entry("../a cat's ear: \u732b/", Color(9, 9, 9)), Entry("!!", Color(99, 9, 9))))
    labels = np.arange(world.depth.size).reshape(world.depth.shape).astype(np.int32) % 3
    files = Scene(
        world.photo, segments=SegmentMap(labels, legend, np.ones_like(world.depth), world.photo.pixels)
    ).export(tmp_path)
    masks = {name for name in files if name.startswith("masks/")}
    assert masks == {"masks/segments_1_a_cat_s_ear_\u732b.png", "masks/segments_2_unnamed.png"}


def test_what_is_transparent_has_no_answer(scene: Scene, painter, tmp_path: Path):
    valid = np.ones(scene.depth.meters.shape, bool)
    valid[:, :48] = False
    photo = replace(scene.photo, valid=valid)
    words = scene.segments.provenance.prompt
    answers = (ask(photo, task, generator=painter) for task in ("depth", "normals", words))
    hidden = Scene(photo, **dict(zip(("depth", "normals", "segments"), answers, strict=True)))
    files = hidden.export(tmp_path)
    assert file_names(hidden) == list(files)
    assert np.isnan(np.load(files["depth_m_float32.npz"])["depth_m"][~valid]).all()
    assert np.isnan(np.load(files["normals_xyz_float32.npz"])["normals_xyz"][~valid]).all()
    assert not picture(files["depth_mm_uint16.png"])[~valid].any()
    assert (picture(files["depth_preview.png"])[:40, :44] == 128).all()
    assert not picture(files["labels_uint8.png"])[~valid].any()
    np.testing.assert_array_equal(picture(files["labels_uint8.png"])[valid], scene.segments.labels[valid])
    assert "masks/segments_3_box.png" not in files  # it lies on the left
    assert (picture(files["photo_valid.png"]) == valid).all()
    result = json.loads(files["result.json"].read_text())
    assert result["answers"]["depth"]["mean_reliability"] == pytest.approx(scene.depth.reliability[valid].mean())
    assert "box" not in [found["name"] for found in result["objects"]]


def test_an_earlier_export_leaves_nothing_behind(scene: Scene, world, tmp_path: Path):
    before = {"letter.txt", "painting_of_mum.png", "masks/own.png"}
    (tmp_path / "masks").mkdir()
    for name in before:
        (tmp_path / name).write_text("mine")
    valid = scene.photo.valid.copy()
    valid[0, 0] = False
    first = replace(scene, photo=replace(scene.photo, valid=valid)).export(tmp_path, pins=[BOX])
    assert "photo_valid.png" in first
    many = Legend(tuple(Entry(f"thing number {i}", Color(i % 256, i // 256, 9)) for i in range(300)))
    labels = np.arange(world.depth.size).reshape(world.depth.shape).astype(np.int32) % 300
    relative = RelativeDepthMap(np.ones_like(world.depth), np.ones_like(world.depth), world.photo.pixels)
    segments = SegmentMap(labels, many, np.ones_like(world.depth), world.photo.pixels)
    things = InstanceMap(
        labels, 300, "cup", tuple(entry.color for entry in many.entries), np.ones_like(world.depth), world.photo.pixels
    )
    Scene(world.photo, relative, segments=segments, instances=things).export(tmp_path)
    last = Scene(world.photo).export(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == {*last, *before}


def test_only_its_own_folder_is_tidied(world, tmp_path: Path):
    (tmp_path / "legend.json").write_text("mine")
    Scene(world.photo).export(tmp_path)
    assert (tmp_path / "legend.json").read_text() == "mine"


def test_zip_holds_every_file(scene: Scene, tmp_path: Path):
    files = scene.export(tmp_path / "result.1")
    packed = zip_folder(tmp_path / "result.1")
    assert packed == tmp_path / "result.1.zip"
    with zipfile.ZipFile(packed) as archive:
        assert {name for name in archive.namelist() if not name.endswith("/")} == set(files)
        assert archive.read("photo.png") == files["photo.png"].read_bytes()


def test_folders_that_cannot_be(world, tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        Scene(world.photo).export(file / "folder")
    with pytest.raises(InputError, match="no folder"):
        zip_folder(tmp_path / "missing")
    with pytest.raises(InputError, match="outside the photo"):
        Scene(world.photo).export(tmp_path / "new", pins=[(500, 0)])
    assert not (tmp_path / "new").exists()
