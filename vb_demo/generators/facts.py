"""What is known about a generator before it is here, in the words of the documentation, the terminal and the page."""

from __future__ import annotations

from math import ceil

from vb_demo.generators.catalog import GeneratorSpec
from vb_demo.generators.families import FAMILIES
from vb_demo.generators.loading import SHIPPED
from vb_demo.generators.memory import smallest_gpus
from vb_demo.tasks import TASKS


def licence(spec: GeneratorSpec) -> str:
    """The licence, and what is unusual about it."""
    return f"{spec.licence}{', gated' if spec.gated else ''}{'' if spec.commercial else ', no commercial use'}"


def on_disk(spec: GeneratorSpec) -> str:
    """The size of the weights."""
    return f"{spec.size_mb} MB" if spec.size_mb < 1000 else f"{spec.size_mb / 1000:.1f} GB"


def gpu_memory(spec: GeneratorSpec) -> str:
    """The GPU that it takes; an estimate."""
    if spec.pipeline == SHIPPED:
        return "none needed"
    whole, least = smallest_gpus(spec)
    return f"{ceil(whole)} GB, or {ceil(least)} GB in 4 bits"


def edits(spec: GeneratorSpec) -> bool:
    """Whether it can be told to change the photo, with nothing to decode; see `vb_demo.flow.edit`."""
    return spec.pipeline != SHIPPED and FAMILIES[spec.pipeline].edits


def draws(spec: GeneratorSpec) -> bool:
    """Whether it needs no photo; see `vb_demo.flow.draw`."""
    return spec.pipeline != SHIPPED and FAMILIES[spec.pipeline].draws


def tasks_of(spec: GeneratorSpec) -> dict[str, bool]:
    """Every task, and whether the generator has words for it."""
    return {**{name: name in spec.dialect for name in TASKS}, "edit": edits(spec), "draw": draws(spec)}
