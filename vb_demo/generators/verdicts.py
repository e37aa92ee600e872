"""Can a generator of the catalog run here, and if not, what is missing?"""

from __future__ import annotations

from dataclasses import dataclass

from vb_demo.errors import InputError
from vb_demo.generators.catalog import CATALOG, GeneratorSpec
from vb_demo.generators.hub import here, sized
from vb_demo.generators.loading import SHIPPED, held_gb, spec_of
from vb_demo.generators.memory import Machine, MemoryPlan, choose_memory, this_machine

READY, DOWNLOAD, BLOCKED = "ready", "download", "blocked"


@dataclass(frozen=True)
class Verdict:
    """What stands between a generator and its first painting."""

    state: str
    """ready = it can paint; download = it can, once its weights are here; blocked = not on this machine as it is."""
    words: str
    """The same for people, with what would help."""
    plan: MemoryPlan | None = None
    """How it would be loaded; `None` for the generator that ships, and where the settings contradict the machine."""

    @property
    def runs(self) -> bool:
        return self.state != BLOCKED


def verdict(spec: GeneratorSpec, machine: Machine, *, downloaded: bool = False) -> Verdict:
    """Judge a generator for a machine.

    Args:
        downloaded: its weights are on the machine.
    """
    if spec.pipeline == SHIPPED:
        return Verdict(READY, "Runs on any machine.") if downloaded else Verdict(BLOCKED, "Its weights are missing.")
    try:
        plan = choose_memory(spec, machine)
    except InputError as error:
        return Verdict(BLOCKED, str(error))
    obstacles = []
    if missing := [name for name in packages_for(spec) if name not in machine.packages]:
        obstacles.append(f"{' and '.join(missing)} must be installed (pip install -r requirements-gpu.txt).")
    if not plan.fits:
        obstacles.append(plan.words)
    if not downloaded and spec.size_mb / 1000 > machine.disk_gb:
        obstacles.append(f"{spec.size_mb / 1000:.0f} GB do not fit the disk ({machine.disk_gb:.0f} GB free).")
    gate = ""
    if spec.gated and not downloaded:
        gate = f" Gated: accept its licence at {spec.page} and log in with `hf auth login`."
    if obstacles:
        return Verdict(BLOCKED, " ".join(obstacles) + gate, plan)
    if not downloaded:
        return Verdict(DOWNLOAD, f"{plan.words} {spec.size_mb / 1000:.0f} GB are fetched first.{gate}", plan)
    return Verdict(READY, plan.words, plan)


def packages_for(spec: GeneratorSpec) -> list[str]:
    """The optional packages without which a generator cannot be loaded."""
    lora = ["peft"] if spec.adapters else []
    gguf = ["gguf"] if spec.transformer is not None and spec.transformer.file.endswith(".gguf") else []
    # transformers' processor of Qwen2.5-VL has a part for videos, used or not.
    videos = ["torchvision"] if spec.pipeline.startswith(("Qwen", "LongCat")) else []
    return ["accelerate", *lora, *gguf, *videos]


def overview(machine: Machine | None = None) -> list[tuple[GeneratorSpec, Verdict]]:
    """Every generator of the catalog, as the settings have it, and the verdict for this machine."""
    machine = machine or this_machine(held_gb())
    specs = [sized(spec_of(name)) for name in CATALOG]
    return [(spec, verdict(spec, machine, downloaded=here(spec))) for spec in specs]
