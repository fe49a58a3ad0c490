"""What `make bench` prints and writes down."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from benchmarks.goals import GOALS, Goal
from benchmarks.meter import Measured
from benchmarks.picture import draw
from benchmarks.plan import PLAN
from benchmarks.record import record
from benchmarks.rounds import Result, Results
from benchmarks.statistic import percentile
from benchmarks.table import render

FAN_OUT = [planned for planned in PLAN if planned.name == "fan-out-100"]


def results(**rounds: list[float]) -> Results:
    """Deliveries a second in each round, by side."""
    return {
        "fan-out-100": {
            side: Result([Measured({"deliveries_per_s": value}, 0.9, 0.4) for value in values])
            for side, values in rounds.items()
        }
    }


def test_every_goal_is_of_a_workload_that_there_is() -> None:
    assert {goal.workload for goal in GOALS} <= {planned.name for planned in PLAN}


@pytest.mark.parametrize(
    ("hubbub", "at_least", "reached", "said"),
    [
        (3.6, True, [True, True], "≥ 3, then 3.5 × node reached"),
        (3.1, True, [True, False], "≥ 3, then 3.5 × node reached, then NOT reached"),
        (2.9, True, [False, False], "≥ 3, then 3.5 × node NOT reached"),
        (2.9, False, [True, True], "≤ 3, then 3.5 × node reached"),
        (3.6, False, [False, False], "≤ 3, then 3.5 × node NOT reached"),
    ],
)
def test_a_goal_is_reached_by_a_ratio(hubbub: float, at_least: bool, reached: list[bool], said: str) -> None:
    goal = Goal("fan-out-100", "deliveries_per_s", (3.0, 3.5), "node", at_least=at_least)
    ratio = goal.ratio({"hubbub": 10 * hubbub, "node": 10.0})
    assert ratio == pytest.approx(hubbub)
    assert goal.reached(hubbub) == reached
    assert goal.verdict(hubbub) == said


def test_a_goal_without_its_peer_says_nothing() -> None:
    assert GOALS[0].ratio({"hubbub": 1.0}) is None


def test_the_table_has_medians_ratios_and_goals() -> None:
    table = render(FAN_OUT, results(hubbub=[200.0, 900.0, 330.0], node=[100.0, 90.0, 120.0]))
    lines = {line.split()[0]: line for line in table.splitlines()[3:]}
    assert lines["hubbub"].split()[1:] == ["330.0", "200.0", "900.0", "90%", "40%"]
    assert lines["node"].endswith("3.30     90%    40%  ≥ 3, then 3.5 × node reached, then NOT reached")


def test_the_short_form_is_held_to_no_goal() -> None:
    given = results(hubbub=[1.0], node=[1.0])
    assert "reached" not in render(FAN_OUT, given, short=True)
    assert record(given, datetime.now(UTC), short=True)["goals"] == []


def test_the_record_has_every_round() -> None:
    written = record(results(hubbub=[200.0, 900.0, 330.0], node=[100.0]), datetime.now(UTC), short=False)
    figure = written["workloads"]["fan-out-100"]["hubbub"]["figures"]["deliveries_per_s"]
    assert figure == {"median": 330.0, "rounds": [200.0, 900.0, 330.0]}
    assert [goal["reached"] for goal in written["goals"]] == [[True, False]]


def test_the_picture_is_in_proportion() -> None:
    picture = ElementTree.fromstring(draw(FAN_OUT, results(hubbub=[300.0], node=[100.0])))
    _background, *bars = [shape for shape in picture if shape.tag.endswith("rect")]
    hubbub, node = (float(bar.attrib["width"]) for bar in bars)
    assert hubbub == pytest.approx(3 * node, rel=0.01)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_a_sample(share: float, expected: float) -> None:
    assert percentile(range(100, 0, -1), share) == expected
