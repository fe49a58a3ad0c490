"""Two people in two browsers talk with each other over HTTP/2."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Kitchen, OpenPage
from tests.support.deadline import eventually

EXTENDED_CONNECT_OK = 200  # RFC 8441; over HTTP/1.1 a WebSocket is opened by a 101


class Wire:
    """What a page's sockets do, as the browser's own protocol reports it."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.closed = 0
        self.frames = 0

    @classmethod
    async def of(cls, page: Page) -> Wire:
        """Listen from the next load on."""
        wire = cls()
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        session.on(
            "Network.webSocketHandshakeResponseReceived",
            lambda event: wire.opened.append(event["response"]["status"]),
        )
        session.on("Network.webSocketClosed", lambda _: wire._close())
        session.on("Network.webSocketFrameReceived", lambda _: wire._receive())
        return wire

    def _close(self) -> None:
        self.closed += 1

    def _receive(self) -> None:
        self.frames += 1


async def test_they_talk_over_a_websocket_on_the_http2_connection(kitchen: Kitchen, open_chat: OpenPage) -> None:
    ada = await open_chat(kitchen.ada, kitchen.path)
    bo = await open_chat(kitchen.bo, kitchen.path)
    wire = await Wire.of(ada.page)
    await ada.page.reload()
    await ada.is_connected()
    await eventually(lambda: wire.opened == [EXTENDED_CONNECT_OK], "the WebSocket to be open")
    await expect(ada.composer).to_be_visible()

    await ada.write("Is there tea?")
    await bo.sees("Is there tea?")
    await bo.write("There is.\nAnd bread.")
    await ada.sees("Is there tea?", "There is.\nAnd bread.")
    await ada.write("Coming!")
    await bo.sees("Is there tea?", "There is.\nAnd bread.", "Coming!")

    polls = "performance.getEntriesByType('resource').filter(e => e.name.includes('transport=polling'))"
    assert await ada.state(f"{polls}.every(e => e.nextHopProtocol === 'h2' && e.responseEnd > 0)")
    before = await ada.state(f"{polls}.length")
    frames = wire.frames
    await bo.write("Too late.")
    await ada.sees("Too late.")
    assert wire.frames > frames
    assert await ada.state(f"{polls}.length") == before
    assert wire.closed == 0
    assert ada.problems + bo.problems == []


async def test_a_message_is_answered_reacted_to_edited_and_deleted(kitchen: Kitchen, open_chat: OpenPage) -> None:
    await kitchen.ada.post(kitchen.room_id, "Who bakes?")
    ada = await open_chat(kitchen.ada, kitchen.path)
    bo = await open_chat(kitchen.bo, kitchen.path)

    await bo.on_message("Who bakes?", "Reply")
    await bo.write("I do")
    answer = ada.message("I do")
    await expect(answer.get_by_role("button", name="Ada: Who bakes?")).to_be_visible()

    await ada.on_message("I do", "React")
    await ada.page.get_by_role("button", name="React with 🎉").click()
    await expect(answer.get_by_role("button", name="🎉 1 by you")).to_have_attribute("aria-pressed", "true")
    await bo.message("I do").get_by_role("button", name="🎉 1 by Ada").click()
    await expect(answer.get_by_role("button", name="🎉 2 by you and Bo")).to_be_visible()
    await bo.message("I do").get_by_role("button", name="🎉 2 by Ada and you").click()
    await expect(answer.get_by_role("button", name="🎉 1 by you", exact=True)).to_be_visible()

    await bo.composer.press("ArrowUp")
    await expect(bo.composer).to_have_value("I do")
    await bo.write("I do, tomorrow")
    await expect(ada.message("I do, tomorrow")).to_contain_text("(edited)")

    await bo.on_message("I do, tomorrow", "Delete")
    await bo.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(ada.message("This message was deleted.")).to_be_visible()
    await expect(ada.log.get_by_role("button", name=re.compile("🎉"))).to_have_count(0)
    assert ada.problems + bo.problems == []


async def test_they_see_each_other_come_type_and_go(kitchen: Kitchen, open_chat: OpenPage) -> None:
    ada = await open_chat(kitchen.ada, f"{kitchen.path}/details")
    there = ada.page.get_by_role("list", name="People in this room").get_by_role("listitem").filter(has_text="Bo")
    await expect(there).to_contain_text("offline")
    bo = await open_chat(kitchen.bo, kitchen.path)
    await expect(there).to_contain_text("online")

    await bo.composer.press_sequentially("Hm")
    typing = ada.page.get_by_text("Bo is typing…")
    await expect(typing).to_be_visible()
    await bo.composer.press("Enter")
    await expect(typing).to_be_hidden()

    await bo.page.close()
    await expect(there).to_contain_text("offline")


async def test_what_happens_elsewhere_is_unread_until_it_is_seen(kitchen: Kitchen, open_chat: OpenPage) -> None:
    other = await kitchen.ada.create_room("attic")
    ada = await open_chat(kitchen.ada, f"/#/rooms/{other.id}")
    item = ada.rooms.filter(has_text="kitchen")
    for text in ("one", "two"):
        await kitchen.bo.post(kitchen.room_id, text)
    await expect(item).to_contain_text("2")
    await expect(ada.page).to_have_title("(2) attic – Hubbub")

    await ada.open_room("kitchen")
    await ada.sees("one", "two")
    await expect(ada.page.get_by_role("separator", name="Unread messages")).to_be_visible()
    await expect(ada.page).to_have_title("kitchen – Hubbub")
    await expect(item).not_to_contain_text("2")

    async def is_read() -> bool:
        room = (await kitchen.ada.request("GET", f"/rooms/{kitchen.room_id}")).json()
        return bool(room["membership"]["unread_count"] == 0)

    await eventually(is_read, "the server to know that it is read")


async def test_a_new_name_is_seen_at_once(kitchen: Kitchen, open_chat: OpenPage) -> None:
    ada = await open_chat(kitchen.ada, kitchen.path)
    bo = await open_chat(kitchen.bo, kitchen.path)
    await bo.page.get_by_role("button", name="You and your devices").click()
    await bo.page.get_by_label("Your name, as others see it").fill("Bo the Baker")
    await bo.page.get_by_role("button", name="Save").click()
    await expect(bo.page.get_by_text("Saved.")).to_be_visible()
    await bo.page.keyboard.press("Escape")
    await bo.write("Call me that")
    await expect(ada.message("Call me that").locator(".message__author")).to_have_text("Bo the Baker")
