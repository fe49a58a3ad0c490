"""Who may see what, told from the log alone: nothing of the tables that the server decides by is looked at."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubbub.domain.changes import LoggedChange
from hubbub.domain.cursors import encode_cursor


def read_log_file(data_dir: Path, room_ids: Sequence[str] | None = None) -> list[LoggedChange]:
    """The whole log of a server, as it lies on its disk, or what is in it of some rooms."""
    where = "" if room_ids is None else f"WHERE room_id IN ({', '.join('?' for _ in room_ids)})"
    with closing(sqlite3.connect(f"file:{data_dir / 'hubbub.db'}?mode=ro", uri=True)) as connection:
        (epoch,) = connection.execute("SELECT epoch FROM about").fetchone()
        columns = "id, type, room_id, actor_id, at, data"
        rows = connection.execute(f"SELECT {columns} FROM changes {where} ORDER BY id", room_ids or ())
        return [LoggedChange(row[0], encode_cursor(epoch, row[0]), *row[1:]) for row in rows]


@dataclass
class Due:
    """What somebody is due of a log: `must` whatever happened, `may` if they were there when it happened."""

    must: list[int] = field(default_factory=list)
    may: set[int] = field(default_factory=set)


def due(changes: Iterable[LoggedChange], user_id: str) -> Due:
    """What of a log is somebody's to see.

    In a room they are in, everything from their coming to their going. Of a room they are out of, or that is gone:
    at least the going, and the rest too where the room is there for everybody.
    """
    found = Due()
    came: dict[str, bool] = {}  # {room_id: whether they are in it}
    was_there: defaultdict[str, list[int]] = defaultdict(list)  # {room_id: what they saw before they went}
    public: dict[str, bool] = {}
    for change in changes:
        room_id = change.room_id
        if room_id is None:
            found.must.append(change.id)
            continue
        data = json.loads(change.data)
        if change.type in ("room_created", "room_changed", "room_deleted"):
            public[room_id] = data["visibility"] == "public" and data["deleted_at"] is None
        if _comes(change, data, user_id):
            came[room_id] = True
        if not came.get(room_id):
            continue
        was_there[room_id].append(change.id)
        if change.type == "room_deleted" or (change.type == "member_left" and data["user_id"] == user_id):
            came[room_id] = False
            found.must.append(change.id)
    for room_id, ids in was_there.items():
        found.may |= set(ids)
        last_going = max((each for each in ids if each in found.must), default=0)
        found.must += [each for each in ids if public[room_id] or each > last_going]
    found.must = sorted(set(found.must))
    found.may |= set(found.must)
    return found


def _comes(change: LoggedChange, data: dict[str, Any], user_id: str) -> bool:
    if change.type == "room_created":
        return change.actor_id == user_id
    return change.type == "member_joined" and data["user_id"] == user_id
