"""One run: clients come, some write, a plan befalls the deployment, and in the end everybody has everything."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, cycle, islice

from hubbub.contract.errors import ErrorCode
from tests.chaos.checker import Finding, find_faults
from tests.chaos.deployment import Deployment
from tests.chaos.faults import Faults
from tests.chaos.history import History, Sight, Witness
from tests.chaos.participants import Fleet, Participant
from tests.chaos.plan import Spell
from tests.chaos.silence import Silence, longest_silences
from tests.cluster.listeners import ARRIVAL_SECONDS, WAYS
from tests.support.deadline import eventually, within
from tests.support.people import People, Person
from tests.support.reading import read_changes

PEOPLE = 6  # accounts, whose clients they are
# Seconds after the last fault until all are there again, with everything: as long as hundreds need to arrive.
RECOVERY = ARRIVAL_SECONDS


@dataclass(frozen=True)
class Size:
    """How many take part; `pause` is what a writer makes between two messages, in seconds on average."""

    clients: int
    writers: int
    pause: float


@dataclass
class Report:
    """What became of a run, for people."""

    history: History
    refusals: Counter[str]
    connections: int
    losses: dict[str, list[str]]  # {client: [how a connection ended, or did not come about, …]}
    began: float
    seconds: float = 0.0
    failed_starts: int = 0
    own_ends: tuple[int, ...] = ()  # statuses with which servers ended that nobody had ended

    @property
    def findings(self) -> list[Finding]:
        return find_faults(self.history)

    @property
    def wrong_refusals(self) -> list[str]:
        """Refusals as if the server or the client were at fault, where the deployment was."""
        return [code for code in ErrorCode if code in self.refusals and code != ErrorCode.SERVER_BUSY]

    @property
    def silences(self) -> list[Silence]:
        return longest_silences(self.history)

    def __str__(self) -> str:
        found = Counter(finding.kind for finding in self.findings)
        postings = self.history.postings.values()
        again = sum(posting.attempts - 1 for posting in postings)
        seen = sum(len(witness.sights) for witness in self.history.witnesses)
        lines = [
            f"{self.seconds:.0f} s, {len(self.history.witnesses)} witnesses, {self.connections} connections, "
            f"{self.failed_starts} starts that failed, ends by themselves with status {[*self.own_ends]}",
            f"connections that failed: {_counted(chain.from_iterable(self.losses.values()))}",
            f"{len(self.history.acknowledged)} messages acknowledged of {len(postings)}, posted {again} times again, "
            f"seen {seen} times",
            f"in place of an acknowledgement: {dict(self.refusals.most_common())}",
            f"{found['lost']} lost, {found['doubled']} doubled, {found['forged']} forged, "
            f"{found['out of order']} out of order",
            *self._silences(),
        ]
        return "\n".join(lines)

    def _silences(self) -> list[str]:
        longest = self.silences[:1]
        lines = [
            f"the longest silence that a client saw: {silence.seconds:.1f} s, "
            f"{silence.who}, from {silence.begin - self.began:.1f} s on; "
            f"its connections that failed in all: {_counted(self.losses[silence.who])}"
            for silence in longest
        ]
        by_way: dict[str, float] = defaultdict(float)
        for silence in self.silences:
            way = silence.who.partition(", ")[2]
            by_way[way] = max(by_way[way], silence.seconds)
        return [*lines, "by transport: " + ", ".join(f"{way} {seconds:.1f} s" for way, seconds in by_way.items())]


def _counted(losses: Iterable[str]) -> dict[str, int]:
    """{kind of error: how often}, without what each said."""
    return dict(Counter(lost.partition(":")[0] for lost in losses).most_common())


class Run:
    """Not to be used twice."""

    def __init__(self, deployment: Deployment, size: Size, seed: int) -> None:
        self.history = History()
        self._deployment = deployment
        self._size = size
        self._seed = seed
        self._refusals: Counter[str] = Counter()

    async def do(self, plan: Sequence[Spell]) -> Report:
        """From the first arrival to the last message.

        Raises:
            TimeoutError: who has to come does not; what is missing at the end is for the report to say.
        """
        async with People(self._deployment.addresses[0], http2=False) as crowd:
            people = [await crowd.register() for _ in range(PEOPLE)]
            room_id = (await people[0].create_room()).id
            for person in people[1:]:
                await person.join(room_id)
            start: str = (await people[0].request("GET", "/changes")).json()["cursor"]
            fleet = Fleet(self._participants(people, room_id, start), self._size.writers)
            try:
                report = await self._with(fleet, plan)
            finally:
                await fleet.leave()
            reader = await crowd.reconnected(people[0])
            self.history.witnesses.append(await _latecomer(reader, room_id, start))
            return report

    async def _with(self, fleet: Fleet, plan: Sequence[Spell]) -> Report:
        fleet.hear()
        async with within(ARRIVAL_SECONDS, "everybody to be there"):
            await fleet.during(fleet.everybody_is_there())
        began = time.monotonic()
        fleet.write(self._size.pause)
        await fleet.during(befall(plan, self._deployment.faults, began))
        async with within(RECOVERY, "the last messages to be acknowledged"):
            await fleet.during(fleet.finish_writing())
        with suppress(TimeoutError):
            await fleet.during(eventually(lambda: self._all_have_all(fleet), "everybody to have everything", RECOVERY))
        return Report(
            self.history,
            self._refusals,
            sum(each.lives for each in fleet.participants),
            {each.witness.name: each.lost for each in fleet.participants},
            began,
            time.monotonic() - began,
            sum(host.failed_starts for host in self._deployment.hosts),
            tuple(status for host in self._deployment.hosts for status in host.own_ends),
        )

    def _all_have_all(self, fleet: Fleet) -> bool:
        due = len(self.history.acknowledged)
        return all(len(each.witness.sights) >= due for each in fleet.participants)

    def _participants(self, people: Sequence[Person], room_id: str, start: str) -> list[Participant]:
        found = []
        for number, way in enumerate(islice(cycle(WAYS), self._size.clients)):
            addresses = cycle(self._deployment.addresses)
            server = next(islice(addresses, number % len(self._deployment.addresses), None))
            witness = Witness(f"client {number}, {way}")
            self.history.witnesses.append(witness)
            found.append(
                Participant(
                    server,
                    people[number % len(people)].token,
                    way,
                    start,
                    room_id=room_id,
                    history=self.history,
                    witness=witness,
                    addresses=addresses,
                    chance=random.Random(f"{self._seed} {number}"),
                    refusals=self._refusals,
                )
            )
        return found


async def befall(plan: Sequence[Spell], faults: Faults, began: float) -> None:
    """Do what the plan says, and print it; a part has its next fault only when it has got over the last one."""
    parts: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {what}", flush=True)

    async def suffer(spell: Spell) -> None:
        await asyncio.sleep(max(0.0, began + spell.at - time.monotonic()))
        async with parts[spell.target.part]:
            fault = faults[spell.target]
            say(f"{spell.target}")
            await fault.begin()
            try:
                await asyncio.sleep(spell.seconds)
            finally:
                await fault.end()
            say(f"{spell.target}: over")

    async with asyncio.TaskGroup() as group:
        for spell in plan:
            group.create_task(suffer(spell))


async def _latecomer(person: Person, room_id: str, start: str) -> Witness:
    """Somebody who reads all of it afterwards."""
    now = time.monotonic()
    messages = [
        change["data"]
        for change in await read_changes(person, start)
        if change["type"] == "message_posted" and change["room_id"] == room_id
    ]
    return Witness("a latecomer", [Sight(each["body"], each["id"], now) for each in messages], live=False)
