"""Cold load: somebody who is signed in opens the page in a browser that has never seen it."""

from __future__ import annotations

import asyncio
import shutil
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.load.chat import TEXT, Room, open_room
from benchmarks.meter import Measured, measuring
from benchmarks.running import Running
from benchmarks.sides import HOST
from hubbub.contract.addresses import SESSION_COOKIE

MESSAGES = 50  # of the room that the page opens
LOAD_SECONDS = 60.0
# Each becomes milliseconds since navigation: when the page has had `ready`, and when the newest message is shown.
_READY = "() => document.querySelector('.me__connection')?.textContent === 'Connected' && performance.now()"
_SHOWN = "(text) => [...document.querySelectorAll('.message__body')].at(-1)?.textContent === text && performance.now()"
# The sandbox needs rights that root in a container has not; QUIC would only be offered where it is served.
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


@dataclass
class _Loaded:
    """One load: milliseconds, bytes as they came over the wire, and what was asked for."""

    ready_ms: float = 0.0
    shown_ms: float = 0.0
    bytes: float = 0.0
    urls: list[str] = field(default_factory=list)

    def take(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]

    def ask(self, event: dict[str, Any]) -> None:
        self.urls.append(event["request"]["url"])


@dataclass(frozen=True)
class ColdLoad:
    """Milliseconds from navigation to `ready` in Chromium, kibibytes transferred, and requests."""

    loads: int

    async def run(self, server: Running) -> Measured:
        async with open_room(server, 1) as room, _browser() as browser:
            for number in range(MESSAGES):
                await room.post(f"{TEXT} {number}")
            with measuring(server) as meter:
                loads = [await _load(browser, room) for _ in range(self.loads)]
        return Measured.by(
            meter,
            ready_ms=statistics.median(each.ready_ms for each in loads),
            shown_ms=statistics.median(each.shown_ms for each in loads),
            kib=statistics.median(each.bytes for each in loads) / 1024,
            requests=statistics.median(len(each.urls) for each in loads),
        )


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = shutil.which("chromium")
        assert path is not None, "the Debian package chromium is needed for this workload"
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


async def _load(browser: Browser, room: Room) -> _Loaded:
    """One load, in a context that has cached nothing."""
    origin = f"https://{HOST}:{room.server.port}"
    context = await browser.new_context(ignore_https_errors=True)
    await context.add_cookies([{"name": SESSION_COOKIE, "value": room.members[0].token, "url": origin}])
    context.set_default_timeout(1000 * LOAD_SECONDS)
    page = await context.new_page()
    loaded = await _watch(page)
    await page.goto(f"{origin}/#/rooms/{room.id}")
    # Asked for at once, so that each is noticed in the frame in which it happens.
    ready, shown = await asyncio.gather(
        page.wait_for_function(_READY), page.wait_for_function(_SHOWN, arg=f"{TEXT} {MESSAGES - 1}")
    )
    loaded.ready_ms, loaded.shown_ms = await ready.json_value(), await shown.json_value()
    await context.close()
    return loaded


async def _watch(page: Page) -> _Loaded:
    loaded = _Loaded()
    session = await page.context.new_cdp_session(page)
    session.on("Network.loadingFinished", loaded.take)
    session.on("Network.requestWillBeSent", loaded.ask)
    await session.send("Network.enable")
    return loaded
