"""A browser at the shared server, and rooms with people in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages import ChatPage
from tests.support.browser import browser_for
from tests.support.people import People, Person
from tests.support.server import ServerProcess


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the asynchronous tests here share the event loop, as they share the browser, which is of one loop."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(shared_server: ServerProcess) -> AsyncIterator[Browser]:
    """One for all tests at the shared server: to start it takes a second of a core."""
    async with browser_for(shared_server) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """It, with no context open; no two share cookies, storage, cache or connections."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def people(shared_server: ServerProcess) -> AsyncIterator[People]:
    """Who a test has at the shared server, on the loop of the tests here."""
    async with People(shared_server) as people:
        yield people


@dataclass(frozen=True)
class Kitchen:
    """Ada and Bo, and a room that both are in."""

    ada: Person
    bo: Person
    room_id: str

    @property
    def path(self) -> str:
        return f"/#/rooms/{self.room_id}"


@pytest_asyncio.fixture(loop_scope="session")
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
