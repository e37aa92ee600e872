"""A page of the documentation for each generator, written from the catalog so that it stays true."""

from __future__ import annotations

from pathlib import Path

from vb_demo.generators.catalog import CATALOG, GeneratorSpec, Weights
from vb_demo.generators.facts import depth_kind, gpu_memory, licence, named_tasks, on_disk, reads_words, tasks_of
from vb_demo.generators.families import FAMILIES, MEGAPIXEL
from vb_demo.generators.loading import SHIPPED
from vb_demo.generators.memory import gigabytes
from vb_demo.tasks import ALL_TASKS, PICTURE_TASKS

DOCS = Path(__file__).parents[2] / "docs" / "generators"


def write_pages(folder: Path = DOCS) -> list[Path]:
    """Write all pages and their index; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{name}.md": page(spec) for name, spec in CATALOG.items()} | {"README.md": index()}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def index() -> str:
    """The table of all generators."""
    rows = [
        f"| [{spec.name}]({spec.name}.md) | {licence(spec)} | {on_disk(spec)} "
        f"| {gpu_memory(spec)} | {named_tasks(spec)} |"
        for spec in CATALOG.values()
    ]
    return (
        "\n".join(
            [
                "# Generators",
                "",
                "Any of them paints: `python -m vb_demo app --generator NAME`. `python -m vb_demo generators` says",
                "which this machine can run, and what the others need; with `--words`, also how each is asked.",
                "A folder or hub id of these classes works too:",
                "",
                *(f"- `{name}`" for name in FAMILIES),
                "",
                "| generator | licence | on disk | GPU memory | tasks |",
                "|---|---|---|---|---|",
                *rows,
                "",
                "*metric* depth is in metres, *relative* depth tells near from far only.",
                "*edit* changes a photo, *draw* needs none; nothing is decoded then, as the picture is the answer.",
                "",
                "How the weights are kept is chosen from what is free: 16 bits, parts waiting in main memory, then 8",
                "or 4 bits by bitsandbytes or torchao, whichever is installed. `precision`, `backend`, `offload` and",
                "the rest of a generator's `memory` in the settings decide otherwise.",
                "",
                "What the catalog says can be changed in `~/.config/vb_demo/settings.toml`, as",
                "`vb_demo/generators/settings.py` explains.",
                "These pages are written by `python -m vb_demo generators --write-pages docs/generators`.",
            ]
        )
        + "\n"
    )


def page(spec: GeneratorSpec) -> str:
    """One generator: what it is, the words that it is sent, and the codec that reads its answer."""
    shipped = spec.pipeline == SHIPPED
    facts = [
        f"- Weights: {'ship with the program' if shipped else f'[{spec.location}]({spec.page})'}, {on_disk(spec)}"
        + (", gated: the licence is accepted on that page" if spec.gated else ""),
        f"- Licence: {licence(spec)}",
        f"- Class: `{spec.pipeline}`" + ("" if shipped else f" of diffusers, {spec.steps} steps by default"),
        *(f"- Transformer: {_place(spec.transformer)}" for _ in [0] if spec.transformer),
        *(f"- LoRA for {task}: {_place(weights)}" for task, weights in spec.adapters.items()),
        *(
            [f"- Called with: {', '.join(f'`{key}={value!r}`' for key, value in spec.call.items())}"]
            if spec.call
            else []
        ),
        *([] if shipped else [f"- Sizes: {_sizes(spec)}", f"- Memory: {_memory(spec)}"]),
        *([f"- Not verified: {spec.unverified}"] if spec.unverified else []),
    ]
    tasks = [_task(spec, name, there) for name, there in tasks_of(spec).items()]
    return (
        "\n".join(
            [
                f"# {spec.title}",
                "",
                f"`--generator {spec.name}`. {spec.note}",
                "",
                *facts,
                "",
                "| task | words that it is sent | codec that reads the answer |",
                "|---|---|---|",
                *tasks,
                "",
                "A person's own words are sent as they are, letter by letter."
                if reads_words(spec)
                else "It knows its task and is sent no words, whatever a person says.",
            ]
        )
        + "\n"
    )


def _task(spec: GeneratorSpec, name: str, there: bool) -> str:
    if not there:
        return f"| {ALL_TASKS[name].title} | (it cannot) |  |"
    if name in PICTURE_TASKS:
        return f"| {ALL_TASKS[name].title} | whatever you say: “{ALL_TASKS[name].wording.words}” | none |"
    wording = spec.dialect[name]
    kind = f", {depth_kind(spec)}" if name == "depth" else ""
    words = wording.words if reads_words(spec) else "(none)"
    return f"| {ALL_TASKS[name].title} | {words} | `{wording.encoding}`{kind} |"


def _memory(spec: GeneratorSpec) -> str:
    weights = ", ".join(f"{gigabytes(spec, kind):.1f} GB ({kind})" for kind in ("float32", "bfloat16", "8bit", "4bit"))
    return f"weights {weights}; a GPU with {gpu_memory(spec)} with parts waiting in main memory (estimates)"


def _place(weights: Weights) -> str:
    return f"[{weights.repo}](https://huggingface.co/{weights.repo}), `{weights.file or weights.subfolder}`"


def _sizes(spec: GeneratorSpec) -> str:
    family = FAMILIES[spec.pipeline]
    if spec.pipeline.startswith("Marigold"):
        return "768 pixels on the longer side; it enlarges, reduces and pads by itself"
    if family.buckets is not None:
        return f"the {len(family.buckets())} that it knows, all of about one megapixel; the nearest shape is taken"
    return f"multiples of {family.multiple}, at most {family.pixels / MEGAPIXEL:g} megapixels"
