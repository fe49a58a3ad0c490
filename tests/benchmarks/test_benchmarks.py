"""The short form of `make bench`: every workload runs, and what it counted is complete."""

from __future__ import annotations

from benchmarks.__main__ import measure


async def test_every_workload_is_measured_and_complete() -> None:
    figures = await measure(rounds=1, count=80, receivers=5)
    assert len(figures) == 4
    assert all(figure > 0 for figure in figures.values()), figures
