"""Away for a thousand changes of every kind: whoever comes back by a cursor knows what a fresh client loads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from hubbub.domain.changes import LoggedChange
from tests.support.bustle import Bustle
from tests.support.chance import seeded
from tests.support.model import ClientState, load_rooms, load_state
from tests.support.people import People, Person
from tests.support.reading import read_log
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient
from tests.support.visibility import Due, due, read_log_file

CHANGES = 1_000
SECRETS = 20  # fewer would mean that the guest was everywhere
LOOK_EVERY = 20  # steps between two looks at the log
STEPS = 20_000  # ten times what a thousand changes of every kind take
Json = dict[str, Any]

EVERY_KIND = {
    "message_posted",
    "message_edited",
    "message_deleted",
    "reaction_added",
    "reaction_removed",
    "room_created",
    "room_changed",
    "room_deleted",
    "member_joined",
    "member_left",
    "member_changed",
    "read_marked",
    "user_changed",
}
# What of the rarer steps must have gone well, not only been tried.
RARE_STEPS = {"take_out", "bring", "delete_room", "open_direct_room"}


@dataclass(frozen=True)
class Away:
    """Somebody whose client was away, and what it had known."""

    person: Person
    cursor: str
    place: int
    state: ClientState


async def bustle_until(
    server: ServerProcess, bustle: Bustle, length: int, *, kinds: set[str], steps: set[str]
) -> list[LoggedChange]:
    """Go on until the log is so long and holds these kinds of changes, and these steps were done; the log.

    Chance alone leaves a kind out of a thousand changes now and then.
    """
    for _ in range(STEPS // LOOK_EVERY):
        log = read_log_file(server.data_dir)
        if len(log) >= length and kinds <= {change.type for change in log} and steps <= set(bustle.done):
            return log
        for _ in range(LOOK_EVERY):
            await bustle.step()
    raise AssertionError(f"{STEPS} steps led to a log of {len(log)} changes, by {bustle.done}")


async def apply_all(away: Away, changes: list[Json]) -> ClientState:
    """The state of a client that has gone through these changes."""
    state = away.state.copy()
    for change in changes:
        state.apply(change)
    await load_rooms(state, away.person)
    return state


def check_exactly_what_is_theirs(away: Away, log: list[LoggedChange], changes: list[Json]) -> None:
    """Each change that they may see once, in order, as it lies in the log; and nothing else."""
    by_id = {change.id: change for change in log}
    owed = [each for each in due(log, away.person.id).must if each > away.place]
    assert [change["cursor"] for change in changes] == [by_id[each].cursor for each in owed]
    assert changes == [json.loads(by_id[each].json) for each in owed]


def check_nothing_leaked(log: list[LoggedChange], owed: Due, heard: str) -> None:
    """What was only said, or only made, where they were not is nowhere in what reached them, in whatever form."""
    theirs = "".join(change.json for change in log if change.id in owed.may)
    secrets = set()
    for change in log:
        if change.id not in owed.may:
            secrets |= {change.room_id or "", json.loads(change.data).get("body", "")}
    secrets = {secret for secret in secrets if secret not in theirs}
    assert len(secrets) > SECRETS
    assert [secret for secret in secrets if secret in heard] == []


@pytest.mark.seed("1.5")
async def test_a_thousand_changes_later(fresh_server: ServerProcess) -> None:
    chance = seeded()
    async with People(fresh_server, http2=False) as people:
        ada, bob, eve, guest = [await people.register(name) for name in ("ada", "bob", "eve", "guest")]
        # The guest has another device, by which they go on.
        bustle = Bustle(chance, [ada, bob, eve, await people.sign_in("guest")], guest)
        for visibility in ("public", "private", "public", "private"):
            await bustle.create_room(chance.choice((ada, bob, eve)), visibility)
        await bustle_until(fresh_server, bustle, 100, kinds=set(), steps=set())
        async with await SocketClient.connect(fresh_server, token=guest.token) as socket:
            away = Away(guest, socket.cursor, len(read_log_file(fresh_server.data_dir)), await load_state(guest))

        watching = await SocketClient.connect(fresh_server, token=guest.token)
        length = away.place + CHANGES
        log = await bustle_until(fresh_server, bustle, length, kinds=EVERY_KIND, steps=RARE_STEPS)
        owed = due(log, guest.id)

        resumed = await SocketClient.connect(fresh_server, token=guest.token, cursor=away.cursor)
        paging = await SocketClient.connect(fresh_server, token=guest.token, tls=False)
        async with watching, resumed, paging:
            paged, end = await read_log(paging, away.cursor, limit=37)
            await watching.wait_until(lambda: watching.cursor >= resumed.changes[-1]["cursor"], "the last change")
        fresh = await load_state(guest)

        assert resumed.named("ready")[0]["resumed"]
        assert resumed.named("ready")[0]["cursor"] == end == log[-1].cursor
        for changes in (resumed.changes, paged):
            check_exactly_what_is_theirs(away, log, changes)
            assert await apply_all(away, changes) == fresh
        check_watched(log, owed, away, watching.changes)
        assert await apply_all(away, watching.changes) == fresh
        for heard in (resumed.events, watching.events, paged):
            check_nothing_leaked(log, owed, str(heard))
    assert {change.type for change in log} == EVERY_KIND


def check_watched(log: list[LoggedChange], owed: Due, away: Away, changes: list[Json]) -> None:
    """Who was there heard all that happened while they were in the room, even if they are out of it by now."""
    ids = {change.cursor: change.id for change in log}
    heard = [ids[change["cursor"]] for change in changes]
    assert heard == sorted(each for each in owed.may if each > away.place)
