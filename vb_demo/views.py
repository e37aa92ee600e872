"""Pictures for people: what the answers look like. Nothing here is meant to be read back; save as PNG all the same.

Every picture has the photo's size, so that a place in one is the same place in all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.cloud import (
    RELIABILITY_RAMP,
    class_colors,
    depth_colors,
    depth_range,
    named_classes,
    normal_colors,
    ramp_colors,
)
from vb_demo.images import Photo
from vb_demo.objects import MIN_PART

PIN_COLOR = "#d81b60"


def depth_preview(depth: DepthMap | RelativeDepthMap, *, scale: bool = True) -> Image.Image:
    """Depth in colours: near red, far blue, sky light, no answer grey.

    Args:
        scale: draw a bar in the lower left corner that says what red and blue stand for.
    """
    if isinstance(depth, RelativeDepthMap):
        image = Image.fromarray(ramp_colors(depth.nearness, "turbo"))
        ends = ("near", "far")
    else:
        image = Image.fromarray(depth_colors(depth.meters))
        near_far = depth_range(depth.meters)
        if near_far is None:
            return image
        ends = (meters_text(near_far[0]), meters_text(near_far[1]))
    return _with_scale(image, ends) if scale else image


def normals_preview(normals: NormalMap) -> Image.Image:
    """Directions in colours: red = right, green = up, blue = towards the viewer, no answer grey."""
    return Image.fromarray(normal_colors(normals.vectors))


def reliability_map(answer: Answer) -> Image.Image:
    """Reliability in colours: dark violet = 0, yellow = 1."""
    return Image.fromarray(ramp_colors(answer.reliability, RELIABILITY_RAMP))


def overlay(
    photo: Photo,
    classes: SegmentMap | InstanceMap,
    *,
    alpha: float = 0.5,
    outlines: bool = True,
    labels: bool = True,
) -> Image.Image:
    """The photo with each class tinted in its colour, outlined, and named in the middle of its largest open part.

    Specks, see `objects.MIN_PART`, and soft edges, see `SegmentMap.blends`, get no name.

    Args:
        alpha: 0 = photo only, 1 = colours only. The background is never tinted.
    """
    colors = Image.fromarray(class_colors(classes, photo.pixels))
    image = Image.blend(photo.pil, colors, alpha)
    if outlines:
        border = _borders(classes.labels, max(1, round(max(photo.size) / 600)))
        image.paste(colors, mask=Image.fromarray(border))
    if labels:
        draw = ImageDraw.Draw(image)
        step = max(1, max(photo.size) // 400)  # fine enough to place a name
        edges = classes.blends if isinstance(classes, SegmentMap) else ()
        for label, (name, color) in enumerate(named_classes(classes), start=1):
            mask = classes.labels[::step, ::step] == label
            if label not in edges and mask.any() and mask.mean() >= MIN_PART:
                x, y = (step * place for place in middle(mask))
                _tag(draw, (x, y), name, _font(image), fill=color, ink="white" if color.is_dark else "black")
    return image


def draw_pins(
    image: Image.Image, pins: Sequence[tuple[float, float]], lines: Sequence[tuple[int, int, str]] = ()
) -> Image.Image:
    """A copy of the picture with numbered pins at (x, y), and lines between two of them with their length.

    Args:
        lines: (from, to, text), the pins counted from 0: `(0, 1, "2.41 m")`.
    """
    image = image.convert("RGB")
    draw = ImageDraw.Draw(image)
    font = _font(image)
    radius = round(font.size * 0.8)
    for start, end, _ in lines:
        for ink, width in (("black", 5), ("white", 3)):
            draw.line([pins[start], pins[end]], fill=ink, width=width * max(1, round(font.size / 24)))
    for x, y in pins:
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill="white", outline="black")
    for number, (x, y) in enumerate(pins, start=1):
        # The disc stands beside the point that it marks, on whichever side there is room.
        side = 1 if x + 3 * radius < image.width else -1
        lift = -1 if y > 3 * radius else 1
        centre = (x + side * radius, y + lift * radius)
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        draw.ellipse(box, fill=PIN_COLOR, outline="white", width=max(2, radius // 8))
        draw.text(centre, str(number), fill="white", font=font, anchor="mm")
    for start, end, text in lines:
        middle = ((pins[start][0] + pins[end][0]) / 2, (pins[start][1] + pins[end][1]) / 2)
        _tag(draw, middle, text, font, fill="black", ink="white")
    return image


def meters_text(meters: float) -> str:
    """A length for a label: "0.85 m", "12.3 m", "140 m"."""
    decimals = 2 if meters < 10 else 1 if meters < 100 else 0
    return f"{meters:.{decimals}f} m"


# --- pieces ---------------------------------------------------------------------------------------------------------


def _font(image: Image.Image) -> ImageFont.FreeTypeFont:
    """Pillow's own font at a size that can be read when the picture is shown about 900 pixels wide."""
    font = ImageFont.load_default(max(10, round(max(image.size) / 45)))
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _tag(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont,
    fill: str | tuple[int, int, int],
    ink: str,
) -> None:
    """Text on a rounded plate, centred at a place but kept inside the picture."""
    width, height = draw.im.size
    pad = font.size * 0.3
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    half = ((right - left) / 2 + pad, (bottom - top) / 2 + pad)
    x = min(max(place[0], half[0]), max(width - half[0], half[0]))
    y = min(max(place[1], half[1]), max(height - half[1], half[1]))
    plate = (x - half[0], y - half[1], x + half[0], y + half[1])
    draw.rounded_rectangle(plate, radius=pad, fill=fill, outline=ink)
    draw.text((x - (left + right) / 2, y - (top + bottom) / 2), text, fill=ink, font=font)


def _with_scale(image: Image.Image, ends: tuple[str, str]) -> Image.Image:
    """Draw a bar from near to far in the lower left corner, its ends named; left out where there is no room."""
    font = _font(image)
    draw = ImageDraw.Draw(image)
    size = round(font.size)
    gap, bar = size // 2, (size * 6, size // 2)
    text_width = max(draw.textlength(text, font=font) for text in ends)
    width, height = round(bar[0] + 2 * text_width + 4 * gap), size + 2 * gap
    if width + 2 * gap > image.width or height + 2 * gap > image.height:
        return image
    left, top = gap, image.height - height - gap
    draw.rounded_rectangle((left, top, left + width, top + height), radius=gap, fill=(20, 20, 20))
    ramp = ramp_colors(np.tile(np.linspace(1, 0, bar[0]), (bar[1], 1)), "turbo")
    middle = top + height // 2
    start = round(left + 2 * gap + text_width)
    image.paste(Image.fromarray(ramp), (start, middle - bar[1] // 2))
    draw.text((start - gap, middle), ends[0], fill="white", font=font, anchor="rm")
    draw.text((start + bar[0] + gap, middle), ends[1], fill="white", font=font, anchor="lm")
    return image


def _borders(labels: NDArray[np.integer], width: int) -> NDArray[np.bool_]:
    """(H, W): pixels within `width` of one with another label."""
    from scipy import ndimage

    size = 2 * width + 1
    return ndimage.maximum_filter(labels, size) != ndimage.minimum_filter(labels, size)


def middle(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """The pixel (x, y) of a mask that is farthest from its outside."""
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(x), int(y)
