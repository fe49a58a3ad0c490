"""What is taken away is everything that people wrote, as it is, and nothing that opens a door."""

from __future__ import annotations

import asyncio
import io
import json
import tracemalloc
from typing import Any

import pytest
from typing_extensions import Buffer

from hubbub.contract.models import CreateInvite, EditMessage, OpenDirectRoom, PostMessage
from hubbub.service import export
from hubbub.service.accounts import create_invite
from hubbub.service.export import export_chat
from hubbub.service.memberships import list_members
from hubbub.service.messages import add_reaction, delete_message, edit_message, post_message
from hubbub.service.rooms import delete_room, open_direct_room
from hubbub.store.connection import Connection
from tests.store.places import Place
from tests.support.backends import PASSWORD, World, open_world

Line = dict[str, Any]


async def exported(world: World) -> list[Line]:
    out = io.BytesIO()
    await export_chat(world.chat, out)
    assert out.getvalue().endswith(b"\n")
    return [json.loads(line) for line in out.getvalue().splitlines()]


def of_type(lines: list[Line], type: str) -> list[Line]:
    return [line["data"] for line in lines if line["type"] == type]


def by_id(lines: list[Line]) -> dict[str, Line]:
    return {line["id"]: line for line in lines}


async def test_everything_is_there_in_an_order_in_which_it_can_be_read(place: Place) -> None:
    async with open_world(place) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada, bob, visibility="private")
        direct = await open_direct_room(world.chat, bob, OpenDirectRoom(user_ids=[ada.user.id]), key=None)
        first = await post_message(world.chat, ada, room.id, PostMessage(body="Grüße", client_id="one"))
        answer = await post_message(world.chat, bob, direct.id, PostMessage(body="only for you"))
        reacted = await add_reaction(world.chat, bob, first.id, "👍")
        lines = await exported(world)
        store = world.chat.store
        members = [await list_members(world.chat, bob, each.id, after=None, limit=10) for each in (room, direct)]
    assert lines[0]["type"] == "export"
    assert lines[0]["data"]["version"] == export.VERSION
    assert lines[0]["data"]["cursor"].startswith(f"{store.epoch}-")
    assert by_id(of_type(lines, "user")) == by_id([each.user.model_dump(mode="json") for each in (ada, bob)])
    written = [member.model_dump(mode="json") for page in members for member in page.members]
    assert sorted(of_type(lines, "member"), key=str) == sorted(written, key=str)
    said = [{**message.model_dump(mode="json"), "edits": []} for message in (reacted, answer)]
    assert by_id(of_type(lines, "message")) == by_id(said)
    assert lines[-1] == {"type": "end", "data": {"users": 2, "rooms": 2, "members": 4, "messages": 2}}
    known: set[str] = set()
    for line in lines[1:-1]:
        data = line["data"]
        assert {data[name] for name in ("room_id", "user_id", "author_id") if name in data} <= known
        known.add(data.get("id", ""))


async def test_what_was_edited_has_what_it_said_before_and_what_was_deleted_says_nothing(place: Place) -> None:
    async with open_world(place) as world:
        ada = await world.person("ada")
        room, gone = await world.room(ada), await world.room(ada)
        edited = await post_message(world.chat, ada, room.id, PostMessage(body="first words"))
        for body in ("second words", "last words"):
            world.clock.advance(60)
            await edit_message(world.chat, ada, edited.id, EditMessage(body=body))
        deleted = await post_message(world.chat, ada, room.id, PostMessage(body="never said"))
        await edit_message(world.chat, ada, deleted.id, EditMessage(body="not so either"))
        await delete_message(world.chat, ada, deleted.id)
        await post_message(world.chat, ada, gone.id, PostMessage(body="in a room that goes"))
        await delete_room(world.chat, ada, gone.id)
        lines = await exported(world)
    first, tombstone = of_type(lines, "message")
    assert (first["body"], [each["body"] for each in first["edits"]]) == (
        "last words",
        ["first words", "second words"],
    )
    assert [each["written_at"] for each in first["edits"]] == [first["created_at"], "2025-03-01T12:01:00.000Z"]
    assert (tombstone["id"], tombstone["body"], tombstone["edits"]) == (deleted.id, "", [])
    assert tombstone["deleted_at"] is not None
    text = json.dumps(lines)
    assert not any(words in text for words in ("never said", "not so either", "in a room that goes", gone.id))


async def test_nothing_is_in_it_that_lets_somebody_in(place: Place) -> None:
    async with open_world(place) as world:
        ada = await world.person("ada")
        invite = await create_invite(world.chat, ada, CreateInvite(), key="an-idempotency-key")
        text = json.dumps(await exported(world))

        def secrets(connection: Connection) -> list[str]:
            columns = ("password_hash FROM users", "token_hash FROM sessions", "code_hash FROM invites")
            return [value for column in columns for (value,) in connection.execute(f"SELECT {column}")]

        kept = await world.chat.store.read(secrets)
    assert len(kept) == 3
    assert not any(secret in text for secret in (*kept, PASSWORD, invite.code, "an-idempotency-key"))


async def test_what_comes_meanwhile_is_not_in_it(place: Place) -> None:
    async with open_world(place) as world, open_world(place) as other:
        ada = await world.person("ada")
        room = await world.room(ada)
        await post_message(world.chat, ada, room.id, PostMessage(body="before"))
        loop = asyncio.get_running_loop()

        class Slow(io.BytesIO):
            def write(self, line: Buffer, /) -> int:
                if b'"type": "user"' in bytes(line):  # the messages are read after this
                    late = post_message(other.chat, ada, room.id, PostMessage(body="meanwhile"))
                    asyncio.run_coroutine_threadsafe(late, loop).result()
                return super().write(line)

        out = Slow()
        counts = await export_chat(world.chat, out)
        assert counts.messages == 1
        assert b"meanwhile" not in out.getvalue()
        assert len(of_type(await exported(world), "message")) == 2


async def test_memory_does_not_grow_with_what_there_is(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 10)
    peaks = []
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        for _ in range(2):
            body = "x" * 8_000
            await asyncio.gather(*(post_message(world.chat, ada, room.id, PostMessage(body=body)) for _ in range(300)))
            tracemalloc.start()
            await export_chat(world.chat, Nowhere())
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert max(peaks) < 60 * 8_000  # of the 300 and the 600 that there are


class Nowhere(io.BytesIO):
    """Keeps nothing."""

    def write(self, line: Buffer, /) -> int:
        return len(bytes(line))


async def test_who_does_not_listen_any_more_ends_it(place: Place) -> None:
    class Closed(io.BytesIO):
        def write(self, line: Buffer, /) -> int:
            raise BrokenPipeError

    async with open_world(place) as world:
        await world.person("ada")
        with pytest.raises(BrokenPipeError):
            await export_chat(world.chat, Closed())
        assert len(await exported(world)) == 3
