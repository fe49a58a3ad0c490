"""Searching over REST: what is asked, what comes back, and what becomes of any text that people type."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from hubbub.contract import limits
from tests.support.api import Person, Reply
from tests.transports.rest.den import Den


async def search(person: Person, q: str, **more: object) -> Reply:
    return await person.get(f"/search?{urlencode({'q': q, **more})}")


def ids(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [message["id"] for message in reply.json["messages"]]


async def test_found_messages_are_those_of_history_newest_first(den: Den) -> None:
    said: list[dict[str, Any]] = [await den.ada.message(den.room["id"], f"tea at {hour}") for hour in (4, 5)]
    said.append(await den.bob.message(den.room["id"], "Tea!", reply_to=said[0]["id"]))
    await den.ada.put(f"/messages/{said[0]['id']}/reactions/🍵")
    history = (await den.history())["messages"]
    assert (await search(den.bob, "tea")).json == {"messages": history[::-1], "before": None}
    assert (await search(den.cem, "tea")).json == {"messages": [], "before": None}


async def test_pages_go_back_by_their_cursor(den: Den) -> None:
    said = [(await den.ada.message(den.room["id"]))["id"] for _ in range(5)]
    first = await search(den.ada, "hello", limit=2)
    second = await search(den.ada, "hello", limit=2, before=first.json["before"])
    third = await search(den.ada, "hello", limit=2, before=second.json["before"])
    assert ids(first) + ids(second) + ids(third) == said[::-1]
    assert third.json["before"] is None


async def test_narrowed_to_a_room_and_to_an_author(den: Den) -> None:
    other = await den.ada.room()
    here = await den.ada.message(den.room["id"])
    there = await den.ada.message(other["id"])
    answer = await den.bob.message(den.room["id"])
    assert ids(await search(den.bob, "hello", room_id=den.room["id"])) == [answer["id"], here["id"]]
    assert ids(await search(den.bob, "hello", author_id=den.ada.id)) == [there["id"], here["id"]]
    assert ids(await search(den.bob, "hello", author_id=den.ada.id, room_id=den.room["id"])) == [here["id"]]
    hidden = await search(den.cem, "hello", room_id=den.room["id"])
    assert (hidden.status, hidden.code) == (404, "not_found")
    nobody = await search(den.cem, "hello", author_id="nobody")
    assert (nobody.status, nobody.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("", {"q": "is missing"}),
        ("q=", {"q": "needs 1 or more characters"}),
        ("q=+", {"q": "must hold something besides white space"}),
        ("q=a%00b", {"q": "must not hold the NUL character"}),
        (f"q={'a' * (limits.SEARCH_CHARS + 1)}", {"q": f"takes at most {limits.SEARCH_CHARS} characters"}),
        (f"q=a&limit={limits.SEARCH_PAGE + 1}", {"limit": f"must be {limits.SEARCH_PAGE} or less"}),
        ("q=a&room_id=", {"room_id": "needs 1 or more characters"}),
        ("q=a&order=oldest", {"order": "is not known here"}),
    ],
)
async def test_what_cannot_be_searched_for_says_why(den: Den, query: str, wrong: dict[str, str]) -> None:
    assert (await den.ada.get(f"/search?{query}")).wrong == wrong


@pytest.mark.parametrize("before", ["nonsense", "00000000-1"])
async def test_a_cursor_of_elsewhere_is_refused(den: Den, before: str) -> None:
    assert (await search(den.ada, "hello", before=before)).code in ("invalid_request", "gone")


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '"hello',
        "hello AND",
        "NOT hello",
        "NEAR(hello world, 2)",
        "body: hello",
        "room : x",
        "- {body author} : hello",
        "^hello",
        "hello*",
        "()",
        "'; DELETE FROM messages; --",
        "%ff%00%",
        "\\",
        "🎉🎉",
        "東京 東",
        "ﷺ",
        "a\u0301\u0302\u0303",
        "\u200b\u202e",
        '"' * limits.SEARCH_CHARS,
        "字" * limits.SEARCH_CHARS,
        "é " * (limits.SEARCH_CHARS // 2),
    ],
)
async def test_any_text_is_looked_for_and_none_of_it_is_syntax(den: Den, text: str) -> None:
    await den.ada.message(den.room["id"], "something else altogether")
    assert ids(await search(den.ada, text)) == []
    posted = await den.ada.message(den.room["id"], f"they wrote {text} to me")
    assert ids(await search(den.ada, text)) in ([posted["id"]], [])
    assert ids(await search(den.ada, f"wrote {text}"[: limits.SEARCH_CHARS])) == [posted["id"]]
