"""Plans are drawn by their seed alone, and are what a run can do."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.chaos.plan import KINDS, MOMENTARY, Pace, Target, draw_plan, one_of_each, story

TARGETS = [Target(kind, part) for part in ("host 0", "host 1", "redis") for kind in KINDS]
SECONDS = 600.0
PACE = Pace(shortest=1.0, longest=8.0)
SEEDS = range(5)


def test_a_seed_gives_the_same_plan_again_and_another_another() -> None:
    assert draw_plan(1, TARGETS, SECONDS, PACE) == draw_plan(1, TARGETS, SECONDS, PACE)
    assert draw_plan(1, TARGETS, SECONDS, PACE) != draw_plan(2, TARGETS, SECONDS, PACE)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_is_over_in_time_and_in_its_order(seed: int) -> None:
    plan = draw_plan(seed, TARGETS, SECONDS, PACE)
    assert plan[-1].at > 0.9 * SECONDS
    assert max(spell.end for spell in plan) <= SECONDS
    assert [spell.at for spell in plan] == sorted(spell.at for spell in plan)
    for spell in plan:
        if spell.target.kind in MOMENTARY:
            assert spell.seconds == 0
        else:
            assert PACE.shortest <= spell.seconds <= PACE.longest


@pytest.mark.parametrize("seed", SEEDS)
def test_faults_come_singly_and_together_but_never_two_to_one_part(seed: int) -> None:
    plan = draw_plan(seed, TARGETS, SECONDS, PACE)
    at_once = [(one, other) for one, other in combinations(plan, 2) if one.at < other.end and other.at < one.end]
    assert at_once
    assert not [one for one, other in at_once if one.target.part == other.target.part]
    alone = [spell for spell in plan if not any(spell in pair for pair in at_once)]
    assert alone


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_happens_before_anything_happens_again(seed: int) -> None:
    plan = draw_plan(seed, TARGETS, SECONDS, PACE)
    assert {spell.target for spell in plan[: len(TARGETS)]} == set(TARGETS)


def test_a_run_in_a_hurry_has_more_in_the_same_time() -> None:
    calm, hurried = (draw_plan(1, TARGETS, 60.0, Pace(0.3, 1.0, hurry)) for hurry in (1.0, 6.0))
    assert len(hurried) > 2 * len(calm)


def test_a_short_run_has_one_of_each_kind() -> None:
    chosen = one_of_each(1, TARGETS)
    assert {target.kind for target in chosen} == set(KINDS)
    assert len(chosen) == len(KINDS)
    assert chosen == one_of_each(1, TARGETS)
    assert any(one_of_each(seed, TARGETS) != chosen for seed in SEEDS)


def test_a_plan_reads_as_a_list() -> None:
    plan = draw_plan(1, [Target("cut", "host 0–redis"), Target("deploy", "host 1")], 60.0, PACE)
    lines = story(plan).splitlines()
    assert len(lines) == len(plan)
    assert any("host 0–redis: cut off, no byte passes, for " in line for line in lines)
    assert any(line.endswith("host 1: replaced by a new one, and drained") for line in lines)


def test_without_anything_that_can_go_wrong_there_is_no_plan() -> None:
    with pytest.raises(ValueError, match="can go wrong"):
        draw_plan(1, [], SECONDS, PACE)
