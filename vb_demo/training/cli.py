"""`python -m vb_demo train …`: the commands that make plantain's weights from nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Make plantain's weights: render scenes, train, export.", no_args_is_help=True)

CACHE = Path.home() / ".cache" / "vb_demo"


@app.command()
def scenes(
    count: Annotated[int, typer.Option(help="Pictures to render.", min=1)],
    out: Annotated[Path, typer.Option(help="Folder for the shards; those that exist are kept.")],
    seed: Annotated[int, typer.Option(help="First seed; held-out scenes need a range of their own.")] = 0,
    width: Annotated[int, typer.Option(help="Pixels across; the height is three quarters of it.", min=32)] = 384,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
    cache: Annotated[Path, typer.Option(help="Folder for downloaded and unpacked assets.")] = CACHE,
) -> None:
    """Render labelled scenes (downloads the assets first, about 200 MB)."""
    from vb_demo.training.scenes.generate import generate

    generate(out, count, seed=seed, size=(width, width * 3 // 4), workers=workers, cache=cache)


@app.command()
def plantain(
    scenes: Annotated[Path, typer.Option(help="Folder of rendered shards.")],
    run: Annotated[Path, typer.Option(help="Folder for checkpoints and the log; an interrupted run goes on.")],
    photos: Annotated[Path | None, typer.Option(help="Folder of photo sets with ground truth.")] = None,
    config: Annotated[Path | None, typer.Option(help="Instead of the plantain.toml beside the code.")] = None,
    until: Annotated[int | None, typer.Option(help="Stop at this step.", min=1)] = None,
    init: Annotated[Path | None, typer.Option(help="Pipeline folder whose weights a new run starts from.")] = None,
    processes: Annotated[int, typer.Option(help="Processes, each with a batch of its own.", min=1)] = 1,
) -> None:
    """Train, or go on training."""
    import torch

    from vb_demo.training.train import DEFAULT_CONFIG, Trainer, TrainingConfig

    torch.set_num_threads(1)  # several threads wait for each other; several processes hardly do
    Trainer(TrainingConfig.read(config or DEFAULT_CONFIG), run, scenes, photos, init).train(until, processes)


@app.command()
def export(
    run: Annotated[Path, typer.Option(help="Folder of a training run.")],
    out: Annotated[Path, typer.Option(help="Folder for the pipeline.")],
    mean_with: Annotated[
        Path | None, typer.Option(help="Pipeline folder to take the mean of the weights with.")
    ] = None,
) -> None:
    """Write a run's averaged weights as a pipeline that `--generator FOLDER` loads."""
    from vb_demo.training.train import export as write

    step = write(run, out, mean_with)
    typer.echo(f"{out}: weights of step {step}")


@app.command()
def plot(
    run: Annotated[Path, typer.Option(help="Folder of a training run.")],
    out: Annotated[Path, typer.Option(help="Page to write.")] = Path("curves.html"),
) -> None:
    """Draw a run's losses and figures over its steps."""
    from vb_demo.training.validation import plot as draw

    draw(run, out)
    typer.echo(f"{out}: open it in a browser")
