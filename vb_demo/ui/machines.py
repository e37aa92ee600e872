"""For other programs and language models: named endpoints, which are MCP tools too. They keep no state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache

from vb_demo.prompts import parse_prompt
from vb_demo.ui import asking
from vb_demo.ui.asking import Painter, words_for
from vb_demo.ui.controls import ONE_PAINTING, any_image, in_words
from vb_demo.ui.session import Fresh, Session, open_session, with_answer

Answered = tuple[dict[str, Any], list[str]]
"""What result.json holds, and the paths of all files."""


def serve_machines(painter: Painter) -> None:
    """Add the endpoints to the app; nothing of them is seen.

    The functions' names and docstrings are what a language model reads of its tools, a line for each parameter.
    """
    with gr.Row(visible=False):
        photo = any_image(label="photo")
        painting = any_image(label="painting")
        words = gr.Textbox(label="words")
        steps = gr.Number(0, precision=0, label="steps")
        seed = gr.Number(0, precision=0, label="seed")
        pins = gr.JSON([], label="pins")
        x1, y1, x2, y2 = (gr.Number(0, precision=0, label=label) for label in ("x1", "y1", "x2", "y2"))
        result = gr.JSON(label="result")
        files = gr.Files(label="files")
        buttons = [gr.Button() for _ in range(5)]

    @in_words
    def ask_about_photo(photo: str, words: str, pins: list[list[int]], seed: int, steps: int) -> Answered:
        """Ask one question about a photo: how far everything is, which way surfaces face, or what is where. An image generator paints the answer and the painting is read, pixel by pixel. Distances are estimates in metres.

        Args:
            photo: The photo to ask about.
            words: "depth" for metres, "normals" for surface directions, or a legend that gives things colours, such as "the cat is orange, the sofa #4080c0, the background black".
            pins: Pixels to read, as [[x, y], …] from the upper left corner; each comes back with metres, direction and name, as far as asked for. May be empty.
            seed: Another seed gives another painting.
            steps: Painting steps; 0 is the generator's own number.

        Returns:
            result: unit, camera, readings at the pins, objects with area, distance, width and height, conventions, versions
            files: depth_m_float32.npz and the like, pictures, masks, point cloud
        """  # noqa: E501 - Gradio reads a line for each parameter
        return answered(painted(open_session(photo), [words], seed, steps), pins)

    @in_words
    def ask_everything(photo: str, words: str, pins: list[list[int]], seed: int, steps: int) -> Answered:
        """Ask for depth, surface directions and named things at once, and get them joined: objects with name, distance, width, height and the way they face. Distances are estimates in metres.

        Args:
            photo: The photo to ask about.
            words: A legend that gives things colours, such as "the cat is orange, the background black". Empty: no names.
            pins: Pixels to read, as [[x, y], …] from the upper left corner; each comes back with metres, direction and name. May be empty.
            seed: Another seed gives other paintings.
            steps: Painting steps; 0 is the generator's own number.

        Returns:
            result: unit, camera, readings at the pins, objects, conventions, versions
            files: arrays, pictures, masks, point cloud, surface
        """  # noqa: E501
        asked = ["depth", "normals", *([words] if words.strip() else [])]
        return answered(painted(open_session(photo), asked, seed, steps), pins)

    @in_words
    def measure_distance(photo: str, x1: int, y1: int, x2: int, y2: int) -> dict[str, Any]:
        """Measure how far two places in a photo are apart, and how far each is from the camera, in metres with a range.

        Args:
            photo: The photo to measure in.
            x1: Column of the first pixel, from the left, 0 is the first.
            y1: Row of the first pixel, from the top.
            x2: Column of the second pixel.
            y2: Row of the second pixel.

        Returns:
            between and from_camera: value, low, high and unit; camera: how the field of view is known, on which lengths depend
        """  # noqa: E501
        scene = painted(open_session(photo), ["depth"]).scene
        assert scene is not None
        ends = [(int(x1), int(y1)), (int(x2), int(y2))]
        measured = [scene.distance_between(*ends), *(scene.distance_at(*end) for end in ends)]
        between, *from_camera = [{"text": each.describe(), **vars(each)} for each in measured]
        return {"between": between, "from_camera": from_camera, "camera": scene.photo.camera.as_dict()}

    @in_words
    def decode_painting(photo: str, painting: str, words: str, pins: list[list[int]]) -> Answered:
        """Read a picture that another image generator painted about a photo; nothing is painted here.

        Args:
            photo: The photo that the painting is about.
            painting: The painted picture, with the photo's aspect ratio.
            words: What the painter was asked for: "depth", "normals", or the legend, such as "the cat is orange, the background black".
            pins: Pixels of the photo to read, as [[x, y], …]. May be empty.

        Returns:
            result: unit, camera, readings at the pins, objects, conventions, versions
            files: arrays, pictures, masks
        """  # noqa: E501
        session = open_session(photo)
        return answered(with_answer(session, asking.decode(session, painting, full(words), painter.dialect)), pins)

    @in_words
    def parse_legend(words: str) -> dict[str, Any]:
        """See how a legend is understood, before anything is painted.

        Args:
            words: Prose, hex codes, rgb() or JSON, such as "paint the cat orange, the sofa #4080c0, the rest black".

        Returns:
            entries with name and colour, the background's colour, and warnings
        """
        legend = parse_prompt(words)
        background = legend.background.hex if legend.background else None
        entries = [{"name": name, "color": color.hex} for name, color in legend.entries]
        return {"entries": entries, "background": background, "warnings": list(legend.warnings)}

    def painted(session: Session, questions: Iterable[str], seed: int = 0, steps: int = 0) -> Session:
        for words in questions:
            fresh: Fresh = asking.ask(session, full(words), painter.get(), seed=int(seed), steps=int(steps))
            session = with_answer(session, fresh)
        return session

    def full(words: str) -> str:
        return words_for(words, painter.dialect) if words in ("depth", "normals") else words

    def answered(session: Session, pins: Sequence[Sequence[int]] | None) -> Answered:
        assert session.scene is not None
        with TemporaryDirectory(prefix="vb_demo_") as folder:
            written = session.scene.export(folder, [(int(x), int(y)) for x, y in pins or []])
            result = json.loads(Path(written["result.json"]).read_text("utf-8"))
            # In the cache, from where Gradio serves them and clears them away; see `delete_cache`.
            return result, [save_file_to_cache(path, files.GRADIO_CACHE) for path in written.values()]

    answer = [result, files]
    asked = [photo, words, pins, seed, steps]
    buttons[0].click(ask_about_photo, asked, answer, api_name="ask", **ONE_PAINTING)
    buttons[1].click(ask_everything, asked, answer, api_name="everything", **ONE_PAINTING)
    buttons[2].click(measure_distance, [photo, x1, y1, x2, y2], result, api_name="measure", **ONE_PAINTING)
    buttons[3].click(decode_painting, [photo, painting, words, pins], answer, api_name="decode")
    buttons[4].click(parse_legend, words, result, api_name="parse")
