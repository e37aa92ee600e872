from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base

from vb_demo.errors import InputError
from vb_demo.images import open_painting, open_photo

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


def quarters(width: int = 24, height: int = 16) -> Image.Image:
    """Red top left, green top right, blue below: every rotation looks different."""
    picture = Image.new("RGB", (width, height), BLUE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def exif(**tags: object) -> Image.Exif:
    tagged = Image.Exif()
    for name, value in tags.items():
        place = tagged if name == "Orientation" else tagged.get_ifd(IFD.Exif)
        place[Base[name]] = value
    return tagged


# --- sources --------------------------------------------------------------------------------------------------------


def test_the_same_picture_from_every_kind_of_source(tmp_path: Path):
    picture = quarters()
    path = tmp_path / "street.png"
    picture.save(path)
    expected = np.asarray(picture)
    for source in (path, str(path), path.read_bytes(), picture, expected):
        photo = open_photo(source)
        np.testing.assert_array_equal(photo.pixels, expected)
        np.testing.assert_array_equal(open_painting(source), expected)
        assert photo.size == (24, 16)
        assert photo.pixels.dtype == np.uint8
        assert photo.valid.all()
        assert photo.pil.tobytes() == picture.tobytes()
    assert open_photo(path).name == "street.png"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "BMP", "HEIF", "AVIF"])
def test_formats(kind: str):
    import pillow_heif

    pillow_heif.register_heif_opener()
    options = {} if kind in ("BMP", "TIFF") else {"quality": 95}
    photo = open_photo(saved(quarters(64, 48), kind, **options))
    for (x, y), color in {(8, 8): RED, (56, 8): GREEN, (30, 40): BLUE}.items():
        np.testing.assert_allclose(photo.pixels[y, x], color, atol=12)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, bool])
@pytest.mark.parametrize("shape", [(10, 9), (10, 9, 1), (10, 9, 3)])
def test_arrays_of_every_range(dtype: type, shape: tuple[int, ...]):
    full = {np.uint8: 255, np.uint16: 65535, np.float32: 1.0, bool: True}[dtype]
    array = np.zeros(shape, dtype)
    array[3, 4] = full
    pixels = open_photo(array).pixels
    assert pixels[3, 4].tolist() == [255, 255, 255]
    assert pixels.sum() == 3 * 255


def test_16_bit_grey_keeps_its_brightness():
    grey = Image.fromarray(np.full((8, 8), 0x8181, np.uint16))
    assert open_photo(saved(grey, "PNG")).pixels[0, 0].tolist() == [0x81] * 3


def test_palette_grey_bilevel_and_cmyk():
    np.testing.assert_array_equal(open_photo(quarters().quantize(3)).pixels, np.asarray(quarters()))
    assert open_photo(Image.new("L", (8, 8), 77)).pixels[0, 0].tolist() == [77] * 3
    assert open_photo(Image.new("1", (8, 8), 1)).pixels[0, 0].tolist() == [255] * 3
    cyan = open_photo(saved(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG")).pixels[8, 8]
    assert cyan[0] < 20
    assert cyan[1:].min() > 235


def test_only_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (12, 12), color) for color in (RED, GREEN)]
    photo = open_photo(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    np.testing.assert_allclose(photo.pixels[5, 5], RED, atol=4)


# --- transparency ---------------------------------------------------------------------------------------------------


def half_transparent() -> Image.Image:
    array = np.full((8, 8, 4), (200, 0, 0, 255), np.uint8)
    array[0, 0, 3], array[0, 1, 3], array[0, 2, 3] = 0, 100, 153
    return Image.fromarray(array)


def test_a_photo_blends_with_white_and_remembers_where():
    photo = open_photo(saved(half_transparent(), "PNG"))
    assert photo.pixels[0, 0].tolist() == [255, 255, 255]
    assert photo.pixels[0, 2].tolist() == [222, 102, 102]  # 0.6 · red + 0.4 · white
    assert photo.pixels[1, 1].tolist() == [200, 0, 0]
    assert np.argwhere(~photo.valid).tolist() == [[0, 0], [0, 1]]


def test_a_painting_never_mixes_colours():
    pixels = open_painting(saved(half_transparent(), "PNG"))
    assert pixels[0, :3].tolist() == [[0, 0, 0], [0, 0, 0], [200, 0, 0]]


def test_grey_and_palette_transparency():
    grey = Image.new("LA", (8, 8), (50, 255))
    grey.putpixel((0, 0), (50, 0))
    assert open_photo(saved(grey, "PNG")).pixels[0, :2].tolist() == [[255] * 3, [50] * 3]
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([9, 9, 9, 40, 50, 60])
    palette.putpixel((0, 0), 0)
    photo = open_photo(saved(palette, "PNG", transparency=0))
    assert photo.pixels[0, :2].tolist() == [[255] * 3, [40, 50, 60]]
    assert np.argwhere(~photo.valid).tolist() == [[0, 0]]


def test_a_photo_of_nothing_is_refused():
    with pytest.raises(InputError, match="transparent everywhere"):
        open_photo(Image.new("RGBA", (10, 10)))


# --- colour ---------------------------------------------------------------------------------------------------------


def profile_with_red_and_blue_exchanged() -> bytes:
    """An sRGB profile under another name whose tags for the red and blue primaries have changed places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    return profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


def test_a_colour_profile_is_applied_to_photos_and_not_to_paintings():
    file = saved(quarters(), "PNG", icc_profile=profile_with_red_and_blue_exchanged())
    np.testing.assert_allclose(open_photo(file).pixels, np.asarray(quarters())[..., ::-1], atol=2)
    np.testing.assert_array_equal(open_painting(file), np.asarray(quarters()))


def test_srgb_and_broken_profiles_leave_the_colours_alone():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"not a profile"):
        pixels = open_photo(saved(quarters(), "PNG", icc_profile=profile)).pixels
        np.testing.assert_array_equal(pixels, np.asarray(quarters()))


# --- EXIF -----------------------------------------------------------------------------------------------------------

# What the orientation tag says about the stored picture, as the operation that makes it upright (EXIF 2.32, table 6).
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a),
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_rotation_tags(orientation: int):
    stored = np.asarray(quarters())
    file = saved(quarters(), "PNG", exif=exif(Orientation=orientation))
    for pixels in (open_photo(file).pixels, open_painting(file)):
        np.testing.assert_array_equal(pixels, UPRIGHT[orientation](stored))


def test_the_camera_is_for_the_upright_photo():
    camera = open_photo(saved(quarters(300, 200), "JPEG", exif=exif(Orientation=6, FocalLengthIn35mmFilm=26))).camera
    assert (camera.width, camera.height) == (200, 300)
    # A 3:2 photo fills the film: 36 mm are 300 px.
    assert camera.fx == pytest.approx(26 * 300 / 36)
    assert (camera.source, camera.note) == ("EXIF", "26 mm equivalent")


def test_focal_length_from_the_sensors_resolution():
    tags = exif(
        FocalLength=50.0,
        FocalPlaneXResolution=1000.0,  # pixels per centimetre at the size as taken
        FocalPlaneResolutionUnit=3,
        ExifImageWidth=6000,
        ExifImageHeight=4000,
    )
    camera = open_photo(saved(quarters(600, 400), "JPEG", exif=tags)).camera
    assert camera.fx == pytest.approx(50 * 100 / 10)
    assert camera.source == "EXIF"


@pytest.mark.parametrize("f35", [0, 1, 65535])
def test_an_absurd_focal_length_is_not_believed(f35: int):
    camera = open_photo(saved(quarters(), "JPEG", exif=exif(FocalLengthIn35mmFilm=f35))).camera
    assert camera.source == "assumed"


def test_what_the_user_knows_comes_first():
    file = saved(quarters(), "JPEG", exif=exif(FocalLengthIn35mmFilm=26))
    camera = open_photo(file, hfov=40).camera
    assert (camera.source, camera.hfov) == ("user", pytest.approx(40))
    assert open_photo(file).with_fov(50).camera.hfov == pytest.approx(50)


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("open_it", [open_photo, open_painting])
@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "not a picture"),
        (b"hello", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        ("/no/such/file.jpg", "no picture file"),
        ("", "no picture file"),
        (7, "path, bytes, PIL image or array; received int"),
        (np.zeros((5, 90, 3), np.uint8), "90 × 5"),
        (np.zeros((9, 9, 2), np.uint8), "must be"),
        (np.zeros((9, 9), np.int64), "uint8, uint16 or float"),
        (np.full((9, 9), 1.5), "between 0 and 1"),
        (np.full((9, 9), np.nan), "between 0 and 1"),
    ],
)
def test_refusals_say_why(open_it: object, source: object, words: str):
    with pytest.raises(InputError, match=words):
        open_it(source)


def test_a_refused_file_hears_what_is_allowed(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("milk")
    with pytest.raises(InputError, match=r"notes\.txt is not a picture .* JPEG, PNG, .* 8 pixels .* 50 megapixels"):
        open_photo(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_place_to_cut_a_file_off(kind: str):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    whole = saved(noise, kind)
    for share in (0.02, 0.3, 0.6, 0.9):
        with pytest.raises(InputError):
            open_photo(whole[: int(len(whole) * share)])


def test_too_many_pixels_are_refused_before_they_are_unpacked():
    file = saved(Image.new("1", (9000, 9000)), "PNG")
    with pytest.raises(InputError, match="9000 × 9000"):
        open_photo(file)
    with pytest.raises(InputError, match=r"at most 0\.0001 megapixels"):
        open_photo(quarters(), max_pixels=100)
    bomb = saved(Image.new("1", (20000, 20000)), "PNG")  # Pillow refuses this one itself
    with pytest.raises(InputError, match="too many pixels"):
        open_photo(bomb)


def test_damaged_exif_does_not_cost_the_photo():
    file = bytearray(saved(quarters(), "JPEG", exif=exif(FocalLengthIn35mmFilm=26)))
    start = file.index(b"Exif") + 14
    file[start : start + 6] = b"\xff" * 6
    assert open_photo(bytes(file)).camera.source == "assumed"
