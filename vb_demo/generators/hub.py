"""Weights: where they are on this machine, and how they get here. Only safetensors, GGUF and text files are fetched."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from vb_demo.errors import InputError
from vb_demo.generators.catalog import GeneratorSpec, Weights

OnDownload = Callable[[int, int], None]
"""Called with (bytes here, bytes in all) while files arrive. What it raises ends the download."""

TEXT_FILES = ("*.json", "*/*.json", "*.txt", "*/*.txt", "*/*.jinja", "*/*.model")


def is_hub_id(name: str) -> bool:
    """ "owner/name", as the hub spells it."""
    return re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII) is not None


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object from a file. Raises InputError if it is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is no JSON: {error}.") from error
    if not isinstance(content, dict):
        raise InputError(f"{file} is no JSON object.")
    return content


def patterns_of(spec: GeneratorSpec) -> tuple[list[str], list[str]]:
    """The files of the generator's own repository to fetch, and which of those to leave out.

    Single files with everything in them lie beside the folders of some repositories, and most hold several precisions.
    """
    weights = f"*/*.{spec.variant}*.safetensors" if spec.variant else "*/*.safetensors"
    left_out = [] if spec.variant else ["*.fp16*.safetensors", "*.non_ema*.safetensors"]
    if spec.transformer is not None:
        left_out.append("transformer/*.safetensors")
    if spec.pipeline == "StableDiffusionInstructPix2PixPipeline":
        left_out.append("safety_checker/*")
    return [*TEXT_FILES, weights], left_out


def fetch(spec: GeneratorSpec, on_download: OnDownload | None = None) -> Path:
    """The folder with the generator's weights: as given, from the hub's cache, or downloaded now.

    The cache is where `HF_HOME` or `HF_HUB_CACHE` says.

    Raises:
        InputError: the repository is gated, gone, or out of reach, or the disk is full.
    """
    if not spec.on_hub:
        return Path(spec.location)
    allowed, left_out = patterns_of(spec)
    with _in_words(spec.location):
        return _snapshot(spec.location, allowed, left_out, on_download)


def here(spec: GeneratorSpec) -> bool:
    """All weights are on this machine. Asks nobody else."""
    from huggingface_hub import snapshot_download

    wanted = []
    if spec.on_hub:
        wanted.append((spec.location, *patterns_of(spec)))
    elif not Path(spec.location, "model_index.json").is_file():
        return False
    for part in [*spec.adapters.values(), *([spec.transformer] if spec.transformer else [])]:
        if Path(part.repo).expanduser().exists():
            continue
        if part.file:
            if _cached(part) is None:
                return False
        else:
            wanted.append((part.repo, _component_patterns(part), []))
    try:
        for repo, allowed, left_out in wanted:
            snapshot_download(repo, allow_patterns=allowed, ignore_patterns=left_out, local_files_only=True)
    except Exception:  # whatever is wrong with the copy here, it is not whole
        return False
    return True


def sized(spec: GeneratorSpec, *, ask: bool = False) -> GeneratorSpec:
    """The same with the size of its transformer's GGUF file, as far as it can be known before it is here.

    Args:
        ask: ask the hub for it where the file is not on this machine. Raises InputError as `fetch` does.
    """
    part = spec.transformer
    if part is None or not part.file.endswith(".gguf"):
        return spec
    folder = Path(part.repo).expanduser()
    file = folder / part.subfolder / part.file if folder.exists() else _cached(part)
    size = file.stat().st_size if file is not None and file.is_file() else None
    if size is None and ask and not folder.exists():
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        with _in_words(part.repo):
            size = get_hf_file_metadata(hf_hub_url(part.repo, part.file)).size
    return replace(spec, transformer=replace(part, gb=size / 1e9 if size else None))


def fetch_part(weights: Weights, on_download: OnDownload | None = None) -> Path:
    """The file, or the folder of the component, that `weights` names. Raises InputError as `fetch` does."""
    if Path(weights.repo).expanduser().exists():
        path = Path(weights.repo).expanduser() / weights.subfolder / weights.file
    elif weights.file:
        path = fetch_file(weights.repo, weights.file, on_download)
    else:
        with _in_words(weights.repo):
            path = _snapshot(weights.repo, _component_patterns(weights), [], on_download) / weights.subfolder
    if not path.exists() or (not weights.file and not (path / "config.json").is_file()):
        raise InputError(
            f"{weights.repo} has no component in {weights.subfolder or 'its top folder'!r}. "
            f"Look at its page and name the right subfolder in the settings."
        )
    return path


def fetch_repo(name: str, on_download: OnDownload | None = None) -> Path:
    """A whole repository, such as a language model: a local folder, or from the hub. Raises as `fetch` does."""
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    with _in_words(name):
        return _snapshot(name, ["*.json", "*.txt", "*.jinja", "*.model", "*.safetensors"], [], on_download)


def fetch_file(repo: str, file: str, on_download: OnDownload | None = None) -> Path:
    """One file of a repository. Raises InputError as `fetch` does."""
    from huggingface_hub import hf_hub_download

    bar = _reporting(on_download) if on_download else None
    with _in_words(repo):
        return Path(hf_hub_download(repo, file, tqdm_class=bar))


def parameters_in(folder: Path) -> dict[str, float]:
    """Component → billions of parameters, read from the headers of the safetensors files in its folder."""
    from safetensors import safe_open

    parts: dict[str, float] = {}
    for file in sorted(folder.glob("*/*.safetensors")):
        with safe_open(file, framework="np") as tensors:
            count = sum(math.prod(tensors.get_slice(key).get_shape()) for key in tensors.keys())  # noqa: SIM118 - no dict
        parts[file.parent.name] = parts.get(file.parent.name, 0) + count / 1e9
    return parts


def _cached(weights: Weights) -> Path | None:
    """A single file in the hub's cache."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(weights.repo, weights.file) if is_hub_id(weights.repo) else None
    return Path(found) if isinstance(found, str) else None


def _component_patterns(weights: Weights) -> list[str]:
    within = f"{weights.subfolder}/" if weights.subfolder else ""
    return [f"{within}*.json", f"{within}*.safetensors"]


def _snapshot(repo: str, allowed: list[str], left_out: list[str], on_download: OnDownload | None) -> Path:
    from huggingface_hub import snapshot_download

    bar = _reporting(on_download) if on_download else None
    return Path(snapshot_download(repo, allow_patterns=allowed, ignore_patterns=left_out, tqdm_class=bar))


def _reporting(on_download: OnDownload) -> type:
    """A tqdm that tells `on_download` about bytes, and draws nothing.

    The hub counts bytes twice where it can, as received and as written; the bar that is ahead is told.
    """
    from tqdm.auto import tqdm

    bars: list[Any] = []

    class Reporting(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": False})
            if self.unit == "B":
                bars.append(self)

        def display(self, *args: Any, **kwargs: Any) -> bool:
            return True

        def update(self, n: float | None = 1) -> bool | None:
            drawn = super().update(n)
            if self in bars:
                on_download(int(max(bar.n for bar in bars)), int(max(bar.total or 0 for bar in bars)))
            return drawn

    return Reporting


@contextmanager
def _in_words(repo: str) -> Iterator[None]:
    """Say in a sentence why a repository's files cannot be had."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        IncompleteSnapshotError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    page = f"https://huggingface.co/{repo}"
    try:
        yield
    except HFValidationError as error:
        raise InputError(f'There is no folder {repo!r}, and a hub id looks like "owner/name".') from error
    except GatedRepoError as error:
        raise InputError(
            f"The weights of {repo} are gated: accept the licence at {page}, then log in here with `hf auth login`."
        ) from error
    except (LocalEntryNotFoundError, IncompleteSnapshotError, OfflineModeIsEnabled) as error:
        raise InputError(
            f"The weights of {repo} are not (all) on this machine, and {page} cannot be reached from here. "
            "Copy the repository here and give its folder, or set HF_HOME to a cache that has it."
        ) from error
    except EntryNotFoundError as error:
        raise InputError(f"{page} lacks a file that is needed: {error}.") from error
    except RepositoryNotFoundError as error:
        raise InputError(f"There is no {page}, or it is private: then log in with `hf auth login`.") from error
    except (HfHubHTTPError, OSError) as error:
        raise InputError(f"The weights of {repo} could not be fetched: {error}.") from error
