from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vb_demo.agreement import normal_agreement
from vb_demo.answers import DepthMap, NormalMap
from vb_demo.errors import InputError
from vb_demo.scene import Scene


def test_true_normals_agree_with_true_depth(world):
    sure = np.ones(world.depth.shape, np.float32)
    scene = Scene(
        world.photo,
        DepthMap(world.depth, sure, world.photo.pixels),
        NormalMap(world.normals, sure, world.photo.pixels),
    )
    found = normal_agreement(scene)
    assert found.median < 0.1
    assert np.isnan(found.degrees[world.labels == 0]).all()
    assert found.describe().startswith("Painted normals and depth differ by 0° (median)")

    tilt = np.radians(30)  # all painted normals turned about the x axis
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]], np.float32)
    scene.normals = replace(scene.normals, vectors=world.normals @ turn)
    assert np.nanmedian(normal_agreement(scene).degrees[world.labels < 4]) == pytest.approx(30, abs=0.1)


def test_agreement_needs_both(world):
    sure = np.ones(world.depth.shape, np.float32)
    only_depth = Scene(world.photo, DepthMap(world.depth, sure, world.photo.pixels))
    with pytest.raises(InputError, match="ask for normals first"):
        normal_agreement(only_depth)
    nowhere = NormalMap(np.full_like(world.normals, np.nan), sure, world.photo.pixels)
    with pytest.raises(InputError, match="Nowhere"):
        normal_agreement(replace(only_depth, normals=nowhere))
