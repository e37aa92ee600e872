"""The words that mean something to the grammar, and the names that they leave for things."""

from __future__ import annotations

import re

from vb_demo.colors import NAME_WORDS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLES = _words("the a an my")
QUANTIFIERS = _words("all every each both any")
RELATIVES = _words("that which who that's who's")

# Words and phrases that open a clause and say nothing about what is painted.
POLITE = _words("please kindly only then also now finally just so ok okay hey let's lets i'd like")
POLITE_PHRASES = (
    ("i", "want", "you", "to"), ("i", "would", "like", "you", "to"), ("i", "would", "like"), ("i", "want"),
    ("i", "need"), ("we", "want"), ("can", "you"), ("could", "you"), ("would", "you"), ("let", "us"), ("for",),
)  # fmt: skip
SEGMENT_VERBS = _words(
    "segment find highlight show detect locate mask outline isolate extract label mark select identify"
)
MAKE_VERBS = _words("generate create produce output predict estimate make draw render")
VERBS = (
    SEGMENT_VERBS
    | MAKE_VERBS
    | _words(
        "paint color colour recolor recolour tint shade fill turn give put set assign apply use using let leave "
        "leaving keep keeping have get dye change replace convert represent display visualize visualise with"
    )
)
NOUN_VERBS = _words("label mark mask outline output set shade")
# A verb before one of these is a noun ("label on the box").
AFTER_NOUNS = _words("of on in at near behind under from with is are was should must")
NEGATIONS = _words("no not nothing don't dont do never without ignore avoid skip")
TAKES_OUT = _words("not without")
NOT = _words("not never isn't aren't shouldn't mustn't cannot")

BE = _words("is are be being been was were stays stay remains remain becomes become")
# Between a name and its colour.
LINKS = (
    BE
    | ARTICLES
    | QUANTIFIERS
    | _words(
        "as in with to into by using use color colour colored coloured painted rendered shown marked drawn represented "
        "displayed highlighted labeled labelled filled depicted indicated denoted masked segmented visualized "
        "visualised tinted dyed should must shall will would gets turns having has have appears looks solid pure plain "
        "flat uniform completely entirely fully its their also still always"
    )
)
# These are links only before certain others: "is set to red", "a shade of red"; but "the chess set red".
LINKS_BEFORE = {"set": ("to", "as"), "shade": ("of",), "hue": ("of",), "tone": ("of",), "of": ()}
SHADES = _words("shade hue tone color colour")
"""Of which there may be a colour: "the sky the color of gold"."""
THERE_IS = tuple(
    (where, *there) for where in ("where", "wherever") for there in (("there's",), ("there", "is"), ("there", "are"))
)
# Between a colour and its name: "red for the car".
GIVES = _words("for on over onto to upon marks mark means represents represent denotes indicates shows")
THANKS = _words("thanks thank cheers")
AROUND_THANKS = _words("please you so very much many a lot in advance")
# After a colour: "blue color", "a red mask please".
TAIL = _words(
    "color colour colors colours colored coloured mask masks overlay paint please only instead too tone hue shade "
    "respectively everywhere pixels fill ones thanks thank you cheers"
)
# What speaks about the picture rather than about a thing in it.
STRONG_INSTRUCTION = _words(
    "segmentation visualization visualisation mask masks labeling labelling mapping legend palette overlay"
)
INSTRUCTION = STRONG_INSTRUCTION | _words(
    "image picture photo photograph map scene input output color colour colors colours code codes following class "
    "classes category categories labels instance instances depth metric objects things regions result prompt "
    "instruction instructions"
)
OPENERS = _words("into where showing highlighting")
STRONG_OPENERS = OPENERS | RELATIVES | _words("of for with using")
# "the area that corresponds to …"
AREAS = _words("area areas region regions pixel pixels mask masks silhouette color colour label class category")
RELATIONS = _words(
    "corresponds correspond corresponding belongs belong belonging of for to by covered occupied representing "
    "containing showing called named labeled labelled as"
)
INSTANCES = _words("instance instances")
KINDS = INSTANCES | _words("category class classes categories")
LISTED = KINDS | _words("labels objects things")
"""What heads a list of names, as "classes: road, car"."""
PRONOUNS = _words("it them this that these those they")
UNPAINTED = _words("same unchanged untouched transparent invisible visible original intact alone")
GONE = _words("out transparent invisible")
"""What is left out, unlike what is left as it is."""
# "big red chair" is one thing, "cat red dog …" is not.
ADJECTIVES = _words(
    "big small large little tall short long old new young left right other first second third last top bottom upper "
    "lower front back middle leftmost rightmost near far wooden"
)
LIGHT_SOURCES = _words("traffic street brake tail head ceiling stop warning signal flood night")
COLORED_THINGS = _words("sky sea forest grass lawn brick bottle apple lemon tomato fire")
"""Things that colours are called after, as in "sky blue"."""
ABBREVIATIONS = _words("mr mrs ms dr st no vs etc e.g i.e")
AND = _words("and & + while whereas but plus except")
VARIED = re.compile(
    r"(?:own|different|unique|distinct|separate|individual|random|various|distinguishable)"
    r"(?:(?:,\s|\s|,)(?:solid|plain|flat|bright|random|different|distinct|unique|and)){0,4}"
    r"[\s-]{1,3}(?:colou?r(?:s|ed)?|hues?|shades?)\b|differently\b|separately\b|individually\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"((image|picture|photo|whole|entire) )?(background|backdrop|bg)( (color|colour|area|pixels|region))?"
    r"|(all )?(the )?rest( of (the|this) (image|picture|photo|scene|pixels|frame))?|remainder|otherwise"
    r"|everything|((everything|anything|all|everywhere) )?else( in (the|this) (image|picture|photo|scene))?|elsewhere"
    r"|((all|any|every)( the)? )?(other|remaining) (pixels?|areas?|regions?|parts?|space|things|objects|stuff)"
    r"|(all )?(the )?others",
    re.IGNORECASE,
)
EVERYTHING = _words("everything anything everywhere all")
_EVERYTHING = (
    rf"(?:{'|'.join(EVERYTHING)}|(?:whole|entire) (?:image|picture|photo|scene)"
    r"|(?:all )?(?:the )?(?:areas?|pixels?|regions?|parts?))(?: else)?"
    r"(?: (?:in|of) (?:the|this) (?:image|picture|photo|scene))?"
)
_BUT = r"(?:except|excluding|besides|other than|apart from|aside from)(?: for)?"
_EXCEPTION = re.compile(
    rf"{_EVERYTHING},? (?:{_BUT}|but(?: for)?|(?:that|which) (?:(?:is|are) not|isn't|aren't)) (?P<names>.+)",
    re.IGNORECASE | re.DOTALL,
)
_EXCEPTION_FIRST = re.compile(
    rf"{_BUT} (?P<names>.+?),?(?: (?:paint|make|turn|fill|colou?r))? {_EVERYTHING}", re.IGNORECASE | re.DOTALL
)
_PICTURE = r"(?:from|in) (?:the|this)(?: input| given| original)? (?:image|picture|photo|scene|input)"
IN_PICTURE = re.compile(rf"^{_PICTURE} (?:{'|'.join(ARTICLES)}) | {_PICTURE}$", re.IGNORECASE)
_DEPTH_WORDS = _words("depth depths normal normals distance distances orientation orientations geometry")
MEASUREMENT = re.compile(
    rf"(?:how|which way) .+|(?:[\w-]+ ){{0,2}}(?:{'|'.join(sorted(_DEPTH_WORDS))})"
    r"(?: (?:maps?|images?|visuali[sz]ations?))?(?: (?:of|to|from|between|at|in|for) .+)?",
    re.IGNORECASE,
)
"""What is asked for but is no thing: "depth map", "how far the car is"; not "car in the distance"."""
_DISTANCES = (
    "near|nearer|nearest|nearby|close|closer|closest",
    "middle|mid|medium|halfway|in between|intermediate",
    "far|farther|farthest|further|furthest|distant",
)
_BEFORE_DISTANCE = (
    rf"(?:(?:{'|'.join(sorted(VERBS))}|(?:depth|distance)(?: (?:map|image))? with) )?"
    r"(?:(?:what|whatever|everything|anything)(?: (?:is|are|that is))? )?(?:very )?"
)
_AFTER_DISTANCE = (
    r"(?: away| by)?(?: (?:points?|pixels?|things?|objects?|parts?|regions?|areas?|surfaces?|distances?|range|end))?"
)
RAMP_STATIONS = tuple(
    re.compile(f"{_BEFORE_DISTANCE}(?:{words}){_AFTER_DISTANCE}", re.IGNORECASE) for words in _DISTANCES
)
"""What is near, in the middle and far away: the stations of a ramp for depth."""

# The fields of a record in a list of them: {"name": "cat", "color": "red"}.
NAME_KEYS = _words("name label class object category thing item title")
COLOR_KEYS = _words("color colour rgb hex value fill")

# What a clause that tells of no thing consists of.
NO_THING = VERBS | LINKS | POLITE
ONLY_INSTRUCTION = NO_THING | INSTRUCTION | PRONOUNS
RESERVED = frozenset().union(
    ARTICLES, QUANTIFIERS, RELATIVES, POLITE, *POLITE_PHRASES, VERBS, AFTER_NOUNS, NEGATIONS, NOT, LINKS,
    LINKS_BEFORE, GIVES, THANKS, AROUND_THANKS, TAIL, INSTRUCTION, STRONG_OPENERS, AREAS, RELATIONS, KINDS, PRONOUNS,
    UNPAINTED, LIGHT_SOURCES, ABBREVIATIONS, AND, _DEPTH_WORDS, NAME_WORDS,
    re.findall("[a-z]+", VARIED.pattern + _BACKGROUND.pattern + _EXCEPTION.pattern + "".join(_DISTANCES)),
    ("rgb", "hex", "hsl", "hsv", "me", "us", "out", "up", "wherever", "there", "there's"),
)  # fmt: skip
"""Words that may mean something to the grammar; a name that has one of them is written in quotes."""


def clean_name(name: str) -> str:
    """A name as a legend keeps it: the person's own words without leading articles and doubled spaces."""
    words = re.sub("[‘’ʼ]", "'", name).split()
    while len(words) > 1 and words[0].lower() in ARTICLES:
        del words[0]
    return " ".join(words)


def is_background(name: str) -> bool:
    """Whether a name means all that is not named: "background", "the rest", "all other pixels", "all but the cat"."""
    return any(pattern.fullmatch(clean_name(name)) for pattern in (_BACKGROUND, _EXCEPTION, _EXCEPTION_FIRST))


def excepted(name: str) -> list[str]:
    """The cat and the dog of "everything but the cat and the dog" and of "except for the cat and the dog, everything";
    nothing of other names.
    """
    match = _EXCEPTION.fullmatch(clean_name(name)) or _EXCEPTION_FIRST.fullmatch(clean_name(name))
    names = re.split(r",| and | or ", match["names"]) if match else []
    return [clean_name(part) for part in names if part.strip()]
