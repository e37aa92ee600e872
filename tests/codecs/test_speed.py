from __future__ import annotations

from vb_demo.evaluation.speed import Row, bench_codecs, table


def test_the_benchmark_compares_equal_values() -> None:
    rows = bench_codecs(rounds=1, side=60)
    assert {row.work.split(",")[0] for row in rows} == {"depth", "normals", "segmentation", "instances"}
    compared = [row for row in rows if row.ratio is not None]
    assert len(compared) == 4
    assert all(row.equal for row in compared)
    assert all(row.ratio == row.rival_milliseconds / row.milliseconds for row in compared)


def test_the_table_prints_ratios() -> None:
    rows = [
        Row("depth, decode", 12.5, 500.0, 40.0, True),
        Row("depth, encode", 1, 2, 2, False),
        Row("normals, decode", 10),
    ]
    header, *lines = table(rows).splitlines()
    assert "hilbertmap" in header
    assert lines[0].split() == ["depth,", "decode", "12.5", "ms", "500.0", "ms", "40.0×", "yes"]
    assert lines[1].endswith("NO")
    assert lines[2].split() == ["normals,", "decode", "10.0", "ms", "–", "–", "–"]
