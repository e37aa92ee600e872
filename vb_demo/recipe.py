"""How a result came about, as a small JSON document or a link: what was asked, in which words, of whom, read how.

A recipe names its photo by name and SHA-256 but does not hold it, nor any painting.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vb_demo.answers import Calibration, DepthMap, InstanceMap, Provenance, SegmentMap
from vb_demo.calibration import refitted
from vb_demo.errors import InputError
from vb_demo.flow import Register, ask, decode
from vb_demo.generators import Generator, load_generator
from vb_demo.geometry import Camera
from vb_demo.images import Photo
from vb_demo.prompts import retelling_field_of_view
from vb_demo.scene import Scene

TaskName = Literal["depth", "normals", "segment", "instances"]
SLOTS: dict[TaskName, str] = {"depth": "depth", "normals": "normals", "segment": "segments", "instances": "instances"}
"""Task → the answer's name in a scene."""
LINK_KEY = "recipe"
MAX_LINK = 100_000
"""Characters of JSON that a link may unpack to; an honest one has a few hundred."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ask(_Part):
    """One question."""

    task: TaskName
    prompt: str
    """The exact words that were sent."""
    of: str | None = None
    """For instances, the kind of thing."""
    generator: str
    """As in `Provenance`; "upload" for a painting that has to be handed in again."""
    seed: int | None = None
    steps: int | None = None
    encoding: str | None = None
    """How the painting was read, a key of `vb_demo.flow.READERS`; with a generator, its dialect decides."""
    votes: int = Field(default=1, ge=1, le=100)
    """How many paintings were combined, see `vb_demo.flow.ask`."""
    registering: Register = "off"
    """What was done about a painting that is shifted or zoomed; `register` of `vb_demo.flow.ask`."""
    calibrate_colors: bool = False
    """Whether drifted colours were brought back to the legend's."""
    min_percent: float = Field(default=0.0, ge=0, lt=100)
    """Percent of the picture below which names, or things, were ignored."""
    untold: bool = False
    """Whether the words told nothing of the camera that is known now: it was set after the depth had been painted."""


class Recipe(_Part):
    """All that repeats a run on the same photo."""

    version: Literal[1] = 1
    photo: str = ""
    """The photo's file name."""
    photo_sha256: str = ""
    """Of its pixels, see `photo_digest`. Only these are the same photo: pins are places among them, and at another size
    a painting comes out otherwise, so that its scale would be off."""
    photo_size: tuple[int, int] | None = None
    """(width, height) of the photo as it was worked on; the app brings large ones down to 2 megapixels."""
    asks: tuple[Ask, ...] = ()
    camera: Camera | None = None
    """Only if a person gave it; otherwise the photo tells."""
    calibration: Calibration | None = None
    pins: tuple[tuple[float, float], ...] = Field(default=(), max_length=1000)

    def to_json(self) -> str:
        return self.model_dump_json(indent=2, exclude_defaults=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Raises InputError when the text is no recipe."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "document"
            raise InputError(f"This is no recipe that can be read: {place}: {first['msg']}.") from error

    def to_link(self) -> str:
        """The recipe as part of a URL, "recipe=…": deflated JSON in base64url, a few hundred letters."""
        packed = zlib.compress(self.model_dump_json(exclude_defaults=True).encode(), 9)
        return f"{LINK_KEY}={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"

    @classmethod
    def from_link(cls, link: str) -> Recipe:
        """Read `to_link`'s text, alone or at the end of a URL. Raises InputError when it is cut off or no recipe."""
        _, found, packed = link.strip().rpartition(f"{LINK_KEY}=")
        unpacker = zlib.decompressobj()
        try:
            data = base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True)
            text = unpacker.decompress(data, MAX_LINK).decode()
        except (ValueError, zlib.error):
            found = ""
        if not (found and unpacker.eof):
            raise InputError(f'The link holds no recipe, or is cut off; copy all of it, "{LINK_KEY}=" included.')
        return cls.from_json(text)


def photo_digest(photo: Photo) -> str:
    """SHA-256 of the upright sRGB pixels and their size: the same picture in another file is the same photo."""
    digest = hashlib.sha256(f"{photo.width}x{photo.height}:".encode())
    digest.update(photo.pixels.tobytes())
    return digest.hexdigest()


def recipe_of(scene: Scene, pins: Sequence[tuple[float, float]] = ()) -> Recipe:
    """What repeats a scene."""
    camera = scene.photo.camera
    asks = []
    for task, slot in SLOTS.items():
        if (answer := scene.answers.get(slot)) is None:
            continue
        origin = answer.provenance
        of = answer.of if isinstance(answer, InstanceMap) else None
        prompt = origin.prompt
        if not prompt and isinstance(answer, SegmentMap):  # read from a legend instead of words
            prompt = answer.legend.write("json")
        asks.append(
            Ask(
                task=task,
                prompt=prompt,
                of=of,
                generator=origin.generator,
                seed=origin.seed,
                steps=origin.steps,
                encoding=origin.encoding,
                votes=getattr(answer, "votes", 1),
                registering=_registering(origin),
                calibrate_colors=origin.drift is not None,
                min_percent=origin.min_percent,
                untold=isinstance(answer, DepthMap) and answer.told_degrees is None and camera.source != "assumed",
            )
        )
    return Recipe(
        photo=scene.photo.name,
        photo_sha256=photo_digest(scene.photo),
        photo_size=scene.photo.size,
        asks=tuple(asks),
        camera=camera if camera.source == "user" else None,
        calibration=getattr(scene.depth, "calibration", None),
        pins=tuple(pins),
    )


def _as_worked_on(photo: Photo, recipe: Recipe) -> Photo:
    """The photo at the size that a recipe was made at, if that makes it the recipe's: the app shrinks large ones."""
    width, height = recipe.photo_size or photo.size
    if not (0 < width < photo.width and 0 < height < photo.height) or photo_digest(photo) == recipe.photo_sha256:
        return photo
    smaller = photo.resized(width, height)
    return smaller if photo_digest(smaller) == recipe.photo_sha256 else photo


def asked_about(recipe: Recipe, photo: Photo) -> Recipe:
    """The recipe for a photo: if that is not the recipe's, words that tell a field of view tell this photo's.

    As for a photo of one's own, an assumed one is not told.
    """
    if is_about(recipe, photo):
        return recipe
    camera = photo.camera
    degrees = None if camera.source == "assumed" else camera.hfov
    asks = []
    for asked in recipe.asks:
        prompt = retelling_field_of_view(asked.prompt, degrees)
        asks.append(asked.model_copy(update={"prompt": prompt, "untold": False}))
    return recipe.model_copy(update={"asks": tuple(asks)})


def is_about(recipe: Recipe, photo: Photo) -> bool:
    """Whether a recipe was made with this photo, whatever the file is called."""
    return recipe.photo_sha256 == photo_digest(photo)


def _registering(origin: Provenance) -> Register:
    if origin.misalignment is None:
        return "off"
    return "correct" if origin.corrected else "measure"


def run_recipe(
    recipe: Recipe,
    photo: Photo,
    generator: Generator | None = None,
    *,
    paintings: Mapping[str, Any] | None = None,
    load: Callable[[str], Generator] = load_generator,
) -> Scene:
    """Ask the same again.

    Args:
        photo: the recipe's, at the size that it was worked on or as large as it was handed in: the scene then has the
            former. Another one is allowed, for the same questions about something else; the camera that the recipe
            gives is then left out, and so is the calibration.
        generator: who paints everything, instead of those that the recipe names.
        paintings: task → a picture to read instead of asking, needed where the generator was "upload".
        load: finds a generator by the recipe's name.

    Raises:
        InputError: a generator is not known, or the painting of an "upload" is missing.
    """
    photo = _as_worked_on(photo, recipe)
    same = not recipe.photo_sha256 or is_about(recipe, photo)
    if same and recipe.camera is not None:
        photo = replace(photo, camera=recipe.camera)
    if not same:
        recipe = asked_about(recipe, photo)
    painters: dict[str, Generator] = {}
    answers: dict[str, Any] = {}
    for asked in recipe.asks:
        painted = (paintings or {}).get(asked.task)
        if painted is not None:
            answers[SLOTS[asked.task]] = decode(
                painted,
                asked.task,
                prompt=asked.prompt or None,
                of=asked.of,
                photo=photo,
                encoding=asked.encoding,
                register=asked.registering,
                calibrate_colors=asked.calibrate_colors,
                min_percent=asked.min_percent,
            )
            continue
        if asked.generator == "upload" and generator is None:
            raise InputError(f"The painting for {asked.task} was uploaded; hand it in again, or name a generator.")
        if generator is None and asked.generator not in painters:
            painters[asked.generator] = load(asked.generator)
        answers[SLOTS[asked.task]] = ask(
            photo.of_unknown_camera() if asked.untold else photo,
            asked.task,
            prompt=asked.prompt or None,
            of=asked.of,
            generator=generator or painters[asked.generator],
            steps=asked.steps,
            seed=asked.seed or 0,
            votes=asked.votes,
            register=asked.registering,
            calibrate_colors=asked.calibrate_colors,
            min_percent=asked.min_percent,
        )
    scene = Scene(photo, **answers)
    if not same or recipe.calibration is None:
        return scene
    return refitted(scene.calibrated(recipe.calibration))  # another painter's depth needs another factor
