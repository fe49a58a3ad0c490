"""Walks as they are drawn: by their seed alone, and each batch with its outages."""

from __future__ import annotations

from collections import Counter

from tests.support.walks import MOMENTS, Bounds, Kill, Restart, draw_batch

BOUNDS = Bounds(walks=5, kills=2, restarts=1)


def test_a_seed_gives_the_same_walks_again_and_another_others() -> None:
    assert draw_batch(1, BOUNDS) == draw_batch(1, BOUNDS)
    assert draw_batch(1, BOUNDS) != draw_batch(2, BOUNDS)


def test_a_batch_holds_what_was_asked_for() -> None:
    for seed in range(3):
        batch = draw_batch(seed, BOUNDS)
        steps = Counter(type(step) for walk in batch for moment in walk.moments for step in moment)
        assert (len(batch), steps[Kill], steps[Restart]) == (5, 2, 1)
        least, most = MOMENTS
        assert all(least <= len(walk.moments) <= most + steps[Kill] + steps[Restart] for walk in batch)


def test_a_walk_reads_as_a_list_of_steps() -> None:
    walk = draw_batch(1, BOUNDS)[0]
    lines = str(walk).splitlines()
    assert len(lines) == 1 + len(walk.moments) + walk.people
    assert lines[1].startswith("  0. ")
