"""What a person decides otherwise than the catalog: a TOML file.

    [generators.open-vision-banana]          # a catalog name, a folder or a hub id
    location = "/data/FLUX.2-klein-base-9B"  # another hub id, or a folder with the weights
    steps = 28
    transformer = {repo = "FunAILab/Open-Vision-Banana", subfolder = "transformer_9b"}
    words = {depth = "Generate relative inverse depth …"}
    encodings = {normals = "vision-banana"}
    call = {guidance_scale = 3.5}
    memory = {precision = "4bit", backend = "torchao", offload = "model"}

    [generators.flux2-klein-4b]              # a transformer may be one file: .safetensors, or .gguf in fewer bits
    transformer = {repo = "/data", file = "flux-2-klein-4b-Q4_K_M.gguf"}

    [rewriting]
    model = "Qwen/Qwen3-0.6B"                # rewrites reasoning queries where the generator has no language model

It lies in ~/.config/vb_demo/settings.toml, or where the environment variable VB_DEMO_SETTINGS says.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vb_demo.errors import InputError
from vb_demo.generators.catalog import GeneratorSpec, Weights
from vb_demo.tasks import TASKS, Wording

PLACE = "~/.config/vb_demo/settings.toml"
PLAIN = {"steps": int, "location": str, "licence": str, "title": str, "note": str, "variant": str}
TABLES = ("transformer", "words", "encodings", "call", "memory", "scheduler", "adapters")


@dataclass(frozen=True)
class Settings:
    """The file, read."""

    generators: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name → what differs from its catalog entry."""
    rewriting_model: str | None = None
    """A small instruction model, hub id or folder."""


def settings_file() -> Path:
    """Where the settings lie, whether or not there are any."""
    return Path(os.environ.get("VB_DEMO_SETTINGS") or PLACE).expanduser()


def read_settings(file: Path | None = None) -> Settings:
    """Read the settings; where there is no file, there are none.

    Raises:
        InputError: the file is no TOML, or holds tables that mean nothing here.
    """
    file = file or settings_file()
    if not file.is_file():
        return Settings()
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is no TOML: {error}.") from error
    if unknown := sorted(set(content) - {"generators", "rewriting"}):
        raise InputError(f"{file} has {', '.join(unknown)}; it may have: generators, rewriting.")
    return Settings(content.get("generators", {}), content.get("rewriting", {}).get("model"))


def customised(spec: GeneratorSpec, changes: Mapping[str, Any]) -> GeneratorSpec:
    """A catalog entry as a person's settings want it.

    Raises:
        InputError: a setting is unknown or of the wrong kind.
    """
    for key, value in changes.items():
        wanted = PLAIN.get(key, dict)
        if key not in PLAIN and key not in TABLES:
            raise InputError(f"{spec.name} has no setting {key!r}; it may have: {', '.join([*PLAIN, *TABLES])}.")
        if not isinstance(value, wanted):
            raise InputError(f"The setting {key!r} of {spec.name} is {value!r}; it must be a {wanted.__name__}.")
    fields: dict[str, Any] = {key: value for key, value in changes.items() if key in PLAIN}
    if "location" in fields and Path(fields["location"]).expanduser().exists():  # else it is a hub id
        fields["location"] = str(Path(fields["location"]).expanduser().resolve())
    for key in ("call", "memory", "scheduler"):
        if key in changes:
            fields[key] = {**getattr(spec, key), **changes[key]}
    if "transformer" in changes:
        fields["transformer"] = _weights(spec.name, changes["transformer"])
    if "adapters" in changes:
        fields["adapters"] = {
            **spec.adapters,
            **{task: _weights(spec.name, where) for task, where in changes["adapters"].items()},
        }
    if "words" in changes or "encodings" in changes:
        fields["dialect"] = _dialect(spec, changes.get("words", {}), changes.get("encodings", {}))
    return replace(spec, **fields)


def _weights(name: str, where: Mapping[str, str]) -> Weights:
    if "repo" not in where or set(where) - {"repo", "file", "subfolder"}:
        raise InputError(f"Weights in the settings of {name} need a repo, and may have a file or a subfolder.")
    return Weights(where["repo"], where.get("file", ""), where.get("subfolder", ""))


def _dialect(spec: GeneratorSpec, words: Mapping[str, str], encodings: Mapping[str, str]) -> dict[str, Wording]:
    dialect = dict(spec.dialect)
    for task in [*words, *encodings]:
        if task not in TASKS:
            raise InputError(f"There is no task {task!r}; there are: {', '.join(TASKS)}.")
        own = dialect.get(task, TASKS[task].wording)
        dialect[task] = Wording(words.get(task, own.words), encodings.get(task, own.encoding))
    return dialect
