from __future__ import annotations

import pytest

import vb_demo as vb
from docs import gallery

PICTURES = [picture for sheet in gallery.SHEETS for picture in sheet.pictures]
PHOTOS = gallery.FOLDER / "photos"
EXAMPLES = gallery.ROOT / "assets" / "examples"
MAX_SIDE = 640
MAX_BYTES_OF_ALL = 1_200_000


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.path.stem)
def test_a_legend_is_read_as_it_is_meant(picture: gallery.Picture) -> None:
    legend = vb.parse_prompt(picture.words)
    assert legend.warnings == ()
    names = len(legend.entries) + (legend.background is not None)
    assert 3 <= names <= 8


def test_every_photo_is_shown_once() -> None:
    assert len(PICTURES) == 24
    assert sorted(picture.path for picture in PICTURES) == sorted([*PHOTOS.iterdir(), *EXAMPLES.iterdir()])


def test_every_photo_is_credited_in_the_part_for_its_folder() -> None:
    text = (gallery.ROOT / "assets" / "CREDITS.md").read_text("utf-8")
    _, examples, photos = text.split("\n## ")
    assert "docs/gallery/photos/" in photos.splitlines()[0]
    for picture in PICTURES:
        rows = photos if picture.path.parent == PHOTOS else examples
        assert rows.count(f"| `{picture.path.name}` |") == 1


def test_photos_and_sheets_are_small() -> None:
    photos = list(PHOTOS.iterdir())
    assert all(max(vb.open_photo(photo).size) <= MAX_SIDE for photo in photos)
    assert sum(photo.stat().st_size for photo in photos) <= MAX_BYTES_OF_ALL
    sheets = [gallery.sheet_file(number) for number, _ in enumerate(gallery.SHEETS, start=1)]
    assert sorted(gallery.FOLDER.glob("sheet_*")) == sorted(sheets)
    assert all(sheet.stat().st_size <= gallery.MAX_BYTES for sheet in sheets)


def test_the_page_is_the_one_that_make_gallery_writes() -> None:
    assert gallery.PAGE.read_text("utf-8") == gallery.page()
