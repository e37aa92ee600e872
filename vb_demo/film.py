"""Several pictures at once: photo files, pictures that move, and films, of which a few frames are taken."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vb_demo.errors import InputError
from vb_demo.images import FORMATS, MAX_PIXELS, Photo, fitted, open_photo

MOST_FRAMES = 12
MOVING = ("GIF", "WEBP", "PNG", "AVIF")
"""Formats whose frames follow each other in time."""
FILMS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".3gp")
CONTAINERS = ("mov", "mp4", "3gp", "matroska", "webm", "avi")
"""FFmpeg's names of what these are. Play lists, which can make it open other files and hosts, are not among them."""
ALLOWED = (
    f"Allowed are photos ({', '.join(FORMATS)}) and films ({', '.join(FILMS)}), "
    f"of which up to {MOST_FRAMES} frames are taken."
)


def open_frames(paths: Sequence[str | Path], *, most: int = MOST_FRAMES, max_pixels: int = MAX_PIXELS) -> list[Photo]:
    """Open photos and films as one row of photos.

    Args:
        paths: files, in their order. The frames of a film are spread evenly over it.
        most: frames at most, of a film and altogether.
        max_pixels: larger ones are brought down to this as soon as they are read.

    Raises:
        InputError: there is nothing, a file cannot be read, or these are more than `most` photos.
    """
    frames: list[Photo] = []
    for path in map(Path, paths):
        frames += _frames_of(path, most, max_pixels)
        if len(frames) > most:
            raise InputError(f"These are more than {most} pictures; open at most {most} at once.")
    if not frames:
        raise InputError(f"There are no pictures. {ALLOWED}")
    return frames


def _frames_of(path: Path, most: int, max_pixels: int) -> Iterator[Photo]:
    if path.suffix.lower() in FILMS:
        yield from _frames_of_film(path, most, max_pixels)
        return
    first = open_photo(path)  # with a sentence for whatever is wrong
    with Image.open(path) as picture:
        count = getattr(picture, "n_frames", 1) if picture.format in MOVING else 1
        if count == 1:
            yield fitted(first, max_pixels)
            return
        for number in _spread(count, most):
            picture.seek(number)
            frame = replace(open_photo(picture.copy()), name=f"{path.stem}, frame {number + 1}")
            yield fitted(frame, max_pixels)


def _frames_of_film(path: Path, most: int, max_pixels: int) -> list[Photo]:
    """A film is read from beginning to end: many do not say how long they are."""
    import av

    kept: list[Photo] = []
    every = 1
    options = {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "file"}
    try:
        with av.open(str(path), options=options) as film:
            stream = film.streams.video[0]
            stream.thread_type = "AUTO"
            for number, frame in enumerate(film.decode(stream)):
                if number % every == 0:
                    photo = open_photo(frame.to_image().rotate(frame.rotation, expand=True))
                    kept.append(fitted(replace(photo, name=f"{path.stem} at {frame.time or 0:.1f} s"), max_pixels))
                if len(kept) > 2 * most:  # so that a long one needs no more memory than a short one
                    kept, every = kept[::2], 2 * every
    except (av.FFmpegError, IndexError) as error:
        if not kept:
            raise InputError(f"{path.name} is not a film that this program can read. {ALLOWED}") from error
    return [kept[number] for number in _spread(len(kept), most)]


def _spread(count: int, most: int) -> list[int]:
    """At most `most` of the numbers below `count`, evenly from the first to the last."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist()


def animated(frames: Sequence[NDArray[np.uint8]], *, seconds: float = 0.4) -> bytes:
    """A picture that moves, for people: WebP.

    Args:
        frames: (H, W, 3) sRGB each; those of another size are fitted into that of the first, with black beside them.
        seconds: that each is shown.
    """
    size = frames[0].shape[1::-1]
    pictures = [ImageOps.pad(Image.fromarray(frame), size) for frame in frames]
    file = io.BytesIO()
    options = {"duration": round(1000 * seconds), "loop": 0, "quality": 85, "method": 0}
    pictures[0].save(file, "WEBP", save_all=True, append_images=pictures[1:], **options)
    return file.getvalue()
