"""What was measured, as Markdown tables with a sentence or two on how to read them."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from vb_demo.evaluation.figures import Figure, Report
from vb_demo.evaluation.robustness import Robustness

EXPLANATION = """\
average: the answer is the average of the set's other photos; constant: it is the same everywhere.
Both know the truth of the set and see no photo: beating them takes a look at the photo.
Scaled: after one factor a photo that gives the answer the truth's median. Depth beyond 80 m is not judged.
True directions of photos come from the measured depth, smoothed over 11 pixels, away from gaps and rims.
Off the walk: share of the painted pixels farther than 0.1 of the RGB cube's edge from it.
Boundaries off: mean distance between painted and true jumps in depth, both ways, at most 10, at 640 pixels across."""


def table(reports: Sequence[Report]) -> str:
    """A row for each figure, with the baselines beside it; all reports are about one generator."""
    rows: list[tuple[str, ...]] = [("set", "photos", "figure", reports[0].generator, "average", "constant")]
    for report in reports:
        for figure in report.figures:
            if not figure.detail:
                numbers = (_written(v, figure.name) for v in (figure.value, figure.average, figure.constant))
                rows.append((report.dataset, str(figure.photos), figure.name, *numbers))
    return _markdown(rows)


VOTES_EXPLANATION = """\
Each answer is combined from so many paintings: the class that most name, the median depth, the mean direction.
Every painting has a seed of its own, and from the second on fresh colours where the question has a legend.
±: standard error, how far the number would be off for other photos like these; by the jackknife where pixels are
counted over the whole set. A difference has that of the photos' differences: a hard photo is hard for both."""


def votes_table(reports: Sequence[Report]) -> str:
    """What more votes gain, with a column for each number and its difference to the fewest; one generator, any sets."""
    numbers = sorted({report.votes for report in reports})
    found: dict[tuple[str, ...], dict[int, Figure]] = defaultdict(dict)
    for report in reports:
        for figure in report.figures:
            if not figure.detail:
                found[report.dataset, str(figure.photos), figure.name][report.votes] = figure
    fewest, *more = numbers
    head = ["set", "photos", "figure", f"{fewest} vote{'s' if fewest > 1 else ''}"]
    head += [title for number in more for title in (f"{number} votes", f"{number} − {fewest}")]
    rows = [tuple(head)]
    for row, by_votes in found.items():
        name, first = row[-1], by_votes.get(fewest)
        cells = [_with_error(first.value, first.error, name) if first else "–"]
        for number in more:
            voted = by_votes.get(number)
            cells.append(_with_error(voted.value, voted.error, name) if voted else "–")
            cells.append(_with_error(*voted.gain_over(first), name, sign="+") if voted and first else "–")
        rows.append((*row, *cells))
    return _markdown(rows)


ROBUSTNESS_EXPLANATION = """\
The same question about the photo and about what becomes of it; both times the words tell the field of view.
Before and after are of the pixels that both show. Change: how far the two are apart, on average over the pictures."""


def robustness_table(found: Sequence[Robustness]) -> str:
    """A row for each perturbation and figure; all are about one generator."""
    rows: list[tuple[str, ...]] = [("set", "photos", "perturbation", "figure", "before", "after", "change")]
    for one in found:
        for change in one.changes:
            numbers = (_written(v, change.figure) for v in (change.before, change.after, change.change))
            rows.append((one.dataset, str(one.photos), change.perturbation, change.figure, *numbers))
    return _markdown(rows)


def _markdown(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of equal length, the first one the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = tuple("-" * width for width in widths)
    lines = (
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (rows[0], rule, *rows[1:])
    )
    return "\n".join(f"| {line} |" for line in lines)


def _written(value: float | None, name: str, sign: str = "") -> str:
    """`sign`: "+" = also before what is not negative."""
    if value is None:
        return "–"
    decimals = 1 if "degrees" in name or "pixels" in name else 3
    return f"{value:{sign}.{decimals}f}".replace("-", "−")


def _with_error(value: float | None, error: float | None, name: str, sign: str = "") -> str:
    return _written(value, name, sign) + ("" if error is None else f" ± {_written(error, name)}")


def origin() -> str:
    """When and from which state of the code a measurement comes: "2026-01-31, commit 1a2b3c4"."""
    here = Path(__file__).parent

    def git(*command: str) -> str:
        done = subprocess.run(["git", *command], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "--short", "HEAD") or "unknown"
        changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    except FileNotFoundError:
        commit, changed = "unknown", ""
    return f"{date.today().isoformat()}, commit {commit}{changed}"
