"""How plantain is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vb_demo.colors import Color
from vb_demo.generators.base import PAPER_DIALECT, Dialect
from vb_demo.prompts import Legend
from vb_demo.tasks import Wording

PLACES: dict[str, tuple[int, int, int]] = {
    "upper left": (255, 0, 0),
    "upper right": (0, 255, 0),
    "lower left": (0, 0, 255),
    "lower right": (255, 255, 255),
}
"""For things of one kind: each gets one colour, mixed from these four by where its middle lies between the corners of
the picture. No two middles share a colour, and each two of the four, and of them and black, lie far apart."""

INSTANCES = "Generate an instance segmentation visualization of this image. {colors} The background is {background}."


def instance_prompt(kind: str, colors: Sequence[str], background: str) -> str:
    """Ask for the things of one kind, by the colours of the four `PLACES`."""
    told = (f"The {place} {kind} is {color}." for place, color in zip(PLACES, colors, strict=True))
    return INSTANCES.format(colors=" ".join(told), background=background)


def asks_for_instances(legend: Legend) -> bool:
    """Whether the entries are one kind of thing at each of the four `PLACES`, in their order."""
    kinds = [name.removeprefix(f"{place} ") for place, name in zip(PLACES, legend.names[1:], strict=False)]
    return legend.names[1:] == [f"{place} {kinds[0]}" for place in PLACES] if kinds else False


DIALECT: Dialect = {
    **PAPER_DIALECT,
    # The mean over 47 photos with measured depth, none of them trained on, told the camera: see the model card.
    "depth": replace(PAPER_DIALECT["depth"], abs_rel=0.43),
    # It paints only colours that the words name, so these name four, of which every thing gets a mixture of its own.
    "instances": Wording(instance_prompt("{of}", [Color(*rgb).hex for rgb in PLACES.values()], "black"), "five-step"),
}
