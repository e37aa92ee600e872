"""How a run is doing: its averaged weights measured now and then on photos that it never learns from, and curves."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from vb_demo.evaluation.benchmarks import evaluate
from vb_demo.evaluation.figures import Figure
from vb_demo.generators.plantain.generator import Plantain

COLUMNS = ("step", "set", "photos", "figure", "value", "average", "constant")


def validate(pipeline: Path, sets: Sequence[Path], step: int, table: Path, *, limit: int | None = None) -> None:
    """Measure the pipeline in a folder on each set, and append the figures to `table`, a CSV file with `COLUMNS`.

    Args:
        pipeline: what `train export` writes.
        sets: folders, see `vb_demo.evaluation.datasets`.
        step: of the run.
        limit: photos of each set, evenly spaced.
    """
    generator = Plantain(pipeline, f"step {step}")
    fresh = not table.exists()
    with table.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(COLUMNS)
        for folder in sets:
            report = evaluate(folder, generator, limit=limit)
            figures = [figure for figure in report.figures if not figure.detail]
            writer.writerows([step, report.dataset, f.photos, f.name, *map(_number, _values(f))] for f in figures)
            shown = "  ".join(f"{figure.name} {_number(figure.value)}" for figure in figures)
            print(f"step {step}  {report.dataset}  {shown}", flush=True)


def _values(figure: Figure) -> tuple[float | None, ...]:
    return figure.value, figure.average, figure.constant


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def plot(run: Path, out: Path) -> None:
    """Draw the losses and the figures of a run over its steps, as a page (HTML) that needs nothing else."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    curves: dict[str, dict[str, tuple[list[int], list[float]]]] = {"training losses": {}}

    def add(panel: str, name: str, step: str, value: str) -> None:
        steps, values = curves.setdefault(panel, {}).setdefault(name, ([], []))
        steps.append(int(step))
        values.append(float(value))

    for row in _rows(run / "log.csv"):
        for name in list(row)[3:]:
            add("training losses", name, row["step"], row[name])
    for row in _rows(run / "validation.csv"):
        if row["value"]:
            add(row["set"], row["figure"], row["step"], row["value"])
    figure = make_subplots(rows=len(curves), cols=1, subplot_titles=list(curves))
    for panel, lines in enumerate(curves.values(), start=1):
        for name, (steps, values) in lines.items():
            figure.add_trace(go.Scatter(x=steps, y=values, name=name, mode="lines+markers"), row=panel, col=1)
    figure.update_layout(height=380 * len(curves))
    figure.write_html(out, include_plotlyjs=True)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
