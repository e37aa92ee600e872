from __future__ import annotations

from vb_demo.evaluation.figures import Figure, Report
from vb_demo.evaluation.robustness import Change, Robustness
from vb_demo.evaluation.tables import origin, robustness_table, table, votes_table


def test_the_table_is_markdown_with_the_baselines_beside() -> None:
    report = Report(
        "room",
        "plantain",
        (
            Figure("depth δ1 ↑", 0.5, None, 0.25, photos=3),
            Figure("normals mean, degrees ↓", 30.12, 40.0, 50.0, photos=2),
            Figure("IoU cat ↑", 0.1, 0.1, 0.1, photos=3, detail=True),
        ),
    )
    header, rule, depth, normals = table([report]).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, depth, normals)]
    assert cells == [
        ["set", "photos", "figure", "plantain", "average", "constant"],
        ["room", "3", "depth δ1 ↑", "0.500", "–", "0.250"],
        ["room", "2", "normals mean, degrees ↓", "30.1", "40.0", "50.0"],
    ]
    assert set(rule) == set("| -")


def test_the_table_of_votes_has_a_column_for_each_number() -> None:
    few, many = (
        Report(
            "street",
            "plantain",
            (
                Figure("mIoU ↑", value, None, None, photos=3),
                Figure("IoU cat ↑", 0.9, None, None, photos=3, detail=True),
            ),
            votes,
        )
        for votes, value in ((1, 0.25), (8, 0.5))
    )
    assert [
        [cell.strip() for cell in line.strip("|").split("|")] for line in votes_table([many, few]).splitlines()[::2]
    ] == [
        ["set", "photos", "figure", "1 vote", "8 votes"],
        ["street", "3", "mIoU ↑", "0.250", "0.500"],
    ]


def test_the_origin_names_the_day() -> None:
    assert origin()[:2] == "20"
    assert ", commit " in origin()


def test_the_table_of_robustness_has_before_and_after() -> None:
    changes = (Change("half the size", "depth δ1 ↑", 0.5, 0.25, 0.3), Change("crop", "depth δ1 ↑", None, None, None))
    lines = robustness_table([Robustness("room", "plantain", 3, changes)]).splitlines()
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]] == [
        ["room", "3", "half the size", "depth δ1 ↑", "0.500", "0.250", "0.300"],
        ["room", "3", "crop", "depth δ1 ↑", "–", "–", "–"],
    ]
