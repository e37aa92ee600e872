"""Has the generator that ships paint depth, normals and a legend for 24 photos, and writes the page docs/gallery.md.

make gallery
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import vb_demo as vb
from vb_demo import views
from vb_demo.generators import Generator

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "gallery"
PAGE = ROOT / "docs" / "gallery.md"
GENERATOR = "plantain"
SEED, STEPS = 0, 1
MAX_BYTES = 300_000
"""Of a sheet."""
QUALITIES = (88, 84, 80, 75, 70, 65, 60, 50)


class Picture(NamedTuple):
    file: str
    """Relative to the repository. Who took it: assets/CREDITS.md."""
    title: str
    words: str
    """The legend that is asked for; some name things that are not there."""

    @property
    def path(self) -> Path:
        return ROOT / self.file


class Sheet(NamedTuple):
    title: str
    look: str
    """Two sentences on what to look at. They hold whatever is painted."""
    pictures: tuple[Picture, ...]


def ours(name: str, title: str, words: str) -> Picture:
    return Picture(f"docs/gallery/photos/{name}.jpg", title, words)


def example(name: str, title: str, words: str) -> Picture:
    return Picture(f"assets/examples/{name}.jpg", title, words)


SHEETS = (
    Sheet(
        "Rooms, tables and food",
        "The panorama of the hotel room goes all the way round, so its left and its right edge show the same place and"
        " ought to be equally far away. There is no fireplace in that room, no kettle beside the pan and no fork beside"
        " the pancakes: their share of the pixels, in the captions, ought to be 0 %.",
        (
            example(
                "room",
                "Living room",
                "The floor is #e0a030, the table is teal, the drum is violet, the bean bag is orange, the bottle is"
                " green; everything else is black.",
            ),
            ours(
                "hotel",
                "Hotel room, panorama",
                '{"bed": "#ff4060", "window": "cyan", "chair": "yellow", "desk": "#8040ff", "floor": "#a08060",'
                ' "wall": "lightgrey", "fireplace": "lime"}',
            ),
            ours(
                "desk",
                "Behind a chessboard",
                "Paint the person orange, the chessboard red, the monitor blue and the keyboard green."
                " Leave the background black.",
            ),
            ours("pan", "Kitchen", "pan #ff8000, tiles #4060ff, counter #909090, kettle #ff00ff"),
            example(
                "table",
                "Coffee",
                "The cup is white, the coffee is rgb(128, 64, 0), the saucer is red, the spoon is cyan and the table is"
                " rgb(60, 90, 160).",
            ),
            ours(
                "pancakes",
                "Pancakes",
                "Please make the pancakes gold, the plate sky blue, the fork red and everything else dark grey.",
            ),
        ),
    ),
    Sheet(
        "Streets, buildings and a car",
        "The sky has no distance and no direction: in a painting of depth it ought to have the colour for what is"
        " farthest away, white. No car stands in the old street, so its share in the caption ought to be 0 %, and the"
        " boats on the lake behind the temple are dots.",
        (
            example("street", "Old street", "road: #808080, buildings: #ff9000, sky: #60b0ff, car: #ff0060"),
            ours(
                "building",
                "Office block",
                "Paint the building yellow, the lawn lime, the trees dark green, the sky light blue.",
            ),
            ours(
                "palace",
                "Palace by night",
                '{"palace": "#ffc000", "sky": "#202080", "square": "#808080", "flag": "#ff00ff"}',
            ),
            ours(
                "tower",
                "Leaning tower",
                "the tower red, the sky #80c0ff, the lawn lime, the people magenta, the pavement grey",
            ),
            example(
                "temple",
                "Temple above a lake",
                "temple in red, trees in green, water in blue, sky in light blue, boats in yellow",
            ),
            ours(
                "car",
                "Car",
                "Colour the car's wheels magenta, the rest of the car yellow, the road grey and the trees green;"
                " the background is black.",
            ),
        ),
    ),
    Sheet(
        "People and animals",
        "Follow the outline of a head, an ear or an antler from the photo through the three paintings: it ought to be"
        " the same edge in all of them. No cat looks out of the dogs' window, so its share in the caption ought to be"
        " 0 %.",
        (
            example(
                "person",
                "Astronaut on Earth",
                "The person's face is #60ff60, the suit is orange, the flag is red, the helmet is cyan;"
                " the background is black.",
            ),
            ours("astronaut", "Astronaut on the Moon", "Paint the astronaut orange, the ground grey and the sky navy."),
            example("dogs", "Two dogs", '{"dogs": "orange", "window": "blue", "wall": "#00a0a0", "cat": "magenta"}'),
            example(
                "cat", "Cat", "Paint the cat's ears orange, the rest of the cat yellow, and the background purple."
            ),
            example(
                "tiger",
                "Tiger",
                "The tiger is rgb(255, 128, 0), the snow is rgb(160, 216, 255) and the trees are rgb(0, 96, 0).",
            ),
            ours("moose", "Moose", "antlers #ffd000; moose #b04000; grass #60c060; trees #106010"),
        ),
    ),
    Sheet(
        "Far away and close by",
        "From the bowl to the mountains the true distances go from less than a metre to kilometres; the captions give"
        " those that were painted. No bridge crosses the stream and no bee sits on the dandelions: their share ought to"
        " be 0 %.",
        (
            ours(
                "mountains",
                "Mountains",
                "The sky is light blue, the clouds are white, the rocks are grey, the meadow is green, the path is"
                " orange and the snow is cyan.",
            ),
            ours(
                "stream",
                "Stream, upright like from a phone",
                "water = rgb(0, 128, 255); rocks = rgb(160, 160, 160); trees = rgb(0, 120, 0); bridge = rgb(255, 0, 0)",
            ),
            ours("rocket", "Rocket at dusk", "Make the rocket red, the towers yellow, the lamps white, the sky navy."),
            ours(
                "dandelions",
                "Dandelions",
                "The dandelions are white, the grass is green, the sky is orange, the bee is magenta.",
            ),
            ours("books", "Two books", "books #ffe0a0, flowers #a040ff, stone #808080, background black"),
            ours("fig", "Fig in a bowl", "The bowl is #ff4000. The fig is #c000a0. The shadow is #404040."),
        ),
    ),
)


# --- sheets ---------------------------------------------------------------------------------------------------------

CELL = (330, 248)
GAP = 10
LINE = 22
COLUMNS = ("photo", "depth", "normals", "legend, laid over the photo")
TEXT = 15
PAPER, INK, FAINT, EDGE = "white", "#202020", "#606060", "#b0b0b0"


class Row(NamedTuple):
    panels: list[Image.Image]
    title: str
    shares: list[tuple[str, vb.Color, float]]
    """Name, colour and share of the photo."""


def paint(picture: Picture, generator: Generator) -> Row:
    photo = vb.open_photo(picture.path)
    depth, normals, parts = (
        vb.ask(photo, task, generator=generator, seed=SEED, steps=STEPS) for task in ("depth", "normals", picture.words)
    )
    assert isinstance(depth, vb.DepthMap)
    assert isinstance(parts, vb.SegmentMap)
    painted = [Image.fromarray(answer.painting) for answer in (depth, normals)]
    overlay = views.overlay(photo, parts, alpha=0.7, labels=False)
    shares = [
        (entry.name, entry.color, float((parts.labels == label).mean()))
        for label, entry in enumerate(parts.legend.entries, start=1)
    ]
    panels = [fitted(panel, photo.size) for panel in (photo.pil, *painted, overlay)]
    return Row(panels, f"{picture.title} · {distances(depth)}", shares)


def distances(depth: vb.DepthMap) -> str:
    """Between which painted distances nine tenths of the photo lie, sky left out."""
    meters = depth.meters[np.isfinite(depth.meters)]
    if not meters.size:
        return "no distances"
    near, far = np.quantile(meters, (0.05, 0.95))
    return f"{views.meters_text(float(near))} to {views.meters_text(float(far))}"


def fitted(panel: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture at the photo's proportions, as large as a cell allows."""
    scale = min(CELL[0] / size[0], CELL[1] / size[1])
    return panel.resize((round(size[0] * scale), round(size[1] * scale)), Image.Resampling.LANCZOS)


def sheet_of(rows: Sequence[Row]) -> Image.Image:
    heights = [row.panels[0].height + 2 * LINE + GAP for row in rows]
    width = len(COLUMNS) * (CELL[0] + GAP) + GAP
    sheet = Image.new("RGB", (width, LINE + 2 * GAP + sum(heights)), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(TEXT)
    for column, title in enumerate(COLUMNS):
        place = (GAP + column * (CELL[0] + GAP) + CELL[0] / 2, GAP + LINE / 2)
        draw.text(place, title, fill=FAINT, font=font, anchor="mm")
    top = LINE + 2 * GAP
    for row, height in zip(rows, heights, strict=True):
        for column, panel in enumerate(row.panels):
            left = GAP + column * (CELL[0] + GAP) + (CELL[0] - panel.width) // 2
            sheet.paste(panel, (left, top))
            draw.rectangle((left - 1, top - 1, left + panel.width, top + panel.height), outline=EDGE)
        caption(draw, row, top + row.panels[0].height + LINE // 2, width)
        top += height
    return sheet


def caption(draw: ImageDraw.ImageDraw, row: Row, middle: float, width: int) -> None:
    """The title and the distances on the left, the legend with its shares to the right of them."""
    font = ImageFont.load_default(TEXT)
    draw.text((GAP, middle), row.title, fill=INK, font=font, anchor="lm")
    words = [f"{name} {percent(share)}" for name, _, share in row.shares]
    box, space = TEXT - 3, TEXT
    needed = sum(box + 5 + draw.textlength(text, font=font) + space for text in words) - space
    x = max(width - GAP - needed, GAP + draw.textlength(row.title, font=font) + 2 * space)
    for text, (_, color, _) in zip(words, row.shares, strict=True):
        draw.rectangle((x, middle - box / 2, x + box, middle + box / 2), fill=color, outline=INK)
        x += box + 5
        draw.text((x, middle), text, fill=INK, font=font, anchor="lm")
        x += draw.textlength(text, font=font) + space


def percent(share: float) -> str:
    return "0 %" if share == 0 else "< 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


def save(sheet: Image.Image, file: Path) -> None:
    """Write a JPEG of at most `MAX_BYTES`.

    Raises:
        ValueError: that cannot be.
    """
    for quality in QUALITIES:
        sheet.save(file, quality=quality, optimize=True, subsampling=0)
        if file.stat().st_size <= MAX_BYTES:
            return
    raise ValueError(f"{file} has {file.stat().st_size:,} bytes; {MAX_BYTES:,} are allowed.")


# --- page -----------------------------------------------------------------------------------------------------------

HEAD = f"""# Gallery

What [plantain](../assets/plantain/README.md) paints about 24 photos. `make gallery` makes this page and its sheets
anew, from real runs with the weights that ship: seed {SEED}, one step, one painting each. All rows are shown as they
came out, good and bad alike.

A row shows the photo, what was painted of its depth and of its normals, and the legend that was painted for the words
in the table. Depth goes from near to far over black, red, yellow, green, cyan, blue and violet to white. Normals: red
= right, green = up, blue = towards the viewer. The legend is laid over the photo in its own colours; where the
background or nothing of the legend was painted, the photo shows alone. A caption gives the distances between which
nine tenths of the photo were painted, sky left out, and each name's share of the pixels.

The photos are by others, who let everybody use them: [credits](../assets/CREDITS.md).
"""


def sheet_file(number: int) -> Path:
    return FOLDER / f"sheet_{number}.jpg"


def page() -> str:
    parts = [HEAD]
    for number, sheet in enumerate(SHEETS, start=1):
        rows = "\n".join(
            f"| [{picture.title}]({relative(picture.path)}) | `{picture.words}` |" for picture in sheet.pictures
        )
        parts.append(
            f"## {sheet.title}\n\n{sheet.look}\n\n"
            f"![Six rows: {', '.join(picture.title for picture in sheet.pictures)}]({relative(sheet_file(number))})\n\n"
            f"| photo | words |\n|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def relative(file: Path) -> str:
    """A file as the page links to it."""
    return os.path.relpath(file, PAGE.parent).replace(os.sep, "/")


def main() -> None:
    started = time.perf_counter()
    generator = vb.load_generator(GENERATOR)
    for number, sheet in enumerate(SHEETS, start=1):
        file = sheet_file(number)
        save(sheet_of([paint(picture, generator) for picture in sheet.pictures]), file)
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes", flush=True)
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {time.perf_counter() - started:.0f} s in all", flush=True)


if __name__ == "__main__":
    main()
