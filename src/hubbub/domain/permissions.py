"""Who may do what: one table.

A rule asks for one of several standings.  Whoever cannot even see a room is told that it is not there, so a private
room cannot be told from one that never was.
"""

from __future__ import annotations

from collections.abc import Set
from enum import Enum, auto
from functools import cache

from hubbub.contract.errors import ErrorCode, HubbubError


class Standing(Enum):
    """What somebody is to the server, a room or a message; one may be several at once."""

    ACCOUNT = auto()  # is signed in
    SERVER_OWNER = auto()
    READER = auto()  # may see the room: it is public, or they are in it
    MEMBER = auto()
    ROOM_OWNER = auto()
    AUTHOR = auto()  # wrote the message, and is still in its room


class Action(Enum):
    """What can be asked for; the value completes “You may not …”."""

    INVITE = "invite people"
    CREATE_ROOM = "create a room"
    READ = "read this room"
    JOIN = "join this room"
    LEAVE = "leave this room"
    POST = "post in this room"
    REACT = "react in this room"
    MARK_READ = "mark this room as read"
    TYPE = "type in this room"
    ADD_MEMBER = "add people to this room"
    REMOVE_MEMBER = "remove people from this room"
    CHANGE_ROOM = "change this room"
    DELETE_ROOM = "delete this room"
    EDIT_MESSAGE = "edit this message"
    DELETE_MESSAGE = "delete this message"


_S = Standing

ALLOWED: dict[Action, frozenset[Standing]] = {
    Action.INVITE: frozenset({_S.SERVER_OWNER}),
    Action.CREATE_ROOM: frozenset({_S.ACCOUNT}),
    Action.READ: frozenset({_S.READER}),
    Action.JOIN: frozenset({_S.READER}),
    Action.LEAVE: frozenset({_S.MEMBER}),
    Action.POST: frozenset({_S.MEMBER}),
    Action.REACT: frozenset({_S.MEMBER}),
    Action.MARK_READ: frozenset({_S.MEMBER}),
    Action.TYPE: frozenset({_S.MEMBER}),
    Action.ADD_MEMBER: frozenset({_S.MEMBER}),
    Action.REMOVE_MEMBER: frozenset({_S.ROOM_OWNER, _S.SERVER_OWNER}),
    Action.CHANGE_ROOM: frozenset({_S.ROOM_OWNER, _S.SERVER_OWNER}),
    Action.DELETE_ROOM: frozenset({_S.ROOM_OWNER, _S.SERVER_OWNER}),
    Action.EDIT_MESSAGE: frozenset({_S.AUTHOR}),
    Action.DELETE_MESSAGE: frozenset({_S.AUTHOR, _S.ROOM_OWNER, _S.SERVER_OWNER}),
}

# These leave the people and the name of a room alone; direct messages know nothing else.
ALLOWED_IN_DIRECT = frozenset(
    {
        Action.READ,
        Action.POST,
        Action.REACT,
        Action.MARK_READ,
        Action.TYPE,
        Action.EDIT_MESSAGE,
        Action.DELETE_MESSAGE,
    }
)

_NO_ROOM_NEEDED = frozenset({Action.INVITE, Action.CREATE_ROOM})


def require(action: Action, standings: Set[Standing], *, direct: bool = False) -> None:
    """Let the action pass, or refuse it.

    Raises:
        HubbubError: `not_found` for somebody who may not see the room, `forbidden` for anybody else without the right.
    """
    if action not in _NO_ROOM_NEEDED and Standing.READER not in standings:
        raise room_not_found()
    if direct and action not in ALLOWED_IN_DIRECT:
        raise HubbubError(
            ErrorCode.FORBIDDEN, f"You may not {action.value}: direct messages stay between the people in them."
        )
    if not ALLOWED[action] & standings:
        raise HubbubError(ErrorCode.FORBIDDEN, f"You may not {action.value}. {_way_on(action, standings)}")


def room_not_found() -> HubbubError:
    """What a room that does not exist and one that is hidden have in common."""
    return HubbubError(ErrorCode.NOT_FOUND, "There is no such room, or you are not in it.")


def message_not_found() -> HubbubError:
    """What a message that does not exist and one in a hidden room have in common."""
    return HubbubError(ErrorCode.NOT_FOUND, "There is no such message, or you may not see it.")


def _way_on(action: Action, standings: Set[Standing]) -> str:
    if ALLOWED[action] == {Standing.MEMBER} and Standing.MEMBER not in standings:
        return "Join it first."
    if action is Action.INVITE:
        return "Ask the owner of the server."
    if action is Action.EDIT_MESSAGE:
        return "Only its author can."
    return "Ask the owner of the room."


@cache  # of the few there are: whoever posts asks each time, and an `Enum` hashes in Python
def room_standings(
    *, server_owner: bool, public: bool, room_role: str | None, author: bool = False
) -> frozenset[Standing]:
    """What somebody is to a room (`room_role` is None outside it), and to a message in it that may be theirs."""
    standings = {Standing.ACCOUNT}
    if room_role is not None:
        standings |= {Standing.READER, Standing.MEMBER}
        if room_role == "owner":
            standings.add(Standing.ROOM_OWNER)
        if author:
            standings.add(Standing.AUTHOR)
    if public:
        standings.add(Standing.READER)
    if server_owner:
        standings.add(Standing.SERVER_OWNER)
    return frozenset(standings)
