"""Small pieces of HTML that several panels use. Whatever a person typed is escaped here."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Sequence
from html import escape

from PIL import Image

from vb_demo.colors import Color
from vb_demo.layers import Key
from vb_demo.ui.session import SCREEN_SIDE


def hint(text: str) -> str:
    """A quiet line of plain text."""
    return f'<p class="vb-hint">{escape(text)}</p>'


def listed(words: Sequence[str]) -> str:
    """For people: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def swatch(color: Color, name: str, note: str = "") -> str:
    """A colour with what it stands for, its hex code, and a remark."""
    remark = f" <small>{escape(note)}</small>" if note else ""
    return (
        f'<span class="vb-swatch"><i style="background:{color.hex}"></i>'
        f"<b>{escape(name)}</b> <code>{color.hex}</code>{remark}</span>"
    )


def painted(color: Color, title: str = "") -> str:
    """A colour as it was painted, with its hex code."""
    return (
        f'<span class="vb-swatch" title="{escape(title)}"><i style="background:{color.hex}"></i>'
        f"<code>{color.hex}</code></span>"
    )


def color_key(key: Key | None, title: str = "") -> str:
    """What the colours of a layer stand for; empty where there is nothing to say."""
    if key is None:
        return ""
    name = f"<b>{escape(title)}</b> " if title else ""
    bar = f'<i style="background:linear-gradient(90deg, {", ".join(color.hex for color in key.colors)})"></i>'
    ticks = "".join(f"<span>{escape(tick)}</span>" for tick in key.ticks)
    ramp = f"{bar}<div>{ticks}</div>" if key.colors else ""
    return f'<div class="vb-key">{ramp}<p>{name}{escape(key.note)}</p></div>'


def data_address(picture: Image.Image, *, lossless: bool = True, side: int = SCREEN_SIDE) -> str:
    """A picture as an address for `<img src>`, at most `side` pixels wide and high; `lossless` as for `packed`."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.NEAREST if lossless else Image.Resampling.LANCZOS)
    kind, data = packed(small, lossless=lossless)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def packed(picture: Image.Image, *, lossless: bool = True) -> tuple[str, bytes]:
    """A picture as a file: "png" or "jpeg", and the bytes.

    Args:
        lossless: PNG; else a JPEG, for pictures from whose colours nobody reads values. Its colours are as sharp as its
            brightness, as colours mean something here.
    """
    # Run lengths alone take a quarter of the time of Pillow's own choice, for a file that is at most a tenth larger.
    quick = {"compress_level": 1, "compress_type": zlib.Z_RLE}
    kind, options = ("png", quick) if lossless else ("jpeg", {"quality": 90, "subsampling": "4:4:4"})
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return kind, file.getvalue()


def remaining(seconds: float | None) -> str:
    """How long a wait is still about, to be put after other facts; "" where it is short or not known."""
    if seconds is None or seconds < 1:
        return ""
    return f" · about {seconds / 60:.0f} min left" if seconds >= 90 else f" · about {seconds:.0f} s left"
