"""How a generator fits this machine: which numbers its weights are kept in, and what waits outside the GPU's memory.

All sizes are estimates from the number of parameters, in gigabytes of 10⁹ bytes, for a picture of one megapixel.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import ceil
from pathlib import Path
from typing import Any

from vb_demo.errors import InputError
from vb_demo.generators.catalog import GeneratorSpec

BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "8bit": 1.1, "4bit": 0.6}
"""Per parameter; quantised weights carry scales, and some layers stay in 16 bits."""
QUANTISED = ("8bit", "4bit")
BACKENDS = {"cuda": ("bitsandbytes", "torchao"), "cpu": ("torchao",)}
"""Device → the packages that keep weights in fewer bits there, the preferred one first."""
OFFLOADS = ("none", "model", "sequential")
DEVICES = ("cuda", "mps", "cpu")

WORKING_GB = 2.0
"""Activations of the denoiser, and what the driver and the libraries keep for themselves."""
DRIVER_GB = 0.5
"""What they keep before anything is computed."""
VAE_GB, TILED_VAE_GB = 2.5, 0.8
"""Decoding one megapixel at once, and tile by tile."""
ONE_LAYER = 0.05
"""Sequential offload keeps about this share of the largest part on the GPU."""
CPU_BILLIONS = 2.0
"""More parameters than this would paint for many minutes on a CPU; a person may still decide so."""

PACKAGES = ("accelerate", "peft", "bitsandbytes", "torchao", "torchvision", "gguf")
CHOICES: dict[str, tuple[Any, ...]] = {
    "device": DEVICES,
    "precision": tuple(BYTES),
    "backend": tuple(dict.fromkeys(package for packages in BACKENDS.values() for package in packages)),
    "offload": OFFLOADS,
    "tile_vae": (True, False),
    "compile": (True, False),
}
"""What a person may decide instead, and how. Whoever decides on a backend wants the fewer bits that it is for."""


@dataclass(frozen=True)
class Machine:
    """What there is to run on."""

    ram_gb: float
    """Free main memory."""
    disk_gb: float
    """Free space where downloaded weights go."""
    gpu: str | None = None
    """"cuda" or "mps"; `None` = there is only the processor."""
    gpu_name: str = ""
    gpu_gb: float = 0.0
    """Memory of the GPU that this program can have."""
    bfloat16: bool = True
    """The GPU computes in bfloat16; older ones have float16 only."""
    packages: frozenset[str] = frozenset(PACKAGES)
    """Which of `PACKAGES` are installed."""

    @property
    def described(self) -> str:
        memory = f"{self.ram_gb:.0f} GB of main memory free"
        return f"{self.gpu_name}, {self.gpu_gb:.0f} GB free, {memory}" if self.gpu else f"no GPU, {memory}"


@dataclass(frozen=True)
class MemoryPlan:
    """How to load a generator."""

    device: str
    """One of `DEVICES`."""
    precision: str
    """A key of `BYTES`."""
    offload: str
    """One of `OFFLOADS`: what waits in main memory until it is its turn. model = parts, sequential = layers."""
    tile_vae: bool
    compile: bool
    gpu_gb: float
    """Needed on the GPU; 0 on a CPU."""
    ram_gb: float
    """Needed in main memory."""
    fits: bool
    backend: str | None = None
    """What quantises: one of `BACKENDS`; `None` = nothing is quantised."""
    words: str = ""
    """The choice, explained."""
    dtype: str = "bfloat16"
    """The torch type that is computed in."""


def this_machine(held_gb: float = 0.0) -> Machine:
    """Look around.

    Args:
        held_gb: main memory of a resident generator that makes way for the next, in gigabytes; it counts as free.
    """
    import psutil
    import torch
    from huggingface_hub.constants import HF_HUB_CACHE

    cache = Path(HF_HUB_CACHE)
    place = next(folder for folder in (cache, *cache.parents) if folder.exists())
    machine = Machine(
        ram_gb=psutil.virtual_memory().available / 1e9 + held_gb,
        disk_gb=shutil.disk_usage(place).free / 1e9,
        packages=frozenset(name for name in PACKAGES if importlib.util.find_spec(name)),
    )
    if torch.cuda.is_available():
        return replace(
            machine,
            gpu="cuda",
            gpu_name=torch.cuda.get_device_name(),
            # What a resident generator holds counts as free: it makes way for the next.
            gpu_gb=(torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved()) / 1e9,
            bfloat16=torch.cuda.is_bf16_supported(including_emulation=False),
        )
    if torch.backends.mps.is_available():  # its memory is the main memory
        return replace(machine, gpu="mps", gpu_name="Apple GPU", gpu_gb=machine.ram_gb)
    return machine


def choose_memory(spec: GeneratorSpec, machine: Machine, decided: Mapping[str, Any] | None = None) -> MemoryPlan:
    """The fastest way to keep a generator in memory that fits, with the least loss.

    In order: everything on the GPU in 16 bits; parts waiting in main memory; 8 bits; 4 bits; 4 bits with parts waiting;
    layer by layer. Each first with the VAE at once, then tile by tile.

    Args:
        decided: what a person decided, see `CHOICES`; `spec.memory` where it is left out.

    Returns:
        The first way that fits; where none does, the smallest, with `fits` false.

    Raises:
        InputError: a decision is unknown, or contradicts the machine.
    """
    decided = dict(spec.memory if decided is None else decided)
    _check(spec, machine, decided)
    ways = [
        plan
        for plan in _ways(spec, machine, decided)
        if all(getattr(plan, key) == value for key, value in decided.items())
    ]
    if not ways:
        wanted = ", ".join(f"{key} = {value}" for key, value in decided.items())
        raise InputError(
            f"{spec.name} cannot be loaded with {wanted} here ({machine.described}; {_quantisers(machine, decided)})."
        )
    plan = next((way for way in ways if way.fits), min(ways, key=lambda way: (way.gpu_gb, way.ram_gb)))
    return replace(plan, words=_words(spec, machine, plan, bool(decided)))


def smallest_gpus(spec: GeneratorSpec) -> tuple[float, float]:
    """Gigabytes of GPU memory with which a generator runs whole in 16 bits, and with which it runs at all well."""
    ideal = Machine(ram_gb=1e6, disk_gb=1e6, gpu="cuda", gpu_gb=1e6)
    ways = [way for way in _ways(spec, ideal, {}) if way.offload != "sequential"]
    return ways[0].gpu_gb, min(way.gpu_gb for way in ways)


def gigabytes(spec: GeneratorSpec, precision: str) -> float:
    """All weights of a generator in memory. Only denoiser and text encoders are quantised, see `assembly`."""
    return sum(_part_sizes(spec, precision))


def _part_sizes(spec: GeneratorSpec, precision: str) -> list[float]:
    sizes = {part: billions * BYTES[precision] for part, billions in spec.parts.items()}
    file = spec.transformer.file if spec.transformer is not None else ""
    if precision in QUANTISED:
        whole = {"vae", "transformer"} if file else {"vae"}
        sizes |= {part: spec.parts[part] * BYTES["bfloat16"] for part in whole & set(sizes)}
    if spec.transformer is not None and file.endswith(".gguf"):  # it stays as it is in the file
        largest = spec.parts.get("transformer", 0) * BYTES["8bit"]
        sizes["transformer"] = spec.transformer.gb or largest
    return list(sizes.values())


def _check(spec: GeneratorSpec, machine: Machine, decided: Mapping[str, Any]) -> None:
    for key, value in decided.items():
        if key not in CHOICES:
            raise InputError(f"The memory of {spec.name} has no setting {key!r}; it may have: {', '.join(CHOICES)}.")
        if value not in CHOICES[key]:
            allowed = ", ".join(map(str, CHOICES[key]))
            raise InputError(f"{key} is {value!r} for {spec.name}; it may be: {allowed}.")
    if decided.get("device") not in (None, "cpu", machine.gpu):
        raise InputError(f"There is no {decided['device']} device here ({machine.described}).")


def _ways(spec: GeneratorSpec, machine: Machine, decided: Mapping[str, Any]) -> Iterator[MemoryPlan]:
    """All ways that the machine and its packages offer, best first."""
    compiled = bool(decided.get("compile", False))
    half = "bfloat16" if machine.bfloat16 else "float16"
    if machine.gpu and decided.get("device") != "cpu":
        ways = [(half, "none"), (half, "model"), ("8bit", "none"), ("4bit", "none"), ("4bit", "model")]
        ways += [(half, "sequential"), ("float32", "none"), ("float32", "model")]
        for precision, offload in ways:
            if offload != "none" and (machine.gpu != "cuda" or "accelerate" not in machine.packages):
                continue
            sizes = _part_sizes(spec, precision)
            on_gpu = {"none": sum(sizes), "model": max(sizes), "sequential": ONE_LAYER * max(sizes)}[offload]
            ram = max(sizes) if offload == "none" else sum(sizes)
            for backend, tiled in product(_backends(precision, machine, machine.gpu), (False, True)):
                need = on_gpu + WORKING_GB + (TILED_VAE_GB if tiled else VAE_GB)
                if precision in QUANTISED:  # whatever waits later, all parts are on the GPU once they are quantised
                    need = max(need, sum(sizes) + DRIVER_GB)
                if machine.gpu == "mps":  # both are one memory
                    ram = 0.0
                fits = need <= machine.gpu_gb and ram <= machine.ram_gb
                dtype = half if precision in QUANTISED else precision
                yield MemoryPlan(
                    machine.gpu, precision, offload, tiled, compiled, need, ram, fits, backend, dtype=dtype
                )
    asked = decided.get("device") == "cpu"
    if asked or not machine.gpu:
        small = sum(spec.parts.values()) <= CPU_BILLIONS
        for precision in ("float32", "bfloat16", *QUANTISED):
            dtype = "bfloat16" if precision in QUANTISED else precision
            for backend, tiled in product(_backends(precision, machine, "cpu"), (False, True)):
                need = gigabytes(spec, precision) + (TILED_VAE_GB if tiled else VAE_GB) + WORKING_GB / 2
                fits = need <= machine.ram_gb and (small or asked)
                yield MemoryPlan("cpu", precision, "none", tiled, compiled, 0.0, need, fits, backend, dtype=dtype)


def _backends(precision: str, machine: Machine, device: str) -> tuple[str | None, ...]:
    """What could keep weights in this precision; `None` where nothing needs to."""
    if precision not in QUANTISED:
        return (None,)
    # On a GPU, torchao multiplies 4 bits with bfloat16 only.
    unfit = "torchao" if precision == "4bit" and device == "cuda" and not machine.bfloat16 else None
    return tuple(name for name in BACKENDS.get(device, ()) if name in machine.packages and name != unfit)


def _quantisers(machine: Machine, decided: Mapping[str, Any]) -> str:
    device = decided.get("device") or machine.gpu or "cpu"
    usable = " or ".join(BACKENDS.get(device, ())) or "nothing"
    there = " and ".join(name for name in CHOICES["backend"] if name in machine.packages) or "none of them"
    return f"8 and 4 bits take {usable} on {device}, installed: {there}"


def _words(spec: GeneratorSpec, machine: Machine, plan: MemoryPlan, decided: bool) -> str:
    if not plan.fits:
        return _shortfall(spec, machine, plan)
    how = {
        "float32": "in 32 bits",
        "bfloat16": "in 16 bits (bfloat16)",
        "float16": "in 16 bits (float16)",
        "8bit": f"with weights of 8 bits ({plan.backend})",
        "4bit": f"with weights of 4 bits ({plan.backend}), which costs some accuracy",
    }[plan.precision]
    where = {
        "none": "",
        "model": ", one part at a time while the others wait in main memory",
        "sequential": ", layer by layer from main memory, which is slow",
    }[plan.offload]
    tiles = ", decoding in tiles" if plan.tile_vae else ""
    if plan.device == "cpu":
        size = f"about {plan.ram_gb:.1f} of {machine.ram_gb:.1f} GB of main memory"
        place = "on the processor"
    else:
        size = f"about {plan.gpu_gb:.1f} of {machine.gpu_gb:.1f} GB"
        place = f"on {machine.gpu_name}"
    compiled = " Compiled: the first painting takes minutes longer." if plan.compile else ""
    chosen = " Partly as the settings say." if decided else ""
    return f"{place} {how}{where}{tiles}: {size}.{compiled}{chosen}".replace("on ", "On ", 1)


def _shortfall(spec: GeneratorSpec, machine: Machine, plan: MemoryPlan) -> str:
    whole, least = smallest_gpus(spec)
    needs = f"needs a GPU with {ceil(whole)} GB, or {ceil(least)} GB with 4 bits and parts waiting in main memory"
    if not machine.gpu:
        if sum(spec.parts.values()) <= CPU_BILLIONS:
            return f"It needs {plan.ram_gb:.1f} GB of main memory; {machine.ram_gb:.1f} GB are free."
        return f"It {needs}; here is {machine.described}."
    if plan.gpu_gb <= machine.gpu_gb:
        return f"It needs {plan.ram_gb:.0f} GB of main memory; {machine.ram_gb:.0f} GB are free."
    hint = ""
    if not _backends("4bit", machine, machine.gpu) and machine.gpu in BACKENDS:
        hint = " Smaller with bitsandbytes or torchao installed."
    return f"It {needs}; {machine.gpu_name} has {machine.gpu_gb:.0f} GB free.{hint}"
