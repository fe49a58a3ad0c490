"""Syslog as its users have it: `logger` sends, and a room of a real server hears it by Socket.IO and REST."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.deadline import eventually
from tests.support.machine import require
from tests.support.people import People, Person
from tests.support.process import resident_bytes
from tests.support.server import ServerProcess, running_server
from tests.support.sockets import SocketClient
from tests.transports.syslog.senders import MALFORMED, WELL_FORMED, free_address, send_from

MIB = 1024 * 1024
OPEN = {"HUBBUB_REGISTRATION": "open"}

# Of the flood; rates are on, as they are for everybody.
DATAGRAMS = 10_000
SOURCES = 1_000
BURST = 250  # between two looks at the counts: loopback loses what a receive buffer does not hold
GROWTH_BYTES = 8 * MIB


@dataclass(frozen=True)
class Alerts:
    """A server that has syslog in a room, and the account that posts there."""

    server: ServerProcess
    ops: Person
    room_id: str
    host: str
    port: int

    async def bodies(self) -> list[str]:
        return [message.body for message in (await self.ops.history(self.room_id, limit=200)).messages]

    async def metrics(self) -> dict[str, int]:
        text = (await self.ops.client.get("/metrics")).text
        return {
            name: int(float(value))
            for name, value in re.findall(r"^hubbub_syslog_(\w+?)(?:_total)? (\S+)$", text, re.MULTILINE)
        }


@asynccontextmanager
async def alerts(folder: Path) -> AsyncIterator[Alerts]:
    """The room is made first: a server whose room is not there does not start."""
    async with running_server(folder, env=OPEN) as server, People(server) as people:
        room_id = (await (await people.register("ops")).create_room("Alerts", visibility="private")).id
    host, port = free_address()
    syslog = {
        "HUBBUB_SYSLOG_BIND": f"{host}:{port}",
        "HUBBUB_SYSLOG_ROOM": room_id,
        "HUBBUB_SYSLOG_USER": "ops",
    }
    async with running_server(folder, env=OPEN | syslog) as server, People(server) as people:
        yield Alerts(server, await people.sign_in("ops"), room_id, host, port)


def log(alerts: Alerts, *options: str) -> None:
    address = ["--server", alerts.host, "--port", str(alerts.port), "--udp"]
    subprocess.run([str(require("logger")), *address, *options], check=True)


@pytest.mark.seed("2.6")
async def test_what_logger_sends_is_in_the_room_on_every_transport(tmp_path: Path) -> None:
    async with (
        alerts(tmp_path) as alerted,
        await SocketClient.connect(alerted.server, token=alerted.ops.token) as socket,
    ):
        for number, form in enumerate(["--rfc5424", "--rfc3164"]):
            log(alerted, form, "--priority", "auth.err", "--tag", "sshd", "--id=4711", f"Größe {form}")
            said = await socket.wait_for("message_posted", lambda change: form in change["data"]["body"])  # noqa: B023
            body = said["data"]["body"]
            assert re.fullmatch(rf"auth\.err \S+ sshd\[4711\]: Größe {form}", body), body
            assert (await alerted.bodies())[number] == body
        assert (await alerted.metrics())["posted"] == 2


@pytest.mark.seed("2.6")
async def test_a_flood_is_bounded_counted_and_leaves_the_server_as_it_was(tmp_path: Path) -> None:
    async with alerts(tmp_path) as alerted:
        sources = [f"127.{1 + number // 250}.{number % 250}.9" for number in range(SOURCES)]
        settled = 0
        for start in range(0, DATAGRAMS, BURST):
            for number in range(start, start + BURST):
                datagram = MALFORMED if number % 20 == 0 else WELL_FORMED
                send_from(sources[number * 7 % SOURCES], alerted.port, [datagram], host=alerted.host)

            async def received(count: int = start + BURST) -> bool:
                return (await alerted.metrics())["received"] == count

            await eventually(received, "the burst to be received")
            settled = settled or resident_bytes(alerted.server.pid)

        async def quiet() -> bool:
            now = await alerted.metrics()
            return now["delivered"] == now["posted"]

        await eventually(quiet, "what was let through to be posted")
        counts = await alerted.metrics()
        growth = resident_bytes(alerted.server.pid) - settled
    print(f"memory +{growth / MIB:.1f} MiB, {counts}")
    assert counts["received"] == DATAGRAMS == counts["malformed"] + counts["limited"] + counts["delivered"]
    assert 0 < counts["malformed"] < counts["posted"] < DATAGRAMS // 10
    assert (counts["overflowed"], counts["refused"], counts["abandoned"], counts["failed"]) == (0, 0, 0, 0)
    assert growth < GROWTH_BYTES


async def test_a_server_that_cannot_post_does_not_start_and_says_why(tmp_path: Path) -> None:
    syslog = {"HUBBUB_SYSLOG_BIND": "127.0.0.1:5514", "HUBBUB_SYSLOG_ROOM": "room", "HUBBUB_SYSLOG_USER": "ops"}
    server = ServerProcess(tmp_path, env=syslog)
    try:
        with pytest.raises(RuntimeError, match=r"ended with status [1-9]"):
            await asyncio.to_thread(server.start)
        assert "start failed: SyslogError: HUBBUB_SYSLOG_USER: Nobody here is called ops." in server.logs()
        assert "Traceback" not in server.logs()
    finally:
        server.release()
