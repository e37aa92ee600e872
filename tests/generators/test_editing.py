from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import numpy as np
import pytest
import torch
from PIL import Image

import vb_demo as vb
from vb_demo.answers import Calibration
from vb_demo.errors import InputError
from vb_demo.flow import on_grid
from vb_demo.generators import CATALOG, facts, families, let_go, load_generator
from vb_demo.generators.assembly import assemble
from vb_demo.generators.catalog import EVERY_TASK, Weights
from vb_demo.generators.dialects import SCHEMATIC, UNTUNED
from vb_demo.generators.editing import Editor, editor_of, stretched_back
from vb_demo.generators.families import FAMILIES
from vb_demo.generators.loading import held_gb
from vb_demo.generators.memory import MemoryPlan
from vb_demo.images import Photo, open_photo
from vb_demo.registration import correct, measure

MakeTiny = Callable[..., Editor]
DRIVEN = list(FAMILIES)
EDITORS = [kind for kind in DRIVEN if FAMILIES[kind].edits]
BUCKETED = ["QwenImageEditPipeline", "QwenImageEditPlusPipeline", "LongCatImageEditPipeline"]
"""Those that work out their own sizes of a megapixel."""
SMALL = 256 * 256


@pytest.fixture(autouse=True)
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pipelines that know a megapixel only, at a sixteenth of it."""
    monkeypatch.setattr(families, "MEGAPIXEL", SMALL)
    for name in BUCKETED:
        module = import_module(getattr(import_module("diffusers"), name).__module__)
        own = module.calculate_dimensions
        monkeypatch.setattr(module, "calculate_dimensions", lambda area, ratio, own=own: own(min(area, SMALL), ratio))
        FAMILIES[name].buckets.cache_clear()  # type: ignore[union-attr]
    kontext = import_module("diffusers.pipelines.flux.pipeline_flux_kontext")
    monkeypatch.setattr(kontext, "PREFERRED_KONTEXT_RESOLUTIONS", [(208, 320), (256, 256), (320, 208)])
    yield
    for name in BUCKETED:
        FAMILIES[name].buckets.cache_clear()  # type: ignore[union-attr]


# --- every class that can be driven ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DRIVEN)
def test_it_paints_in_the_photos_shape_and_says_how_far_it_is(kind: str, make_tiny: MakeTiny, photo: Photo) -> None:
    steps: list[tuple[int, int, Any]] = []
    painting = make_tiny(kind).paint(photo, "Make it red.", seed=1, on_step=lambda *step: steps.append(step))
    height, width = painting.pixels.shape[:2]
    assert painting.pixels.dtype == np.uint8
    assert width / height == pytest.approx(96 / 64, abs=1.5 / height)
    assert painting.pixels.std() > 0
    assert steps == [(1, 2, None), (2, 2, None)]
    assert (painting.generator, painting.prompt, painting.seed, painting.steps) == ("tiny", "Make it red.", 1, 2)


@pytest.mark.parametrize(
    "kind", ["Flux2KleinPipeline", "StableDiffusionInstructPix2PixPipeline", "MarigoldDepthPipeline"]
)
def test_the_seed_alone_decides_the_noise(kind: str, make_tiny: MakeTiny, photo: Photo) -> None:
    editor = make_tiny(kind)
    first, again, other = (editor.paint(photo, "cat", steps=1, seed=seed).pixels for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("kind", ["Flux2KleinPipeline", "LongCatImageEditPipeline", "MarigoldDepthPipeline"])
def test_what_on_step_raises_ends_the_painting(kind: str, make_tiny: MakeTiny, photo: Photo) -> None:
    class Stop(Exception):
        pass

    def stop(step: int, steps: int, painting: object) -> None:
        seen.append(step)
        raise Stop

    seen: list[int] = []
    editor = make_tiny(kind)
    with pytest.raises(Stop):
        editor.paint(photo, "cat", steps=5, on_step=stop)
    assert seen == [1]
    assert editor.paint(photo, "cat", steps=1).steps == 1  # and the next one works


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("Flux2KleinPipeline", {"guidance_scale": 1.0}),
        ("QwenImageEditPipeline", {"true_cfg_scale": 4.0, "negative_prompt": " "}),
        ("QwenImageEditPlusPipeline", {"true_cfg_scale": 4.0, "negative_prompt": " "}),
        ("FluxKontextPipeline", {"guidance_scale": 2.5}),
        ("LongCatImageEditPipeline", {"guidance_scale": 4.5, "negative_prompt": ""}),
        ("StableDiffusionInstructPix2PixPipeline", {"guidance_scale": 7.5, "image_guidance_scale": 1.5}),
    ],
)
def test_words_and_numbers_reach_the_pipeline_as_they_are(
    kind: str, call: dict[str, Any], make_tiny: MakeTiny, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = make_tiny(kind, call=call)
    encoded: list[Any] = []
    own = type(editor.pipeline).encode_prompt if hasattr(type(editor.pipeline), "encode_prompt") else None
    name = "encode_prompt" if own else "_encode_prompt"
    own = own or type(editor.pipeline)._encode_prompt

    def spy(self: Any, *args: Any, **kwargs: Any) -> Any:
        encoded.append(kwargs.get("prompt", args[0] if args else None))
        return own(self, *args, **kwargs)

    monkeypatch.setattr(type(editor.pipeline), name, spy)
    words = 'Färbe die Katze #80C000,\n "Exit" <0, 0, 255>  – genau so.'
    editor.paint(photo, words, steps=1)
    assert encoded[0] == words
    if call.get("negative_prompt") is not None:
        assert call["negative_prompt"] in encoded


def test_a_call_that_the_pipeline_does_not_know_is_refused(make_tiny: MakeTiny) -> None:
    with pytest.raises(InputError, match=r"does not take image_guidance_scale; it takes: .*guidance_scale"):
        make_tiny("Flux2KleinPipeline", call={"image_guidance_scale": 1.5})


def test_steps_have_limits_and_a_default(make_tiny: MakeTiny, photo: Photo) -> None:
    with pytest.raises(InputError, match="1 to 100 steps"):
        make_tiny("Flux2KleinPipeline").paint(photo, "cat", steps=0)
    assert make_tiny("MarigoldDepthPipeline", steps=None).paint(photo, "depth").steps == 2
    assert make_tiny("Flux2KleinPipeline", steps=None)._default_steps() == 50


@pytest.mark.parametrize("name", [name for name, spec in CATALOG.items() if spec.pipeline in DRIVEN])
def test_the_catalogs_calls_are_understood(name: str, make_tiny: MakeTiny) -> None:
    spec = CATALOG[name]
    make_tiny(spec.pipeline, call=spec.call)


# --- no pixel moves -------------------------------------------------------------------------------------------------


class Mirror:
    """A pipeline that paints exactly what it is handed."""

    def __call__(self, image: Any = None, prompt: str = "", width: int = 0, height: int = 0, max_area: int = 0,
                 num_inference_steps: int = 1, generator: Any = None) -> Any:  # fmt: skip
        assert not width or image.size == (width, height)

        return SimpleNamespace(images=[image])

    def maybe_free_model_hooks(self) -> None:
        pass


@pytest.mark.parametrize("size", [(640, 480), (1000, 667), (333, 500), (96, 72), (1500, 1100)])
@pytest.mark.parametrize("kind", EDITORS)
def test_no_pixel_moves_on_the_way(kind: str, size: tuple[int, int], make_tiny: MakeTiny) -> None:
    """Red tells the column and green the row; an exact copy, brought back, must tell the same everywhere."""
    width, height = size
    columns, rows = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    pixels = np.stack([columns, rows, 0 * rows], axis=-1).round().astype(np.uint8)
    editor = make_tiny(kind)
    mirror = editor_of(editor.spec, editor.plan, Mirror())
    painted = on_grid(mirror.paint(open_photo(pixels), "copy").pixels, size)
    # A pixel of the working size and one of the photo, in levels.
    slack = 255 * (1 / min(painted.shape[:2]) + 1 / min(96, 64)) / 2 + 2
    shift = painted[..., :2].astype(float) - pixels[..., :2]
    assert abs(shift).max() <= slack
    assert abs(shift.mean(axis=(0, 1))).max() < 0.6  # and nothing drifts to one side


@pytest.mark.parametrize("size", [(96, 72), (167, 250)])
@pytest.mark.parametrize("kind", EDITORS)
def test_no_pipeline_crops_or_resizes_what_it_is_handed(
    kind: str, size: tuple[int, int], make_tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns, rows = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    photo = open_photo(np.stack([columns, rows, 0 * rows], axis=-1).round().astype(np.uint8))
    editor = make_tiny(kind)
    seen: list[torch.Tensor] = []
    own = editor.pipeline.vae.encode

    def spy(pixels: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        seen.append(pixels)
        return own(pixels, *args, **kwargs)

    monkeypatch.setattr(editor.pipeline.vae, "encode", spy)
    editor.paint(photo, "copy", steps=1)
    width, height = FAMILIES[kind].working_size(*size)
    handed = np.asarray(photo.pil.resize((width, height), Image.Resampling.LANCZOS))
    looked_at = seen[0].reshape(3, height, width).permute(1, 2, 0).numpy()
    np.testing.assert_allclose(looked_at, handed / 127.5 - 1, atol=1e-5)


class Copying:
    """A VAE that decodes nothing but what it was handed last, moved by whole pixels; all else is the pipeline's own."""

    def __init__(self, vae: Any, monkeypatch: pytest.MonkeyPatch, right: int, down: int) -> None:
        self.size = (0, 0)
        """(width, height) of what it was handed."""
        own = vae.encode

        def encode(pixels: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            self.size = (pixels.shape[-1], pixels.shape[-2])
            self._pixels = pixels.roll((down, right), (-2, -1))
            return own(pixels, *args, **kwargs)

        monkeypatch.setattr(vae, "encode", encode)
        monkeypatch.setattr(vae, "decode", lambda *_, **__: (self._pixels,))


def pattern(size: tuple[int, int]) -> Photo:
    """Patches with rims in every direction, of which no two parts look alike."""
    rng = np.random.default_rng(4)
    down, right = np.mgrid[: size[1], : size[0]] / size[0]
    waves, phases = rng.normal(0, 16, (2, 9, 4, 1, 1)), rng.uniform(0, 7, (9, 4, 1, 1))
    patches = np.sin(waves[0] * right + waves[1] * down + phases).sum(axis=1).argmax(axis=0)
    return open_photo(rng.integers(0, 256, (9, 3), np.uint8)[patches])


@pytest.mark.parametrize("size", [(333, 250), (240, 320)])
@pytest.mark.parametrize(("right", "down"), [(0, 0), (9, -5)])
@pytest.mark.parametrize("kind", DRIVEN)
def test_the_painting_lies_on_the_photo_but_for_what_the_painter_moved(
    kind: str,
    right: int,
    down: int,
    size: tuple[int, int],
    make_tiny: MakeTiny,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = pattern(size)
    editor = make_tiny(kind, call={} if kind in EDITORS else {"processing_resolution": 256})
    copying = Copying(editor.pipeline.vae, monkeypatch, right, down)
    painted = on_grid(editor.paint(photo, "copy", steps=1).pixels, size)
    assert painted.shape == photo.pixels.shape
    if kind in EDITORS:
        assert copying.size == FAMILIES[kind].working_size(*size)
        scale = size[0] / copying.size[0], size[1] / copying.size[1]
    else:  # they make the longer side as long as they are told, and fill up to whole blocks
        scale = (max(size) / 256,) * 2
    found = measure(photo.pixels, painted)
    assert found.known
    assert found.moved == bool(right)
    assert (found.dx, found.dy) == pytest.approx((right * scale[0], down * scale[1]), abs=0.3)
    assert found.zoom == pytest.approx(1, abs=0.002)
    left = measure(photo.pixels, correct(painted, found, size)[0])  # nearest pixels: to half a one
    assert (left.dx, left.dy) == pytest.approx((0, 0), abs=0.5)


def test_every_class_in_the_catalog_is_driven_here() -> None:
    assert {spec.pipeline for spec in CATALOG.values()} - {"PlantainPipeline"} <= set(DRIVEN)


def test_a_stretched_painting_gets_the_photos_shape_and_no_new_colour() -> None:
    painted = Image.fromarray(np.array([[[255, 0, 0], [0, 0, 255]]] * 2, np.uint8))
    back = stretched_back(painted, (300, 100))
    assert back.shape == (2, 6, 3)
    assert {tuple(color) for color in back.reshape(-1, 3).tolist()} == {(255, 0, 0), (0, 0, 255)}


# --- Marigold -------------------------------------------------------------------------------------------------------


def test_marigold_paints_near_white_and_far_black(
    make_tiny: MakeTiny, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = make_tiny("MarigoldDepthPipeline")
    ramp = np.linspace(0, 1, 96, dtype=np.float32)[None, None, :, None].repeat(64, 1)
    monkeypatch.setattr(
        type(editor.pipeline), "decode_prediction", lambda self, latent: torch.from_numpy(ramp).permute(0, 3, 1, 2)
    )
    monkeypatch.setattr(
        type(editor.pipeline.image_processor), "unpad_image", staticmethod(lambda image, padding: image)
    )
    grey = editor.paint(photo, "depth", steps=1).pixels[32]
    assert grey[0].tolist() == [255, 255, 255]
    assert grey[-1].tolist() == [0, 0, 0]


def test_marigolds_normals_read_back(make_tiny: MakeTiny, photo: Photo) -> None:
    answer = vb.ask(
        photo, "normals", generator=make_tiny("MarigoldNormalsPipeline", dialect=CATALOG["marigold-normals"].dialect)
    )
    np.testing.assert_allclose(np.linalg.norm(answer.vectors, axis=-1), 1, atol=1e-4)
    assert np.median(answer.reliability) > 0.9  # they were painted at unit length


# --- LoRAs ----------------------------------------------------------------------------------------------------------

TO_Q = "transformer_blocks.0.attn.to_q"


def lora_file(folder: Path, name: str, strength: float) -> Weights:
    from safetensors.torch import save_file

    torch.manual_seed(1)
    tensors = {
        f"transformer.{TO_Q}.lora_A.weight": torch.randn(2, 32) * strength,
        f"transformer.{TO_Q}.lora_B.weight": torch.randn(32, 2) * strength,
    }
    save_file(tensors, folder / name)
    return Weights(str(folder), name)


@pytest.fixture
def schematic(make_tiny: MakeTiny, klein_folder: Path, tmp_path: Path) -> Editor:
    adapters = {
        "depth": lora_file(tmp_path, "depth.safetensors", 30.0),
        "normals": lora_file(tmp_path, "normals.safetensors", 20.0),
        EVERY_TASK: lora_file(tmp_path, "always.safetensors", 0.0),
    }
    plain = make_tiny("Flux2KleinPipeline", dialect=SCHEMATIC, adapters=adapters, call={"guidance_scale": 1.0})
    return editor_of(plain.spec, plain.plan, assemble(plain.spec, plain.plan, klein_folder))


def test_loras_sit_in_their_layers_and_the_task_chooses(schematic: Editor, photo: Photo) -> None:
    layers = {
        name: module for name, module in schematic.pipeline.transformer.named_modules() if hasattr(module, "lora_A")
    }
    assert list(layers) == [TO_Q]
    assert set(layers[TO_Q].lora_A) == {"depth", "normals", "every_task"}

    def active(words: str) -> set[str]:
        schematic.paint(photo, words, steps=1)
        return set() if layers[TO_Q].disable_adapters else set(schematic.pipeline.get_active_adapters())

    assert active(SCHEMATIC["depth"].words) == {"every_task", "depth"}
    assert active("Predict the surface normal of this scene.") == {"every_task", "normals"}
    assert active("Generate a binary segmentation mask of the cat in the input image.") == {"every_task"}
    assert active("make it rain") == {"every_task"}


def test_a_drawing_switches_no_tasks_lora_on_whatever_it_is_about(schematic: Editor) -> None:
    schematic.draw(SCHEMATIC["depth"].words, size=(64, 64), steps=1)
    assert schematic.pipeline.get_active_adapters() == ["every_task"]


def test_loras_change_the_painting_and_can_all_be_off(schematic: Editor, photo: Photo) -> None:
    words = SCHEMATIC["depth"].words
    tuned = schematic.paint(photo, words, steps=2).pixels
    for_normals = replace(schematic.spec, adapters={"normals": schematic.spec.adapters["normals"]})
    plain = editor_of(for_normals, schematic.plan, schematic.pipeline)
    untuned = plain.paint(photo, words, steps=2).pixels  # depth has no adapter any more
    assert (tuned != untuned).any()


# --- building -------------------------------------------------------------------------------------------------------


def test_a_transformer_from_elsewhere_takes_the_place_of_the_own(
    klein_folder: Path, tmp_path: Path, make_tiny: MakeTiny
) -> None:
    from diffusers import Flux2Transformer2DModel

    own = Flux2Transformer2DModel.from_pretrained(klein_folder / "transformer")
    with torch.no_grad():
        own.proj_out.weight.fill_(0.125)
    own.save_pretrained(tmp_path / "tuned")
    spec = make_tiny("Flux2KleinPipeline", transformer=Weights(str(tmp_path), subfolder="tuned")).spec
    pipeline = assemble(spec, make_tiny("Flux2KleinPipeline").plan, klein_folder)
    assert (pipeline.transformer.proj_out.weight == 0.125).all()


def test_a_subfolder_that_is_not_there_is_named(klein_folder: Path, tmp_path: Path, make_tiny: MakeTiny) -> None:
    tiny = make_tiny("Flux2KleinPipeline", transformer=Weights(str(tmp_path), subfolder="nowhere"))
    with pytest.raises(InputError, match=r"no component in 'nowhere'.*subfolder in the settings"):
        assemble(tiny.spec, tiny.plan, klein_folder)


def test_pickles_are_refused(klein_folder: Path, tmp_path: Path, make_tiny: MakeTiny) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(klein_folder, copy)
    (copy / "transformer" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save({}, copy / "transformer" / "diffusion_pytorch_model.bin")
    tiny = make_tiny("Flux2KleinPipeline")
    with pytest.raises(InputError, match="could not be loaded"):
        assemble(tiny.spec, tiny.plan, copy)


def test_scheduler_settings_are_laid_over_the_own(klein_folder: Path, make_tiny: MakeTiny) -> None:
    tiny = make_tiny("Flux2KleinPipeline", scheduler={"shift_terminal": None, "max_shift": 1.5})
    assert assemble(tiny.spec, tiny.plan, klein_folder).scheduler.config.max_shift == 1.5


@pytest.mark.parametrize(
    ("offload", "called"),
    [("none", "to"), ("model", "enable_model_cpu_offload"), ("sequential", "enable_sequential_cpu_offload")],
)
def test_the_plan_decides_where_parts_wait(
    offload: str, called: str, klein_folder: Path, make_tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import DiffusionPipeline

    calls: list[tuple[str, Any]] = []
    for name in ("to", "enable_model_cpu_offload", "enable_sequential_cpu_offload"):

        def record(self: Any, *args: Any, name: str = name, **kwargs: Any) -> Any:
            calls.append((name, kwargs.get("device", args[0] if args else None)))
            return self

        monkeypatch.setattr(DiffusionPipeline, name, record)
    plan = MemoryPlan("cuda", "bfloat16", offload, True, False, 0, 0, True)
    pipeline = assemble(make_tiny("Flux2KleinPipeline").spec, plan, klein_folder)
    assert calls[-1] == (called, "cuda")
    assert pipeline.vae.use_tiling
    assert pipeline.transformer.dtype == torch.bfloat16


# --- one resident ---------------------------------------------------------------------------------------------------


def test_a_folder_is_asked_like_a_general_editor(klein_folder: Path, photo: Photo) -> None:
    seen: list[str] = []
    generator = load_generator(str(klein_folder))
    assert generator.dialect == UNTUNED
    depth = vb.ask(photo, "depth", generator=generator, steps=1, on_step=lambda *_: seen.append("step"))
    assert isinstance(depth, vb.RelativeDepthMap)
    assert depth.nearness.shape == (64, 96)
    assert seen == ["step"]
    assert load_generator(str(klein_folder)) is generator  # not loaded twice


def test_an_editor_changes_the_photo_with_the_words_as_they_are(make_tiny: MakeTiny, photo: Photo) -> None:
    painting = vb.edit(photo, "make it rain", generator=make_tiny("Flux2KleinPipeline"), steps=1)
    assert painting.pixels.shape == (64, 96, 3)
    assert (painting.generator, painting.prompt) == ("tiny", "make it rain")
    marigold = make_tiny("MarigoldDepthPipeline", dialect=CATALOG["marigold-depth"].dialect)
    with pytest.raises(InputError, match="tiny paints answers about photos and cannot change them"):
        vb.edit(photo, "make it rain", generator=marigold)
    assert [name for name, spec in CATALOG.items() if not facts.edits(spec)] == [
        "plantain",
        "marigold-depth",
        "marigold-normals",
    ]


@pytest.mark.parametrize("kind", [kind for kind, family in FAMILIES.items() if family.draws])
def test_a_picture_is_drawn_from_words_alone(kind: str, make_tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = make_tiny(kind)
    monkeypatch.setattr(editor.pipeline.vae, "encode", lambda *_: pytest.fail("there is no photo to look at"))
    encoded: list[Any] = []
    own = type(editor.pipeline).encode_prompt

    def spy(self: Any, *args: Any, **kwargs: Any) -> Any:
        encoded.append(kwargs.get("prompt", args[0] if args else None))
        return own(self, *args, **kwargs)

    monkeypatch.setattr(type(editor.pipeline), "encode_prompt", spy)
    steps: list[tuple[int, int, Any]] = []
    words = 'Ein "Café" am\n Meer – cat.'

    def drawn(seed: int) -> Any:
        return vb.draw(words, generator=editor, size=(165, 127), seed=seed, on_step=lambda *step: steps.append(step))

    painting = drawn(3)
    assert painting.pixels.shape == (112, 160, 3)  # rounded down to multiples of 16
    assert painting.pixels.dtype == np.uint8
    assert encoded[0] == words
    assert steps == [(1, 2, None), (2, 2, None)]
    assert (painting.generator, painting.prompt, painting.seed, painting.steps) == ("tiny", words, 3, 2)
    np.testing.assert_array_equal(painting.pixels, drawn(3).pixels)
    assert (painting.pixels != drawn(4).pixels).any()
    assert open_photo(painting.pixels).size == (160, 112)


@pytest.mark.parametrize("kind", [kind for kind in DRIVEN if not FAMILIES[kind].draws])
def test_what_needs_a_photo_says_who_can_draw(kind: str, make_tiny: MakeTiny) -> None:
    with pytest.raises(InputError, match="tiny paints about photos and cannot draw without one; flux2-klein-4b or"):
        vb.draw("a cat", generator=make_tiny(kind))


def test_the_catalog_knows_who_can_draw() -> None:
    able = [name for name, spec in CATALOG.items() if facts.draws(spec)]
    assert {CATALOG[name].pipeline for name in able} == {"Flux2KleinPipeline", "FluxKontextPipeline"}
    assert {"flux2-klein-4b", "flux-kontext"} <= set(able)  # the refusal names them
    assert not facts.draws(CATALOG["plantain"])


def test_a_drawing_has_limits(make_tiny: MakeTiny, klein_folder: Path) -> None:
    editor = make_tiny("Flux2KleinPipeline")
    with pytest.raises(InputError, match=r"The size is 4000 × 4000; .* 1,048,576 in all"):
        vb.draw("a cat", generator=editor, size=(4000, 4000))
    with pytest.raises(InputError, match="1 to 100 steps"):
        vb.draw("a cat", generator=editor, size=(64, 64), steps=101)
    gone = load_generator(str(klein_folder))
    let_go()
    with pytest.raises(InputError, match="made way for another generator"):
        vb.draw("a cat", generator=gone, size=(64, 64))


def test_switching_frees_the_old_pipeline(klein_folder: Path, photo: Photo) -> None:
    generator = load_generator(str(klein_folder))
    assert isinstance(generator, Editor)
    gone = [weakref.ref(part) for part in (generator.pipeline, generator.pipeline.transformer)]
    load_generator()  # plantain
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    with pytest.raises(InputError, match="made way for another generator"):
        generator.paint(photo, "cat")
    let_go()


def test_the_old_one_paints_until_the_files_of_the_next_are_here(klein_folder: Path, photo: Photo) -> None:
    def refuse() -> None:
        raise InputError("not now")

    generator = load_generator(str(klein_folder))
    assert isinstance(generator, Editor)
    assert held_gb() > 0
    with pytest.raises(InputError, match="not now"):
        load_generator(on_ready=refuse)
    assert not generator.closed
    assert generator.device == "cpu"
    seen: list[bool] = []
    load_generator(on_ready=lambda: seen.append(generator.closed))
    assert seen == [False]
    assert generator.closed
    assert held_gb() == 0


def test_what_cannot_be_had_leaves_the_old_one(klein_folder: Path, tmp_path: Path) -> None:
    generator = load_generator(str(klein_folder))
    with pytest.raises(InputError, match="There is no generator"):
        load_generator(str(tmp_path / "nothing"))
    assert load_generator(str(klein_folder)) is generator


def test_a_machine_that_is_too_small_is_told_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    from vb_demo.generators import editing
    from vb_demo.generators.memory import Machine

    monkeypatch.setattr(editing, "this_machine", lambda *_: Machine(ram_gb=16, disk_gb=500))
    monkeypatch.setattr(editing, "fetch", lambda *args: pytest.fail("nothing may be fetched"))
    with pytest.raises(InputError, match=r"open-vision-banana cannot paint here. It needs a GPU with \d+ GB"):
        load_generator("open-vision-banana")


def test_a_gguf_file_is_weighed_before_it_is_fetched(
    make_tiny: MakeTiny, klein_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vb_demo.generators import editing
    from vb_demo.generators.memory import Machine

    card = Machine(ram_gb=64, disk_gb=500, gpu="cuda", gpu_name="a card", gpu_gb=10)
    spec = make_tiny(
        "Flux2KleinPipeline",
        location=str(klein_folder),
        parts={"transformer": 20.0, "text_encoder": 1.0},
        transformer=Weights("owner/name", "q2.gguf"),
        memory={"offload": "none"},
    ).spec
    monkeypatch.setattr(editing, "this_machine", lambda *_: card)
    monkeypatch.setattr(editing, "fetch_part", lambda *_: None)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda url: SimpleNamespace(size=4_000_000_000))
    sized, _ = editing.fetch_editor(spec)
    assert sized.transformer == Weights("owner/name", "q2.gguf", gb=4.0)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda url: SimpleNamespace(size=16_000_000_000))
    with pytest.raises(InputError, match=r"tiny cannot paint here\. It needs a GPU"):
        editing.fetch_editor(spec)


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("FooPipeline", "a FooPipeline"),
        (["pipeline_foo", "FooPipeline"], r"a pipeline of its own code \(pipeline_foo, FooPipeline\)"),
    ],
)
def test_a_folder_of_another_class_is_refused(kind: object, held: str, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": kind}))
    with pytest.raises(InputError, match=rf"holds {held}; the pipelines .* PlantainPipeline, Flux2KleinPipeline"):
        load_generator(str(tmp_path))


def test_marigolds_depth_is_linear(make_tiny: MakeTiny, photo: Photo) -> None:
    dialect = CATALOG["marigold-depth"].dialect
    depth = vb.ask(photo, "depth", generator=make_tiny("MarigoldDepthPipeline", dialect=dialect))
    assert isinstance(depth, vb.RelativeDepthMap)
    assert depth.linear
    with pytest.raises(InputError, match="the depth is linear"):
        depth.calibrated(Calibration(1.0))
