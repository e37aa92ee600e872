"""How parts are asked for in fewer bits or from single files; the libraries that do it need a GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
import transformers

from vb_demo.generators import assembly
from vb_demo.generators.catalog import CATALOG, Weights
from vb_demo.generators.editing import Editor
from vb_demo.generators.memory import MemoryPlan

QUANTISED = MemoryPlan("cuda", "4bit", "none", False, False, 8, 8, True, "bitsandbytes")


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
    make_tiny: Callable[..., Editor],
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
