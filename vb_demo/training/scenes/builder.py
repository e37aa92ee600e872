"""A scene under construction: triangles with a look (colour, texture, gloss, glow) and a meaning (name, instance).

World coordinates are metres, y up. Everything that is added ends as flat per-triangle arrays in `Triangles`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vb_demo.training.scenes.library import Library, Model
from vb_demo.training.scenes.names import INDEX
from vb_demo.training.scenes.textures import color as random_color

Rng = np.random.Generator
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Paint:
    """How a surface looks."""

    color: tuple[float, float, float] = (200.0, 200.0, 200.0)
    """sRGB 0..255; multiplies the texture where there is one (255 = unchanged)."""
    texture: int = -1
    tile: float = 1.0
    """Metres that one repeat of the texture covers."""
    gloss: float = 0.0
    glow: float = 0.0
    """Light given off, in units of what a well-lit white wall sends back."""

    @staticmethod
    def plain(rgb: ArrayLike, gloss: float = 0.0, glow: float = 0.0) -> Paint:
        red, green, blue = (float(value) for value in np.asarray(rgb))
        return Paint((red, green, blue), gloss=gloss, glow=glow)

    @staticmethod
    def random(
        rng: Rng,
        library: Library,
        *groups: str,
        textured: float = 0.7,
        tile: tuple[float, float] = (0.6, 2.0),
        low: float = 20,
        high: float = 245,
        gloss: float = 0.0,
    ) -> Paint:
        """With probability `textured` a slightly tinted texture of these groups, otherwise a plain colour."""
        if groups and rng.random() < textured:
            tint = 255 * rng.uniform(0.75, 1.1) * rng.uniform(0.94, 1.06, 3)
            return replace(
                Paint.plain(tint, gloss), texture=library.texture(rng, *groups), tile=float(rng.uniform(*tile))
            )
        return Paint.plain(random_color(rng, low, high), gloss)


@dataclass(frozen=True)
class Triangles:
    """A finished scene; F triangles over V vertices."""

    vertices: Floats
    faces: NDArray[np.uint32]
    color: Floats
    """(F, 3) sRGB 0..255 (a little above for bright tints)."""
    uv: Floats
    """(F, 3, 2)."""
    texture: NDArray[np.int32]
    label: NDArray[np.uint16]
    instance: NDArray[np.uint16]
    gloss: Floats
    glow: Floats
    hue: NDArray[np.uint16]
    """(F,) row of `hues` by which texture colours are turned; row 0 leaves them alone."""
    hues: Floats
    """(K, 3, 3) matrices on linear RGB."""

    @cached_property
    def caster(self) -> Any:
        """The ray caster over these triangles, one thread (many scenes are rendered in parallel instead)."""
        try:
            import open3d as o3d
        except ImportError as problem:
            raise ImportError(
                f"Rendering scenes needs Open3D, which could not be loaded ({problem}). Install open3d, and the system "
                "library that the message names (on Debian: libusb-1.0-0, libgl1, libgomp1)."
            ) from problem
        caster = o3d.t.geometry.RaycastingScene(nthreads=1)
        caster.add_triangles(o3d.core.Tensor(self.vertices), o3d.core.Tensor(self.faces))
        return caster

    @cached_property
    def normals(self) -> Floats:
        """(F, 3) unit normals by the right-hand rule; sides are told apart only when a ray arrives."""
        a, b, c = (self.vertices[self.faces[:, i]] for i in range(3))
        normal = np.cross(b - a, c - a)
        return (normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)).astype(np.float32)

    @cached_property
    def uv_per_metre(self) -> Floats:
        """(F,) texture repeats per metre, to choose how far to blur a texture with distance."""
        a, b, c = (self.vertices[self.faces[:, i]] for i in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        du, dv = self.uv[:, 1] - self.uv[:, 0], self.uv[:, 2] - self.uv[:, 0]
        return np.sqrt(np.abs(du[:, 0] * dv[:, 1] - du[:, 1] * dv[:, 0]) / np.maximum(area, 1e-12)).astype(np.float32)


def up(metres: float) -> NDArray[np.float64]:
    """(3,) a step straight up."""
    return np.array([0.0, metres, 0.0])


def turn(yaw: float) -> Floats:
    """(3, 3) rotation about the vertical that carries +z to (sin yaw, 0, cos yaw)."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)


def hue_turn(rng: Rng) -> Floats:
    """(3, 3) a random colour change that keeps greys grey: rotation about the grey axis, saturation, brightness."""
    angle, gain = rng.uniform(0, 2 * np.pi), rng.uniform(0.45, 1.35)
    axis = np.full(3, 3**-0.5)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    grey = np.full((3, 3), 1 / 3)
    keep = rng.uniform(0.4, 1.3)
    return (gain * (grey + keep * (rotation - grey))).astype(np.float32)


class Builder:
    """Collects triangles. Every `add` starts a new instance unless it happens inside the same `thing`."""

    def __init__(self, rng: Rng, library: Library) -> None:
        self.rng = rng
        self.library = library
        self._parts: list[dict[str, NDArray]] = []
        self._vertices = 0
        self._instances = 0
        self._hues: list[Floats] = [np.eye(3, dtype=np.float32)]
        self.count = 0
        """Triangles so far."""

    def thing(self) -> int:
        """A fresh instance id, to share between the parts of one thing. 0 is kept for walls, floors, ground."""
        self._instances += 1
        return self._instances

    def add(
        self,
        vertices: NDArray,
        faces: NDArray,
        label: str,
        *,
        color: NDArray,
        uv: NDArray | None = None,
        texture: NDArray | int = -1,
        instance: int | None = None,
        gloss: float = 0.0,
        glow: float = 0.0,
        hue: int = 0,
    ) -> None:
        """Adds triangles: vertices (V, 3) metres, faces (F, 3), colour (3,) or (F, 3), uv (F, 3, 2)."""
        count = len(faces)
        if instance is None:
            instance = self.thing()
        self._parts.append(
            dict(
                vertices=np.asarray(vertices, np.float32),
                faces=(np.asarray(faces) + self._vertices).astype(np.uint32),
                color=np.broadcast_to(np.asarray(color, np.float32), (count, 3)),
                uv=np.zeros((count, 3, 2), np.float32) if uv is None else np.asarray(uv, np.float32),
                texture=np.broadcast_to(np.asarray(texture, np.int32), count),
                label=np.full(count, INDEX[label], np.uint16),
                instance=np.full(count, instance, np.uint16),
                gloss=np.full(count, gloss, np.float32),
                glow=np.full(count, glow, np.float32),
                hue=np.full(count, hue, np.uint16),
            )
        )
        self._vertices += len(vertices)
        self.count += count

    def quad(
        self,
        corner: ArrayLike,
        across: ArrayLike,
        up: ArrayLike,
        label: str,
        paint: Paint,
        *,
        instance: int | None = 0,
        fit: bool = False,
    ) -> None:
        """A parallelogram from `corner` along `across` and `up`. `fit` stretches the texture over it exactly once."""
        p, u, v = (np.asarray(a, np.float32) for a in (corner, across, up))
        repeat_u, repeat_v = (1.0, 1.0) if fit else (np.linalg.norm(u) / paint.tile, np.linalg.norm(v) / paint.tile)
        corners = np.array([[0, 0], [repeat_u, 0], [repeat_u, repeat_v], [0, repeat_v]], np.float32)
        faces = np.array([[0, 1, 2], [0, 2, 3]])
        self.add(
            np.stack([p, p + u, p + u + v, p + v]),
            faces,
            label,
            color=np.array(paint.color),
            uv=corners[faces],
            texture=paint.texture,
            instance=instance,
            gloss=paint.gloss,
            glow=paint.glow,
        )

    def box(
        self,
        centre: ArrayLike,
        size: ArrayLike,
        label: str,
        paint: Paint,
        *,
        yaw: float = 0.0,
        top: Paint | None = None,
        instance: int | None = None,
        fit: bool = False,
    ) -> None:
        """A box, `size` = (x, y, z) metres before turning; `fit` shows the texture once per vertical side."""
        x, y, z = np.asarray(size, np.float32) / 2
        middle, rotation = np.asarray(centre, np.float32), turn(yaw)
        if instance is None:
            instance = self.thing()
        sides = (
            ((-x, -y, z), (2 * x, 0, 0), (0, 2 * y, 0)),
            ((x, -y, -z), (-2 * x, 0, 0), (0, 2 * y, 0)),
            ((x, -y, z), (0, 0, -2 * z), (0, 2 * y, 0)),
            ((-x, -y, -z), (0, 0, 2 * z), (0, 2 * y, 0)),
            ((-x, y, z), (2 * x, 0, 0), (0, 0, -2 * z)),
            ((-x, -y, -z), (2 * x, 0, 0), (0, 0, 2 * z)),
        )
        for number, (corner, across, up) in enumerate(sides):
            look = paint if top is None or number < 4 else top
            self.quad(
                rotation @ np.array(corner) + middle,
                rotation @ np.array(across),
                rotation @ np.array(up),
                label,
                look,
                instance=instance,
                fit=fit and number < 4,
            )

    def model(
        self,
        model: Model,
        position: ArrayLike,
        yaw: float,
        *,
        scale: ArrayLike = 1.0,
        repaint: float = 0.4,
        instance: int | None = None,
    ) -> None:
        """Places a catalogue model, mirrored at random; `repaint` is how likely its colours or texture change."""
        rng = self.rng
        mirror = np.array([rng.choice([-1.0, 1.0]), 1, 1])
        vertices = (model.vertices * (np.asarray(scale) * mirror)) @ turn(yaw).T + np.asarray(position)
        colors, uv, texture, hue = model.colors.astype(np.float32), model.uv, model.texture.astype(np.int32), 0
        plain = texture < 0
        if plain.any() and rng.random() < repaint:
            colors = _recolored(rng, colors, plain)
        if not plain.all() and rng.random() < repaint:
            hue = len(self._hues)
            self._hues.append(hue_turn(rng))
        if plain.any() and model.label not in ("person", "car", "dog", "cat", "horse") and rng.random() < repaint * 0.7:
            group = ("wood", "fabric", "plaster", "tiles", "package")[rng.choice(5, p=[0.4, 0.25, 0.2, 0.05, 0.1])]
            uv, texture = self._projected(model, plain, uv, texture, group)
        tint = rng.uniform(0.9, 1.1, 3) * rng.uniform(0.75, 1.15)
        self.add(
            vertices,
            model.faces,
            model.label,
            color=np.where((texture < 0)[:, None], colors, 255.0) * tint,
            uv=uv,
            texture=texture,
            instance=instance,
            gloss=_gloss(rng, model.label),
            hue=hue,
            glow=float(rng.uniform(1, 3)) if model.label in ("lamp", "candle") and rng.random() < 0.2 else 0.0,
        )

    def _projected(
        self, model: Model, plain: NDArray[np.bool_], uv: NDArray, texture: NDArray[np.int32], group: str
    ) -> tuple[NDArray, NDArray[np.int32]]:
        """Gives untextured faces a texture, projected along the axis that each face looks along most."""
        corners = model.vertices[model.faces[plain]]
        normal = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
        axes = np.array([[2, 1], [0, 2], [0, 1]])[normal.argmax(1)]
        at = np.take_along_axis(corners, np.broadcast_to(axes[:, None], (len(axes), 3, 2)), 2)
        uv, texture = uv.astype(np.float32), texture.copy()
        uv[plain] = at / self.rng.uniform(0.3, 1.2)
        texture[plain] = self.library.texture(self.rng, group)
        return uv, texture

    def build(self) -> Triangles:
        """The finished scene."""
        if not self._parts:
            raise ValueError("An empty scene cannot be rendered: add at least one surface before build().")
        return Triangles(
            **{key: np.concatenate([part[key] for part in self._parts]) for key in self._parts[0]},
            hues=np.stack(self._hues),
        )


def _recolored(rng: Rng, colors: Floats, plain: NDArray[np.bool_]) -> Floats:
    """New random colours for some of the material colours of a model, the same new one wherever the old one stood."""
    _, which = np.unique(colors, axis=0, return_inverse=True)
    which = which.ravel()
    colors = colors.copy()
    for number in range(min(which.max() + 1, 8)):
        if rng.random() < 0.7:
            colors[(which == number) & plain] = random_color(rng, 12, 245)
    return colors


def _gloss(rng: Rng, label: str) -> float:
    if label in ("car", "bus", "truck", "van", "bottle", "glass", "television", "monitor", "motorcycle"):
        return float(rng.uniform(0.2, 0.7))
    return float(rng.uniform(0, 0.4)) if rng.random() < 0.4 else 0.0
