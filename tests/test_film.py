from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from vb_demo.errors import InputError
from vb_demo.film import animated, open_frames
from vb_demo.images import Photo, fitted


def write_film(path: Path, frames: int, *, rotation: float = 0, rate: int = 10) -> Path:
    """A film that gets brighter; its left half is red."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4" if path.suffix != ".webm" else "libvpx", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(frames):
            pixels = np.full((32, 64, 3), 250 * number // max(1, frames - 1), np.uint8)
            pixels[:, :32, 0] = 255
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode())
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".mkv", ".avi"])
def test_frames_are_spread_over_a_film(tmp_path: Path, suffix: str) -> None:
    frames = open_frames([write_film(tmp_path / f"walk{suffix}", 50)], most=5)
    assert [frame.size for frame in frames] == [(64, 32)] * 5
    brightness = [float(frame.pixels[:, 40:].mean()) for frame in frames]
    assert brightness == sorted(brightness)
    assert brightness[0] < 15
    assert brightness[-1] > 230
    assert frames[0].name == "walk at 0.0 s"
    assert 4.5 <= float(frames[-1].name.split()[2]) <= 4.9


def test_frames_of_a_film_are_made_small_as_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_small: list[int] = []

    def watched(photo: Photo, max_pixels: int) -> Photo:
        made_small.append(max_pixels)
        return fitted(photo, max_pixels)

    monkeypatch.setattr("vb_demo.film.fitted", watched)
    frames = open_frames([write_film(tmp_path / "walk.mp4", 12)], most=4, max_pixels=600)
    assert [frame.size for frame in frames] == [(34, 17)] * 4
    assert len(made_small) > 4  # those that were left out in the end as well


def test_a_short_film_gives_what_it_has(tmp_path: Path) -> None:
    assert len(open_frames([write_film(tmp_path / "short.mp4", 3)])) == 3


def test_a_film_is_upright(tmp_path: Path) -> None:
    (frame,) = open_frames([write_film(tmp_path / "phone.mp4", 1, rotation=90)])
    assert frame.size == (32, 64)
    # A quarter turn counter-clockwise brings what was left to the bottom.
    assert frame.pixels[48:, :, 0].mean() > 200 > 100 > frame.pixels[:16, :, 0].mean()


def test_pictures_that_move_and_photos_make_one_row(tmp_path: Path) -> None:
    grey = [Image.new("RGB", (20, 16), (shade,) * 3) for shade in (10, 90, 170, 250)]
    grey[0].save(tmp_path / "turn.gif", save_all=True, append_images=grey[1:])
    Image.new("RGB", (40, 30), "teal").save(tmp_path / "still.png")
    frames = open_frames([tmp_path / "still.png", tmp_path / "turn.gif"], max_pixels=300)
    assert [frame.name for frame in frames] == ["still.png", *(f"turn, frame {n}" for n in (1, 2, 3, 4))]
    assert [int(frame.pixels.mean()) for frame in frames[1:]] == pytest.approx([10, 90, 170, 250], abs=3)
    assert all(frame.width * frame.height <= 300 for frame in frames)
    assert frames[0].size == (20, 15)


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There are no pictures"):
        open_frames([])
    (tmp_path / "broken.mp4").write_bytes(b"no film at all" * 100)
    with pytest.raises(InputError, match=r"broken\.mp4 is not a film .* Allowed are photos"):
        open_frames([tmp_path / "broken.mp4"])
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(InputError, match=r"notes\.txt is not a picture"):
        open_frames([tmp_path / "notes.txt"])
    Image.new("RGB", (20, 16)).save(tmp_path / "one.png")
    with pytest.raises(InputError, match="These are more than 2 pictures"):
        open_frames([tmp_path / "one.png"] * 3, most=2)
    with pytest.raises(InputError, match="no picture file"):
        open_frames([tmp_path / "gone.jpg"])


def test_a_play_list_cannot_open_other_files(tmp_path: Path) -> None:
    write_film(tmp_path / "secret.mp4", 3)
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path / 'secret.mp4'}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile secret.mp4\n",
    ):
        (tmp_path / "list.mp4").write_text(text)
        with pytest.raises(InputError, match="is not a film"):
            open_frames([tmp_path / "list.mp4"])


def test_a_film_that_is_cut_off_gives_what_can_be_read(tmp_path: Path) -> None:
    whole = write_film(tmp_path / "whole.mkv", 40).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    assert 0 < len(open_frames([tmp_path / "cut.mkv"])) <= 12


def test_an_animation_shows_all_frames_at_one_size() -> None:
    frames = [np.full((12, 16, 3), 40, np.uint8), np.full((24, 16, 3), 200, np.uint8)]
    with Image.open(io.BytesIO(animated(frames, seconds=0.5))) as moving:
        assert (moving.format, moving.n_frames, moving.size) == ("WEBP", 2, (16, 12))
        moving.seek(1)
        second = np.asarray(moving.convert("RGB"))
        assert second[:, 7:9].mean() == pytest.approx(200, abs=3)  # 24 × 16 fitted into 12 × 16
        assert second[:, [0, -1]].mean() < 5
        assert moving.info["duration"] == 500
