"""The colour plan under the prompt: what the colours of the painting will mean, and a table to change a legend.

The words are the only place where a legend is kept: each edit rewrites them, and the table shows what they say.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from html import escape
from typing import cast, get_args

import gradio as gr
import numpy as np

from vb_demo.codecs import depth, normals, to_uint8
from vb_demo.colors import PALETTES, Color, Palette
from vb_demo.errors import InputError
from vb_demo.generators import Dialect
from vb_demo.generators.base import PAPER_DIALECT
from vb_demo.prompts import (
    Legend,
    PromptError,
    Style,
    detect_style,
    parse_instances,
    parse_prompt,
    parse_ramp,
    rewritten,
)
from vb_demo.tasks import TASKS
from vb_demo.ui.asking import Who, lack, understood
from vb_demo.ui.controls import AT_ONCE
from vb_demo.ui.markup import hint, swatch
from vb_demo.ui.page import Page
from vb_demo.ui.panels.question import QuestionPanel

DIRECTIONS = {"left": (-1, 0, 0), "right": (1, 0, 0), "up": (0, 1, 0), "down": (0, -1, 0), "towards you": (0, 0, 1)}
LEAST_TICKS = 5
"""Metres that are written below a ramp, however few colours it has."""

FORWARD = "element.addEventListener('edit', (event) => trigger('edit', event.detail))"
"""plan.js says what was edited: {do: a key of `EDITS` or "write", label: the row, value: what was typed or chosen}."""
PALETTE_TITLES = {
    "distinct": ("Shuffle", "Other colours, far from each other"),
    "colorblind-safe": ("Colour-blind safe", "Colours that colour-blind people can tell apart, too"),
}
STYLE_TITLES: dict[Style, str] = {"prose": "Prose", "hex": "Hex", "json": "JSON"}


def _shuffled(legend: Legend, label: int, value: str, *, palette: Palette) -> Legend:
    # The seed comes from the colours, so that each press brings other ones.
    return legend.shuffled(zlib.crc32(legend.colors.tobytes()), palette)


EDITS: dict[str, Callable[[Legend, int, str], Legend]] = {
    "recolor": lambda legend, label, value: legend.recolored(label, Color.from_hex(value)),
    "rename": Legend.renamed,
    "remove": lambda legend, label, value: legend.without(label),
    "add": lambda legend, label, value: legend.with_entry(value),
    **{palette: partial(_shuffled, palette=palette) for palette in PALETTES},
}


def add(page: Page, asked: QuestionPanel) -> None:
    def planned(words: str) -> str:
        return card(words, page.painter.dialect, missing(words, page.painter.who))

    def apply(words: str, event: gr.EventData) -> tuple[str, str]:
        """An edit that cannot be made changes no words, and says why."""
        try:
            words = edited(words, event.do, event.label, event.value)
            complaint = missing(words, page.painter.who)
        except InputError as error:
            complaint = str(error)
        return words, card(words, page.painter.dialect, complaint)

    plan = gr.HTML(card(asked.words.value, PAPER_DIALECT), elem_id="plan", js_on_load=FORWARD, apply_default_css=False)
    gr.on([asked.words.change, page.who.change], planned, asked.words, plan, trigger_mode="always_last", **AT_ONCE)
    plan.edit(apply, asked.words, [asked.words, plan], **AT_ONCE)


def edited(words: str, do: str, label: int, value: str) -> str:
    """The words after an edit of the legend that they name, which may be empty.

    Args:
        do: a key of `EDITS`, or "write" for another style.
        label: the row, 0 = the background.
        value: a name, a hex colour, or the style.

    Raises:
        InputError: the legend cannot be read or changed that way.
    """
    legend = parse_prompt(words) if words.strip() else Legend(())
    if do == "write":
        return rewritten(words, legend, cast(Style, value))
    return rewritten(words, EDITS[do](legend, int(label), value))


def missing(words: str, who: Who) -> str:
    """Why who paints cannot be asked for what the words ask for; "" = they can be asked, or ask for nothing."""
    try:
        return lack(understood(words, who.dialect), who)
    except InputError:
        return ""


def card(words: str, dialect: Dialect, complaint: str = "") -> str:
    """What the colours of the painting will mean, or which words cannot be read.

    Args:
        complaint: why an edit could not be made, or the words cannot be painted.
    """
    return f'<div class="vb-plan">{_plan(words, dialect)}{_warning(complaint)}</div>'


def _plan(words: str, dialect: Dialect) -> str:
    if not words.strip():
        return hint("Name a task, or give things colours: “the cat is orange”.") + _new_row()
    try:
        task = understood(words, dialect)
    except PromptError as error:
        with suppress(PromptError):  # a legend of which only the background is left
            return _legend_editor(words, parse_prompt(words)) + _warning(str(error))
        return _warning(str(error)) + _quote(words, *error.span)
    except InputError as error:
        return _warning(str(error))
    if task == "segment":
        return _legend_editor(words, parse_prompt(words))
    if task == "instances":
        return _instance_swatches(words)
    encoding = dialect.get(task, TASKS[task].wording).encoding
    return _normal_swatches(encoding) if task == "normals" else _depth_ramp(encoding, words)


def _warning(sentence: str) -> str:
    return f'<p class="vb-warning">⚠ {escape(sentence)}</p>' if sentence else ""


def _quote(words: str, start: int, end: int) -> str:
    """The words with those that could not be read marked; plan.js selects them in the prompt."""
    marked = f"{escape(words[:start])}<mark>{escape(words[start:end])}</mark>{escape(words[end:])}"
    button = f'<button type="button" class="vb-small" data-select="{start} {end}">Select them in the prompt</button>'
    return f'<p class="vb-quote">{marked}</p>{button}'


def _legend_editor(words: str, legend: Legend) -> str:
    rows = "".join(_rows(legend))
    doubts = "".join(map(_warning, legend.warnings))
    notes = "".join(f'<p class="vb-doubt">Note: {escape(note)}</p>' for note in legend.notes)
    return (
        f'<div class="vb-plan-bar">{_styles(detect_style(words))}{_palettes()}</div>'
        f'<div class="vb-legend" role="group" aria-label="Colour plan">{rows}</div>{_new_row()}{doubts}{notes}'
    )


def _styles(present: Style) -> str:
    buttons = (
        f'<button type="button" data-do="write" data-value="{style}" aria-pressed="{str(style == present).lower()}">'
        f"{STYLE_TITLES[style]}</button>"
        for style in get_args(Style)
    )
    return f'<span class="vb-styles" role="group" aria-label="How the colours are written">{"".join(buttons)}</span>'


def _palettes() -> str:
    return "".join(
        f'<button type="button" class="vb-small" data-do="{palette}" title="{tip}">{title}</button>'
        for palette, (title, tip) in PALETTE_TITLES.items()
    )


def _rows(legend: Legend) -> Iterator[str]:
    """One row an entry, then the background."""
    for label, (name, color) in enumerate(legend.entries, start=1):
        known = escape(name)
        field = f'<input type="text" data-do="rename" value="{known}" aria-label="Name of {known}" spellcheck="false">'
        yield _row(label, known, color, field, _called(color), removable=True)
    said = legend.background is not None
    remark = _called(legend.background_color) if said else "not said"
    yield _row(0, "background", legend.background_color, "<b>background</b>", remark, removable=said)


def _row(label: int, known: str, color: Color, field: str, remark: str, *, removable: bool) -> str:
    remove = f'<button type="button" data-do="remove" aria-label="Remove {known}" title="Remove {known}">×</button>'
    last = remove if removable else "<span></span>"
    return (
        f'<div class="vb-row" data-label="{label}">'
        f'<input type="color" data-do="recolor" value="{color.hex}" aria-label="Colour of {known}, {_called(color)}">'
        f"{field}<code>{color.hex}</code><small>{escape(remark)}</small>{last}</div>"
    )


def _called(color: Color) -> str:
    """A colour in words, the same as the prompt has it in."""
    return color.exact_name or color.name


def _new_row() -> str:
    return (
        '<div class="vb-row vb-new-row"><span aria-hidden="true">+</span><input type="text" data-do="add" value="" '
        'aria-label="Add a thing; Enter adds it" placeholder="Add a thing" spellcheck="false" maxlength="200"></div>'
    )


def _instance_swatches(words: str) -> str:
    asked = parse_instances(words)
    if asked is None:
        return ""
    chip = swatch(asked.background, "background") if asked.background else ""
    return (
        f'<div class="vb-swatches"><span class="vb-swatch"><i class="vb-many"></i><b>{escape(asked.of)}</b> '
        f"<small>each in a colour of its own</small></span>{chip}</div>"
    )


def _normal_swatches(axes: str) -> str:
    colors = to_uint8(normals.encode(np.array([list(DIRECTIONS.values())], np.float32), axes))[0]
    chips = [swatch(Color(*color), f"faces {name}") for name, color in zip(DIRECTIONS, colors.tolist(), strict=True)]
    return f'<div class="vb-swatches">{"".join(chips)}</div>'


def _depth_ramp(encoding: str, words: str) -> str:
    if encoding != "cube-walk":
        return _ramp([(255, 255, 255), (0, 0, 0)], ["near", "far"], "relative depth, no metres")
    ramp = parse_ramp(words) or depth.CUBE
    along = np.linspace(0, 1, max(len(ramp), LEAST_TICKS))[None]
    metres = depth.decode(depth.encode_ramp(along, ramp), ramp=ramp).values[0]
    names = ["∞" if np.isinf(m) else f"{m:.2g}" for m in metres]
    return _ramp(ramp, names, "metres from the camera plane")


def _ramp(corners: Iterable[Sequence[int]], names: Sequence[str], unit: str) -> str:
    stops = ",".join("#{:02x}{:02x}{:02x}".format(*corner) for corner in corners)
    ticks = "".join(f"<span>{escape(name)}</span>" for name in names)
    return (
        f'<div class="vb-ramp"><div style="background:linear-gradient(90deg,{stops})"></div>'
        f"<p>{ticks}</p><small>{escape(unit)}</small></div>"
    )
