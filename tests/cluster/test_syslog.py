"""Of several workers one listens to syslog, and another when that is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support.deadline import eventually
from tests.support.people import People
from tests.support.server import ServerProcess, running_server
from tests.support.workers import worker_pids
from tests.transports.syslog.senders import free_address, send_from

OPEN = {"HUBBUB_REGISTRATION": "open"}
HYPERCORN = ("-c", "hypercorn.toml", "-w", "2")


async def test_another_worker_listens_when_the_one_that_did_is_killed(tmp_path: Path) -> None:
    async with running_server(tmp_path, env=OPEN) as server, People(server) as people:
        room_id = (await (await people.register("ops")).create_room("Alerts")).id
    host, port = free_address()
    syslog = {
        "HUBBUB_SYSLOG_BIND": f"{host}:{port}",
        "HUBBUB_SYSLOG_ROOM": room_id,
        "HUBBUB_SYSLOG_USER": "ops",
    }
    async with (
        running_server(tmp_path, command="hypercorn", env=OPEN | syslog, arguments=HYPERCORN) as server,
        People(server) as people,
    ):
        ops = await people.sign_in("ops")

        async def both() -> bool:
            return "hubbub_workers 2.0" in (await ops.client.get("/metrics")).text

        await eventually(both, "both workers to know of each other")
        (first,) = listeners(server, port)

        async def arrived(text: str) -> bool:
            send_from("127.0.0.9", port, [f"<13>{text}".encode()], host=host)
            return any(text in message.body for message in (await ops.history(room_id)).messages)

        await eventually(lambda: arrived("before"), "a message to be posted")
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: listeners(server, port) not in ([first], []), "another to listen")
        ops = await people.reconnected(ops)  # its connection may have been of the one that was killed
        await eventually(lambda: arrived("after"), "another message to be posted")
        await eventually(both, "another worker to be there, too")  # Hypercorn's end would surprise one that starts


def listeners(server: ServerProcess, port: int) -> list[int]:
    """The workers that hold the UDP port, by Linux's tables."""
    sockets = {
        f"socket:[{line.split()[9]}]"
        for line in Path("/proc/net/udp").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}")
    }
    found = []
    for pid in worker_pids(server):
        try:
            held = {os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()}
        except OSError:
            continue  # it has ended meanwhile
        if held & sockets:
            found.append(pid)
    return found
