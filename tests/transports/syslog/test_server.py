"""Datagrams reach the instance of their source, or are counted and dropped."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.transports.syslog.message import SyslogMessage
from hubbub.transports.syslog.server import SyslogServer, bind_udp
from tests.support.deadline import eventually
from tests.transports.syslog.senders import MALFORMED, WELL_FORMED, send_from


class Hearing:
    """An application that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, SyslogMessage]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "syslog"
        while True:
            await self.go_on.wait()
            message = await receive()
            assert message["type"] == "syslog.message"
            self.heard.append((scope["source"], message["message"]))
            if message["message"].text == "answer":
                await send({"type": "syslog.message"})


class Gate:
    def __init__(self) -> None:
        self.shut = False
        self.kept_out: list[str] = []

    def admits(self, source: str) -> bool:
        return not self.shut

    def dropped(self, source: str) -> None:
        self.kept_out.append(source)


def serving(hearing: Hearing, gate: Gate | None = None, instances: int = 10) -> SyslogServer:
    return SyslogServer(hearing, bind_udp("127.0.0.1", 0), instances, gate=gate)


async def test_each_source_has_its_instance() -> None:
    hearing = Hearing()
    endpoint = bind_udp("127.0.0.1", 0)
    server = SyslogServer(hearing, endpoint)
    address = endpoint.getsockname()
    running = asyncio.create_task(server.arun())
    for source in ("127.0.0.2", "127.0.0.3", "127.0.0.2"):
        send_from(source, address[1], [WELL_FORMED])
    await eventually(lambda: len(hearing.heard) == 3, "all messages")
    assert sorted(source for source, _ in hearing.heard) == ["127.0.0.2", "127.0.0.2", "127.0.0.3"]
    assert hearing.heard[0][1].hostname == "web1"
    assert (server.counters.created, server.counters.received, server.counters.delivered) == (2, 3, 3)
    server.stop()
    await running
    with bind_udp(*address) as again:  # it let the address go
        assert again.getsockname() == address


async def test_what_is_no_message_is_counted_and_makes_no_instance() -> None:
    hearing = Hearing()
    server = serving(hearing)
    server.take(MALFORMED, "192.0.2.1")
    assert (server.counters.received, server.counters.malformed, server.counters.created) == (1, 1, 0)
    server._endpoint.close()


async def test_what_the_gate_keeps_out_is_told_to_it_and_makes_no_instance() -> None:
    gate = Gate()
    server = serving(Hearing(), gate)
    gate.shut = True
    server.take(WELL_FORMED, "192.0.2.1")
    assert (server.counters.limited, server.counters.created) == (1, 0)
    assert gate.kept_out == ["192.0.2.1"]
    server._endpoint.close()


async def test_a_full_queue_drops_and_what_waited_for_an_evicted_instance_is_abandoned() -> None:
    hearing, gate = Hearing(), Gate()
    server = serving(hearing, gate, instances=1)
    server.application_queue_size = 3
    for _ in range(5):
        server.take(WELL_FORMED, "192.0.2.1")
    assert (server.counters.delivered, server.counters.overflowed, len(gate.kept_out)) == (3, 2, 2)
    server.take(WELL_FORMED, "192.0.2.2")
    assert (server.counters.evicted, server.counters.abandoned) == (1, 3)
    await eventually(lambda: [source for source, _ in hearing.heard] == ["192.0.2.2"], "the other to hear")
    await server.end_applications()
    server._endpoint.close()


async def test_what_was_taken_is_heard_before_the_end() -> None:
    hearing = Hearing()
    hearing.go_on.clear()
    server = serving(hearing)
    running = asyncio.create_task(server.arun())
    server.take(WELL_FORMED, "192.0.2.1")
    server.take(WELL_FORMED, "192.0.2.1")
    server.stop()
    asyncio.get_running_loop().call_later(0.05, hearing.go_on.set)
    await running
    assert (len(hearing.heard), server.counters.abandoned) == (2, 0)


async def test_an_application_that_answers_is_told_that_there_are_no_answers(caplog: pytest.LogCaptureFixture) -> None:
    hearing = Hearing()
    server = serving(hearing)
    running = asyncio.create_task(server.arun())
    server.take(b"<13>answer", "192.0.2.1")
    await eventually(lambda: "syslog takes messages and sends none" in caplog.text, "the log")
    assert server.counters.failed == 1
    server.stop()
    await running


def test_an_address_is_of_one_alone() -> None:
    with bind_udp("127.0.0.1", 0) as endpoint, pytest.raises(OSError, match="in use"):
        bind_udp("127.0.0.1", endpoint.getsockname()[1])


def test_an_address_may_be_of_ipv6() -> None:
    with bind_udp("::1", 0) as endpoint:
        assert endpoint.getsockname()[0] == "::1"
