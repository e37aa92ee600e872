"""The only door for pictures: whatever a person hands in becomes upright 8-bit sRGB, or a sentence why it cannot.

Photos go through `open_photo`, which also finds out what it can about the camera. Painted pictures carry data in their
colours and go through `open_painting`, which leaves the colours alone.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.ExifTags import IFD, Base

from vb_demo.errors import InputError
from vb_demo.geometry import Camera

MAX_PIXELS = 50_000_000
MIN_SIDE = 8
# Pillow knows many more formats, some of which start other programs (EPS) or are seldom tested. These are enough.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF", "BMP")
ALLOWED = (
    f"Allowed are {', '.join(FORMATS)}, at least {MIN_SIDE} pixels a side and at most {{megapixels:g}} megapixels."
)
PLAUSIBLE_FOV = (3.0, 150.0)
"""Degrees across; a focal length in EXIF that leads elsewhere is a mistake of the writer."""

Source = str | Path | bytes | bytearray | Image.Image | NDArray[Any]


@dataclass(frozen=True, eq=False)
class Photo:
    """What everything else asks about."""

    pixels: NDArray[np.uint8]
    """(H, W, 3) sRGB, upright."""
    valid: NDArray[np.bool_]
    """(H, W): False where the file was transparent; the pixels there are white."""
    camera: Camera
    """For the size of `pixels`; `.source` tells how it is known."""
    name: str = "photo"
    """The file's name without its folder."""

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), as Pillow has it."""
        return self.width, self.height

    @property
    def pil(self) -> Image.Image:
        return Image.fromarray(self.pixels)

    def with_fov(self, hfov: float) -> Photo:
        """The same photo seen by a camera with this horizontal field of view in degrees. Raises InputError."""
        return replace(self, camera=Camera.from_fov(self.width, self.height, hfov))

    def of_unknown_camera(self) -> Photo:
        """The same photo, whose camera nobody told."""
        return replace(self, camera=replace(self.camera, source="assumed"))

    def resized(self, width: int, height: int) -> Photo:
        """The same photo with so many pixels; the camera goes along."""
        size = (width, height)
        pixels = np.asarray(self.pil.resize(size, Image.Resampling.LANCZOS))
        valid = np.asarray(Image.fromarray(self.valid).resize(size, Image.Resampling.NEAREST))
        return replace(self, pixels=pixels, valid=valid, camera=self.camera.scaled(width, height))


def open_photo(source: Source, *, hfov: float | None = None, max_pixels: int = MAX_PIXELS) -> Photo:
    """Open a photo: rotated upright by its EXIF tag, colours converted to sRGB by its profile, first frame only.

    Args:
        source: path, the bytes of a file, PIL image, or array: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), uint8, uint16
            (0 to 65535) or float (0 to 1). Transparent parts become white and invalid.
        hfov: the horizontal field of view in degrees, if you know it. Otherwise the focal length in EXIF is used, and
            if there is none, an assumption; `photo.camera.source` tells which.
        max_pixels: larger pictures are refused before they are unpacked.

    Raises:
        InputError: not a picture, broken, too small or large, or transparent everywhere.
    """
    picture, name = _open(source, max_pixels)
    try:
        upright = ImageOps.exif_transpose(picture)
        color, alpha = _split_alpha(_to_8_bits(upright))
        color = _to_srgb(color, upright.info.get("icc_profile"))
    except InputError:
        raise
    except Exception as error:  # Decoders raise anything on damaged files; none of it is our reader's business.
        raise _broken(name, error) from error
    pixels = np.array(color)
    valid = np.ones(pixels.shape[:2], bool)
    if alpha is not None:
        share = np.asarray(alpha, np.float32)[..., None] / 255
        valid = share[..., 0] >= 0.5
        if not valid.any():
            raise InputError(f"{name} is transparent everywhere; a photo needs something to see.")
        pixels = (pixels * share + 255 * (1 - share)).round().astype(np.uint8)
    width, height = color.size
    camera = Camera.from_fov(width, height, hfov) if hfov is not None else _camera_of(picture, width, height)
    return Photo(pixels, valid, camera, name)


def open_painting(source: Source, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Open a painted picture: (H, W, 3) uint8 with exactly the colours in the file.

    No colour profile is applied and nothing is blended: a mixture of two colours would be read as a third answer.
    Pixels that are less than half opaque become black, the others keep their colour at full strength.

    Raises:
        InputError: as `open_photo`.
    """
    picture, name = _open(source, max_pixels)
    try:
        color, alpha = _split_alpha(_to_8_bits(ImageOps.exif_transpose(picture)))
        pixels = np.array(color.convert("RGB"))
    except InputError:
        raise
    except Exception as error:  # see open_photo
        raise _broken(name, error) from error
    if alpha is not None:
        pixels[np.asarray(alpha) < 128] = 0
    return pixels


def fitted(photo: Photo, max_pixels: int) -> Photo:
    """The photo itself, or a smaller copy with at most `max_pixels`; the camera goes along."""
    scale = math.sqrt(max_pixels / (photo.width * photo.height))
    if scale >= 1:
        return photo
    return photo.resized(max(1, int(photo.width * scale)), max(1, int(photo.height * scale)))


# --- opening --------------------------------------------------------------------------------------------------------


def _open(source: Source, max_pixels: int) -> tuple[Image.Image, str]:
    """Any source → a PIL image of an allowed size, its pixels not yet read where it comes from a file; and its name."""
    name = "The picture"
    file: str | io.BytesIO
    allowed = ALLOWED.format(megapixels=max_pixels / 1e6)
    if isinstance(source, np.ndarray):
        return _check_size(_from_array(source, max_pixels), name, max_pixels), name
    if isinstance(source, Image.Image):
        return _check_size(source, name, max_pixels), name
    if isinstance(source, (str, Path)):
        path = Path(source)
        if not path.is_file():
            raise InputError(f"There is no picture file at {str(source)!r}. {allowed}")
        name, file = path.name, str(path)
    elif isinstance(source, (bytes, bytearray)):
        file = io.BytesIO(source)
    else:
        raise InputError(f"A picture is a path, bytes, PIL image or array; received {type(source).__name__}.")
    _allow_heif()
    try:
        picture = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is not a picture that this program can read. {allowed}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} has far too many pixels. {allowed}") from error
    except Exception as error:
        raise _broken(name, error) from error
    return _check_size(picture, name, max_pixels), name


def _check_size(picture: Image.Image, name: str, max_pixels: int) -> Image.Image:
    width, height = picture.size
    if min(width, height) < MIN_SIDE or width * height > max_pixels:
        allowed = ALLOWED.format(megapixels=max_pixels / 1e6)
        raise InputError(f"{name} has {width} × {height} pixels. {allowed}")
    return picture


def _broken(name: str, error: Exception) -> InputError:
    return InputError(
        f"{name} is damaged or cut off ({error}). Save or upload it again. Allowed are whole picture files."
    )


def _allow_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def _from_array(array: NDArray[Any], max_pixels: int) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise InputError(f"An array must be (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); received {array.shape}.")
    if array.shape[0] * array.shape[1] > max_pixels or 0 in array.shape:
        raise InputError(f"The array has {array.shape[1]} × {array.shape[0]} pixels; at most {max_pixels} are allowed.")
    return Image.fromarray(_levels(array))


def _levels(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring numbers to 0..255 by what their type can hold."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array * np.uint8(255)
    if array.dtype.kind != "f" and (array.dtype.kind, array.dtype.itemsize) != ("u", 2):
        raise InputError(f"An array must be uint8, uint16 or float; received {array.dtype}.")
    full = 1.0 if array.dtype.kind == "f" else 65535.0
    if not (array.min() >= 0 and array.max() <= full):  # written so that nan is refused too
        raise InputError(f"Numbers of type {array.dtype} must lie between 0 and {full:g}; they do not.")
    return (array * (255 / full)).round().astype(np.uint8)


# --- colours --------------------------------------------------------------------------------------------------------


def _to_8_bits(picture: Image.Image) -> Image.Image:
    if not picture.mode.startswith(("I", "F")):
        return picture
    levels = np.asarray(picture)
    if levels.dtype.kind == "i" and levels.min() >= 0 and levels.max() <= 65535:
        levels = levels.astype(np.uint16)  # some 16-bit files arrive as 32-bit "I"
    return Image.fromarray(_levels(levels))


def _split_alpha(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """A picture without transparency, in a mode that its colour profile is meant for, and its alpha."""
    if picture.has_transparency_data:
        # "LA" keeps to grey, for a grey profile; everything else goes through RGB.
        picture = picture.convert("LA" if picture.mode in ("L", "LA", "La", "1") else "RGBA")
        alpha = picture.getchannel("A")
        opaque = alpha.getextrema() == (255, 255)
        return picture.convert(picture.mode.removesuffix("A")), None if opaque else alpha
    if picture.mode in ("L", "RGB", "CMYK", "LAB"):
        return picture.convert(picture.mode), None  # reads the pixels of a file, even when the mode stays
    return picture.convert("L" if picture.mode == "1" else "RGB"), None


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert by the embedded profile; a missing, unusable or sRGB profile leaves the plain conversion."""
    if profile:
        try:
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(embedded).lower():
                srgb = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(picture, embedded, srgb, outputMode="RGB")
                if converted is not None:
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return picture.convert("RGB")


# --- camera ---------------------------------------------------------------------------------------------------------


def _camera_of(picture: Image.Image, width: int, height: int) -> Camera:
    """The camera of an upright photo (width, height) from the EXIF of its file, or an assumed one."""
    try:
        exif = picture.getexif().get_ifd(IFD.Exif)
    except Exception:  # damaged EXIF raises anything, and a photo without EXIF is still a photo
        exif = {}
    f35 = _number(exif.get(Base.FocalLengthIn35mmFilm))
    candidates = []
    if f35 > 0:
        candidates.append(Camera.from_focal_35mm(width, height, f35))
    focal, pixels_per_unit = _number(exif.get(Base.FocalLength)), _number(exif.get(Base.FocalPlaneXResolution))
    unit = {3: 10.0, 4: 1.0}.get(exif.get(Base.FocalPlaneResolutionUnit, 2), 25.4)  # cm, mm; inch is the default
    taken_at = max(_number(exif.get(Base.ExifImageWidth)), _number(exif.get(Base.ExifImageHeight)))
    if focal > 0 and pixels_per_unit > 0:
        # The resolution counts the pixels of the file as taken; the photo may have been made smaller since.
        pixels = focal * pixels_per_unit / unit * (max(width, height) / taken_at if taken_at > 0 else 1)
        candidates.append(
            Camera(width, height, pixels, pixels, width / 2, height / 2, "EXIF", f"{focal:g} mm and sensor resolution")
        )
    low, high = PLAUSIBLE_FOV
    return next((camera for camera in candidates if low < camera.hfov < high), Camera.assumed(width, height))


def _number(value: Any) -> float:
    """An EXIF number, or 0 where there is none or it is not one (rationals such as 0/0)."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return number if math.isfinite(number) else 0.0
