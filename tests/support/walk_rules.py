"""What has to be true of a walk, told from what its clients heard and from the log as it lies on the disk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hubbub.domain.changes import LoggedChange
from tests.support.roamer import Answer, Roamer
from tests.support.visibility import due

Json = dict[str, Any]
Deed = tuple[str, ...]  # (type of the change, what it is of)

# What people do here; a room that loses its owner, or its last member, adds others by itself.
COUNTED = frozenset({"message_posted", "message_edited", "message_deleted", "member_joined", "member_left"})


class Deeds:
    """What was acknowledged, and what may have been done because its answer was lost, by how often."""

    def __init__(self) -> None:
        self._sure: Counter[Deed] = Counter()
        self._unsure: Counter[Deed] = Counter()

    def note(self, answer: Answer, *deed: str) -> None:
        """Count the answer to what is one deed however often it is asked for."""
        if answer.done:
            self.done(*deed)
        elif not answer.sure:
            self._unsure[deed] += 1

    def note_once(self, answer: Answer, *deed: str) -> None:
        """The same for what can be done only once, by whoever asks first."""
        if not self._sure[deed]:
            self.note(answer, *deed)

    def done(self, *deed: str) -> None:
        """Count what was acknowledged."""
        self._sure[deed] += 1

    def check(self, log: Sequence[LoggedChange]) -> None:
        """Each is in the log as often as it was done.

        Raises:
            AssertionError: one is not.
        """
        logged = Counter(_deed_of(change) for change in log if change.type in COUNTED)
        for deed in {*logged, *self._sure}:
            least, most = self._sure[deed], self._sure[deed] + self._unsure[deed]
            assert least <= logged[deed] <= most, (
                f"{deed} is {logged[deed]} times in the log, and was acknowledged {least} times, of {most} at the most"
            )


def _deed_of(change: LoggedChange) -> Deed:
    data = json.loads(change.data)
    if change.type == "message_posted":
        return change.type, data["client_id"]
    if change.type in ("member_joined", "member_left"):
        return change.type, data["room_id"], data["user_id"]
    return change.type, data["id"]


def check_heard_all(name: str, heard: Sequence[Json], replay: Sequence[Json]) -> None:
    """Each change was heard once, in order; and of those that somebody new would get, each as they would get it.

    Raises:
        AssertionError: with what is wrong.
    """
    _check_order(name, heard)
    found = {change["cursor"]: change for change in heard}
    missed = [change for change in replay if change["cursor"] not in found]
    assert not missed, f"{name} never heard {missed}"
    for change in replay:
        same = _less_what_was_redacted(found[change["cursor"]], change)
        assert same == change, f"{name} heard {same} where the log has {change}"


def check_heard_what_is_theirs(name: str, roamer: Roamer, log: Sequence[LoggedChange], start: str) -> None:
    """Each change was heard once, in order: all that they must have heard, and nothing that they must not.

    Raises:
        AssertionError: with what is wrong.
    """
    _check_order(name, roamer.heard)
    heard = {_place_of(change["cursor"]) for change in roamer.heard}
    owed = due(log, roamer.person.id)
    must = {place for place in owed.must if place > _place_of(start)}
    assert must <= heard, f"{name} never heard {must - heard}"
    assert heard <= owed.may, f"{name} should not have heard {heard - owed.may}"
    assert not roamer.surprises, f"{name} heard {roamer.surprises}"


def _check_order(name: str, heard: Sequence[Json]) -> None:
    places = [_place_of(change["cursor"]) for change in heard]
    assert all(before < after for before, after in pairwise(places)), f"{name} heard {places}"


def _place_of(cursor: str) -> int:
    """The id of the change that it stands behind."""
    return int(cursor.rpartition("-")[2], 16)


def _less_what_was_redacted(heard: Json, logged: Json) -> Json:
    """The text of a message that was deleted since is gone from the log."""
    if logged["data"].get("body") == "":
        return heard | {"data": heard["data"] | {"body": ""}}
    return heard
