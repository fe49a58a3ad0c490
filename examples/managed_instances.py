"""Application instances with a managed life: counted, expired when idle, the oldest evicted at 500 (seeds 2.5).

    python -m examples.managed_instances 8000

Each sender of UDP datagrams has an instance, which answers with how many it has had (`nc -u 127.0.0.1 8000`).
`curl 127.0.0.1:8000` shows what each has done. The seed awaits methods that are synchronous, and its counts stay 0.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hubbub.composite.stateless import ManagedServer
from hubbub.composite.stateless.http import HttpServer


async def tally(scope: Any, receive: Any, send: Any) -> None:
    """Count for one sender; what it knows is gone with its instance."""
    count = 0
    while True:
        await receive()
        count += 1
        await send({"type": "tally.answer", "data": b"%d\n" % count})


class TallyServer(ManagedServer):
    """Datagrams in, datagrams out, and a page of statistics at the same port of TCP."""

    def __init__(self, port: int) -> None:
        super().__init__(tally, 500, idle_seconds=30.0)
        self.port = port

    async def handle(self) -> None:
        """Listen until the end."""
        loop = asyncio.get_running_loop()
        address = ("127.0.0.1", self.port)
        self.transport, _ = await loop.create_datagram_endpoint(lambda: Receiver(self.take), local_addr=address)
        try:
            await HttpServer(self.page, port=self.port).arun()
        finally:
            self.transport.close()

    def take(self, data: bytes, sender: Any) -> None:
        """Give a datagram to the instance of its sender; above 1,000 that wait it is dropped, as UDP may."""
        try:
            self.deliver(sender, {"type": "tally", "sender": sender}, {"type": "tally.datagram", "data": data})
        except asyncio.QueueFull:
            print(f"{sender} sends too fast", file=sys.stderr)

    async def application_send(self, scope: Any, message: Any) -> None:
        """Answer the sender."""
        self.transport.sendto(message["data"], scope["sender"])

    async def page(self, scope: Any, receive: Any, send: Any) -> None:
        """Who is here, and how many came and went."""
        shown = {"totals": asdict(self.totals), "instances": [asdict(each) for each in self.statistics()]}
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(shown).encode()})


class Receiver(asyncio.DatagramProtocol):
    """Passes datagrams on."""

    def __init__(self, take: Callable[[bytes, Any], None]) -> None:
        self.take = take

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.take(data, addr)


if __name__ == "__main__":
    TallyServer(int(sys.argv[1])).run()
