"""Event streams from the application in memory: where they begin, what they leave out, what they leave behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hubbub.composite.types import Message
from hubbub.contract.models import Ready
from hubbub.transports.rest.application import PREFIX
from hubbub.transports.rest.listening import EXTENSION, Listeners, ListenLimits
from tests.support.api import NO_CONTENT, Api, Person, create_app, done
from tests.support.asgi_calls import Call, body_events, http_scope
from tests.support.backends import open_world
from tests.support.deadline import DEADLINE, eventually

Event = tuple[str, str | None, Any]  # (name, id, data)


@dataclass
class Stream(Call):
    """A stream that is under way; while `takes` is not set it takes nothing of what is sent."""

    takes: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        await super().send(message)

    @property
    def said(self) -> list[Event]:
        blocks = [block.split("\n") for block in self.body.decode().split("\n\n") if block]
        parsed = [dict(line.split(": ", 1) for line in block) for block in blocks if block != [":"]]
        return [(each["event"], each.get("id"), json.loads(each["data"])) for each in parsed if "event" in each]

    @property
    def bodies(self) -> list[str]:
        return [data["data"]["body"] for name, _, data in self.said if name == "message_posted"]

    async def heard(self, name: str) -> Event:
        """The first event of that name, once it has come."""
        await eventually(lambda: any(event[0] == name for event in self.said), f"{name} to come")
        return next(event for event in self.said if event[0] == name)

    async def end(self) -> None:
        assert self.task is not None
        async with asyncio.timeout(DEADLINE):
            await self.task

    async def leave(self) -> None:
        self.closed.set()
        await self.end()


@asynccontextmanager
async def stream(
    api: Api, token: str | None, query: str = "", headers: Mapping[str, str] | None = None, method: str = "GET"
) -> AsyncIterator[Stream]:
    """A stream for the length of a block; its client goes away at the end."""
    sent = {"authorization": f"Bearer {token}", **(headers or {})}
    scope = http_scope(f"{PREFIX}/events", method, sent, query_string=query.encode())
    call = Stream(body_events())
    call.takes.set()
    app: Any = api.app  # Quart's types are Hypercorn's dictionaries
    call.task = asyncio.create_task(app(scope, call.receive, call.send))
    try:
        yield call
    finally:
        call.takes.set()
        await call.leave()


def left(api: Api) -> tuple[int, int]:
    """Subscriptions and streams that are open."""
    register: Listeners = api.app.extensions[EXTENSION]
    return api.world.hub.subscription_count, len(register.streams)


async def now(person: Person) -> str:
    return str((await person.see("/changes"))["cursor"])


# --- where it begins ---


async def test_without_a_cursor_it_begins_now(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    async with stream(api, ada.token) as heard:
        _, place, ready = await heard.heard("ready")
        assert place == ready["cursor"] == await now(ada)
        assert Ready.model_validate(ready).resumed is False
        assert ready["user"] == ada.user
        assert (ready["limits"]["commands_in_flight"], ready["limits"]["frame_bytes"]) == (0, 0)
        await ada.message(room["id"], "first")
        await heard.heard("message_posted")
    assert heard.status == 200
    assert heard.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert heard.headers["cache-control"] == "no-store"
    assert heard.headers["x-accel-buffering"] == "no"
    assert "content-length" not in heard.headers
    assert heard.body.startswith(b"retry: 1000\n\n")
    assert heard.body.count(b"retry: ") == 1
    assert [event[0] for event in heard.said] == ["ready", "message_posted"]


async def test_what_was_missed_comes_before_ready_and_is_what_a_page_says(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    start = await now(bob)
    await ada.message(room["id"], "missed")
    await ada.room(name="not bob's", visibility="private")
    async with stream(api, bob.token, f"since={start}") as heard:
        assert (await heard.heard("ready"))[2]["resumed"] is True
        await ada.message(room["id"], "live")
        await eventually(lambda: heard.bodies == ["missed", "live"], "both messages")
    page = await bob.see(f"/changes?since={start}")
    events = [(name, place, data) for name, place, data in heard.said if name != "ready"]
    assert events == [(change["type"], change["cursor"], change) for change in page["changes"]]


async def test_the_header_of_a_browser_wins_over_the_query(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    early = await now(ada)
    await ada.message(room["id"], "one")
    late = await now(ada)
    await ada.message(room["id"], "two")
    async with stream(api, ada.token, f"since={early}", {"last-event-id": late}) as heard:
        await heard.heard("ready")
    assert heard.bodies == ["two"]
    async with stream(api, ada.token, f"since={early}", {"last-event-id": ""}) as heard:
        await heard.heard("ready")
    assert heard.bodies == ["one", "two"]


async def test_a_cursor_of_another_log_is_answered_by_resync(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token, headers={"last-event-id": "otherlog-1"}) as heard:
        _, place, ready = await heard.heard("ready")
    assert [event[0] for event in heard.said] == ["resync", "ready"]
    assert heard.said[0][1:] == (place, {"reason": "cursor_gone", "cursor": place})
    assert ready["resumed"] is False


async def test_what_is_no_cursor_is_refused(api: Api) -> None:
    ada = await api.person("ada")
    for query, headers, status in (
        ("since=nothing", {}, 400),
        ("", {"last-event-id": "nothing \xe9"}, 400),
        ("since=", {}, 422),
        ("from=1", {}, 422),
    ):
        async with stream(api, ada.token, query, headers) as refused:
            await refused.end()
        assert (refused.status, refused.headers["content-type"]) == (status, "application/problem+json")
    assert left(api) == (0, 0)


async def test_a_head_request_gets_the_headers(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token, method="HEAD") as heard:
        await heard.end()
    assert (heard.status, heard.body) == (200, b"")
    assert heard.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert left(api) == (0, 0)


# --- how it ends ---


async def test_who_goes_away_leaves_nothing_behind(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token) as heard:
        await heard.heard("ready")
        assert left(api) == (1, 1)
        await heard.leave()
        await eventually(lambda: left(api) == (0, 0), "everything to be given back")


async def test_who_goes_before_the_first_byte_leaves_nothing_behind(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token) as heard:
        heard.takes.clear()
        await eventually(lambda: left(api) == (1, 1), "the stream to open")
        await heard.leave()
        await eventually(lambda: left(api) == (0, 0), "everything to be given back")
    assert heard.messages == []


async def test_a_session_that_ends_ends_its_streams(api: Api) -> None:
    ada = await api.person("ada")
    tablet = await api.sign_in("ada")
    async with stream(api, ada.token) as heard, stream(api, tablet.token) as other:
        await heard.heard("ready")
        await other.heard("ready")
        done(await ada.delete("/sessions/current"), NO_CONTENT)
        await heard.end()
        await tablet.room(name="later")
        await other.heard("room_created")
    assert [event[0] for event in heard.said] == ["ready"]
    assert not heard.messages[-1]["more_body"]


async def test_at_the_drain_every_stream_says_so_and_ends(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token) as heard:
        await heard.heard("ready")
        api.app.extensions[EXTENSION].drain()
        await heard.end()
    assert heard.said[-1][0] == "server_restarting"
    async with stream(api, ada.token) as late:
        await late.end()
    assert late.said[-1][0] == "server_restarting"
    await eventually(lambda: left(api) == (0, 0), "everything to be given back")


async def test_who_takes_nothing_is_ended_by_any_server(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        api = Api(world, create_app(world, listeners=Listeners(ListenLimits(stall_seconds=0.05))))
        ada = await api.person("ada")
        async with stream(api, ada.token) as heard:
            heard.takes.clear()
            await heard.end()
        await eventually(lambda: left(api) == (0, 0), "everything to be given back")


# --- how much there may be ---


async def test_a_slow_reader_gets_a_resync_and_goes_on_live(tmp_path: Path) -> None:
    async with open_world(tmp_path, rate_limits=False) as world:
        api = Api(world, create_app(world, listeners=Listeners(ListenLimits(outbox_events=5))))
        ada = await api.person("ada")
        room = await ada.room()
        async with stream(api, ada.token) as heard:
            await heard.heard("ready")
            heard.takes.clear()
            for number in range(12):
                await ada.message(room["id"], str(number))
            heard.takes.set()
            _, place, data = await heard.heard("resync")
            assert data == {"reason": "overflow", "cursor": place}
            await ada.message(room["id"], "after that")
            await eventually(lambda: heard.bodies[-1:] == ["after that"], "the stream to go on")
        names = [event[0] for event in heard.said]
        before = heard.said[names.index("resync") - 1][1]
        behind = heard.said[names.index("resync") + 1 :]
        missed = (await ada.see(f"/changes?since={before}"))["changes"]
        # What lies between is in the log, and what came after it came once.
        healed = missed[: len(missed) - len(behind)]
        assert healed[-1]["cursor"] == place
        assert [event[2] for event in behind] == missed[len(healed) :]


async def test_one_stream_too_many_is_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        crowded = Api(world, create_app(world, listeners=Listeners(ListenLimits(streams=1))))
        ada = await crowded.person("ada")
        await refuse_a_second(crowded, ada, 503, "server_busy")
        alone = replace(world, user_connections=1)
        await refuse_a_second(Api(alone, create_app(alone)), ada, 429, "rate_limited")


async def refuse_a_second(api: Api, person: Person, status: int, code: str) -> None:
    async with stream(api, person.token) as first:
        await first.heard("ready")
        async with stream(api, person.token) as second:
            await second.end()
        assert (second.status, second.document["code"]) == (status, code)
        assert second.document["retry_after"] > 0
    await eventually(lambda: left(api) == (0, 0), "everything to be given back")


async def test_a_listener_is_here_and_hears_nothing_of_who_else_is(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    async with stream(api, ada.token) as heard, stream(api, bob.token) as other:
        await heard.heard("ready")
        await other.heard("ready")
        assert api.world.hub.presence.online() == sorted([ada.id, bob.id])
        api.world.hub.set_typing(room["id"], bob.id, True)
        await bob.message(room["id"], "typed")
        await heard.heard("message_posted")
    assert [event[0] for event in heard.said] == ["ready", "message_posted"]


def test_the_document_says_what_a_stream_is(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/events"]["get"]
    places = {each["name"]: each["in"] for each in operation["parameters"]}
    assert places == {"since": "query", "Last-Event-ID": "header"}
    content = operation["responses"]["200"]["content"]
    assert content == {"text/event-stream": {"schema": {"$ref": "#/components/schemas/StreamEvent"}}}
