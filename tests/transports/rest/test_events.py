"""Event streams from the application in memory: where they begin, what they leave out, what they leave behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubbub.contract.models import Ready
from hubbub.testing.client import AsgiClient
from hubbub.testing.event_stream import EventStream, NoEventStream
from hubbub.testing.lines import Line
from hubbub.transports.rest.application import PREFIX
from hubbub.transports.rest.listening import EXTENSION, Listeners, ListenLimits
from tests.support.api import NO_CONTENT, Api, Person, create_app, done
from tests.support.backends import open_world
from tests.support.deadline import eventually

EVENTS = f"{PREFIX}/events"


def client_of(api: Api, token: str | None) -> AsgiClient:
    return AsgiClient(api.app, headers={"authorization": f"Bearer {token}"})


@asynccontextmanager
async def stream(
    api: Api, token: str | None, query: str = "", last_event_id: str | None = None
) -> AsyncIterator[tuple[EventStream, Line]]:
    """A stream for the length of a block, and the connection that it is on."""
    async with (
        client_of(api, token) as client,
        client.events(f"{EVENTS}?{query}", last_event_id=last_event_id) as stream,
    ):
        yield stream, await client.faults.line()


def names(stream: EventStream) -> list[str]:
    return [event.name for event in stream.heard]


def bodies(stream: EventStream) -> list[str]:
    return [event.data["data"]["body"] for event in stream.heard if event.name == "message_posted"]


async def end(stream: EventStream) -> None:
    """Hear the rest."""
    async for _ in stream:
        pass


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
    async with stream(api, ada.token) as (heard, _):
        first = await heard.event("ready")
        ready = first.data
        assert first.id == ready["cursor"] == await now(ada)
        assert Ready.model_validate(ready).resumed is False
        assert ready["user"] == ada.user
        assert (ready["limits"]["commands_in_flight"], ready["limits"]["frame_bytes"]) == (0, 0)
        await ada.message(room["id"], "first")
        await heard.event("message_posted")
    headers = heard.response.headers
    assert heard.response.status_code == 200
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers
    assert names(heard) == ["ready", "message_posted"]


async def test_it_says_once_and_first_when_to_come_back(api: Api) -> None:
    ada = await api.person("ada")
    async with client_of(api, ada.token) as client, client.stream("GET", EVENTS) as answer:
        chunks = answer.aiter_bytes()
        assert await anext(chunks) == b"retry: 1000\n\n"
        assert b"retry: " not in await anext(chunks)


async def test_what_was_missed_comes_before_ready_and_is_what_a_page_says(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    start = await now(bob)
    await ada.message(room["id"], "missed")
    await ada.room(name="not bob's", visibility="private")
    async with stream(api, bob.token, f"since={start}") as (heard, _):
        assert (await heard.event("ready")).data["resumed"] is True
        await ada.message(room["id"], "live")
        await heard.event("message_posted", lambda event: event.data["data"]["body"] == "live")
    assert bodies(heard) == ["missed", "live"]
    page = await bob.see(f"/changes?since={start}")
    events = [(event.name, event.id, event.data) for event in heard.heard if event.name != "ready"]
    assert events == [(change["type"], change["cursor"], change) for change in page["changes"]]


async def test_the_header_of_a_browser_wins_over_the_query(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    early = await now(ada)
    await ada.message(room["id"], "one")
    late = await now(ada)
    await ada.message(room["id"], "two")
    for last_event_id, said in ((late, ["two"]), ("", ["one", "two"])):
        async with stream(api, ada.token, f"since={early}", last_event_id) as (heard, _):
            await heard.event("ready")
        assert bodies(heard) == said


async def test_a_cursor_of_another_log_is_answered_by_resync(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token, last_event_id="otherlog-1") as (heard, _):
        ready = await heard.event("ready")
    resync = heard.heard[0]
    assert names(heard) == ["resync", "ready"]
    assert (resync.id, resync.data) == (ready.id, {"reason": "cursor_gone", "cursor": ready.id})
    assert ready.data["resumed"] is False


async def test_what_is_no_cursor_is_refused(api: Api) -> None:
    ada = await api.person("ada")
    for query, last_event_id, status in (
        ("since=nothing", None, 400),
        ("", "nothing \xe9", 400),
        ("since=", None, 422),
        ("from=1", None, 422),
    ):
        with pytest.raises(NoEventStream) as refused:
            async with stream(api, ada.token, query, last_event_id):
                pytest.fail("it is a stream")
        answer = refused.value.response
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert left(api) == (0, 0)


async def test_a_head_request_gets_the_headers(api: Api) -> None:
    ada = await api.person("ada")
    async with client_of(api, ada.token) as client:
        answer = await client.head(EVENTS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert left(api) == (0, 0)


# --- how it ends ---


async def test_who_goes_away_leaves_nothing_behind(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token) as (heard, line):
        await heard.event("ready")
        assert left(api) == (1, 1)
        line.cut()
        await line.finished()
        await eventually(lambda: left(api) == (0, 0), "everything to be given back")


async def test_who_goes_before_the_first_byte_leaves_nothing_behind(api: Api) -> None:
    ada = await api.person("ada")
    async with client_of(api, ada.token) as client:
        stalled = client.faults.stall()
        asking = asyncio.create_task(client.get(EVENTS))
        await stalled.happened()
        assert left(api) == (1, 1)
        asking.cancel()
        await asyncio.wait({asking})
        await eventually(lambda: left(api) == (0, 0), "everything to be given back")


async def test_a_session_that_ends_ends_its_streams(api: Api) -> None:
    ada = await api.person("ada")
    tablet = await api.sign_in("ada")
    async with stream(api, ada.token) as (heard, _), stream(api, tablet.token) as (other, _):
        await heard.event("ready")
        await other.event("ready")
        done(await ada.delete("/sessions/current"), NO_CONTENT)
        await end(heard)
        await tablet.room(name="later")
        await other.event("room_created")
    assert names(heard) == ["ready"]


async def test_at_the_drain_every_stream_says_so_and_ends(api: Api) -> None:
    ada = await api.person("ada")
    async with stream(api, ada.token) as (heard, _):
        await heard.event("ready")
        api.app.extensions[EXTENSION].drain()
        await end(heard)
    assert names(heard)[-1] == "server_restarting"
    async with stream(api, ada.token) as (late, _):
        await end(late)
    assert names(late)[-1] == "server_restarting"
    await eventually(lambda: left(api) == (0, 0), "everything to be given back")


async def test_who_takes_nothing_is_ended_by_any_server(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        api = Api(world, create_app(world, listeners=Listeners(ListenLimits(stall_seconds=0.05))))
        ada = await api.person("ada")
        async with client_of(api, ada.token) as client:
            client.faults.stall()
            asking = asyncio.create_task(client.get(EVENTS))
            await (await client.faults.line()).finished()
            asking.cancel()
            await asyncio.wait({asking})
        await eventually(lambda: left(api) == (0, 0), "everything to be given back")


# --- how much there may be ---


async def test_a_slow_reader_gets_a_resync_and_goes_on_live(tmp_path: Path) -> None:
    async with open_world(tmp_path, rate_limits=False) as world:
        api = Api(world, create_app(world, listeners=Listeners(ListenLimits(outbox_events=5))))
        ada = await api.person("ada")
        room = await ada.room()
        async with stream(api, ada.token) as (heard, line):
            await heard.event("ready")
            line.stall()
            for number in range(12):
                await ada.message(room["id"], str(number))
            line.resume()
            resync = await heard.event("resync")
            assert resync.data == {"reason": "overflow", "cursor": resync.id}
            await ada.message(room["id"], "after that")
            await heard.event("message_posted", lambda event: event.data["data"]["body"] == "after that")
        at = heard.heard.index(resync)
        before, behind = heard.heard[at - 1].id, heard.heard[at + 1 :]
        missed = (await ada.see(f"/changes?since={before}"))["changes"]
        # What lies between is in the log, and what came after it came once.
        healed = missed[: len(missed) - len(behind)]
        assert healed[-1]["cursor"] == resync.id
        assert [event.data for event in behind] == missed[len(healed) :]


async def test_one_stream_too_many_is_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        crowded = Api(world, create_app(world, listeners=Listeners(ListenLimits(streams=1))))
        ada = await crowded.person("ada")
        await refuse_a_second(crowded, ada, 503, "server_busy")
        alone = replace(world, user_connections=1)
        await refuse_a_second(Api(alone, create_app(alone)), ada, 429, "rate_limited")


async def refuse_a_second(api: Api, person: Person, status: int, code: str) -> None:
    async with stream(api, person.token) as (first, _):
        await first.event("ready")
        with pytest.raises(NoEventStream) as refused:
            async with stream(api, person.token):
                pytest.fail("it is a stream")
        second = refused.value.response
        assert (second.status_code, second.json()["code"]) == (status, code)
        assert second.json()["retry_after"] > 0
    await eventually(lambda: left(api) == (0, 0), "everything to be given back")


async def test_a_listener_is_here_and_hears_nothing_of_who_else_is(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    async with stream(api, ada.token) as (heard, _), stream(api, bob.token) as (other, _):
        await heard.event("ready")
        await other.event("ready")
        assert api.world.hub.presence.online() == sorted([ada.id, bob.id])
        api.world.hub.set_typing(room["id"], bob.id, True)
        await bob.message(room["id"], "typed")
        await heard.event("message_posted")
    assert names(heard) == ["ready", "message_posted"]


def test_the_document_says_what_a_stream_is(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/events"]["get"]
    places = {each["name"]: each["in"] for each in operation["parameters"]}
    assert places == {"since": "query", "Last-Event-ID": "header"}
    content = operation["responses"]["200"]["content"]
    assert content == {"text/event-stream": {"schema": {"$ref": "#/components/schemas/StreamEvent"}}}
