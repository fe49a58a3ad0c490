"""A browser at the shared server, and rooms with people in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from tests.browser.pages import ChatPage
from tests.support.browser import browser_for
from tests.support.people import People, Person
from tests.support.server import ServerProcess


@pytest.fixture
async def browser(shared_server: ServerProcess) -> AsyncIterator[Browser]:
    async with browser_for(shared_server) as browser:
        yield browser


@dataclass(frozen=True)
class Kitchen:
    """Ada and Bo, and a room that both are in."""

    ada: Person
    bo: Person
    room_id: str

    @property
    def path(self) -> str:
        return f"/#/rooms/{self.room_id}"


@pytest.fixture
async def kitchen(people: People) -> Kitchen:
    ada = await people.register(display_name="Ada")
    bo = await people.register(display_name="Bo")
    room = await ada.create_room("kitchen", topic="Tea and bread")
    await bo.join(room.id)
    return Kitchen(ada, bo, room.id)


OpenPage = Callable[[Person, str], Awaitable[ChatPage]]


@pytest.fixture
def open_chat(browser: Browser, shared_server: ServerProcess) -> OpenPage:
    """Somebody's page at a path of the shared server."""

    async def open_chat(person: Person, path: str) -> ChatPage:
        return await ChatPage.open(browser, shared_server, person, path)

    return open_chat
