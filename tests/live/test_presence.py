"""Leases: several tabs are one person, and nobody stays as a ghost."""

from __future__ import annotations

from hubbub.live.presence import LEASE_SECONDS, LINGER_SECONDS, Presence


def test_several_tabs_are_one_person() -> None:
    presence = Presence()
    assert presence.renew("ada", "tab-1", now=0.0)
    assert not presence.renew("ada", "tab-2", now=0.0)
    presence.release("ada", "tab-1", now=1.0)
    assert presence.sweep(1.0 + LINGER_SECONDS) == []
    assert presence.online() == ["ada"]
    presence.release("ada", "tab-2", now=5.0)
    assert presence.sweep(5.0 + LINGER_SECONDS) == ["ada"]
    assert presence.online() == []


def test_a_reload_is_not_seen() -> None:
    presence = Presence()
    presence.renew("ada", "before", now=0.0)
    presence.release("ada", "before", now=1.0)
    assert not presence.renew("ada", "after", now=1.0 + LINGER_SECONDS / 2)
    assert presence.sweep(1.0 + LINGER_SECONDS) == []


def test_a_lease_that_nobody_renews_runs_out() -> None:
    presence = Presence()
    presence.renew("ada", "killed", now=0.0)
    assert presence.sweep(LEASE_SECONDS - 0.1) == []
    assert presence.sweep(LEASE_SECONDS) == ["ada"]
    assert presence.sweep(LEASE_SECONDS * 2) == []


def test_releasing_what_is_not_held_does_nothing() -> None:
    presence = Presence()
    presence.release("ada", "never", now=0.0)
    assert presence.sweep(100.0) == []


def test_a_lease_without_an_end_lasts_until_it_is_dropped() -> None:
    presence = Presence()
    assert presence.hold("ada", "worker")
    assert not presence.hold("ada", "another")
    assert presence.sweep(LEASE_SECONDS * 100) == []
    assert not presence.drop("ada", "worker")
    assert not presence.drop("ada", "worker")
    assert presence.drop("ada", "another")
    assert presence.online() == []


def test_all_of_a_holder_linger_together() -> None:
    presence = Presence()
    for person in ("ada", "bob"):
        presence.hold(person, "worker")
    presence.hold("bob", "another")
    presence.release_all("worker", now=1.0)
    assert presence.sweep(1.0) == []
    assert presence.sweep(1.0 + LINGER_SECONDS) == ["ada"]
    assert presence.online() == ["bob"]
