from __future__ import annotations

from pathlib import Path

import pytest

from vb_demo.generators import doctor
from vb_demo.generators.doctor import Outcome, examine, outcomes_in, run_gpu_tests
from vb_demo.generators.memory import Machine

JUNIT = """<testsuites><testsuite tests="3">
<testcase classname="tests.generators.test_gpu" name="test_a"/>
<testcase classname="tests.generators.test_gpu" name="test_b"><failure message="assert 1 == 2&#10;more"/></testcase>
<testcase classname="tests.generators.test_gpu" name="test_c"><skipped message="no GPU here"/></testcase>
</testsuite></testsuites>"""


def test_results_are_read() -> None:
    assert outcomes_in(JUNIT) == [
        Outcome("generators.test_gpu.test_a", "passed"),
        Outcome("generators.test_gpu.test_b", "failed", "assert 1 == 2"),
        Outcome("generators.test_gpu.test_c", "not run", "no GPU here"),
    ]


def test_the_report_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "this_machine", lambda: Machine(ram_gb=8, disk_gb=100))
    monkeypatch.setattr(doctor, "run_gpu_tests", lambda tests: outcomes_in(JUNIT))
    report = examine()
    assert not report.healthy
    assert "1 passed, 1 failed, 1 not run." in report.markdown
    assert "- failed: generators.test_gpu.test_b (assert 1 == 2)" in report.markdown
    assert "- not run: generators.test_gpu.test_c (no GPU here)" in report.markdown
    assert "no GPU, 8 GB of main memory free" in report.markdown
    assert "| open-vision-banana | blocked |" in report.markdown
    assert "- torch: " in report.markdown


def test_without_tests_it_says_so(tmp_path: Path) -> None:
    outcome = run_gpu_tests(tmp_path / "nowhere")[0]
    assert outcome.result == "not run"
    assert "there is no" in outcome.why


def test_it_really_runs_them(tmp_path: Path) -> None:
    file = tmp_path / "test_tiny.py"
    file.write_text(
        "import pytest\n"
        "@pytest.mark.gpu\ndef test_good(): pass\n"
        "@pytest.mark.gpu\n@pytest.mark.skipif(True, reason='no GPU here')\ndef test_absent(): pass\n"
        "def test_unmarked(): assert False\n"
    )
    assert run_gpu_tests(file) == [
        Outcome("test_tiny.test_good", "passed"),
        Outcome("test_tiny.test_absent", "not run", "no GPU here"),
    ]
