from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from vb_demo.evaluation import visits
from vb_demo.evaluation.visits import Calls, Load, Report, Row, table

QUICK = Row("click: a pin", browser_ms=30, server_ms=12, cpu_ms=11, received=5_000, paints=False)
SLOW = replace(QUICK, work="open 3D", server_ms=101)
PAINTED = replace(SLOW, work="run depth", paints=True)
IN_BROWSER = replace(QUICK, work="hover: the readout", server_ms=0, received=0)
REPORT = Report(3, Load(900, 300, 80, 0, {"html": 50_000, "js": 400_000}), [QUICK, SLOW, PAINTED, IN_BROWSER])


def test_the_table_marks_what_breaks_the_promise() -> None:
    assert [row.late for row in REPORT.rows] == [False, True, False, False]
    lines = table(REPORT).splitlines()
    assert "450 kB (html 50, js 400) in 80 requests, 0 to other hosts" in lines[0]
    assert [line.split("kB")[-1].strip() for line in lines if line.startswith(("click", "open", "run"))] == [
        "",
        "over 100 ms",
        "paints",
    ]
    assert lines[-1] == "Of 3 interactions without painting, 2 keep the server's 100 ms."


def test_calls_at_the_same_time_count_once(monkeypatch: Any) -> None:
    clock = iter([10.0, 10.1, 10.3, 10.4])  # one begins, another begins, the first ends, the other ends
    monkeypatch.setattr(visits.time, "perf_counter", lambda: next(clock, 11.0))

    async def process_api(turn: asyncio.Event, done: asyncio.Event) -> dict[str, Any]:
        await turn.wait()
        done.set()
        return {}

    app: Any = SimpleNamespace(process_api=process_api)
    calls = Calls(app)

    async def both() -> None:
        go, first_done, second_done = asyncio.Event(), asyncio.Event(), asyncio.Event()
        pair = asyncio.gather(app.process_api(go, first_done), app.process_api(first_done, second_done))
        await asyncio.sleep(0)
        go.set()
        await pair

    with ThreadPoolExecutor(1) as elsewhere:  # a browser of other tests has its loop running in this thread
        elsewhere.submit(asyncio.run, both()).result()
    assert round(calls.busy_ms(since=0)) == 400
    assert round(calls.busy_ms(since=10.2)) == 200
    assert calls.last == 10.4
