"""Turn a query that takes reasoning into plain words for what to paint, as the paper does with a language model.

"the place where piano players should sit" → "the piano bench". The model is a local one that sees no photo: it knows
the world, not the picture, and a person reads and may change what it wrote before anything is painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from vb_demo.errors import InputError
from vb_demo.generators.base import Generator
from vb_demo.generators.hub import OnDownload, fetch_repo
from vb_demo.generators.settings import Settings, read_settings

INSTRUCTION = (
    "Somebody wants one thing in a photo marked, and describes it indirectly. Name it plainly in at most eight words: "
    "a short noun phrase, with the words that tell it apart. Do not explain.\n"
    "Description: what keeps the man's head dry\nName: the man's umbrella\n"
    "Description: {query}\nName:"
)
MAX_TOKENS = 32

_resident: tuple[str, Any, Any] | None = None
"""The model of the settings that was used last: its name, the model, its tokenizer."""
_loading = Lock()


@dataclass(frozen=True)
class Rewritten:
    """What to paint instead of the query, and who said so."""

    words: str
    by: str | None
    """The model that rewrote them; `None` = they are the query itself."""
    note: str
    """The same in a sentence for people."""


def rewrite(
    query: str,
    generator: Generator | None = None,
    *,
    settings: Settings | None = None,
    on_download: OnDownload | None = None,
) -> Rewritten:
    """Rewrite a reasoning query into a referring expression, deterministically.

    Tried in this order: the language model that a resident generator uses as its text encoder (FLUX.2 [klein] carries
    a whole Qwen3); the model that the settings name; no one, and the query stays as it is.

    Args:
        on_download: told how much of the settings' model has arrived, see `OnDownload`.

    Raises:
        InputError: the query is empty, or the model that the settings name cannot be had.
    """
    query = query.strip()
    if not query:
        raise InputError('There is nothing to rewrite. Describe one thing, for example "what keeps the rain off".')
    pipeline = language_model_of(generator)
    settings = settings or read_settings()
    if generator is not None and pipeline is not None:
        by = f"{generator.name}'s text encoder"
        try:
            # Where parts wait in main memory, the encoder moves to the GPU by itself, the tokens do not.
            words = _answer(pipeline.text_encoder, pipeline.tokenizer, query, pipeline._execution_device)
        finally:
            pipeline.maybe_free_model_hooks()
    elif settings.rewriting_model:
        by = settings.rewriting_model
        model, tokenizer = _small_model(by, on_download)
        words = _answer(model, tokenizer, query, model.device)
    else:
        return Rewritten(
            query,
            None,
            "The query goes out unchanged: no language model is at hand. Name a small one in the settings, "
            "[rewriting] model, to have such queries rewritten.",
        )
    if not words:
        return Rewritten(query, None, f"The query goes out unchanged: {by} had no words for it.")
    return Rewritten(words, by, f"Rewritten by {by}, which has not seen the photo.")


def language_model_of(generator: Generator | None) -> Any:
    """The generator's pipeline, if its text encoder is a whole causal language model, else None."""
    pipeline = getattr(generator, "pipeline", None)
    encoder = getattr(pipeline, "text_encoder", None)
    return pipeline if type(encoder).__name__.endswith("ForCausalLM") else None


def _small_model(name: str, on_download: OnDownload | None) -> tuple[Any, Any]:
    global _resident
    with _loading:
        if _resident is None or _resident[0] != name:
            _resident = (name, *_load(name, fetch_repo(name, on_download)))
        return _resident[1:]


def _load(name: str, folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype="auto", use_safetensors=True, local_files_only=True, trust_remote_code=False
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{name} cannot rewrite queries: {error}") from error
    return model.eval(), tokenizer


def _answer(model: Any, tokenizer: Any, query: str, device: Any) -> str:
    import torch

    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": INSTRUCTION.format(query=query)}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    tokens = tokenizer(asked, return_tensors="pt").to(device)
    with torch.inference_mode():
        written = model.generate(
            **tokens,
            max_new_tokens=MAX_TOKENS,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            pad_token_id=tokenizer.pad_token_id,
        )
    text = tokenizer.decode(written[0, tokens["input_ids"].shape[1] :], skip_special_tokens=True)
    lines = text.strip().splitlines()
    return lines[0].strip(" \t\"'.“”") if lines else ""
