"""Runs of tokens: a name or a colour without the words that may stand around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from vb_demo.colors import COLOR_NAMES, WAYS_TO_WRITE, Color, suggest_color_name
from vb_demo.errors import InputError
from vb_demo.prompts.tokens import PromptError, Token, is_word, quote, source_of, span_of
from vb_demo.prompts.vocabulary import (
    AREAS,
    ARTICLES,
    KINDS,
    LINKS,
    LINKS_BEFORE,
    QUANTIFIERS,
    RELATIONS,
    RELATIVES,
    SHADES,
    TAIL,
    excepted,
)

_CLOSE_SPELLING = 0.8
"""The least `difflib` ratio with which a misspelt colour is still taken for the one that it looks like."""


def no_color(text: str, tokens: Sequence[Token]) -> PromptError:
    """What to raise for a name without a colour."""
    return PromptError(f"{quote(text, span_of(tokens))} has no colour. Say which: {WAYS_TO_WRITE}.", span_of(tokens))


def unknown_color(text: str, tokens: Sequence[Token]) -> PromptError:
    """What to raise for words that stand where a colour belongs."""
    suggestion = suggest_color_name(source_of(text, tokens))
    hint = f" Did you mean “{suggestion}”?" if suggestion else ""
    words = quote(text, span_of(tokens))
    return PromptError(f"{words} is not a colour that is known here.{hint} Write {WAYS_TO_WRITE}.", span_of(tokens))


def guessed_color(text: str, tokens: Sequence[Token]) -> Token | None:
    """The colour that misspelt words look like."""
    suggestion = suggest_color_name(source_of(text, tokens), _CLOSE_SPELLING)
    if suggestion is None or abs(len(suggestion) - len(source_of(text, tokens))) > 1:
        return None  # "winter" is no wine
    return Token("value", *span_of(tokens), suggestion, COLOR_NAMES[suggestion], "guess")


class Assignment(NamedTuple):
    """A name and the value that the text gives it."""

    name: list[Token]
    value: Token


def lone_color(tokens: Sequence[Token]) -> Token | None:
    """The colour that a run of tokens is; here quotes around it and a missing # are fine."""
    inner = without_tail(tokens)
    if inner and inner[-1].kind == "value":
        return inner[-1] if all(token.kind in ("value", "open") for token in without_links(inner[:-1])) else None
    if len(tokens) != 1 or tokens[0].kind not in ("quoted", "word"):
        return None
    try:
        color = Color.parse(tokens[0].text)
    except InputError:
        return None
    style = "name" if COLOR_NAMES.get(tokens[0].text.lower()) == color else "hex"
    return replace(tokens[0], kind="value", text=tokens[0].text.lower(), color=color, style=style)


def without_links(tokens: Sequence[Token]) -> list[Token]:
    """Drop "is rendered in", "->", "(" from the end of a name."""
    end = len(tokens)
    while end:
        token = tokens[end - 1]
        if is_word(token, LINKS_BEFORE):
            after = tokens[end].text if end < len(tokens) else ""
            of_a_shade = token.text == "of" and end > 1 and is_word(tokens[end - 2], SHADES)
            if after not in LINKS_BEFORE[token.text] and not of_a_shade:
                break
        elif token.kind not in ("link", "open", "comma") and not is_word(token, LINKS):
            break
        end -= 1
    return list(tokens[:end])


def without_tail(tokens: Sequence[Token]) -> list[Token]:
    """Drop "color", "mask please", ")" from behind a colour."""
    end = len(tokens)
    while end and (is_tail(tokens[end - 1]) or is_symbol(tokens[end - 1])):
        end -= 1
    return list(tokens[:end]) if end and tokens[end - 1].kind == "value" else list(tokens)


def is_tail(token: Token) -> bool:
    return token.kind in ("close", "link") or is_word(token, TAIL)


def is_symbol(token: Token) -> bool:
    """Whether a token is a word without a letter or digit, such as an emoji."""
    return token.kind == "word" and not any(character.isalnum() for character in token.text)


def trimmed(tokens: Sequence[Token]) -> list[Token]:
    """A name without marks at either end and without brackets around it."""
    start, end = 0, len(tokens)
    while start < end and tokens[start].kind in ("link", "comma", "close"):
        start += 1
    while start < end and tokens[end - 1].kind in ("link", "comma", "open"):
        end -= 1
    kinds = [token.kind for token in tokens[start:end]]
    depths = list(accumulate((kind == "open") - (kind == "close") for kind in kinds))
    enclosed = kinds[:1] == ["open"] and depths[-1] == 0 and all(depths[:-1])  # not "<b>cat</b>"
    if enclosed or (kinds[:1] == ["open"] and "close" not in kinds):
        start += 1
    if enclosed or (kinds[-1:] == ["close"] and "open" not in kinds):
        end -= 1
    return list(tokens[start:end])


def bare_name(tokens: Sequence[Token]) -> list[Token]:
    """Only "cars" of "all of the cars", "man" of "the area that belongs to the man", "dog" of "the dog category"."""
    name = trimmed(tokens)
    if excepted(" ".join(token.text for token in name)):
        return name  # "all" is more than a quantifier in "all but the cat"
    start = _after_articles(name, 0)
    if start < len(name) and is_word(name[start], AREAS):
        of = start + 1
        while of < len(name) and is_word(name[of], RELATIONS | RELATIVES):
            of += 1
        if of < len(name) and (of > start + 1 or name[of].kind == "quoted"):
            start = _after_articles(name, of)
    end = len(name)
    while end - start > 1 and is_word(name[end - 1], KINDS):
        end -= 1
    return name[start:end]


def _after_articles(name: Sequence[Token], start: int) -> int:
    at = start
    while at < len(name) - 1 and (
        is_word(name[at], ARTICLES | QUANTIFIERS)
        or (at > start and is_word(name[at], ("of",)) and is_word(name[at - 1], QUANTIFIERS))
    ):
        at += 1
    return at
