"""Reading: older messages load above, newer ones come below, and what is being read stays on its pixel."""

from __future__ import annotations

import asyncio

import pytest_asyncio
from playwright.async_api import Route, expect

from tests.browser.conftest import Kitchen, OpenPage
from tests.browser.pages import ChatPage
from tests.support.deadline import eventually

MESSAGES = 130  # two pages of 50 and a bit
# What the layout itself rounds to.
PIXEL = 1.0

FIRST_IN_SIGHT = """() => {
  const edge = document.querySelector('.timeline__box').getBoundingClientRect().top;
  const body = [...document.querySelectorAll('.message__body')].find(each => each.getBoundingClientRect().top > edge);
  return [body.innerText, body.getBoundingClientRect().top];
}"""
TOP_OF = """text => [...document.querySelectorAll('.message__body')]
  .find(each => each.innerText === text).getBoundingClientRect().top"""
SCROLL_UP = "pixels => { document.querySelector('.timeline__box').scrollTop -= pixels; }"
BELOW = """() => { const box = document.querySelector('.timeline__box');
  return box.scrollHeight - box.scrollTop - box.clientHeight; }"""

# The news of a scroll is on its way when the room for the timeline becomes smaller.
SHRINK_WHILE_SCROLLING = """() => { const box = document.querySelector('.timeline__box');
  box.scrollTop -= 1; box.scrollTop += 1; box.style.maxBlockSize = `${box.clientHeight - 200}px`;
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); }"""

# The same for a reader above, whose lines become longer.
NARROW_WHILE_SCROLLING = """() => { const box = document.querySelector('.timeline__box');
  box.scrollTop -= 1; box.style.maxInlineSize = `${box.clientWidth - 300}px`;
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); }"""


@pytest_asyncio.fixture(loop_scope="session")
async def long_kitchen(kitchen: Kitchen) -> Kitchen:
    people = (kitchen.ada, kitchen.bo)
    for number in range(MESSAGES):
        text = f"message {number} " + "and so on " * (number * 7 % 30)
        await people[number // 3 % 2].post(kitchen.room_id, text.strip())
    return kitchen


async def open_at_end(kitchen: Kitchen, open_chat: OpenPage) -> ChatPage:
    """The room as somebody sees it who has read everything."""
    chat = await open_chat(kitchen.ada, kitchen.path)
    await expect(chat.message(f"message {MESSAGES - 1}")).to_be_in_viewport()
    return chat


async def rest_at(chat: ChatPage) -> tuple[str, float]:
    """The first message in sight and where it is."""
    text, top = await chat.page.evaluate(FIRST_IN_SIGHT)
    return str(text), float(top)


async def moved(chat: ChatPage, text: str, top: float) -> float:
    """By how many pixels a message is away from where it was, after everything has been drawn."""
    await chat.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return abs(float(await chat.page.evaluate(TOP_OF, text)) - top)


async def test_older_messages_load_above_and_nothing_moves(long_kitchen: Kitchen, open_chat: OpenPage) -> None:
    chat = await open_at_end(long_kitchen, open_chat)
    gate = asyncio.Event()
    asked = asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await gate.wait()
        await route.continue_()

    await chat.page.route("**/messages?before=*", hold)
    await chat.page.evaluate(SCROLL_UP, 100_000)
    await asked.wait()
    await chat.page.evaluate("() => { document.querySelector('.timeline__box').scrollTop = 300; }")
    count = await chat.log.get_by_role("article").count()
    text, top = await rest_at(chat)
    gate.set()
    await eventually(lambda: has_more(chat, count), "older messages to be there")
    assert await moved(chat, text, top) < PIXEL

    await chat.page.unroute_all(behavior="wait")
    while await chat.page.locator(".timeline__beginning").count() == 0:
        await chat.page.evaluate(SCROLL_UP, 2_000)
        await asyncio.sleep(0)
    assert await chat.log.get_by_role("article").count() == MESSAGES
    assert [int(body.split()[1]) for body in await chat.bodies()] == list(range(MESSAGES))


async def has_more(chat: ChatPage, count: int) -> bool:
    return await chat.log.get_by_role("article").count() > count


async def test_a_reader_above_is_not_disturbed_and_finds_the_way_back(
    long_kitchen: Kitchen, open_chat: OpenPage
) -> None:
    chat = await open_at_end(long_kitchen, open_chat)
    await chat.page.evaluate(SCROLL_UP, 1_500)
    text, top = await rest_at(chat)
    number = int(text.split()[1])
    history = await long_kitchen.bo.history(long_kitchen.room_id, limit=MESSAGES)
    above = next(m for m in reversed(history.messages[: number - 1]) if m.author_id == long_kitchen.bo.id)

    await long_kitchen.bo.post(long_kitchen.room_id, "news")
    await long_kitchen.bo.edit(above.id, "much longer than before " * 40)
    await expect(chat.message("much longer than before")).to_be_attached()
    assert await moved(chat, text, top) < PIXEL
    await chat.page.set_viewport_size({"width": 1000, "height": 700})
    await chat.page.wait_for_function("() => innerWidth === 1000")
    assert await moved(chat, text, top) < PIXEL

    jump = chat.page.get_by_role("button", name="1 new")
    await jump.click()
    await expect(chat.message("news")).to_be_in_viewport()
    await expect(jump).to_be_hidden()
    await expect(chat.page.get_by_role("separator", name="Unread messages")).to_be_visible()


async def test_at_the_end_it_stays_at_the_end(long_kitchen: Kitchen, open_chat: OpenPage) -> None:
    chat = await open_at_end(long_kitchen, open_chat)
    await long_kitchen.bo.post(long_kitchen.room_id, "a long one " * 200)
    await expect(chat.message("a long one")).to_be_in_viewport()
    await chat.composer.fill("a\nlong\ndraft\n" * 4)
    await long_kitchen.bo.post(long_kitchen.room_id, "the last")
    await expect(chat.message("the last")).to_be_in_viewport(ratio=1)
    assert await chat.page.evaluate(BELOW) < PIXEL


async def test_only_the_reader_leaves_the_end(long_kitchen: Kitchen, open_chat: OpenPage) -> None:
    chat = await open_at_end(long_kitchen, open_chat)
    await chat.page.evaluate(SHRINK_WHILE_SCROLLING)
    assert await chat.page.evaluate(BELOW) < PIXEL
    await chat.page.evaluate(SCROLL_UP, 300)
    text, top = await rest_at(chat)
    await long_kitchen.bo.post(long_kitchen.room_id, "unnoticed")
    await expect(chat.page.get_by_role("button", name="1 new")).to_be_visible()
    assert await moved(chat, text, top) < PIXEL


async def test_a_reader_above_stays_when_the_news_of_a_scroll_is_late(
    long_kitchen: Kitchen, open_chat: OpenPage
) -> None:
    chat = await open_at_end(long_kitchen, open_chat)
    await chat.page.evaluate(SCROLL_UP, 1_500)
    text, top = await rest_at(chat)
    assert await moved(chat, text, top) < PIXEL  # and the news of that scroll has come
    await chat.page.evaluate(NARROW_WHILE_SCROLLING)
    assert await moved(chat, text, top + 1) < PIXEL


async def test_a_room_opens_where_its_reader_left_off(long_kitchen: Kitchen, open_chat: OpenPage) -> None:
    attic = await long_kitchen.ada.create_room("attic")
    history = await long_kitchen.ada.history(long_kitchen.room_id, limit=MESSAGES)
    await long_kitchen.ada.mark_read(long_kitchen.room_id, history.messages[-1].id)
    for number in range(60):
        await long_kitchen.bo.post(long_kitchen.room_id, f"unread {number} " + "words " * 30)
    chat = await open_chat(long_kitchen.ada, f"/#/rooms/{attic.id}")
    await expect(chat.rooms.filter(has_text="kitchen")).to_contain_text("60")
    await chat.open_room("kitchen")
    await expect(chat.page.get_by_role("separator", name="Unread messages")).to_be_in_viewport()
    await expect(chat.message("unread 0 ")).to_be_in_viewport()
    # Not at the end, so nothing is read yet.
    await expect(chat.page.get_by_role("button", name="60 new")).to_be_visible()

    await chat.page.evaluate(SCROLL_UP, 700)
    text, top = await rest_at(chat)
    await chat.open_room("attic")
    await chat.open_room("kitchen")
    await expect(chat.message(text)).to_be_in_viewport()
    assert await moved(chat, text, top) < PIXEL


async def test_a_quoted_message_is_found_even_when_it_is_not_loaded(
    long_kitchen: Kitchen, open_chat: OpenPage
) -> None:
    history = await long_kitchen.ada.history(long_kitchen.room_id, limit=MESSAGES)
    first = history.messages[0]
    await long_kitchen.bo.post(long_kitchen.room_id, "as you said", reply_to=first.id)
    chat = await open_chat(long_kitchen.ada, long_kitchen.path)
    await chat.message("as you said").get_by_role("button", name="Ada: message 0").click()
    await expect(chat.message("message 0")).to_be_in_viewport()
    await chat.page.get_by_role("button", name="To the newest").click()
    await expect(chat.message("as you said")).to_be_in_viewport()
    assert chat.problems == []
