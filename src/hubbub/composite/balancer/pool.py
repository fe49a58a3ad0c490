"""Connections to one upstream that wait for their next request; knows how to tell one that has ended."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

import h11

from hubbub.composite.balancer.limits import Limits
from hubbub.composite.balancer.streams import Connection


@dataclass(eq=False, slots=True)
class Http1:
    """A connection with what h11 knows of it; `is_kept` once it has carried a request before."""

    connection: Connection
    state: h11.Connection
    is_kept: bool = False


@dataclass(eq=False, slots=True)
class _Idle:
    http: Http1
    watch: asyncio.Task[bytes]  # whatever comes now was not asked for, and is no answer to what is asked next
    timer: asyncio.TimerHandle


class Pool:
    """At most `kept_connections`, each for at most `kept_seconds`; the one that was used last is used first."""

    def __init__(self, limits: Limits) -> None:
        self._room = limits.kept_connections
        self._seconds = limits.kept_seconds
        self._idle: deque[_Idle] = deque()

    def __len__(self) -> int:
        return len(self._idle)

    async def take(self) -> Http1 | None:
        """One on which nothing has come, if there is any; it may end all the same before the request arrives."""
        while self._idle:
            idle = self._idle.pop()
            idle.timer.cancel()
            idle.watch.cancel()
            try:
                await asyncio.wait({idle.watch})
            except asyncio.CancelledError:  # nobody has it now
                idle.http.connection.abort()
                raise
            if idle.watch.cancelled():
                return idle.http
            idle.http.connection.abort()
        return None

    def put(self, http: Http1) -> None:
        """Keep a connection whose request and answer are whole; end it if there is no room."""
        if len(self._idle) >= self._room:
            http.connection.abort()
            return
        http.state.start_next_cycle()
        http.is_kept = True
        loop = asyncio.get_running_loop()
        watch = loop.create_task(http.connection.read(), name="kept connection")
        timer = loop.call_later(self._seconds, lambda: self._drop(idle))
        idle: _Idle = _Idle(http, watch, timer)
        watch.add_done_callback(lambda _: self._drop(idle))
        self._idle.append(idle)

    def close(self) -> None:
        """End all, and whatever is put here from now on."""
        self._room = 0
        for idle in list(self._idle):
            self._drop(idle)

    def _drop(self, idle: _Idle) -> None:
        if idle in self._idle:
            self._idle.remove(idle)
            idle.timer.cancel()
            idle.watch.cancel()
            idle.http.connection.abort()
        if idle.watch.done() and not idle.watch.cancelled():
            idle.watch.exception()  # it was reset, which is an end like any other
