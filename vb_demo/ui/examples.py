"""The photos that ship with the program, each with words that suit it. Credits: assets/CREDITS.md."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "assets" / "examples"


class Example(NamedTuple):
    file: str
    title: str
    words: str
    """A legend to start from."""
    kind: str
    """One kind of thing in it, of which there may be several."""
    credit: str

    @property
    def path(self) -> Path:
        return FOLDER / self.file


EXAMPLES = (
    Example(
        "room.jpg",
        "Room",
        "The floor is #e0a030. The table is teal. The bean bag is orange. The drum is violet. The background is black.",
        "bottle",
        "Jakub Mede, CC BY 4.0",
    ),
    Example(
        "street.jpg",
        "Street",
        "Paint the road grey, the buildings orange, the sky light blue and the background black.",
        "building",
        "OpenCV, Apache-2.0",
    ),
    Example(
        "table.jpg",
        "Table",
        '{"cup": "white", "coffee": "#804000", "saucer": "red", "spoon": "cyan", "background": "black"}',
        "cup",
        "Rachel Michetti, CC0",
    ),
    Example(
        "person.jpg",
        "Person",
        "The person is orange. The helmet is cyan. The flag is red. The background is black.",
        "person",
        "NASA, public domain",
    ),
    Example(
        "tiger.jpg",
        "Tiger",
        "The tiger is orange. The snow is #a0d8ff. The background is black.",
        "tiger",
        "Pexels, CC0",
    ),
    Example(
        "dogs.jpg",
        "Dogs",
        "The dogs are orange, the wall is grey, the window is blue and the background is black.",
        "dog",
        "Aitzol Berasategi, CC BY 4.0",
    ),
    Example(
        "cat.jpg",
        "Cat",
        "Paint the cat's ears orange, the rest of the cat yellow, and the background purple.",
        "eye",
        "Stefan van der Walt, CC0",
    ),
    Example(
        "temple.jpg",
        "Temple",
        "The temple is red. The trees are green. The water is blue. The sky is light blue. The background is black.",
        "tree",
        "danielbuechele, CC BY 2.0",
    ),
)
