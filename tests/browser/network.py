"""What goes over the wire for a page, as the browser's own protocol reports it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page


@dataclass(frozen=True)
class Answer:
    """The head of one answer."""

    path: str
    status: int
    protocol: str  # `h2`, `http/1.1`
    connection: int  # equal for two answers that came over one connection


class Network:
    """Everything since it was made."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.sent: list[dict[str, str]] = []  # the header fields of each request, as they went out
        self.websockets: list[int] = []  # the statuses by which they were opened
        self.pieces: Counter[str] = Counter()  # {request: how often something of its body came}

    @classmethod
    async def of(cls, page: Page) -> Network:
        """Listen from now on."""
        network = cls()
        session = await page.context.new_cdp_session(page)
        session.on("Network.responseReceived", network._answered)
        session.on("Network.requestWillBeSentExtraInfo", lambda event: network._note(event["headers"]))
        session.on("Network.dataReceived", lambda event: network.pieces.update([event["requestId"]]))
        session.on("Network.webSocketHandshakeResponseReceived", network._opened)
        await session.send("Network.enable")
        return network

    def of_path(self, path: str) -> list[Answer]:
        return [answer for answer in self.answers if answer.path == path]

    def values(self, field: str) -> list[str]:
        """Every value of a header field that was sent."""
        return [headers[name] for headers in self.sent for name in headers if name.lower() == field]

    def _note(self, headers: dict[str, str]) -> None:
        self.sent.append(headers)

    def _opened(self, event: dict[str, Any]) -> None:
        self.websockets.append(event["response"]["status"])

    def _answered(self, event: dict[str, Any]) -> None:
        response = event["response"]
        path = "/" + response["url"].split("/", 3)[3].partition("?")[0]
        answer = Answer(path, response["status"], response.get("protocol", ""), int(response["connectionId"]))
        self.answers.append(answer)
