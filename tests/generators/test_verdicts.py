from __future__ import annotations

from dataclasses import replace

import pytest

from vb_demo.generators.catalog import CATALOG
from vb_demo.generators.memory import PACKAGES, Machine
from vb_demo.generators.verdicts import BLOCKED, DOWNLOAD, READY, overview, packages_for, verdict

SERVER = Machine(ram_gb=256, disk_gb=900, gpu="cuda", gpu_name="a big card", gpu_gb=80)
LAPTOP = Machine(ram_gb=12, disk_gb=100)


def test_a_server_runs_everything() -> None:
    for spec in CATALOG.values():
        assert verdict(spec, SERVER, downloaded=True).state == READY, spec.name


def test_what_has_to_be_fetched_and_accepted_is_said() -> None:
    free = verdict(CATALOG["flux2-klein-4b"], SERVER)
    assert (free.state, free.runs) == (DOWNLOAD, True)
    assert "16 GB are fetched first" in free.words
    assert "Gated" not in free.words
    gated = verdict(CATALOG["open-vision-banana"], SERVER)
    assert "accept its licence at https://huggingface.co/black-forest-labs/FLUX.2-klein-base-9B" in gated.words
    assert "Gated" not in verdict(CATALOG["open-vision-banana"], SERVER, downloaded=True).words


def test_a_laptop_runs_the_small_ones() -> None:
    runs = {name for name, spec in CATALOG.items() if verdict(spec, LAPTOP, downloaded=True).runs}
    assert runs == {"plantain", "instruct-pix2pix", "marigold-depth", "marigold-normals"}
    assert "needs a GPU with" in verdict(CATALOG["open-vision-banana"], LAPTOP).words


def test_missing_packages_and_a_full_disk_are_named() -> None:
    bare = replace(SERVER, packages=frozenset(PACKAGES) - {"peft", "torchvision"})
    blocked = verdict(CATALOG["qwen-image-edit-2511-lightning"], bare, downloaded=True)
    assert blocked.state == BLOCKED
    assert "peft and torchvision must be installed (pip install -r requirements-gpu.txt)." in blocked.words
    assert "57 GB" not in blocked.words
    full = verdict(CATALOG["flux-kontext"], replace(SERVER, disk_gb=5))
    assert "34 GB do not fit the disk (5 GB free)" in full.words


def test_settings_that_contradict_the_machine_block() -> None:
    spec = replace(CATALOG["flux2-klein-4b"], memory={"device": "cuda"})
    assert "no cuda device" in verdict(spec, LAPTOP).words


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("flux2-klein-4b", ["accelerate"]),
        ("flux2-klein-schematic", ["accelerate", "peft"]),
        ("longcat-image-edit", ["accelerate", "torchvision"]),
    ],
)
def test_packages(name: str, packages: list[str]) -> None:
    assert packages_for(CATALOG[name]) == packages


def test_the_overview_has_the_whole_catalog() -> None:
    rows = overview(LAPTOP)
    assert [spec.name for spec, _ in rows] == list(CATALOG)
    assert rows[0][1].state == READY  # plantain's weights ship
