"""A changed legend goes back into the text that it came from, in the style of that text."""

from __future__ import annotations

from contextlib import suppress

from vb_demo.prompts.legend import Legend, Style
from vb_demo.prompts.reader import parse_prompt, read
from vb_demo.prompts.tokens import PromptError


def detect_style(text: str) -> Style:
    """How a text writes its colours: "json" when any stand in a map, "hex" when all are hex codes, else "prose".

    Of a text that cannot be read only the first character counts.
    """
    try:
        return parse_prompt(text).style
    except PromptError:
        return "json" if text.lstrip().startswith(("{", "[")) else "prose"


def rewritten(text: str, legend: Legend, style: Style | None = None) -> str:
    """What `text` would be if it said `legend`; without a `style`, in its own.

    `parse_prompt` reads the same entries and background back. A text that says the legend in that style already stays
    as it is. Otherwise the sentences before the first colour stay, such as "Generate a segmentation mask of the room.",
    unless they would change the meaning; what follows is as `Legend.write` has it. An empty legend leaves only those
    sentences, perhaps none.
    """
    own_style = detect_style(text)
    style = style or own_style
    opening = ""
    with suppress(PromptError):
        reader = read(text)
        opening = reader.opening
        if style == own_style and reader.legend() == legend:
            return text
    if not legend.entries and legend.background is None:
        return opening
    words = legend.write(style)
    if len(opening.split()) > 1:
        gap = " " if opening[-1] in ".!?…:" else "\n"  # without a full stop, a line end parts the sentences
        with suppress(PromptError):
            if parse_prompt(opening + gap + words) == legend:
                return opening + gap + words
    return words
