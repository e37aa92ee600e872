"""What a painting says once it has been decoded: arrays with units, each with its per-pixel reliability.

Every answer lies on the photo's own grid. `painting` is the picture it was read from, at the size that the
generator painted, so that any number can be traced back to a colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.codecs.depth import Ramp, meters_per_level, values_per_level
from vb_demo.codecs.normals import Axes
from vb_demo.color_drift import Drift
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.geometry import focal_ratio
from vb_demo.prompts import Legend, field_of_view
from vb_demo.registration import Misalignment

CLEAR = 0.2
"""Reliability from which the colour of a pixel is that of its class; below it may as well be a blend of two others."""
CLEAR_SHARE = 0.1
"""Of the pixels of a class: where fewer are clear, it was not painted, see `SegmentMap.blends`."""
SAME_DEGREES = 0.01
"""Fields of view that differ by less are taken for the same; a photo at another size may round them."""
TOLD_DEGREES = 0.5
"""Words tell a field of view in whole degrees: one that differs by no more is the one that they mean."""


@dataclass(frozen=True)
class Provenance:
    """Where an answer came from."""

    generator: str = "unknown"
    """Catalog name, folder or hub id of the painter; "upload" for a picture that was painted elsewhere."""
    prompt: str = ""
    """The exact words that were sent."""
    seed: int | None = None
    steps: int | None = None
    seconds: float | None = None
    """Wall time of painting, without decoding."""
    encoding: str | None = None
    """How the colours were read, a key of `vb_demo.flow.READERS`."""
    misalignment: Misalignment | None = None
    """Where the painting lay on the photo, if that was looked at."""
    corrected: bool = False
    """Whether the painting was brought back from there."""
    abs_rel: float | None = None
    """For depth: by how much of themselves this generator's metres are usually off; `None` = never measured."""
    drift: Drift | None = None
    """How far the colours were from the legend's, if that was looked at."""
    min_percent: float = 0.0
    """Percent of the picture below which a name, or a thing, was ignored."""


@dataclass(frozen=True)
class Calibration:
    """The scale that a person gave to a depth, and how well the known lengths fit; see `vb_demo.calibration`."""

    scale: float
    """Relative depth: 1/metres per unit of nearness. Linear depth: metres per unit of nearness. Metric depth: metres
    per painted metre."""
    shift: float = 0.0
    """Relative depth: 1/metres where nearness is 0. Linear depth: metres where it is 1. Metric depth has none."""
    kind: Literal["relative", "linear", "metric"] = "relative"
    """The depth that it belongs to: depth = 1 / (scale · nearness + shift), depth = scale · (1 − nearness) + shift, or
    depth = scale · painted depth."""
    source: str = "a given scale"
    """Where the scale comes from: "3 known distances", "a known size", "the camera's height"."""
    fact: Literal["factor", "distances", "size", "camera height"] = "factor"
    """What the person knew. A length stays true under another camera, see `vb_demo.calibration.with_camera`; a factor
    that was given as such stays as it is."""
    points: tuple[tuple[float, float], ...] = ()
    """The pixels (x, y) that were used."""
    known_m: tuple[float, ...] = ()
    """The lengths in metres that the person gave."""
    residuals_m: tuple[float, ...] = ()
    """By how many metres the calibrated lengths exceed those, one each."""
    ground: tuple[str, ...] = ()
    """The classes that the camera's height is above; () = what faces up."""
    hfov_degrees: float | None = None
    """The field of view across the photo that the scale was fitted with; `None` = it depends on no camera."""

    def __post_init__(self) -> None:
        points, lengths = len(self.points), len(self.known_m)
        told = {"distances": points == lengths > 0, "size": (points, lengths) == (2, 1), "camera height": lengths == 1}
        if not told.get(self.fact, True):
            raise InputError(f"A scale from {self.fact} cannot have {points} points and {lengths} lengths.")

    def fits(self, hfov_degrees: float) -> bool:
        """Whether the scale is right for a camera with this field of view across the photo."""
        return self.hfov_degrees is None or abs(self.hfov_degrees - hfov_degrees) < SAME_DEGREES

    def describe(self) -> str:
        """For people: "Scale from a known size: painted metres × 0.62 with a field of view of 60°."."""
        if self.kind == "metric":
            rule = f"painted metres × {self.scale:.3g}"
        elif self.kind == "linear":
            rule = f"depth in metres = {self.scale:.3g} · (1 − nearness) + {self.shift:.3g}"
        else:
            rule = f"depth in metres = 1 / ({self.scale:.3g} · nearness + {self.shift:.3g})"
        misfit = f"; largest misfit {max(map(abs, self.residuals_m)):.2f} m" if self.residuals_m else ""
        camera = f" with a field of view of {self.hfov_degrees:.0f}°" if self.hfov_degrees is not None else ""
        return f"Scale from {self.source}: {rule}{camera}{misfit}."


@dataclass(frozen=True)
class DepthMap:
    """Metric depth."""

    meters: NDArray[np.float32]
    """(H, W) metres along the camera's z axis; `inf` = sky, `nan` = no answer."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: 1 = painted exactly on the colour walk."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted; of several votes: the combination, painted in the first one's encoding."""
    provenance: Provenance = field(default_factory=Provenance)
    ramp: Ramp = "cube"
    """The colours that the painting walks along."""
    votes: int = 1
    """How many paintings it was combined from."""
    spread: NDArray[np.float32] | None = None
    """(H, W) metres: robust standard deviation between the votes; `nan` = fewer than two depths there."""
    calibration: Calibration | None = None
    """The scale that a person gave."""
    uncalibrated: DepthMap | RelativeDepthMap | None = None
    """What was painted, where there is a calibration."""
    stretch: float = 1.0
    """What the decoded metres were multiplied by, see `for_camera`."""
    decoded: DepthMap | None = None
    """What was decoded, where `stretch` is not 1."""

    def for_camera(self, hfov_degrees: float) -> DepthMap:
        """The same painting seen by a camera with this field of view across the photo.

        A picture alone does not tell a near thing from a far one through a longer lens: depth is proportional to the
        focal length ("canonical camera", arXiv:2307.10984). So where the words told the painter a field of view, metres
        are stretched by f′/f. Where they did not, nobody knows what it took for granted, and metres stay. A scale that
        a person gave comes after the stretch.
        """
        if self.uncalibrated is not None:
            raw = self.uncalibrated
            seen = raw.for_camera(hfov_degrees) if isinstance(raw, DepthMap) else raw
            return self if seen is raw or self.calibration is None else seen.calibrated(self.calibration)
        told = self.told_degrees
        as_told = told is None or abs(told - hfov_degrees) <= TOLD_DEGREES
        stretch = 1.0 if told is None or as_told else focal_ratio(told, hfov_degrees)
        if math.isclose(stretch, self.stretch):
            return self
        decoded = self.decoded or self
        if as_told:
            return decoded
        factor = np.float32(stretch)
        spread = None if decoded.spread is None else factor * decoded.spread
        return replace(decoded, meters=factor * decoded.meters, spread=spread, stretch=stretch, decoded=decoded)

    @property
    def told_degrees(self) -> float | None:
        """The field of view that the words told the painter; `None` = they told none."""
        return field_of_view(self.provenance.prompt)

    @property
    def stretched(self) -> str:
        """For people: "rescaled × 0.83 from the 60° it was painted for"; "" where metres are as painted."""
        if self.decoded is None:
            return ""
        return f"rescaled × {self.stretch:.3g} from the {self.told_degrees:.0f}° it was painted for"

    def calibrated(self, calibration: Calibration) -> DepthMap:
        """The painted depth (without any earlier calibration) at the scale that a person gave.

        Raises:
            InputError: the calibration belongs to relative depth, but this was painted in metres, or the reverse.
        """
        if self.uncalibrated is not None:
            return self.uncalibrated.calibrated(calibration)
        _check_kind(calibration, "metric")
        scale = np.float32(calibration.scale)
        spread = None if self.spread is None else scale * self.spread
        return replace(self, meters=scale * self.meters, spread=spread, calibration=calibration, uncalibrated=self)

    def meters_per_level(self, meters: ArrayLike) -> NDArray[np.float64]:
        """What one 8-bit level of the painting is worth, in metres, at the given depths (any shape)."""
        depth = np.asarray(meters, np.float64)
        if self.calibration is None or self.calibration.kind == "metric":
            scale = self.stretch * (self.calibration.scale if self.calibration else 1.0)
            return scale * meters_per_level(depth / scale, ramp=self.ramp)
        scale, shift = self.calibration.scale, self.calibration.shift
        if self.calibration.kind == "linear":
            return scale * values_per_level(1 - (depth - shift) / scale, self.ramp)
        # depth = 1 / (scale · nearness + shift), so its slope over nearness is scale · depth².
        return scale * depth**2 * values_per_level((1 / depth - shift) / scale, self.ramp)


@dataclass(frozen=True)
class RelativeDepthMap:
    """Depth without a unit. It becomes metres only by a calibration that a person gives."""

    nearness: NDArray[np.float32]
    """(H, W) in [0, 1], affine in inverse depth or, if `linear`, in depth: 1 = nearest, 0 = farthest; `nan` = no
    answer."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted; of several votes as in `DepthMap`."""
    provenance: Provenance = field(default_factory=Provenance)
    ramp: Ramp = "grey"
    """The colours that the painting walks along, from nearness 0 to 1."""
    linear: bool = False
    """Nearness is affine in depth itself instead of inverse depth, as Marigold paints it."""
    votes: int = 1
    """How many paintings it was combined from, each brought to the first one's scale."""
    spread: NDArray[np.float32] | None = None
    """(H, W) in units of nearness, as in `DepthMap`."""

    @property
    def kind(self) -> Literal["relative", "linear"]:
        """As in `Calibration`."""
        return "linear" if self.linear else "relative"

    def calibrated(self, calibration: Calibration) -> DepthMap:
        """Metric depth: 1 / (scale · nearness + shift), `inf` where that denominator is ≤ 0; of `linear` nearness
        scale · (1 − nearness) + shift, `nan` behind the camera.

        Raises:
            InputError: the calibration belongs to another kind of depth.
        """
        _check_kind(calibration, self.kind)
        scale, shift = np.float32(calibration.scale), np.float32(calibration.shift)
        with np.errstate(divide="ignore"):
            if self.linear:
                meters = scale * (1 - self.nearness) + shift
                meters[meters < 0] = np.nan
                slope = np.full_like(meters, scale)
            else:
                inverse = scale * self.nearness + shift
                meters = np.where(inverse <= 0, np.float32(np.inf), 1 / inverse).astype(np.float32)
                slope = scale * meters**2
        spread = None if self.spread is None else slope * self.spread
        return DepthMap(
            meters,
            self.reliability,
            self.painting,
            self.provenance,
            ramp=self.ramp,
            votes=self.votes,
            spread=spread,
            calibration=calibration,
            uncalibrated=self,
        )


def _check_kind(calibration: Calibration, kind: str) -> None:
    if calibration.kind != kind:
        raise InputError(f"This scale was set for {calibration.kind} depth, but the depth is {kind}; set it again.")


@dataclass(frozen=True)
class NormalMap:
    """Surface directions in camera space."""

    vectors: NDArray[np.float32]
    """(H, W, 3) unit vectors, +x right, +y up, +z towards the viewer; `nan` = no answer."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: 1 = the painted vector already had unit length."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted; of several votes as in `DepthMap`."""
    provenance: Provenance = field(default_factory=Provenance)
    axes: Axes = "vision-banana"
    """The signs with which it was painted, see `vb_demo.codecs.normals.AXES`."""
    votes: int = 1
    """How many paintings it was combined from."""
    spread: NDArray[np.float32] | None = None
    """(H, W) degrees: robust standard deviation of the votes' directions; `nan` = fewer than two there."""


@dataclass(frozen=True)
class SegmentMap:
    """One class per pixel, named by the prompt's legend."""

    labels: NDArray[np.int32]
    """(H, W): 0 = background, i = `legend.entries[i - 1]`."""
    legend: Legend
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: how much nearer the nearest legend colour is than the second nearest; of several votes: the
    share of them that agree."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted; of several votes as in `DepthMap`."""
    provenance: Provenance = field(default_factory=Provenance)
    votes: int = 1
    """How many paintings it was combined from."""

    @cached_property
    def blends(self) -> frozenset[int]:
        """Labels that hardly a pixel is clearly painted as: what is read as them are soft edges between two others.

        Half-way from pink to black, green may be the nearest colour of a legend. Colours that several names share are
        never clear, and tell nothing.
        """
        colors = [entry.color for entry in self.legend.entries]
        pixels = np.bincount(self.labels.ravel(), minlength=len(colors) + 1)
        clear = np.bincount(self.labels[self.reliability >= CLEAR], minlength=len(colors) + 1)
        return frozenset(
            label
            for label, color in enumerate(colors, start=1)
            if pixels[label] and clear[label] < CLEAR_SHARE * pixels[label] and colors.count(color) == 1
        )


@dataclass(frozen=True)
class InstanceMap:
    """The separate things of one class."""

    labels: NDArray[np.int32]
    """(H, W): 0 = background, 1 … count = one thing each, largest first."""
    count: int
    of: str
    """What the things are, in the asker's words."""
    colors: tuple[Color, ...]
    """The mean painted colour of each thing, `count` of them."""
    reliability: NDArray[np.float32]
    """(H, W) in [0, 1]: how near the pixel is to the colour of its thing; of several votes: the share of them that
    agree."""
    painting: NDArray[np.uint8]
    """(h, w, 3) sRGB, as painted; of several votes: the combination, in colours of its own."""
    provenance: Provenance = field(default_factory=Provenance)
    background: Color | None = None
    """The colour that was read as background."""
    votes: int = 1
    """How many paintings it was combined from."""


Answer = DepthMap | RelativeDepthMap | NormalMap | SegmentMap | InstanceMap
