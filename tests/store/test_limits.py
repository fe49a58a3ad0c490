"""The bounds of the store."""

from __future__ import annotations

from dataclasses import astuple

from hubbub.store.limits import StoreLimits


def test_every_bound_is_one() -> None:
    assert all(bound > 0 for bound in astuple(StoreLimits()))


def test_a_group_fits_into_what_may_wait() -> None:
    bounds = StoreLimits()
    assert bounds.batch_writes < bounds.writes_waiting
    assert bounds.read_connections < bounds.reads_waiting
