"""Searching on the page: by keyboard to a message of long ago, in this room and in others, and what can go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Kitchen, OpenPage
from tests.support.people import Person

FILLER = 60  # more than a page of history, so that what is looked for is not loaded
ANSWERS = "**/api/v1/search?*"


async def say(person: Person, room_id: str, texts: Sequence[str]) -> None:
    for text in texts:
        await person.post(room_id, text)


def found(page: Page) -> Locator:
    return page.get_by_role("list", name="Found messages").get_by_role("listitem")


async def look_for(page: Page, words: str) -> None:
    await page.get_by_role("searchbox", name="Words to look for").fill(words)
    await page.keyboard.press("Enter")


async def test_a_message_of_long_ago_is_found_and_shown_in_its_place(kitchen: Kitchen, open_chat: OpenPage) -> None:
    attic = await kitchen.ada.create_room("attic")
    await say(kitchen.bo, kitchen.room_id, ["The kettle is broken"])
    await say(kitchen.ada, kitchen.room_id, [f"and {number}" for number in range(FILLER)])
    await say(kitchen.ada, attic.id, ["An old kettle <b>stands</b> here"])
    chat = await open_chat(kitchen.ada, f"/#/rooms/{attic.id}")
    page = chat.page
    await chat.sees("An old kettle <b>stands</b> here")

    await page.keyboard.press("Control+Shift+F")
    await look_for(page, "KETTLE")
    await expect(found(page)).to_have_count(2)
    await expect(page.get_by_role("status").filter(has_text="2 found.")).to_be_visible()
    await expect(found(page).first).to_contain_text("attic")
    await expect(found(page).first.locator("mark")).to_have_text("kettle")
    await page.get_by_label("Only in attic").check()
    await expect(found(page)).to_have_count(1)
    await page.get_by_label("Only in attic").uncheck()
    await expect(found(page)).to_have_count(2)

    await found(page).filter(has_text="The kettle is broken").get_by_role("button").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".room-head__title")).to_have_text("kitchen")
    await expect(chat.message("The kettle is broken")).to_be_in_viewport()
    await expect(chat.message("The kettle is broken")).to_be_focused()

    await page.get_by_role("button", name="Search", exact=True).click()
    await look_for(page, f"{FILLER - 1}")
    await found(page).get_by_role("button").click()
    await expect(chat.message(f"and {FILLER - 1}")).to_be_focused()
    assert chat.problems == []


async def test_a_public_room_can_be_joined_at_what_was_found_in_it(kitchen: Kitchen, open_chat: OpenPage) -> None:
    garden = await kitchen.bo.create_room("garden")
    word = f"marrow{garden.id}"  # the server is shared, and so are public rooms
    await say(kitchen.bo, garden.id, [f"The {word} has been eaten"])
    chat = await open_chat(kitchen.ada, kitchen.path)
    page = chat.page
    await page.get_by_role("button", name="Search…").click()
    await look_for(page, word)
    await expect(found(page)).to_contain_text("you are not in it")
    await found(page).get_by_role("button").click()
    await page.get_by_role("button", name="Join").click()
    await expect(page.locator(".room-head__title")).to_have_text("garden")
    await expect(chat.message("has been eaten")).to_be_focused()


async def test_what_is_not_there_what_fails_and_what_comes_late(kitchen: Kitchen, open_chat: OpenPage) -> None:
    await say(kitchen.ada, kitchen.room_id, ["hello there"])
    chat = await open_chat(kitchen.ada, kitchen.path)
    page = chat.page
    await page.keyboard.press("Control+Shift+F")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Finds messages that have all the words")).to_be_visible()
    await look_for(page, "hello nobody")
    await expect(page.get_by_text("No message has all these words.")).to_be_visible()

    async def fail(route: Route) -> None:
        await route.abort()

    await page.route(ANSWERS, fail)
    await look_for(page, "hello there")
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    await page.unroute(ANSWERS)
    await page.get_by_role("button", name="Try again").click()
    await expect(found(page)).to_have_count(1)

    gate = asyncio.Event()

    async def be_late(route: Route) -> None:
        if "nobody" in route.request.url:
            await gate.wait()
        await route.continue_()

    await page.route(ANSWERS, be_late)
    await look_for(page, "nobody")
    await expect(page.get_by_role("status", name="Loading")).to_be_visible()
    await look_for(page, "hello there")
    await expect(found(page)).to_have_count(1)
    async with page.expect_response(lambda response: "nobody" in response.url):
        gate.set()
    await expect(found(page)).to_have_count(1)


async def test_looking_further_back_page_by_page(kitchen: Kitchen, open_chat: OpenPage) -> None:
    await say(kitchen.ada, kitchen.room_id, [f"brick {number}" for number in range(30)])
    chat = await open_chat(kitchen.ada, kitchen.path)
    page = chat.page
    await page.keyboard.press("Control+Shift+F")
    await look_for(page, "brick")
    await expect(page.get_by_text("25 or more found.")).to_be_visible()
    await page.get_by_role("button", name="Look further back").click()
    await expect(found(page)).to_have_count(30)
    await expect(found(page).nth(25).get_by_role("button")).to_be_focused()
    await expect(page.get_by_role("button", name="Look further back")).to_have_count(0)

    async def have_none_yet(route: Route) -> None:
        await route.fulfill(body=json.dumps({"messages": [], "before": "x"}), content_type="application/json")

    await page.route(ANSWERS, have_none_yet)
    await look_for(page, "brick")
    await expect(page.get_by_text("Nothing among the newest messages.")).to_be_visible()
    await expect(page.get_by_role("button", name="Look further back")).to_be_visible()
