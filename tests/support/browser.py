"""Debian's Chromium under Playwright, and pages in it, each in a context that shares nothing with another."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright

from tests.support.deadline import DEADLINE
from tests.support.machine import OUTPUT, require
from tests.support.server import Server

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

_ARGUMENTS = (
    # The sandbox needs rights that root in a container does not have; what is shown here is our own page.
    "--no-sandbox",
    "--disable-gpu",
    # Otherwise Chromium may leave TCP for HTTP/3, and the tests would not see HTTP/2.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def browser_for(server: Server) -> AsyncIterator[Browser]:
    """A browser that trusts this server's key, and otherwise checks certificates as it does for anybody.

    `ignore_https_errors` would do as well, but pages are then treated as insecure: no cache, no service worker.
    """
    chromium = require("chromium")
    trust = f"--ignore-certificate-errors-spki-list={_key_hash(server)}"
    with tempfile.TemporaryDirectory() as home:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=[*_ARGUMENTS, trust], env={**_environment(), "HOME": home}
            )
            try:
                yield browser
            finally:
                await browser.close()


async def open_page(
    browser: Browser,
    server: Server,
    path: str = "/",
    *,
    viewport: ViewportSize = DESKTOP,
    colour_scheme: Literal["light", "dark"] = "light",
    reduced_motion: bool = False,
    tls: bool = True,
) -> Page:
    """A page in a context of its own, as somebody on another machine would open it; gone with the browser."""
    context = await browser.new_context(
        base_url=server.https_url if tls else server.http_url,
        viewport=viewport,
        color_scheme=colour_scheme,
        reduced_motion="reduce" if reduced_motion else "no-preference",
    )
    context.set_default_timeout(DEADLINE * 1000)
    page = await context.new_page()
    await page.goto(path)
    return page


def watch(page: Page) -> list[str]:
    """A list that grows with each error the page reports from now on: scripts, console and requests that failed."""
    problems: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"console: {message.text}")

    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on(
        "console", lambda message: problems.append(f"console: {message.text}") if message.type == "error" else None
    )
    page.on("requestfailed", lambda request: problems.append(f"request: {request.url} {request.failure}"))
    return problems


async def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of the whole page as `tests/output/<name>.png`, for people to look at."""
    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / f"{name}.png"
    await page.screenshot(path=path, full_page=True)
    return path


def _environment() -> dict[str, str | float | bool]:
    return dict(os.environ)


def _key_hash(server: Server) -> str:
    url = urlsplit(server.https_url)
    pem = ssl.get_server_certificate((url.hostname or "", url.port or 0))
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode()
