"""Rates for each source and for all, and a ledger that does not grow."""

from __future__ import annotations

from hubbub.testing.clock import ManualClock
from hubbub.transports.syslog.flood import OTHERS, FloodGate
from hubbub.transports.syslog.limits import ALL_MESSAGES, LEDGER_SOURCES, SOURCE_MESSAGES


def test_a_source_has_its_own_rate(manual_clock: ManualClock) -> None:
    gate = FloodGate(manual_clock.monotonic)
    assert [gate.admits("192.0.2.1") for _ in range(SOURCE_MESSAGES.burst + 1)].count(True) == SOURCE_MESSAGES.burst
    assert gate.admits("192.0.2.2")
    manual_clock.advance(1 / SOURCE_MESSAGES.per_second)
    assert gate.admits("192.0.2.1")


def test_all_together_have_one_and_who_is_above_its_own_takes_nothing_of_it(manual_clock: ManualClock) -> None:
    gate = FloodGate(manual_clock.monotonic)
    for _ in range(ALL_MESSAGES.burst * 2):
        gate.admits("192.0.2.1")
    others = [gate.admits(f"198.51.100.{number % 100}") for number in range(ALL_MESSAGES.burst)]
    assert others.count(True) == ALL_MESSAGES.burst - SOURCE_MESSAGES.burst


def test_rates_can_be_lifted(manual_clock: ManualClock) -> None:
    gate = FloodGate(manual_clock.monotonic, enabled=False)
    assert all(gate.admits("192.0.2.1") for _ in range(ALL_MESSAGES.burst * 2))


def test_what_was_dropped_is_settled_once(manual_clock: ManualClock) -> None:
    gate = FloodGate(manual_clock.monotonic)
    for _ in range(3):
        gate.dropped("192.0.2.1")
    gate.dropped("192.0.2.2")
    assert gate.settle() == [("192.0.2.1", 3), ("192.0.2.2", 1)]
    assert gate.settle() == []


def test_the_ledger_does_not_grow_with_forged_sources(manual_clock: ManualClock) -> None:
    gate = FloodGate(manual_clock.monotonic)
    for number in range(LEDGER_SOURCES + 10):
        gate.dropped(str(number))
    settled = gate.settle()
    assert settled[0] == (OTHERS, 10)
    assert len(settled) == LEDGER_SOURCES + 1
