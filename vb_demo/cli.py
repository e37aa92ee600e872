"""The program from a terminal. Answers go to standard output, everything else to standard error.

What loads slowly is imported inside the command that needs it, so that `--help` is instant.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vb_demo.errors import InputError
from vb_demo.evaluation.cli import bench, evaluate, stereo
from vb_demo.terminal import (
    AsJson,
    CalibrateColors,
    GeneratorName,
    MinPercent,
    PhotoFile,
    Seed,
    Steps,
    load_painter,
    logs_on_stderr,
    plain,
    print_answer,
    writing,
)
from vb_demo.training.cli import app as training

if TYPE_CHECKING:
    from vb_demo.answers import Answer
    from vb_demo.generators import Painting
    from vb_demo.images import Photo

app = typer.Typer(
    help="Ask an image generator in words; read metres, directions and names from what it paints.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(training, name="train", no_args_is_help=False)


class Registering(StrEnum):
    OFF = "off"
    MEASURE = "measure"
    CORRECT = "correct"


TaskWords = Annotated[
    list[str],
    typer.Option(
        "--task",
        metavar="TASK",
        help='depth, normals, segment, instances, or free words: "paint the car red". Again for one more answer.',
    ),
]
OneTask = Annotated[str, typer.Option("--task", metavar="TASK", help="As for ask.")]
Prompt = Annotated[str | None, typer.Option(help="The exact words to paint from, instead of the task's own.")]
Of = Annotated[str | None, typer.Option(metavar="KIND", help='For instances, the kind of thing: "chair".')]
FieldOfView = Annotated[
    float | None,
    typer.Option("--hfov", metavar="DEGREES", help="The camera's horizontal field of view, if you know it."),
]
At = Annotated[
    list[str] | None,
    typer.Option(metavar="X,Y", help="A pixel to read, more than once if you like. Default: the centre."),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Write pictures, arrays and the point cloud here.")]
PictureFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the picture goes, as PNG.")]
Register = Annotated[
    Registering,
    typer.Option(help="Find out whether the painting is shifted or zoomed against the photo, or also bring it back."),
]


class Style(StrEnum):
    PROSE = "prose"
    HEX = "hex"
    JSON = "json"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 2 bad input, explained in a sentence on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return app(arguments or ["--help"], prog_name="python -m vb_demo", standalone_mode=False) or 0
    except (InputError, typer.TyperException) as error:
        sentence = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        print(" ".join(sentence.split()), file=sys.stderr)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130


# --- ask and decode -------------------------------------------------------------------------------------------------


@app.command()
def ask(
    photo: PhotoFile,
    task: TaskWords,
    prompt: Prompt = None,
    of: Of = None,
    generator: GeneratorName = None,
    seed: Seed = 0,
    steps: Steps = None,
    votes: Annotated[int, typer.Option(min=1, metavar="N", help="Paint so often, and combine the answers.")] = 1,
    register: Register = Registering.OFF,
    calibrate_colors: CalibrateColors = False,
    min_percent: MinPercent = 0.0,
    hfov: FieldOfView = None,
    at: At = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Have a generator paint the answer to a question about a photo, and read it."""
    if prompt is not None and len(task) > 1:
        raise InputError(
            '--prompt goes with one --task. Give the words as a task: --task depth --task "paint the car red".'
        )
    with logs_on_stderr():
        import vb_demo as vb
        from vb_demo.tasks import task_of

        tasks = [task_of(words).name for words in task]
        if len(set(tasks)) < len(tasks):
            raise InputError(f"One answer of a kind fits into a scene; these were asked for: {', '.join(tasks)}.")
        _check_kind(of, tasks)
        picture = vb.open_photo(photo, hfov=hfov)
        pixels = _pixels(at, picture)
        painter = load_painter(generator)
        answers = {
            name: vb.ask(
                picture,
                words,
                prompt=prompt,
                of=of,
                generator=painter,
                steps=steps,
                seed=seed,
                votes=votes,
                register=register.value,
                calibrate_colors=calibrate_colors,
                min_percent=min_percent,
            )
            for name, words in zip(tasks, task, strict=True)
        }
        facts = _facts(picture, answers, pixels, out)
    print_answer(facts if as_json else _in_lines(facts))


@app.command()
def decode(
    painted: Annotated[Path, typer.Argument(metavar="PAINTED", help="The painted picture's file.")],
    task: OneTask,
    photo: Annotated[
        Path | None, typer.Option(help="What was painted about; the answer then lies on its pixels.")
    ] = None,
    prompt: Prompt = None,
    of: Of = None,
    encoding: Annotated[
        str | None,
        typer.Option(help='How to read the colours, such as "inverse-grey", instead of the task\'s own way.'),
    ] = None,
    register: Register = Registering.OFF,
    calibrate_colors: CalibrateColors = False,
    min_percent: MinPercent = 0.0,
    hfov: FieldOfView = None,
    at: At = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Read a picture that was painted somewhere else."""
    if register is not Registering.OFF and photo is None:
        raise InputError("To see whether a painting lies on its photo, --photo is needed too.")
    with logs_on_stderr():
        import vb_demo as vb
        from vb_demo.tasks import task_of

        named = task_of(task).name
        _check_kind(of, [named])
        picture = vb.open_photo(photo or painted, hfov=hfov)
        pixels = _pixels(at, picture)
        answer = vb.decode(
            painted,
            task,
            prompt=prompt,
            of=of,
            photo=picture,
            encoding=encoding,
            register=register.value,
            calibrate_colors=calibrate_colors,
            min_percent=min_percent,
        )
        facts = _facts(picture, {named: answer}, pixels, out)
    print_answer(facts if as_json else _in_lines(facts))


@app.command()
def edit(
    photo: PhotoFile,
    words: Annotated[str, typer.Argument(metavar="WORDS", help='What to change: "make it rain".')],
    out: PictureFile,
    generator: GeneratorName = None,
    seed: Seed = 0,
    steps: Steps = None,
    as_json: AsJson = False,
) -> None:
    """Have an image editor change a photo; nothing is decoded."""
    _check_png(out)
    with logs_on_stderr():
        import vb_demo as vb

        painting = vb.edit(vb.open_photo(photo), words, generator=load_painter(generator), seed=seed, steps=steps)
        facts = _saved(painting, out)
    print_answer(facts if as_json else _picture_line(facts))


@app.command()
def draw(
    words: Annotated[str, typer.Argument(metavar="WORDS", help='What to draw: "a kitchen with three chairs".')],
    out: PictureFile,
    generator: GeneratorName = None,
    size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="In pixels.")] = "1024x1024",
    seed: Seed = 0,
    steps: Steps = None,
    as_json: AsJson = False,
) -> None:
    """Have a generator draw a picture without a photo; nothing is decoded. `ask` takes the picture for a photo."""
    _check_png(out)
    pixels = _size(size)
    with logs_on_stderr():
        import vb_demo as vb

        painting = vb.draw(words, generator=load_painter(generator), size=pixels, seed=seed, steps=steps)
        facts = _saved(painting, out)
    print_answer(facts if as_json else _picture_line(facts))


def _size(words: str) -> tuple[int, int]:
    """Read `WIDTHxHEIGHT`."""
    sides = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})", words.strip().lower())
    if sides is None:
        raise InputError(f"--size takes WIDTHxHEIGHT in pixels, such as 1024x768; received {words!r}.")
    return int(sides[1]), int(sides[2])


def _check_png(out: Path) -> None:
    if out.suffix.lower() != ".png":
        raise InputError(f"--out is {out.name!r}; the picture is written as a .png file.")


def _saved(painting: Painting, out: Path) -> dict[str, Any]:
    """Write a picture of which nothing is decoded, and say how it came about."""
    from PIL import Image

    picture = Image.fromarray(painting.pixels)
    with writing(out):
        picture.save(out)
    return {
        "generator": painting.generator,
        "prompt": painting.prompt,
        "size": list(picture.size),
        "seed": painting.seed,
        "steps": painting.steps,
        "seconds": painting.seconds,
        "file": str(out),
    }


def _picture_line(facts: dict[str, Any]) -> str:
    """`_saved` for people."""
    width, height = facts["size"]
    return (
        f"{facts['file']}, {width} × {height}, painted by {facts['generator']} "
        f"in {facts['seconds']:.1f} s, seed {facts['seed']}"
    )


def _check_kind(of: str | None, tasks: Sequence[str]) -> None:
    if of is not None and "instances" not in tasks:
        raise InputError(f"--of names a kind of thing; that goes with instances only, not with {', '.join(tasks)}.")


def _pixels(at: list[str] | None, photo: Photo) -> list[tuple[int, int]]:
    """Read `X,Y` words and see that they lie in the photo."""
    if not at:
        return [(photo.width // 2, photo.height // 2)]
    pixels = []
    for words in at:
        try:
            x, y = (int(word) for word in words.split(","))
        except ValueError:
            raise InputError(
                f"--at takes a pixel as X,Y in whole numbers, such as 412,230; received {words!r}."
            ) from None
        if not (0 <= x < photo.width and 0 <= y < photo.height):
            raise InputError(
                f"--at {words} lies outside the photo; x may be 0 to {photo.width - 1}, y 0 to {photo.height - 1}."
            )
        pixels.append((x, y))
    return pixels


def _facts(
    photo: Photo, answers: dict[str, Answer], pixels: Sequence[tuple[int, int]], out: Path | None
) -> dict[str, Any]:
    """What a command found out, ready for JSON. `answers` go by the name of their task."""
    from vb_demo.scene import Scene

    slots = {"depth": "depth", "normals": "normals", "segment": "segments", "instances": "instances"}
    named: dict[str, Any] = {slots[task]: answer for task, answer in answers.items()}
    scene = Scene(photo, **named)
    origins = [
        {"task": task, **plain(answer.provenance), "votes": getattr(answer, "votes", 1)}
        for task, answer in answers.items()
    ]
    findings = [found for answer in scene.answers.values() for found in _findings(answer)]
    readings = [plain(scene.reading(x, y)) for x, y in pixels]
    for reading in readings:
        reading["normal"] = reading.pop("direction")
    return {
        **origins[0],
        "answers": origins,
        "findings": findings,
        "size": list(photo.size),
        "camera": photo.camera.as_dict(),
        "readings": readings,
        "objects": plain(scene.objects()),
        "files": plain(scene.export(out, pixels)) if out is not None else {},
    }


def _findings(answer: Answer) -> Iterator[str]:
    """What was noticed about an answer as a whole, in sentences."""
    from vb_demo.answers import DepthMap, SegmentMap
    from vb_demo.votes import absent

    for finding in (answer.provenance.misalignment, answer.provenance.drift):
        if finding is not None:
            yield finding.describe()
    if isinstance(answer, DepthMap) and answer.stretched:
        yield f"Metres are {answer.stretched}."
    if percent := answer.provenance.min_percent:
        yield f"What covers less than {percent:g} % of the picture was ignored."
    if isinstance(answer, SegmentMap) and (missing := absent(answer)):
        yield f"Not found in the photo: {', '.join(missing)}."


def _in_lines(facts: dict[str, Any]) -> str:
    """`_facts` for people."""
    lines = []
    for origin in facts["answers"]:
        took = "" if origin["seconds"] is None else f", painted in {origin['seconds']:.1f} s"
        times = f" in {origin['votes']} votes" if origin["votes"] > 1 else ""
        lines.append(f"{origin['task']} by {origin['generator']}{times}{took}")
    lines += facts["findings"]
    lines.append(f"camera: {facts['camera']['description']}")
    for r in facts["readings"]:
        lines.append(
            _spaced(
                f"{r['x']},{r['y']}",
                _metres(r["depth_m"]),
                r["nearness"] is not None and f"nearness {r['nearness']:.2f}",
                r["facing"],
                r["thing"] or r["label"],
                r["note"],
                r["reliability"] is not None and f"reliability {r['reliability']:.2f}",
            )
        )
    for o in facts["objects"]:
        lines.append(
            _spaced(
                o["name"],
                f"{o['area_share']:.1%} of the photo",
                o["nearest_m"] is not None and f"from {_metres(o['nearest_m'])}",
                o["width_m"] is not None and f"{_metres(o['width_m'])} wide, {_metres(o['height_m'])} high",
                o["facing"],
            )
        )
    lines += [f"{name}: {path}" for name, path in facts["files"].items()]
    return "\n".join(lines)


# --- words, generators ----------------------------------------------------------------------------------------------


@app.command()
def parse(
    words: Annotated[
        str, typer.Argument(metavar="PROMPT", help='Such as "paint the cat orange, the background purple".')
    ],
    style: Annotated[Style | None, typer.Option(help="Write the legend anew in this style.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how a prompt is understood, without painting anything."""
    from vb_demo.prompts import parse_instances, parse_prompt
    from vb_demo.tasks import task_of

    facts: dict[str, Any] = {"task": task_of(words).name}
    lines = [f"task: {facts['task']}"]
    if facts["task"] == "segment":
        legend = parse_prompt(words)
        entries = [{"name": e.name, "color": e.color.hex, "color_name": e.color.name} for e in legend.entries]
        background = legend.background.hex if legend.background else None
        written = legend.write(style.value if style else legend.style)
        facts |= {
            "style": style or legend.style,
            "entries": entries,
            "background": background,
            "warnings": list(legend.warnings),
            "written": written,
        }
        lines += [_spaced(e["color"], e["name"], f"({e['color_name']})") for e in entries]
        lines.append(_spaced(background or "not said", "background"))
        lines += [f"note: {warning}" for warning in legend.warnings]
        if style:
            lines = [written]
    elif facts["task"] == "instances" and (asked := parse_instances(words)):
        background = asked.background.hex if asked.background else None
        facts |= {"of": asked.of, "background": background}
        lines += [f"things: {asked.of}", _spaced(background or "not said", "background")]
    print_answer(facts if as_json else "\n".join(lines))


@app.command()
def rewrite(
    query: Annotated[str, typer.Argument(metavar="QUERY", help='Such as "the place where piano players should sit".')],
    generator: GeneratorName = None,
    as_json: AsJson = False,
) -> None:
    """Say plainly what is described indirectly, with the generator's language model or the one in the settings."""
    with logs_on_stderr():
        from vb_demo.generators import rewriting

        found = rewriting.rewrite(query, load_painter(generator) if generator else None)
    print_answer(plain(found) if as_json else f"{found.words}\n{found.note}")


@app.command()
def generators(
    words: Annotated[
        bool, typer.Option("--words", help="Also the words for each task, and the codec that reads the answer.")
    ] = False,
    write_pages: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a page of documentation for each instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the generators that are known by name, and say which of them this machine can run."""
    with logs_on_stderr():
        from vb_demo.generators import facts
        from vb_demo.generators.memory import this_machine
        from vb_demo.generators.pages import write_pages as write
        from vb_demo.generators.verdicts import overview

        if write_pages is not None:
            with writing(write_pages):
                files = write(write_pages)
        else:
            machine = this_machine()
            judged = overview(machine)
    if write_pages is not None:
        print_answer({"files": plain(files)} if as_json else "\n".join(map(str, files)))
    elif as_json:
        rows = [{**plain(spec), "verdict": plain(found), "tasks": facts.tasks_of(spec)} for spec, found in judged]
        print_answer({"machine": plain(machine), "generators": rows})
    else:
        lines = [f"Here: {machine.described}. Sizes in memory are estimates.", ""]
        for spec, found in judged:
            lines += [
                f"{spec.name}: {spec.title}",
                f"    {facts.licence(spec)}; {facts.on_disk(spec)} on disk; GPU: {facts.gpu_memory(spec)}; "
                f"tasks: {facts.named_tasks(spec)}",
                f"    {spec.note}",
                f"    {found.state}: {found.words}",
                *(f"        {line}" for line in facts.dialect_lines(spec) if words),
            ]
        print_answer("\n".join(lines))


@app.command()
def doctor(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the report here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Report what this machine can do, and run the tests that need a GPU where there is one."""
    if out is not None:
        with writing(out):
            out.open("a").close()  # what cannot be written to is refused before the tests, which take minutes
    with logs_on_stderr():
        from vb_demo.generators.doctor import examine

        report = examine()
    if out is not None:
        with writing(out):
            out.write_text(report.markdown, encoding="utf-8")
    facts = {
        **plain(report),
        "healthy": report.healthy,
        "generators": {s.name: plain(v) for s, v in report.generators},
    }
    print_answer(facts if as_json else report.markdown)
    if not report.healthy:
        raise typer.Exit(1)


# --- looking --------------------------------------------------------------------------------------------------------


@app.command("app")
def serve(
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
    share: Annotated[bool, typer.Option("--share", help="Also make a public link through Gradio's servers.")] = False,
    generator: GeneratorName = None,
    generator_menu: Annotated[
        bool | None,
        typer.Option(
            envvar="VB_DEMO_GENERATOR_MENU",
            help="Whether visitors may choose another generator, for all of them. Default: while only this machine is "
            "let in.",
        ),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not show the page here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open the app in a browser; Ctrl+C closes it."""
    if generator_menu is None:
        generator_menu = host in ("127.0.0.1", "localhost", "::1") and not share
    with logs_on_stderr():
        from vb_demo.ui import launch

        painter = load_painter(generator) if generator else None
        try:
            page = launch(
                host=host,
                port=port,
                share=share,
                open_browser=not no_browser,
                generator=painter,
                menu=generator_menu,
                block=False,
            )
        except OSError as error:
            raise InputError(f"The app cannot listen on {host}:{port}; choose another --port or --host.") from error
    print_answer(
        {"url": page.local_url, "public_url": page.share_url} if as_json else f"{page.share_url or page.local_url}"
    )
    with logs_on_stderr():
        page.block_thread()


@app.command()
def view(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What ask or decode wrote with --out; or a PLY file.")],
    surface: Annotated[bool, typer.Option("--surface", help="Show the surface instead of the point cloud.")] = False,
    as_json: AsJson = False,
) -> None:
    """Turn a result around in a window of its own."""
    with logs_on_stderr():
        from vb_demo import window

        seen = window.load_geometries(folder, surface=surface)
        window.show(seen, str(folder))
    number = len(seen[0].vertices if surface else seen[0].points)
    print_answer({"folder": str(folder), "points": number} if as_json else f"{folder}: {number:,} points")


# The commands that measure have a module of their own.
app.command()(evaluate)
app.command()(stereo)
app.add_typer(bench, name="bench")


def _metres(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} m"


def _spaced(*parts: str | bool | None) -> str:
    """Columns of a line; those with nothing to say are left out."""
    return "  ".join(part for part in parts if part and isinstance(part, str))
