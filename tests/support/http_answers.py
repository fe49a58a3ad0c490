"""What came back to the requests that python-engineio's client makes by aiohttp, of which it says little itself."""

from __future__ import annotations

import aiohttp


class HttpAnswers:
    """Those of an aiohttp session that is made with `trace_configs=[answers.trace]`."""

    def __init__(self) -> None:
        self.refusals: list[str] = []  # "GET 400"; the client goes on by polling where a WebSocket is refused
        self._open: list[aiohttp.ClientResponse] = []
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._hear)

    def close(self) -> None:
        """Close those that the client leaves unread, which aiohttp calls a leak."""
        for answer in self._open:
            answer.close()

    async def _hear(self, _session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        self._open = [answer for answer in self._open if answer.connection is not None]
        self._open.append(ended.response)
        if not ended.response.ok:
            self.refusals.append(f"{ended.method} {ended.response.status}")
