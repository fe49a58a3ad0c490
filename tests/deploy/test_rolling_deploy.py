"""Hosts are replaced one after another behind each proxy, with everybody connected, and nobody misses anything."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

import httpx

from hubbub.contract.errors import STATUS, ErrorCode
from tests.chaos.checker import find_faults
from tests.chaos.history import History, Witness
from tests.chaos.participants import PAUSE, Fleet, Participant
from tests.cluster.listeners import ARRIVAL_SECONDS, WAYS
from tests.deploy.composition import upstreams
from tests.deploy.processes import connected
from tests.support.balancers import caddy_before, haproxy_before, nginx_before
from tests.support.chance import pick_seed
from tests.support.deadline import eventually, within
from tests.support.people import People, Person
from tests.support.rest import API, rest_client
from tests.support.server import Address, Server, ServerProcess

PROXIES = {"nginx": nginx_before, "haproxy": haproxy_before, "caddy": caddy_before}
LOSES_BODIES = {"caddy"}  # with the first try, in 2.6: only what has none is sent again
BETWEEN_MESSAGES = 3.0  # seconds, of each of the eighteen who write
BETWEEN_ROUNDS = 0.5  # seconds, of each who asks
BUSY = STATUS[ErrorCode.SERVER_BUSY]


@dataclass
class Asker:
    """Somebody who asks by REST, one request after the other, only what a proxy may send twice."""

    server: Server
    token: str
    room_id: str
    history: History
    name: str
    writes: bool
    answers: Counter[str] = field(default_factory=Counter)  # {"200", or a status with what it says: how often}

    async def ask(self, stop: asyncio.Event) -> None:
        """Read, and, who writes, join and post by an idempotency key, until told to stop.

        Raises:
            httpx.TransportError: a connection to the proxy ended without an answer.
        """
        async with rest_client(self.server, http2=False, token=self.token) as client:
            for number in count():
                if stop.is_set():
                    return
                await self._note(client, "GET", f"/rooms/{self.room_id}")
                if self.writes:
                    await self._note(client, "PUT", f"/rooms/{self.room_id}/members/me")
                    await self._post(client, f"{self.name}: {number}")
                await asyncio.sleep(BETWEEN_ROUNDS)

    async def _post(self, client: httpx.AsyncClient, key: str) -> None:
        posting = self.history.send(key, time.monotonic())
        while True:
            answer = await self._note(client, "POST", f"/rooms/{self.room_id}/messages", key)
            if answer.status_code != BUSY:
                break
            await asyncio.sleep(PAUSE)
        if answer.is_success:
            posting.acknowledged_at, posting.message_id = time.monotonic(), answer.json()["id"]

    async def _note(self, client: httpx.AsyncClient, method: str, path: str, key: str | None = None) -> httpx.Response:
        body, headers = (None, {}) if key is None else ({"body": key}, {"idempotency-key": key})
        answer = await client.request(method, f"{API}{path}", json=body, headers=headers)
        self.answers[said_by(answer)] += 1
        return answer


def said_by(answer: httpx.Response) -> str:
    """What an answer comes to: well, the server's own word that it is busy, or else all of it."""
    if answer.is_success:
        return "well"
    if answer.status_code == BUSY and answer.headers["content-type"] == "application/problem+json":
        return str(answer.json()["code"])
    return f"{answer.request.method} {answer.status_code} {answer.text[:200]}"


async def test_nobody_misses_anything(composed: dict[str, ServerProcess], tmp_path: Path) -> None:
    history = History()
    async with AsyncExitStack() as stack:
        sites: dict[str, Server] = {}
        for name, before in PROXIES.items():
            (tmp_path / name).mkdir()
            url = stack.enter_context(before(tmp_path / name, upstreams(composed)))
            sites[name] = Address(url, "", tmp_path)
        people = await stack.enter_async_context(People(sites["nginx"], http2=False))
        ada = await people.register()
        room_id = (await ada.create_room()).id
        start: str = (await ada.request("GET", "/changes")).json()["cursor"]
        fleet = Fleet(participants(sites, ada, room_id, start, history), len(sites) * len(WAYS))
        askers = [
            Asker(site, ada.token, room_id, history, f"{name} asked", name not in LOSES_BODIES)
            for name, site in sites.items()
        ]
        try:
            await roll(fleet, askers, list(composed.values()), list(sites.values()))
            complete = eventually(
                lambda: all_have_all(fleet, history), "everybody to have everything", ARRIVAL_SECONDS
            )
            await fleet.during(complete)
        finally:
            await fleet.leave()
    assert find_faults(history) == []
    for asker in askers:
        assert asker.answers.keys() <= {"well", ErrorCode.SERVER_BUSY}, (asker.name, asker.answers)
    for each in fleet.participants:
        assert each.lives > 1 or each.way == "long poll", f"{each.witness.name} was at one of the hosts"


def participants(
    sites: Mapping[str, Server], person: Person, room_id: str, start: str, history: History
) -> list[Participant]:
    """One by each transport behind each proxy."""
    chance = random.Random(pick_seed())
    found = []
    for name, site in sites.items():
        for way in WAYS:
            witness = Witness(f"{name}, {way}")
            history.witnesses.append(witness)
            found.append(
                Participant(
                    site,
                    person.token,
                    way,
                    start,
                    room_id=room_id,
                    history=history,
                    witness=witness,
                    addresses=cycle([site]),
                    chance=chance,
                    refusals=Counter(),
                )
            )
    return found


async def roll(fleet: Fleet, askers: Sequence[Asker], hosts: Sequence[ServerProcess], sites: Sequence[Server]) -> None:
    """Replace each host, once each proxy has the one before it back, while everybody writes and asks."""
    stop = asyncio.Event()
    fleet.hear()
    async with within(ARRIVAL_SECONDS, "everybody to be there"):
        await fleet.during(fleet.everybody_is_there())
    fleet.write(BETWEEN_MESSAGES)
    async with asyncio.TaskGroup() as asking:
        for asker in askers:
            asking.create_task(asker.ask(stop))
        try:
            for host in hosts:
                await fleet.during(host.restart())
                async with connected(host.http_url) as process:
                    pass
                for site in sites:
                    await fleet.during(eventually(lambda: leads_to(site, process), "the new host to be given clients"))  # noqa: B023
        finally:
            stop.set()
    async with within(ARRIVAL_SECONDS, "the last messages to be acknowledged"):
        await fleet.during(fleet.finish_writing())


async def leads_to(site: Server, process: str) -> bool:
    """Whether somebody new at the proxy is given that process."""
    async with connected(site.http_url) as given:
        return given == process


def all_have_all(fleet: Fleet, history: History) -> bool:
    return all(len(each.witness.sights) >= len(history.acknowledged) for each in fleet.participants)
