"""A syslog server in a process of its own whose application counts: asked by a line, it answers with its counts.

`python -m tests.transports.syslog.counting_server INSTANCES` prints its port first.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

from hubbub.transports.syslog.server import SyslogServer, bind_udp


class Counting:
    """An application that counts what its instances hear."""

    def __init__(self) -> None:
        self.heard = 0
        self.begun = 0
        self.running = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.begun += 1
        self.running += 1
        try:
            while True:
                await receive()
                self.heard += 1
        finally:
            self.running -= 1


async def main(instances: int) -> None:
    endpoint = bind_udp("127.0.0.1", 0)
    application = Counting()
    server = SyslogServer(application, endpoint, instances, idle_seconds=None)
    print(endpoint.getsockname()[1], flush=True)
    serving = asyncio.create_task(server.arun())
    asked = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    while await asked.readline():
        counts = asdict(server.counters) | vars(application) | {"instances": len(server.application_instances)}
        print(json.dumps(counts), flush=True)
    server.stop()
    await serving


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
