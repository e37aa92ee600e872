from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vb_demo.cli import main
from vb_demo.evaluation.speed import Row
from vb_demo.evaluation.visits import Load, Report
from vb_demo.evaluation.visits import Row as VisitRow
from vb_demo.generators.base import PAPER_DIALECT

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, painter: Any) -> Run:
    """Run a command with the exact painter as the generator: exit status, standard output, standard error."""
    monkeypatch.setattr("vb_demo.generators.load_generator", lambda name="painter": painter)

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        return (status, *capfd.readouterr())

    return run


@pytest.fixture
def photo(tmp_path: Path, world: Any) -> Path:
    path = tmp_path / "photo.png"
    world.photo.pil.save(path)
    return path


def middle(mask: np.ndarray) -> tuple[int, int]:
    """(x, y) of the pixel in the middle of a mask."""
    y, x = np.median(np.argwhere(mask), axis=0).astype(int)
    assert mask[y, x]
    return int(x), int(y)


def refused(result: tuple[int, str, str]) -> str:
    """See that a command was refused properly; return its sentence."""
    status, output, errors = result
    assert status == 2
    assert output == ""
    assert len(errors.strip().splitlines()) == 1
    return errors.strip()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from vb_demo.cli import main; status = main(['--help']); "
        "heavy = {'torch', 'diffusers', 'transformers', 'open3d', 'gradio', 'plotly', 'scipy', 'skimage'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(command in done.stdout for command in ("ask", "decode", "parse", "app", "view", "evaluate", "train"))


def test_the_module_runs_and_passes_its_status_on() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vb_demo", "parse", "paint the cat blorange"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "blorange" in done.stderr
    assert done.stdout == ""


def test_ask_reads_a_pixel(run: Run, photo: Path, world: Any) -> None:
    x, y = middle(world.labels == 3)
    status, output, _ = run("ask", photo, "--task", "depth", "--at", f"{x},{y}", "--hfov", 70)
    assert status == 0
    [line] = [line for line in output.splitlines() if line.startswith(f"{x},{y}  ")]
    assert "2.50 m" in line
    assert "reliability 1.00" in line
    assert "70°" in output


def test_ask_as_json_is_one_object(run: Run, photo: Path, world: Any) -> None:
    (x, y), (sky_x, sky_y) = middle(world.labels == 3), (2, 1)
    assert np.isinf(world.depth[sky_y, sky_x])
    status, output, _ = run(
        *("ask", photo, "--task", "depth", "--task", "normals", "--task", "paint the box red, the ball green"),
        *("--at", f"{x},{y}", "--at", f"{sky_x},{sky_y}", "--hfov", 70, "--seed", 5, "--json"),
    )
    assert status == 0
    facts = json.loads(output)
    assert (facts["task"], facts["generator"], facts["seed"]) == ("depth", "painter", 5)
    assert facts["prompt"] == PAPER_DIALECT["depth"].words
    assert [answer["task"] for answer in facts["answers"]] == ["depth", "normals", "segment"]
    assert facts["size"] == [96, 72]
    assert facts["camera"]["source"] == "user"
    box, sky = facts["readings"]
    assert (box["x"], box["y"], box["label"], box["facing"]) == (x, y, "box", "faces the camera")
    assert box["depth_m"] == pytest.approx(2.5, abs=0.02)
    assert box["normal"] == pytest.approx([0, 0, 1], abs=0.01)
    assert box["reliability"] > 0.9
    assert (sky["depth_m"], sky["note"]) == (None, "sky")
    assert {thing["name"] for thing in facts["objects"]} == {"box", "ball"}
    assert all(thing["color"] in ("#ff0000", "#008000", "#00ff00") for thing in facts["objects"])
    assert facts["files"] == {}


def test_ask_reads_the_centre_when_nothing_else_is_asked(run: Run, photo: Path) -> None:
    _, output, _ = run("ask", photo, "--task", "depth", "--json")
    [reading] = json.loads(output)["readings"]
    assert (reading["x"], reading["y"]) == (48, 36)


def test_ask_writes_files(run: Run, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    status, output, _ = run("ask", photo, "--task", "depth", "--out", out, "--json")
    assert status == 0
    files = json.loads(output)["files"]
    assert files
    assert all(Path(file).is_file() for file in files.values())
    assert (out / "cloud.ply").is_file()


def test_ask_finds_things_of_a_kind(run: Run, photo: Path, painter: Any) -> None:
    status, output, _ = run("ask", photo, "--task", "instances", "--of", "ball", "--json")
    assert status == 0
    assert [thing["name"] for thing in json.loads(output)["objects"]] == ["ball 1", "ball 2"]
    assert "Each ball" in painter.prompts[0]


def test_libraries_that_print_do_not_spoil_the_answer(
    run: Run, photo: Path, painter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint = painter.paint

    def noisy(*arguments: Any, **options: Any) -> Any:
        print("loading …")
        subprocess.run(["echo", "from C++"], check=True)
        return paint(*arguments, **options)

    monkeypatch.setattr(painter, "paint", noisy)
    status, output, errors = run("ask", photo, "--task", "depth", "--json")
    assert status == 0
    assert json.loads(output)["task"] == "depth"
    assert "loading …" in errors
    assert "from C++" in errors


def test_decode_reads_a_painting(run: Run, photo: Path, tmp_path: Path, world: Any, painter: Any) -> None:
    painted = tmp_path / "painted.png"
    Image.fromarray(painter.paint(world.photo, PAPER_DIALECT["depth"].words).pixels[::2, ::2]).save(painted)
    x, y = middle(world.labels == 3)
    status, output, _ = run("decode", painted, "--task", "depth", "--photo", photo, "--at", f"{x},{y}", "--json")
    assert status == 0
    facts = json.loads(output)
    assert (facts["generator"], facts["size"]) == ("upload", [96, 72])
    assert facts["readings"][0]["depth_m"] == pytest.approx(2.5, abs=0.02)
    _, output, _ = run("decode", painted, "--task", "depth", "--json")
    assert json.loads(output)["size"] == [48, 36]


def test_decode_says_that_relative_depth_has_no_metres(run: Run, tmp_path: Path) -> None:
    Image.new("RGB", (16, 16), (128, 128, 128)).save(tmp_path / "grey.png")
    status, output, _ = run("decode", tmp_path / "grey.png", "--task", "depth", "--encoding", "inverse-grey", "--json")
    assert status == 0
    [reading] = json.loads(output)["readings"]
    assert reading["depth_m"] is None
    assert reading["nearness"] == pytest.approx(0.5, abs=0.01)
    assert "relative" in reading["note"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ask", "PHOTO", "--task", "depth", "--at", "12"], "--at takes a pixel"),
        (["ask", "PHOTO", "--task", "depth", "--at", "1.5,2"], "--at takes a pixel"),
        (["ask", "PHOTO", "--task", "depth", "--at", "-1,2"], "x may be 0 to 95, y 0 to 71"),
        (["ask", "PHOTO", "--task", "depth", "--at", "96,0"], "outside the photo"),
        (["ask", "PHOTO", "--task", "paint the cat blorange"], "blorange"),
        (["ask", "PHOTO", "--task", "depth", "--task", "depth"], "One answer of a kind"),
        (["ask", "PHOTO", "--task", "depth", "--task", "normals", "--prompt", "x"], "--prompt goes with one --task"),
        (["ask", "PHOTO", "--task", "depth", "--hfov", "500"], "field of view"),
        (["ask", "PHOTO", "--task", "instances"], "Instances of what"),
        (["ask", "PHOTO"], "--task"),
        (["ask", "nowhere.jpg", "--task", "depth"], "nowhere.jpg"),
        (["ask", "TEXT", "--task", "depth"], "not-a-picture.jpg"),
        (["ask", "PHOTO", "--task", "depth", "--seed", "x"], "seed"),
        (["ask", "PHOTO", "--task", "depth", "--seed", "9" * 23], "Seed must be a whole number from 0 to 2147483647."),
        (["ask", "PHOTO", "--task", "depth", "--seed", "-1"], "Seed must be a whole number from 0 to 2147483647."),
        (["ask", "PHOTO", "--task", "depth", "--of", "cat"], "goes with instances only, not with depth"),
        (["ask", "PHOTO", "--task", "depth", "--task", "normals", "--of", "cat"], "only, not with depth, normals"),
        (["decode", "PHOTO", "--task", "depth", "--of", "cat"], "goes with instances only, not with depth"),
        (["doctor", "--out", "TEXT/x.md"], "TEXT/x.md' cannot be written to"),
        (["generators", "--write-pages", "TEXT/pages"], "TEXT/pages' cannot be written to"),
        (["decode", "PHOTO", "--task", "depth", "--encoding", "rainbow"], "cube-walk"),
        (["decode", "PHOTO", "--task", "normals", "--encoding", "cube-walk"], "opengl"),
        (["evaluate", "nowhere"], "meta.json"),
        (["stereo", "TEXT", "--out", "sets"], "zip or tar"),
        (["view", "nowhere"], "cloud.ply"),
        (["parse", ""], "empty"),
        (["decode", "PHOTO", "--task", "segment"], "need a legend"),
        (["asc"], "asc"),
        (["train"], "Missing command"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_input_is_one_sentence(run: Run, photo: Path, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    text = tmp_path / "not-a-picture.jpg"
    text.write_text("hello")
    named = {"PHOTO": str(photo), "TEXT": str(text)}

    def meant(words: str) -> str:
        return re.sub("PHOTO|TEXT", lambda name: named[name[0]], words)

    assert meant(sentence) in refused(run(*map(meant, arguments)))


def test_a_kind_is_for_the_instances_among_several_tasks(run: Run, photo: Path) -> None:
    status, output, _ = run("ask", photo, "--task", "depth", "--task", "instances", "--of", "ball", "--json")
    assert status == 0
    assert [thing["name"] for thing in json.loads(output)["objects"]] == ["ball 1", "ball 2"]


def test_an_unknown_generator_is_refused(capfd: pytest.CaptureFixture[str], photo: Path) -> None:
    status = main(["ask", str(photo), "--task", "depth", "--generator", "banana-split"])
    assert "plantain" in refused((status, *capfd.readouterr()))


def test_parse_shows_the_legend(run: Run) -> None:
    words = "paint the cat's ears orange, the exit sign blue, the background purple"
    status, output, _ = run("parse", words, "--json")
    assert status == 0
    facts = json.loads(output)
    assert (facts["task"], facts["background"]) == ("segment", "#800080")
    assert facts["entries"][1] == {"name": "exit sign", "color": "#0000ff", "color_name": "blue"}
    _, output, _ = run("parse", words)
    assert "#0000ff  exit sign  (blue)" in output.splitlines()


@pytest.mark.parametrize("style", ["prose", "hex", "json"])
def test_parse_writes_what_it_reads(run: Run, style: str) -> None:
    _, written, _ = run("parse", "The cat is orange. The background is #102030.", "--style", style)
    _, again, _ = run("parse", written.strip(), "--json")
    facts = json.loads(again)
    assert [(entry["name"], entry["color"]) for entry in facts["entries"]] == [("cat", "#ffa500")]
    assert facts["background"] == "#102030"
    assert facts["style"] == ("json" if style == "json" else facts["style"])


def test_parse_knows_the_other_tasks(run: Run) -> None:
    _, output, _ = run("parse", "Each ball is colored differently. Background is black.", "--json")
    assert json.loads(output) == {"task": "instances", "of": "ball", "background": "#000000"}
    _, output, _ = run("parse", PAPER_DIALECT["depth"].words, "--json")
    assert json.loads(output) == {"task": "depth"}


def test_a_photo_is_changed_into_a_file(run: Run, painter: Any, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "rain.png"
    assert "cannot change them" in refused(run("edit", photo, "depth", "--out", out))
    painter.edits = True
    status, output, _ = run("edit", photo, "depth", "--out", out, "--seed", 4, "--json")
    assert status == 0
    facts = json.loads(output)
    assert (facts["prompt"], facts["seed"], facts["file"]) == ("depth", 4, str(out))
    assert Image.open(out).size == painter.world.photo.size
    assert ".png" in refused(run("edit", photo, "depth", "--out", tmp_path / "rain.jpg"))
    assert "cannot be written to" in refused(run("edit", photo, "depth", "--out", photo / "rain.png"))


def test_a_picture_is_drawn_into_a_file(run: Run, painter: Any, tmp_path: Path) -> None:
    out = tmp_path / "new" / "kitchen.png"
    assert "cannot draw without one" in refused(run("draw", "a kitchen", "--out", out))
    painter.draws = True
    status, output, _ = run("draw", "a kitchen", "--out", out, "--size", "64x48", "--seed", 4, "--json")
    assert status == 0
    facts = json.loads(output)
    assert (facts["prompt"], facts["size"], facts["seed"], facts["file"]) == ("a kitchen", [64, 48], 4, str(out))
    assert Image.open(out).size == (64, 48)
    _, output, _ = run("draw", "a kitchen", "--out", out, "--size", "64x48", "--seed", 4)
    assert output.startswith(f"{out}, 64 × 48, painted by painter in ")
    assert output.strip().endswith("seed 4")
    assert "nothing to draw" in refused(run("draw", " ", "--out", out))
    for size in ("big", "64", "-64x64", "64x64x64", "1e3x64"):
        assert "--size takes WIDTHxHEIGHT" in refused(run("draw", "a kitchen", "--out", out, "--size", size))
    assert ".png" in refused(run("draw", "a kitchen", "--out", tmp_path / "kitchen.jpg"))


def test_a_reasoning_query_goes_through_unchanged_where_no_model_is_at_hand(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VB_DEMO_SETTINGS", str(tmp_path / "none.toml"))
    _, output, _ = run("rewrite", "what keeps him dry", "--generator", "painter", "--json")
    facts = json.loads(output)
    assert (facts["words"], facts["by"]) == ("what keeps him dry", None)
    assert "no language model is at hand" in facts["note"]
    assert "nothing to rewrite" in refused(run("rewrite", " "))


def test_generators_are_listed(run: Run) -> None:
    _, output, _ = run("generators", "--json")
    assert json.loads(output)["generators"][0]["name"] == "plantain"
    _, output, _ = run("generators")
    assert "\nplantain: " in output
    assert "\nopen-vision-banana: " in output
    assert re.search(r"\nplantain: .*\n.* tasks: depth \(metric\), normals, segment, instances\n", output)
    assert re.search(r"\nflux-kontext: .*\n.* tasks: depth \(relative\), normals, .*, edit, draw\n", output)
    assert "Generate relative inverse depth" not in output
    _, output, _ = run("generators", "--words")
    asked = output[output.index("\nopen-vision-banana: ") :].splitlines()
    assert "        depth (inverse-grey, relative): Generate relative inverse depth: near points" in asked[5]
    assert asked[6] == "        normals (opengl): Encode camera-space surface normals in the RGB channels."
    assert "        depth (cube-walk, metric): Predict the metric depth" in output
    assert "        depth (linear-grey, relative): no words are sent\n" in output


def test_the_doctor_writes_a_report(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vb_demo.generators import doctor

    good, bad = doctor.Outcome("test_a", "not run", "no GPU here"), doctor.Outcome("test_b", "failed", "1 is not 2")
    monkeypatch.setattr(doctor, "run_gpu_tests", lambda tests: [good])
    report = tmp_path / "no" / "such" / "folder" / "report.md"
    status, output, _ = run("doctor", "--out", report)
    assert status == 0
    assert output.strip() == report.read_text(encoding="utf-8").strip()
    assert "- not run: test_a (no GPU here)" in output
    monkeypatch.setattr(doctor, "run_gpu_tests", lambda tests: [good, bad])
    status, output, _ = run("doctor", "--json")
    assert status == 1
    monkeypatch.setattr(doctor, "run_gpu_tests", lambda tests: pytest.fail("was refused after the tests"))
    assert "cannot be written to" in refused(run("doctor", "--out", tmp_path))
    facts = json.loads(output)
    assert facts["generators"]["plantain"]["state"] == "ready"
    assert facts["outcomes"][1] == {"test": "test_b", "result": "failed", "why": "1 is not 2"}


def test_evaluate_prints_a_table(run: Run, tmp_path: Path, world: Any) -> None:
    folder = tmp_path / "room"
    for name in ("rgb", "depth"):
        (folder / name).mkdir(parents=True)
    camera = world.photo.camera
    k = [camera.fx, camera.fy, camera.cx, camera.cy]
    (folder / "meta.json").write_text(json.dumps({"kind": "rgbd", "items": {"a": {"K": k}}}))
    world.photo.pil.save(folder / "rgb" / "a.png")
    stored = np.where(np.isinf(world.depth), 0, np.nan_to_num(world.depth, posinf=0) * 1000).astype(np.uint16)
    Image.fromarray(stored).save(folder / "depth" / "a.png")
    status, output, errors = run("evaluate", folder)
    assert status == 0
    assert "commit" in output.splitlines()[0]
    assert any("| room" in line and "depth δ1" in line and "1.000" in line for line in output.splitlines())
    assert "painting 2 of 2" in errors
    _, output, _ = run("evaluate", folder, folder, "--last", 1, "--json")
    facts = json.loads(output)
    assert [one["dataset"] for one in facts["sets"]] == ["room", "room"]
    assert facts["sets"][0]["figures"][0]["name"] == "depth δ1 ↑"
    _, output, _ = run("evaluate", folder, "--robustness")
    assert any("JPEG" in line and "| 0.000" in line for line in output.splitlines())
    _, output, _ = run("evaluate", folder, "--robustness", "--json")
    assert json.loads(output)["robustness"][0]["changes"][0]["figure"] == "depth δ1 ↑"
    assert "one painting at a time" in refused(run("evaluate", folder, "--robustness", "--votes", 3))


def test_stereo_makes_sets_to_evaluate(run: Run, tmp_path: Path) -> None:
    speckles = np.random.default_rng(1).integers(0, 255, (64, 136), np.uint8)
    calibration = {"fx": 100, "cx0": 64, "cx1": 64, "cy": 32, "baseline_meters": 0.1}
    with zipfile.ZipFile(tmp_path / "pairs.whl", "w") as archive:
        archive.writestr("oak-d/stereodemo_calibration.json", json.dumps(calibration))
        for side, pixels in (("left", speckles[:, :128]), ("right", speckles[:, 8:])):
            Image.fromarray(pixels).save(tmp_path / "side.png")
            archive.write(tmp_path / "side.png", f"oak-d/desk_{side}.png")
    _, output, _ = run("stereo", tmp_path / "pairs.whl", "--out", tmp_path / "sets")
    assert output.strip().endswith("stereo_oak: 1 photos")
    _, output, _ = run("stereo", tmp_path / "pairs.whl", "--out", tmp_path / "sets", "--json")
    assert json.loads(output) == {"photos": {str(tmp_path / "sets" / "stereo_oak"): 1}}
    status, output, _ = run("evaluate", tmp_path / "sets" / "stereo_oak")
    assert status == 0
    assert "depth δ1" in output


def test_bench_times_every_task(run: Run, photo: Path, painter: Any) -> None:
    status, output, _ = run("bench", "paint", photo, "--rounds", 2, "--json")
    assert status == 0
    facts = json.loads(output)
    tasks = facts["tasks"]
    assert list(tasks) == list(PAPER_DIALECT)
    assert facts["peak_memory_mb"] is None or 20 < facts["peak_memory_mb"] < 50_000
    assert all(0 < times["median_s"] < 10 for times in tasks.values())
    assert len(painter.prompts) == 3 * len(tasks)


def test_bench_compares_the_codecs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "vb_demo.evaluation.speed.bench_codecs", lambda: [Row("depth, decode", 2.0, 60.0, ratio=30.0, equal=True)]
    )
    _, output, _ = run("bench", "codecs", "--json")
    [row] = json.loads(output)["rows"]
    assert (row["work"], row["milliseconds"], row["equal"]) == ("depth, decode", 2.0, True)
    _, output, _ = run("bench", "codecs")
    assert "30.0×" in output


def test_bench_visits_the_app(run: Run, monkeypatch: pytest.MonkeyPatch, painter: Any) -> None:
    load = Load(900, 300, 80, 0, {"html": 50_000})
    report = Report(2, load, [VisitRow("click: a pin", 30, 12, 11, 5_000, paints=False)])
    monkeypatch.setattr("vb_demo.evaluation.browser.chromium", lambda: nullcontext("browser"))
    monkeypatch.setattr("vb_demo.evaluation.visits.bench_app", lambda *asked: report if asked[2] == 2 else None)
    _, output, _ = run("bench", "app", "--visits", 2, "--json")
    assert json.loads(output)["rows"][0]["server_ms"] == 12
    _, output, _ = run("bench", "app", "--visits", 2)
    assert "click: a pin" in output


def test_bench_says_what_it_needs_to_visit_the_app(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert "pip install -r requirements-dev.txt" in refused(run("bench", "app"))


def test_app_tells_its_address_and_waits(run: Run, monkeypatch: pytest.MonkeyPatch, painter: Any) -> None:
    waited = []
    page = SimpleNamespace(local_url="http://here:7000/", share_url=None, block_thread=lambda: waited.append(True))
    asked: dict[str, Any] = {}

    def launch(**options: Any) -> Any:
        asked.update(options)
        return page

    monkeypatch.setitem(sys.modules, "vb_demo.ui", SimpleNamespace(launch=launch))
    status, output, _ = run("app", "--port", 7000, "--no-browser", "--generator", "painter", "--json")
    assert status == 0
    assert json.loads(output) == {"url": "http://here:7000/", "public_url": None}
    assert (asked["port"], asked["open_browser"], asked["generator"]) == (7000, False, painter)
    assert waited == [True]


@pytest.mark.parametrize(
    ("options", "setting", "menu"),
    [
        ([], "", True),
        (["--host", "0.0.0.0"], "", False),
        (["--share"], "", False),
        (["--no-generator-menu"], "", False),
        (["--host", "0.0.0.0", "--generator-menu"], "", True),
        ([], "off", False),
        (["--host", "0.0.0.0"], "on", True),
    ],
)
def test_visitors_choose_the_generator_only_where_that_is_meant(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str], setting: str, menu: bool
) -> None:
    asked: dict[str, Any] = {}
    page = SimpleNamespace(local_url="", share_url=None, block_thread=lambda: None)
    monkeypatch.setitem(sys.modules, "vb_demo.ui", SimpleNamespace(launch=lambda **given: asked.update(given) or page))
    monkeypatch.setenv("VB_DEMO_GENERATOR_MENU", setting)
    assert run("app", *options)[0] == 0
    assert asked["menu"] is menu


def test_a_port_that_is_taken_is_said_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(**_: Any) -> Any:
        raise OSError("Cannot find empty port in range: 7000-7000")

    monkeypatch.setitem(sys.modules, "vb_demo.ui", SimpleNamespace(launch=launch))
    assert "127.0.0.1:7000" in refused(run("app", "--port", 7000))


def test_view_needs_a_display(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    header = "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header"
    (tmp_path / "cloud.ply").write_text(f"{header}\n0 0 -1\n")
    assert "no display" in refused(run("view", tmp_path))


def test_ask_tells_what_it_noticed(run: Run, photo: Path, painter: Any) -> None:
    words = "paint the box red, the cat green and the ball blue"
    options = ("--votes", 3, "--calibrate-colors", "--min-percent", 0.1)
    status, output, _ = run("ask", photo, "--task", words, *options, "--json")
    assert status == 0
    facts = json.loads(output)
    assert facts["votes"] == 3
    assert len(painter.prompts) == 3
    assert facts["drift"]["size"] == 0
    assert facts["min_percent"] == 0.1
    assert facts["findings"][1:] == [
        "What covers less than 0.1 % of the picture was ignored.",
        "Not found in the photo: cat.",
    ]
    _, output, _ = run("ask", photo, "--task", words, *options)
    assert "in 3 votes" in output.splitlines()[0]
    assert "Not found in the photo: cat." in output.splitlines()


def test_decode_registers_to_a_photo(run: Run, photo: Path, tmp_path: Path, world: Any, painter: Any) -> None:
    pixels = painter.paint(world.photo, PAPER_DIALECT["normals"].words).pixels
    painted = tmp_path / "painted.png"
    Image.fromarray(np.roll(pixels, 5, axis=1)).save(painted)
    options = ("decode", painted, "--task", "normals", "--register", "correct")
    _, output, _ = run(*options, "--photo", photo, "--json")
    facts = json.loads(output)
    assert facts["misalignment"]["dx"] == pytest.approx(5, abs=0.5)
    assert "to the right" in facts["findings"][0]
    assert "--photo" in refused(run(*options))


def test_evaluate_compares_numbers_of_votes(run: Run, tmp_path: Path, world: Any, painter: Any) -> None:
    folder = tmp_path / "street"
    for name in ("rgb", "label"):
        (folder / name).mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"kind": "semantic", "classes": ["floor", "wall", "box", "ball"]}))
    world.photo.pil.save(folder / "rgb" / "a.png")
    Image.fromarray(np.where(world.labels == 0, 255, world.labels - 1).astype(np.uint8)).save(
        folder / "label" / "a.png"
    )
    status, output, _ = run("evaluate", folder, "--votes", 1, "--votes", 3, "--calibrate-colors")
    assert status == 0
    assert len(painter.prompts) == 4
    [head] = [line for line in output.splitlines() if "3 votes" in line]
    assert "1 vote " in head
    [row] = [line for line in output.splitlines() if "mIoU" in line]
    assert row.count("1.000") == 2
    _, output, _ = run("evaluate", folder, "--votes", 3, "--json")
    assert [one["votes"] for one in json.loads(output)["sets"]] == [3]
