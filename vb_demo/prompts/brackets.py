"""{…} and […] are read as nested maps, wherever in the text they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vb_demo.colors import WAYS_TO_WRITE, Color
from vb_demo.errors import InputError
from vb_demo.prompts.phrases import Assignment, guessed_color, lone_color, no_color, unknown_color
from vb_demo.prompts.tokens import PromptError, Token, quote, source_of
from vb_demo.prompts.vocabulary import COLOR_KEYS, NAME_KEYS, UNPAINTED


@dataclass
class Bracket:
    """{key: value, …} or [value, …]; the keys of a list are empty."""

    members: list[tuple[list[Token], list[Token] | Bracket]]
    span: tuple[int, int]


_MAX_DEPTH = 20


def pairs_of_brackets(tokens: Sequence[Token]) -> dict[int, int]:
    """Index of every { and [ that is closed → index of what closes it."""
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind == "open" and token.text in "{[":
            waiting.append(index)
        elif waiting and token.kind == "close" and tokens[waiting[-1]].text + token.text in ("{}", "[]"):
            pairs[waiting.pop()] = index
    return pairs


def read_bracket(tokens: Sequence[Token], start: int, pairs: dict[int, int], depth: int = 0) -> Bracket:
    """Read from the bracket at `start` to the one that closes it. Raises PromptError when they nest too deep."""
    end = pairs[start]
    bracket = Bracket([], (tokens[start].start, tokens[end].end))
    if depth > _MAX_DEPTH:
        raise PromptError(f"These brackets are nested more than {_MAX_DEPTH} deep; a flat map is enough.", bracket.span)
    key: list[Token] = []
    value: list[Token] | Bracket = []
    at = start + 1
    while at <= end:
        token = tokens[at]
        if at == end or (token.kind in ("comma", "stop") and token.text in ",;") or (token.kind == "newline" and value):
            if key or value:
                bracket.members.append((key, value))
            key, value = [], []
        elif at in pairs and not value:
            value = read_bracket(tokens, at, pairs, depth + 1)
            at = pairs[at]
        elif isinstance(value, Bracket):
            raise PromptError("A comma is missing before these words.", (token.start, token.end))
        elif token.kind == "link" and token.text == ":" and not value and not key:
            raise PromptError("A name is missing before this colon.", (token.start, token.end))
        elif token.kind == "link" and value and not key:
            key, value = value, []
        elif token.kind != "newline":
            value.append(token)
        at += 1
    return bracket


def assignments_in(text: str, bracket: Bracket) -> Iterator[Assignment]:
    """Read a map, a list of pairs, a list of records, or any nesting of them; "null" stays a word that is no colour.

    Raises PromptError elsewhere.
    """
    if (record := _record(text, bracket)) is not None:
        yield record
        return
    for key, value in bracket.members:
        if isinstance(value, Bracket):
            yield from _nested_assignments(text, key, value)
        elif (color := lone_color(value)) is not None and key:
            yield Assignment(key, color)
        elif (color := lone_color(key)) is not None and value:
            yield Assignment(value, color)  # {"red": "cat"}
        elif not key:
            raise no_color(text, value)
        elif not value:
            raise no_color(text, key)
        elif (guess := guessed_color(text, value)) is not None:
            yield Assignment(key, guess)
        elif value[0].text.lower() in ("null", "none", *UNPAINTED):
            yield Assignment(key, value[0])
        else:
            raise unknown_color(text, value)


def _nested_assignments(text: str, key: list[Token], bracket: Bracket) -> Iterator[Assignment]:
    named = any(inner for inner, _ in bracket.members)
    is_flat = all(isinstance(value, list) for _, value in bracket.members)
    if key and (color := _color_of(text, bracket)) is not None:
        yield Assignment(key, color)
    elif not named and (color := lone_color(key)) is not None:
        for _, name in bracket.members:  # {"red": ["cat", "dog"]}
            if isinstance(name, list):
                yield Assignment(name, color)
    elif key and is_flat and not named and _record(text, bracket) is None:
        words = f"{quote(text, bracket.span)} is not one colour for “{source_of(text, key)}”"
        raise PromptError(f"{words}. Write {WAYS_TO_WRITE}.", bracket.span)
    else:
        yield from assignments_in(text, bracket)


def _record(text: str, bracket: Bracket) -> Assignment | None:
    """{"name": "cat", "color": "red"} or ["cat", "red"]."""
    if len(bracket.members) == 2 and not any(key for key, _ in bracket.members):
        (_, name), (_, value) = bracket.members
        color = lone_color(value) if isinstance(value, list) else _color_of(text, value)
    else:
        name = next((value for key, value in bracket.members if source_of(text, key).lower() in NAME_KEYS), [])
        color = _color_of(text, bracket)
    if not name or isinstance(name, Bracket) or color is None or lone_color(name) is not None:
        return None
    return Assignment(name, color)


def _color_of(text: str, bracket: Bracket) -> Token | None:
    """The colour in {"color": "red", …} or {"r": 255, "g": 0, "b": 0}."""
    fields = {source_of(text, key).lower(): value for key, value in bracket.members if key}
    for key, value in fields.items():
        if key in COLOR_KEYS:
            return lone_color(value) if isinstance(value, list) else _color_of(text, value)
    channels = [source_of(text, number) for key in "rgb" if isinstance(number := fields.get(key), list)]
    if len(channels) != 3 or not all(re.fullmatch("[0-9]{1,3}", channel) for channel in channels):
        return None
    try:
        color = Color(*(int(channel) for channel in channels))
    except InputError as error:
        raise PromptError(str(error), bracket.span) from None
    return Token("value", *bracket.span, "", color, "numbers")
