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


def voted(votes: int, *shares: float, figure: str = "mIoU ↑") -> Report:
    value = sum(shares) / len(shares)
    detail = Figure("IoU cat ↑", 0.9, None, None, photos=len(shares), detail=True)
    return Report(
        "street", "plantain", (Figure(figure, value, None, None, photos=len(shares), shares=shares), detail), votes
    )


def cells(table: str) -> list[list[str]]:
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
    return [head, *rows]


def test_the_table_of_votes_has_each_number_with_its_error_and_the_gain_over_one_vote() -> None:
    # Every photo gains 0.1 from three votes and another amount from five: the errors are 0.2 / √4 and so on.
    table = votes_table([voted(5, 0.2, 0.3, 0.6, 0.9), voted(1, 0.1, 0.3, 0.5, 0.7), voted(3, 0.2, 0.4, 0.6, 0.8)])
    assert cells(table) == [
        ["set", "photos", "figure", "1 vote", "3 votes", "3 − 1", "5 votes", "5 − 1"],
        [
            "street", "4", "mIoU ↑", "0.400 ± 0.129", "0.500 ± 0.129", "+0.100 ± 0.000", "0.500 ± 0.158",
            "+0.100 ± 0.041",
        ],
    ]  # fmt: skip


def test_the_table_of_votes_has_fewer_numbers_where_less_is_known() -> None:
    degrees = "normals mean, degrees ↓"
    assert cells(votes_table([voted(2, 30.0, figure=degrees), voted(4, 28.5, figure=degrees)])) == [
        ["set", "photos", "figure", "2 votes", "4 votes", "4 − 2"],
        ["street", "1", degrees, "30.0", "28.5", "−1.5"],
    ]
    assert cells(votes_table([voted(1, 0.5)])) == [
        ["set", "photos", "figure", "1 vote"],
        ["street", "1", "mIoU ↑", "0.500"],
    ]
    missing = Report("street", "plantain", (Figure("mIoU ↑", None, None, None, photos=1),), 3)
    assert cells(votes_table([voted(1, 0.5), missing]))[1][3:] == ["0.500", "–", "–"]


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
