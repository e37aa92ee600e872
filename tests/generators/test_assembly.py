"""Parts in fewer bits and from single files: what is asked for, and what the libraries make of it on a processor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers

from vb_demo.errors import InputError
from vb_demo.generators import assembly, load_generator
from vb_demo.generators.catalog import CATALOG, Weights
from vb_demo.generators.editing import Editor, editor_of
from vb_demo.generators.memory import MemoryPlan
from vb_demo.generators.settings import settings_file
from vb_demo.images import Photo

QUANTISED = MemoryPlan("cuda", "4bit", "none", False, False, 8, 8, True, "bitsandbytes")
ON_PROCESSOR = replace(QUANTISED, device="cpu", backend="torchao")
FULL = replace(ON_PROCESSOR, precision="float32", backend=None, dtype="float32")
MakeTiny = Callable[..., Editor]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the pipeline class was asked to load, instead of loading it."""
    calls: list[dict[str, Any]] = []

    class Loaded:
        scheduler = None

        def to(self, device: str) -> None:
            calls[-1]["device"] = device

        def set_progress_bar_config(self, disable: bool) -> None:
            pass

    def from_pretrained(folder: Path, **arguments: Any) -> Loaded:
        calls.append({"folder": folder, **arguments})
        return Loaded()

    monkeypatch.setattr(diffusers.Flux2KleinPipeline, "from_pretrained", from_pretrained)
    installed = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.50" if name == "bitsandbytes" else installed(name))
    return calls


def test_denoiser_and_text_encoder_are_quantised_each_by_its_own_library(asked: list[dict[str, Any]]) -> None:
    assembly.assemble(CATALOG["flux2-klein-4b"], QUANTISED, Path("/weights"))
    mapping = asked[0]["quantization_config"].quant_mapping
    assert set(mapping) == {"transformer", "text_encoder"}
    assert isinstance(mapping["transformer"], diffusers.BitsAndBytesConfig)
    assert isinstance(mapping["text_encoder"], transformers.BitsAndBytesConfig)
    assert all(config.load_in_4bit for config in mapping.values())
    assert all(config.bnb_4bit_compute_dtype == torch.bfloat16 for config in mapping.values())
    assert asked[0]["device"] == "cuda"


def test_torchao_packs_weights_on_the_gpu_itself(asked: list[dict[str, Any]]) -> None:
    plan = replace(QUANTISED, backend="torchao")
    assembly.assemble(CATALOG["flux2-klein-4b"], plan, Path("/weights"))
    assert asked[0]["device_map"] == "cuda"
    mapping = asked[0]["quantization_config"].quant_mapping
    assert isinstance(mapping["transformer"], diffusers.TorchAoConfig)
    assert isinstance(mapping["text_encoder"], transformers.TorchAoConfig)
    assert mapping["transformer"].quant_type.int4_packing_format == "tile_packed_to_4d"


@pytest.mark.parametrize(("precision", "levels"), [("8bit", 2.0), ("4bit", 6.0)])
def test_torchao_paints_on_the_processor_with_fewer_bits(
    precision: str, levels: float, wide_klein_folder: Path, make_tiny: MakeTiny, photo: Photo
) -> None:
    import torchao.utils as torchao

    spec = replace(make_tiny("Flux2KleinPipeline").spec, parts={"transformer": 1.0, "text_encoder": 1.0, "vae": 0.1})

    def painted(plan: MemoryPlan) -> Any:
        pipeline = assembly.assemble(spec, plan, wide_klein_folder)
        quantised = {
            name: isinstance(weights, torchao.TorchAOBaseTensor)
            for name, weights in (
                ("transformer", pipeline.transformer.transformer_blocks[0].attn.to_q.weight),
                ("text_encoder", pipeline.text_encoder.model.layers[0].mlp.up_proj.weight),
            )
        }
        assert set(quantised.values()) == {plan.backend is not None}
        return editor_of(spec, plan, pipeline).paint(photo, "cat", seed=3).pixels.astype(int)

    difference = painted(replace(ON_PROCESSOR, precision=precision)) - painted(FULL)
    assert 0 < np.abs(difference).mean() < levels


def test_only_safetensors_that_are_here_are_read(asked: list[dict[str, Any]]) -> None:
    plan = replace(QUANTISED, precision="float16", dtype="float16", backend=None)
    assembly.assemble(CATALOG["flux2-klein-4b"], plan, Path("/weights"))
    assert asked[0]["use_safetensors"] is True
    assert asked[0]["local_files_only"] is True
    assert asked[0]["dtype"] == torch.float16
    assert asked[0]["quantization_config"] is None
    assert "trust_remote_code" not in asked[0]


@pytest.mark.parametrize("name", ["tuned.gguf", "tuned.safetensors"])
def test_a_transformer_may_be_a_single_file_which_keeps_its_bits(
    name: str,
    asked: list[dict[str, Any]],
    klein_folder: Path,
    tmp_path: Path,
    make_tiny: MakeTiny,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[str, dict[str, Any]]] = []
    tiny = make_tiny(
        "Flux2KleinPipeline",
        transformer=Weights(str(tmp_path), name),
        parts={"transformer": 1.0, "text_encoder": 1.0, "vae": 0.1},
    )
    own = tiny.pipeline.transformer

    def from_single_file(path: str, **arguments: Any) -> Any:
        calls.append((path, arguments))
        return own

    monkeypatch.setattr(diffusers.Flux2Transformer2DModel, "from_single_file", from_single_file)
    (tmp_path / name).touch()
    assembly.assemble(tiny.spec, QUANTISED, klein_folder)
    assert asked[0]["transformer"] is own
    assert set(asked[0]["quantization_config"].quant_mapping) == {"text_encoder"}
    path, arguments = calls[0]
    assert path == str(tmp_path / name)
    assert (arguments["config"], arguments["subfolder"]) == (str(klein_folder), "transformer")
    quantisation = arguments.get("quantization_config")
    if name.endswith(".gguf"):
        assert isinstance(quantisation, diffusers.GGUFQuantizationConfig)
        assert quantisation.compute_dtype == torch.bfloat16
    else:  # nothing that diffusers could quantise, and the plan counts on no less than 16 bits
        assert quantisation is None


DOUBLE = {
    "attn.norm_q.weight": "img_attn.norm.query_norm.scale",
    "attn.norm_k.weight": "img_attn.norm.key_norm.scale",
    "attn.norm_added_q.weight": "txt_attn.norm.query_norm.scale",
    "attn.norm_added_k.weight": "txt_attn.norm.key_norm.scale",
    "attn.to_out.0.weight": "img_attn.proj.weight",
    "attn.to_add_out.weight": "txt_attn.proj.weight",
    "ff.linear_in.weight": "img_mlp.0.weight",
    "ff.linear_out.weight": "img_mlp.2.weight",
    "ff_context.linear_in.weight": "txt_mlp.0.weight",
    "ff_context.linear_out.weight": "txt_mlp.2.weight",
}
SINGLE = {
    "attn.norm_q.weight": "norm.query_norm.scale",
    "attn.norm_k.weight": "norm.key_norm.scale",
    "attn.to_qkv_mlp_proj.weight": "linear1.weight",
    "attn.to_out.weight": "linear2.weight",
}
AROUND = {
    "x_embedder.weight": "img_in.weight",
    "context_embedder.weight": "txt_in.weight",
    "time_guidance_embed.timestep_embedder.linear_1.weight": "time_in.in_layer.weight",
    "time_guidance_embed.timestep_embedder.linear_2.weight": "time_in.out_layer.weight",
    "double_stream_modulation_img.linear.weight": "double_stream_modulation_img.lin.weight",
    "double_stream_modulation_txt.linear.weight": "double_stream_modulation_txt.lin.weight",
    "single_stream_modulation.linear.weight": "single_stream_modulation.lin.weight",
    "proj_out.weight": "final_layer.linear.weight",
}


def original_names(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A FLUX.2 transformer of one block of either kind, with the names that its makers use, as GGUF files do."""
    weights = dict(weights)
    shift_last = weights.pop("norm_out.linear.weight").chunk(2)
    double, single = "transformer_blocks.0.", "single_transformer_blocks.0."
    fused = {
        f"double_blocks.0.{stream}_attn.qkv.weight": torch.cat([weights.pop(f"{double}attn.{name}") for name in names])
        for stream, names in (
            ("img", ("to_q.weight", "to_k.weight", "to_v.weight")),
            ("txt", ("add_q_proj.weight", "add_k_proj.weight", "add_v_proj.weight")),
        )
    }
    names = AROUND | {double + own: f"double_blocks.0.{theirs}" for own, theirs in DOUBLE.items()}
    names |= {single + own: f"single_blocks.0.{theirs}" for own, theirs in SINGLE.items()}
    modulation = {"final_layer.adaLN_modulation.1.weight": torch.cat(shift_last[::-1])}
    return {names[own]: tensor for own, tensor in weights.items()} | fused | modulation


def write_gguf(path: Path, weights: dict[str, torch.Tensor], kind: str) -> None:
    """Matrices whose rows fill whole blocks are quantised, all others stay in 32 bits."""
    import gguf

    writer = gguf.GGUFWriter(path, "flux")
    quantised = gguf.GGMLQuantizationType[kind]
    for name, tensor in weights.items():
        values = tensor.numpy()
        whole = values.ndim == 2 and values.shape[1] % gguf.GGML_QUANT_SIZES[quantised][0] == 0
        stored = gguf.quants.quantize(values, quantised) if whole else values
        writer.add_tensor(name, stored, raw_dtype=quantised if whole else None)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize(("kind", "levels"), [("Q8_0", 1.0), ("Q4_0", 6.0)])
def test_a_gguf_transformer_paints_almost_as_the_whole_one(
    kind: str, levels: float, wide_klein_folder: Path, tmp_path: Path, make_tiny: MakeTiny, photo: Photo
) -> None:
    own = diffusers.Flux2Transformer2DModel.from_pretrained(wide_klein_folder / "transformer")
    write_gguf(tmp_path / "tiny.gguf", original_names(own.state_dict()), kind)
    whole = make_tiny("Flux2KleinPipeline").spec
    spec = replace(whole, transformer=Weights(str(tmp_path), "tiny.gguf"))
    pipelines = [assembly.assemble(one, FULL, wide_klein_folder) for one in (whole, spec)]
    weights = pipelines[1].transformer.single_transformer_blocks[0].attn.to_out.weight
    assert weights.quant_type.name == kind
    first, second = (editor_of(whole, FULL, p).paint(photo, "cat", seed=3).pixels.astype(int) for p in pipelines)
    assert 0 < np.abs(first - second).mean() < levels


def test_a_person_loads_it_by_the_settings(wide_klein_folder: Path, tmp_path: Path, photo: Photo) -> None:
    own = diffusers.Flux2Transformer2DModel.from_pretrained(wide_klein_folder / "transformer")
    write_gguf(tmp_path / "tiny.gguf", original_names(own.state_dict()), "Q4_0")
    settings_file().write_text(
        f'[generators."{wide_klein_folder}"]\n'
        f'transformer = {{repo = "{tmp_path}", file = "tiny.gguf"}}\n'
        'memory = {device = "cpu", precision = "8bit", backend = "torchao"}'
    )
    generator = load_generator(str(wide_klein_folder))
    assert isinstance(generator, Editor)
    assert "On the processor with weights of 8 bits (torchao)" in generator.plan.words
    assert generator.pipeline.transformer.x_embedder.weight.dtype == torch.bfloat16
    assert generator.pipeline.transformer.proj_out.weight.quant_type.name == "Q4_0"  # it keeps the bits of its file
    assert type(generator.pipeline.text_encoder.model.layers[0].mlp.up_proj.weight).__name__ == "Int8Tensor"
    assert generator.paint(photo, "cat", steps=1).pixels.std() > 0


def test_a_gguf_file_of_another_model_is_refused(klein_folder: Path, tmp_path: Path, make_tiny: MakeTiny) -> None:
    write_gguf(tmp_path / "other.gguf", {"blocks.0.weight": torch.zeros(32, 32)}, "Q8_0")
    spec = make_tiny("Flux2KleinPipeline", transformer=Weights(str(tmp_path), "other.gguf")).spec
    with pytest.raises(InputError, match=r"other.gguf lacks weights of the Flux2Transformer2DModel that tiny has"):
        assembly.assemble(spec, FULL, klein_folder)


def test_a_denoiser_that_is_no_transformer_stays(tmp_path: Path, make_tiny: MakeTiny) -> None:
    (tmp_path / "model_index.json").write_text('{"unet": ["diffusers", "UNet2DConditionModel"]}')
    spec = make_tiny("MarigoldDepthPipeline", transformer=Weights(str(tmp_path), "other.gguf")).spec
    with pytest.raises(InputError, match="tiny has no transformer that another could take the place of"):
        assembly.assemble(spec, FULL, tmp_path)
