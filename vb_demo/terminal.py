"""What the commands in a terminal share: options, answers on standard output, everything else on standard error."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vb_demo.errors import InputError

if TYPE_CHECKING:
    from vb_demo.generators import Generator

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
PhotoFile = Annotated[Path, typer.Argument(metavar="PHOTO", help="The photo's file.")]
GeneratorName = Annotated[
    str | None, typer.Option("--generator", metavar="NAME", help="A catalog name, a folder or a hub id.")
]
Seed = Annotated[
    int, typer.Option(help="The same seed paints the same picture. From 0 to 2147483647, `vb_demo.flow.MAX_SEED`.")
]
MinPercent = Annotated[
    float,
    typer.Option(
        "--min-percent",
        min=0,
        max=99,
        metavar="PERCENT",
        help="Names, or things, smaller than this percentage of the picture count as absent. 0 = keep all.",
    ),
]
CalibrateColors = Annotated[
    bool, typer.Option("--calibrate-colors", help="Undo a drift of the colours, as far as the legend's tell.")
]
Steps = Annotated[int | None, typer.Option(help="Painting steps; the generator's own number when left out.")]


def load_painter(generator: str | None) -> Generator:
    """The generator of that name, by default the one that ships."""
    from vb_demo.generators import load_generator

    return load_generator(generator) if generator else load_generator()


@contextmanager
def logs_on_stderr() -> Iterator[None]:
    """Keep standard output for the answer: libraries print what they like, some of them from C++."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make the folder that a file or folder goes to, and say in a sentence where something cannot be written.

    Raises:
        InputError: instead of an OSError, here or inside.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written to ({error.strerror or error}).") from error


def print_answer(answer: str | dict[str, Any]) -> None:
    """Put a command's answer on standard output: text, or one JSON object."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, allow_nan=False)
    print(text, flush=True)


def plain(value: Any) -> Any:
    """Dataclasses, colours and paths as JSON has them; what is not a finite number becomes null."""
    from vb_demo.colors import Color

    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, Color):
        return value.hex
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
