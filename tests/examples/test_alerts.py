from __future__ import annotations

import socket

from tests.support.deadline import DEADLINE, eventually
from tests.support.examples import ExampleProcess
from tests.support.library_clients import socketio_client
from tests.support.rest import rest_client

DATAGRAMS = (b"<35>Oct 11 22:14:15 web1 sshd: Failed password for root", b"<34>1 - - - - - - Locked", b"no syslog")


async def test_alerts_reach_who_listens_and_are_counted(example: ExampleProcess) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        async with socketio_client(example.http_url) as client, rest_client(example, http2=False) as rest:
            for datagram in DATAGRAMS:
                sender.sendto(datagram, ("127.0.0.1", example.port(8000)))
            heard = [await client.receive(timeout=DEADLINE) for _ in range(2)]
            assert heard == [
                ["alert", {"from": "127.0.0.1", "number": 1, "severity": "err", "text": "Failed password for root"}],
                ["alert", {"from": "127.0.0.1", "number": 2, "severity": "crit", "text": "Locked"}],
            ]

            async def all_are_counted() -> bool:
                counts: dict[str, int] = (await rest.get("/")).json()
                return counts == {"received": 3, "malformed": 1, "delivered": 2}

            await eventually(all_are_counted, "all three to be counted")
