from __future__ import annotations

import csv
from pathlib import Path

import pytest

from vb_demo.evaluation.figures import Figure, Report
from vb_demo.training import validation


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(folder: Path, generator: str, *, limit: int | None) -> Report:
        figures = (
            Figure("depth δ1 ↑", 0.5, 0.25, None, limit or 3),
            Figure("IoU cat ↑", 0.1, None, None, 3, detail=True),
        )
        return Report(folder.name, generator, figures)

    monkeypatch.setattr(validation, "evaluate", evaluate)
    monkeypatch.setattr(validation, "Plantain", lambda folder, name: name)


@pytest.mark.usefixtures("measured")
def test_figures_of_every_step_are_appended(tmp_path: Path) -> None:
    table = tmp_path / "validation.csv"
    for step in (10, 20):
        validation.validate(tmp_path, [Path("rooms"), Path("streets")], step, table, limit=2)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["step"], row["set"]) for row in rows] == [
        ("10", "rooms"),
        ("10", "streets"),
        ("20", "rooms"),
        ("20", "streets"),
    ]
    assert rows[0] == {
        "step": "10",
        "set": "rooms",
        "photos": "2",
        "figure": "depth δ1 ↑",
        "value": "0.5000",
        "average": "0.2500",
        "constant": "",
    }


@pytest.mark.usefixtures("measured")
def test_curves_are_drawn_from_both_tables(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,stage,images_per_second,depth\n50,small,6.1,0.71\n100,small,6.2,0.62\n")
    validation.validate(tmp_path, [Path("rooms")], 100, tmp_path / "validation.csv")
    validation.plot(tmp_path, tmp_path / "curves.html")
    page = (tmp_path / "curves.html").read_text()
    assert "training losses" in page
    assert "rooms" in page
