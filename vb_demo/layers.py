"""What there is to look at in a scene: layers, each a colour for every pixel, and what these colours stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vb_demo.agreement import Agreement, normal_agreement
from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.cloud import RELIABILITY_RAMP, class_colors, depth_colors, depth_range, normal_colors, ramp_colors
from vb_demo.colors import Color
from vb_demo.flow import on_grid
from vb_demo.images import Photo
from vb_demo.scene import Scene
from vb_demo.views import meters_text, overlay

PHOTO = "Photo"
DOUBT_RAMP = "magma"
"""Dark where signals agree, bright where they do not."""
WORST_DEGREES, WORST_SHARE = 60, 0.2
"""Angle, and share of the depth, at the bright end of that ramp."""
TICKS = 5
"""Numbers along a ramp."""


@dataclass(frozen=True)
class Key:
    """What colours stand for."""

    colors: tuple[Color, ...] = ()
    """Evenly spaced along a ramp, as are the ticks; () = the note says it all."""
    ticks: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Layer:
    """Made only when it is called for."""

    colors: Callable[[], NDArray[np.uint8]]
    """(h, w, 3) sRGB; of the photo's size but for paintings."""
    made_of: object
    """As long as that is the same object, the layer looks the same, whatever else changes in the scene."""
    key: Callable[[], Key | None] = lambda: None
    drawn: Callable[[], Image.Image] | None = None
    """The same with names drawn on it, where there are any."""
    exact: bool = False
    """Whether values are read from its colours; else it may be packed with losses."""

    @property
    def picture(self) -> Image.Image:
        """For people."""
        return self.drawn() if self.drawn else Image.fromarray(self.colors())


def layers(scene: Scene) -> dict[str, Layer]:
    """By name, such as "Depth: reliability"; the photo first."""
    found = {PHOTO: Layer(lambda: scene.photo.pixels, scene.photo.pixels)}
    for name, answer in scene.answers.items():
        found |= {f"{name.capitalize()}: {kind}": layer for kind, layer in layers_of(answer, scene.photo).items()}
    if isinstance(scene.depth, DepthMap) and scene.normals is not None:
        found["Agreement"] = Layer(lambda: agreement_colors(normal_agreement(scene)), scene, agreement_key)
    return found


def decoded_names(scene: Scene) -> list[str]:
    """Of `layers`, those that show what was decoded, one for each answer."""
    return [name for name in layers(scene) if name.endswith((": decoded", ": overlay"))]


def layers_of(answer: Answer, photo: Photo) -> dict[str, Layer]:
    """Those of one answer: "painting", "decoded" or "overlay", "reliability" and, of several paintings, "votes"."""
    found = {"painting": Layer(lambda: answer.painting, answer.painting, exact=True)}
    match answer:
        case DepthMap():
            found["decoded"] = Layer(lambda: depth_colors(answer.meters), answer.meters, partial(depth_key, answer))
        case RelativeDepthMap():
            nearness = _ramp_key("turbo", ("nearness 1", "0.5", "0"), "grey = no answer", (1, 0))
            found["decoded"] = Layer(lambda: ramp_colors(answer.nearness, "turbo"), answer.nearness, lambda: nearness)
        case NormalMap():
            axes = Key(note="red = right, green = up, blue = towards the camera, grey = no answer")
            found["decoded"] = Layer(lambda: normal_colors(answer.vectors), answer.vectors, lambda: axes)
        case SegmentMap() | InstanceMap():
            tinted = partial(class_colors, answer, photo.pixels)
            found["overlay"] = Layer(tinted, answer, drawn=lambda: overlay(photo, answer))
    reliable = partial(ramp_colors, answer.reliability, RELIABILITY_RAMP)
    found["reliability"] = Layer(reliable, answer.reliability, reliability_key)
    if isinstance(answer, DepthMap | NormalMap) and (spread := answer.spread) is not None:
        relative = isinstance(answer, DepthMap)
        scale = WORST_SHARE * answer.meters if isinstance(answer, DepthMap) else WORST_DEGREES
        found["votes"] = Layer(
            lambda: ramp_colors(_ratio(spread, scale), DOUBT_RAMP), answer, partial(votes_key, relative)
        )
    return found


def colors_on(photo: Photo, layer: Layer) -> NDArray[np.uint8]:
    """(H, W, 3): a layer's colours on the photo's grid."""
    return on_grid(layer.colors(), photo.size)


def agreement_colors(found: Agreement) -> NDArray[np.uint8]:
    """The angle between painted normals and those of the painted depth (H, W, 3)."""
    return ramp_colors(found.degrees / WORST_DEGREES, DOUBT_RAMP)


# --- keys -----------------------------------------------------------------------------------------------------------


def depth_key(depth: DepthMap) -> Key | None:
    """As `depth_colors`: even in 1/metres. `None` where there are no metres."""
    near_far = depth_range(depth.meters)
    if near_far is None:
        return None
    near, far = near_far
    meters = 1 / np.linspace(1 / near, 1 / far, TICKS)
    ticks = tuple(meters_text(each) for each in meters.tolist())
    return _ramp_key("turbo", ticks, "along the camera’s axis; sky light, no answer grey", (1, 0))


def reliability_key() -> Key:
    return _ramp_key(RELIABILITY_RAMP, _percents(1.0), "reliable, judged by the painting alone")


def agreement_key() -> Key:
    return _ramp_key(
        DOUBT_RAMP, _degrees(), "dark = agree, bright = contradict, grey = nothing to compare (sky, edges)"
    )


def votes_key(relative: bool) -> Key:
    """Args: relative: in per cent of the depth, else in degrees."""
    ticks = _percents(WORST_SHARE, "+") if relative else _degrees()
    between = "of the depth between the paintings" if relative else "between the paintings"
    return _ramp_key(DOUBT_RAMP, ticks, f"{between}; grey = fewer than two say something")


def _ramp_key(ramp: str, ticks: tuple[str, ...], note: str, ends: tuple[float, float] = (0, 1)) -> Key:
    stops = ramp_colors(np.linspace(*ends, 9)[None], ramp)[0]
    return Key(tuple(Color(*stop) for stop in stops.tolist()), ticks, note)


def _percents(last: float, beyond: str = "") -> tuple[str, ...]:
    ticks = [f"{share:.0%}" for share in np.linspace(0, last, TICKS)]
    return (*ticks[:-1], ticks[-1] + beyond)


def _degrees() -> tuple[str, ...]:
    ticks = [f"{degrees:.0f}°" for degrees in np.linspace(0, WORST_DEGREES, TICKS)]
    return (*ticks[:-1], f"{ticks[-1]}+")


def _ratio(spread: NDArray[np.float32], scale: NDArray[np.float32] | float) -> NDArray[np.float32]:
    """Spread over scale; nan where either is unknown or infinite, as in the sky."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = spread / scale
    return np.where(np.isfinite(ratio) & np.isfinite(scale), ratio, np.float32(np.nan))
