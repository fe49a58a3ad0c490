"""Holds a database thread at a known point, so that a test decides what happens meanwhile."""

from __future__ import annotations

import threading
from types import TracebackType

from tests.support.deadline import DEADLINE, eventually


class Gate:
    """`pass_through` goes into a write or a read and waits there; leaving the context lets it go on."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def pass_through(self, _: object = None) -> None:
        """Called in the database's thread.

        Raises:
            TimeoutError: nobody opened it.
        """
        self._reached.set()
        if not self._opened.wait(DEADLINE):
            raise TimeoutError("the gate was never opened")

    async def reached(self) -> None:
        await eventually(self._reached.is_set, "the database's thread stands at the gate")

    def open(self) -> None:
        self._opened.set()

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.open()
