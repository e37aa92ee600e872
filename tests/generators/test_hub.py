from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import huggingface_hub
import pytest
from huggingface_hub import errors

from vb_demo.errors import InputError
from vb_demo.generators import hub
from vb_demo.generators.catalog import CATALOG, Weights

KLEIN = CATALOG["flux2-klein-4b"]


def chosen(name: str, files: list[str]) -> list[str]:
    allowed, left_out = hub.patterns_of(CATALOG[name])
    return [
        file
        for file in files
        if any(fnmatch(file, pattern) for pattern in allowed) and not any(fnmatch(file, p) for p in left_out)
    ]


def test_only_what_is_loaded_is_fetched() -> None:
    files = [
        "model_index.json", "flux-2-klein-4b.safetensors", "tokenizer/merges.txt", "tokenizer/chat_template.jinja",
        "transformer/config.json", "transformer/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.bin",
        "unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "run.py",
        "safety_checker/model.safetensors", "safety_checker/config.json",
    ]  # fmt: skip
    texts = ["model_index.json", "tokenizer/merges.txt", "tokenizer/chat_template.jinja", "transformer/config.json"]
    assert chosen("flux2-klein-4b", files) == [
        *texts,
        "transformer/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "safety_checker/model.safetensors",
        "safety_checker/config.json",
    ]
    # The base's own transformer is not loaded, its configuration tells the class.
    assert "transformer/diffusion_pytorch_model.safetensors" not in chosen("open-vision-banana", files)
    assert "transformer/config.json" in chosen("open-vision-banana", files)
    assert [f for f in chosen("marigold-depth", files) if f.startswith("unet")] == [
        "unet/diffusion_pytorch_model.fp16.safetensors"
    ]
    assert not any(f.startswith("safety") for f in chosen("instruct-pix2pix", files))


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def snapshot_download(*args: Any, **kwargs: Any) -> str:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)


def http(kind: type[errors.HfHubHTTPError]) -> errors.HfHubHTTPError:
    request = httpx2.Request("GET", "https://huggingface.co/x")
    return kind("no", response=httpx2.Response(403, request=request))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (http(errors.GatedRepoError), r"gated: accept the licence at https://huggingface.co/black-forest-labs/FLUX.2"),
        (errors.LocalEntryNotFoundError("no"), r"cannot be reached from here.*HF_HOME"),
        (http(errors.RepositoryNotFoundError), r"There is no https://huggingface.co/black"),
        (OSError("disk full"), r"could not be fetched: disk full"),
    ],
)
def test_why_weights_cannot_be_had_is_said(error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, error)
    with pytest.raises(InputError, match=sentence):
        hub.fetch(KLEIN)


GETS: dict[str, Callable[[hub.OnDownload], Path]] = {
    "a generator": lambda told: hub.fetch(KLEIN, told),
    "a component": lambda told: hub.fetch_part(Weights("a/b", subfolder="transformer"), told),
    "a LoRA": lambda told: hub.fetch_part(Weights("a/b", "lora.safetensors"), told),
    "a language model": lambda told: hub.fetch_repo("a/b", told),
}


@pytest.mark.parametrize("what", GETS)
def test_progress_is_told_and_a_refusal_ends_the_download(
    what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Cancelled(Exception):
        pass

    def download(*args: Any, tqdm_class: Any, **kwargs: Any) -> str:
        files = tqdm_class(total=3, desc="Fetching 3 files")  # counts files, not bytes
        bar = tqdm_class(total=100, unit="B", unit_scale=True, desc="Downloading", name="x")
        written = tqdm_class(total=0, unit="B", unit_scale=True, desc="Reconstructing")  # falls behind
        for _ in range(4):
            bar.update(30)
            written.update(10)
            files.update(1)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    told: list[tuple[int, int]] = []

    def on_download(done: int, total: int) -> None:
        told.append((done, total))
        if done > 70:
            raise Cancelled

    with pytest.raises(Cancelled):
        GETS[what](on_download)
    assert told == [(30, 100), (30, 100), (60, 100), (60, 100), (90, 100)]


def test_a_folder_is_taken_as_it_is(klein_folder: Path) -> None:
    assert hub.fetch(replace(KLEIN, location=str(klein_folder))) == klein_folder
    assert hub.here(replace(KLEIN, location=str(klein_folder)))
    assert not hub.here(replace(KLEIN, location=str(klein_folder / "nowhere")))


def test_parts_in_the_home_folder_are_here(klein_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lora.safetensors").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    lora = Weights("~", "lora.safetensors")
    assert hub.fetch_part(lora) == tmp_path / "lora.safetensors"
    assert hub.here(replace(KLEIN, location=str(klein_folder), adapters={"depth": lora}))
    elsewhere = Weights("owner/name", "lora.safetensors")
    assert not hub.here(replace(KLEIN, location=str(klein_folder), adapters={"depth": lora, "normals": elsewhere}))


def test_a_gguf_file_tells_its_size_before_it_is_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def on(repo: str, file: str = "q4.gguf", *, ask: bool = False) -> float | None:
        spec = hub.sized(replace(KLEIN, transformer=Weights(repo, file)), ask=ask)
        assert spec.transformer is not None
        return spec.transformer.gb

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda url: SimpleNamespace(size=2_500_000_000))
    (tmp_path / "q4.gguf").write_bytes(bytes(4000))
    assert on(str(tmp_path)) == pytest.approx(4e-6)
    assert on("owner/name") is None
    assert on("owner/name", ask=True) == pytest.approx(2.5)
    assert on("owner/name", "tuned.safetensors", ask=True) is None
    assert on(str(tmp_path / "nowhere")) is None
    assert hub.sized(KLEIN, ask=True) is KLEIN


def test_a_part_that_is_neither_a_folder_nor_on_the_hub_is_named(klein_folder: Path) -> None:
    lost = Weights("/no/such/folder", "q4.gguf")
    assert not hub.here(replace(KLEIN, location=str(klein_folder), transformer=lost))
    with pytest.raises(InputError, match=r"no folder '/no/such/folder', and a hub id looks like \"owner/name\""):
        hub.fetch_part(lost)


def test_an_empty_cache_has_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert not hub.here(KLEIN)
    assert not hub.here(CATALOG["flux2-klein-schematic"])


def test_parameters_are_counted_from_the_headers(klein_folder: Path) -> None:
    from diffusers import Flux2Transformer2DModel

    transformer = Flux2Transformer2DModel.from_pretrained(klein_folder / "transformer")
    counted = hub.parameters_in(klein_folder)
    assert counted["transformer"] * 1e9 == pytest.approx(sum(p.numel() for p in transformer.parameters()))
    assert set(counted) == {"transformer", "text_encoder", "vae"}


def test_a_part_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(InputError, match="no component in 'x'"):
        hub.fetch_part(Weights(str(tmp_path), subfolder="x"))
    (tmp_path / "x" / "config.json").write_text("{}")
    assert hub.fetch_part(Weights(str(tmp_path), subfolder="x")) == tmp_path / "x"


@pytest.mark.parametrize(("name", "is_id"), [("owner/name", True), ("name", False), ("a/b/c", False), ("a b/c", False)])
def test_hub_ids(name: str, is_id: bool) -> None:
    assert hub.is_hub_id(name) == is_id
