"""For other programs and language models: named endpoints, which are MCP tools too. They keep no state."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ParamSpec, TypeVar
from urllib.parse import unquote

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import is_in_or_equal
from PIL import Image

from vb_demo.agreement import normal_agreement
from vb_demo.explain import explain
from vb_demo.export import plain
from vb_demo.flow import MAX_SEED
from vb_demo.generators import Painting
from vb_demo.layers import WORST_DEGREES, agreement_colors
from vb_demo.prompts import parse_prompt
from vb_demo.scene import Scene
from vb_demo.ui import asking
from vb_demo.ui.asking import Painter, words_for
from vb_demo.ui.controls import ONE_PAINTING, any_image, in_words, served_file, whole_number
from vb_demo.ui.machine_facts import SHAPES, as_list, pixels, told, told_why, with_known
from vb_demo.ui.markup import packed
from vb_demo.ui.panels.check import meaning
from vb_demo.ui.session import MAX_STEPS, MAX_VOTES, Session, open_session, with_answer, with_fov

Answered = tuple[dict[str, Any], list[str]]
"""What result.json holds, and the paths of all files."""
Pictured = tuple[dict[str, Any], str | None]
"""What there is to say about a picture, and its path."""
MIN_SIDE, MAX_SIDE = 64, 2048
"""Pixels of a drawing's sides."""
GRIDS = "readings, distances and calibration are in pixels of the photo as handed in (original_size_px), the camera and all files in those of photo.png (size_px)"
"""Which pixels are meant, for `conventions`."""
NUMBERS = {"type": "array", "items": {"type": "number"}}
"""JSON schema of a row."""
SHARED = {
    "{painting}": """seed: Another seed gives another painting; 0 to 2147483647.
            steps: Painting steps, at most 50; 0 is the generator's own number.""",
    "{reading}": """votes: How many paintings are combined, 1 to 9; more take longer, are steadier, and tell by how much they differ.
            hfov: Field of view across the photo in degrees, if you know the camera; 0 is what the photo says or, where it says nothing, an assumption. Lengths depend on it.""",
    "{known}": "known: Lengths in metres that you know, which set the scale: [[x, y, metres from the camera], …], or [[x1, y1, x2, y2, metres between the two pixels]], or [[metres of the camera above the ground]]. Empty: metres as painted, whose scale is a guess.",
}
"""What the docstrings below have in common."""

P = ParamSpec("P")
R = TypeVar("R")


def tool(function: Callable[P, R]) -> Callable[P, R]:
    """An endpoint: its mistakes are sentences, and its docstring holds what is `SHARED`."""
    for name, text in SHARED.items():
        function.__doc__ = (function.__doc__ or "").replace(name, text)
    return in_words(function, markup=False)


def handed_in(label: str) -> gr.Image:
    """A picture that is uploaded, or at an address: one of the internet, or that of an upload to this very app.

    By itself Gradio fetches nothing from its own network, so not what its own tool (`upload-mcp`) put here.
    """
    image = any_image(label=label)
    fetch = image.async_move_resource_to_block_cache

    async def look(address: str | None) -> str | None:
        path = unquote(str(address).rpartition("/gradio_api/file=")[2])
        return await fetch(path if is_in_or_equal(path, image.GRADIO_CACHE) else address)

    image.async_move_resource_to_block_cache = look
    return image


def rows(label: str, row: dict[str, Any]) -> gr.JSON:
    """A list of rows. By itself `gr.JSON` describes itself so that language models' tools are refused as invalid."""
    given = gr.JSON([], label=label)
    given.api_info = lambda: {"type": "array", "items": row}
    return given


def serve_machines(painter: Painter) -> None:
    """Add the endpoints to the app; nothing of them is seen.

    The functions' names and docstrings are what a language model reads of its tools, a line for each parameter.
    """
    with gr.Row(visible=False):
        photo, painting = (handed_in(label) for label in ("photo", "painting"))
        words = gr.Textbox(label="words")
        steps = whole_number("steps", 0, 0, MAX_STEPS)
        seed = whole_number("seed", 0, 0, MAX_SEED)
        votes = whole_number("votes", 1, 1, MAX_VOTES)
        hfov = gr.Number(0, label="hfov")
        pins, known = (rows(label, NUMBERS) for label in ("pins", "known"))
        places = rows("places", {"type": "array", "items": {"anyOf": [{"type": "number"}, NUMBERS]}})
        x, y, x1, y1, x2, y2 = (gr.Number(0, label=label) for label in ("x", "y", "x1", "y1", "x2", "y2"))
        shape = gr.Dropdown(list(SHAPES), value="path", label="shape")
        width, height = whole_number("width", 1152, MIN_SIDE, MAX_SIDE), whole_number("height", 864, MIN_SIDE, MAX_SIDE)
        result = gr.JSON(label="result")
        files = gr.Files(label="files")
        picture = any_image(label="picture", format="png")

    @tool
    def ask_about_photo(
        photo: str, words: str, pins: Any, seed: int, steps: int, votes: int, hfov: float, known: Any
    ) -> Answered:
        """Ask one question about a photo: how far everything is, which way surfaces face, or what is where. An image generator paints the answer and the painting is read, pixel by pixel. Distances are estimates in metres.

        Args:
            photo: The photo to ask about.
            words: "depth" for metres, "normals" for surface directions, or a legend that gives things colours, such as "the cat is orange, the sofa #4080c0, the background black".
            pins: Pixels to read, as [[x, y], …] from the upper left corner; each comes back with metres, direction and name, as far as asked for. May be empty.
            {painting}
            {reading}
            {known}

        Returns:
            result: unit, camera, readings at the pins, objects with area, distance, width and height, conventions, versions
            files: depth_m_float32.npz and the like, pictures, masks, point cloud
        """
        session = painted(opened(photo, hfov), [words], seed, steps, votes)
        return answered(with_known(session, known), pins)

    @tool
    def ask_everything(
        photo: str, words: str, pins: Any, seed: int, steps: int, votes: int, hfov: float, known: Any
    ) -> Answered:
        """Ask for depth, surface directions and named things at once, and get them joined: objects with name, distance, width, height and the way they face. Distances are estimates in metres.

        Args:
            photo: The photo to ask about.
            words: A legend that gives things colours, such as "the cat is orange, the background black". Empty: no names.
            pins: Pixels to read, as [[x, y], …] from the upper left corner; each comes back with metres, direction and name. May be empty.
            {painting}
            {reading}
            {known}

        Returns:
            result: unit, camera, readings at the pins, objects, conventions, versions
            files: arrays, pictures, masks, point cloud, surface
        """
        asked = ["depth", "normals", *([words] if words.strip() else [])]
        session = painted(opened(photo, hfov), asked, seed, steps, votes)
        return answered(with_known(session, known), pins)

    @tool
    def measure_distance(
        photo: str,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        seed: int,
        steps: int,
        votes: int,
        hfov: float,
        known: Any,
    ) -> dict[str, Any]:
        """Measure how far two places in a photo are apart, and how far each is from the camera, in metres with a range.

        Args:
            photo: The photo to measure in.
            x1: Column of the first pixel, from the left, 0 is the first.
            y1: Row of the first pixel, from the top.
            x2: Column of the second pixel.
            y2: Row of the second pixel.
            {painting}
            {reading}
            {known}

        Returns:
            between and from_camera: value, low, high and unit; camera: of the photo as handed in, and how its field of view is known, on which lengths depend
        """
        session = with_known(painted(opened(photo, hfov), ["depth"], seed, steps, votes), known)
        scene, ends = scene_of(session), pixels(session, [[x1, y1], [x2, y2]])
        between, *from_camera = map(told, [scene.distance_between(*ends), *(scene.distance_at(*end) for end in ends)])
        return {"between": between, "from_camera": from_camera, "camera": camera_of(session)}

    @tool
    def measure_shape(
        photo: str, shape: str, places: Any, seed: int, steps: int, votes: int, hfov: float, known: Any
    ) -> dict[str, Any]:
        """Measure a path, a height, a flat area, or the angle between two flat surfaces in a photo, in metres, square metres and degrees, each with a range. How high a named thing is comes with the objects of ask_everything.

        Args:
            photo: The photo to measure in.
            shape: "path" along all places, "height" between two places, one above the other, "area" of the flat surface inside a line, or "angle" between two surfaces.
            places: Pixels [[x, y], …] from the upper left corner: the stations of the path, the top and the bottom, or the corners of the line. For "angle" two such lines: [[[x, y], …], [[x, y], …]].
            {painting}
            {reading}
            {known}

        Returns:
            path_m, height_m, area_m2 with length_m, width_m and tilt_degrees (0 = floor, 90 = wall), or angle_degrees; value, low, high and text of each
        """
        session = with_known(painted(opened(photo, hfov), ["depth"], seed, steps, votes), known)
        scene = scene_of(session)
        lines = as_list(places) if shape == "angle" else [places]
        found = SHAPES[shape](scene, [pixels(session, line) for line in lines])
        return {**found, "camera": camera_of(session)}

    @tool
    def explain_value(
        photo: str,
        words: str,
        x: float,
        y: float,
        seed: int,
        steps: int,
        votes: int,
        hfov: float,
        known: Any,
    ) -> dict[str, Any]:
        """Explain why a pixel of a photo has its metres, its direction or its name: which colour was painted there, which valid colour it was read as, how far apart the two are, and what one level of colour is worth.

        Args:
            photo: The photo that the pixel is in.
            words: What to ask: "depth", "normals", or a legend such as "the cat is orange, the background black".
            x: Column of the pixel, from the left, 0 is the first.
            y: Row of the pixel, from the top.
            {painting}
            {reading}
            {known}

        Returns:
            reading: what is known at the pixel as handed in, robust against its neighbours; why: the explanation in words and numbers
        """
        session = with_known(painted(opened(photo, hfov), [words], seed, steps, votes), known)
        scene, [pixel] = scene_of(session), pixels(session, [[x, y]])
        reading = {**plain(scene.reading(*pixel)), "x": x, "y": y}
        return {"reading": reading, "why": [told_why(why) for why in explain(scene, *pixel)]}

    @tool
    def check_agreement(photo: str, seed: int, steps: int, votes: int, hfov: float) -> Pictured:
        """Check how far an answer about a photo can be trusted: depth and surface directions are painted apart, and directions also follow from the depth. The angle between the two, in degrees, tells where metres and directions contradict each other.

        Args:
            photo: The photo to ask about.
            {painting}
            {reading}

        Returns:
            result: median and mean angle, and what they mean
            picture: the angle at each pixel: dark where both agree, bright where they contradict each other
        """
        scene = scene_of(painted(opened(photo, hfov), ["depth", "normals"], seed, steps, votes))
        found = normal_agreement(scene)
        facts = {"median_degrees": found.median, "mean_degrees": found.mean, "brightest_degrees": WORST_DEGREES}
        text = f"{found.describe()} {meaning(found)}"
        return {**facts, "text": text}, served_file(*packed(Image.fromarray(agreement_colors(found))), "agreement")

    @tool
    def edit_photo(photo: str, words: str, seed: int, steps: int) -> Pictured:
        """Change a photo as words say, where the generator is an image editor; nothing is measured. What comes back is a painted picture, which can be asked about like a photo.

        Args:
            photo: The photo to change.
            words: What to change, such as "change the weather to a rainstorm".
            {painting}

        Returns:
            result: who painted, from which words, seed and steps
            picture: the changed photo
        """
        how: dict[str, Any] = {"seed": seed, "steps": steps, "stop": threading.Event()}
        return pictured(asking.edit(open_session(photo), words, painter.get(), **how))

    @tool
    def draw_picture(words: str, width: int, height: int, seed: int, steps: int) -> Pictured:
        """Draw a picture from words alone, where the generator can. What comes back is a painted picture, which can be asked about like a photo.

        Args:
            words: What to draw, such as "a kitchen with three chairs".
            width: Of the picture in pixels, 64 to 2048.
            height: Of the picture in pixels, 64 to 2048.
            {painting}

        Returns:
            result: who painted, from which words, seed and steps
            picture: the drawing
        """
        how: dict[str, Any] = {"seed": seed, "steps": steps, "stop": threading.Event()}
        return pictured(asking.draw(words, painter.get(), size=(width, height), **how))

    @tool
    def decode_painting(photo: str, painting: str, words: str, pins: Any, hfov: float, known: Any) -> Answered:
        """Read a picture that another image generator painted about a photo; nothing is painted here.

        Args:
            photo: The photo that the painting is about.
            painting: The painted picture, with the photo's aspect ratio.
            words: What the painter was asked for: "depth", "normals", or the legend, such as "the cat is orange, the background black".
            pins: Pixels of the photo to read, as [[x, y], …]. May be empty.
            hfov: Field of view across the photo in degrees; 0 is what the photo says or, where it says nothing, an assumption.
            {known}

        Returns:
            result: unit, camera, readings at the pins, objects, conventions, versions
            files: arrays, pictures, masks
        """
        session = opened(photo, hfov)
        session = with_answer(session, asking.decode(session, painting, full(words), painter.dialect))
        return answered(with_known(session, known), pins)

    @tool
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

    def opened(photo: str, hfov: float) -> Session:
        session = open_session(photo)
        return with_fov(session, hfov) if hfov else session

    def painted(session: Session, questions: Iterable[str], seed: int, steps: int, votes: int) -> Session:
        for words in questions:
            answer = asking.ask(session, full(words), painter.get(), seed=seed, steps=steps, votes=votes)
            session = with_answer(session, answer)
        return session

    def full(words: str) -> str:
        return words_for(words, painter.dialect) if words in ("depth", "normals") else words

    def scene_of(session: Session) -> Scene:
        assert session.scene is not None
        return session.scene

    def camera_of(session: Session) -> dict[str, Any]:
        """For the photo as it was handed in."""
        return scene_of(session).photo.camera.scaled(*session.original_size).as_dict()

    def answered(session: Session, pins: Any) -> Answered:
        places = pins or []
        with TemporaryDirectory(prefix="vb_demo_") as folder:
            written = scene_of(session).export(folder, pixels(session, places))
            result = json.loads(Path(written["result.json"]).read_text("utf-8"))
            # What goes in comes out, whatever the grid of the files; see `GRIDS`.
            result["photo"]["original_size_px"] = list(session.original_size)
            result["conventions"]["grids"] = GRIDS
            for reading, (x, y) in zip(result["readings"], places, strict=True):
                reading |= {"x": x, "y": y}
            for length, (start, end) in zip(result["distances"], pairwise(places), strict=True):
                if length:
                    length |= {"from": start, "to": end}
            if scale := result["calibration"]:
                across, down = (o / w for o, w in zip(session.original_size, result["photo"]["size_px"], strict=True))
                scale["points"] = [[round(x * across, 3), round(y * down, 3)] for x, y in scale["points"]]
            # In the cache, from where Gradio serves them and clears them away; see `delete_cache`.
            return result, [save_file_to_cache(path, files.GRADIO_CACHE) for path in written.values()]

    def pictured(made: Painting) -> Pictured:
        picture = Image.fromarray(made.pixels)
        facts = {name: getattr(made, name) for name in ("generator", "prompt", "seed", "steps", "seconds")}
        return {**facts, "size_px": list(picture.size)}, served_file(*packed(picture), "picture")

    painting_how = [seed, steps]
    reading_how = [*painting_how, votes, hfov]
    how = [*reading_how, known]
    for name, function, inputs, outputs in (
        ("ask", ask_about_photo, [photo, words, pins, *how], [result, files]),
        ("everything", ask_everything, [photo, words, pins, *how], [result, files]),
        ("measure", measure_distance, [photo, x1, y1, x2, y2, *how], result),
        ("shape", measure_shape, [photo, shape, places, *how], result),
        ("explain", explain_value, [photo, words, x, y, *how], result),
        ("agreement", check_agreement, [photo, *reading_how], [result, picture]),
        ("edit", edit_photo, [photo, words, *painting_how], [result, picture]),
        ("draw", draw_picture, [words, width, height, *painting_how], [result, picture]),
        ("decode", decode_painting, [photo, painting, words, pins, hfov, known], [result, files]),
        ("parse", parse_legend, words, result),
    ):
        turn = {} if function in (decode_painting, parse_legend) else ONE_PAINTING
        gr.Button(visible=False).click(function, inputs, outputs, api_name=name, **turn)
