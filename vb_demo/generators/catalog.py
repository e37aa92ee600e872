"""One table of the generators that the program knows by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vb_demo.errors import InputError
from vb_demo.generators.base import Generator

ASSETS = Path(__file__).parents[2] / "assets"


@dataclass(frozen=True)
class GeneratorSpec:
    name: str
    title: str
    location: str
    """A folder or a hub id in diffusers' layout."""
    licence: str
    size_mb: int
    """Weights on disk, in megabytes."""
    note: str
    """What it is good for and what it cannot do, in a sentence."""


CATALOG: dict[str, GeneratorSpec] = {
    spec.name: spec
    for spec in (
        GeneratorSpec(
            name="plantain",
            title="Plantain (small, ships with the program, CPU)",
            location=str(ASSETS / "plantain"),
            licence="Apache-2.0",
            size_mb=54,
            note="Metric depth, normals and colour legends in well under a second on a laptop's CPU. Small objects and "
            "rare words are beyond it; things of one kind are told apart only where they do not touch.",
        ),
    )
}
DEFAULT_GENERATOR = "plantain"


@lru_cache(maxsize=1)
def load_generator(name: str = DEFAULT_GENERATOR) -> Generator:
    """Load a generator by catalog name or from a local folder; the last one loaded stays in memory.

    Raises:
        InputError: the name is unknown or the folder holds no pipeline that the program can drive.
    """
    spec = CATALOG.get(name)
    folder = Path(spec.location if spec else name).expanduser()
    index = folder / "model_index.json"
    if spec and not index.is_file():
        raise InputError(f"The weights of {name} are missing: there is no {index}.")
    if not index.is_file():
        raise InputError(
            f"There is no generator {name!r}. Known by name: {', '.join(CATALOG)}; "
            "or give a folder that holds a model_index.json."
        )
    try:
        kind = json.loads(index.read_text(encoding="utf-8")).get("_class_name")
    except ValueError as error:
        raise InputError(f"{index} is no JSON: {error}.") from error
    if kind != "PlantainPipeline":
        raise InputError(f"{folder} holds a {kind}; the pipelines that can be driven are: PlantainPipeline.")
    from vb_demo.generators.plantain.generator import Plantain

    return Plantain(folder, name)
