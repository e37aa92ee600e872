"""Tileable pictures drawn in numpy: wood, tiles, bricks, plaster, fabric, grass, asphalt, posters, packaging.

They need no download and no licence, and there can be as many as wanted. Every painter returns (S, S, 3) float sRGB
0..255 that wraps around at the edges; `draw_all` stacks them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIZE = 256
Rng = np.random.Generator
Picture = NDArray[np.float64]


def noise(rng: Rng, roughness: float = 1.6, stretch: tuple[float, float] = (1.0, 1.0), size: int = SIZE) -> Picture:
    """(size, size) wrapping fractal noise with mean 0 and standard deviation 1, shaped in the frequency domain."""
    fy, fx = np.fft.fftfreq(size)[:, None] * size * stretch[0], np.fft.rfftfreq(size)[None] * size * stretch[1]
    power = np.maximum(np.hypot(fx, fy), 1.0) ** -roughness
    spectrum = power * np.exp(2j * np.pi * rng.random(power.shape))
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=(size, size))
    return field / field.std()


def color(rng: Rng, low: float = 20, high: float = 245) -> Picture:
    """A believable surface colour: half are nearly grey, a third are muted, the rest saturated. (3,) sRGB."""
    level, kind = rng.uniform(low, high), rng.random()
    if kind < 0.5:
        return np.clip(level + rng.normal(0, 7, 3), 4, 252)
    if kind < 0.85:
        return np.clip(level + rng.normal(0, 22, 3) + np.array([16, 4, -16]) * rng.random(), 4, 252)
    return rng.uniform(low, high, 3)


def _paint(base: Picture, variation: Picture) -> Picture:
    """A flat colour (3,) or picture, brightened and darkened by `variation` (S, S) in sRGB steps."""
    return np.broadcast_to(base, (SIZE, SIZE, 3)) + variation[..., None]


def _cells(rng: Rng, rows: int, columns: int, shift: bool) -> tuple[NDArray, NDArray, NDArray]:
    """A wrapping grid of bricks: cell number per pixel (S, S) and distances to the cell's edges in cell units."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    v = y * rows
    u = x * columns + (np.floor(v) % 2 * 0.5 if shift else 0)
    cell = (np.floor(v).astype(int) % rows) * columns + np.floor(u).astype(int) % columns
    return cell, np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5)


def bricks(rng: Rng) -> Picture:
    rows = int(rng.choice([8, 12, 16]))
    columns = max(2, rows // int(rng.integers(2, 5)))
    cell, u, v = _cells(rng, rows, columns, shift=True)
    joint = (v > 0.5 - rng.uniform(0.03, 0.09)) | (u > 0.5 - rng.uniform(0.015, 0.04))
    base = color(rng, 60, 220) if rng.random() < 0.5 else np.array([165, 85, 62]) + rng.normal(0, 18, 3)
    tone = rng.normal(0, rng.uniform(3, 18), rows * columns)[cell]
    picture = _paint(base, tone + noise(rng, 1.0) * rng.uniform(3, 10))
    return np.where(joint[..., None], _paint(color(rng, 120, 210), noise(rng, 1.0) * 6), picture)


def tiles(rng: Rng) -> Picture:
    count = int(rng.choice([1, 2, 2, 4, 4, 8]))
    cell, u, v = _cells(rng, count, count, shift=False)
    edge = 0.5 - rng.uniform(0.004, 0.012) * count
    base, other = color(rng, 60, 245), color(rng, 40, 245)
    checker = rng.random() < 0.25 and count > 1
    pick = ((cell // count + cell % count) % 2 == 0) if checker else np.ones_like(cell, bool)
    picture = np.where(pick[..., None], base, other) + rng.normal(0, rng.uniform(0, 8), count * count)[cell][..., None]
    picture = picture + (noise(rng, rng.uniform(1.2, 2.2)) * rng.uniform(1, 10))[..., None]
    return np.where(((u > edge) | (v > edge))[..., None], color(rng, 60, 220), picture)


def wood(rng: Rng) -> Picture:
    planks = int(rng.choice([1, 3, 4, 6, 8]))
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    row = np.floor(y * planks).astype(int)
    offset = rng.integers(0, SIZE, planks)[row]
    grain = noise(rng, 1.3, (1.0, rng.uniform(8, 25)))
    grain = np.take_along_axis(grain, (np.arange(SIZE)[None] + offset) % SIZE, 1)
    base = np.array([rng.uniform(70, 205), 0, 0])
    base[1] = base[0] * rng.uniform(0.68, 0.9)
    base[2] = base[1] * rng.uniform(0.55, 0.92)
    if rng.random() < 0.2:
        base = color(rng, 40, 230)
    tone = rng.normal(0, rng.uniform(2, 12), planks)[row]
    picture = _paint(base, tone + grain * rng.uniform(4, 16))
    if planks > 1:
        end = (x * 1.0 + rng.random(planks)[row]) % 1 < 0.006
        picture[(y * planks % 1 < 0.02 * planks / 2) | end] *= rng.uniform(0.5, 0.85)
    return picture


def plaster(rng: Rng) -> Picture:
    return _paint(color(rng, 110, 248), noise(rng, rng.uniform(0.4, 2.0)) * rng.uniform(0.3, 4))


def wallpaper(rng: Rng) -> Picture:
    base, other = color(rng, 80, 248), color(rng, 60, 248)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    count = int(rng.integers(2, 10))
    if rng.random() < 0.5:
        mix = (np.sin(2 * np.pi * count * x) > rng.uniform(-0.8, 0.8)).astype(float)
    else:
        mix = (
            np.sin(2 * np.pi * count * x) * np.sin(2 * np.pi * count * y) + 0.4 * noise(rng, 2.0) > rng.uniform(0, 1)
        ) * 1.0
    mix = (mix * rng.uniform(0.05, 0.7))[..., None]
    return base * (1 - mix) + other * mix + noise(rng, 1.0)[..., None] * rng.uniform(0, 4)


def fabric(rng: Rng) -> Picture:
    base, other, third = color(rng), color(rng), color(rng)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    kind = rng.integers(4)
    count = int(rng.integers(1, 14))
    mix: NDArray[np.floating]
    if kind == 0:
        mix = np.zeros((SIZE, SIZE))
    elif kind == 1:
        mix = (x * count % 1 < rng.uniform(0.2, 0.8)) * 1.0
    elif kind == 2:
        mix = 0.5 * (x * count % 1 < 0.5) + 0.5 * (y * count % 1 < 0.5)
    else:
        mix = (noise(rng, 2.2) > rng.normal(0, 0.6)) * 1.0
    picture = base * (1 - mix[..., None]) + other * mix[..., None]
    if rng.random() < 0.3:
        picture = np.where((noise(rng, 2.5) > 1.0)[..., None], third, picture)
    weave = noise(rng, 0.2) * rng.uniform(1, 9) + noise(rng, 1.8) * rng.uniform(0, 6)
    return picture + weave[..., None]


def grass(rng: Rng) -> Picture:
    green = rng.uniform(70, 150)
    base = np.array([green * rng.uniform(0.55, 1.05), green, green * rng.uniform(0.25, 0.6)])
    patch = noise(rng, 1.8)[..., None] * np.array([14, 6, 4]) * rng.uniform(0.3, 1.3)
    return _paint(base, noise(rng, 0.5) * rng.uniform(8, 22)) + patch


def soil(rng: Rng) -> Picture:
    level = rng.uniform(70, 200)
    base = level * np.array([1, rng.uniform(0.8, 0.95), rng.uniform(0.6, 0.85)])
    return _paint(base, noise(rng, rng.uniform(0.5, 1.5)) * rng.uniform(6, 20))


def asphalt(rng: Rng) -> Picture:
    base = rng.uniform(55, 150) + rng.normal(0, 4, 3)
    picture = _paint(base, noise(rng, 0.3) * rng.uniform(3, 14) + noise(rng, 2.0) * rng.uniform(2, 9))
    if rng.random() < 0.4:
        cracks = np.abs(noise(rng, 1.9)) < 0.02
        picture[cracks] *= 0.6
    return picture


def paving(rng: Rng) -> Picture:
    rows = int(rng.choice([2, 4, 6, 8, 12]))
    cell, u, v = _cells(rng, rows, max(1, rows // int(rng.integers(1, 3))), shift=rng.random() < 0.6)
    edge = 0.5 - rng.uniform(0.02, 0.05)
    picture = _paint(color(rng, 90, 205), rng.normal(0, rng.uniform(2, 14), rows * rows)[cell] + noise(rng, 0.8) * 7)
    return np.where(((u > edge) | (v > edge))[..., None], picture * rng.uniform(0.5, 0.85), picture)


def roof_tiles(rng: Rng) -> Picture:
    rows = int(rng.integers(6, 16))
    cell = _cells(rng, rows, rows, shift=True)[0]
    base = np.array([150, 75, 55]) * rng.uniform(0.5, 1.3) if rng.random() < 0.6 else color(rng, 40, 130)
    y = np.mgrid[:SIZE, :SIZE][0] / SIZE * rows % 1
    return _paint(base, rng.normal(0, 10, rows * rows)[cell] + noise(rng, 1.0) * 6) * (0.6 + 0.5 * y[..., None])


def marble(rng: Rng) -> Picture:
    veins = np.exp(-np.abs(noise(rng, 2.2)) * rng.uniform(4, 14))
    return _paint(color(rng, 120, 250), -veins * rng.uniform(20, 90) + noise(rng, 1.5) * 4)


def foliage(rng: Rng) -> Picture:
    green = rng.uniform(45, 120)
    base = np.array([green * rng.uniform(0.5, 1.3), green, green * rng.uniform(0.2, 0.6)])
    return _paint(base, noise(rng, 0.7) * rng.uniform(14, 30))


def picture(rng: Rng) -> Picture:
    """Something to hang on a wall: a landscape in bands, blobs, or shapes."""
    y = np.mgrid[:SIZE, :SIZE][0] / SIZE
    canvas = color(rng, 60, 250) * (1 - y[..., None]) + color(rng, 60, 250) * y[..., None]
    kind = rng.integers(3)
    if kind == 0:
        for level in np.sort(rng.uniform(0.25, 0.95, rng.integers(2, 6))):
            ridge = level + noise(rng, 2.4)[0] * rng.uniform(0.01, 0.08)
            canvas = np.where(
                (y > ridge[None])[..., None], color(rng, 20, 200) + noise(rng, 1.2)[..., None] * 8, canvas
            )
    elif kind == 1:
        for _ in range(rng.integers(2, 7)):
            canvas = np.where((noise(rng, 2.6) > rng.uniform(0, 1.2))[..., None], color(rng), canvas)
    else:
        image = Image.fromarray(canvas.clip(0, 255).astype(np.uint8))
        _shapes(rng, ImageDraw.Draw(image), int(rng.integers(3, 20)))
        canvas = np.asarray(image, float)
    return canvas + noise(rng, 1.0)[..., None] * rng.uniform(0, 6)


def package(rng: Rng) -> Picture:
    """The printed side of a box, a book or a tin: blocks of colour, a title, lines of small text."""
    image = Image.new("RGB", (SIZE, SIZE), tuple(int(c) for c in color(rng)))
    draw = ImageDraw.Draw(image)
    _shapes(rng, draw, int(rng.integers(1, 6)))
    for _ in range(rng.integers(1, 4)):
        left, top = rng.uniform(5, 120), rng.uniform(5, 200)
        height, ink = rng.uniform(3, 26), tuple(int(c) for c in color(rng))
        for line in range(rng.integers(1, 6)):
            right, y = left, top + line * height * 1.6
            while right < left + rng.uniform(60, 140):
                width = height * rng.uniform(0.3, 0.8)
                draw.rectangle((right, y, right + width, y + height), fill=ink)
                right += width + height * rng.choice([0.15, 0.15, 0.6])
    return np.asarray(image, float) + noise(rng, 1.5)[..., None] * 3


def _shapes(rng: Rng, draw: ImageDraw.ImageDraw, count: int) -> None:
    for _ in range(count):
        x, y = np.sort(rng.uniform(0, SIZE, 2)), np.sort(rng.uniform(0, SIZE, 2))
        fill = tuple(int(c) for c in color(rng))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x[0], y[0], x[1] + 2, y[1] + 2), fill=fill)


# Which painters fill which group, and how many pictures each draws.
PAINTERS: dict[str, tuple[tuple[Callable[[Rng], Picture], int], ...]] = {
    "wood": ((wood, 40),),
    "tiles": ((tiles, 30), (marble, 6)),
    "brick": ((bricks, 24),),
    "plaster": ((plaster, 16), (wallpaper, 16)),
    "fabric": ((fabric, 50),),
    "grass": ((grass, 14),),
    "soil": ((soil, 10),),
    "asphalt": ((asphalt, 14),),
    "paving": ((paving, 20),),
    "roof": ((roof_tiles, 10),),
    "foliage": ((foliage, 12),),
    "picture": ((picture, 60),),
    "package": ((package, 60),),
}


def draw_all(seed: int = 0) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.int64]]]:
    """All procedural textures (T, S, S, 4) with opaque alpha, and group name → their indices."""
    rng = np.random.default_rng([seed, 7])
    pictures: list[Picture] = []
    groups: dict[str, NDArray[np.int64]] = {}
    for group, painters in PAINTERS.items():
        first = len(pictures)
        pictures += [painter(rng) for painter, count in painters for _ in range(count)]
        groups[group] = np.arange(first, len(pictures))
    stacked = np.stack(pictures).clip(0, 255).astype(np.uint8)
    return np.concatenate([stacked, np.full((*stacked.shape[:3], 1), 255, np.uint8)], -1), groups
