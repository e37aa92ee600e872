"""What only a GPU can show. `python -m vb_demo doctor` runs these on a machine that has one."""

from __future__ import annotations

import gc
import importlib.util
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import vb_demo as vb
from vb_demo.generators import CATALOG, let_go, load_generator
from vb_demo.generators.assembly import assemble
from vb_demo.generators.editing import Editor, editor_of
from vb_demo.generators.hub import here
from vb_demo.generators.memory import BACKENDS, choose_memory, this_machine
from vb_demo.generators.verdicts import READY, verdict
from vb_demo.images import Photo

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        not torch.cuda.is_available(),
        reason="there is no CUDA GPU here; `python -m vb_demo doctor` runs this where there is one",
    ),
]


@pytest.fixture
def load(klein_folder: Path, make_tiny: Callable[..., Editor]) -> Callable[..., Editor]:
    """Load the tiny FLUX.2 [klein] as decided."""

    def load(folder: Path = klein_folder, **decided: Any) -> Editor:
        spec = replace(make_tiny("Flux2KleinPipeline").spec, parts={"transformer": 0.001, "text_encoder": 0.001})
        plan = choose_memory(spec, this_machine(), decided)
        return editor_of(spec, plan, assemble(spec, plan, folder))

    return load


@pytest.mark.parametrize("offload", ["none", "model", "sequential"])
def test_every_place_paints_alike(offload: str, load: Callable[..., Editor], photo: Photo) -> None:
    reference = load(device="cpu", precision="float32").paint(photo, "cat", seed=3).pixels.astype(int)
    painted = load(precision="bfloat16", offload=offload).paint(photo, "cat", seed=3).pixels.astype(int)
    assert np.abs(painted - reference).mean() < 16  # 16 bits against 32


def test_offloaded_parts_go_back_even_after_a_cancelled_painting(load: Callable[..., Editor], photo: Photo) -> None:
    def cancel(*step: object) -> None:
        raise KeyboardInterrupt

    editor = load(precision="bfloat16", offload="model")
    for on_step in (None, cancel):
        with suppress(KeyboardInterrupt):
            editor.paint(photo, "cat", on_step=on_step)
        assert {part.device.type for part in (editor.pipeline.transformer, editor.pipeline.text_encoder)} == {"cpu"}


@pytest.mark.parametrize(("precision", "offload"), [("8bit", "none"), ("4bit", "none"), ("4bit", "model")])
@pytest.mark.parametrize("backend", BACKENDS["cuda"])
def test_fewer_bits_paint_alike(
    backend: str, precision: str, offload: str, wide_klein_folder: Path, load: Callable[..., Editor], photo: Photo
) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed (requirements-gpu.txt)")
    reference = load(wide_klein_folder, precision="bfloat16").paint(photo, "cat", seed=3).pixels.astype(int)
    editor = load(wide_klein_folder, precision=precision, backend=backend, offload=offload)
    assert editor.pipeline.transformer.hf_quantizer.quantization_config.quant_method == backend
    assert editor.pipeline.text_encoder.config.quantization_config.quant_method == backend
    assert np.abs(editor.paint(photo, "cat", seed=3).pixels.astype(int) - reference).mean() < 16


def test_compiling_paints_the_same(load: Callable[..., Editor], photo: Photo) -> None:
    plain = load(precision="float32", compile=False).paint(photo, "cat").pixels.astype(int)
    compiled = load(precision="float32", compile=True).paint(photo, "cat").pixels.astype(int)
    assert np.abs(plain - compiled).mean() < 2


def test_switching_gives_the_memory_back(klein_folder: Path, photo: Photo) -> None:
    let_go()
    before = torch.cuda.memory_allocated()
    load_generator(str(klein_folder)).paint(photo, "cat")
    assert torch.cuda.memory_allocated() > before
    let_go()
    gc.collect()
    assert torch.cuda.memory_allocated() <= before + 1_000_000


@pytest.mark.parametrize("name", [name for name in CATALOG if name != "plantain"])
def test_generators_whose_weights_are_here_answer(name: str, photo: Photo) -> None:
    spec = CATALOG[name]
    judged = verdict(spec, this_machine(), downloaded=here(spec))
    if judged.state != READY:
        pytest.skip(f"{name}: {judged.words}")
    generator = load_generator(name)
    for task in generator.dialect:
        answer = vb.ask(photo, task, of="chair", generator=generator, steps=2)
        assert answer.reliability.shape == (64, 96)
