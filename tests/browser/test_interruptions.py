"""Connections end, servers restart, pages are loaded anew: nothing is lost, nothing comes twice."""

from __future__ import annotations

import re

from playwright.async_api import Request, expect

from tests.browser.conftest import Kitchen, OpenPage
from tests.browser.pages import ChatPage
from tests.support.browser import browser_for
from tests.support.people import People
from tests.support.server import ServerProcess


async def test_what_is_written_offline_survives_a_reload_and_goes_out_once(
    kitchen: Kitchen, open_chat: OpenPage
) -> None:
    ada = await open_chat(kitchen.ada, kitchen.path)
    bo = await open_chat(kitchen.bo, kitchen.path)
    context = ada.page.context
    await context.set_offline(True)
    await expect(ada.page.get_by_text(re.compile("^Offline since .*goes out when")).first).to_be_visible()
    await ada.write("one")
    await ada.write("two")
    await expect(ada.log.locator(".message[data-status=queued]")).to_have_count(2)

    await ada.page.close()
    await context.set_offline(False)
    again = ChatPage(await context.new_page(), [])
    await again.page.goto(kitchen.path)
    await bo.sees("one", "two")
    await again.sees("one", "two")
    await bo.write("three")
    await again.sees("one", "two", "three")
    written = [message.body for message in (await kitchen.bo.history(kitchen.room_id)).messages]
    assert written == ["one", "two", "three"]
    assert await again.state("Object.keys(localStorage).filter(key => key.includes('outbox'))") == []


async def test_a_connection_that_returns_goes_on_where_it_was(kitchen: Kitchen, open_chat: OpenPage) -> None:
    await kitchen.bo.post(kitchen.room_id, "before")
    ada = await open_chat(kitchen.ada, kitchen.path)
    await ada.sees("before")
    await ada.state("globalThis.sameLoad = true")
    loaded: list[str] = []

    def hear(request: Request) -> None:
        if "/api/" in request.url:
            loaded.append(request.url)

    await ada.page.context.set_offline(True)
    await expect(ada.page.locator(".me__connection")).to_contain_text("Offline since")
    await kitchen.bo.post(kitchen.room_id, "meanwhile")
    attic = await kitchen.bo.create_room("attic", visibility="private")
    await kitchen.bo.add(attic.id, kitchen.ada)
    ada.page.on("request", hear)
    await ada.page.context.set_offline(False)
    await ada.is_connected()
    await kitchen.bo.post(kitchen.room_id, "after")

    await ada.sees("before", "meanwhile", "after")
    await expect(ada.rooms.filter(has_text="attic")).to_be_visible()
    assert await ada.state("globalThis.sameLoad")
    # The room that became mine is fetched, and nothing that was there already.
    assert all(attic.id in url for url in loaded), loaded


async def test_a_server_that_restarts_is_waited_for(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people, browser_for(fresh_server) as browser:
        ada = await people.register("ada")
        room = await ada.create_room("kitchen")
        page = await ChatPage.open(browser, fresh_server, ada, f"/#/rooms/{room.id}")
        await page.write("before")
        await page.sees("before")
        await fresh_server.stop(clean=False)
        await expect(page.page.locator(".me__connection")).to_contain_text(re.compile("Reconnecting|Offline"))
        await page.write("while it was away")
        await fresh_server.restart()
        await page.sees("before", "while it was away")
        await page.is_connected()


async def test_a_device_that_is_signed_out_elsewhere_is_at_the_door_again(
    kitchen: Kitchen, open_chat: OpenPage
) -> None:
    ada = await open_chat(kitchen.ada, kitchen.path)
    await kitchen.ada.request("DELETE", "/sessions/current")
    await expect(ada.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(ada.page.get_by_role("status")).to_contain_text(re.compile("[Ss]ign"))


async def test_a_refusal_stands_beside_its_message(kitchen: Kitchen, open_chat: OpenPage) -> None:
    ada = await open_chat(kitchen.ada, kitchen.path)
    await ada.composer.fill("x" * 8_001)
    await expect(ada.page.locator(".composer__count")).to_have_text("-1")
    await expect(ada.page.get_by_role("button", name="Send")).to_be_disabled()
    await ada.composer.fill("fits")
    await ada.composer.press("Enter")
    await ada.sees("fits")
