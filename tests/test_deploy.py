"""What a Hugging Face Space builds from: front matter, requirements, system packages, app.py."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
"""What the hub allows for the card of a Space: huggingface.co/docs/hub/spaces-config-reference."""
KNOWN = {
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "license"),
    *("pinned", "short_description", "suggested_hardware", "models", "tags", "preload_from_hub", "header"),
}


@pytest.fixture(scope="module")
def front_matter() -> dict[str, Any]:
    _, text, _ = (ROOT / "README.md").read_text("utf-8").split("---\n", 2)
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def requirements(name: str) -> dict[str, Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines())
    return {found.name: found for found in map(Requirement, (each for each in lines if each and each[0] != "-"))}


def test_the_front_matter_is_what_a_space_reads(front_matter: dict[str, Any]) -> None:
    assert set(front_matter) <= KNOWN
    assert {front_matter["colorFrom"], front_matter["colorTo"]} <= COLORS
    assert front_matter["sdk"] == "gradio"
    assert front_matter["license"] == "apache-2.0"
    assert 0 < len(front_matter["short_description"]) <= 60
    assert (ROOT / front_matter["app_file"]).is_file()


def test_the_versions_agree(front_matter: dict[str, Any]) -> None:
    needed = requirements("requirements.txt")
    assert needed["gradio"].specifier.contains(front_matter["sdk_version"])
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    supported = re.search(r'requires-python = "(.*)"', project)
    assert supported is not None
    assert SpecifierSet(supported[1]).contains(front_matter["python_version"])


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_requirements_can_be_read_and_what_is_here_satisfies_them(name: str) -> None:
    for requirement in requirements(name).values():
        if requirement.marker is None or requirement.marker.evaluate():
            try:
                installed = metadata.version(requirement.name)
            except metadata.PackageNotFoundError:
                assert name != "requirements.txt", f"{requirement} is not installed"
                continue
            assert requirement.specifier.contains(installed, prereleases=True), requirement


def test_system_packages_are_names_only() -> None:
    lines = (ROOT / "packages.txt").read_text("utf-8").splitlines()
    assert lines
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", line) for line in lines)  # Spaces hands each to apt as it is


def test_the_app_is_there_as_a_space_imports_it() -> None:
    """Even where the generator cannot be loaded: it is needed only later."""
    program = (
        "import sys, types; sys.modules['spaces'] = spaces = types.ModuleType('spaces')\n"
        "spaces.config = types.SimpleNamespace(Config=types.SimpleNamespace(zero_gpu=False))\n"
        "import app, gradio; assert isinstance(app.demo, gradio.Blocks)\n"
        "print(app.demo._queue.max_size, *app.demo.delete_cache)\n"
        "assert not any(block.elem_id == 'generators' for block in app.demo.blocks.values())"  # one for all visitors
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "VB_DEMO_GENERATOR": "none that is known", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["24", "3600", "3600"]


def test_spaces_comes_before_everything_that_brings_torch() -> None:
    lines = (ROOT / "app.py").read_text("utf-8").splitlines()
    imports = [line.strip() for line in lines if re.match(r"\s*(import|from) ", line)]
    own = next(number for number, line in enumerate(imports) if "vb_demo" in line)
    assert any(line.startswith("import spaces") for line in imports[:own])


def test_the_documentation_names_what_is_there() -> None:
    text = (ROOT / "DEPLOY.md").read_text("utf-8")
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text + (ROOT / "README.md").read_text("utf-8")):
        file = ROOT / picture
        assert file.is_file(), picture
        assert file.stat().st_size <= 300_000, picture
    for variable in ("VB_DEMO_GENERATOR", "VB_DEMO_GENERATOR_MENU"):
        assert f"`{variable}`" in text
        assert f'"{variable}"' in (ROOT / "app.py").read_text("utf-8")
    machines = (ROOT / "vb_demo/ui/machines.py").read_text("utf-8")
    endpoints = re.findall(r'^        \("(\w+)", \w+, \[?', machines, re.MULTILINE)
    assert {"ask", "everything", "measure", "decode", "parse"} <= set(endpoints)
    for endpoint in endpoints:
        assert f"`/{endpoint}`" in text, endpoint
