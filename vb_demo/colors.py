"""Colours: how they are written, named, compared and chosen. Nothing else in the program knows how a colour is written.

A word means its CSS value: "green" is (0, 128, 0), "purple" is (128, 0, 128). Beyond CSS there are everyday names
("mustard", "baby blue"), modifiers ("light purple", "dark teal") and tinges ("bluish green").
"""

from __future__ import annotations

import colorsys
import difflib
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import ImageColor

from vb_demo.errors import InputError

WAYS_TO_WRITE = (
    'an English name ("orange", "light purple"), #RRGGBB, rgb(r, g, b), (r, g, b) or <r, g, b> with 0 to 255'
)
Style = Literal["name", "hex", "numbers"]
Palette = Literal["distinct", "colorblind-safe"]
Deficiency = Literal["protanopia", "deuteranopia", "tritanopia"]
DEFICIENCIES: tuple[Deficiency, ...] = get_args(Deficiency)
"""Colour blindness for red, for green and for blue."""


class ColorError(InputError):
    """Something looks like a colour and is none. `span` holds its first and one-past-last character."""

    def __init__(self, message: str, span: tuple[int, int] = (0, 0)) -> None:
        super().__init__(message)
        self.span = span


class Color(tuple[int, int, int]):
    """An sRGB colour of three whole numbers 0 to 255. It equals, and hashes like, the plain tuple (r, g, b).

    Raises InputError when a number is not whole or out of range.
    """

    __slots__ = ()

    def __new__(cls, r: int, g: int, b: int) -> Color:
        try:
            channels = (operator.index(r), operator.index(g), operator.index(b))
        except TypeError:
            raise InputError(f"A colour has three whole numbers from 0 to 255, not ({r}, {g}, {b}).") from None
        if min(channels) < 0 or max(channels) > 255:
            raise InputError(f"The numbers of a colour go from 0 to 255, but this one is ({r}, {g}, {b}).")
        return super().__new__(cls, channels)

    def __getnewargs__(self) -> tuple[int, int, int]:
        """Copying and pickling hand the three numbers back to `__new__`."""
        return self.rgb

    def __repr__(self) -> str:
        return f"Color({self[0]}, {self[1]}, {self[2]})"

    @classmethod
    def from_hex(cls, text: str) -> Color:
        """Read "#80C000", "80C000" or "#8c0"; an alpha channel (#RRGGBBAA) is dropped. Raises InputError."""
        digits = text.strip().removeprefix("#")
        if not re.fullmatch(r"[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}", digits):
            raise InputError(f"“{text}” is not a hex colour; write # and 6 (or 3) digits 0-9, a-f, such as #80C000.")
        if len(digits) <= 4:
            digits = "".join(digit * 2 for digit in digits)
        return cls(*bytes.fromhex(digits[:6]))

    @classmethod
    def from_name(cls, name: str) -> Color:
        """Read a name such as "orange" or "Light Purple". Raises InputError, with the nearest name if there is one."""
        found = _named_at(name.strip(), 0)
        if found is None or found.end != len(name.strip()):
            raise InputError(_unknown(name))
        return found.color

    @classmethod
    def parse(cls, text: str) -> Color:
        """Read one colour in any style: a name, hex with or without #, rgb(…), hsl(…), (r, g, b). Raises InputError."""
        stripped = text.strip().strip("\"'“”‘’").strip()
        if re.fullmatch(r"[0-9a-fA-F]{6}", stripped):
            return cls.from_hex(stripped)
        found = color_at(stripped, 0)
        if found is None or found.end != len(stripped):
            raise InputError(_unknown(text))
        return found.color

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The plain tuple."""
        return (self[0], self[1], self[2])

    @property
    def hex(self) -> str:
        """Lower-case "#rrggbb"."""
        return f"#{self[0]:02x}{self[1]:02x}{self[2]:02x}"

    @property
    def name(self) -> str:
        """The common name that looks nearest; `Color.from_name` knows it, but its colour may differ a little."""
        return _nearest_name(self.rgb)

    @property
    def exact_name(self) -> str | None:
        """A plain name that stands for exactly this colour, or None."""
        return _names_by_color().get(self.rgb)

    @property
    def is_dark(self) -> bool:
        """Whether white text on this colour has more contrast than black text (WCAG 2 relative luminance)."""
        luminance = float(_linear(self) @ np.array([0.2126, 0.7152, 0.0722]))
        return luminance < 0.179  # where (1.05 / (L + 0.05)) equals ((L + 0.05) / 0.05)


# ---------------------------------------------------------------------------------------------------------- names

# CSS writes two words as one ("lightskyblue"); people do not. These are the first halves at which to part them.
_CSS_FIRST_HALVES = """
    alice antique blanched blue burly cadet cornflower dark deep dim dodger fire floral forest ghost goldenrod green
    honey hot indian lavender lawn lemon light lime medium midnight mint misty navajo old olive orange pale papaya peach
    powder rebecca rosy royal saddle sandy sea sky slate spring steel violet white yellow
"""

_EVERYDAY = {
    "amber": "#ffbf00", "apricot": "#fbceb1", "aubergine": "#580f41", "bronze": "#cd7f32", "burgundy": "#800020",
    "cerise": "#de3163", "cerulean": "#007ba7", "champagne": "#f7e7ce", "charcoal": "#36454f", "cobalt": "#0047ab",
    "copper": "#b87333", "cream": "#fffdd0", "eggplant": "#614051", "emerald": "#50c878", "jade": "#00a86b",
    "lilac": "#c8a2c8", "mauve": "#b784a7", "mint": "#98ff98", "mustard": "#e1ad01", "ochre": "#cc7722",
    "ocher": "#cc7722", "peach": "#ffcba4", "rose": "#ff007f", "ruby": "#e0115f", "rust": "#b7410e",
    "sapphire": "#0f52ba", "scarlet": "#ff2400", "taupe": "#8b7d6b", "ultramarine": "#3f00ff", "umber": "#635147",
    "vermilion": "#e34234", "vermillion": "#e34234", "wine": "#722f37", "golden": "#ffd700", "apple green": "#8db600",
    "army green": "#4b5320", "baby blue": "#89cff0", "baby pink": "#f4c2c2", "blood red": "#8a0303",
    "blue green": "#0d98ba", "bottle green": "#006a4e", "brick red": "#b22222", "bright pink": "#ff00b2",
    "bubblegum pink": "#ff85c0", "burnt orange": "#cc5500", "canary yellow": "#ffef00", "charcoal gray": "#36454f",
    "cherry red": "#d2042d", "chocolate brown": "#5c3317", "cobalt blue": "#0047ab", "dark brown": "#4b2a12",
    "electric blue": "#007fff", "emerald green": "#009b5a", "golden yellow": "#ffc900", "grass green": "#3f9b0b",
    "hunter green": "#355e3b", "ice blue": "#c6e6fb", "jet black": "#0a0a0a", "kelly green": "#4cbb17",
    "lemon yellow": "#fff44f", "light brown": "#b5865a", "mint green": "#98ff98", "mustard yellow": "#e1ad01",
    "navy blue": "#000080", "neon green": "#39ff14", "neon pink": "#ff10f0", "off white": "#faf9f6",
    "olive green": "#808000", "pitch black": "#000000", "red orange": "#ff5349", "reddish brown": "#7f2b0a",
    "rose gold": "#b76e79", "royal purple": "#6b3fa0", "salmon pink": "#ff91a4", "sunflower yellow": "#ffc512",
    "tomato red": "#ff6347", "wine red": "#722f37", "yellow orange": "#ffae42",
}  # fmt: skip

_BASIC = "red orange yellow green cyan teal blue purple violet magenta pink brown black white gray grey"
_TINGES = {
    "reddish": "red", "orangish": "orange", "yellowish": "yellow", "greenish": "green", "bluish": "blue",
    "blueish": "blue", "purplish": "purple", "pinkish": "pink", "brownish": "brown", "grayish": "gray",
    "greyish": "gray", "whitish": "white", "blackish": "black",
}  # fmt: skip


def _mix(a: Sequence[float], b: Sequence[float], share_of_b: float) -> Color:
    return Color(*(round(x + (y - x) * share_of_b) for x, y in zip(a, b, strict=True)))


def _vivid(color: Sequence[int]) -> Color:
    """Full saturation and value; a grey has no hue to strengthen and only becomes lighter."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(channel / 255 for channel in color))
    if saturation == 0:
        return _mix(color, (255, 255, 255), 0.5)
    return Color(*(round(255 * channel) for channel in colorsys.hsv_to_rgb(hue, 1, 1)))


def _dull(color: Sequence[int]) -> Color:
    return _mix(color, [sum(color) / 3] * 3, 0.5)


MODIFIERS = {
    "light": lambda color: _mix(color, (255, 255, 255), 0.5),
    "very light": lambda color: _mix(color, (255, 255, 255), 0.75),
    "pale": lambda color: _mix(color, (255, 255, 255), 0.65),
    "pastel": lambda color: _mix(color, (255, 255, 255), 0.6),
    "dark": lambda color: _mix(color, (0, 0, 0), 0.45),
    "very dark": lambda color: _mix(color, (0, 0, 0), 0.7),
    "deep": lambda color: _mix(color, (0, 0, 0), 0.3),
    "medium": lambda color: Color(*color),
    "bright": _vivid,
    "vivid": _vivid,
    "neon": _vivid,
    "dull": _dull,
    "muted": _dull,
    "soft": _dull,
}
"""Words that change the colour they stand before: "light purple" is half way from purple to white."""


def _css_words(name: str) -> str:
    """Part "lightskyblue" as "light sky blue"."""
    for first in _CSS_FIRST_HALVES.split():
        if name.startswith(first) and name != first:
            return f"{first} {_css_words(name.removeprefix(first))}"
    return name


def _plain_names() -> dict[str, Color]:
    """CSS, as one word and as several, and the everyday names."""
    names = {}
    for name in ImageColor.colormap:
        color = Color(*ImageColor.getrgb(name)[:3])
        names[name] = names[_css_words(name)] = color
    names |= {name: Color.from_hex(value) for name, value in _EVERYDAY.items()}
    return names | {name.replace("gray", "grey"): color for name, color in names.items()}


def _all_names(plain: dict[str, Color]) -> dict[str, Color]:
    names = dict(plain)
    unmodified = [name for name in plain if name.split()[0] not in MODIFIERS]
    for modifier, change in MODIFIERS.items():
        for name in unmodified:
            names.setdefault(f"{modifier} {name}", change(plain[name]))
    for tinge, source in _TINGES.items():
        names[tinge] = plain[source]
        for name in _BASIC.split():
            names.setdefault(f"{tinge} {name}", _mix(plain[name], plain[source], 1 / 3))
    return names


_PLAIN_NAMES = _plain_names()
COLOR_NAMES: dict[str, Color] = _all_names(_PLAIN_NAMES)
"""Every name in lower case, its words parted by one space; in a text they may be hyphened as well ("sky-blue")."""

NAME_WORDS = frozenset(word for name in COLOR_NAMES for word in name.split())
"""Every word that occurs in some colour name, "sky" and "light" included."""

_COMMON = """
    red, orange, yellow, green, blue, purple, cyan, magenta, black, white, gray, pink, brown, teal, navy, maroon, olive,
    lime, gold, violet, indigo, turquoise, salmon, coral, crimson, khaki, beige, lavender, tan, silver, orchid, plum,
    chocolate, sky blue, royal blue, steel blue, slate blue, dark orange, hot pink, deep pink, forest green, lime green,
    sea green, spring green, saddle brown, light gray, dark red, dark green, dark blue, dark cyan, dark teal,
    dark magenta, dark violet, dark brown, light blue, light green, light yellow, light purple, light pink,
    light orange, light brown, pale yellow, pale green, dim gray, mustard, peach, burgundy
"""
_COMMON_NAMES = re.split(r",\s+", _COMMON.strip())
"""The names worth telling a person, in order of preference when two stand for the same colour."""


@lru_cache(maxsize=1)
def _names_by_color() -> dict[tuple[int, int, int], str]:
    by_color: dict[tuple[int, int, int], str] = {}
    for name in (*_COMMON_NAMES, *sorted(_PLAIN_NAMES, key=lambda name: " " not in name)):
        by_color.setdefault(COLOR_NAMES[name].rgb, name)
    return by_color


@lru_cache(maxsize=1)
def _common_lab() -> NDArray[np.float64]:
    return lab([COLOR_NAMES[name] for name in _COMMON_NAMES])


@lru_cache(maxsize=4096)
def _nearest_name(rgb: tuple[int, int, int]) -> str:
    return _COMMON_NAMES[int(np.linalg.norm(_common_lab() - lab(rgb), axis=1).argmin())]


@lru_cache(maxsize=4096)
def suggest_color_name(word: str, cutoff: float = 0.7) -> str | None:
    """The colour name that looks most like a misspelt one, or None: "purpel" → "purple", "light gren" → "light green".

    `cutoff` is the least `difflib` ratio (0 to 1). The first letter has to be right, as it is in most slips.
    """
    *before, last = word.lower().replace("-", " ").split() or [""]
    modifier = " ".join(before)
    if before and modifier not in MODIFIERS:
        modifier, last = "", " ".join([*before, last])
    alike = [name for name in _PLAIN_NAMES if name[:1] == last[:1] and abs(len(name) - len(last)) <= 4]
    close = difflib.get_close_matches(last, alike, n=1, cutoff=cutoff)
    suggestion = f"{modifier} {close[0]}".strip() if close else None
    return suggestion if suggestion in COLOR_NAMES else None


def _unknown(text: str) -> str:
    suggestion = suggest_color_name(text)
    hint = f"did you mean “{suggestion}”? Otherwise write" if suggestion else "write"
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return f"“{shown}” is not a colour that this program knows; {hint} {WAYS_TO_WRITE}."


# ------------------------------------------------------------------------------------------------ written colours


class WrittenColor(NamedTuple):
    """A colour found in a text."""

    color: Color
    end: int
    """One past its last character."""
    style: Style


_NUMBER = r"-?(?:\d{1,4}(?:\.\d{0,6})?|\.\d{1,6})%?"
_GAP = r"(?:\s{0,3}[,;]\s{0,3}|\s{1,3})"
_THREE = rf"\s{{0,3}}{_NUMBER}{_GAP}{_NUMBER}{_GAP}{_NUMBER}\s{{0,3}}"
_ALPHA = rf"(?:[,/]\s{{0,3}}{_NUMBER}\s{{0,3}})?"
_HEX = re.compile(r"(?:#|0x)([0-9a-f]{3,8})(?![\w])", re.IGNORECASE)
_HEX_AFTER_WORD = re.compile(r"hex(?:\s+code)?\s{0,3}[:=]?\s{0,3}#?([0-9a-f]{6}|[0-9a-f]{3})(?![\w])", re.IGNORECASE)
_FUNCTION = re.compile(rf"(rgb|hsl|hsv|hsb)a?\s{{0,3}}[(<\[]({_THREE}){_ALPHA}[)>\]]", re.IGNORECASE)
_RGB_BARE = re.compile(
    rf"(rgb)\s{{0,3}}[:=]?\s{{0,3}}({_NUMBER}{_GAP}{_NUMBER}{_GAP}{_NUMBER})(?![\w.])", re.IGNORECASE
)
_BRACKETED = re.compile(rf"\(({_THREE}){_ALPHA}\)|<({_THREE}){_ALPHA}>|\[({_THREE}){_ALPHA}\]")
# Three numbers without any bracket are a colour only when nothing numeric surrounds them.
_BARE = re.compile(r"(\d{1,3}(?:,\s{0,3}|\s{1,3})\d{1,3}(?:,\s{0,3}|\s{1,3})\d{1,3})(?![\w.%])(?!,?\s{0,3}\d)")
_NAME = re.compile(r"[A-Za-z]+(?:[ \t]{1,3}[A-Za-z]+|-[A-Za-z]+){0,4}")
_GLUED = re.compile(r"-\w|['’]\w|\w")


def color_at(text: str, start: int) -> WrittenColor | None:
    """The longest colour that is written exactly at `start`, or None when there is none.

    Raises ColorError for what can only be meant as a colour and is out of range, such as (300, 0, 0). Bare hex digits
    and bare words that continue (the "red" of "red-brick" or "reds") are no colours.
    """
    first = text[start : start + 1]
    if first.isalpha():
        return _named_at(text, start) or _hex_at(text, start) or _numbers_at(text, start)
    return _hex_at(text, start) or _numbers_at(text, start)


def _named_at(text: str, start: int) -> WrittenColor | None:
    match = _NAME.match(text, start)
    if match is None:
        return None
    words = list(re.finditer(r"[A-Za-z]+", match.group().lower()))
    for count in range(len(words), 0, -1):
        end = start + words[count - 1].end()
        if _GLUED.match(text, end):
            continue
        color = COLOR_NAMES.get(" ".join(word.group() for word in words[:count]))
        if color is not None:
            return WrittenColor(color, end, "name")
    return None


def _hex_at(text: str, start: int) -> WrittenColor | None:
    match = _HEX.match(text, start) or _HEX_AFTER_WORD.match(text, start)
    if match is None:
        return None
    if len(match.group(1)) in (5, 7):
        raise ColorError(f"“{match.group()}” has {len(match.group(1))} hex digits; a colour has 6 or 3.", match.span())
    return WrittenColor(Color.from_hex(match.group(1)), match.end(), "hex")


def _numbers_at(text: str, start: int) -> WrittenColor | None:
    if match := _FUNCTION.match(text, start) or _RGB_BARE.match(text, start):
        model, numbers = match.group(1).lower(), match.group(2)
    elif match := _BRACKETED.match(text, start):
        model, numbers = "rgb", next(group for group in match.groups() if group is not None)
    elif match := _BARE.match(text, start):
        model, numbers = "rgb", match.group(1)
        if max(int(number) for number in re.findall(r"\d+", numbers)) > 255:
            return None
    else:
        return None
    try:
        color = _from_numbers(model, re.findall(_NUMBER, numbers))
    except ValueError as error:
        raise ColorError(f"“{match.group()}” is not a colour: {error}", match.span()) from None
    return WrittenColor(color, match.end(), "numbers")


def _from_numbers(model: str, numbers: list[str]) -> Color:
    """Three written numbers → a colour. Decimal numbers up to 1 are shares of 255; whole numbers never are."""
    values = [float(number.rstrip("%")) for number in numbers]
    percent = [number.endswith("%") for number in numbers]
    if model == "rgb":
        if any("." in number for number in numbers) and not any(percent) and max(values) <= 1:
            values = [255 * value for value in values]
        values = [255 * value / 100 if is_share else value for value, is_share in zip(values, percent, strict=True)]
        if min(values) < 0 or max(values) > 255:
            raise ValueError("its numbers go from 0 to 255.")
        return Color(*(round(value) for value in values))
    hue, *shares = values
    if min(shares) < 0 or max(shares) > 100:
        raise ValueError("after the hue come two numbers from 0 to 100.")
    hue, second, third = hue % 360 / 360, shares[0] / 100, shares[1] / 100
    as_rgb = colorsys.hls_to_rgb(hue, third, second) if model == "hsl" else colorsys.hsv_to_rgb(hue, second, third)
    return Color(*(round(255 * channel) for channel in as_rgb))


# -------------------------------------------------------------------------------------------------------- distance


# Linear sRGB → CIE XYZ under D65 (IEC 61966-2-1).
_XYZ_FROM_RGB = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def _linear(colors: ArrayLike) -> NDArray[np.float64]:
    """sRGB 0..255 → linear light 0..1 (IEC 61966-2-1)."""
    share = np.asarray(colors, np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _from_linear(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `_linear`."""
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def lab(colors: ArrayLike) -> NDArray[np.float64]:
    """(…, 3) sRGB 0..255 → (…, 3) CIE L*a*b* under D65, L* from 0 to 100 (CIE 15:2004)."""
    xyz = _linear(colors) @ _XYZ_FROM_RGB.T / _XYZ_FROM_RGB.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def distance(a: Sequence[int], b: Sequence[int]) -> float:
    """How different two colours look: CIE76 ΔE, 0 = equal, about 2 = just visible, 100 = black against white."""
    return float(np.linalg.norm(lab(a) - lab(b)))


# (3, 3) CIE XYZ → answers of the long-, middle- and short-wave cones (Smith and Pokorny 1975).
_CONES = np.array([[0.15514, 0.54312, -0.03286], [-0.15514, 0.45684, 0.03286], [0, 0, 0.01608]])
# CIE 1931 XYZ of the two lights that look the same with and without the cone: 475 and 575 nm, 485 and 660 nm.
_BLUE_AND_YELLOW = np.array([[0.1421, 0.1126, 1.0419], [0.8425, 0.9154, 0.0018]])
_CYAN_AND_RED = np.array([[0.0580, 0.1693, 0.6162], [0.1649, 0.0610, 0]])


def simulate(colors: ArrayLike, deficiency: Deficiency) -> NDArray[np.float64]:
    """(…, 3) sRGB 0..255 → (…, 3) sRGB 0..255 as a person who lacks one kind of cone sees them.

    The model of Brettel, Viénot and Mollon, "Computerized simulation of color appearance for dichromats" (JOSA A 1997):
    the missing cone answers what puts the colour on one of two half-planes, from grey to a light that both people see
    alike. Neutral is the white of sRGB.
    """
    cone = DEFICIENCIES.index(deficiency)
    from_rgb = _CONES @ _XYZ_FROM_RGB
    white = from_rgb.sum(axis=1)
    anchors = (_CYAN_AND_RED if deficiency == "tritanopia" else _BLUE_AND_YELLOW) @ _CONES.T
    border = np.cross(white, np.eye(3)[cone])
    lms = _linear(colors) @ from_rgb.T
    excess = [lms @ plane / plane[cone] for plane in np.cross(white, anchors)]
    on_first = (lms @ border) * (anchors[0] @ border) > 0
    lms[..., cone] -= np.where(on_first, *excess)
    return _from_linear(np.clip(lms @ np.linalg.inv(from_rgb).T, 0, 1))


def appearances(colors: ArrayLike) -> NDArray[np.float64]:
    """(…, 3) sRGB 0..255 → (4, …, 3) CIE L*a*b*: for normal vision, then for each of `DEFICIENCIES`."""
    return np.stack([lab(colors), *(lab(simulate(colors, deficiency)) for deficiency in DEFICIENCIES)])


# -------------------------------------------------------------------------------------------------------- palettes

_FIRST_TWELVE = """
    red, blue, yellow, lime, magenta, cyan, dark orange, purple, green, hot pink, saddle brown, teal
"""
_SEPARATION = 100.0  # Euclidean distance in RGB that the first twelve keep from what is to be avoided
_USUAL_BACKGROUNDS = ((0, 0, 0), (255, 255, 255))
_MOST_COLORS = 1000
_MOST_SAFE_COLORS = 24
_FEWEST_SAFE_COLORS = 8  # a seed draws from at least so many, so that it makes a difference for a single colour
_ROUNDS = 10  # of exchange; after 7 no palette became better
_RGB_SHARE = 0.32  # of an RGB distance that counts as ΔE, so that a palette's colours are 50 apart in a painting, too


def distinct_colors(n: int, *, avoid: Iterable[Sequence[int]] = (), seed: int | None = None) -> list[Color]:
    """`n` colours far from each other in RGB, from `avoid`, and from black and white, which backgrounds often have.

    Without a `seed` the order is fixed: twelve saturated colours with a plain name, then the farthest remaining ones.
    With a `seed` it is a random legend that is the same for the same seed. Raises InputError unless 0 ≤ n ≤ 1000.
    """
    if not 0 <= n <= _MOST_COLORS:
        raise InputError(f"From 0 to {_MOST_COLORS} distinct colours can be chosen, not {n}.")
    avoided = [*_USUAL_BACKGROUNDS, *(tuple(color) for color in avoid)]
    chosen: list[Color] = []
    if seed is None:
        first = [COLOR_NAMES[name.strip()] for name in _FIRST_TWELVE.split(",")]
        far = [color for color in first if _nearest_in_rgb(color, avoided) >= _SEPARATION]
        chosen = far[:n]

    # Farthest-point choice from a grid of the RGB cube, which is fine enough to leave some choice at the end.
    grid = _rgb_grid(next(count for count in range(5, 64) if count**3 >= 2 * (n + len(avoided))))
    rng = None if seed is None else np.random.default_rng(seed)
    taken = np.array([*avoided, *chosen])
    nearest = np.full(len(grid), np.inf)
    for color in taken:
        nearest = np.minimum(nearest, np.linalg.norm(grid - color, axis=1))
    while len(chosen) < n:
        # A random legend takes any of the far colours, so that no colour belongs to the first name for ever.
        pick = int(nearest.argmax()) if rng is None else int(rng.choice(np.flatnonzero(nearest >= 0.7 * nearest.max())))
        chosen.append(Color(*(int(channel) for channel in grid[pick])))
        nearest = np.minimum(nearest, np.linalg.norm(grid - grid[pick], axis=1))
    return chosen


def colorblind_safe_colors(n: int, *, avoid: Iterable[Sequence[int]] = (), seed: int | None = None) -> list[Color]:
    """`n` colours that differ for normal vision and for each of `DEFICIENCIES`, also from `avoid`, black and white.

    The smallest ΔE (CIE76) between any two in any of the four kinds of vision, where only black and white are avoided:

        n     2   4   6   8  12  16  20  24
        ΔE   59  40  36  31  25  20  18  15

    That is by the model of `simulate`; by Machado, Oliveira and Fernandes (IEEE TVCG 2009) no pair is below 9. In RGB
    all are at least 50 apart. The colours depend on `avoid` alone; a `seed` changes their order, and which of the best
    eight a shorter list has. Raises InputError unless 0 ≤ n ≤ 24.
    """
    if not 0 <= n <= _MOST_SAFE_COLORS:
        raise InputError(f"From 0 to {_MOST_SAFE_COLORS} colours can be safe for colour-blind people, not {n}.")
    count = n if seed is None else max(n, _FEWEST_SAFE_COLORS)
    colors = _safe_palette(count, tuple(tuple(color) for color in (*_USUAL_BACKGROUNDS, *avoid)))
    order = range(n) if seed is None else np.random.default_rng(seed).permutation(count)[:n]
    return [colors[index] for index in order]


PALETTES: dict[Palette, Callable[..., list[Color]]] = {
    "distinct": distinct_colors,
    "colorblind-safe": colorblind_safe_colors,
}
"""Ways to choose colours; each takes (n, *, avoid, seed)."""


@lru_cache(maxsize=64)
def _safe_palette(count: int, avoid: tuple[tuple[int, ...], ...]) -> tuple[Color, ...]:
    """Farthest-point choice; then each colour in turn moves to where it is farthest from all others."""
    grid = _rgb_grid(16)
    looks = _looks(grid)

    def gaps(colors: ArrayLike) -> NDArray[np.float64]:
        """From each grid colour to the nearest of `colors`, for the vision that tells them worst."""
        differences = looks[:, :, None] - _looks(colors)[:, None]
        return np.linalg.norm(differences, axis=-1).min(axis=(0, 2))

    margins = np.full((count + 1, len(grid)), np.inf)
    margins[-1] = gaps(avoid)
    chosen = [-1] * count
    for _ in range(_ROUNDS):
        before = list(chosen)
        for index in range(count):
            chosen[index] = int(np.delete(margins, index, axis=0).min(axis=0).argmax())
            margins[index] = gaps(grid[[chosen[index]]])
        if chosen == before:
            break
    return tuple(Color(*grid[index]) for index in chosen)


def _looks(colors: ArrayLike) -> NDArray[np.float64]:
    """(n, 3) sRGB 0..255 → (5, n, 3): `appearances` and, in the same measure, the RGB that a decoder sees."""
    return np.stack([*appearances(colors), _RGB_SHARE * np.asarray(colors)])


def _rgb_grid(levels: int) -> NDArray[np.int_]:
    """(levels³, 3) colours, evenly spread over the RGB cube."""
    steps = np.rint(np.linspace(0, 255, levels)).astype(int)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)


def _nearest_in_rgb(color: Sequence[int], others: Iterable[Sequence[int]]) -> float:
    return min(float(np.linalg.norm(np.subtract(color, other))) for other in others)
