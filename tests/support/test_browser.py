from __future__ import annotations

from tests.support.browser import PHONE, browser_for, open_page, screenshot, watch
from tests.support.deadline import eventually
from tests.support.server import ServerProcess


async def test_pages_come_over_http2_and_plain(tiny: ServerProcess) -> None:
    async with browser_for(tiny) as browser:
        page = await open_page(browser, tiny)
        assert await page.inner_text("h1") == "It works"
        assert await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
        plain = await open_page(browser, tiny, tls=False)
        assert await plain.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "http/1.1"


async def test_a_page_is_as_it_is_asked_for(tiny: ServerProcess) -> None:
    async with browser_for(tiny) as browser:
        page = await open_page(browser, tiny, viewport=PHONE, colour_scheme="dark", reduced_motion=True)
        assert await page.evaluate("innerWidth") == PHONE["width"]
        assert await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert await page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
        picture = await screenshot(page, "tiny")
        assert picture.read_bytes().startswith(b"\x89PNG")


async def test_what_goes_wrong_in_a_page_is_noted(tiny: ServerProcess) -> None:
    async with browser_for(tiny) as browser:
        page = await open_page(browser, tiny)
        problems = watch(page)
        await page.evaluate("setTimeout(() => { throw new Error('as asked') })")
        await eventually(lambda: any("as asked" in problem for problem in problems), "the error to be noted")
