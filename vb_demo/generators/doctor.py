"""What this machine can do, written down: its parts, a verdict for each generator, and the tests that need a GPU."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from xml.etree import ElementTree

from vb_demo.generators.catalog import GeneratorSpec
from vb_demo.generators.memory import PACKAGES, Machine, this_machine
from vb_demo.generators.verdicts import Verdict, overview

TESTS = Path(__file__).parents[2] / "tests"
MARK = "pytest.mark.gpu"
LIBRARIES = ("torch", "diffusers", "transformers", "huggingface_hub", *PACKAGES)


@dataclass(frozen=True)
class Outcome:
    """How one test that needs a GPU went."""

    test: str
    result: str
    """passed, failed or not run."""
    why: str = ""
    """For what did not pass."""


@dataclass(frozen=True)
class Report:
    """Everything that the doctor found out."""

    platform: str
    versions: dict[str, str]
    """Package → its version, or "not installed"."""
    machine: Machine
    generators: tuple[tuple[GeneratorSpec, Verdict], ...]
    outcomes: tuple[Outcome, ...]

    @property
    def healthy(self) -> bool:
        """Nothing failed; what was not run is no failure."""
        return not any(outcome.result == "failed" for outcome in self.outcomes)

    @property
    def markdown(self) -> str:
        """The report as a page."""
        counts = {kind: sum(o.result == kind for o in self.outcomes) for kind in ("passed", "failed", "not run")}
        lines = [
            "# Report on this machine",
            "",
            f"{self.platform}; {self.machine.described}.",
            "",
            *(f"- {name}: {number}" for name, number in self.versions.items()),
            "",
            "## Generators",
            "",
            "| generator | verdict | |",
            "|---|---|---|",
            *(f"| {spec.name} | {judged.state} | {judged.words} |" for spec, judged in self.generators),
            "",
            "## Tests that need a GPU",
            "",
            ", ".join(f"{number} {kind}" for kind, number in counts.items()) + ".",
            "",
            *(f"- {o.result}: {o.test}" + (f" ({o.why})" if o.why else "") for o in self.outcomes),
        ]
        return "\n".join(lines) + "\n"


def examine(tests: Path = TESTS) -> Report:
    """Look at the machine and run the tests marked `gpu`; without a GPU they report that they were not run."""
    machine = this_machine()
    return Report(
        f"{platform.platform()}, Python {platform.python_version()}",
        {name: _version(name) for name in LIBRARIES},
        machine,
        tuple(overview(machine)),
        tuple(run_gpu_tests(tests)),
    )


def run_gpu_tests(tests: Path) -> Sequence[Outcome]:
    """Run the tests marked `gpu`, in a folder or a file, in a process of their own."""
    if not tests.exists() or importlib.util.find_spec("pytest") is None:
        missing = f"there is no {tests}" if not tests.exists() else "pytest is not installed"
        return [Outcome("all of them", "not run", f"{missing}; they come with the source and requirements-dev.txt")]
    # Only files that have such tests: collecting the whole suite takes longer than running them.
    files = [tests] if tests.is_file() else sorted(f for f in tests.rglob("test_*.py") if MARK in f.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        # Test names are told from the folder on, wherever that lies.
        home = tests if tests.is_dir() else tests.parent
        command = [sys.executable, "-m", "pytest", "-m", "gpu", f"--rootdir={home}", f"--junitxml={results}"]
        command += map(str, files)
        run = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, check=False)
        if not results.is_file():
            return [
                Outcome("all of them", "failed", run.stdout.strip().splitlines()[-1] if run.stdout else "no output")
            ]
        return outcomes_in(results.read_text(encoding="utf-8"))


def outcomes_in(junit: str) -> list[Outcome]:
    """Read pytest's JUnit XML."""
    outcomes = []
    for case in ElementTree.fromstring(junit).iter("testcase"):
        name = f"{case.get('classname', '').removeprefix('tests.')}.{case.get('name')}"
        fault = next((part for part in case if part.tag in ("failure", "error", "skipped")), None)
        if fault is None:
            outcomes.append(Outcome(name, "passed"))
        else:
            why = (fault.get("message") or "").strip().split("\n")[0]
            outcomes.append(Outcome(name, "not run" if fault.tag == "skipped" else "failed", why))
    return outcomes


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
