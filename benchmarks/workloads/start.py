"""Start: what it takes until a server that was just started has answered a request, and what it holds then."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.load.http import Connection, request
from benchmarks.meter import Measured
from benchmarks.running import Running

_OK = 200
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Start:
    """Milliseconds from the command to the first answer, of the clock and of the processor; mebibytes of its own."""

    async def run(self, server: Running) -> Measured:
        http = await Connection.open(server)
        response = await http.ask(request("GET", "/healthz"))
        seconds, cpu = time.perf_counter() - server.started, server.cpu_seconds()
        http.close()
        assert response.status == _OK, response
        figures = {"answered_ms": seconds * 1000, "cpu_ms": cpu * 1000, "mib": server.memory_bytes() / MEBIBYTE}
        return Measured(figures, server_share=cpu / seconds, generator_share=0.0)
