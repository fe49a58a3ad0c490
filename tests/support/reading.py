"""Reading all there is of something, page by page, as a client that knows nothing yet does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.people import Person
from tests.support.sockets import SocketClient

Json = dict[str, Any]


async def read_log(socket: SocketClient, since: str, limit: int = 1_000) -> tuple[list[Json], str]:
    """The changes after a cursor, and the cursor to go on from."""
    found: list[Json] = []
    more = True
    while more:
        page = await socket.call("get_changes", {"since": since, "limit": limit})
        found += page["changes"]
        since, more = page["cursor"], page["more"]
    return found, since


async def read_history(person: Person, room_id: str) -> list[Json]:
    """Every message of a room, oldest first."""
    found: list[Json] = []
    before: Mapping[str, str] = {}
    while True:
        page = (await person.request("GET", f"/rooms/{room_id}/messages", params={"limit": 200, **before})).json()
        found = page["messages"] + found
        if page["before"] is None:
            return found
        before = {"before": page["before"]}


async def read_list(person: Person, path: str, name: str) -> list[Json]:
    """Every entry of a list that pages by `after`; `name` is what the answer calls them."""
    found: list[Json] = []
    after: Mapping[str, str] = {}
    while True:
        page = (await person.request("GET", path, params={"limit": 200, **after})).json()
        found += page[name]
        if page["after"] is None:
            return found
        after = {"after": page["after"]}


async def read_changes(person: Person, since: str) -> list[Json]:
    """Every change after a cursor, over REST."""
    found: list[Json] = []
    more = True
    while more:
        page = (await person.request("GET", "/changes", params={"since": since, "limit": 1_000})).json()
        found += page["changes"]
        since, more = page["cursor"], page["more"]
    return found
