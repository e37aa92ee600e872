"""One table of the generators that the program knows by name.

Facts are as their pages, files and diffusers' source gave them; what could not be checked there is named in
`GeneratorSpec.unverified`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vb_demo.generators.base import PAPER_DIALECT, Dialect
from vb_demo.generators.dialects import MARIGOLD_DEPTH, MARIGOLD_NORMALS, OPEN_VISION_BANANA, SCHEMATIC, UNTUNED
from vb_demo.generators.plantain.dialect import DIALECT as PLANTAIN

ASSETS = Path(__file__).parents[2] / "assets"

EVERY_TASK = "every task"
"""The key of an adapter that is always on."""


@dataclass(frozen=True)
class Weights:
    """Where a part comes from that is not in the generator's own repository."""

    repo: str
    """A hub id or a folder."""
    file: str = ""
    """One file in it: a LoRA, or a transformer as .safetensors or .gguf; empty for a component in diffusers' layout."""
    subfolder: str = ""
    """Where the component lies."""
    gb: float | None = None
    """Size of a .gguf file, in gigabytes of 10⁹ bytes; `None` = not known, see `hub.sized`."""


@dataclass(frozen=True)
class GeneratorSpec:
    """Everything to know about a generator before its weights are there."""

    name: str
    title: str
    location: str
    """A folder or a hub id in diffusers' layout."""
    licence: str
    size_mb: int
    """Weights on disk, in megabytes."""
    note: str
    """What it is good for and what it cannot do, in a sentence."""
    pipeline: str = ""
    """diffusers' class, a key of `FAMILIES`, or "PlantainPipeline"."""
    gated: bool = False
    """The hub hands out the weights only to those who accepted the licence on their page."""
    commercial: bool = True
    """The licence allows commercial use."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """Component → billions of parameters; what is not named weighs nothing."""
    dialect: Dialect = field(default_factory=lambda: PAPER_DIALECT)
    steps: int | None = None
    """Denoising steps by default; `None` = the pipeline's own number."""
    call: Mapping[str, Any] = field(default_factory=dict)
    """What else the pipeline is called with, in its own words: guidance_scale, negative_prompt, …"""
    transformer: Weights | None = None
    """Takes the place of the repository's own transformer."""
    adapters: Mapping[str, Weights] = field(default_factory=dict)
    """Task → LoRA that is switched on for it; `EVERY_TASK` → one that is always on."""
    scheduler: Mapping[str, Any] = field(default_factory=dict)
    """Settings that differ from the repository's scheduler."""
    variant: str | None = None
    """Which of several precisions of the files to load: "fp16"."""
    memory: Mapping[str, Any] = field(default_factory=dict)
    """What a person decided instead of `choose_memory`; see there."""
    unverified: str = ""
    """What could not be checked, in a sentence."""

    @property
    def page(self) -> str:
        """Where the licence is read and accepted."""
        return f"https://huggingface.co/{self.location}"

    @property
    def on_hub(self) -> bool:
        return not Path(self.location).is_absolute()


FLUX_NON_COMMERCIAL = "FLUX Non-Commercial License"
KLEIN_4B = {"transformer": 3.88, "text_encoder": 4.02, "vae": 0.084}
KLEIN_9B = {"transformer": 9.08, "text_encoder": 8.19, "vae": 0.084}
QWEN_EDIT = {"transformer": 20.4, "text_encoder": 8.29, "vae": 0.127}
STABLE_DIFFUSION_2 = {"unet": 0.866, "text_encoder": 0.340, "vae": 0.084}

UNTUNED_NOTE = (
    "A general editor that was not trained on exact encodings: colours drift, masks and depth are rough, "
    "and depth is relative, never metres."
)
QWEN_CALL = {"true_cfg_scale": 4.0, "negative_prompt": " "}  # guidance works only beside a negative prompt
LIGHTNING_CALL = {"true_cfg_scale": 1.0}
# The schedule that the Lightning LoRAs were distilled for (their page's example for diffusers).
LIGHTNING_SCHEDULER = {
    "base_shift": math.log(3),
    "max_shift": math.log(3),
    "max_image_seq_len": 8192,
    "shift_terminal": None,
    "use_dynamic_shifting": True,
}

KLEIN_BASE_9B = GeneratorSpec(
    name="flux2-klein-base-9b",
    title="FLUX.2 [klein] Base 9B",
    location="black-forest-labs/FLUX.2-klein-base-9B",
    licence=FLUX_NON_COMMERCIAL,
    size_mb=34_700,
    note=f"The undistilled 9B editor, the ground for task LoRAs. {UNTUNED_NOTE}",
    pipeline="Flux2KleinPipeline",
    gated=True,
    commercial=False,
    parts=KLEIN_9B,
    dialect=UNTUNED,
    steps=50,
    call={"guidance_scale": 4.0},
)
QWEN_2509 = GeneratorSpec(
    name="qwen-image-edit-2509",
    title="Qwen-Image-Edit-2509",
    location="Qwen/Qwen-Image-Edit-2509",
    licence="Apache-2.0",
    size_mb=57_700,
    note=f"20B, strong at following instructions. {UNTUNED_NOTE}",
    pipeline="QwenImageEditPlusPipeline",
    parts=QWEN_EDIT,
    dialect=UNTUNED,
    steps=40,
    call=QWEN_CALL,
    unverified="The number of steps is the usual one, not checked on its page.",
)

CATALOG: dict[str, GeneratorSpec] = {
    spec.name: spec
    for spec in (
        GeneratorSpec(
            name="plantain",
            title="Plantain (small, ships with the program, CPU)",
            location=str(ASSETS / "plantain"),
            licence="Apache-2.0",
            size_mb=68,
            note="Metric depth, normals and colour legends in well under a second on a laptop's CPU. Small objects and "
            "rare words are beyond it, and crowds of one kind run together.",
            pipeline="PlantainPipeline",
            parts={"network": 0.0119, "text_encoder": 0.0216},
            dialect=PLANTAIN,
            steps=1,
        ),
        GeneratorSpec(
            name="flux2-klein-4b",
            title="FLUX.2 [klein] 4B (distilled)",
            location="black-forest-labs/FLUX.2-klein-4B",
            licence="Apache-2.0",
            size_mb=16_000,
            note=f"Four steps, the modest choice among the big editors. {UNTUNED_NOTE}",
            pipeline="Flux2KleinPipeline",
            parts=KLEIN_4B,
            dialect=UNTUNED,
            steps=4,
            call={"guidance_scale": 1.0},
        ),
        GeneratorSpec(
            name="flux2-klein-base-4b",
            title="FLUX.2 [klein] Base 4B",
            location="black-forest-labs/FLUX.2-klein-base-4B",
            licence="Apache-2.0",
            size_mb=16_000,
            note=f"The undistilled 4B editor, the ground for task LoRAs. {UNTUNED_NOTE}",
            pipeline="Flux2KleinPipeline",
            parts=KLEIN_4B,
            dialect=UNTUNED,
            steps=50,
            call={"guidance_scale": 4.0},
        ),
        GeneratorSpec(
            name="flux2-klein-9b",
            title="FLUX.2 [klein] 9B (distilled)",
            location="black-forest-labs/FLUX.2-klein-9B",
            licence=FLUX_NON_COMMERCIAL,
            size_mb=34_700,
            note=f"Four steps, better drawn than the 4B. {UNTUNED_NOTE}",
            pipeline="Flux2KleinPipeline",
            gated=True,
            commercial=False,
            parts=KLEIN_9B,
            dialect=UNTUNED,
            steps=4,
            call={"guidance_scale": 1.0},
        ),
        KLEIN_BASE_9B,
        replace(
            KLEIN_BASE_9B,
            name="open-vision-banana",
            title="Open-Vision-Banana (FLUX.2 [klein] Base 9B, fine-tuned to see)",
            licence=f"{FLUX_NON_COMMERCIAL} (follows the base)",
            note="Tuned after the paper: legends, instances, referring expressions, normals. Its depth is relative "
            "(inverse, near bright), never metres; its main error is binding the right region to the wrong colour.",
            dialect=OPEN_VISION_BANANA,
            transformer=Weights("FunAILab/Open-Vision-Banana", subfolder="transformer"),
            unverified="The transformer's subfolder, steps, guidance, the literal prompts and the signs of its normals "
            "could not be read; all of them are settings. How well the tuned transformer still draws is not known.",
        ),
        replace(
            KLEIN_BASE_9B,
            name="flux2-klein-schematic",
            title="Schematic LoRAs by nomadoor on FLUX.2 [klein] Base 9B",
            note="One LoRA a task: relative depth (near white), normals, and white masks of one kind of thing. "
            "No legends of several colours; things that touch are not told apart; depth is never metres.",
            dialect=SCHEMATIC,
            adapters={
                task: Weights(
                    "nomadoor/flux-2-klein-9B-schematic-lora", f"loras/flux2-klein-schematic-{what}-lora.safetensors"
                )
                for task, what in (
                    ("depth", "relative-depth"),
                    ("normals", "surface-normal"),
                    ("instances", "binary-segmentation"),
                )
            },
            unverified="The LoRAs' own licence, the signs of their normals, and whether their grey is inverse depth.",
        ),
        QWEN_2509,
        replace(
            QWEN_2509,
            name="qwen-image-edit-2509-lightning",
            title="Qwen-Image-Edit-2509 with Lightning LoRA",
            size_mb=58_600,
            note=f"The same in four steps. {UNTUNED_NOTE}",
            steps=4,
            call=LIGHTNING_CALL,
            adapters={
                EVERY_TASK: Weights(
                    "lightx2v/Qwen-Image-Lightning",
                    "Qwen-Image-Edit-2509/Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors",
                )
            },
            scheduler=LIGHTNING_SCHEDULER,
            unverified="",
        ),
        replace(
            QWEN_2509,
            name="qwen-image-edit-2511",
            title="Qwen-Image-Edit-2511",
            location="Qwen/Qwen-Image-Edit-2511",
        ),
        replace(
            QWEN_2509,
            name="qwen-image-edit-2511-lightning",
            title="Qwen-Image-Edit-2511 with Lightning LoRA",
            location="Qwen/Qwen-Image-Edit-2511",
            size_mb=58_600,
            note=f"The same in four steps. {UNTUNED_NOTE}",
            steps=4,
            call=LIGHTNING_CALL,
            adapters={
                EVERY_TASK: Weights(
                    "lightx2v/Qwen-Image-Edit-2511-Lightning",
                    "Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors",
                )
            },
            scheduler=LIGHTNING_SCHEDULER,
            unverified="",
        ),
        GeneratorSpec(
            name="flux-kontext",
            title="FLUX.1 Kontext [dev]",
            location="black-forest-labs/FLUX.1-Kontext-dev",
            licence="FLUX.1 [dev] Non-Commercial License",
            size_mb=33_700,
            note=f"12B; paints only at 17 sizes, so other photos are stretched a little. {UNTUNED_NOTE}",
            pipeline="FluxKontextPipeline",
            gated=True,
            commercial=False,
            parts={"transformer": 11.9, "text_encoder": 0.123, "text_encoder_2": 4.76, "vae": 0.084},
            dialect=UNTUNED,
            steps=28,
            call={"guidance_scale": 2.5},
        ),
        GeneratorSpec(
            name="longcat-image-edit",
            title="LongCat-Image-Edit",
            location="meituan-longcat/LongCat-Image-Edit",
            licence="Apache-2.0",
            size_mb=29_300,
            note=f"6B, English and Chinese. {UNTUNED_NOTE}",
            pipeline="LongCatImageEditPipeline",
            parts={"transformer": 6.27, "text_encoder": 8.29, "vae": 0.084},
            dialect=UNTUNED,
            steps=50,
            call={"guidance_scale": 4.5, "negative_prompt": ""},
            unverified="The exact size of its transformer.",
        ),
        GeneratorSpec(
            name="instruct-pix2pix",
            title="InstructPix2Pix",
            location="timbrooks/instruct-pix2pix",
            licence="MIT",
            size_mb=4_300,
            note="Small and old (2022), a quarter of a megapixel; runs on a modest GPU. It keeps to simple edits: "
            "expect pictures in the style of a map rather than a map. Its safety checker is left out.",
            pipeline="StableDiffusionInstructPix2PixPipeline",
            parts={"unet": 0.860, "text_encoder": 0.123, "vae": 0.084},
            dialect=UNTUNED,
            steps=20,
            call={"guidance_scale": 7.5, "image_guidance_scale": 1.5},
            unverified="The size on disk beyond its UNet (3.4 GB).",
        ),
        GeneratorSpec(
            name="marigold-depth",
            title="Marigold depth v1-1",
            location="prs-eth/marigold-depth-v1-1",
            licence="CreativeML Open RAIL++-M",
            size_mb=2_600,
            note="Sharp relative depth from Stable Diffusion 2; affine in depth itself, not in its inverse, and never "
            "metres. It reads no words.",
            pipeline="MarigoldDepthPipeline",
            parts=STABLE_DIFFUSION_2,
            dialect=MARIGOLD_DEPTH,
            steps=4,
            variant="fp16",
        ),
        GeneratorSpec(
            name="marigold-normals",
            title="Marigold normals v1-1",
            location="prs-eth/marigold-normals-v1-1",
            licence="CreativeML Open RAIL++-M",
            size_mb=2_600,
            note="Surface normals from Stable Diffusion 2. It reads no words.",
            pipeline="MarigoldNormalsPipeline",
            parts=STABLE_DIFFUSION_2,
            dialect=MARIGOLD_NORMALS,
            steps=4,
            variant="fp16",
            unverified="The licence is given differently by different sources (RAIL++-M, Apache-2.0): read its page.",
        ),
    )
}
DEFAULT_GENERATOR = "plantain"
