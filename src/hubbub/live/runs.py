"""Cutting what one commit brought into runs: changes one after another that the same people hear. Knows no people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hubbub.domain.changes import LoggedChange
from hubbub.live.audience import MOVES

RUN_CHARS = 16 * 1024  # of several; a quarter of what a transport takes at once, so that few have to be parted


def runs_of(changes: Iterable[LoggedChange]) -> Iterator[list[LoggedChange]]:
    """The changes, in their order; one that moves somebody in or out of a room is a run of its own."""
    run: list[LoggedChange] = []
    chars = 0
    for change in changes:
        chars += len(change.data)
        if run and (chars > RUN_CHARS or not _belongs(change, run[-1])):
            yield run
            run, chars = [], len(change.data)
        run.append(change)
    if run:
        yield run


def _belongs(change: LoggedChange, before: LoggedChange) -> bool:
    return change.room_id == before.room_id and change.type not in MOVES and before.type not in MOVES
