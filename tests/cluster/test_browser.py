"""The page at four workers: it need not know that there are several."""

from __future__ import annotations

from tests.browser.pages import ChatPage
from tests.support.browser import browser_for
from tests.support.people import People
from tests.support.server import ServerProcess

PAGES = 6


async def test_everybody_sees_what_anybody_writes(workers: ServerProcess, crowd: People) -> None:
    ada, bob = await crowd.register(display_name="Ada"), await crowd.register(display_name="Bob")
    room = await ada.create_room("kitchen")
    await bob.join(room.id)
    async with browser_for(workers) as browser:
        pages = [
            await ChatPage.open(browser, workers, person, f"/#/rooms/{room.id}")
            for person in (ada, bob) * (PAGES // 2)
        ]
        written: list[str] = []
        for number, page in enumerate(pages):
            written.append(f"This is page {number}.")
            await page.write(written[-1])
            for reader in pages:
                await reader.sees(*written)
        assert not any(page.problems for page in pages)
