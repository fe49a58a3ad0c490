"""The page as people use it: what they see and press, by the names that a screen reader gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.signed_in import give_cookie
from tests.support.browser import DESKTOP, open_page, watch
from tests.support.deadline import DEADLINE
from tests.support.people import Person
from tests.support.server import Server

expect.set_options(timeout=DEADLINE * 1000)


@dataclass(frozen=True)
class ChatPage:
    """Somebody at their screen."""

    page: Page
    problems: list[str]

    @classmethod
    async def open(
        cls,
        browser: Browser,
        server: Server,
        person: Person,
        path: str = "/",
        *,
        viewport: ViewportSize = DESKTOP,
        colour_scheme: Literal["light", "dark"] = "light",
    ) -> ChatPage:
        """The page of somebody who has signed in before, when everything is there."""
        page = await open_page(browser, server, "about:blank", viewport=viewport, colour_scheme=colour_scheme)
        await give_cookie(page, server, person)
        problems = watch(page)
        await page.goto(path)
        chat = cls(page, problems)
        await chat.is_connected()
        return chat

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^Message to"))

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def rooms(self) -> Locator:
        return self.page.get_by_role("navigation", name="Rooms").get_by_role("link")

    def message(self, text: str) -> Locator:
        """The message with that text."""
        return self.log.get_by_role("article").filter(has=self.page.locator(".message__body", has_text=text))

    async def is_connected(self) -> None:
        await expect(self.page.locator(".me__connection")).to_have_text("Connected")
        await expect(self.page.locator(".sidebar .skeletons")).to_have_count(0)

    async def open_room(self, name: str) -> None:
        await self.rooms.filter(has_text=name).click()
        await expect(self.page.locator(".room-head__title")).to_have_text(name)

    async def write(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def bodies(self) -> list[str]:
        """What the messages say, from top to bottom."""
        return await self.log.locator(".message__body").all_inner_texts()

    async def sees(self, *texts: str) -> None:
        """The last messages are these, each logged, in this order."""
        await expect(self.log.locator(".message[data-status=logged]").last).to_contain_text(texts[-1])
        assert tuple((await self.bodies())[-len(texts) :]) == texts

    async def on_message(self, text: str, action: str) -> None:
        """Press a button of the bar that comes with the pointer."""
        await self.message(text).hover()
        await self.page.get_by_role("toolbar", name="Message").get_by_role("button", name=action).click()

    async def state(self, expression: str) -> Any:
        """A measurement in the page."""
        return await self.page.evaluate(expression)
