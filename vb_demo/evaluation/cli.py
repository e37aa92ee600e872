"""`python -m vb_demo evaluate …` and `python -m vb_demo bench …`: how good, and how fast."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Any

import typer

from vb_demo.errors import InputError
from vb_demo.terminal import (
    AsJson,
    CalibrateColors,
    GeneratorName,
    PhotoFile,
    Seed,
    Steps,
    load_painter,
    logs_on_stderr,
    plain,
    print_answer,
)

bench = typer.Typer(help="Measure how fast the program is.")


def evaluate(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR…", help="Sets: meta.json, rgb/, and depth/ or label/; or rendered shards."),
    ],
    generator: GeneratorName = None,
    last: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Use only the last photos by name, those held out.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Use only so many photos of each set, evenly spaced.")
    ] = None,
    seed: Seed = 0,
    steps: Steps = None,
    votes: Annotated[
        list[int] | None,
        typer.Option(min=1, metavar="N", help="Combine so many paintings to an answer; again for one more column."),
    ] = None,
    calibrate_colors: CalibrateColors = False,
    with_camera: Annotated[
        bool,
        typer.Option("--with-camera", help="Give the photos their set's intrinsics, as EXIF does for a phone's."),
    ] = False,
    robustness: Annotated[
        bool,
        typer.Option("--robustness", help="Instead: how much the depth changes with crops, size, JPEG and exposure."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure a generator on photos with ground truth, beside answers that look at no photo."""
    if robustness and (votes or calibrate_colors or with_camera):
        raise InputError("--robustness asks for one painting at a time, and for depth; leave out the other options.")
    with logs_on_stderr():
        from vb_demo.evaluation import benchmarks, tables
        from vb_demo.evaluation.datasets import open_dataset
        from vb_demo.evaluation.robustness import measure_robustness

        for folder in folders:
            open_dataset(folder)
        painter = load_painter(generator)
        shared: dict[str, Any] = {"last": last, "limit": limit, "steps": steps, "seed": seed}
        reports, changes = [], []
        for folder, number_of_votes in product(folders, votes or [1]):

            def progress(number: int, total: int, name: str = folder.name) -> None:
                print(f"\r{name}: painting {number} of {total} ", end="", file=sys.stderr, flush=True)

            if robustness:
                changes.append(measure_robustness(folder, painter, **shared, on_painting=progress))
            else:
                report = benchmarks.evaluate(
                    folder,
                    painter,
                    **shared,
                    votes=number_of_votes,
                    calibrate_colors=calibrate_colors,
                    with_camera=with_camera,
                    on_painting=progress,
                )
                reports.append(report)
            print(file=sys.stderr)
        origin = tables.origin()
    if as_json:
        found = {"robustness": plain(changes)} if robustness else {"sets": plain(reports)}
        print_answer({"origin": origin, "generator": painter.name, "seed": seed, "steps": steps, **found})
        return
    if robustness:
        text, explanation = tables.robustness_table(changes), tables.ROBUSTNESS_EXPLANATION
    elif votes:
        text, explanation = tables.votes_table(reports), tables.VOTES_EXPLANATION
    else:
        text, explanation = tables.table(reports), tables.EXPLANATION
    print_answer(f"{painter.name}, seed {seed}, {origin}\n\n{text}\n\n{explanation}")


def stereo(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="Wheel or source of the package stereodemo.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the sets.")],
    as_json: AsJson = False,
) -> None:
    """Make sets for evaluate: photos whose depth is measured by matching stereo pairs."""
    with logs_on_stderr():
        from vb_demo.evaluation.datasets import open_dataset
        from vb_demo.evaluation.stereo import write_sets

        photos = {str(folder): len(open_dataset(folder).samples) for folder in write_sets(archive, out)}
    lines = [f"{folder}: {count} photos" for folder, count in photos.items()]
    print_answer({"photos": photos} if as_json else "\n".join(lines))


@bench.command()
def codecs(as_json: AsJson = False) -> None:
    """Time the codecs on a picture of one megapixel."""
    with logs_on_stderr():
        from vb_demo.evaluation import speed

        rows = speed.bench_codecs()
    print_answer({"rows": plain(rows)} if as_json else speed.table(rows))


@bench.command()
def paint(
    photo: PhotoFile,
    generator: GeneratorName = None,
    steps: Steps = None,
    rounds: Annotated[
        int, typer.Option(min=1, help="Paintings of each task after the first; their median counts.")
    ] = 5,
    as_json: AsJson = False,
) -> None:
    """Time a generator on a photo, from loading it to each task."""
    with logs_on_stderr():
        import vb_demo as vb

        picture = vb.open_photo(photo)
        start = perf_counter()
        painter = load_painter(generator)
        facts: dict[str, Any] = {
            "generator": painter.name,
            "size": list(picture.size),
            "load_s": perf_counter() - start,
            "tasks": {},
        }
        for task in painter.dialect:
            times = []
            for _ in range(1 + rounds):
                start = perf_counter()
                vb.ask(picture, task, of="chair", generator=painter, steps=steps)
                times.append(perf_counter() - start)
            facts["tasks"][task] = {"first_s": times[0], "median_s": median(times[1:])}
        facts["peak_memory_mb"] = _peak_memory_mb()
    lines = [f"{painter.name}, {picture.width} × {picture.height}: loaded in {facts['load_s']:.2f} s"]
    lines += [f"{task}  {t['median_s']:.3f} s  (first {t['first_s']:.3f} s)" for task, t in facts["tasks"].items()]
    if facts["peak_memory_mb"] is not None:
        lines.append(f"peak memory  {facts['peak_memory_mb']:,.0f} MB")
    print_answer(facts if as_json else "\n".join(lines))


@bench.command()
def app(
    visits: Annotated[int, typer.Option(min=1, help="How often to visit it; the medians count.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Time the app as a visitor meets it, in Chromium, and weigh what it sends."""
    with logs_on_stderr():
        from vb_demo.evaluation.browser import chromium
        from vb_demo.evaluation.visits import bench_app, table

        def progress(number: int) -> None:
            print(f"visit {number} of {visits}", file=sys.stderr, flush=True)

        with chromium() as browser:
            report = bench_app(browser, load_painter(None), visits, progress)
    print_answer(plain(report) if as_json else table(report))


def _peak_memory_mb() -> float | None:
    """The most memory that this process has held so far, all libraries included; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024)  # bytes there, KiB on Linux
