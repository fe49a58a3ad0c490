"""The answers that python-engineio's client leaves unread, which aiohttp calls a leak."""

from __future__ import annotations

import aiohttp


class UnreadAnswers:
    """Those of an aiohttp session that is made with `trace_configs=[unread.trace]`."""

    def __init__(self) -> None:
        self._answers: list[aiohttp.ClientResponse] = []
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._keep)

    def close(self) -> None:
        """Close what is under way."""
        for answer in self._answers:
            answer.close()

    async def _keep(self, _session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        self._answers = [answer for answer in self._answers if answer.connection is not None]
        self._answers.append(ended.response)
