"""Load a generator by name; one is resident, and the next takes its place."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from vb_demo.errors import InputError
from vb_demo.generators.base import Generator
from vb_demo.generators.catalog import CATALOG, DEFAULT_GENERATOR, GeneratorSpec
from vb_demo.generators.dialects import MARIGOLD_DEPTH, MARIGOLD_NORMALS, UNTUNED
from vb_demo.generators.families import FAMILIES
from vb_demo.generators.hub import OnDownload, is_hub_id, read_json
from vb_demo.generators.memory import gigabytes
from vb_demo.generators.settings import Settings, customised, read_settings

SHIPPED = "PlantainPipeline"
OWN_DIALECTS = {"MarigoldDepthPipeline": MARIGOLD_DEPTH, "MarigoldNormalsPipeline": MARIGOLD_NORMALS}

_resident: tuple[str, Generator] | None = None
_loading = Lock()


def load_generator(
    name: str = DEFAULT_GENERATOR,
    *,
    memory: Mapping[str, Any] | None = None,
    on_download: OnDownload | None = None,
    on_ready: Callable[[], None] | None = None,
) -> Generator:
    """Load a generator by catalog name, from a local folder, or by hub id; the last one loaded stays in memory.

    Another one that is resident paints on while weights are fetched. It is freed before they are loaded: from then on
    it cannot paint any more.

    Args:
        memory: what to decide otherwise than `choose_memory` would; counts only while the generator is not resident.
        on_download: see `OnDownload`; what it raises ends the download, which goes on from there next time.
        on_ready: called when all files are here, before the resident generator is freed; what it raises leaves that
            one as it is.

    Raises:
        InputError: the name is unknown, the weights are missing or gated, a package is missing, this machine is too
            small, or the folder holds no pipeline that the program can drive.
    """
    global _resident
    with _loading:
        if _resident is not None and _resident[0] == name:
            return _resident[1]
        settings = read_settings()
        spec = spec_of(name, settings)
        if memory:
            spec = replace(spec, memory={**spec.memory, **memory})
        spec, folder = _fetch(spec, on_download)
        if on_ready is not None:
            on_ready()
        _let_go()
        generator = _open(spec, folder)
        _resident = (name, generator)
        return generator


def held_gb() -> float:
    """Main memory that the resident generator gives back when another takes its place, in gigabytes (an estimate)."""
    generator = _resident[1] if _resident else None
    plan = getattr(generator, "plan", None)
    if plan is None or (plan.device != "cpu" and plan.offload == "none"):  # the one that ships is too small to count
        return 0.0
    return gigabytes(getattr(generator, "spec"), plan.precision)  # noqa: B009 - only editors have one


def let_go() -> None:
    """Give back the memory of the resident generator, if there is one."""
    with _loading:
        _let_go()


def _let_go() -> None:
    global _resident
    if _resident is None:
        return
    generator, _resident = _resident[1], None
    close = getattr(generator, "close", None)  # the one that ships is too small to need it
    if close is not None:
        close()
    del generator, close
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def spec_of(name: str, settings: Settings | None = None) -> GeneratorSpec:
    """What is known about a generator: its catalog entry, or what a folder or hub page says; settings override both.

    Raises:
        InputError: as for `load_generator`.
    """
    spec = CATALOG.get(name) or _uncatalogued(name)
    return customised(spec, (settings or read_settings()).generators.get(name, {}))


def _uncatalogued(name: str) -> GeneratorSpec:
    folder = Path(name).expanduser()
    if (folder / "model_index.json").is_file():
        location, index = str(folder.resolve()), folder / "model_index.json"
        kind = read_json(index).get("_class_name")
    elif not folder.exists() and is_hub_id(name):
        from vb_demo.generators.hub import fetch_file

        location = name
        kind = read_json(fetch_file(name, "model_index.json")).get("_class_name")
    else:
        raise InputError(
            f"There is no generator {name!r}. Known by name: {', '.join(CATALOG)}; "
            'or give a folder that holds a model_index.json, or a hub id such as "owner/name".'
        )
    if kind not in (SHIPPED, *FAMILIES):
        # A list names a file of the repository's and a class in it: code that would have to be run.
        held = f"pipeline of its own code ({', '.join(map(str, kind))})" if isinstance(kind, list) else kind
        raise InputError(
            f"{name} holds a {held}; the pipelines that can be driven are: {', '.join([SHIPPED, *FAMILIES])}."
        )
    return GeneratorSpec(
        name=name,
        title=name,
        location=location,
        licence="see its page",
        size_mb=0,
        note="Not in the catalog: asked like a general editor unless settings say otherwise.",
        pipeline=str(kind),
        dialect=OWN_DIALECTS.get(str(kind), UNTUNED),
        unverified="Everything but its class.",
    )


def _fetch(spec: GeneratorSpec, on_download: OnDownload | None) -> tuple[GeneratorSpec, Path]:
    if spec.pipeline == SHIPPED:
        index = Path(spec.location) / "model_index.json"
        if not index.is_file():
            raise InputError(f"The weights of {spec.name} are missing: there is no {index}.")
        read_json(index)
        return spec, Path(spec.location)
    from vb_demo.generators.editing import fetch_editor

    return fetch_editor(spec, held_gb=held_gb(), on_download=on_download)


def _open(spec: GeneratorSpec, folder: Path) -> Generator:
    if spec.pipeline == SHIPPED:
        from vb_demo.generators.plantain.generator import Plantain

        return Plantain(folder, spec.name)
    from vb_demo.generators.editing import open_editor

    return open_editor(spec, folder)
