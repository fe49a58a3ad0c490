"""A function on its way to a thread that has the connection it works on, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

C = TypeVar("C")
T = TypeVar("T")


class Call(Generic[C, T]):
    """Run in the thread, looked at by whoever waits for it."""

    def __init__(self, function: Callable[[C], T]) -> None:
        self._function = function
        self._result: T
        self._error: BaseException | None = None

    def run(self, connection: C) -> None:
        """Never raises."""
        try:
            self._result = self._function(connection)
        except BaseException as error:
            # Kept rather than raised: it would be put into a future, and a future refuses StopIteration.
            self._error = error

    def outcome(self) -> T:
        """What the function returned.

        Raises:
            BaseException: what it raised.
        """
        if self._error is not None:
            raise self._error
        return self._result
