"""Lists a page at a time: nothing twice, nothing left out, bounds that hold."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.contract import limits
from hubbub.transports.rest.paging import HistoryQuery, ListPage
from tests.support.api import Api, Person, done


async def walk(person: Person, path: str, name: str, limit: int) -> list[list[dict[str, Any]]]:
    """The pages of a list."""
    pages = []
    after = None
    while True:
        page = await person.see(f"{path}?limit={limit}" + ("" if after is None else f"&after={after}"))
        assert set(page) == {name, "after"}
        pages.append(page[name])
        after = page["after"]
        if after is None:
            return pages


@pytest.fixture
async def crowd(api: Api) -> list[Person]:
    """Five people, the first of whom owns the server."""
    return [await api.person(name) for name in ("ada", "bob", "cem", "dee", "eve")]


async def test_people_rooms_and_members_come_in_pages(crowd: list[Person]) -> None:
    ada, *others = crowd
    rooms = [await ada.room(*others, name=f"Room {number}") for number in range(5)]
    for path, name, key, whole in (
        ("/users", "users", "id", {person.id for person in crowd}),
        ("/rooms", "rooms", "id", {room["id"] for room in rooms}),
        (f"/rooms/{rooms[0]['id']}/members", "members", "user_id", {person.id for person in crowd}),
    ):
        pages = await walk(ada, path, name, 2)
        assert [len(page) for page in pages] == [2, 2, 1]
        found = [each[key] for page in pages for each in page]
        assert found == sorted(whole)
        # A page that is just full is the last one, if there is nothing more.
        assert [len(page) for page in await walk(ada, path, name, 5)] == [5]


async def test_what_is_added_behind_the_cursor_is_found_on_the_way(api: Api, crowd: list[Person]) -> None:
    page = await crowd[0].see("/users?limit=3")
    api.world.clock.advance(1)
    late = await api.person("zoe")
    rest = await crowd[0].see(f"/users?after={page['after']}")
    assert [each["id"] for each in rest["users"]][-1] == late.id


async def test_a_cursor_of_what_is_gone_is_still_a_place(crowd: list[Person]) -> None:
    ada, *others = crowd
    room = await ada.room(*others)
    path = f"/rooms/{room['id']}/members"
    page = await ada.see(f"{path}?limit=3")
    await ada.delete(f"{path}/{page['after']}")
    rest = await ada.see(f"{path}?after={page['after']}")
    assert len(rest["members"]) == 2


@pytest.mark.parametrize("path", ["/users", "/rooms", "/rooms/{room}/members", "/rooms/{room}/messages"])
async def test_a_page_is_as_long_as_it_may_be(api: Api, path: str) -> None:
    ada = await api.person("ada")
    path = path.format(room=(await ada.room())["id"])
    longest = limits.HISTORY_PAGE if path.endswith("messages") else limits.LIST_PAGE
    done(await ada.get(f"{path}?limit={longest}"))
    done(await ada.get(f"{path}?limit=1"))
    assert (await ada.get(f"{path}?limit={longest + 1}")).wrong == {"limit": f"must be {longest} or less"}
    for wrong in ("0", "-1"):
        assert (await ada.get(f"{path}?limit={wrong}")).wrong == {"limit": "must be 1 or more"}
    for wrong in ("many", "1.5", "NaN", ""):
        assert (await ada.get(f"{path}?limit={wrong}")).wrong == {"limit": "must be a whole number"}
    assert (await ada.get(f"{path}?limit={'9' * 5000}")).wrong == {"limit": "must be a smaller number"}
    assert (await ada.get(f"{path}?after={'x' * 65}")).wrong == {"after": "takes at most 64 characters"}


def test_without_a_limit_a_page_has_its_usual_length() -> None:
    assert ListPage().limit == limits.LIST_PAGE_DEFAULT
    assert HistoryQuery().limit == limits.HISTORY_PAGE_DEFAULT
