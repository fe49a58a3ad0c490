"""Every screen, wide and narrow, light and dark: pictures for people, rules of accessibility for the machine."""

from __future__ import annotations

from typing import Literal, get_args

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize, expect

from tests.browser.looks import check
from tests.browser.pages import ChatPage
from tests.support.browser import DESKTOP, PHONE, open_page
from tests.support.people import People, Person
from tests.support.server import ServerProcess

Scheme = Literal["light", "dark"]
SIZES: dict[str, ViewportSize] = {"wide": DESKTOP, "narrow": PHONE}


@pytest_asyncio.fixture(loop_scope="session")
async def busy_room(people: People) -> tuple[Person, str]:
    """A room with everything in it that a room can have."""
    ada = await people.register(display_name="Ada Lovelace")
    bo = await people.register(display_name="Bo Lindqvist van den Heuvel-Okonkwo-Featherstonehaugh")
    dana = await people.register(display_name="دانا الخطيب")
    room = await ada.create_room("general", topic="Everything that has no other place")
    for other in (bo, dana):
        await other.join(room.id)
    await ada.create_room("a-room-with-a-very-long-name-that-somebody-thought-would-be-a-good-idea")
    await ada.create_room("private matters", visibility="private")
    await ada.open_direct_room(bo)
    await bo.create_room("a public room that Ada is not in", topic="Cats, mostly")
    await bo.post(room.id, "The build is on https://staging.example.org/build/1842?from=chat (it needs the VPN).")
    code = await ada.post(
        room.id, "One thing:\n```js\nconst total = items.reduce((a, b) => a + b, 0);\n```\n`total` is NaN."
    )
    await bo.post(room.id, "Good catch.", reply_to=code.id)
    await dana.post(room.id, "صباح الخير جميعًا، سأراجع الترجمة اليوم وأرسل ملاحظاتي بعد الظهر.")
    gone = await dana.post(room.id, "never mind")
    await dana.delete(gone.id)
    cafe = await ada.post(room.id, "Who comes to the café?")
    await ada.edit(cafe.id, "Who comes to the café at noon?")
    for person, emoji in ((bo, "👍"), (dana, "👍"), (ada, "🎉")):
        await person.react(cafe.id, emoji)
    await ada.post(room.id, "AVeryLongWordWithoutAnySpaces" * 12)
    return ada, room.id


@pytest.mark.parametrize("scheme", get_args(Scheme))
@pytest.mark.parametrize("size", SIZES)
async def test_the_chat(
    busy_room: tuple[Person, str], browser: Browser, shared_server: ServerProcess, size: str, scheme: Scheme
) -> None:
    ada, room_id = busy_room
    chat = await ChatPage.open(
        browser, shared_server, ada, f"/#/rooms/{room_id}", viewport=SIZES[size], colour_scheme=scheme
    )
    page = chat.page
    await expect(chat.message("AVeryLongWord")).to_be_visible()
    await check(page, f"room-{size}-{scheme}")
    await chat.message("Who comes to the café at noon?").hover()
    await page.get_by_role("button", name="React", exact=True).click()
    await check(page, f"message-{size}-{scheme}")
    await page.goto(f"/#/rooms/{room_id}/details")
    await expect(page.get_by_role("complementary").get_by_role("listitem")).to_have_count(3)
    await check(page, f"details-{size}-{scheme}")
    await page.goto("/#/")
    for button, name in (
        ("Browse rooms", "browse"),
        ("New room", "new-room"),
        ("New direct message", "direct"),
        ("You and your devices", "account"),
        ("Jump to…", "jump"),
    ):
        await check(page, f"rooms-{size}-{scheme}") if name == "browse" else None
        await page.get_by_role("navigation").get_by_role("button", name=button).first.click()
        await expect(page.locator("dialog .skeletons")).to_have_count(0)
        await check(page, f"{name}-{size}-{scheme}")
        await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Search…").click()
    await check(page, f"search-empty-{size}-{scheme}")
    await page.get_by_role("searchbox").fill("the")
    await page.keyboard.press("Enter")
    await expect(page.locator(".found mark").first).to_be_visible()
    await check(page, f"search-{size}-{scheme}")
    # The rules of axe try inline styles, which the page's policy refuses, as it should.
    assert [problem for problem in chat.problems if "inline style" not in problem] == []


@pytest.mark.parametrize("scheme", get_args(Scheme))
@pytest.mark.parametrize("size", SIZES)
async def test_the_door_and_the_empty_places(
    people: People, browser: Browser, shared_server: ServerProcess, size: str, scheme: Scheme
) -> None:
    newcomer = await people.register(display_name="New")
    page = await open_page(browser, shared_server, viewport=SIZES[size], colour_scheme=scheme)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await check(page, f"sign-in-{size}-{scheme}")
    await page.get_by_role("button", name="Make an account").click()
    await page.get_by_role("button", name="Make an account").first.click()
    await check(page, f"sign-up-{size}-{scheme}")
    chat = await ChatPage.open(browser, shared_server, newcomer, viewport=SIZES[size], colour_scheme=scheme)
    await expect(chat.page.get_by_text("You are in no room yet.")).to_be_visible()
    await check(chat.page, f"welcome-{size}-{scheme}")
    room = await newcomer.create_room("attic")
    await chat.page.goto(f"/#/rooms/{room.id}")
    await expect(chat.page.get_by_text("This is where attic begins.")).to_be_visible()
    await check(chat.page, f"empty-room-{size}-{scheme}")
