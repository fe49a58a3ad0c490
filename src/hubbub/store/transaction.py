"""What a write sees while it runs, and what the rest of the house is told once it is durable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hubbub.domain.changes import LoggedChange
from hubbub.store import log
from hubbub.store.connection import Searchable


@dataclass(frozen=True)
class Committed:
    """What one commit brought, in the order of the log; `notices` are what the writes announced beside it.

    `at` is when it was durable, by the clock's `monotonic`.
    """

    changes: tuple[LoggedChange, ...]
    notices: tuple[object, ...]
    at: float = field(default=0.0, compare=False)


class Transaction:
    """One write.  It lives in the writer's thread and only while its function runs.

    `connection` has an open transaction: neither commit nor roll back, raise instead.  `now` is the one time of
    everything that the write does; `epoch` is that of the log.  `head` is the id of the newest change before it.
    """

    def __init__(self, connection: Searchable, *, epoch: str, head: int, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.epoch = epoch
        self._head = head
        self.changes: list[LoggedChange] = []
        self.notices: list[object] = []

    def append_change(
        self, type: str, *, room_id: str | None, actor_id: str | None, data: str, message_id: str | None = None
    ) -> LoggedChange:
        """Add a row to the log.

        `data` is JSON text, the object after the change.  `message_id` names the message whose text `data` holds, so
        that `log.redact_message` finds it.
        """
        change = log.insert_change(
            self.connection,
            self.epoch,
            id=self._head + len(self.changes) + 1,
            type=type,
            room_id=room_id,
            actor_id=actor_id,
            at=self.now,
            message_id=message_id,
            data=data,
        )
        self.changes.append(change)
        return change

    def append_changes(self, type: str, entries: Sequence[log.Entry]) -> list[LoggedChange]:
        """As `append_change`, for changes of one type, one after another."""
        changes = log.insert_changes(
            self.connection, self.epoch, type, entries, first=self._head + len(self.changes) + 1, at=self.now
        )
        self.changes += changes
        return changes

    def announce(self, notice: object) -> None:
        """Tell the listeners of `Store.on_commit` something that is not in the log, if and when this is committed."""
        self.notices.append(notice)
