"""A text becomes words, quoted names, colours (one token each, however written), links (":", "->") and breaks."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vb_demo.colors import Color, ColorError, color_at
from vb_demo.errors import InputError
from vb_demo.prompts.vocabulary import ABBREVIATIONS, AND, COLORED_THINGS, LIGHT_SOURCES, VARIED, clean_name

MAX_LENGTH = 20_000
"""Characters that a prompt may have."""


class PromptError(InputError):
    """A prompt cannot be read. `span` holds the first and one-past-last character of the words in question."""

    def __init__(self, message: str, span: tuple[int, int]) -> None:
        super().__init__(message)
        self.span = span


@dataclass(frozen=True, slots=True)
class Token:
    """The smallest part of a text that means something, with the characters from `start` to `end` − 1."""

    kind: Literal["word", "quoted", "value", "link", "comma", "stop", "newline", "open", "close"]
    start: int
    end: int
    text: str
    """In lower case; but the inside of quotes as it was written."""
    color: Color | None = None
    """Of a value; None there means "a different colour each"."""
    style: str = ""
    """Of a value: "name", "hex", "numbers", or "guess" for a misspelt name."""


_CLOSING = {'"': '"', "“": "”", "„": "“”", "«": "»", "`": "`", "'": "'’", "‘": "’'"}
_QUOTED = {
    '"': re.compile(r'"((?:[^"\\\n]|\\.)*)"'),
    **{mark: re.compile(rf"{mark}([^\n{_CLOSING[mark]}]*)[{_CLOSING[mark]}]") for mark in "“„«`"},
    # A letter after the mark makes it an apostrophe.
    **{mark: re.compile(rf"{mark}((?:[^\n'’]|['’](?=\w))+)['’]") for mark in "'‘"},
}
_SKIPPED = re.compile(r"```\w*|[^\S\n]+")
_BULLET = re.compile(r"[^\S\n]*(?:[-*•‣◦·–—]+|#+|\(?\d{1,3}[.)]|\(?[a-z]\)|\|[-|: ]*)(?=\s)", re.IGNORECASE)
_NUMBERED = re.compile(r"\(?\d{1,2}[.)](?=\s)")  # "1. cat red 2. dog blue" in one line
_LINK = re.compile(r"-+>|=+>|[→⇒➜⟶]|:=|==?|[:：]|\||[-–—](?=\s)")
_STOP = re.compile(r"[.!?…。]+|[;；]")
_WORD = re.compile(r"(?:(?<=\d):(?=\d)|[^\s,;:=|()\[\]{}<>\"“”„«»`→⇒➜⟶、，；。：-]|-(?!-*>)){1,200}")


def tokenize(text: str) -> list[Token]:
    """Raises PromptError for what can only be meant as a colour and is none, such as (300, 0, 0)."""
    tokens: list[Token] = []
    unclosed = dict.fromkeys(_CLOSING, 0)
    at = 0
    while at < len(text):
        if at == 0 or text[at - 1] == "\n":
            bullet = _BULLET.match(text, at)
            at = bullet.end() if bullet else at
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        if (number := _NUMBERED.match(text, at)) and (not tokens or tokens[-1].kind not in ("word", "quoted")):
            tokens.append(Token("newline", at, number.end(), "\n"))
            at = number.end()
            continue
        token = _quoted(text, at, unclosed) or _value(text, at, tokens) or _other(text, at)
        if token.text == "|" and [before.kind for before in tokens[-1:]] == ["value"] and not _in_table(tokens[:-1]):
            token = replace(token, kind="comma")  # "sofa: teal | rug: maroon"
        if token.text:
            tokens.append(token)
        at = token.end
    return tokens


def _in_table(tokens: Sequence[Token]) -> bool:
    """Whether a value after these is a cell of a row such as "| sofa | teal |" or "teal | sofa"."""
    return not tokens or tokens[-1].kind == "newline" or tokens[-1].text == "|"


def _quoted(text: str, at: int, unclosed: dict[str, int]) -> Token | None:
    """A quote opens behind a space or bracket only, so that neither the apostrophe of "dogs'" nor the inch of 5" does.

    `unclosed` remembers up to where the end of a quote was looked for in vain, so that nobody looks there again.
    """
    mark = text[at]
    if mark not in _QUOTED or at < unclosed[mark] or (at and (text[at - 1].isalnum() or text[at - 1] == "\\")):
        return None
    match = _QUOTED[mark].match(text, at)
    if match is None:
        line_end = text.find("\n", at)
        unclosed[mark] = len(text) if line_end < 0 else line_end
        return None
    inside = match.group(1)
    if mark == '"' and "\\" in inside:
        try:
            inside = json.loads(match.group())
        except ValueError:
            inside = re.sub(r"\\(.)", r"\1", inside)
    return Token("quoted", at, match.end(), inside if inside.strip() else "")


def _value(text: str, at: int, before: Sequence[Token]) -> Token | None:
    if varied := VARIED.match(text, at):
        return Token("value", at, varied.end(), varied.group().lower())
    if text[at : at + 5].lower() == "light" and before and is_word(before[-1], LIGHT_SOURCES):
        return None  # in "the traffic light green" nothing is light green
    try:
        found = color_at(text, at)
    except ColorError as error:
        raise PromptError(str(error), error.span) from None
    return found and Token("value", at, found.end, text[at : found.end].lower(), found.color, found.style)


def _other(text: str, at: int) -> Token:
    character = text[at]
    if character == "\n":
        return Token("newline", at, at + 1, "\n")
    if match := _LINK.match(text, at):
        return Token("link", at, match.end(), match.group())
    if character in "([{<":
        return Token("open", at, at + 1, character)
    if character in ")]}>":
        return Token("close", at, at + 1, character)
    if character in ",，、/":
        return Token("comma", at, at + 1, ",")
    if match := _STOP.match(text, at):
        return Token("stop", at, match.end(), match.group())
    match = _WORD.match(text, at)
    if match is None:
        return Token("word", at, at + 1, "")  # a lone quotation mark
    word = match.group()
    bare = word.rstrip(".!?…")
    if bare.lower() not in ABBREVIATIONS:
        word = bare
    lowered = word.lower().replace("’", "'")
    return Token("comma" if lowered in AND else "word", at, at + len(word), lowered)


def thing_and_color(text: str, value: Token) -> tuple[Token, Token] | None:
    """A colour such as "sky blue", standing alone, taken for a thing and its colour; `None` where it cannot be both."""
    thing, _, word = value.text.rpartition(" ")
    at = value.end - len(word)
    found = color_at(text, at) if value.style == "name" and thing in COLORED_THINGS else None
    if found is None:
        return None
    name = Token("word", value.start, value.start + len(thing), thing)
    return name, Token("value", at, found.end, word, found.color, found.style)


def is_word(token: Token, words: Collection[str]) -> bool:
    """Whether a token is one of `words`, and not in quotes."""
    return token.kind == "word" and token.text in words


def span_of(tokens: Sequence[Token]) -> tuple[int, int]:
    """The first and one-past-last character of a run of tokens."""
    return (min(token.start for token in tokens), max(token.end for token in tokens))


def source_of(text: str, tokens: Sequence[Token]) -> str:
    """The words of a run of tokens as they were written, without their quotes."""
    parts: list[str] = []
    for index, token in enumerate(tokens):
        parts.append(text[tokens[index - 1].end : token.start] if index else "")
        parts.append(token.text if token.kind == "quoted" else text[token.start : token.end])
    return clean_name("".join(parts))


def quote(text: str, span: tuple[int, int]) -> str:
    """The words of a span, for a message; long ones are cut."""
    words = " ".join(text[span[0] : span[1]].split()).strip("\"'“”‘’`")
    return f"“{words if len(words) <= 60 else words[:57] + '…'}”"
