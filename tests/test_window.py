from __future__ import annotations

from pathlib import Path

import numpy as np
import open3d as o3d
import pytest

from vb_demo import window
from vb_demo.answers import DepthMap
from vb_demo.errors import InputError
from vb_demo.scene import Scene

BOX, SKY = (27, 48), (48, 2)


@pytest.fixture(scope="module")
def scene(world) -> Scene:
    return Scene(world.photo, DepthMap(world.depth, np.ones_like(world.depth), world.photo.pixels))


@pytest.fixture(scope="module")
def folder(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("result")
    scene.export(place, pins=[BOX, SKY])
    return place


def test_a_folder_shows_the_cloud_the_camera_and_the_pins(scene: Scene, folder: Path):
    cloud, camera, pin = window.load_geometries(folder)
    np.testing.assert_allclose(np.asarray(cloud.points), scene.point_cloud().points, atol=1e-5)
    frustum = np.asarray(camera.points)
    assert np.linalg.norm(frustum, axis=1).min() == 0  # its tip is where the photo was taken
    assert (frustum[1:5, 2] < 0).all()  # and it opens towards what was seen
    np.testing.assert_allclose(pin.get_center(), np.array(scene.reading(*BOX).xyz) * (1, -1, -1), atol=1e-3)


def test_a_folder_shows_the_surface_when_asked(scene: Scene, folder: Path):
    surface = window.load_geometries(folder, surface=True)[0]
    assert len(surface.triangles) > 1000
    colors = np.asarray(surface.vertex_colors) * 255
    photo = scene.photo.pixels.reshape(-1, 3)
    assert abs(colors.mean() - photo[scene.point_cloud().pixels].mean()) < 8


def test_a_cloud_alone(folder: Path, tmp_path: Path):
    (tmp_path / "cloud.ply").write_bytes((folder / "cloud.ply").read_bytes())
    assert len(window.load_geometries(tmp_path)) == 1
    assert len(window.load_geometries(tmp_path / "cloud.ply")) == 1


def test_nothing_to_see(tmp_path: Path):
    with pytest.raises(InputError, match=r"no .*cloud\.ply; `ask"):
        window.load_geometries(tmp_path)
    (tmp_path / "cloud.ply").write_text("ply")
    with pytest.raises(InputError, match="holds no points"):
        window.load_geometries(tmp_path)


def test_the_window_is_given_all_of_it(folder: Path, monkeypatch: pytest.MonkeyPatch):
    shown = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(
        o3d.visualization, "draw_geometries", lambda geometries, **options: shown.append((geometries, options))
    )
    seen = window.load_geometries(folder)
    window.show(seen, "result")
    [(geometries, options)] = shown
    assert geometries is seen
    assert options["window_name"] == "result"
    assert options["lookat"][2] < 0 < options["front"][2]


def test_no_display(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(InputError, match="no display"):
        window.show(window.load_geometries(folder), "result")
