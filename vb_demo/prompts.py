"""Free words, hex or JSON ⇄ a legend: which thing has which colour. A grammar, no model.

Reading takes five small steps, which follow in this order below the legend itself:

1. tokens    The text becomes words, quoted names, colours (one token each, however written), links (":", "->"), breaks.
2. brackets  {…} and […] are read as nested maps, wherever in the text they stand.
3. clauses   What is left is cut at full stops into sentences, and these at commas and "and" into clauses.
4. readings  A clause alone is a name with its colour, a colour with its name, only a name, or only a colour.
5. legend    Neighbouring readings are put together: a name that a comma cut in two, three names and three colours.

A colour word inside a name is no trouble ("the red chair blue"), because a colour counts only where a clause ends, or
begins and goes on with "for" or ":". What stays ambiguous can be put in quotes, as `Legend.to_prose` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vb_demo.colors import (
    COLOR_NAMES,
    MODIFIERS,
    NAME_WORDS,
    WAYS_TO_WRITE,
    Color,
    ColorError,
    color_at,
    distinct_colors,
    suggest_color_name,
)
from vb_demo.errors import InputError

Style = Literal["prose", "hex", "json"]

MAX_LENGTH = 20_000
"""Characters that a prompt may have."""
MAX_ENTRIES = 255
"""Names that a prompt may give; together with the background their numbers fit in a byte."""
TOO_CLOSE = 50.0
"""RGB distance (0 to 442) under which two colours are hard to tell apart in a painting whose colours drift a little."""
_CLOSE_SPELLING = 0.8
"""The least `difflib` ratio with which a misspelt colour is still taken for the one that it looks like."""


class PromptError(InputError):
    """A prompt cannot be read. `span` holds the first and one-past-last character of the words in question."""

    def __init__(self, message: str, span: tuple[int, int]) -> None:
        super().__init__(message)
        self.span = span


class Entry(NamedTuple):
    """A thing and its colour; equals the plain tuple (name, (r, g, b))."""

    name: str
    color: Color


@dataclass(frozen=True)
class Legend:
    """What the colours of a painting mean.

    Names lose leading articles and doubled spaces. Raises InputError for an empty name, for a name that means the
    background, and for a colour that is none.
    """

    entries: tuple[Entry, ...]
    """In the order of the prompt, without the background. Names should differ; `parse_prompt` sees to that."""
    background: Color | None = None
    """None: nobody said."""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """Sentences about what was read but may not be what was meant."""
    style: Style = field(default="prose", compare=False)
    """How the prompt was written."""

    def __post_init__(self) -> None:
        entries = tuple(Entry(clean_name(name), Color(*color)) for name, color in self.entries)
        for name, _ in entries:
            if not name:
                raise InputError("A name in a legend is empty; every colour needs a thing.")
            if is_background(name):
                raise InputError(f"“{name}” means the background; give its colour as `background`, not as an entry.")
        object.__setattr__(self, "entries", entries)
        if self.background is not None:
            object.__setattr__(self, "background", Color(*self.background))

    @property
    def background_color(self) -> Color:
        """The background; when nobody said, the first of black, white and grey that is far from all entries."""
        if self.background is not None:
            return self.background
        used = [entry.color for entry in self.entries]
        candidates = [Color(0, 0, 0), Color(255, 255, 255), Color(128, 128, 128), *distinct_colors(1, avoid=used)]
        margins = [min((_rgb_distance(color, other) for other in used), default=np.inf) for color in candidates]
        return next(
            (color for color, margin in zip(candidates, margins, strict=True) if margin >= 2 * TOO_CLOSE),
            candidates[int(np.argmax(margins))],
        )

    @property
    def colors(self) -> NDArray[np.uint8]:
        """(1 + n, 3): row 0 is `background_color`, row i is `entries[i - 1]`."""
        return np.array([self.background_color, *(entry.color for entry in self.entries)], np.uint8)

    @property
    def names(self) -> list[str]:
        """1 + n names: "background", then those of the entries."""
        return ["background", *(entry.name for entry in self.entries)]

    def to_prose(self) -> str:
        """Like "Paint the cat orange, the exit sign #0000fe and the background purple."."""
        things = [f"{_in_words(name)} {color.exact_name or color.hex}" for name, color in self._written()]
        return f"Paint {', '.join(things[:-1])}{' and ' if len(things) > 1 else ''}{things[-1]}."

    def to_hex(self) -> str:
        """Like "The cat is #FFA500. The background is #800080."."""
        sentences = [f"{_in_words(name)} is {color.hex.upper()}." for name, color in self._written()]
        return " ".join(re.sub("^the ", "The ", sentence) for sentence in sentences)

    def to_json(self) -> str:
        """Like {"cat": "#ffa500", "background": "#800080"}."""
        return json.dumps({name: color.hex for name, color in self._written()}, ensure_ascii=False)

    def write(self, style: Style) -> str:
        """The legend in words; `parse_prompt` reads the same legend back. Raises InputError when it is empty."""
        return {"prose": self.to_prose, "hex": self.to_hex, "json": self.to_json}[style]()

    def _written(self) -> list[Entry]:
        background = [] if self.background is None else [Entry("background", self.background)]
        if not self.entries and not background:
            raise InputError("An empty legend cannot be written; give it an entry or a background.")
        return [*self.entries, *background]


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
    return _read(text).legend()


def parse_instances(text: str) -> InstanceRequest | None:
    """The kind of thing in a prompt such as "Each ball is colored differently. Background is white.", or None."""
    try:
        reader = _read(text)
    except PromptError:
        return None
    return InstanceRequest(reader.instances[0], reader.background) if reader.instances else None


_RAMP_CORNERS = {"green": Color(0, 255, 0), "violet": Color(255, 0, 255), "purple": Color(255, 0, 255)}
_RAMP_LINK = re.compile(
    r"\s{0,3}(?:(?P<arrow>-{0,2}>|=>|→)|(?P<dash>[-–—])|(?P<comma>,(?:\s{1,3}and\b)?|\band\b)|(?P<word>\b(?:to|through|via)\b))\s{0,3}"
)
_RAMP_HINT = re.compile(r"\b(?:ramp|palette|gradient|rainbow|colou?r\s?map|colou?r\s?scale|depth)\b", re.IGNORECASE)


def parse_ramp(text: str) -> tuple[Color, ...] | None:
    """The ordered colours of a ramp of three or more, such as "black-red-yellow-green-cyan-blue-violet-white", or None.

    One kind of link joins them: "-", "→", "to" or, where the words are about a palette or depth, commas. Green, violet
    and purple mean corners of the RGB cube here: (0, 255, 0) and (255, 0, 255).
    """
    links = [link for link in _RAMP_LINK.finditer(text[:MAX_LENGTH])]
    if not _RAMP_HINT.search(text):
        links = [link for link in links if link.lastgroup != "comma"]
    best: list[Color] = []
    chain: list[Color] = []
    kind, start = None, 0
    for link, following in zip_longest(links, links[1:]):
        if not chain or link.lastgroup != kind:
            first = _ramp_color_at_end(text[start : link.start()])
            chain, kind = [] if first is None else [first], link.lastgroup
        start = link.end()
        right = text[start : following.start() if following else len(text)]
        found = _ramp_color(right)
        if chain and found is not None:
            chain.append(found[0])
        best = max(best, chain, key=len)
        if found is None or found[1] < len(right):  # other words end the chain: "… to white color palette"
            chain = []
    return tuple(best) if len(best) >= 3 else None


def _ramp_color(words: str) -> tuple[Color, int] | None:
    """The colour that `words` begin with, and how many characters it takes."""
    try:
        found = color_at(words, 0)
    except ColorError:
        return None
    return None if found is None else (_RAMP_CORNERS.get(words[: found.end].lower(), found.color), found.end)


def _ramp_color_at_end(words: str) -> Color | None:
    last_words = re.search(r"(?:[A-Za-z]+ ){0,2}(?:[A-Za-z]+|#[0-9A-Fa-f]+)$", words[-60:])
    tail = last_words.group() if last_words else ""
    while tail:
        found = _ramp_color(tail)
        if found is not None and found[1] == len(tail):
            return found[0]
        tail = tail.partition(" ")[2]
    return None


# ----------------------------------------------------------------------------------------------------- vocabulary


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ARTICLES = _words("the a an my")
_QUANTIFIERS = _words("all every each both any")
_RELATIVES = _words("that which who that's who's")

# Words and phrases that open a clause and say nothing about what is painted.
_POLITE = _words("please kindly only then also now finally just so ok okay hey let's lets i'd like")
_POLITE_PHRASES = (
    ("i", "want", "you", "to"), ("i", "would", "like", "you", "to"), ("i", "would", "like"), ("i", "want"),
    ("i", "need"), ("we", "want"), ("can", "you"), ("could", "you"), ("would", "you"), ("let", "us"), ("for",),
)  # fmt: skip
_SEGMENT_VERBS = _words(
    "segment find highlight show detect locate mask outline isolate extract label mark select identify"
)
_MAKE_VERBS = _words("generate create produce output predict estimate make draw render")
_VERBS = (
    _SEGMENT_VERBS
    | _MAKE_VERBS
    | _words(
        "paint color colour recolor recolour tint shade fill turn give put set assign apply use using let leave keep "
        "have get dye change convert represent display visualize visualise with"
    )
)
_NOUN_VERBS = _words("label mark mask outline output set shade")
# A verb before one of these is a noun ("label on the box").
_AFTER_NOUNS = _words("of on in at near behind under from with is are was should must")
_NEGATIONS = _words("no not don't dont do never without ignore avoid skip")

_BE = _words("is are be being been was were stays stay remains remain becomes become")
# Between a name and its colour.
_LINKS = (
    _BE
    | _ARTICLES
    | _QUANTIFIERS
    | _words(
        "as in with to into by using use color colour colored coloured painted rendered shown marked drawn represented "
        "displayed highlighted labeled labelled filled depicted indicated denoted masked segmented visualized "
        "visualised tinted dyed should must shall will would gets turns having has have appears looks solid pure plain "
        "flat uniform completely entirely fully its their"
    )
)
# These are links only before certain others: "is set to red", "a shade of red"; but "the chess set red".
_LINKS_BEFORE = {"set": ("to", "as"), "shade": ("of",), "hue": ("of",), "tone": ("of",), "of": ()}
# Between a colour and its name: "red for the car".
_GIVES = _words("for on over onto to upon marks mark means represents represent denotes indicates shows")
# After a colour: "blue color", "a red mask please".
_TAIL = _words(
    "color colour colors colours colored coloured mask masks overlay paint please only instead too tone hue shade "
    "respectively everywhere pixels fill ones thanks"
)
# What speaks about the picture rather than about a thing in it.
_STRONG_INSTRUCTION = _words(
    "segmentation visualization visualisation mask masks labeling labelling mapping legend palette overlay"
)
_INSTRUCTION = _STRONG_INSTRUCTION | _words(
    "image picture photo photograph map scene input output color colour colors colours code codes following class "
    "classes category categories labels instance instances depth metric objects things regions result prompt "
    "instruction instructions"
)
_OPENERS = _words("into where showing highlighting")
_STRONG_OPENERS = _OPENERS | _RELATIVES | _words("of for with using")
# "the area that corresponds to …"
_AREAS = _words("area areas region regions pixel pixels mask masks color colour label class category")
_RELATIONS = _words(
    "corresponds correspond corresponding belongs belong belonging of for to by covered occupied representing "
    "containing showing called named labeled labelled as"
)
_INSTANCES = _words("instance instances")
_KINDS = _INSTANCES | _words("category class classes categories")
_PRONOUNS = _words("it them this that these those they")
_UNPAINTED = _words("same unchanged untouched transparent invisible visible original intact alone")
# "big red chair" is one thing, "cat red dog …" is not.
_ADJECTIVES = _words(
    "big small large little tall short long old new young left right other first second third last top bottom upper "
    "lower front back middle leftmost rightmost near far wooden"
)
_LIGHT_SOURCES = _words("traffic street brake tail head ceiling stop warning signal flood night")
_ABBREVIATIONS = _words("mr mrs ms dr st no vs etc e.g i.e")
_AND = _words("and & + while whereas but plus except")
_VARIED = re.compile(
    r"(?:own|different|unique|distinct|separate|individual|random|various|distinguishable)"
    r"(?:(?:,\s|\s|,)(?:solid|plain|flat|bright|random|different|distinct|unique|and)){0,4}"
    r"[\s-]{1,3}(?:colou?r(?:s|ed)?|hues?|shades?)\b|differently\b|separately\b|individually\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"((image|picture|photo|whole|entire) )?(background|backdrop|bg)( (color|colour|area|pixels|region))?"
    r"|(all )?(the )?rest( of (the|this) (image|picture|photo|scene|pixels|frame))?|remainder|otherwise"
    r"|everything|((everything|anything|all|everywhere) )?else( in (the|this) (image|picture|photo|scene))?|elsewhere"
    r"|((all|any|every)( the)? )?(other|remaining) (pixels?|areas?|regions?|parts?|space|things|objects|stuff)",
    re.IGNORECASE,
)
_IN_PICTURE = re.compile(
    r" (?:from|in) (?:the|this)(?: input| given| original)? (?:image|picture|photo|scene|input)$", re.IGNORECASE
)
_DEPTH_WORDS = _words("depth depths normal normals distance distances orientation orientations geometry")
_RAMP_ENDS = re.compile(
    r"(?:(?:near|nearer|nearest|close|closer|closest|far|farther|farthest|further|furthest|distant)\b ?)+"
    r"(?:points?|pixels?|things?|objects?|parts?|regions?|areas?|surfaces?)?",
    re.IGNORECASE,
)

# What a clause that tells of no thing consists of.
_NO_THING = _VERBS | _LINKS | _POLITE
_ONLY_INSTRUCTION = _NO_THING | _INSTRUCTION | _PRONOUNS
_RESERVED = frozenset().union(
    _ARTICLES, _QUANTIFIERS, _RELATIVES, _POLITE, *_POLITE_PHRASES, _VERBS, _AFTER_NOUNS, _NEGATIONS, _LINKS,
    _LINKS_BEFORE, _GIVES, _TAIL, _INSTRUCTION, _STRONG_OPENERS, _AREAS, _RELATIONS, _KINDS, _PRONOUNS,
    _UNPAINTED, _LIGHT_SOURCES, _ABBREVIATIONS, _AND, _DEPTH_WORDS, NAME_WORDS,
    re.findall("[a-z]+", _VARIED.pattern + _BACKGROUND.pattern + _RAMP_ENDS.pattern),
    ("rgb", "hex", "hsl", "hsv", "me", "us", "out", "up"),
)  # fmt: skip
"""Words that may mean something to the grammar; a name that has one of them is written in quotes."""


def clean_name(name: str) -> str:
    """A name as a legend keeps it: the person's own words without leading articles and doubled spaces."""
    words = re.sub("[‘’ʼ]", "'", name).split()
    while len(words) > 1 and words[0].lower() in _ARTICLES:
        del words[0]
    return " ".join(words)


def is_background(name: str) -> bool:
    """Whether a name means all that is not named: "background", "everything else", "the rest", "all other pixels"."""
    return _BACKGROUND.fullmatch(clean_name(name)) is not None


def _in_words(name: str) -> str:
    """The cat; in quotes when the grammar might take a word of the name for its own."""
    plain = (
        re.fullmatch(r"[^\W\d_]+('s)?", word) and word.lower().removesuffix("'s") not in _RESERVED
        for word in name.split()
    )
    if name != "background" and not all(plain):
        return json.dumps(name, ensure_ascii=False)
    return f"the {name}" if name[0].islower() else name


def _rgb_distance(a: Sequence[int], b: Sequence[int]) -> float:
    return float(np.linalg.norm(np.subtract(a, b)))


# ------------------------------------------------------------------------------------------------------ 1. tokens


@dataclass(frozen=True, slots=True)
class _Token:
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


def _tokenize(text: str) -> list[_Token]:
    tokens: list[_Token] = []
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
            tokens.append(_Token("newline", at, number.end(), "\n"))
            at = number.end()
            continue
        token = _quoted(text, at, unclosed) or _value(text, at, tokens) or _other(text, at)
        if token.text:
            tokens.append(token)
        at = token.end
    return tokens


def _quoted(text: str, at: int, unclosed: dict[str, int]) -> _Token | None:
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
    return _Token("quoted", at, match.end(), inside) if inside.strip() else None


def _value(text: str, at: int, before: Sequence[_Token]) -> _Token | None:
    if varied := _VARIED.match(text, at):
        return _Token("value", at, varied.end(), varied.group().lower())
    if text[at : at + 5].lower() == "light" and before and _is_word(before[-1], _LIGHT_SOURCES):
        return None  # in "the traffic light green" nothing is light green
    try:
        found = color_at(text, at)
    except ColorError as error:
        raise PromptError(str(error), error.span) from None
    return found and _Token("value", at, found.end, text[at : found.end].lower(), found.color, found.style)


def _other(text: str, at: int) -> _Token:
    character = text[at]
    if character == "\n":
        return _Token("newline", at, at + 1, "\n")
    if match := _LINK.match(text, at):
        return _Token("link", at, match.end(), match.group())
    if character in "([{<":
        return _Token("open", at, at + 1, character)
    if character in ")]}>":
        return _Token("close", at, at + 1, character)
    if character in ",，、/":
        return _Token("comma", at, at + 1, ",")
    if match := _STOP.match(text, at):
        return _Token("stop", at, match.end(), match.group())
    match = _WORD.match(text, at)
    if match is None:
        return _Token("word", at, at + 1, "")  # a lone quotation mark
    word = match.group()
    bare = word.rstrip(".!?…")
    if bare.lower() not in _ABBREVIATIONS:
        word = bare
    lowered = word.lower().replace("’", "'")
    return _Token("comma" if lowered in _AND else "word", at, at + len(word), lowered)


def _is_word(token: _Token, words: Collection[str]) -> bool:
    return token.kind == "word" and token.text in words


def _span(tokens: Sequence[_Token]) -> tuple[int, int]:
    return (min(token.start for token in tokens), max(token.end for token in tokens))


def _source(text: str, tokens: Sequence[_Token]) -> str:
    """The words of a run of tokens as they were written, without their quotes."""
    parts: list[str] = []
    for index, token in enumerate(tokens):
        parts.append(text[tokens[index - 1].end : token.start] if index else "")
        parts.append(token.text if token.kind == "quoted" else text[token.start : token.end])
    return clean_name("".join(parts))


def _no_color(text: str, tokens: Sequence[_Token]) -> PromptError:
    return PromptError(f"{_quote(text, _span(tokens))} has no colour. Say which: {WAYS_TO_WRITE}.", _span(tokens))


def _unknown_color(text: str, tokens: Sequence[_Token]) -> PromptError:
    suggestion = suggest_color_name(_source(text, tokens))
    hint = f" Did you mean “{suggestion}”?" if suggestion else ""
    words = _quote(text, _span(tokens))
    return PromptError(f"{words} is not a colour that is known here.{hint} Write {WAYS_TO_WRITE}.", _span(tokens))


def _guess(text: str, tokens: Sequence[_Token]) -> _Token | None:
    """The colour that misspelt words look like."""
    suggestion = suggest_color_name(_source(text, tokens), _CLOSE_SPELLING)
    if suggestion is None:
        return None
    return _Token("value", *_span(tokens), suggestion, COLOR_NAMES[suggestion], "guess")


def _quote(text: str, span: tuple[int, int]) -> str:
    words = " ".join(text[span[0] : span[1]].split()).strip("\"'“”‘’`")
    return f"“{words if len(words) <= 60 else words[:57] + '…'}”"


# ---------------------------------------------------------------------------------------------------- 2. brackets


class _Assignment(NamedTuple):
    name: list[_Token]
    value: _Token


@dataclass
class _Bracket:
    """{key: value, …} or [value, …]; the keys of a list are empty."""

    members: list[tuple[list[_Token], list[_Token] | _Bracket]]
    span: tuple[int, int]


_NAME_KEYS = _words("name label class object category thing item title")
_COLOR_KEYS = _words("color colour rgb hex value fill")
_MAX_DEPTH = 20


def _pairs_of_brackets(tokens: Sequence[_Token]) -> dict[int, int]:
    """Index of every { and [ that is closed → index of what closes it."""
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind == "open" and token.text in "{[":
            waiting.append(index)
        elif waiting and token.kind == "close" and tokens[waiting[-1]].text + token.text in ("{}", "[]"):
            pairs[waiting.pop()] = index
    return pairs


def _read_bracket(tokens: Sequence[_Token], start: int, pairs: dict[int, int], depth: int = 0) -> _Bracket:
    end = pairs[start]
    bracket = _Bracket([], (tokens[start].start, tokens[end].end))
    if depth > _MAX_DEPTH:
        raise PromptError(f"These brackets are nested more than {_MAX_DEPTH} deep; a flat map is enough.", bracket.span)
    key: list[_Token] = []
    value: list[_Token] | _Bracket = []
    at = start + 1
    while at <= end:
        token = tokens[at]
        if at == end or (token.kind in ("comma", "stop") and token.text in ",;") or (token.kind == "newline" and value):
            if key or value:
                bracket.members.append((key, value))
            key, value = [], []
        elif at in pairs and not value:
            value = _read_bracket(tokens, at, pairs, depth + 1)
            at = pairs[at]
        elif isinstance(value, _Bracket):
            raise PromptError("A comma is missing before these words.", (token.start, token.end))
        elif token.kind == "link" and value and not key:
            key, value = value, []
        elif token.kind != "newline":
            value.append(token)
        at += 1
    return bracket


def _assignments(text: str, bracket: _Bracket) -> Iterator[_Assignment]:
    """Read a map, a list of pairs, a list of records, or any nesting of them. Raises PromptError elsewhere."""
    if (record := _record(text, bracket)) is not None:
        yield record
        return
    for key, value in bracket.members:
        if isinstance(value, _Bracket):
            yield from _nested_assignments(text, key, value)
        elif (color := _lone_color(value)) is not None and key:
            yield _Assignment(key, color)
        elif (color := _lone_color(key)) is not None and value:
            yield _Assignment(value, color)  # {"red": "cat"}
        elif not key:
            raise _no_color(text, value)
        elif not value:
            raise _no_color(text, key)
        elif (guess := _guess(text, value)) is not None:
            yield _Assignment(key, guess)
        elif value[0].text.lower() not in ("null", "none", *_UNPAINTED):
            raise _unknown_color(text, value)


def _nested_assignments(text: str, key: list[_Token], bracket: _Bracket) -> Iterator[_Assignment]:
    named = any(inner for inner, _ in bracket.members)
    if key and (color := _color_of(text, bracket)) is not None:
        yield _Assignment(key, color)
    elif not named and (color := _lone_color(key)) is not None:
        for _, name in bracket.members:  # {"red": ["cat", "dog"]}
            if isinstance(name, list):
                yield _Assignment(name, color)
    else:
        yield from _assignments(text, bracket)


def _record(text: str, bracket: _Bracket) -> _Assignment | None:
    """{"name": "cat", "color": "red"} or ["cat", "red"]."""
    if len(bracket.members) == 2 and not any(key for key, _ in bracket.members):
        (_, name), (_, value) = bracket.members
        color = _lone_color(value) if isinstance(value, list) else _color_of(text, value)
    else:
        name = next((value for key, value in bracket.members if _source(text, key).lower() in _NAME_KEYS), [])
        color = _color_of(text, bracket)
    if not name or isinstance(name, _Bracket) or color is None or _lone_color(name) is not None:
        return None
    return _Assignment(name, color)


def _color_of(text: str, bracket: _Bracket) -> _Token | None:
    """The colour in {"color": "red", …} or {"r": 255, "g": 0, "b": 0}."""
    fields = {_source(text, key).lower(): value for key, value in bracket.members if key}
    for key, value in fields.items():
        if key in _COLOR_KEYS:
            return _lone_color(value) if isinstance(value, list) else _color_of(text, value)
    channels = [_source(text, number) for key in "rgb" if isinstance(number := fields.get(key), list)]
    if len(channels) != 3 or not all(re.fullmatch("[0-9]{1,3}", channel) for channel in channels):
        return None
    try:
        color = Color(*(int(channel) for channel in channels))
    except InputError as error:
        raise PromptError(str(error), bracket.span) from None
    return _Token("value", *bracket.span, "", color, "numbers")


def _lone_color(tokens: Sequence[_Token]) -> _Token | None:
    """The colour that a run of tokens is; here quotes around it and a missing # are fine."""
    inner = _without_tail(tokens)
    if inner and inner[-1].kind == "value":
        return inner[-1] if all(token.kind in ("value", "open") for token in _without_links(inner[:-1])) else None
    if len(tokens) != 1 or tokens[0].kind not in ("quoted", "word"):
        return None
    try:
        color = Color.parse(tokens[0].text)
    except InputError:
        return None
    style = "name" if COLOR_NAMES.get(tokens[0].text.lower()) == color else "hex"
    return replace(tokens[0], kind="value", text=tokens[0].text.lower(), color=color, style=style)


# ----------------------------------------------------------------------------------------------------- 3. clauses


@dataclass
class _Sentence:
    clauses: list[list[_Token]]
    end: Literal["stop", "line", "heading"]
    """What ended it; a colon ends a heading, such as "Use these colors:"."""


def _sentences(tokens: Sequence[_Token]) -> Iterator[_Sentence]:
    """Cut at full stops and line ends into sentences, at commas, "and" and finished colours into clauses."""
    clauses: list[list[_Token]] = []
    clause: list[_Token] = []

    def end_clause() -> None:
        clauses.extend(part for part in _carved(clause) if part)
        clause.clear()

    def end_sentence(end: Literal["stop", "line", "heading"]) -> Iterator[_Sentence]:
        end_clause()
        if clauses:
            yield _Sentence(list(clauses), end)
        clauses.clear()

    for index, token in enumerate(tokens):
        following = tokens[index + 1 : index + 3]
        if token.kind in ("stop", "newline"):
            yield from end_sentence("stop" if token.kind == "stop" else "line")
        elif token.kind == "comma":
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


def _is_heading(clause: Sequence[_Token], mark: _Token, following: Sequence[_Token]) -> bool:
    """Whether a colon (or dash) behind `clause` ends a heading ("Use these colors: …", "1: …") and not a name."""
    if not following or following[0].kind == "newline":
        return not any(token.kind == "value" for token in clause)
    if not clause or len(clause) > 20 or any(token.kind != "word" for token in clause):
        return False
    if mark.text in "–—" and any(token.text not in _ONLY_INSTRUCTION for token in clause):
        return False
    instructs = clause[0].text in _VERBS or any(token.text in _INSTRUCTION for token in clause)
    if following[0].kind != "value":
        return instructs or (len(clause) == 1 and clause[0].text.isdecimal())
    goes_on = len(following) > 1 and following[1].kind in ("word", "link")
    return instructs and goes_on and all(token.text in _ONLY_INSTRUCTION for token in clause)


def _begins_next(clause: Sequence[_Token], following: Sequence[_Token]) -> bool:
    """Whether a colour begins the next clause, as the second one in "red: cat blue: dog"."""
    color_first = len(clause) > 2 and clause[0].kind == "value" and clause[1].kind == "link"
    return color_first and len(following) > 0 and following[0].kind == "link"


def _is_finished(clause: Sequence[_Token], following: Sequence[_Token]) -> bool:
    """Whether a clause ends with its colour although no comma follows: "cat: red dog: blue", "cat red the dog blue"."""
    in_brackets = len(clause) > 2 and [token.kind for token in clause[-3:]] == ["open", "value", "close"]
    if clause[-1].kind != "value" and not in_brackets:
        return False
    if not following or following[0].kind not in ("word", "quoted") or _is_word(following[0], _TAIL | _GIVES):
        return False
    if len(clause) > 2 and clause[-2].kind == "link":
        return clause[0].kind != "value"
    before = clause[: -3 if in_brackets else -1]
    if all(token.kind not in ("word", "quoted", "value") or _is_word(token, _NO_THING) for token in before):
        return False
    if following[0].text in ("background", "everything"):
        return not _is_word(clause[-2], _ARTICLES | {"on", "with", "over", "against", "in"})
    if _is_word(following[0], _ARTICLES) or clause[-1].style != "name":
        return True
    words = [token for token in clause if not _is_word(token, _VERBS)]
    alternates = len(words) == 2 and len(following) > 1 and following[1].kind == "value"  # "cat red dog blue"
    return alternates and not _is_word(words[0], _ARTICLES | _ADJECTIVES) and not _is_word(following[0], _LINKS)


def _carved(clause: list[_Token]) -> list[list[_Token]]:
    """Part "… on a white background" and "red on white" from the clause that they end."""
    to_background = _ARTICLES | {"on", "with", "over", "against", "in", "plain", "solid"}
    cut = len(clause) - 1
    if cut >= 2 and clause[-1].kind == "value":
        while cut and _is_word(clause[cut - 1], to_background):
            cut -= 1
        is_on = any(token.text in ("on", "over", "against") for token in clause[cut:])
        if is_on and cut:
            return [clause[:cut], [clause[-1], replace(clause[cut], kind="quoted", text="background")]]
    elif cut >= 2 and _is_word(clause[-1], ("background", "backdrop")) and clause[-2].kind == "value":
        cut -= 1
        while cut and _is_word(clause[cut - 1], to_background):
            cut -= 1
        return [clause[:cut], clause[-2:]]
    return [list(clause)]


# ---------------------------------------------------------------------------------------------------- 4. readings


@dataclass
class _Reading:
    """What one clause says by itself."""

    kind: Literal["nothing", "name", "color", "name color", "color name", "background"]
    tokens: list[_Token]
    """Without what opens the clause, such as "please paint"."""
    name: list[_Token] = field(default_factory=list)
    value: _Token | None = None
    verb: str = ""
    noun: bool = False
    """A colour alone, but with an article: the fruit in "the orange, blue"."""
    spare: _Assignment | None = None
    """What a colour alone means when no name waits for it: "sky blue", "mark red"."""


def _read_clause(clause: list[_Token]) -> _Reading:
    tokens, verb = _without_opening(clause)
    has_value = any(token.kind == "value" for token in tokens)
    if not tokens or _is_word(tokens[0], _NEGATIONS - {"no"} if has_value else _NEGATIONS):
        return _Reading("nothing", clause, verb=verb.text if verb else "")
    if not has_value:
        tokens = _with_quoted_color(tokens)
    reading = _color_before_name(tokens) or _color_after_name(tokens) or _color_within(tokens)
    if reading is None:
        reading = _Reading("name" if _bare_name(_without_links(tokens)) else "nothing", tokens, tokens)
    if verb is not None:
        reading.verb = verb.text
        if reading.kind == "color" and reading.value is tokens[0] and _is_word(verb, _NOUN_VERBS):
            reading.spare = _Assignment([verb], tokens[0])
    return reading


def _without_opening(tokens: list[_Token]) -> tuple[list[_Token], _Token | None]:
    """Drop "please", "I want you to" and the verb."""
    at, verb = 0, None
    while at < len(tokens):
        words = tuple(token.text if token.kind == "word" else "" for token in tokens[at : at + 5])
        phrase = next((phrase for phrase in _POLITE_PHRASES if words[: len(phrase)] == phrase), ())
        if phrase or words[0] in _POLITE:
            at += len(phrase) or 1
        elif verb is None and words[0] in _VERBS and not _is_noun(tokens, at):
            verb = tokens[at]
            at += 1
        elif verb is not None and words[0] in ("me", "us", "out", "up"):
            at += 1
        else:
            break
    return tokens[at:], verb


def _is_noun(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a verb is the name of a thing: "mask: blue", "label on the box red", but not "paint in red the box"."""
    after = tokens[at + 1 : at + 5]
    if not after:
        return at > 0
    if after[0].kind == "link":
        return len(after) > 1 and after[1].kind == "value"
    color_comes_first = len(after) > 3 and any(token.kind == "value" for token in after[1:3])
    return _is_word(after[0], _AFTER_NOUNS) and not color_comes_first


def _without_links(tokens: Sequence[_Token]) -> list[_Token]:
    """Drop "is rendered in", "->", "(" from the end of a name."""
    end = len(tokens)
    while end:
        token = tokens[end - 1]
        if _is_word(token, _LINKS_BEFORE):
            after = tokens[end].text if end < len(tokens) else ""
            of_a_shade = token.text == "of" and end > 1 and _is_word(tokens[end - 2], _LINKS_BEFORE)
            if after not in _LINKS_BEFORE[token.text] and not of_a_shade:
                break
        elif token.kind not in ("link", "open", "comma") and not _is_word(token, _LINKS):
            break
        end -= 1
    return list(tokens[:end])


def _without_tail(tokens: Sequence[_Token]) -> list[_Token]:
    """Drop "color", "mask please", ")" from behind a colour."""
    end = len(tokens)
    while end and _is_tail(tokens[end - 1]):
        end -= 1
    return list(tokens[:end]) if end and tokens[end - 1].kind == "value" else list(tokens)


def _is_tail(token: _Token) -> bool:
    return token.kind in ("close", "link") or _is_word(token, _TAIL)


def _with_quoted_color(tokens: list[_Token]) -> list[_Token]:
    """In `"cat": "red"` the last quotes hold a colour, in `"red": cat` the first."""
    for at in (len(tokens) - 1, 0):
        if len(tokens) > 1 and tokens[at].kind == "quoted" and (color := _lone_color([tokens[at]])):
            return [*tokens[:at], color, *tokens[at + 1 :]]
    return tokens


def _color_before_name(tokens: list[_Token]) -> _Reading | None:
    """Such as "red for the car", "red: cat", "in red the car", "(red) car", "black background"."""
    at = 0
    while at < len(tokens) - 1 and (tokens[at].kind == "open" or _is_word(tokens[at], _LINKS)):
        at += 1
    value = tokens[at]
    if value.kind != "value":
        return None
    led = any(not _is_word(token, _ARTICLES) for token in tokens[:at])
    at += 1
    if at + 2 < len(tokens) and tokens[at].kind == "open" and tokens[at + 1].kind == "value":
        value, at = tokens[at + 1], at + 2  # "yellow (<255, 255, 0>) for the car"
    while at < len(tokens) and _is_tail(tokens[at]):
        at, led = at + 1, True
    rest = tokens[at:]
    if not rest:
        return None
    name = _trimmed(rest)
    if _is_word(rest[0], _GIVES):
        name = _trimmed(rest[1:])
    elif rest[0].kind == "link" or _is_word(rest[0], _BE):
        name = _trimmed(rest[1:])
        if all(token.kind in ("value", "open", "close") or _is_word(token, _LINKS | _TAIL) for token in name):
            return None  # the fruit in "orange: orange"
    elif (
        not _is_word(rest[0], _ARTICLES)
        and rest[0].kind != "open"
        and not (led and rest[-1].kind != "value")
        and not is_background(" ".join(token.text for token in rest))
    ):
        return None
    return _Reading("color name", tokens, name, value) if name else None


def _color_after_name(tokens: list[_Token]) -> _Reading | None:
    """Such as "cat red", "the cat is rendered in solid red", "cat (red)", "the orange orange", "cat yellow (#ff0)"."""
    until = _without_tail(tokens)
    value, before = until[-1], until[:-1]
    if value.kind != "value":
        return None
    name = _without_links(before)
    if name and name[-1].style == "name" and value.style in ("hex", "numbers"):
        name = _without_links(name[:-1]) or name
    if name and _is_word(name[-1], _RELATIVES):
        name = name[:-1]
        if name:
            return None  # "the chair that is red" only tells which chair
    has_article = any(_is_word(token, _ARTICLES) for token in before)
    only_colors = all(token.kind == "value" or _is_word(token, _ARTICLES) for token in name)
    parted = _parted(value) if only_colors else None
    if parted and (name or has_article):
        return _Reading("name color", tokens, [*name, *parted.name], parted.value)
    if name:
        return _Reading("name color", tokens, name, value)
    noun = bool(before) and all(_is_word(token, _ARTICLES) for token in before)
    return _Reading("color", tokens, value=value, noun=noun, spare=parted)


def _parted(value: _Token) -> _Assignment | None:
    """From "sky blue" that the sky, from "light blue" that the lamp is blue; None for "navy blue", always a colour."""
    words = value.text.replace("-", " ").split()
    if value.style != "name" or len(words) != 2 or words[0] in COLOR_NAMES or words[1] not in COLOR_NAMES:
        return None
    thing = _Token("word", value.start, value.start + len(words[0]), words[0])
    color = _Token("value", value.end - len(words[1]), value.end, words[1], COLOR_NAMES[words[1]], "name")
    return _Assignment([thing], color)


def _color_within(tokens: list[_Token]) -> _Reading | None:
    """Such as "the cat is red everywhere": words follow the colour, but a strong link leads to it."""
    last = max((at for at, token in enumerate(tokens) if token.kind == "value"), default=0)
    name = _without_links(tokens[:last])
    strong = any(token.kind == "link" or _is_word(token, _BE) for token in tokens[len(name) : last])
    if not name or not strong or _is_word(name[-1], _RELATIVES):
        return None
    return _Reading("name color", tokens, name, tokens[last])


def _trimmed(tokens: Sequence[_Token]) -> list[_Token]:
    """A name without marks at either end and without brackets around it."""
    start, end = 0, len(tokens)
    while start < end and tokens[start].kind in ("link", "comma", "close"):
        start += 1
    while start < end and tokens[end - 1].kind in ("link", "comma", "open"):
        end -= 1
    kinds = [token.kind for token in tokens[start:end]]
    if kinds and (kinds[0] == "open") and (kinds[-1] == "close" or "close" not in kinds):
        start += 1
    if kinds and (kinds[-1] == "close") and (kinds[0] == "open" or "open" not in kinds):
        end -= 1
    return list(tokens[start:end])


def _bare_name(tokens: Sequence[_Token]) -> list[_Token]:
    """Only "cars" of "all of the cars", "man" of "the area that belongs to the man", "dog" of "the dog category"."""
    name = _trimmed(tokens)
    start = _after_articles(name, 0)
    if start < len(name) and _is_word(name[start], _AREAS):
        of = start + 1
        while of < len(name) and _is_word(name[of], _RELATIONS | _RELATIVES):
            of += 1
        if of < len(name) and (of > start + 1 or name[of].kind == "quoted"):
            start = _after_articles(name, of)
    end = len(name)
    while end - start > 1 and _is_word(name[end - 1], _KINDS):
        end -= 1
    return name[start:end]


def _after_articles(name: Sequence[_Token], start: int) -> int:
    at = start
    while at < len(name) - 1 and (
        _is_word(name[at], _ARTICLES | _QUANTIFIERS)
        or (at > start and _is_word(name[at], ("of",)) and _is_word(name[at - 1], _QUANTIFIERS))
    ):
        at += 1
    return at


def _after_preamble(clause: list[_Token]) -> list[_Token]:
    """Only "the cat …" of "a segmentation mask where the cat …", "cats …" of "segment this image into cats …"."""
    strong = any(_is_word(token, _STRONG_INSTRUCTION | _INSTANCES) for token in clause)
    openers = _STRONG_OPENERS if strong else _OPENERS
    cut, about_picture = 0, False
    for at, token in enumerate(clause[:-1]):
        if token.kind == "value":
            break
        if about_picture and _is_word(token, openers):
            cut, about_picture = at + 1, False
        about_picture = about_picture or _is_word(token, _INSTRUCTION)
    return clause[cut:]


def _is_instruction(clause: Sequence[_Token]) -> bool:
    """Whether a clause without a colour is about the picture: "Generate a segmentation mask of this image"."""
    return (
        any(_is_word(token, _STRONG_INSTRUCTION) for token in clause)
        or _is_word(clause[0], _MAKE_VERBS - {"make"})
        or all(_is_word(token, _ONLY_INSTRUCTION) for token in clause)
    )


def _misspelt(tokens: list[_Token]) -> tuple[int, bool]:
    """How many tokens at the end of a name may be a misspelt colour, and whether they can be nothing else."""
    for at in range(len(tokens) - 2, -1, -1):
        strong = tokens[at].kind == "link" or _is_word(tokens[at], _BE)
        if strong and at and not _is_word(tokens[at - 1], _RELATIVES):
            while at < len(tokens) and _without_links(tokens[at : at + 1]) == []:
                at += 1
            return len(tokens) - at, at < len(tokens)
    last = tokens[-1]
    if last.kind != "word" or len(last.text) < 4 or last.text.removesuffix("s") in COLOR_NAMES or len(tokens) < 2:
        return 0, False
    return (2 if len(tokens) > 2 and _is_word(tokens[-2], MODIFIERS) else 1), False


# ------------------------------------------------------------------------------------------------------ 5. legend


@dataclass
class _Left:
    """Names that a sentence left without a colour, and what to think of that."""

    names: list[list[_Token]] = field(default_factory=list)
    asks: bool = False
    """A verb such as "segment" opened the sentence: colours may be chosen for them."""
    goes_on: bool = False
    """A line ended in running text, so the next line may go on."""
    remark: bool = False
    """A whole sentence without anything about colours, such as "Thank you."."""


def _tell_things_from_colors(readings: Sequence[_Reading], asks: bool) -> None:
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


def _pair_up(readings: Sequence[_Reading]) -> Iterator[tuple[list[_Token], _Token | None]]:
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
        if at < len(readings) and readings[at].kind == "name color":
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


def _is_pronoun(name: Sequence[_Token]) -> bool:
    return len(name) == 1 and _is_word(name[0], _PRONOUNS)


class _Reader:
    """Puts together what the clauses say."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.colors: dict[str, tuple[str, Color | None]] = {}
        """Name in lower case → name as written and its colour; None while none is chosen."""
        self.background: Color | None = None
        self.instances: list[str] = []
        """Kinds of thing of which every one shall have its own colour."""
        self.warnings: list[str] = []
        self._styles: set[str] = set()
        self._left = _Left()
        self._heading = ""
        """The verb of a heading, such as "segment" in "Segment the following: …", for the lines below it."""

    def read(self) -> None:
        """Read the whole text. Raises PromptError."""
        tokens = _tokenize(self.text)
        if len(tokens) == 1 and tokens[0].kind == "quoted":  # all of it in quotes, as copied from somewhere
            tokens = _tokenize(" " * (tokens[0].start + 1) + self.text[tokens[0].start + 1 : tokens[0].end - 1])
        prose: list[_Token] = []
        pairs = _pairs_of_brackets(tokens)
        at = 0
        while at < len(tokens):
            assignments = self._map(tokens, at, pairs) if at in pairs else []
            for assignment in assignments:
                self._assign(*assignment)
            # The words around a map are sentences of their own.
            prose.append(replace(tokens[at], kind="stop") if assignments else tokens[at])
            at = pairs[at] + 1 if assignments else at + 1
            if assignments:
                self._styles.add("json")
        for sentence in _sentences(prose):
            self._read_sentence(sentence)
        self._settle()

    def _map(self, tokens: list[_Token], at: int, pairs: dict[int, int]) -> list[_Assignment]:
        bracket = _read_bracket(tokens, at, pairs)
        is_map = any(key or isinstance(value, _Bracket) for key, value in bracket.members)
        return list(_assignments(self.text, bracket)) if is_map else []  # "the cat [left]" is none

    def _read_sentence(self, sentence: _Sentence) -> None:
        verb, readings = self._readings(sentence.clauses)
        inherits = not verb and bool(self._heading)
        verb = verb or self._heading
        self._heading = verb if sentence.end == "heading" or (inherits and sentence.end == "line") else ""
        if not readings:
            return
        _tell_things_from_colors(readings, verb in _SEGMENT_VERBS)
        first, left = readings[0], self._left
        goes_on = left.goes_on and not _is_word(first.tokens[0], _ARTICLES)
        if left.names and (goes_on or first.kind == "color" or _is_pronoun(first.name)):
            readings = [*(_Reading("name", name, name) for name in left.names), *readings]
        else:
            self._settle()
        names: list[list[_Token]] = []
        for name, value in _pair_up(readings):
            if value is None:
                names.append(name)
            else:
                self._assign(name, value)
        nothing_colored = len(names) == len(readings)
        is_heading = sentence.end == "heading"
        self._left = _Left(
            names,
            asks=verb in _SEGMENT_VERBS and not is_heading,
            goes_on=sentence.end == "line" and (bool(verb) or not nothing_colored),
            remark=is_heading or (sentence.end == "stop" and not verb and nothing_colored),
        )

    def _readings(self, clauses: list[list[_Token]]) -> tuple[str, list[_Reading]]:
        """The verb of a sentence and one reading a clause, without those that only speak about the picture."""
        opening = clauses[0]
        verb = _without_opening(opening)[1]
        clauses[0] = _after_preamble(opening)
        readings = [_read_clause(clause) for clause in clauses]
        first = readings[0]
        has_preamble = len(clauses[0]) < len(opening)
        if first.kind == "name" and (has_preamble or _is_instruction(opening)):
            about_things = verb is not None and has_preamble and not _is_instruction(clauses[0])
            of_instances = about_things and any(_is_word(token, _INSTANCES) for token in opening)
            if of_instances:  # "Segment all instances of chair"
                self.instances.append(_source(self.text, _bare_name(first.name)))
            if not about_things and not any(reading.value for reading in readings):
                readings = []
            elif not about_things or of_instances:
                readings = readings[1:]
        readings = [self._understood(reading) for reading in readings]
        return verb.text if verb else "", [reading for reading in readings if reading.kind != "nothing"]

    def _understood(self, reading: _Reading) -> _Reading:
        """A reading with its misspelt colour put right and with the background told from the things."""
        if reading.kind == "name":
            if self._is_background(_without_links(reading.name)):
                return replace(reading, kind="nothing")  # "keep the background" gives nobody a colour
            return self._spelt_right(reading)
        if reading.value is not None and self._is_background(reading.name):
            return replace(reading, kind="background")
        return reading

    def _spelt_right(self, reading: _Reading) -> _Reading:
        count, certain = _misspelt(reading.tokens)
        rest, words = reading.tokens[: len(reading.tokens) - count], reading.tokens[len(reading.tokens) - count :]
        if reading.verb in ("keep", "leave") or any(_is_word(token, _UNPAINTED) for token in words):
            self._ignore(reading.tokens)
            return replace(reading, kind="nothing")
        if not words or any(_is_word(token, _INSTRUCTION) for token in reading.tokens):
            return reading
        if (guess := _guess(self.text, words)) is not None:
            corrected = _read_clause([*rest, guess])
            return self._understood(replace(corrected, verb=reading.verb)) if corrected.value else reading
        if certain:
            raise _unknown_color(self.text, words)
        return reading

    def _ignore(self, tokens: Sequence[_Token]) -> None:
        self.warnings.append(f"{_quote(self.text, _span(tokens))} gives nothing a colour and was ignored.")

    def _is_background(self, name: Sequence[_Token]) -> bool:
        return is_background(_source(self.text, _bare_name(name)))

    def _settle(self) -> None:
        """Decide about names for which no colour came."""
        left, self._left = self._left, _Left()
        adjectives = [_adjective(name) for name in left.names]
        for name, adjective in zip(left.names, adjectives, strict=True):
            words = _source(self.text, _bare_name(name))
            if left.asks and words.lower().split()[-1] not in _DEPTH_WORDS:
                self.colors.setdefault(words.lower(), (words, None))
            elif adjective is not None and all(adjectives):
                self._assign(*adjective)
            elif words.isdecimal() and left.remark:
                continue  # the number of a class: "1: cat red"
            elif left.remark or any(_is_word(token, _INSTRUCTION) for token in name):
                self._ignore(name)
            else:
                raise _no_color(self.text, name)

    def _assign(self, tokens: list[_Token], value: _Token) -> None:
        bare = _bare_name(tokens)
        if not bare or _is_pronoun(bare):
            words = _quote(self.text, _span([*bare, value]))
            raise PromptError(f"{words} does not tell which thing has this colour.", _span([*bare, value]))
        name = _source(self.text, bare)
        if bare[-1].kind == "word":
            name = _IN_PICTURE.sub("", name)
        color = value.color
        if color is None:
            if not is_background(name):
                self.instances.append(name)
            return
        self._styles.add(value.style)
        if value.style == "guess":
            self.warnings.append(f"{_quote(self.text, _span([value]))} was taken for the colour “{value.text}”.")
        if value.style == "numbers" and 0 < max(color) <= 1:
            self.warnings.append(f"{_quote(self.text, _span([value]))} is nearly black, as the numbers go up to 255.")
        if is_background(name):
            if self.background not in (None, color):
                self.warnings.append(f"The background has two colours; the last one, {color.name}, counts.")
            self.background = color
            return
        if re.search(r"(?:,| and) (?:the|a|an|my) ", name):
            self.warnings.append(f"“{name}” was read as one name; give each thing a colour if they are several.")
        key = name.lower()
        if key in self.colors and self.colors[key][1] is not None:
            self.warnings.append(f"“{name}” is named twice; its last colour, {color.name}, counts.")
        self.colors[key] = (self.colors[key][0] if key in self.colors else name, color)

    def legend(self) -> Legend:
        """What was read. Raises PromptError when it is no legend."""
        things = list(self.colors.values())
        if (not things and self.background is None) or self._is_depth_ramp():
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
        warnings = (*self.warnings, *_too_close(entries, self.background))
        return Legend(entries, self.background, warnings, style)

    def _is_depth_ramp(self) -> bool:
        """Whether the words tell how to paint depth and not what: "depth map, near is black, far is white"."""
        is_ramp = len(self.colors) > 0 and all(_RAMP_ENDS.fullmatch(name) for name in self.colors)
        return is_ramp and "depth" in self.text.lower()

    def _no_legend(self) -> PromptError:
        everything = (0, len(self.text))
        if self.instances:
            return PromptError(f"A different colour for each “{self.instances[0]}” is no legend.", everything)
        if parse_ramp(self.text) is not None or self._is_depth_ramp():
            return PromptError("These words describe a ramp of colours and give none to a thing.", everything)
        return PromptError(
            'These words give no thing a colour. Write for example "the cat is orange, the background is black".',
            everything,
        )


def _adjective(name: list[_Token]) -> _Assignment | None:
    """In "a red cat" the cat gets a colour; "the red cat" only tells which cat."""
    start = 1 if _is_word(name[0], ("a", "an")) else 0
    if len(name) < start + 2 or name[start].kind != "value":
        return None
    return _Assignment(name[start + 1 :], name[start])


def _too_close(entries: Sequence[Entry], background: Color | None) -> Iterator[str]:
    """A warning for each of the first pairs of colours that a decoder may mix up."""
    things = [*entries, *([] if background is None else [Entry("background", background)])]
    colors = np.array([color for _, color in things], np.float32).reshape(-1, 3)
    distances = np.linalg.norm(colors[:, None] - colors[None], axis=-1)
    pairs = np.argwhere(np.triu(distances < TOO_CLOSE, k=1))
    for first, second in pairs[:20].tolist():
        names = f"“{things[first].name}” and “{things[second].name}”"
        one, other = things[first].color.hex, things[second].color.hex
        if one == other:
            yield f"{names} have the same colour, {one}."
        else:
            yield f"The colours of {names}, {one} and {other}, are hard to tell apart."


def _read(text: str) -> _Reader:
    if len(text) > MAX_LENGTH:
        raise PromptError(
            f"The prompt has {len(text):,} characters; at most {MAX_LENGTH:,} are read.", (MAX_LENGTH, len(text))
        )
    if not text.strip():
        raise PromptError("The prompt is empty. Name things and their colours.", (0, len(text)))
    reader = _Reader(text)
    reader.read()
    return reader
