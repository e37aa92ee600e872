"""Neighbouring readings become a legend: a name that a comma cut in two, three names and three colours."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import NamedTuple

from vb_demo.colors import MODIFIERS, Color, distinct_colors
from vb_demo.prompts.brackets import Bracket, assignments_in, pairs_of_brackets, read_bracket
from vb_demo.prompts.clauses import Sentence, sentences
from vb_demo.prompts.doubts import hard_to_decode
from vb_demo.prompts.legend import MAX_ENTRIES, Entry, Legend, Style
from vb_demo.prompts.optics import without_field_of_view
from vb_demo.prompts.phrases import Assignment, bare_name, guessed_color, no_color, unknown_color, without_links
from vb_demo.prompts.ramps import linked_ramp
from vb_demo.prompts.readings import (
    Reading,
    after_preamble,
    exception,
    is_instruction,
    misspelt,
    read_clause,
    without_opening,
)
from vb_demo.prompts.requests import with_verb
from vb_demo.prompts.tokens import (
    MAX_LENGTH,
    PromptError,
    Token,
    is_word,
    quote,
    source_of,
    span_of,
    thing_and_color,
    tokenize,
)
from vb_demo.prompts.vocabulary import (
    ARTICLES,
    BE,
    GONE,
    IN_PICTURE,
    INSTANCES,
    INSTRUCTION,
    LISTED,
    MEASUREMENT,
    NOT,
    PRONOUNS,
    RAMP_STATIONS,
    RELATIVES,
    SEGMENT_VERBS,
    UNPAINTED,
    excepted,
    is_background,
)


class InstanceRequest(NamedTuple):
    """The wish that every thing of one kind gets a colour of its own."""

    of: str
    background: Color | None


def parse_prompt(text: str) -> Legend:
    """Read a legend in prose, hex or JSON, or a mixture of them.

    Things that share a name are merged, the last colour counts. A colour word that is misspelt is taken for the one it
    looks like. Names without colours get colours when a verb like "segment" or "find" opens their sentence. All this is
    told in `warnings`. A prompt for instances ("each ball in a different color") has no entries; if it names a
    background, the legend has only that.

    Raises:
        PromptError: there is no legend in the words, or a part of them cannot be read; `.span` tells which part.
    """
    return read(text).legend()


def parse_instances(text: str) -> InstanceRequest | None:
    """The kind of thing in a prompt such as "Each ball is colored differently. Background is white.", or None.

    A prompt that gives other things a colour, too, is a legend, which warns of the kind that is not part of it.
    """
    try:
        reader = read(text)
    except PromptError:
        return None
    if not reader.instances or any(color for _, color in reader.colors.values()):
        return None
    return InstanceRequest(reader.instances[0], reader.background)


def parse_ramp(text: str) -> tuple[Color, ...] | None:
    """The colours that depth walks along from near to far, or None where the words tell of no such ramp.

    Either three or more that are linked ("black-red-yellow-…-white", see `linked_ramp`), or those of what is near, in
    between and far away, where the words give colours to nothing else ("near is red, far is blue").
    """
    if (linked := linked_ramp(text)) is not None:
        return linked
    try:
        return read(without_field_of_view(text)).ramp()
    except PromptError:
        return None


@dataclass
class _Left:
    """Names that a sentence left without a colour, and what to think of that."""

    names: list[list[Token]] = field(default_factory=list)
    asks: bool = False
    """A verb such as "segment" opened the sentence: colours may be chosen for them."""
    goes_on: bool = False
    """A line ended in running text, so the next line may go on."""
    remark: bool = False
    """A whole sentence without anything about colours, such as "Thank you."."""


def _tell_things_from_colors(readings: Sequence[Reading], asks: bool) -> None:
    """Turn colours alone into names where only that makes sense, such as "orange" in "find the orange and the lime"."""
    only_names = (
        asks
        and not any(reading.name and reading.value for reading in readings)
        and (readings[0].noun or readings[0].tokens[0] is readings[0].value)
    )
    previous = None
    for reading, following in zip_longest(readings, readings[1:]):
        is_thing = only_names
        if following is not None and (previous is None or previous.kind != "name"):
            color_comes = following.kind == "color" and not following.noun  # "the orange, blue"
            goes_on = following.kind == "name color" and following.name[0].kind == "value"  # "black and white cat: red"
            is_thing |= (reading.noun and color_comes) or goes_on
        if reading.kind == "color" and is_thing:
            reading.kind, reading.name, reading.value = "name", reading.tokens, None
        previous = reading


def _pair_up(readings: Sequence[Reading]) -> Iterator[tuple[list[Token], Token | None]]:
    """Names with their colours: one each, or several names that share one. A name or a colour may stay alone."""

    def run(start: int, kind: str) -> int:
        while start < len(readings) and readings[start].kind == kind:
            start += 1
        return start

    at = 0
    while at < len(readings):
        start, first = at, readings[at]
        if first.kind == "background":
            yield first.name, first.value
            at += 1
            continue
        if first.kind == "color name":  # "red for the car, the bus and the truck"
            at = run(at + 1, "name")
            yield [token for reading in readings[start:at] for token in reading.name], first.value
            continue
        at = run(at, "name")
        if at < len(readings) and readings[at].kind == "name color" and not (at > start and _starts_anew(readings[at])):
            at += 1
        named = readings[start:at]
        lone = readings[at : run(at, "color")]
        at += len(lone)
        names = [reading.name for reading in named if not _is_pronoun(reading.name)] or [r.name for r in named]
        colors = [reading.value for reading in (*named, *lone) if reading.value is not None]
        if len(names) == len(colors):
            yield from zip(names, colors, strict=True)
        elif not colors:
            yield from ((name, None) for name in names)
        elif names:  # a comma or "and" was part of the name
            yield [token for name in names for token in name], colors[0]
            yield from (([], color) for color in colors[1:])
        else:
            yield from (reading.spare or ([], reading.value) for reading in lone)


def _starts_anew(reading: Reading) -> bool:
    """Whether a verb of its own keeps a clause from sharing its colour: "segment the cat and paint the dog red"."""
    return reading.verb not in ("", "with") and not _is_pronoun(reading.name)


def _is_pronoun(name: Sequence[Token]) -> bool:
    return len(name) == 1 and is_word(name[0], PRONOUNS)


class Reader:
    """Puts together what the clauses say."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.colors: dict[str, tuple[str, Color | None]] = {}
        """Name in lower case → name as written and its colour; None while none is chosen."""
        self.background: Color | None = None
        self.instances: list[str] = []
        """Kinds of thing of which every one shall have its own colour."""
        self._each: list[str] = []
        """The first of them that has a clause such as "each ball in a different color"."""
        self._excepted: list[str] = []
        """The cat of "everything but the cat is white"."""
        self._kept: list[list[Token]] = []
        """The cat of "keep the cat as it is"."""
        self.warnings: list[str] = []
        self._tokens: list[Token] = []
        self._starts: list[int] = []
        """Where the sentences and the maps begin."""
        self._first: float = math.inf
        """Where the first thing stands that has a colour."""
        self._styles: set[str] = set()
        self._left = _Left()
        self._heading = ""
        """The verb of a heading, such as "segment" in "Segment the following: …", for the lines below it."""

    def read(self) -> None:
        """Read the whole text. Raises PromptError."""
        tokens = tokenize(self.text)
        if len(tokens) == 1 and tokens[0].kind == "quoted":  # all of it in quotes, as copied from somewhere
            tokens = tokenize(" " * (tokens[0].start + 1) + self.text[tokens[0].start + 1 : tokens[0].end - 1])
        self._tokens = tokens = with_verb(tokens)
        prose: list[Token] = []
        pairs = pairs_of_brackets(tokens)
        at = 0
        while at < len(tokens):
            assignments = self._map(tokens, at, pairs) if at in pairs else []
            if assignments:
                self._starts.append(tokens[at].start)
            for name, value in assignments:
                if value.kind == "value":
                    self._assign(name, value)
                elif not self._is_background(name):
                    self._ignore(name)
            # The words around a map are sentences of their own.
            prose.append(replace(tokens[at], kind="stop") if assignments else tokens[at])
            at = pairs[at] + 1 if assignments else at + 1
            if assignments:
                self._styles.add("json")
        for sentence in sentences(prose):
            self._read_sentence(sentence)
        self._settle()

    def _map(self, tokens: list[Token], at: int, pairs: dict[int, int]) -> list[Assignment]:
        bracket = read_bracket(tokens, at, pairs)
        is_map = any(key or isinstance(value, Bracket) for key, value in bracket.members)
        assignments = list(assignments_in(self.text, bracket)) if is_map else []  # "the cat [left]" is none
        if is_map and (key := bracket.members[0][0]) and all(value.kind != "value" for _, value in assignments):
            raise no_color(self.text, key)  # {"cat": null}
        return assignments

    def _read_sentence(self, sentence: Sentence) -> None:
        self._starts.append(sentence.clauses[0][0].start)
        verb, readings = self._readings(sentence.clauses)
        inherits = not verb and bool(self._heading)
        verb = verb or self._heading
        if not verb and sentence.end == "heading" and all(is_word(t, LISTED) for t in bare_name(sentence.clauses[0])):
            verb = "segment"
        self._heading = verb if sentence.end == "heading" or (inherits and sentence.end == "line") else ""
        if not readings:
            return
        _tell_things_from_colors(readings, verb in SEGMENT_VERBS)
        first, left = readings[0], self._left
        goes_on = left.goes_on and not is_word(first.tokens[0], ARTICLES)
        if left.names and (goes_on or first.kind == "color" or _is_pronoun(first.name)):
            readings = [*(Reading("name", name, name) for name in left.names), *readings]
        else:
            self._settle()
        names: list[list[Token]] = []
        for name, value in _pair_up(readings):
            if value is None:
                names.append(name)
            else:
                self._assign(name, value)
        nothing_colored = len(names) == len(readings)
        is_heading = sentence.end == "heading"
        self._left = _Left(
            names,
            asks=verb in SEGMENT_VERBS and not is_heading,
            goes_on=sentence.end == "line" and (bool(verb) or not nothing_colored),
            remark=is_heading or (sentence.end == "stop" and not verb and nothing_colored),
        )

    def _readings(self, clauses: list[list[Token]]) -> tuple[str, list[Reading]]:
        """The verb of a sentence and one reading a clause, without those that only speak about the picture."""
        opening = clauses[0]
        rest, verb = without_opening(opening)
        clauses[0] = after_preamble(opening)
        readings = [read_clause(clause) for clause in clauses]
        first = readings[0]
        has_preamble = len(clauses[0]) < len(opening)
        asks = bool(rest) and verb is not None and is_word(verb, SEGMENT_VERBS)  # "mask the cat" is about no mask
        if first.kind == "name" and (has_preamble or is_instruction(rest if asks else opening)):
            about_things = verb is not None and has_preamble and not is_instruction(clauses[0])
            of_instances = about_things and any(is_word(token, INSTANCES) for token in opening)
            if of_instances:  # "Segment all instances of chair"
                self.instances.append(source_of(self.text, bare_name(first.name)))
            if not about_things and not any(reading.value for reading in readings):
                readings = []
            elif not about_things or of_instances:
                readings = readings[1:]
        for reading in readings:
            if ignored := exception(reading):
                self._ignore(ignored)
        readings = [self._understood(reading) for reading in readings]
        return verb.text if verb else "", [reading for reading in readings if reading.kind != "nothing"]

    def _understood(self, reading: Reading) -> Reading:
        """A reading with its misspelt colour put right and with the background told from the things."""
        if reading.kind == "name":
            name = without_links(reading.name)
            painted = [token for token in name if not is_word(token, UNPAINTED)]  # of "transparent background"
            if self._is_background(painted or name):
                return replace(reading, kind="nothing")  # "keep the background" gives nobody a colour
            return self._spelt_right(reading)
        if reading.value is not None and reading.name:
            # "No cat is red"; but there are no parking signs.
            none_is = is_word(reading.name[0], ("no",)) and len(reading.name) == 2
            if none_is or is_word(reading.name[-1], NOT):
                self._ignore(reading.tokens)
                return replace(reading, kind="nothing")
            count, certain = misspelt(reading.name)
            shade = reading.name[len(reading.name) - count :]
            if certain and all(is_word(token, MODIFIERS) for token in shade):
                raise unknown_color(self.text, [*shade, reading.value])  # "the cat is bright pinkish"
        if reading.value is not None and self._is_background(reading.name):
            return replace(reading, kind="background")
        return reading

    def _spelt_right(self, reading: Reading) -> Reading:
        count, certain = misspelt(reading.tokens)
        rest, words = reading.tokens[: len(reading.tokens) - count], reading.tokens[len(reading.tokens) - count :]
        if reading.verb in ("keep", "keeping", "leave", "leaving") or any(is_word(token, UNPAINTED) for token in words):
            at = bisect_left(self._tokens, reading.tokens[0].start, key=lambda token: token.start)
            if any(is_word(token, GONE) for token in (*self._tokens[max(0, at - 1) : at], *reading.tokens)):
                self._ignore(reading.tokens)  # "leave out the dog"
            else:
                self._kept.append(reading.tokens)
            return replace(reading, kind="nothing")
        if not words or any(is_word(token, INSTRUCTION) for token in reading.tokens):
            return reading
        if (guess := guessed_color(self.text, words)) is not None:
            corrected = read_clause([*rest, guess])
            return self._understood(replace(corrected, verb=reading.verb)) if corrected.value else reading
        if certain:
            raise unknown_color(self.text, words)
        return reading

    def _ignore(self, tokens: Sequence[Token]) -> None:
        self.warnings.append(f"{quote(self.text, span_of(tokens))} gives nothing a colour and was ignored.")

    def _is_background(self, name: Sequence[Token]) -> bool:
        return is_background(source_of(self.text, bare_name(name)))

    def _settle(self) -> None:
        """Decide about names for which no colour came."""
        left, self._left = self._left, _Left()
        adjectives = [_adjective(name) or _relative(name) for name in left.names]
        excepts = self.background is not None and bool(left.names) and self._is_exception(left.names[0])
        for name, adjective in zip(left.names, adjectives, strict=True):
            words = IN_PICTURE.sub("", source_of(self.text, bare_name(name)))
            if left.asks and not MEASUREMENT.fullmatch(words):
                self._first = min(self._first, name[0].start)
                self.colors.setdefault(words.lower(), (words, None))
            elif adjective is not None and all(adjectives):
                self._assign(*adjective)
            elif words.isdecimal() and left.remark:
                continue  # the number of a class: "1: cat red"
            elif left.remark or any(is_word(token, INSTRUCTION) for token in name):
                self._ignore(name)
            elif excepts:
                self._excepted.append(words)
            else:
                raise no_color(self.text, name)

    def _is_exception(self, name: Sequence[Token]) -> bool:
        """Whether "except" or "but" leads to a name, with no colour in between: "everything is grey except the cat"."""
        at = bisect_left(self._tokens, name[0].start, key=lambda token: token.start)
        for token in reversed(self._tokens[max(0, at - 40) : at]):
            if token.kind == "value" or token.text in ("except", "but"):
                return token.kind != "value"
        return False

    def _assign(self, tokens: list[Token], value: Token) -> None:
        bare = bare_name(tokens)
        if not bare and (parts := thing_and_color(self.text, value)):
            bare, value = [parts[0]], parts[1]  # "road grey, sky blue"
        if not bare or _is_pronoun(bare):
            words = quote(self.text, span_of([*bare, value]))
            raise PromptError(f"{words} does not tell which thing has this colour.", span_of([*bare, value]))
        name = source_of(self.text, bare)
        if bare[-1].kind == "word":
            name = IN_PICTURE.sub("", name)
        color = value.color
        if color is None:
            if not is_background(name):
                self._assign_each(name, span_of(bare))
            return
        self._first = min(self._first, span_of([*tokens, value])[0])
        self._styles.add(value.style)
        if value.style == "guess":
            self.warnings.append(f"{quote(self.text, span_of([value]))} was taken for the colour “{value.text}”.")
        if value.style == "numbers" and 0 < max(color) <= 1:
            self.warnings.append(f"{quote(self.text, span_of([value]))} is nearly black, as the numbers go up to 255.")
        if is_background(name):
            if self.background not in (None, color):
                self.warnings.append(f"The background has two colours; the last one, {color.name}, counts.")
            self.background = color
            self._excepted += excepted(name)
            return
        if re.search(r"(?:,| and) (?:the|a|an|my) ", name) or any(token.kind == "link" for token in bare):
            self.warnings.append(f"“{name}” was read as one name; give each thing a colour if they are several.")
        key = name.lower()
        if key in self.colors and self.colors[key][1] is not None:
            self.warnings.append(f"“{name}” is named twice; its last colour, {color.name}, counts.")
        self.colors[key] = (self.colors[key][0] if key in self.colors else name, color)

    def _assign_each(self, name: str, span: tuple[int, int]) -> None:
        kinds = [*self._each, *re.split(r"(?:,| and) (?:each|every|all|any|both|the) ", name)]
        one = kinds[0].lower()
        for kind in kinds[1:]:
            if one.rstrip("s") not in kind.lower() and kind.lower().rstrip("s") not in one:
                words = f"“{kinds[0]}” and “{kind}” are two kinds of thing"
                raise PromptError(f"{words}; only those of one can have a different colour each.", span)
        self._each = kinds[:1]
        self.instances.append(name)

    @property
    def opening(self) -> str:
        """The sentences before the one with the first colour."""
        start = max((start for start in self._starts if start <= self._first), default=0)
        before = [token for token in self._tokens if token.end <= start and token.kind != "newline"]
        return self.text[before[0].start : before[-1].end] if before else ""

    def legend(self) -> Legend:
        """What was read. Raises PromptError when it is no legend."""
        things = [*self.colors.values(), *((name, None) for name in self._uncolored_exceptions())]
        is_mask = not things and self.background is not None and not self.instances
        if is_mask:  # "keep the cat, make everything else black"
            things = [(name, None) for name in map(self._kept_name, self._kept) if name]
        else:
            for tokens in self._kept:
                self._ignore(tokens)
        if (not things and self.background is None) or self._tells_of_depth():
            raise self._no_legend()
        if len(things) > MAX_ENTRIES:
            raise PromptError(
                f"There are {len(things)} names; at most {MAX_ENTRIES} are possible.", (0, len(self.text))
            )
        chosen = [name for name, color in things if color is None]
        if chosen:
            used = [color for color in (*(color for _, color in things), self.background) if color is not None]
            fresh = iter(distinct_colors(len(chosen), avoid=used))
            things = [(name, next(fresh) if color is None else color) for name, color in things]
            self.warnings.append("Colours were chosen for what had none: " + ", ".join(
                f"{name} {color.name}" for name, color in things if name in chosen and color is not None
            ) + ".")  # fmt: skip
        entries = tuple(Entry(name, color) for name, color in things if color is not None)
        if self.instances:
            kinds = ", ".join(f"“{kind}”" for kind in self.instances)
            self.warnings.append(f"A different colour for each {kinds} is a task of its own and not part of a legend.")
        style: Style = "json" if "json" in self._styles else "hex" if self._styles == {"hex"} else "prose"
        legend = Legend(entries, self.background, style=style)
        return replace(legend, warnings=(*self.warnings, *hard_to_decode(legend.given)))

    def _uncolored_exceptions(self) -> list[str]:
        """What is excepted from the background but nowhere given a colour: the cat of "all but the cat is white"."""
        if self.instances:
            return []
        names = {name.lower(): name for name in self._excepted if name not in PRONOUNS}
        return [name for key, name in names.items() if not any(key in colored for colored in self.colors)]

    def _kept_name(self, tokens: Sequence[Token]) -> str:
        """Only "cat" of "the cat as it is" and of "the cat unchanged"."""
        name = without_links([token for token in tokens if not is_word(token, UNPAINTED | PRONOUNS)])
        return source_of(self.text, bare_name(name)) if name else ""

    def ramp(self) -> tuple[Color, ...] | None:
        """The colours of what is near, in the middle and far away, if the words give colours to nothing else."""
        stations = self._stations()
        both_ends = {0, len(RAMP_STATIONS) - 1} <= stations.keys()
        return tuple(color for _, color in sorted(stations.items())) if both_ends else None

    def _stations(self) -> dict[int, Color]:
        """Index into `RAMP_STATIONS` → colour; empty where something else has a colour as well."""
        stations: dict[int, Color] = {}
        if self.background is not None:
            return stations
        for name, color in self.colors.values():
            index = next((i for i, station in enumerate(RAMP_STATIONS) if station.fullmatch(name)), None)
            if index is None or color is None:
                return {}
            stations[index] = color
        return stations

    def _tells_of_depth(self) -> bool:
        """Whether the words tell how to paint depth and not what: "near is red, far is blue"."""
        return self.ramp() is not None or (bool(self._stations()) and "depth" in self.text.lower())

    def _no_legend(self) -> PromptError:
        everything = (0, len(self.text))
        if self.instances:
            return PromptError(f"A different colour for each “{self.instances[0]}” is no legend.", everything)
        if linked_ramp(self.text) is not None or self._tells_of_depth():
            return PromptError("These words describe a ramp of colours and give none to a thing.", everything)
        return PromptError(
            'These words give no thing a colour. Write for example "the cat is orange, the background is black".',
            everything,
        )


def _adjective(name: list[Token]) -> Assignment | None:
    """In "a red cat" the cat gets a colour; "the red cat" only tells which cat."""
    start = 1 if is_word(name[0], ("a", "an")) else 0
    if len(name) < start + 2 or name[start].kind != "value":
        return None
    return Assignment(name[start + 1 :], name[start])


def _relative(name: list[Token]) -> Assignment | None:
    """In "everything is grey except the cat which is orange" it is told what the cat is; after a verb, only which."""
    thing = name[:-3]
    if not thing or name[-1].kind != "value" or not is_word(name[-2], BE) or not is_word(name[-3], RELATIVES):
        return None
    return Assignment(thing, name[-1])


def read(text: str) -> Reader:
    """A reader that has read the text. Raises PromptError."""
    if len(text) > MAX_LENGTH:
        raise PromptError(
            f"The prompt has {len(text):,} characters; at most {MAX_LENGTH:,} are read.", (MAX_LENGTH, len(text))
        )
    if not text.strip():
        raise PromptError("The prompt is empty. Name things and their colours.", (0, len(text)))
    reader = Reader(text)
    reader.read()
    return reader
