"""Hears of the commits of other processes: by NOTIFY at once, and by a look at the log now and then.

What is heard is a hint.  Whoever was away, or was not told, finds in the log what there is.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Any

import psycopg

from hubbub.store.errors import ReplacedError
from hubbub.store.postgres.connection import channel_of
from hubbub.store.postgres.limits import LOOK_SECONDS
from hubbub.store.postgres.outage import Outage
from hubbub.store.postgres.presence import ENTER, EPOCH, check_epoch

_LOG = logging.getLogger(__name__)

# What `PostgresConnection.commit_write` says; others may talk on any channel of a database.
_TOLD = re.compile(r"([0-9]{1,19}) ([01])")

Listener = psycopg.AsyncConnection[tuple[Any, ...]]


class Listening:
    """See `store.engine.Listening`.  `heard(head, announced)` is called on the loop.

    `is_ours` says whether a server process is one that this process writes by: its commits are known here.
    """

    def __init__(
        self,
        parameters: dict[str, Any],
        name: str,
        epoch: str,
        heard: Callable[[int, bool], None],
        outage: Outage,
        is_ours: Callable[[int], bool],
    ) -> None:
        self._parameters = parameters
        self._name = name
        self._epoch = epoch
        self._heard = heard
        self._outage = outage
        self._is_ours = is_ours
        self._away = False
        self._refused = False
        self._task = asyncio.get_running_loop().create_task(self._run(), name="listen to the database")

    async def close(self) -> None:
        """Hear no more."""
        # The end of the loop may have done so already; a second time would break psycopg off while it cancels a query.
        if not self._task.cancelling():
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(autocommit=True, **self._parameters)
            except (psycopg.Error, OSError) as error:
                self._lost(error)
                self._outage.failed()
                await asyncio.sleep(self._outage.remaining)
                continue
            try:
                await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                self._lost(error)
            except ReplacedError as error:
                self._refuse(error)
                await asyncio.sleep(LOOK_SECONDS)
            finally:
                await connection.close()

    async def _listen(self, connection: Listener) -> None:
        await connection.execute(ENTER)
        check_epoch(await (await connection.execute(EPOCH)).fetchone(), self._epoch, self._name)
        await connection.execute(f"LISTEN {channel_of(self._epoch)}".encode())
        self._found()
        announced = True  # what was announced meanwhile was not heard
        while True:
            await self._look(connection, announced)
            announced = False
            async for notice in connection.notifies(timeout=LOOK_SECONDS):
                told = _TOLD.fullmatch(notice.payload)
                if told and not self._is_ours(notice.pid):
                    self._heard(int(told[1]), told[2] == "1")

    async def _look(self, connection: Listener, announced: bool) -> None:
        row = await (await connection.execute(b"SELECT head FROM about")).fetchone()
        if row is not None:
            self._heard(row[0], announced)

    def _found(self) -> None:
        self._outage.over()
        if self._away:
            _LOG.warning("the database %s is back", self._name)
        self._away = False

    def _lost(self, error: BaseException) -> None:
        if not self._away:  # once: it is tried again until it is back
            _LOG.error("the database %s is away: %s", self._name, " ".join(str(error).split()))
        self._away = True

    def _refuse(self, error: ReplacedError) -> None:
        if not self._refused:
            _LOG.error("requests are refused: %s", error)
        self._refused = True
