"""The answers of one client's events that are not there yet: given in the order of the events. Knows no protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hubbub.composite.sockets.heartbeat import Later as CallLater
from hubbub.composite.sockets.heartbeat import Timer


class Later(NamedTuple):
    """An answer to come: `read` makes it, or raises, once the future is done."""

    future: asyncio.Future[Any]
    read: Callable[[asyncio.Future[Any]], object]


@dataclass(eq=False, slots=True)
class _Awaited:
    answer: object
    give: Callable[[object], None]
    fail: Callable[[Exception], None]

    @property
    def is_there(self) -> bool:
        return not isinstance(self.answer, Later) or self.answer.future.done()


class Answers:
    """Whoever adds an answer says how it is given, and what to do with the exception where there is none.

    An answer that takes longer than `seconds` from when it is the next one is a `TimeoutError`, and nobody waits for
    its future any more.
    """

    __slots__ = ("_awaited", "_deadline", "_later", "_seconds", "_settled")

    def __init__(self, *, seconds: float, later: CallLater) -> None:
        self._seconds = seconds
        self._later = later
        self._awaited: list[_Awaited] = []  # few, and mostly none: a deque takes 760 bytes
        self._deadline: Timer | None = None  # of the next answer
        self._settled: asyncio.Future[None] | None = None  # for who waits for all of them

    def __len__(self) -> int:
        return len(self._awaited)

    def add(self, answer: object, give: Callable[[object], None], fail: Callable[[Exception], None]) -> None:
        """Give an answer after those that were added before."""
        self._awaited.append(_Awaited(answer, give, fail))
        if isinstance(answer, Later):
            answer.future.add_done_callback(self._done)
        if len(self._awaited) == 1:
            self._give()

    async def settled(self) -> None:
        """Wait until all have been given; for one at a time."""
        if self._awaited:
            self._settled = asyncio.get_running_loop().create_future()
            await self._settled

    def _done(self, _future: asyncio.Future[Any]) -> None:
        self._give()

    def _give(self) -> None:
        awaited = self._awaited
        if awaited and awaited[0].is_there:
            self._stop_deadline()
            while awaited and awaited[0].is_there:
                _give_one(awaited.pop(0))
        if awaited and self._deadline is None:
            self._deadline = self._later(self._seconds, self._expire)
        elif not awaited and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    def _expire(self) -> None:
        self._deadline = None
        answer = self._awaited[0].answer
        if isinstance(answer, Later):
            answer.future.cancel()

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _give_one(awaited: _Awaited) -> None:
    answer = awaited.answer
    try:
        if isinstance(answer, Later):
            if answer.future.cancelled():
                raise TimeoutError("the answer did not come in time")
            answer = answer.read(answer.future)
        awaited.give(answer)
    except Exception as error:
        awaited.fail(error)
