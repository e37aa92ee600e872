"""What a scene is made of: metric 3D models and tileable textures, with or without downloaded assets."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vb_demo.training.scenes import textures
from vb_demo.training.scenes.names import INDEX

Rng = np.random.Generator
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Model:
    """One object in metres: y up, standing on y = 0, centred in x and z, its front towards +z."""

    label: str
    """Canonical name, one of `names.NAMES`."""
    source: str
    """The catalogue's own name, e.g. "Winchester sofa"."""
    category: str
    """The catalogue's category, e.g. "Living room"."""
    size: tuple[float, float, float]
    """Width (x), height (y), depth (z) in metres."""
    elevation: float
    """Height above the floor at which it usually hangs, metres; 0 for things that stand."""
    vertices: Floats
    """(V, 3) metres."""
    faces: NDArray[np.int32]
    """(F, 3) vertex indices."""
    colors: NDArray[np.uint8]
    """(F, 3) sRGB, used where `texture` is -1."""
    uv: NDArray[np.float16]
    """(F, 3, 2) texture coordinates of the corners, v up."""
    texture: NDArray[np.int16]
    """(F,) texture index, -1 for plain colour."""

    @property
    def width(self) -> float:
        return self.size[0]

    @property
    def height(self) -> float:
        return self.size[1]

    @property
    def depth(self) -> float:
        return self.size[2]


@dataclass(frozen=True)
class Library:
    """Models by canonical name and textures by group."""

    models: tuple[Model, ...]
    textures: NDArray[np.uint8]
    """(T, S, S, 4) sRGB + alpha, S a power of two."""
    groups: dict[str, NDArray[np.int64]]
    """Group ("wood", "brick", "picture" …) → texture indices."""
    credits: tuple[dict[str, str], ...] = field(default=())
    """One row per asset: name, author, licence, source."""

    @staticmethod
    def procedural(seed: int = 0) -> Library:
        """Textures that we draw ourselves and no models: enough for tests, and for scenes of boxes and own figures."""
        pictures, groups = textures.draw_all(seed)
        return Library((), pictures, groups)

    @cached_property
    def pyramid(self) -> list[NDArray[np.uint8]]:
        """The textures at every power-of-two size from full to 1, as (T * s * s, 4): one flat gather per lookup."""
        levels, level = [], self.textures
        while True:
            levels.append(level.reshape(-1, 4))
            if level.shape[1] == 1:
                return levels
            wide = level.astype(np.uint16)
            level = (
                (wide[:, ::2, ::2] + wide[:, 1::2, ::2] + wide[:, ::2, 1::2] + wide[:, 1::2, 1::2] + 2) // 4
            ).astype(np.uint8)

    @cached_property
    def cutout(self) -> NDArray[np.bool_]:
        """(T,) whether a texture has holes (leaves, wire mesh) that a ray should pass through."""
        return (self.textures[..., 3] < 128).mean((1, 2)) > 0.01

    @cached_property
    def _by_label(self) -> dict[str, list[Model]]:
        found: dict[str, list[Model]] = {}
        for model in self.models:
            found.setdefault(model.label, []).append(model)
        return found

    def labelled(self, *labels: str) -> list[Model]:
        """All models that carry one of these canonical names (a typo is an error, not an empty list)."""
        unknown = [label for label in labels if label not in INDEX]
        if unknown:
            raise KeyError(f"{unknown} are not canonical names; names.NAMES lists the allowed ones.")
        return [model for label in labels for model in self._by_label.get(label, ())]

    def pick(
        self, rng: Rng, *labels: str, taller: float = 0.0, lower: float = 99.0, wider: float = 99.0
    ) -> Model | None:
        """A random model: first a random name among those that have models, then a random model of that name that fits
        `taller` < height < `lower` and whose footprint stays below `wider` metres. None where there is none."""
        fitting = [
            fit
            for label in labels
            if (fit := [m for m in self.labelled(label) if taller < m.height < lower and max(m.width, m.depth) < wider])
        ]
        if not fitting:
            return None
        models = fitting[rng.integers(len(fitting))]
        return models[rng.integers(len(models))]

    def texture(self, rng: Rng, *groups: str) -> int:
        """A random texture index out of these groups."""
        group = self.groups[groups[rng.integers(len(groups))]]
        return int(group[rng.integers(len(group))])

    def save(self, path: Path) -> None:
        """Writes everything to one npz, atomically: models are concatenated, their facts travel as JSON."""
        facts = [
            dict(label=m.label, source=m.source, category=m.category, size=m.size, elevation=m.elevation)
            for m in self.models
        ]
        arrays: dict[str, NDArray] = {
            key: np.concatenate([getattr(m, key) for m in self.models])
            for key in ("vertices", "faces", "colors", "uv", "texture")
        }
        arrays["vertex_counts"] = np.array([len(m.vertices) for m in self.models])
        arrays["face_counts"] = np.array([len(m.faces) for m in self.models])
        arrays["textures"] = self.textures
        groups = {key: value.tolist() for key, value in self.groups.items()}
        arrays["facts"] = np.array(json.dumps(dict(models=facts, groups=groups, credits=self.credits)))
        temporary = path.with_name(path.name + ".part")
        with temporary.open("wb") as handle:
            np.savez(handle, allow_pickle=False, **arrays)
        temporary.replace(path)

    @staticmethod
    def load(path: Path) -> Library:
        """Reads what `save` wrote."""
        with np.load(path) as stored:
            facts = json.loads(str(stored["facts"]))
            v_ends, f_ends = np.cumsum(stored["vertex_counts"]), np.cumsum(stored["face_counts"])
            per_vertex = np.split(stored["vertices"], v_ends[:-1])
            per_face = {key: np.split(stored[key], f_ends[:-1]) for key in ("faces", "colors", "uv", "texture")}
            pictures = stored["textures"]
        models = tuple(
            Model(
                fact["label"],
                fact["source"],
                fact["category"],
                tuple(fact["size"]),
                fact["elevation"],
                per_vertex[i],
                *(per_face[key][i] for key in ("faces", "colors", "uv", "texture")),
            )
            for i, fact in enumerate(facts["models"])
        )
        groups = {key: np.array(value) for key, value in facts["groups"].items()}
        return Library(models, pictures, groups, tuple(facts["credits"]))

    def write_credits(self, path: Path) -> None:
        """The list of authors and licences as CSV."""
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, ["name", "author", "licence", "source"])
            writer.writeheader()
            writer.writerows(self.credits)
