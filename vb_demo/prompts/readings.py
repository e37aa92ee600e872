"""A clause alone is a name with its colour, a colour with its name, only a name, or only a colour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from vb_demo.colors import COLOR_NAMES, MODIFIERS
from vb_demo.prompts.phrases import (
    Assignment,
    bare_name,
    is_symbol,
    is_tail,
    lone_color,
    trimmed,
    without_links,
    without_tail,
)
from vb_demo.prompts.tokens import Token, is_word
from vb_demo.prompts.vocabulary import (
    AFTER_NOUNS,
    AROUND_THANKS,
    ARTICLES,
    BE,
    GIVES,
    INSTANCES,
    INSTRUCTION,
    LINKS,
    MAKE_VERBS,
    NEGATIONS,
    NOUN_VERBS,
    ONLY_INSTRUCTION,
    OPENERS,
    POLITE,
    POLITE_PHRASES,
    RELATIVES,
    STRONG_INSTRUCTION,
    STRONG_OPENERS,
    TAIL,
    TAKES_OUT,
    THANKS,
    THERE_IS,
    VERBS,
    is_background,
)


@dataclass
class Reading:
    """What one clause says by itself."""

    kind: Literal["nothing", "name", "color", "name color", "color name", "background"]
    tokens: list[Token]
    """Without what opens the clause, such as "please paint"."""
    name: list[Token] = field(default_factory=list)
    value: Token | None = None
    verb: str = ""
    noun: bool = False
    """A colour alone, but with an article: the fruit in "the orange, blue"."""
    spare: Assignment | None = None
    """What a colour alone means when no name waits for it: "sky blue", "mark red"."""


def read_clause(clause: list[Token]) -> Reading:
    """Decide what a clause says without looking at its neighbours."""
    tokens, verb = without_opening(clause)
    has_value = any(token.kind == "value" for token in tokens)
    negations = NEGATIONS - {"no"} if has_value else NEGATIONS
    if not tokens or is_word(tokens[0], negations) or _is_thanks(tokens):
        return Reading("nothing", clause, verb=verb.text if verb else "")
    if not has_value:
        tokens = _with_quoted_color(tokens)
    reading = _color_before_name(tokens) or _color_after_name(tokens) or _color_within(tokens)
    if reading is None:
        reading = Reading("name" if bare_name(without_links(tokens)) else "nothing", tokens, tokens)
    if verb is not None:
        reading.verb = verb.text
        if reading.kind == "color" and reading.value is tokens[0] and is_word(verb, NOUN_VERBS):
            reading.spare = Assignment([verb], tokens[0])
    return reading


def _is_thanks(tokens: Sequence[Token]) -> bool:
    """Whether a clause is only courtesy: "thank you very much"."""
    return any(is_word(token, THANKS) for token in tokens) and all(
        is_word(token, THANKS | AROUND_THANKS) or is_symbol(token) for token in tokens
    )


def exception(reading: Reading) -> list[Token]:
    """What takes something out, to no effect: "but not the legs", "without its tail"; but "not blue" is only said."""
    said = trimmed(reading.tokens) if reading.kind == "nothing" else []
    return said if said and is_word(said[0], TAKES_OUT) and said[-1].kind != "value" else []


def without_opening(tokens: list[Token]) -> tuple[list[Token], Token | None]:
    """Drop "wherever there is", "please", "I want you to" and the verb; "where is" is as good as "find"."""
    at, verb = _there_is(tokens), None
    if len(tokens) > 2 and is_word(tokens[0], ("where",)) and is_word(tokens[1], BE) and is_word(tokens[2], ARTICLES):
        at, verb = 2, replace(tokens[1], text="find")
    while at < len(tokens):
        words = tuple(token.text if token.kind == "word" else "" for token in tokens[at : at + 5])
        phrase = next((phrase for phrase in POLITE_PHRASES if words[: len(phrase)] == phrase), ())
        if phrase or words[0] in POLITE:
            at += len(phrase) or 1
        elif verb is None and words[0] in VERBS and not _is_noun(tokens, at):
            verb = tokens[at]
            at += 1
        elif verb is not None and words[0] in ("me", "us", "out", "up"):
            at += 1
        else:
            break
    return tokens[at:], verb


def _there_is(tokens: Sequence[Token]) -> int:
    """How many tokens at the start are as "where there is" of "white where there is water"."""
    words = tuple(token.text if token.kind == "word" else "" for token in tokens[:3])
    return next((len(there) for there in THERE_IS if words[: len(there)] == there), 0)


def _is_noun(tokens: Sequence[Token], at: int) -> bool:
    """Whether a verb is the name of a thing: "mask: blue", "label on the box red", but not "paint in red the box"."""
    after = tokens[at + 1 : at + 5]
    if not after:
        return at > 0
    if after[0].kind == "link":
        return len(after) > 1 and after[1].kind == "value"
    color_comes_first = len(after) > 3 and any(token.kind == "value" for token in after[1:3])
    return is_word(after[0], AFTER_NOUNS) and not color_comes_first


def _with_quoted_color(tokens: list[Token]) -> list[Token]:
    """In `"cat": "red"` the last quotes hold a colour, in `"red": cat` the first; "87ceeb" is one in "sky = 87ceeb"."""
    for at in (len(tokens) - 1, 0):
        if len(tokens) > 1 and tokens[at].kind == "quoted" and (color := lone_color([tokens[at]])):
            return [*tokens[:at], color, *tokens[at + 1 :]]
    if len(tokens) > 2 and tokens[-2].kind == "link" and re.search(r"\d", tokens[-1].text):
        return [*tokens[:-1], lone_color(tokens[-1:]) or tokens[-1]]
    return tokens


def _color_before_name(tokens: list[Token]) -> Reading | None:
    """Such as "red for the car", "red: cat", "in red the car", "(red) car", "black background"."""
    at = 0
    while at < len(tokens) - 1 and (tokens[at].kind == "open" or is_word(tokens[at], LINKS)):
        at += 1
    value = tokens[at]
    if value.kind != "value":
        return None
    led = any(not is_word(token, ARTICLES) for token in tokens[:at])
    at += 1
    if at + 2 < len(tokens) and tokens[at].kind == "open" and tokens[at + 1].kind == "value":
        value, at = tokens[at + 1], at + 2  # "yellow (<255, 255, 0>) for the car"
    while at < len(tokens) and is_tail(tokens[at]):
        at, led = at + 1, True
    rest = tokens[at:]
    if not rest:
        return None
    name = trimmed(rest)
    if is_word(rest[0], GIVES):
        name = trimmed(rest[1:])
    elif there := _there_is(rest):
        name = trimmed(rest[there:])
    elif rest[0].kind == "link" or is_word(rest[0], BE):
        name = trimmed(rest[1:])
        if all(token.kind in ("value", "open", "close") or is_word(token, LINKS | TAIL) for token in name):
            return None  # the fruit in "orange: orange"
    elif (
        not is_word(rest[0], ARTICLES)
        and rest[0].kind != "open"
        and not (led and rest[-1].kind != "value")
        and not is_background(" ".join(token.text for token in rest))
    ):
        return None
    return Reading("color name", tokens, name, value) if name else None


def _color_after_name(tokens: list[Token]) -> Reading | None:
    """Such as "cat red", "the cat is rendered in solid red", "cat (red)", "the orange orange", "cat yellow (#ff0)"; but
    in "the left orange is #ff0" there is a fruit."""
    until = without_tail(tokens)
    value, before = until[-1], until[:-1]
    if value.kind != "value":
        return None
    name = without_links(before)
    nothing_between = len(name) == len(before) or is_word(before[len(name)], ("color", "colour"))
    if nothing_between and name and name[-1].kind == "word" and re.fullmatch(".+'s", name[-1].text):
        # "The cat's red" has an "is"; in "the cat's color is red" the cat is red as well.
        name[-1] = replace(name[-1], end=name[-1].end - 2, text=name[-1].text[:-2])
    is_linked = any(is_word(token, BE) for token in before[len(name) :])
    in_brackets = any(token.kind == "open" for token in before[len(name) :])
    styles = [token.style for token in (*name[-1:], value)]
    if styles in (["name", "hex"], ["name", "numbers"]) and not is_linked:
        name = without_links(name[:-1]) or name
    elif styles in (["hex", "name"], ["numbers", "name"]) and in_brackets:
        name, value = without_links(name[:-1]) or name, name[-1]  # "sky: #4682b4 (steel blue)"
    if name and is_word(name[-1], RELATIVES):
        name = name[:-1]
        if name:
            return None  # "the chair that is red" only tells which chair
    has_article = any(is_word(token, ARTICLES) for token in before)
    only_colors = all(token.kind == "value" or is_word(token, ARTICLES) for token in name)
    parted = _parted(value) if only_colors else None
    if parted and (name or has_article):
        return Reading("name color", tokens, [*name, *parted.name], parted.value)
    if name:
        return Reading("name color", tokens, name, value)
    noun = bool(before) and all(is_word(token, ARTICLES) for token in before)
    return Reading("color", tokens, value=value, noun=noun, spare=parted)


def _parted(value: Token) -> Assignment | None:
    """From "sky blue" that the sky, from "light blue" that the lamp is blue; None for "navy blue", always a colour."""
    words = value.text.replace("-", " ").split()
    if value.style != "name" or len(words) != 2 or words[0] in COLOR_NAMES or words[1] not in COLOR_NAMES:
        return None
    thing = Token("word", value.start, value.start + len(words[0]), words[0])
    color = Token("value", value.end - len(words[1]), value.end, words[1], COLOR_NAMES[words[1]], "name")
    return Assignment([thing], color)


def _color_within(tokens: list[Token]) -> Reading | None:
    """Such as "the cat is red everywhere": words follow the colour, but a strong link leads to it."""
    last = max((at for at, token in enumerate(tokens) if token.kind == "value"), default=0)
    name = without_links(tokens[:last])
    strong = any(token.kind == "link" or is_word(token, BE) for token in tokens[len(name) : last])
    if not name or not strong or is_word(name[-1], RELATIVES):
        return None
    return Reading("name color", tokens, name, tokens[last])


def after_preamble(clause: list[Token]) -> list[Token]:
    """Only "the cat …" of "a segmentation mask where the cat …", "cats …" of "segment this image into cats …"."""
    strong = any(is_word(token, STRONG_INSTRUCTION | INSTANCES) for token in clause)
    openers = STRONG_OPENERS if strong else OPENERS
    cut, about_picture = 0, False
    for at, token in enumerate(clause[:-1]):
        if token.kind == "value":
            break
        if about_picture and is_word(token, openers):
            cut, about_picture = at + 1, False
        about_picture = about_picture or is_word(token, INSTRUCTION)
    return clause[cut:]


def is_instruction(clause: Sequence[Token]) -> bool:
    """Whether a clause without a colour is about the picture: "Generate a segmentation mask of this image"."""
    return (
        any(is_word(token, STRONG_INSTRUCTION) for token in clause)
        or is_word(clause[0], MAKE_VERBS - {"make"})
        or all(is_word(token, ONLY_INSTRUCTION) for token in clause)
    )


def misspelt(tokens: list[Token]) -> tuple[int, bool]:
    """How many tokens at the end of a name may be a misspelt colour, and whether they can be nothing else."""
    for at in range(len(tokens) - 2, -1, -1):
        strong = tokens[at].kind == "link" or is_word(tokens[at], BE)
        if strong and at and not is_word(tokens[at - 1], RELATIVES):
            while at < len(tokens) and without_links(tokens[at : at + 1]) == []:
                at += 1
            return len(tokens) - at, at < len(tokens)
    last = tokens[-1]
    if last.kind != "word" or len(last.text) < 4 or last.text.removesuffix("s") in COLOR_NAMES or len(tokens) < 2:
        return 0, False
    return (2 if len(tokens) > 2 and is_word(tokens[-2], MODIFIERS) else 1), False
