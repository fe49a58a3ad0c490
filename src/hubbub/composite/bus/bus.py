"""The bus of one process: who else is there, a word to all of them, and when to look for what was missed.

Redis passes words on and keeps none: one that finds a listener gone, slow or between two connections is lost to it.
So each speaker numbers its words. Who misses a number asks for a greeting, which says all there is, and has its
listener look at the truth; who hears nothing at all has it look again and again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, Self

from hubbub.composite.bus.counters import BusCounters
from hubbub.composite.bus.limits import (
    BEAT_SECONDS,
    CALM_LOOK_SECONDS,
    CLOSE_SECONDS,
    FIRST_PAUSE_SECONDS,
    GONE_SECONDS,
    KEEP_SECONDS,
    LONGEST_PAUSE_SECONDS,
    LOOK_SECONDS,
    SILENCE_SECONDS,
    WATCH_SECONDS,
    WORD_BYTES,
)
from hubbub.composite.bus.link import Link, LinkError, OpenLink
from hubbub.composite.bus.peers import Heard, Peers
from hubbub.composite.bus.words import BadWord, Kind, Word
from hubbub.composite.mesh.mesh import Listener

log = logging.getLogger(__name__)


class BusListener(Listener, Protocol):
    """Who hears of the others. Nothing here may block."""

    def missed(self) -> None:
        """Something may have been missed: look at the truth."""
        ...


class News(Protocol):
    """Something to say, which may be said together with what comes after it."""

    def and_then(self, later: Self) -> Self:
        """Both, as one."""
        ...

    def encode(self) -> bytes:
        """As it travels."""
        ...


class Bus:
    """One a process, from `open` to `close`; whether Redis is there changes what is heard when, and nothing else."""

    def __init__(
        self,
        name: str,
        channel: str,
        open_link: OpenLink,
        listener: BusListener,
        is_near: Callable[[str], bool] = lambda _name: False,
        card: str = "",
    ) -> None:
        """`is_near` says whether we hear somebody without Redis: what they say here would come twice.

        `card` is told to the others with each greeting.
        """
        self.counters = BusCounters()
        self._name = name
        self._channel = channel
        self._open_link = open_link
        self._listener = listener
        self._is_near = is_near
        self._card = card
        self._peers = Peers()
        self._number = 0
        self._pending: News | None = None
        self._asking: set[str] = set()  # whom to ask for a greeting
        self._owing: set[str] = set()  # who is to have ours
        self._wake = asyncio.Event()
        self._speaks = False  # from the greeting on: what comes after it must not be left out
        self._hears = False
        self._looked_at = 0.0  # by the loop's clock
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def hears(self) -> bool:
        """Whether what we say comes back to us, so that others' words do as well."""
        return self._hears

    @property
    def names(self) -> list[str]:
        """The others that are here by Redis, in order."""
        return self._peers.names

    def card(self, name: str) -> str:
        """The card of another that is here by Redis; empty where there is none."""
        return self._peers.card(name)

    def open(self) -> None:
        """Begin to connect; nobody waits for Redis."""
        loop = asyncio.get_running_loop()
        self._looked_at = loop.time()
        self._tasks = [
            loop.create_task(self._connect_again_and_again(), name="hold the connection to Redis"),
            loop.create_task(self._watch(), name="watch the bus"),
        ]

    async def close(self) -> None:
        """Say goodbye, if anybody can hear it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def say(self, news: News) -> None:
        """Tell everybody, soon; what is said while another word is on its way leaves as one."""
        if not self._speaks:
            self.counters.dropped += 1
            return
        if self._pending is not None:
            self.counters.merged += 1
            news = self._pending.and_then(news)
        self._pending = news
        self._wake.set()

    # --- the connection ---

    async def _connect_again_and_again(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        told = False
        while True:
            before = self.counters.connects
            try:
                async with self._open_link([self._channel, self._own_channel(self._name)]) as link:
                    await self._converse(link)
            except LinkError as error:
                if self._hears or not told:
                    log.warning("the bus is down: %s; what others write is read from the log every second", error)
                    told = True
                self._lose()
            if self.counters.connects > before:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # not all at once
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _converse(self, link: Link) -> None:
        """Until the first trouble."""
        self._speaks = True
        await self._publish(link, Kind.HELLO, self._listener.greeting())
        try:
            await _first_of(self._hear(link), self._speak(link))
        except asyncio.CancelledError:
            with suppress(LinkError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._publish(link, Kind.GOODBYE)
            raise

    def _lose(self) -> None:
        self.counters.losses += self._hears
        self._hears = self._speaks = False
        self._pending = None
        self._asking.clear()
        self._owing.clear()

    # --- speaking ---

    async def _speak(self, link: Link) -> None:
        while True:
            is_due = not await self._woken(BEAT_SECONDS)
            while self._asking:
                await self._publish_to(link, self._asking.pop(), Kind.WHO)
            while self._owing:
                await self._publish_to(link, self._owing.pop(), Kind.GREETING, self._listener.greeting())
            news, self._pending = self._pending, None
            if news is not None:
                await self._publish(link, Kind.NEWS, news.encode())
            elif is_due:
                await self._publish(link, Kind.BEAT)

    async def _woken(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        woken = self._wake.is_set()
        self._wake.clear()
        return woken

    async def _publish(self, link: Link, kind: Kind, body: bytes = b"") -> None:
        self._number += 1  # said or not: who listens asks for what is missing
        await self._send(link, self._channel, kind, body)

    async def _publish_to(self, link: Link, name: str, kind: Kind, body: bytes = b"") -> None:
        await self._send(link, self._own_channel(name), kind, body)

    async def _send(self, link: Link, channel: str, kind: Kind, body: bytes) -> None:
        card = self._card if kind in (Kind.HELLO, Kind.GREETING) else ""
        word = Word(kind, self._name, self._number, body, card).encode()
        if len(word) > WORD_BYTES:
            log.warning("a word of %d bytes is not said; the others find out for themselves", len(word))
            self.counters.dropped += 1
            return
        await link.publish(channel, word)
        self.counters.published += 1

    def _own_channel(self, name: str) -> str:
        return f"{self._channel}:{name}"

    # --- hearing ---

    async def _hear(self, link: Link) -> None:
        try:
            async with asyncio.timeout(SILENCE_SECONDS) as silence:
                async for data in link.heard():
                    word = self._decode(data)
                    if word is None:
                        continue
                    if word.name == self._name:
                        silence.reschedule(_now() + SILENCE_SECONDS)
                        self._hear_ourselves()
                    else:
                        self._take(word)
        except TimeoutError:
            raise LinkError(f"nothing was heard for {SILENCE_SECONDS:g} s") from None

    def _decode(self, data: bytes) -> Word | None:
        try:
            return Word.decode(data)
        except BadWord as error:
            self.counters.malformed += 1
            log.warning("what came over the bus is no word: %s", error)
            return None

    def _hear_ourselves(self) -> None:
        if not self._hears:
            self._hears = True
            self.counters.connects += 1
            self._peers.excuse(_now())
            log.info("the bus is up")
            self._look()

    def _take(self, word: Word) -> None:
        if self._is_near(word.name):
            self._peers.forget(word.name)
            return
        self.counters.heard += 1
        match word.kind:
            case Kind.GOODBYE:
                self._let_go(word.name)
            case Kind.WHO:
                self._owe(word.name)
            case Kind.HELLO | Kind.GREETING:
                self._greet(word)
            case Kind.NEWS | Kind.BEAT:
                self._take_next(word)

    def _greet(self, word: Word) -> None:
        met = self._peers.meet(word.name, word.number, _now(), word.card)
        if met is Heard.REFUSED:
            return
        if met is Heard.NEXT:
            self._listener.left(word.name)  # what was known of them is not true any more
        else:
            log.info("process %s is here by Redis, %d others in all", word.name, len(self._peers.names))
        self._listener.joined(word.name)
        self._tell(word)
        if word.kind is Kind.HELLO:
            self._owe(word.name)

    def _take_next(self, word: Word) -> None:
        heard = self._peers.hear(word.name, word.number, _now())
        if heard is Heard.REFUSED:
            return
        if heard is not Heard.NEXT:
            self.counters.gaps += heard is Heard.GAP
            self._listener.joined(word.name)
            self._asking.add(word.name)
            self._wake.set()
        if word.body:
            self._tell(word)

    def _tell(self, word: Word) -> None:
        try:
            self._listener.heard(word.name, word.body)
        except Exception:
            log.exception("what process %s said was not understood", word.name)

    def _owe(self, name: str) -> None:
        self._owing.add(name)
        self._wake.set()

    def _let_go(self, name: str) -> None:
        if self._peers.forget(name):
            log.info("process %s is gone, %d others are here by Redis", name, len(self._peers.names))
            self._listener.left(name)

    # --- silence ---

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = _now()
            for name in self._peers.silent(now, GONE_SECONDS if self._hears else KEEP_SECONDS):
                self._let_go(name)
            if now - self._looked_at >= (CALM_LOOK_SECONDS if self._hears else LOOK_SECONDS):
                self._look()

    def _look(self) -> None:
        self._looked_at = _now()
        self.counters.looks += 1
        self._listener.missed()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until one of them ends, and raise what that one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
