"""Build a diffusers pipeline from its specification: parts swapped in, LoRAs loaded, placed as memory allows."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from vb_demo.errors import InputError
from vb_demo.generators.catalog import GeneratorSpec
from vb_demo.generators.hub import fetch_part, read_json
from vb_demo.generators.memory import QUANTISED, MemoryPlan

GROUP = 64
"""So many weights of 4 bits share a scale, as bitsandbytes has it; layers that it does not divide stay in 16 bits."""


def assemble(spec: GeneratorSpec, plan: MemoryPlan, folder: Path) -> Any:
    """Load the pipeline in `folder`, from safetensors only and without any code of the repository's.

    Raises:
        InputError: the folder holds another pipeline or lacks files, or parts of it cannot be had.
    """
    import diffusers
    import torch

    kind = getattr(diffusers, spec.pipeline)
    dtype = getattr(torch, plan.dtype)
    parts: dict[str, Any] = {}
    if "safety_checker" in inspect.signature(kind.__init__).parameters:  # its black pictures would read as depth
        parts |= {"safety_checker": None, "requires_safety_checker": False}
    try:
        if spec.transformer is not None:
            parts["transformer"] = _transformer(spec, plan, folder)
        pipeline = kind.from_pretrained(
            folder,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            variant=spec.variant or None,
            quantization_config=_pipeline_quantisation(spec, plan, parts),
            device_map=_quantised_on(plan),
            **parts,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{spec.name} could not be loaded from {folder}: {error}") from error
    if spec.scheduler:
        pipeline.scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config, **spec.scheduler)
    _load_adapters(spec, pipeline)
    place(pipeline, plan)
    return pipeline


def place(pipeline: Any, plan: MemoryPlan) -> None:
    """Put a pipeline's parts where the plan wants them."""
    if plan.tile_vae:
        pipeline.vae.enable_tiling()
    if plan.compile:
        (pipeline.unet if hasattr(pipeline, "unet") else pipeline.transformer).compile()
    if plan.offload == "model":
        pipeline.enable_model_cpu_offload(device=plan.device)
    elif plan.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=plan.device)
    else:
        pipeline.to(plan.device)
    pipeline.set_progress_bar_config(disable=True)


def adapter_name(task: str) -> str:
    """peft takes names of modules only."""
    return task.replace(" ", "_")


def _load_adapters(spec: GeneratorSpec, pipeline: Any) -> None:
    for task, weights in spec.adapters.items():
        file = fetch_part(weights)
        pipeline.load_lora_weights(
            file.parent, weight_name=file.name, adapter_name=adapter_name(task), use_safetensors=True
        )


def _transformer(spec: GeneratorSpec, plan: MemoryPlan, folder: Path) -> Any:
    """A transformer that takes the place of the repository's own: a component, a single file, or a GGUF file."""
    import diffusers
    import torch

    assert spec.transformer is not None
    parts = read_json(folder / "model_index.json")
    if "transformer" not in parts:
        raise InputError(f"{spec.name} has no transformer that another could take the place of.")
    kind = getattr(diffusers, parts["transformer"][1])
    path = fetch_part(spec.transformer)
    dtype = getattr(torch, plan.dtype)
    if path.is_file():  # diffusers quantises components only; `memory` counts a file's weights at 16 bits
        gguf = path.suffix == ".gguf"
        try:
            return kind.from_single_file(
                str(path),
                config=str(folder),
                subfolder="transformer",
                quantization_config=diffusers.GGUFQuantizationConfig(compute_dtype=dtype) if gguf else None,
                dtype=dtype,
            )
        except NotImplementedError as error:  # torch's word for weights that the file did not fill
            raise InputError(f"{path} lacks weights of the {kind.__name__} that {spec.name} has.") from error
    return kind.from_pretrained(
        path,
        dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
        quantization_config=_quantisation(plan, diffusers),
        device_map=_quantised_on(plan),
    )


def _pipeline_quantisation(spec: GeneratorSpec, plan: MemoryPlan, given: dict[str, Any]) -> Any:
    """Denoiser and text encoders in fewer bits; the VAE stays, and so does what was loaded before."""
    if plan.precision not in QUANTISED:
        return None
    import diffusers
    import transformers

    return diffusers.PipelineQuantizationConfig(
        quant_mapping={
            part: _quantisation(plan, transformers if part.startswith("text_encoder") else diffusers)
            for part in spec.parts
            if part != "vae" and part not in given
        }
    )


def _quantisation(plan: MemoryPlan, library: Any) -> Any:
    """The configuration as `library` wants it: diffusers and transformers each have classes of the same names."""
    if plan.precision not in QUANTISED:
        return None
    import torch

    if plan.backend == "torchao":
        return library.TorchAoConfig(_torchao(plan))
    if plan.precision == "8bit":
        return library.BitsAndBytesConfig(load_in_8bit=True)
    return library.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=getattr(torch, plan.dtype)
    )


def _quantised_on(plan: MemoryPlan) -> str | None:
    """The device that weights are loaded to, for torchao to pack them there; bitsandbytes finds the GPU by itself."""
    return plan.device if plan.backend == "torchao" and plan.device != "cpu" else None


def _torchao(plan: MemoryPlan) -> Any:
    """How torchao keeps weights: 4 bits in the order that the device's own kernel of torch reads them in."""
    from torchao.quantization import Int4WeightOnlyConfig, Int8WeightOnlyConfig

    if plan.precision == "8bit":
        return Int8WeightOnlyConfig(set_inductor_config=plan.compile)
    if plan.device == "cpu":
        from torchao.prototype.quantization.int4 import PrototypeInt4WeightOnlyConfig

        return PrototypeInt4WeightOnlyConfig(group_size=GROUP, set_inductor_config=plan.compile)
    return Int4WeightOnlyConfig(
        group_size=GROUP, int4_packing_format="tile_packed_to_4d", set_inductor_config=plan.compile
    )
