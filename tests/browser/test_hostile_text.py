"""Text from other people stays text, wherever it stands."""

from __future__ import annotations

import pytest
from playwright.async_api import Dialog, expect

from tests.browser.conftest import Kitchen, OpenPage
from tests.support.people import People

SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
BODIES = (
    SCRIPT,
    "`" + SCRIPT + "`",
    "```html\n" + SCRIPT + "\n```",
    'https://example.org/"onmouseover="alert(3)',
    "javascript:alert(4)",
    "https://example.org/<script>alert(5)</script>",
    "\u202etxt.exe \u2066 \u200b",
    "a\n" * 50,
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d" * 40,
)


async def test_it_is_shown_and_never_run(open_chat: OpenPage, people: People) -> None:
    ada = await people.register(display_name=SCRIPT)
    room = await ada.create_room(SCRIPT[:80], topic=SCRIPT)
    for body in BODIES:
        await ada.post(room.id, body)
    answered = await ada.post(room.id, SCRIPT)
    await ada.post(room.id, "answer", reply_to=answered.id)
    chat = await open_chat(ada, f"/#/rooms/{room.id}/details")
    shown: list[str] = []

    def hear(dialog: Dialog) -> None:
        shown.append(dialog.message)

    chat.page.on("dialog", hear)
    await expect(chat.message("answer")).to_be_visible()
    await expect(chat.page.get_by_role("complementary").get_by_role("listitem")).to_have_count(1)
    assert (await chat.bodies())[0] == SCRIPT
    assert await chat.page.locator("#page img, #page script, #page iframe").count() == 0
    links = await chat.page.locator(".message__body a").evaluate_all(
        "links => links.map(link => [link.protocol, link.rel, link.target, link.getAttributeNames().length])"
    )
    assert links == [["https:", "noopener noreferrer", "_blank", 3]] * 2
    assert shown == []
    assert chat.problems == []


@pytest.mark.parametrize("path", ["/#/rooms/%", "/#/rooms/..%2F..", "/#/nowhere", "/#" + "/rooms/x" * 50])
async def test_an_address_that_means_nothing_leads_somewhere(kitchen: Kitchen, open_chat: OpenPage, path: str) -> None:
    chat = await open_chat(kitchen.ada, path)
    await expect(chat.page.get_by_role("main").get_by_role("heading").first).to_be_visible()
