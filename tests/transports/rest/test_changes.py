"""Changes over REST, as a page and as a long poll: the same as everywhere, at once, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hubbub.contract import limits
from hubbub.contract.models import Changes
from hubbub.service import replay
from hubbub.store.log import select_change_range, select_changes
from hubbub.transports.rest.application import PREFIX
from hubbub.transports.rest.listening import EXTENSION, Listeners, ListenLimits
from tests.support.api import NO_CONTENT, Api, Person, create_app, done
from tests.support.asgi_calls import Call, body_events, http_scope
from tests.support.backends import open_world
from tests.support.deadline import DEADLINE, eventually

LONG = limits.CHANGES_WAIT_SECONDS  # seconds; no test waits that long


def listeners(api: Api) -> Listeners:
    found = api.app.extensions[EXTENSION]
    assert isinstance(found, Listeners)
    return found


async def now(person: Person) -> str:
    return str((await person.see("/changes"))["cursor"])


def bodies(page: dict[str, Any]) -> list[str]:
    return [change["data"]["body"] for change in page["changes"] if change["type"] == "message_posted"]


@dataclass
class Waiting:
    """A poll that is under way; `answer` waits for its end, `leave` makes its client go away."""

    call: Call
    task: asyncio.Task[None]

    async def end(self) -> Call:
        async with asyncio.timeout(DEADLINE):
            await self.task
        return self.call

    async def answer(self) -> dict[str, Any]:
        call = await self.end()
        assert call.status == 200, call.body
        return call.document

    async def leave(self) -> None:
        self.call.closed.set()
        async with asyncio.timeout(DEADLINE):
            await self.task


@asynccontextmanager
async def waiting(
    api: Api, person: Person, since: str, *, wait: float = LONG, more: str = ""
) -> AsyncIterator[Waiting]:
    """A poll that waits at the hub by the time the block begins; its client goes away at the end."""
    query = f"since={since}&wait={wait}{more}".encode()
    scope = http_scope(f"{PREFIX}/changes", headers={"authorization": f"Bearer {person.token}"}, query_string=query)
    call = Call(body_events())
    app: Any = api.app  # Quart's types are Hypercorn's dictionaries
    poll = Waiting(call, asyncio.create_task(app(scope, call.receive, call.send)))
    try:
        await eventually(lambda: any(each.live for each in api.world.hub.audience), "the poll to wait")
        yield poll
    finally:
        await poll.leave()


def left(api: Api) -> tuple[int, int]:
    """Subscriptions and polls that are open."""
    return api.world.hub.subscription_count, len(listeners(api).polls)


# --- a page ---


async def test_without_a_cursor_one_is_told_where_the_log_stands(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    page = await ada.see(f"/changes?wait={LONG}")
    assert (page["changes"], page["more"]) == ([], False)
    await ada.message(room["id"], "after that")
    assert bodies(await ada.see(f"/changes?since={page['cursor']}")) == ["after that"]


async def test_a_page_is_the_log_word_for_word(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    start = await now(ada)
    room = await ada.room(bob)
    await ada.message(room["id"], 'all "sorts" \u2028 of \n text \N{OWL}')
    await bob.room(name="not ada's", visibility="private")
    reply = await ada.get(f"/changes?since={start}")
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    assert Changes.model_validate_json(reply.body).more is False
    store = api.world.chat.store
    place = await replay.place_of(api.world.chat, start)
    logged = await store.read(lambda connection: select_change_range(connection, store.epoch, place, store.head))
    own = [change.json for change in logged if change.room_id in (None, room["id"])]
    assert reply.body.decode() == f'{{"changes": [{", ".join(own)}], "cursor": "{await now(ada)}", "more": false}}'


async def test_pages_follow_each_other(api: Api) -> None:
    ada = await api.person("ada")
    cursor = await now(ada)
    room = await ada.room()
    for number in range(5):
        await ada.message(room["id"], str(number))
    found: list[str] = []
    while True:
        page = await ada.see(f"/changes?since={cursor}&limit=2")
        assert len(page["changes"]) <= 2
        found += bodies(page)
        cursor = page["cursor"]
        if not page["more"]:
            break
    assert found == ["0", "1", "2", "3", "4"]


async def test_a_page_of_long_messages_is_shorter(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "PAGE_CHARS", 10_000)
    ada = await api.person("ada")
    room = await ada.room()
    cursor = await now(ada)
    for _ in range(4):
        await ada.message(room["id"], "x" * 4_000)
    lengths = []
    while True:
        page = await ada.see(f"/changes?since={cursor}")
        lengths.append(len(page["changes"]))
        cursor = page["cursor"]
        if not page["more"]:
            break
    assert lengths == [2, 2]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("since=otherlog-1", 410, "gone"),
        ("since=otherlog-1&wait=5", 410, "gone"),
        ("since=nothing", 400, "invalid_request"),
        (f"wait={LONG + 1}", 422, "invalid_fields"),
        ("wait=-1", 422, "invalid_fields"),
        ("wait=nan", 422, "invalid_fields"),
        ("wait=soon", 422, "invalid_fields"),
        (f"limit={limits.CHANGES_PAGE + 1}", 422, "invalid_fields"),
        ("limit=0", 422, "invalid_fields"),
        ("until=1", 422, "invalid_fields"),
    ],
)
async def test_what_cannot_be_asked_is_refused(api: Api, query: str, status: int, code: str) -> None:
    reply = await (await api.person("ada")).get(f"/changes?{query}")
    assert (reply.status, reply.code) == (status, code)


# --- a long poll ---


async def test_a_poll_is_answered_by_what_is_there_already(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    cursor = await now(ada)
    await ada.message(room["id"], "before")
    page = await ada.see(f"/changes?since={cursor}&wait={LONG}")
    assert bodies(page) == ["before"]
    assert left(api) == (0, 0)


async def test_a_poll_is_answered_by_the_next_change(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room, other = await ada.room(bob), await bob.room(visibility="private")
    cursor = await now(ada)
    async with waiting(api, ada, cursor) as poll:
        await bob.message(other["id"], "not for ada")
        await bob.message(room["id"], "for ada")
        page = await poll.answer()
    assert bodies(page) == ["for ada"]
    assert page == await ada.see(f"/changes?since={cursor}")
    assert left(api) == (0, 0)


async def test_what_is_committed_together_comes_together_and_no_more_than_asked_for(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    cursor = await now(ada)
    found: list[str] = []
    async with waiting(api, ada, cursor, more="&limit=3") as poll:
        await asyncio.gather(*(ada.message(room["id"], str(number)) for number in range(9)))
        page = await poll.answer()
        assert 1 <= len(page["changes"]) <= 3
    while page["changes"]:
        found += bodies(page)
        page = await ada.see(f"/changes?since={page['cursor']}&limit=3")
    assert sorted(found) == [str(number) for number in range(9)]


async def test_without_a_change_the_answer_is_empty_and_past_what_one_may_not_see(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    other = await bob.room(visibility="private")
    cursor = await now(ada)
    async with waiting(api, ada, cursor, wait=0.5) as poll:
        await bob.message(other["id"], "not for ada")
        page = await poll.answer()
    assert (page["changes"], page["more"]) == ([], False)
    assert page["cursor"] == await now(ada) != cursor
    assert left(api) == (0, 0)


async def test_a_poll_goes_on_past_a_long_stretch_of_others(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "select_changes", partial(select_changes, scan=1))
    ada, bob = await api.person("ada"), await api.person("bob")
    room, other = await ada.room(bob), await bob.room(visibility="private")
    cursor = await now(ada)
    for _ in range(3):
        await bob.message(other["id"], "not for ada")
    await bob.message(room["id"], "for ada")
    assert (await ada.see(f"/changes?since={cursor}"))["more"] is True
    assert bodies(await ada.see(f"/changes?since={cursor}&wait={LONG}")) == ["for ada"]


async def test_who_goes_away_leaves_nothing_behind(api: Api) -> None:
    ada = await api.person("ada")
    async with waiting(api, ada, await now(ada)) as poll:
        assert left(api) == (1, 1)
        await poll.leave()
        assert left(api) == (0, 0)
        assert poll.call.messages == []


async def test_a_session_that_ends_ends_its_polls(api: Api) -> None:
    ada = await api.person("ada")
    tablet = await api.sign_in("ada")
    async with waiting(api, ada, await now(ada)) as here:
        done(await ada.delete("/sessions/current"), NO_CONTENT)
        call = await here.end()
    assert (call.status, call.document["code"]) == (401, "unauthenticated")
    assert call.headers["www-authenticate"]
    await tablet.see("/users/me")
    assert left(api) == (0, 0)


async def test_a_poll_makes_nobody_present(api: Api) -> None:
    ada = await api.person("ada")
    async with waiting(api, ada, await now(ada)):
        api.world.hub.sweep()
        assert api.world.hub.presence.online() == []


async def test_what_is_not_in_the_log_answers_no_poll(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    async with waiting(api, ada, await now(ada)) as poll:
        api.world.hub.set_typing(room["id"], bob.id, True)
        await bob.message(room["id"], "typed")
        assert [change["type"] for change in (await poll.answer())["changes"]] == ["message_posted"]


async def test_a_head_request_does_not_wait(api: Api) -> None:
    ada = await api.person("ada")
    async with asyncio.timeout(DEADLINE):
        reply = await ada.call("HEAD", f"/changes?since={await now(ada)}&wait={LONG}")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")


async def test_at_the_drain_every_poll_is_answered_and_none_waits_any_more(api: Api) -> None:
    ada = await api.person("ada")
    cursor = await now(ada)
    async with waiting(api, ada, cursor) as poll:
        listeners(api).drain()
        assert await poll.answer() == {"changes": [], "cursor": cursor, "more": False}
    assert (await ada.see(f"/changes?since={cursor}&wait={LONG}"))["cursor"] == cursor
    assert left(api) == (0, 0)


async def test_one_poll_too_many_is_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        api = Api(world, create_app(world, listeners=Listeners(ListenLimits(polls=1))))
        await refuse_a_second_poll(api, 503, "server_busy")


async def test_one_poll_too_many_of_one_person_is_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world = replace(world, user_connections=1)
        await refuse_a_second_poll(Api(world, create_app(world)), 429, "rate_limited")


async def refuse_a_second_poll(api: Api, status: int, code: str) -> None:
    ada = await api.person("ada")
    cursor = await now(ada)
    async with waiting(api, ada, cursor):
        refused = await ada.get(f"/changes?since={cursor}&wait={LONG}")
        assert (refused.status, refused.code) == (status, code)
        assert refused.json["retry_after"] > 0
        done(await ada.get(f"/changes?since={cursor}"))  # what does not wait is not counted
    done(await ada.get(f"/changes?since={cursor}&wait=0.01"))


def test_the_document_names_what_comes_back(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/changes"]["get"]
    parameters = {each["name"]: each["schema"] for each in operation["parameters"]}
    assert parameters["wait"]["maximum"] == LONG
    assert parameters["limit"]["maximum"] == limits.CHANGES_PAGE
    assert operation["responses"]["410"] == {"$ref": "#/components/responses/gone"}
    content = operation["responses"]["200"]["content"]
    assert json.dumps(content) == '{"application/json": {"schema": {"$ref": "#/components/schemas/Changes"}}}'
    assert "Change" in document["components"]["schemas"]
