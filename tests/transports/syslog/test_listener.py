"""Syslog within a server: who it posts as, what it says at the start, who listens, and what is told of a flood."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubbub.settings import Settings, SyslogSettings
from hubbub.testing.chat import ChatServer, Person, open_chat, settings_in
from hubbub.testing.clock import ManualClock
from hubbub.testing.lifespan import LifespanFailed
from hubbub.transports.syslog import listener
from hubbub.transports.syslog.limits import SOURCE_MESSAGES, SUMMARY_SECONDS
from hubbub.transports.syslog.server import bind_udp
from tests.support.deadline import eventually
from tests.transports.syslog.senders import MALFORMED, free_address, send_from


@pytest.fixture
async def settings(tmp_path: Path, manual_clock: ManualClock) -> Settings:
    """Of a server with an account `ops` in a room, into which syslog goes; and with `ben`, who is in none."""
    plain = settings_in(tmp_path)
    async with open_chat(plain, manual_clock) as server:
        ops = await server.person("ops")
        await server.person("ben")
        room = await ops.create_room("Alerts", "private")
    host, port = free_address()
    return replace(plain, rate_limits=True, syslog=SyslogSettings(host, port, room["id"], "ops"))


@asynccontextmanager
async def alerts(settings: Settings, clock: ManualClock) -> AsyncIterator[tuple[ChatServer, Person]]:
    async with open_chat(settings, clock) as server:
        yield server, await server.sign_in("ops")


def syslog_of(settings: Settings) -> SyslogSettings:
    assert settings.syslog is not None
    return settings.syslog


async def bodies(ops: Person, settings: Settings) -> list[str]:
    history = await ops.get(f"/rooms/{syslog_of(settings).room_id}/messages", params={"limit": 200})
    return [message["body"] for message in history.json()["messages"]]


async def metrics(ops: Person) -> dict[str, float]:
    lines = (await ops.get("http://testserver/metrics")).text.splitlines()
    return {
        name.removeprefix("hubbub_syslog_").removesuffix("_total"): float(value)
        for name, value in (
            line.split() for line in lines if line.startswith("hubbub_syslog_") and "_created " not in line
        )
    }


def send(settings: Settings, *datagrams: bytes, source: str = "127.0.0.9") -> None:
    way = syslog_of(settings)
    send_from(source, way.port, list(datagrams), host=way.host)


async def test_a_message_is_posted_as_the_account_and_heard(settings: Settings, manual_clock: ManualClock) -> None:
    async with alerts(settings, manual_clock) as (_, ops):
        socket = await ops.connect()
        send(settings, b"<35>1 - web1 sshd 4711 - - Failed password")
        change = (await socket.event("message_posted")).data
        assert change["data"]["body"] == "auth.err web1 sshd[4711]: Failed password"
        assert change["data"]["author_id"] == ops.user["id"]
        assert await bodies(ops, settings) == ["auth.err web1 sshd[4711]: Failed password"]


async def test_a_flood_is_told_in_one_line(settings: Settings, manual_clock: ManualClock) -> None:
    let_through = SOURCE_MESSAGES.burst - 1  # and one that is no message
    async with alerts(settings, manual_clock) as (_, ops):
        send(settings, MALFORMED, *(b"<13>1 - web1 app - - - %d" % number for number in range(let_through + 12)))

        async def counted() -> bool:
            now = await metrics(ops)
            return (now["received"], now["posted"]) == (let_through + 13, let_through)

        await eventually(counted, "everything to be settled")
        now = await metrics(ops)
        assert (now["limited"], now["malformed"], now["instances"]) == (12, 1, 1)
        manual_clock.advance(SUMMARY_SECONDS)

        async def told() -> bool:
            return len(await bodies(ops, settings)) == let_through + 1

        await eventually(told, "the summary")
        posted = await bodies(ops, settings)
        assert posted[:-1] == [f"user.notice web1 app: {number}" for number in range(let_through)]
        assert posted[-1].startswith("12 more syslog messages were not posted in the last 30 s")
        assert posted[-1].endswith("12 from 127.0.0.9.")
        manual_clock.advance(SUMMARY_SECONDS)
    async with alerts(replace(settings, syslog=None), manual_clock) as (_, ops):
        assert len(await bodies(ops, settings)) == let_through + 1  # nothing more to tell, nothing told


async def test_what_a_flood_left_is_told_at_the_end(settings: Settings, manual_clock: ManualClock) -> None:
    async with alerts(settings, manual_clock) as (_, ops):
        send(settings, *[b"<13>hello"] * (SOURCE_MESSAGES.burst + 1))

        async def limited() -> bool:
            return (await metrics(ops))["limited"] == 1

        await eventually(limited, "one to be too many")
    async with alerts(replace(settings, syslog=None), manual_clock) as (_, ops):
        posted = await bodies(ops, settings)
        assert len(posted) == SOURCE_MESSAGES.burst + 1
        assert posted[-1].startswith("1 more syslog message was not posted")


async def test_an_account_that_has_left_the_room_posts_no_more(settings: Settings, manual_clock: ManualClock) -> None:
    async with alerts(settings, manual_clock) as (_, ops):
        left = await ops.delete(f"/rooms/{syslog_of(settings).room_id}/members/me")
        assert left.is_success, left.text
        send(settings, b"<13>hello")

        async def refused() -> bool:
            return (await metrics(ops))["refused"] == 1

        await eventually(refused, "the post to be refused")


async def test_it_is_off_and_counts_nothing_unless_it_is_set(settings: Settings, manual_clock: ManualClock) -> None:
    async with alerts(replace(settings, syslog=None), manual_clock) as (_, ops):
        with bind_udp(syslog_of(settings).host, syslog_of(settings).port):
            assert await metrics(ops) == {}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"username": "nobody"}, "HUBBUB_SYSLOG_USER: Nobody here is called nobody"),
        ({"room_id": "no-room"}, "HUBBUB_SYSLOG_ROOM=no-room, HUBBUB_SYSLOG_USER=ops: There is no such room"),
        ({"username": "ben"}, "HUBBUB_SYSLOG_USER=ben: There is no such room, or you are not in it"),
        ({"host": "192.0.2.1"}, "HUBBUB_SYSLOG_BIND=192.0.2.1:"),
    ],
)
async def test_a_start_that_cannot_be_says_why(
    settings: Settings, manual_clock: ManualClock, wrong: dict[str, Any], told: str
) -> None:
    broken = replace(settings, syslog=replace(syslog_of(settings), **wrong))
    with pytest.raises(LifespanFailed, match=told):
        async with open_chat(broken, manual_clock):
            pytest.fail("it started")


async def test_an_address_that_stays_taken_is_named(
    settings: Settings, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "BIND_SECONDS", 0.1)
    way = syslog_of(settings)
    with bind_udp(way.host, way.port), pytest.raises(LifespanFailed, match="Address already in use"):
        async with open_chat(settings, manual_clock):
            pytest.fail("it started")


async def test_the_next_worker_listens_when_the_one_that_leads_has_gone(
    settings: Settings, manual_clock: ManualClock
) -> None:
    first, second = alerts(settings, manual_clock), alerts(settings, manual_clock)
    _, ops = await first.__aenter__()
    async with second as (_, same):
        send(settings, b"<13>one")

        async def arrived(count: int) -> bool:
            return len(await bodies(same, settings)) == count

        await eventually(lambda: arrived(1), "the first to be posted")
        assert (await metrics(ops))["received"] == 1
        assert (await metrics(same))["received"] == 0
        await first.__aexit__(None, None, None)

        async def heard() -> bool:
            send(settings, b"<13>two")
            return (await metrics(same))["received"] > 0

        await eventually(heard, "the other to listen")
