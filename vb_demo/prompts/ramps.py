"""The ordered colours of a ramp, such as the palette of a depth map."""

from __future__ import annotations

import re
from itertools import zip_longest

from vb_demo.colors import Color, ColorError, color_at
from vb_demo.prompts.tokens import MAX_LENGTH

_RAMP_CORNERS = {"green": Color(0, 255, 0), "violet": Color(255, 0, 255), "purple": Color(255, 0, 255)}
_RAMP_LINK = re.compile(
    r"\s{0,3}(?:(?P<arrow>-{0,2}>|=>|→)|(?P<dash>[-–—])|(?P<comma>,(?:\s{1,3}and\b)?|\band\b)|(?P<word>\b(?:to|through|via)\b))\s{0,3}"
)
_RAMP_HINT = re.compile(r"\b(?:ramp|palette|gradient|rainbow|colou?r\s?map|colou?r\s?scale|depth)\b", re.IGNORECASE)


def linked_ramp(text: str) -> tuple[Color, ...] | None:
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
