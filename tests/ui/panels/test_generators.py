from __future__ import annotations

import re

from tests.ui.conftest import text
from vb_demo.generators import CATALOG
from vb_demo.generators.memory import Machine
from vb_demo.generators.verdicts import verdict
from vb_demo.ui.panels.generators import menu, painting, progress, row
from vb_demo.ui.switching import Progress

SMALL = Machine(ram_gb=1, disk_gb=500)
LAPTOP = Machine(ram_gb=16, disk_gb=500)
SERVER = Machine(ram_gb=128, disk_gb=500, gpu="cuda", gpu_name="H100", gpu_gb=80)


def words_of(name: str, machine: Machine, *, downloaded: bool = False) -> str:
    spec = CATALOG[name]
    return " ".join(text(row(spec, verdict(spec, machine, downloaded=downloaded), chosen=False)).split())


def test_what_is_known_of_a_generator_is_said() -> None:
    said = words_of("flux2-klein-schematic", SERVER)
    for part in ("FLUX Non-Commercial License, gated, no commercial use", "34.7 GB on disk", "GPU memory: 40 GB"):
        assert part in said
    assert "no words for Segment" in said
    assert "On H100 in 16 bits" in said
    assert "no words for Edit, Draw" in words_of("plantain", LAPTOP)
    assert "no words for Draw" in words_of("qwen-image-edit-2511", LAPTOP)


def test_what_cannot_run_here_says_why_and_cannot_be_chosen() -> None:
    spec = CATALOG["flux2-klein-4b"]
    shown = row(spec, verdict(spec, LAPTOP), chosen=False)
    assert re.search(r"<button[^>]* disabled>Cannot run here", shown)
    assert "It needs a GPU with 21 GB" in shown


def test_what_has_to_be_fetched_says_so() -> None:
    assert words_of("flux2-klein-4b", SERVER).endswith("Fetch and use")
    assert words_of("flux2-klein-4b", SERVER, downloaded=True).endswith("Use")


def test_what_runs_here_comes_first_and_what_paints_is_marked() -> None:
    judged = [(spec, verdict(spec, SMALL, downloaded=spec.name == "plantain")) for spec in CATALOG.values()]
    shown = menu(SMALL, reversed(judged), "plantain")
    assert re.findall(r'data-generator="([\w-]+)"', shown)[0] == "plantain"
    assert re.findall(r'data-generator="([\w-]+)" aria-pressed="true"[^>]* disabled>Paints now', shown) == ["plantain"]
    assert len(re.findall("<li", shown)) == len(CATALOG)
    assert "no GPU, 1 GB of main memory free" in shown


def test_progress_is_said_in_words_and_as_a_bar() -> None:
    assert "looking for its weights" in progress(Progress("<b>"))
    assert "&lt;b&gt;" in progress(Progress("<b>"))
    shown = progress(Progress("klein", 4_000_000_000, 16_000_000_000))
    assert 'value="0.250"' in shown
    assert "4,000 of 16,000 MB" in text(shown)
    assert "into memory" in progress(Progress("klein", loading=True))


def test_after_a_switch_that_came_to_nothing_it_is_said_who_paints() -> None:
    assert painting("plantain") == "plantain paints on."
    assert painting("") == "Nobody paints."
