from __future__ import annotations

from vb_demo.training.text_encoder import prune_vocabulary


def test_special_and_ascii_tokens_stay_in_order() -> None:
    vocabulary = {"[PAD]": 0, "[unused0]": 1, "[UNK]": 100, "猫": 1800, "cat": 4937, "##s": 2015, "é": 1037}
    assert prune_vocabulary(vocabulary) == {"[PAD]": 0, "[UNK]": 1, "##s": 2, "cat": 3}
