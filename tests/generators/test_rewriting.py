from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch

from vb_demo.errors import InputError
from vb_demo.generators import load_generator
from vb_demo.generators.editing import Editor
from vb_demo.generators.rewriting import INSTRUCTION, MAX_TOKENS, language_model_of, rewrite
from vb_demo.generators.settings import Settings

QUERY = "the place where piano players should sit"
MakeTiny = Callable[..., Editor]


def say(monkeypatch: pytest.MonkeyPatch, editor: Editor, words: str) -> list[str]:
    """Make the text encoder write `words`, through the real tokenizer; what it was asked is returned."""
    tokenizer, asked = editor.pipeline.tokenizer, []

    def generate(self: Any, input_ids: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        asked.append(tokenizer.decode(input_ids[0]))
        assert kwargs["do_sample"] is False
        assert kwargs["max_new_tokens"] == MAX_TOKENS
        written = tokenizer(words, return_tensors="pt").input_ids
        return torch.cat([input_ids, written.to(input_ids.dtype)], dim=1)

    monkeypatch.setattr(type(editor.pipeline.text_encoder), "generate", generate)
    return asked


def test_the_text_encoder_of_klein_is_a_language_model(make_tiny: MakeTiny) -> None:
    klein = make_tiny("Flux2KleinPipeline")
    assert language_model_of(klein) is klein.pipeline
    assert language_model_of(make_tiny("StableDiffusionInstructPix2PixPipeline")) is None
    assert language_model_of(load_generator()) is None


def test_it_rewrites_the_query(make_tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    klein = make_tiny("Flux2KleinPipeline")
    asked = say(monkeypatch, klein, ' "The piano bench."\nBecause one sits there.')
    rewritten = rewrite(QUERY, klein)
    assert rewritten.words == "The piano bench"
    assert rewritten.by == "tiny's text encoder"
    assert "has not seen the photo" in rewritten.note
    assert INSTRUCTION.format(query=QUERY) in asked[0]


def test_its_own_generate_runs(make_tiny: MakeTiny) -> None:
    """Random weights say nothing sensible, but say the same each time."""
    klein = make_tiny("Flux2KleinPipeline")
    assert rewrite(QUERY, klein) == rewrite(QUERY, klein)


def test_silence_leaves_the_query_as_it_is(make_tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    klein = make_tiny("Flux2KleinPipeline")
    say(monkeypatch, klein, "  ")
    rewritten = rewrite(QUERY, klein)
    assert (rewritten.words, rewritten.by) == (QUERY, None)
    assert "had no words for it" in rewritten.note


def test_the_model_of_the_settings_helps_out(klein_folder: Path, tmp_path: Path, make_tiny: MakeTiny) -> None:
    klein = make_tiny("Flux2KleinPipeline").pipeline
    klein.text_encoder.save_pretrained(tmp_path / "model")
    klein.tokenizer.save_pretrained(tmp_path / "model")
    settings = Settings(rewriting_model=str(tmp_path / "model"))
    rewritten = rewrite(QUERY, load_generator(), settings=settings)
    assert rewritten.words
    assert str(tmp_path / "model") in rewritten.note
    (tmp_path / "model" / "config.json").unlink()
    assert rewrite(QUERY, settings=settings) == rewritten  # it is in memory


def test_the_model_of_the_settings_is_fetched_with_progress_and_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Cancelled(Exception):
        pass

    def snapshot_download(*args: Any, tqdm_class: Any, **kwargs: Any) -> str:
        tqdm_class(total=100, unit="B").update(30)
        pytest.fail("it was cancelled")

    def cancel(here: int, whole: int) -> None:
        told.append((here, whole))
        raise Cancelled

    told: list[tuple[int, int]] = []
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    for _ in range(2):  # nothing half-done stays behind
        with pytest.raises(Cancelled):
            rewrite(QUERY, settings=Settings(rewriting_model="owner/small"), on_download=cancel)
    assert told == [(30, 100)] * 2


def test_without_a_model_the_query_goes_out_unchanged_and_that_is_said() -> None:
    rewritten = rewrite(f" {QUERY} ")
    assert (rewritten.words, rewritten.by) == (QUERY, None)
    assert "no language model is at hand" in rewritten.note


def test_what_cannot_be_rewritten_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to rewrite"):
        rewrite("  ")
    with pytest.raises(InputError, match="cannot rewrite queries"):
        rewrite(QUERY, settings=Settings(rewriting_model=str(tmp_path)))
