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


def reads_words(spec: GeneratorSpec) -> bool:
    """Whether words are sent to it; others know one task and do it whatever is said."""
    return spec.pipeline == SHIPPED or FAMILIES[spec.pipeline].edits


def tasks_of(spec: GeneratorSpec) -> dict[str, bool]:
    """Every task, and whether the generator has words for it."""
    return {**{name: name in spec.dialect for name in TASKS}, "edit": edits(spec), "draw": draws(spec)}


def depth_kind(spec: GeneratorSpec) -> str:
    """metric = its depth is in metres; relative = it tells near from far only; "" = it has no words for depth."""
    if "depth" not in spec.dialect:
        return ""
    return "metric" if spec.dialect["depth"].encoding == "cube-walk" else "relative"


def named_tasks(spec: GeneratorSpec) -> str:
    """What it has words for, and which kind of depth: "depth (relative), normals, edit"."""
    there = [name for name, there in tasks_of(spec).items() if there]
    return ", ".join(f"depth ({depth_kind(spec)})" if name == "depth" else name for name in there)


def dialect_lines(spec: GeneratorSpec) -> list[str]:
    """For each task that is decoded: the codec that reads the answer, and the words that are sent."""
    kinds = {"depth": f", {depth_kind(spec)}"}
    words = reads_words(spec)
    return [
        f"{name} ({wording.encoding}{kinds.get(name, '')}): {wording.words if words else 'no words are sent'}"
        for name, wording in spec.dialect.items()
    ]
