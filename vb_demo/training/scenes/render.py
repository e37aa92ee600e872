"""Turns triangles and a camera into a photo with its truth: ray casting by Open3D, shading in numpy.

The truth (depth, normal, name, instance) is read at pixel centres; the photo averages 2 x 2 samples a pixel, with
shadows from a few soft lights or the sun, ambient occlusion, gloss, haze, and the flaws of a small camera.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from vb_demo.training.scenes.builder import Triangles
from vb_demo.training.scenes.camera import Camera
from vb_demo.training.scenes.library import Library
from vb_demo.training.scenes.names import INDEX
from vb_demo.training.scenes.textures import noise

Rng = np.random.Generator
Floats = NDArray[np.floating]
SAMPLES = 2
OCCLUSION_RAYS = 6

_GREY = np.arange(256) / 255
# sRGB byte → linear light.
_LINEAR = np.where(_GREY <= 0.04045, _GREY / 12.92, ((_GREY + 0.055) / 1.055) ** 2.4).astype(np.float32)
_PERSON = INDEX["person"]


@dataclass(frozen=True)
class Lamp:
    """A soft light: a ball of `radius` metres at `position`, of linear RGB `power`."""

    position: Floats
    power: Floats
    radius: float


@dataclass(frozen=True)
class Sky:
    """Daylight: the colours of the dome, clouds, and a sun (power 0 on a dull day)."""

    zenith: Floats
    horizon: Floats
    clouds: Floats
    """(256, 256) cloud cover 0..1, repeated over the dome."""
    sun: Floats
    """(3,) unit vector towards the sun."""
    sun_power: Floats
    haze: float
    """Extinction per metre."""

    @staticmethod
    def random(rng: Rng) -> Sky:
        dull = rng.random() < 0.35
        blue = np.array([rng.uniform(50, 130), rng.uniform(100, 175), rng.uniform(170, 245)])
        zenith = np.full(3, rng.uniform(120, 225)) * rng.uniform(0.96, 1.04, 3) if dull else blue
        horizon = np.array([1, rng.uniform(0.94, 1), rng.uniform(0.85, 1.04)]) * rng.uniform(170, 250)
        azimuth, height = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(12, 75))
        sun = np.array([np.cos(azimuth) * np.cos(height), np.sin(height), np.sin(azimuth) * np.cos(height)])
        cover = 1 / (1 + np.exp(-(noise(rng, rng.uniform(1.4, 2.2)) - rng.normal(0.5, 0.8)) * rng.uniform(1.5, 6)))
        warm = np.array([1, rng.uniform(0.78, 1), rng.uniform(0.55, 0.95)])
        return Sky(
            _linear(zenith),
            _linear(horizon),
            (cover * rng.uniform(0.2, 1)).astype(np.float32),
            sun.astype(np.float32),
            (warm * (rng.uniform(0, 0.3) if dull else rng.uniform(1.2, 3))).astype(np.float32),
            float(rng.uniform(0.0015, 0.009)) if rng.random() < 0.18 else float(rng.uniform(0, 0.0012)),
        )

    def color(self, directions: Floats) -> Floats:
        """Linear RGB (..., 3) seen along unit directions (..., 3)."""
        height = np.clip(directions[..., 1], 0, 1)
        blend = (height**0.55)[..., None]
        dome = self.horizon * (1 - blend) + self.zenith * blend
        # Clouds lie on a plane overhead, so they shrink towards the horizon as real ones do.
        spread = 40 / (height + 0.08)
        column, row = ((directions[..., i] * spread).astype(np.intp) % 256 for i in (0, 2))
        cover = (self.clouds[row, column] * np.clip(height * 8, 0, 1))[..., None]
        return dome * (1 - cover) + np.float32(0.9) * cover


@dataclass(frozen=True)
class Lighting:
    """What lights a scene: lamps in a room, or a sky."""

    lamps: tuple[Lamp, ...] = ()
    ambient: tuple[float, float, float] = (0.3, 0.3, 0.3)
    reach: float = 1.0
    """How far ambient occlusion looks, metres."""
    sky: Sky | None = None


@dataclass(frozen=True)
class Truth:
    """What a camera sees, all (H, W)."""

    depth: Floats
    """Metres along the camera's z axis, inf for sky."""
    normals: Floats
    """(H, W, 3) unit, camera space, +z towards the viewer; 0 for sky."""
    labels: NDArray[np.uint16]
    instances: NDArray[np.uint16]
    """0 for structure and sky."""


@dataclass(frozen=True)
class View(Truth):
    """The truth with its photo."""

    rgb: NDArray[np.uint8]
    camera: Camera


@dataclass(frozen=True)
class Hits:
    """Where rays ended: (h, w) arrays. Misses have depth inf and face 0."""

    depth: Floats
    face: NDArray[np.int64]
    weights: Floats
    """(h, w, 2) barycentric weights of the second and third corner."""

    @property
    def found(self) -> NDArray[np.bool_]:
        return np.isfinite(self.depth)


def cast(scene: Triangles, library: Library, eye: Floats, directions: Floats) -> Hits:
    """First hits, passing through the holes of leaf-like textures (three layers at most)."""
    depth, face, weights = _cast(scene, eye, directions)
    for _ in range(3):
        texture = scene.texture[face]
        suspect = np.isfinite(depth) & (texture >= 0)
        suspect[suspect] = library.cutout[texture[suspect]]
        if not suspect.any():
            break
        at = np.nonzero(suspect)
        uv = _corner_mix(scene.uv[face[at]], weights[at])
        size = library.textures.shape[1]
        column, row = (
            np.floor(uv[:, 0] % 1 * size).astype(int) % size,
            np.floor((1 - uv[:, 1]) % 1 * size).astype(int) % size,
        )
        hole = library.textures[texture[at], row, column, 3] < 128
        if not hole.any():
            break
        at = (at[0][hole], at[1][hole])
        skip = depth[at] * 1.0005 + 1e-3
        further = directions[at]
        depth2, face2, weights2 = _cast(scene, eye + further * skip[:, None], further)
        depth[at], face[at], weights[at] = depth2 + skip, face2, weights2
    return Hits(depth, face, weights)


def _cast(scene: Triangles, eye: Floats, directions: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    rays = np.concatenate([np.broadcast_to(eye, directions.shape), directions], -1).astype(np.float32)
    answer = scene.caster.cast_rays(_tensor(rays), nthreads=1)
    depth = answer["t_hit"].numpy()
    face = np.where(np.isfinite(depth), answer["primitive_ids"].numpy(), 0).astype(np.int64)
    return depth, face, answer["primitive_uvs"].numpy()


def look(scene: Triangles, library: Library, camera: Camera) -> Truth:
    """The truth at pixel centres."""
    directions = camera.directions()
    hits = cast(scene, library, camera.eye, directions)
    found = hits.found
    normals = np.where(found[..., None], camera.to_view(_facing(scene, hits, directions)), 0).astype(np.float32)
    labels = np.where(found, scene.label[hits.face], INDEX["sky"]).astype(np.uint16)
    instances = np.where(found, scene.instance[hits.face], 0).astype(np.uint16)
    return Truth(hits.depth, normals, labels, instances)


def render(scene: Triangles, library: Library, camera: Camera, lighting: Lighting, rng: Rng) -> View:
    """Photo and truth of one view."""
    truth = look(scene, library, camera)
    photo = _develop(_shade(scene, library, camera, lighting, rng), rng)
    return View(truth.depth, truth.normals, truth.labels, truth.instances, photo, camera)


# ---- shading ---------------------------------------------------------------------------------------------------------


def _shade(scene: Triangles, library: Library, camera: Camera, lighting: Lighting, rng: Rng) -> Floats:
    """Linear light (H, W, 3) that reaches the camera."""
    directions = camera.directions(SAMPLES)
    hits = cast(scene, library, camera.eye, directions)
    found = hits.found
    length = np.linalg.norm(directions, axis=-1)
    towards = -directions / length[..., None]
    normal = _facing(scene, hits, directions)
    depth = np.where(found, hits.depth, 1).astype(np.float32)
    points = camera.eye + directions * depth[..., None] + normal * (1e-3 + 4e-4 * depth)[..., None]
    albedo = _albedo(scene, library, hits, depth / camera.focal / SAMPLES)
    gloss = scene.gloss[hits.face]

    open_sky = _occlusion(scene, points, normal, lighting.reach, rng)
    tilt = rng.normal(size=3).astype(np.float32)
    ambient = np.array(lighting.ambient, np.float32)
    if lighting.sky is not None:
        ambient = ambient * (0.5 * lighting.sky.zenith + 0.5 * lighting.sky.horizon)
    strength = open_sky * (1 + 0.3 * normal[..., 1] + 0.15 * (normal @ (tilt / np.linalg.norm(tilt))))
    light = strength[..., None] * ambient
    shine = np.zeros_like(light)
    for position, power, radius, distant in _sources(lighting):
        offset = np.broadcast_to(position, points.shape) if distant else position - points
        distance = np.ones(found.shape, np.float32) if distant else np.linalg.norm(offset, axis=-1)
        direction = offset / distance[..., None]
        facing = np.clip((normal * direction).sum(-1), 0, 1)
        seen = _visible(scene, points, offset, radius, distant, rng)
        arriving = (facing * seen / (1 if distant else 0.5 + distance**2))[..., None] * power
        light += arriving
        half = direction + towards
        half /= np.linalg.norm(half, axis=-1, keepdims=True) + 1e-6
        shine += arriving * (gloss * np.clip((half * normal).sum(-1), 0, 1) ** 48)[..., None] * 2
    color = albedo * (light + scene.glow[hits.face][..., None]) + shine
    if lighting.sky is not None:
        color = _under_sky(color, hits, normal, towards, gloss, length, lighting.sky)
    height, width = camera.height, camera.width
    return color.reshape(height, SAMPLES, width, SAMPLES, 3).mean((1, 3))


def _sources(lighting: Lighting) -> list[tuple[Floats, Floats, float, bool]]:
    """Position or direction, power, softness, and whether it is infinitely far away."""
    sources: list[tuple[Floats, Floats, float, bool]] = [
        (lamp.position, lamp.power, lamp.radius, False) for lamp in lighting.lamps
    ]
    if lighting.sky is not None and lighting.sky.sun_power.max() > 0.05:
        sources.append((lighting.sky.sun, lighting.sky.sun_power, 0.015, True))
    return sources


def _under_sky(
    color: Floats, hits: Hits, normal: Floats, towards: Floats, gloss: Floats, length: Floats, sky: Sky
) -> Floats:
    """Adds what only a sky brings: its reflection in shiny things, haze with distance, and the sky itself."""
    mirrored = 2 * (towards * normal).sum(-1, keepdims=True) * normal - towards
    fresnel = gloss * (0.15 + 0.85 * (1 - np.clip((towards * normal).sum(-1), 0, 1)) ** 3)
    color = color + fresnel[..., None] * (
        sky.color(mirrored) * np.clip(mirrored[..., 1:2] * 4 + 1, 0.15, 1) - 0.5 * color
    )
    found = hits.found
    distance = np.where(found, hits.depth, 0) * length
    haze = (1 - np.exp(-distance * sky.haze))[..., None]
    return np.where(found[..., None], color * (1 - haze) + sky.horizon * haze, sky.color(-towards))


def _facing(scene: Triangles, hits: Hits, directions: Floats) -> Floats:
    """(h, w, 3) world normals of the hit faces, flipped to the side that the ray came from."""
    normal = scene.normals[hits.face]
    away = (normal * directions).sum(-1, keepdims=True) > 0
    return np.where(away, -normal, normal)


def _occlusion(scene: Triangles, points: Floats, normal: Floats, reach: float, rng: Rng) -> Floats:
    """How open each sample is, 0..1, from a few rays on a grid twice as coarse, smoothed."""
    start, axis = points[::2, ::2], normal[::2, ::2]
    free = np.zeros(start.shape[:2], np.float32)
    for _ in range(OCCLUSION_RAYS):
        spread = _dither(rng, start.shape[:2])
        spread /= np.linalg.norm(spread, axis=-1, keepdims=True)
        rays = np.concatenate([start, axis + 0.98 * spread], -1)
        free += ~scene.caster.test_occlusions(_tensor(rays), tfar=reach, nthreads=1).numpy()
    return _smooth(free / OCCLUSION_RAYS, 1.5, points.shape[:2])


def _visible(scene: Triangles, points: Floats, offset: Floats, radius: float, distant: bool, rng: Rng) -> Floats:
    """Share of a light that each sample sees. Lamps are soft: a coarse grid will do; the sun's shadows are sharp."""
    step = 1 if distant else 2
    start, ray = points[::step, ::step], offset[::step, ::step]
    ray = ray + _dither(rng, ray.shape[:2]) * radius
    rays = np.concatenate([start, ray], -1)
    blocked = scene.caster.test_occlusions(_tensor(rays), tfar=300.0 if distant else 0.97, nthreads=1).numpy()
    return _smooth((~blocked).astype(np.float32), 0.5 if distant else 1.5, points.shape[:2])


def _dither(rng: Rng, shape: tuple[int, int]) -> Floats:
    """(h, w, 3) normal noise that repeats every 4 x 4 samples: the 4 x 4 box of `_smooth` then averages every direction
    once wherever it looks, so that flat walls stay free of blotches."""
    cell = rng.standard_normal((4, 4, 3), np.float32)
    return np.tile(cell, (-(-shape[0] // 4), -(-shape[1] // 4), 1))[: shape[0], : shape[1]]


def _smooth(mask: Floats, radius: float, shape: tuple[int, int]) -> Floats:
    image = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(radius))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR), np.float32) / 255


def _albedo(scene: Triangles, library: Library, hits: Hits, footprint: Floats) -> Floats:
    """Linear reflectance (h, w, 3). `footprint` (h, w) is a sample's size on the surface, metres."""
    face = hits.face
    albedo = _linear(scene.color[face])
    texture = scene.texture[face]
    at = np.nonzero((texture >= 0) & hits.found)
    if not len(at[0]):
        return albedo
    uv = _corner_mix(scene.uv[face[at]], hits.weights[at])
    size = library.textures.shape[1]
    texels = footprint[at] * scene.uv_per_metre[face[at]] * size
    level = np.clip(np.floor(np.log2(np.maximum(texels, 1e-6)) + 0.5), 0, len(library.pyramid) - 1).astype(int)
    looked_up = np.empty((len(uv), 3), np.float32)
    for number in np.unique(level):
        chosen = level == number
        lookup = _bilinear if number == 0 else _nearest
        looked_up[chosen] = lookup(library.pyramid[number], size >> number, texture[at][chosen], uv[chosen])
    hue = scene.hue[face[at]]
    turned = hue > 0
    if turned.any():
        looked_up[turned] = _turned(scene, looked_up[turned], hue[turned], scene.label[face[at]][turned])
    albedo[at] *= looked_up
    return albedo


def _turned(scene: Triangles, color: Floats, hue: NDArray, label: NDArray) -> Floats:
    """Textures in other colours, but people keep their skin: reddish, middling saturated colours stay."""
    changed = np.clip(np.einsum("nij,nj->ni", scene.hues[hue], color), 0, 1)
    red, green, blue = color.T
    skin = (label == _PERSON) & (red > green * 1.08) & (green > blue) & (red < green * 3.2) & (red > 0.03)
    return np.where(skin[:, None], color, changed)


def _nearest(level: NDArray[np.uint8], size: int, texture: NDArray, uv: Floats) -> Floats:
    column = (np.floor(uv[:, 0] * size).astype(np.int64)) % size
    row = (np.floor(-uv[:, 1] * size).astype(np.int64)) % size
    return _LINEAR[level[(texture * size + row) * size + column, :3]]


def _bilinear(level: NDArray[np.uint8], size: int, texture: NDArray, uv: Floats) -> Floats:
    """Smooth lookup for textures that are seen from so near that single texels would show."""
    x, y = uv[:, 0] * size - 0.5, -uv[:, 1] * size - 0.5
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    columns, rows = (
        [(x0.astype(np.int64) + i) % size for i in (0, 1)],
        [(y0.astype(np.int64) + i) % size for i in (0, 1)],
    )
    base = texture.astype(np.int64) * size * size
    (a, b), (c, d) = (tuple(level[base + row * size + column, :3] for column in columns) for row in rows)
    mixed = (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy
    return _LINEAR[(mixed + 0.5).astype(np.uint8)]


def _corner_mix(corners: Floats, weights: Floats) -> Floats:
    """(N, 2) values inside triangles from their corner values (N, 3, 2) and barycentric weights (N, 2)."""
    b, c = weights[:, :1], weights[:, 1:]
    return corners[:, 0] * (1 - b - c) + corners[:, 1] * b + corners[:, 2] * c


def _linear(color: NDArray) -> Floats:
    """sRGB 0..255 → linear, for any float array (tints above 255 are clipped)."""
    return _LINEAR[np.clip(color, 0, 255).astype(np.uint8)]


def _tensor(rays: Floats) -> object:
    import open3d as o3d

    return o3d.core.Tensor(np.ascontiguousarray(rays, np.float32))


# ---- the camera's own flaws ------------------------------------------------------------------------------------------


def _develop(light: Floats, rng: Rng) -> NDArray[np.uint8]:
    """Linear light → an 8-bit photo: exposure, white balance, tone, vignette, noise, blur, JPEG."""
    grey = light.mean(-1)
    level = np.percentile(grey, rng.uniform(55, 88))
    exposed = light * (rng.uniform(0.28, 0.62) / max(float(level), 1e-4)) * (1 + rng.normal(0, 0.05, 3))
    if rng.random() < 0.6:
        exposed = 1 - np.exp(-1.3 * exposed)
    height, width = grey.shape
    if rng.random() < 0.4:
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        exposed = exposed * (1 - rng.uniform(0, 0.3) * (x**2 + y**2) / 2)[..., None]
    photo = np.clip(exposed, 0, 1) ** (1 / 2.2)
    photo = photo + rng.standard_normal(photo.shape) * rng.uniform(0, 0.022)
    image = Image.fromarray((np.clip(photo, 0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(60, 97)))
    return np.asarray(Image.open(buffer).convert("RGB"))
