"""A bare page of the server, for scripts of a test's own, with somebody's cookie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page

from hubbub.transports.credentials import SESSION_COOKIE
from tests.support.browser import browser_for, open_page
from tests.support.deadline import eventually
from tests.support.people import Person
from tests.support.server import Server


async def give_cookie(page: Page, server: Server, person: Person) -> None:
    """Sign somebody in, as their browser would have done before."""
    host = urlsplit(server.https_url).hostname or ""
    await page.context.add_cookies(
        [{"name": SESSION_COOKIE, "value": person.token, "domain": host, "path": "/", "httpOnly": True}]
    )


@asynccontextmanager
async def page_of(server: Server, person: Person) -> AsyncIterator[Page]:
    """The page, in a browser of its own, for the length of a block."""
    async with browser_for(server) as browser:
        yield await bare_page(browser, server, person)


async def bare_page(browser: Browser, server: Server, person: Person) -> Page:
    """The page, in a browser that is there."""
    page = await open_page(browser, server, "about:blank")
    await give_cookie(page, server, person)
    await page.goto("/healthz")
    return page


async def until(page: Page, condition: str, what: str) -> None:
    """Wait until an expression holds in the page."""

    async def holds() -> bool:
        return bool(await page.evaluate(condition))

    await eventually(holds, what)
