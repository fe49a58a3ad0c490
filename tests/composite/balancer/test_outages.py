"""Three real servers behind the balancer, one killed and one hanging: nobody who may be served elsewhere notices."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from hubbub.composite.balancer import Balancer, BreakerSettings, EngineSid, Header, Probe, TargetStatus
from tests.composite.balancer.fleet import NAMES, Talker, Visitor, fleet, target_of
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here

BREAKER = BreakerSettings(failures=3, open_seconds=0.3, longest_open_seconds=1.0)
PROBE = Probe(every=0.2, timeout=0.8, fall=2, rise=2)


def status(balancer: Balancer, name: str) -> TargetStatus:
    return next(target for target in balancer.targets if target.name == name)


@asynccontextmanager
async def at_work(visitors: list[Visitor], talkers: list[Talker]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(visitor.visit()) for visitor in visitors]
    tasks += [asyncio.create_task(talker.talk()) for talker in talkers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


@pytest.mark.seed("2.4")
async def test_one_killed_and_one_hanging(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hubbub.composite.balancer")
    with fleet(tmp_path) as servers:
        balancer = Balancer(
            [target_of(servers[name], name) for name in NAMES],
            affinity=[EngineSid(), Header("x-visitor")],
            breaker=BREAKER,
            probe=PROBE,
        )
        async with hypercorn_here(balancer, tmp_path) as front:
            visitors = [Visitor(front.http_url, f"v{n}", "PUT" if n % 3 == 0 else "GET") for n in range(12)]
            talkers = [Talker(front.http_url, "polling" if n % 2 else "websocket") for n in range(6)]
            async with at_work(visitors, talkers):
                await all_answered(visitors, talkers)
                killed, hanging, left = NAMES

                await servers[killed].kill()
                await eventually(lambda: status(balancer, killed).breaker != "closed", "the breaker to open")
                await eventually(lambda: not status(balancer, killed).is_up, "probes to fail")
                os.killpg(servers[hanging].pid, signal.SIGSTOP)
                await eventually(lambda: not status(balancer, hanging).is_up, "probes to time out")
                await all_answered(visitors, talkers, by={left})

                await asyncio.to_thread(servers[killed].start)
                os.killpg(servers[hanging].pid, signal.SIGCONT)
                await eventually(lambda: all(target.is_up for target in balancer.targets), "all to be up")
                newcomers = [Visitor(front.http_url, f"new{n}") for n in range(6)]
                async with at_work(newcomers, []):
                    await eventually(
                        lambda: all(target.breaker == "closed" for target in balancer.targets), "all to be closed"
                    )
                    await all_answered(newcomers, [])
            assert [visitor.failures for visitor in (*visitors, *newcomers)] == [[]] * 18
            assert {visitor.heard[-1] for visitor in newcomers} == set(NAMES)
            for visitor in visitors:  # it changed its server only where it had to
                assert changes(visitor.heard) <= (0 if visitor.heard[0] == left else 2)
                assert visitor.heard[-1] == left
            for talker in talkers:  # a session stays with its server for as long as it lives
                assert all(len(set(connection)) <= 1 for connection in talker.heard), talker.heard
            assert_moved_through_all_states(caplog, killed)
            assert sum(target.retried for target in balancer.targets) > 0


async def all_answered(visitors: list[Visitor], talkers: list[Talker], by: set[str] | None = None) -> None:
    """Wait until each has had another answer, and, given `by`, has it from one of those."""
    before = [len(visitor.heard) for visitor in visitors]
    said = [sum(map(len, talker.heard)) for talker in talkers]

    def had_another() -> bool:
        return all(
            len(visitor.heard) > count + 2 and (by is None or visitor.heard[-1] in by)
            for visitor, count in zip(visitors, before, strict=True)
        ) and all(
            sum(map(len, talker.heard)) > count + 2 and (by is None or talker.heard[-1][-1:] == list(by))
            for talker, count in zip(talkers, said, strict=True)
        )

    await eventually(had_another, "everybody to have an answer")


def changes(heard: list[str]) -> int:
    return sum(one != other for one, other in pairwise(heard))


def assert_moved_through_all_states(caplog: pytest.LogCaptureFixture, name: str) -> None:
    moves = [message for message in caplog.messages if message.startswith(f"target {name}: its breaker")]
    assert moves[0].endswith("is open, and was closed")
    assert moves[-1].endswith("is closed, and was half open")
