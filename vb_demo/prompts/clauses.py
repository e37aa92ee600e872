"""The text outside brackets is cut at full stops into sentences, and these at commas and "and" into clauses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from vb_demo.prompts.phrases import lone_color, without_tail
from vb_demo.prompts.readings import without_opening
from vb_demo.prompts.tokens import Token, is_word
from vb_demo.prompts.vocabulary import (
    ADJECTIVES,
    ARTICLES,
    EVERYTHING,
    GIVES,
    INSTRUCTION,
    LINKS,
    NO_THING,
    ONLY_INSTRUCTION,
    TAIL,
    TAKES_OUT,
    VERBS,
    excepted,
)


@dataclass
class Sentence:
    """One sentence or line, cut into clauses; none of them is empty."""

    clauses: list[list[Token]]
    end: Literal["stop", "line", "heading"]
    """What ended it; a colon ends a heading, such as "Use these colors:"."""


def sentences(tokens: Sequence[Token]) -> Iterator[Sentence]:
    """Cut at full stops and line ends into sentences, at commas, "and" and finished colours into clauses."""
    clauses: list[list[Token]] = []
    clause: list[Token] = []

    def end_clause() -> None:
        clauses.extend(part for carved in _carved(clause) for part in _without_exception(carved) if part)
        clause.clear()

    def end_sentence(end: Literal["stop", "line", "heading"]) -> Iterator[Sentence]:
        end_clause()
        if clauses:
            yield Sentence(list(clauses), end)
        clauses.clear()

    exception_end = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1 : index + 3]
        if not clauses and not clause:
            exception_end = _end_of_exception(tokens, index)
        if token.kind in ("stop", "newline"):
            yield from end_sentence("stop" if token.kind == "stop" else "line")
        elif token.kind == "comma" and following and following[0].kind == "comma":
            continue  # ", and" cuts once
        elif token.kind == "comma" and (index < exception_end or _goes_on(clause, token)):
            clause.append(replace(token, kind="word"))
        elif token.kind == "comma" or (is_word(token, ("with",)) and _is_backdrop(clause)):
            end_clause()
        elif token.kind == "link" and token.text in ":：–—" and _is_heading(clause, token, following):
            yield from end_sentence("heading")
        else:
            if token.kind == "value" and _begins_next(clause, following):
                end_clause()
            clause.append(token)
            if token.kind in ("value", "close") and _is_finished(clause, following):
                end_clause()
    yield from end_sentence("line")


def _is_heading(clause: Sequence[Token], mark: Token, following: Sequence[Token]) -> bool:
    """Whether a colon (or dash) behind `clause` ends a heading ("Use these colors: …", "1: …") and not a name."""
    if not following or following[0].kind == "newline":
        return not any(token.kind == "value" for token in clause)
    if not clause or len(clause) > 20 or any(token.kind != "word" for token in clause):
        return False
    if mark.text in "–—" and any(token.text not in ONLY_INSTRUCTION for token in clause):
        return False
    instructs = clause[0].text in VERBS | TAKES_OUT or any(token.text in INSTRUCTION for token in clause)
    if following[0].kind != "value":
        return instructs or (len(clause) == 1 and clause[0].text.isdecimal())
    goes_on = len(following) > 1 and following[1].kind in ("word", "link")
    return instructs and goes_on and all(token.text in ONLY_INSTRUCTION for token in clause)


def _goes_on(clause: Sequence[Token], comma: Token) -> bool:
    """Whether "everything" goes on behind "but", and "everything but the cat" behind a comma or "and"."""
    is_fruit = len(clause) > 1 and is_word(clause[-2], ARTICLES)  # "everything but the orange"
    if len(clause) > 40 or (_is_colored(clause) and not is_fruit):
        return False
    words = [token.text for token in without_opening(list(clause))[0]]
    return bool(excepted(" ".join([*words, comma.text, "it"])))


def _end_of_exception(tokens: Sequence[Token], start: int) -> int:
    """Behind which token "except for the cat and the dog, everything" ends; `start` if no such words begin there."""
    words: list[str] = []
    for at, token in enumerate(tokens[start : start + 40], start):
        cuts = words and token.kind == "comma" and tokens[at - 1].kind == "value"  # "besides the cat red, all white"
        if cuts or token.kind not in ("word", "quoted", "value", "comma"):
            break
        words.append(token.text)
        if words[1:] and is_word(token, EVERYTHING):
            return at + 1 if excepted(" ".join(words)) else start
    return start


def _is_colored(clause: Sequence[Token]) -> bool:
    """Whether a clause ends with a colour."""
    return any(token.kind == "value" for token in without_tail(clause)[-1:])


def _is_backdrop(clause: Sequence[Token]) -> bool:
    """Whether it is "a black background", which may come with things on it."""
    return len(clause) > 1 and clause[-2].kind == "value" and is_word(clause[-1], ("background", "backdrop"))


def _begins_next(clause: Sequence[Token], following: Sequence[Token]) -> bool:
    """Whether a colour begins the next clause, as the second one in "red: cat blue: dog"."""
    color_first = len(clause) > 2 and clause[0].kind == "value" and clause[1].kind == "link"
    return color_first and len(following) > 0 and following[0].kind == "link"


def _is_finished(clause: Sequence[Token], following: Sequence[Token]) -> bool:
    """Whether a clause ends with its colour although no comma follows: "cat: red dog: blue", "cat red the dog blue"."""
    in_brackets = len(clause) > 2 and [token.kind for token in clause[-3:]] == ["open", "value", "close"]
    if clause[-1].kind != "value" and not in_brackets:
        return False
    if not following or following[0].kind not in ("word", "quoted") or is_word(following[0], TAIL | GIVES):
        return False
    if len(clause) > 2 and clause[-2].kind == "link":
        return clause[0].kind != "value"
    before = clause[: -3 if in_brackets else -1]
    if all(token.kind not in ("word", "quoted", "value") or is_word(token, NO_THING) for token in before):
        return False
    if following[0].text in ("background", "everything"):
        return not is_word(clause[-2], ARTICLES | {"on", "with", "over", "against", "in"})
    if is_word(following[0], ARTICLES) or clause[-1].style != "name":
        return True
    words = list(islice((token for token in clause if not is_word(token, VERBS)), 3))
    alternates = len(words) == 2 and len(following) > 1 and following[1].kind == "value"  # "cat red dog blue"
    return alternates and not is_word(words[0], ARTICLES | ADJECTIVES) and not is_word(following[0], LINKS)


def _carved(clause: list[Token]) -> list[list[Token]]:
    """Part "… on a white background" and "red on white" from the clause that they end."""
    to_background = ARTICLES | {"on", "with", "over", "against", "in", "plain", "solid"}
    cut = len(clause) - 1
    if cut >= 2 and clause[-1].kind == "value":
        while cut and is_word(clause[cut - 1], to_background):
            cut -= 1
        is_on = any(token.text in ("on", "over", "against") for token in clause[cut:])
        if is_on and cut:
            return [clause[:cut], [clause[-1], replace(clause[cut], kind="quoted", text="background")]]
    elif cut >= 2 and is_word(clause[-1], ("background", "backdrop")) and clause[-2].kind == "value":
        cut -= 1
        while cut and is_word(clause[cut - 1], to_background):
            cut -= 1
        return [clause[:cut], clause[-2:]]
    return [list(clause)]


def _without_exception(clause: list[Token]) -> list[list[Token]]:
    """Part "without its tail" and "(not the tail)" from the colour that they follow; a name may have such words, too:
    "the man in black without a hat: blue"."""
    at = next((at for at, token in enumerate(clause) if at and is_word(token, TAKES_OUT)), 0)
    before = clause[: at - 1 if at and clause[at - 1].kind == "open" else at]
    takes_out = not _is_colored(clause) or lone_color(clause[at + 1 :])  # "red, not blue"
    return [before, clause[at:]] if _is_colored(before) and takes_out else [clause]
