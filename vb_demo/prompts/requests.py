"""What is asked for by a noun or a number, without a colour: "a mask of the dog", "count the cars"."""

from __future__ import annotations

from collections.abc import Sequence

from vb_demo.prompts.tokens import Token, is_word
from vb_demo.prompts.vocabulary import ARTICLES, BE, INSTANCES, INSTRUCTION, MAKE_VERBS, POLITE, QUANTIFIERS

_SORTS = INSTANCES | {"binary", "semantic", "panoptic", "segmentation"}
_MASKS = frozenset({"mask", "masks", "segmentation", "segmentations", "map", "maps", "outline", "outlines"})

_MEASURES = frozenset({"meters", "metres", "feet", "centimeters", "centimetres", "cm", "inches", "pixels", "times"})

LONGEST_KIND = 6
"""Words of what is counted; more are no kind of thing but a sentence."""


def with_verb(tokens: list[Token]) -> list[Token]:
    """Say "segment the dog" for "a mask of the dog", "segment instances of cars" for "instance segmentation of cars",
    "count the cars" and "how many cars are there?". Other requests, and all that name a colour, stay as they are.
    """
    if any(token.color is not None for token in tokens):
        return tokens
    return _of_noun(tokens) or _of_number(tokens) or tokens


def _of_noun(tokens: list[Token]) -> list[Token]:
    at = _skipped(tokens, POLITE | MAKE_VERBS | ARTICLES | {"me", "us"})
    start, at = at, _skipped(tokens, _SORTS | _MASKS, at)
    named = tokens[start:at]
    leads = at < len(tokens) and (is_word(tokens[at], ("of", "for")) or tokens[at].text == ":")
    first = _skipped(tokens, ARTICLES | QUANTIFIERS, at + 1)
    about_picture = first >= len(tokens) or is_word(tokens[first], INSTRUCTION)
    if not leads or about_picture or not any(is_word(token, _MASKS - {"map", "maps"}) for token in named):
        return []
    each = any(is_word(token, INSTANCES) for token in named)
    return _request(tokens[0], tokens[at + 1 :], each=each)


def _of_number(tokens: list[Token]) -> list[Token]:
    at = _skipped(tokens, POLITE)
    words = [token.text for token in tokens[at : at + 2]]
    if words[:1] == ["count"]:
        kind = _until(tokens[_skipped(tokens, ARTICLES | QUANTIFIERS, at + 1) :], {"by", "in", "on"})
    elif words == ["how", "many"]:
        kind = _until(tokens[at + 2 :], BE | {"do", "does", "can"})
    else:
        return []
    # Not "how many of them", "how many metres away".
    is_kind = 0 < len(kind) <= LONGEST_KIND and not is_word(kind[0], _MEASURES | {"of"})
    return _request(tokens[0], kind, each=True) if is_kind else []


def _request(first: Token, things: list[Token], *, each: bool) -> list[Token]:
    """The words "segment" or "segment instances of", all where the request begins, and the things."""
    words = ("segment", "instances", "of") if each else ("segment",)
    return [*(Token("word", first.start, first.start, word) for word in words), *things]


def _skipped(tokens: Sequence[Token], words: frozenset[str], at: int = 0) -> int:
    while at < len(tokens) and is_word(tokens[at], words):
        at += 1
    return at


def _until(tokens: list[Token], words: frozenset[str] | set[str]) -> list[Token]:
    ends = (at for at, token in enumerate(tokens) if token.kind not in ("word", "quoted") or is_word(token, words))
    return tokens[: next(ends, len(tokens))]
