from __future__ import annotations

from dataclasses import replace

import pytest

from vb_demo.errors import InputError
from vb_demo.generators.catalog import CATALOG, GeneratorSpec, Weights
from vb_demo.generators.memory import (
    PACKAGES,
    Machine,
    MemoryPlan,
    choose_memory,
    gigabytes,
    smallest_gpus,
    this_machine,
)

SPEC = GeneratorSpec(
    "ten", "", "/ten", "", 20_000, "", pipeline="Flux2KleinPipeline",
    parts={"transformer": 6.0, "text_encoder": 3.9, "vae": 0.1},
)  # fmt: skip
CARD = Machine(ram_gb=64, disk_gb=500, gpu="cuda", gpu_name="a card", gpu_gb=24)


def way(plan: MemoryPlan) -> tuple[str, str, bool]:
    return plan.precision, plan.offload, plan.tile_vae


def test_weights_add_up() -> None:
    assert gigabytes(SPEC, "bfloat16") == pytest.approx(20)
    assert gigabytes(SPEC, "float32") == pytest.approx(40)
    assert gigabytes(SPEC, "4bit") == pytest.approx(9.9 * 0.6 + 0.2)  # the VAE stays in 16 bits


def test_a_transformer_of_a_single_file_is_not_quantised_any_further() -> None:
    file = replace(SPEC, transformer=Weights("/x", "tuned.safetensors"))
    assert gigabytes(file, "bfloat16") == pytest.approx(20)
    assert gigabytes(file, "4bit") == pytest.approx(6 * 2 + 3.9 * 0.6 + 0.2)
    component = replace(SPEC, transformer=Weights("/x", subfolder="tuned"))
    assert gigabytes(component, "4bit") == gigabytes(SPEC, "4bit")


def test_a_gguf_transformer_is_as_large_as_its_file() -> None:
    gguf = replace(SPEC, transformer=Weights("a/b", "q4.gguf", gb=3.5))
    assert gigabytes(gguf, "bfloat16") == pytest.approx(3.5 + 8)
    assert gigabytes(gguf, "4bit") == pytest.approx(3.5 + 3.9 * 0.6 + 0.2)
    assert way(choose_memory(gguf, replace(CARD, gpu_gb=16.5))) == ("bfloat16", "none", False)  # 11.5 + 4.5
    unknown = replace(gguf, transformer=Weights("a/b", "q4.gguf"))
    assert gigabytes(unknown, "bfloat16") == pytest.approx(6 * 1.1 + 8)  # at most 8 bits
    assert gigabytes(replace(gguf, parts={}), "bfloat16") == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("gb", "expected"),
    [
        (80, ("bfloat16", "none", False)),  # 20 + 2 + 2.5
        (23, ("bfloat16", "none", True)),
        (17, ("bfloat16", "model", False)),  # 12 + 4.5
        (15, ("bfloat16", "model", True)),
        (14, ("8bit", "none", True)),  # 11.1 + 2.8
        (11, ("4bit", "none", False)),  # 6.1 + 4.5
        (9, ("4bit", "none", True)),
        (8.2, ("4bit", "model", False)),  # 3.6 + 4.5
        (7, ("4bit", "model", True)),
        (6, ("bfloat16", "sequential", False)),  # 0.6 + 4.5
        (4, ("bfloat16", "sequential", True)),
    ],
)
def test_the_best_way_that_fits_is_taken(gb: float, expected: tuple[str, str, bool]) -> None:
    plan = choose_memory(SPEC, replace(CARD, gpu_gb=gb))
    assert way(plan) == expected
    assert plan.fits
    assert plan.gpu_gb <= gb


def test_all_parts_are_on_the_gpu_once_while_they_are_quantised() -> None:
    even = replace(SPEC, parts={"transformer": 10.0, "text_encoder": 10.0})
    plan = choose_memory(even, replace(CARD, gpu_gb=13), {"precision": "4bit", "offload": "model"})
    assert plan.fits
    assert plan.gpu_gb == pytest.approx(20 * 0.6 + 0.5)  # painting takes 6 + 4.5
    assert not choose_memory(even, replace(CARD, gpu_gb=12), {"precision": "4bit", "offload": "model"}).fits


def test_too_small_a_card_is_told_what_would_do() -> None:
    plan = choose_memory(SPEC, replace(CARD, gpu_gb=2))
    assert not plan.fits
    assert "needs a GPU with 25 GB, or 7 GB with 4 bits" in plan.words
    assert "a card has 2 GB free" in plan.words
    whole, least = smallest_gpus(SPEC)
    assert choose_memory(SPEC, replace(CARD, gpu_gb=whole)).offload == "none"
    assert choose_memory(SPEC, replace(CARD, gpu_gb=least)).precision == "4bit"


def test_offloading_takes_main_memory_and_accelerate() -> None:
    little = replace(CARD, gpu_gb=17, ram_gb=15)
    assert way(choose_memory(SPEC, little)) == ("8bit", "none", False)
    without = replace(CARD, gpu_gb=17, packages=frozenset(PACKAGES) - {"accelerate"})
    assert choose_memory(SPEC, without).offload == "none"


def test_fewer_bits_take_a_package() -> None:
    bare = replace(CARD, gpu_gb=14, packages=frozenset({"accelerate"}))
    assert way(choose_memory(SPEC, bare)) == ("bfloat16", "sequential", False)
    assert "Smaller with bitsandbytes" in choose_memory(SPEC, replace(bare, gpu_gb=2)).words
    assert "Smaller with" not in choose_memory(SPEC, replace(CARD, gpu_gb=2)).words


@pytest.mark.parametrize(("gb", "precision"), [(14, "8bit"), (11, "4bit")])
def test_whichever_package_is_there_keeps_fewer_bits(gb: float, precision: str) -> None:
    card = replace(CARD, gpu_gb=gb)
    for packages, backend in (
        (PACKAGES, "bitsandbytes"),
        (["accelerate", "torchao"], "torchao"),
        (["accelerate", "bitsandbytes"], "bitsandbytes"),
    ):
        plan = choose_memory(SPEC, replace(card, packages=frozenset(packages)))
        assert (plan.precision, plan.backend) == (precision, backend)
        assert f"weights of {precision[0]} bits ({backend})" in plan.words


def test_a_person_may_choose_the_package() -> None:
    chosen = choose_memory(SPEC, replace(CARD, gpu_gb=80), {"backend": "torchao"})
    assert (chosen.precision, chosen.backend) == ("8bit", "torchao")  # more bits need no package
    assert choose_memory(SPEC, CARD, {"backend": "torchao", "precision": "4bit"}).backend == "torchao"


def test_an_old_card_computes_in_float16() -> None:
    assert choose_memory(SPEC, replace(CARD, gpu_gb=80, bfloat16=False)).dtype == "float16"


def test_fewer_bits_on_an_old_card_compute_in_float16_too() -> None:
    plan = choose_memory(SPEC, replace(CARD, gpu_gb=11, bfloat16=False))
    assert (plan.precision, plan.backend, plan.dtype) == ("4bit", "bitsandbytes", "float16")
    torchao = Machine(64, 500, "cuda", "an old card", 11, bfloat16=False, packages=frozenset({"torchao"}))
    assert not choose_memory(SPEC, torchao).fits  # its 4 bits want bfloat16
    assert choose_memory(SPEC, replace(torchao, gpu_gb=14)).precision == "8bit"


def test_an_apple_gpu_shares_the_main_memory() -> None:
    apple = Machine(ram_gb=30, disk_gb=500, gpu="mps", gpu_name="Apple GPU", gpu_gb=30)
    plan = choose_memory(SPEC, apple)
    assert (plan.device, way(plan)) == ("mps", ("bfloat16", "none", False))
    assert not choose_memory(SPEC, replace(apple, gpu_gb=12, ram_gb=12)).fits  # nothing to quantise with


def test_a_processor_paints_with_small_generators_only() -> None:
    laptop = Machine(ram_gb=16, disk_gb=500)
    small = choose_memory(CATALOG["marigold-depth"], laptop)
    assert (small.device, small.precision, small.fits) == ("cpu", "float32", True)
    assert choose_memory(CATALOG["marigold-depth"], replace(laptop, ram_gb=5)).precision == "bfloat16"
    tight = choose_memory(CATALOG["marigold-depth"], replace(laptop, ram_gb=3.5))
    assert (tight.precision, tight.backend, tight.dtype, tight.fits) == ("8bit", "torchao", "bfloat16", True)
    big = choose_memory(SPEC, laptop)
    assert not big.fits
    assert "needs a GPU" in big.words
    assert "no GPU, 16 GB" in big.words


def test_a_person_may_decide_otherwise() -> None:
    forced = choose_memory(SPEC, CARD, {"precision": "4bit", "offload": "model", "tile_vae": True, "compile": True})
    assert way(forced) == ("4bit", "model", True)
    assert forced.compile
    assert "Compiled" in forced.words
    assert "as the settings say" in forced.words
    patient = choose_memory(SPEC, replace(CARD, ram_gb=64), {"device": "cpu"})
    assert (patient.device, patient.fits) == ("cpu", True)
    assert choose_memory(replace(SPEC, memory={"offload": "sequential"}), CARD).offload == "sequential"


@pytest.mark.parametrize(
    ("decided", "complaint"),
    [
        ({"bits": 4}, r"no setting 'bits'; it may have: device, precision, backend, offload, tile_vae, compile"),
        ({"precision": "2bit"}, r"precision is '2bit' for ten; it may be: float32, bfloat16, float16, 8bit, 4bit"),
        ({"backend": "quanto"}, r"backend is 'quanto' for ten; it may be: bitsandbytes, torchao"),
        ({"device": "mps"}, r"no mps device here \(a card, 24 GB free"),
        (
            {"precision": "4bit", "offload": "sequential"},
            r"cannot be loaded with precision = 4bit, offload = sequential",
        ),
    ],
)
def test_what_cannot_be_is_refused(decided: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        choose_memory(SPEC, CARD, decided)


def test_a_missing_package_is_named() -> None:
    bare = replace(CARD, packages=frozenset({"accelerate", "torchao"}))
    with pytest.raises(
        InputError, match=r"backend = bitsandbytes here .*take bitsandbytes or torchao on cuda, installed"
    ):
        choose_memory(SPEC, bare, {"backend": "bitsandbytes"})
    laptop = Machine(ram_gb=16, disk_gb=500, packages=frozenset({"bitsandbytes"}))
    with pytest.raises(InputError, match=r"precision = 8bit here .*take torchao on cpu, installed: bitsandbytes"):
        choose_memory(SPEC, laptop, {"precision": "8bit"})
    apple = Machine(16, 500, "mps", "Apple GPU", 16, packages=frozenset())
    with pytest.raises(InputError, match=r"take nothing on mps, installed: none of them"):
        choose_memory(SPEC, apple, {"precision": "4bit"})


def test_this_machine_is_one() -> None:
    machine = this_machine()
    assert machine.ram_gb > 0
    assert machine.disk_gb > 0
    assert (machine.gpu is None) == (machine.gpu_gb == 0)
    assert "psutil" not in machine.packages
