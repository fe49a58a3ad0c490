"""The table of who may do what, read row by row."""

from __future__ import annotations

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.domain.permissions import ALLOWED, ALLOWED_IN_DIRECT, Action, Standing, require, room_standings

STRANGER_TO_PRIVATE = room_standings(server_owner=False, public=False, room_role=None)
SERVER_OWNER_OUTSIDE_PRIVATE = room_standings(server_owner=True, public=False, room_role=None, author=True)
READER = room_standings(server_owner=False, public=True, room_role=None)
MEMBER = room_standings(server_owner=False, public=False, room_role="member")
OWNER = room_standings(server_owner=False, public=False, room_role="owner")
AUTHOR = room_standings(server_owner=False, public=True, room_role="member", author=True)
FORMER_AUTHOR = room_standings(server_owner=False, public=True, room_role=None, author=True)

ROOM_ACTIONS = set(Action) - {Action.INVITE, Action.CREATE_ROOM}


def allowed(standings: frozenset[Standing], *, direct: bool = False) -> set[Action]:
    found = set()
    for action in Action:
        try:
            require(action, standings, direct=direct)
        except HubbubError:
            continue
        found.add(action)
    return found & ROOM_ACTIONS


def test_every_action_has_a_row() -> None:
    assert set(ALLOWED) == set(Action)
    assert set(ALLOWED) >= ALLOWED_IN_DIRECT


@pytest.mark.parametrize("standings", [STRANGER_TO_PRIVATE, SERVER_OWNER_OUTSIDE_PRIVATE])
@pytest.mark.parametrize("action", sorted(ROOM_ACTIONS, key=str))
def test_a_private_room_is_not_there_for_others(standings: frozenset[Standing], action: Action) -> None:
    with pytest.raises(HubbubError) as refused:
        require(action, standings)
    assert refused.value.code is ErrorCode.NOT_FOUND


def test_a_reader_of_a_public_room_reads_and_joins() -> None:
    assert allowed(READER) == {Action.READ, Action.JOIN}
    with pytest.raises(HubbubError) as refused:
        require(Action.POST, READER)
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert "Join it first" in refused.value.detail


def test_a_member_takes_part_and_changes_nothing_of_others() -> None:
    taking_part = {Action.READ, Action.JOIN, Action.LEAVE, Action.POST, Action.REACT, Action.MARK_READ, Action.TYPE}
    assert allowed(MEMBER) == taking_part | {Action.ADD_MEMBER}
    assert allowed(AUTHOR) == allowed(MEMBER) | {Action.EDIT_MESSAGE, Action.DELETE_MESSAGE}


def test_an_owner_runs_the_room_and_puts_no_words_into_mouths() -> None:
    assert allowed(OWNER) == ROOM_ACTIONS - {Action.EDIT_MESSAGE}


def test_who_has_left_edits_no_more() -> None:
    assert allowed(FORMER_AUTHOR) == allowed(READER)


def test_direct_messages_keep_their_people() -> None:
    assert allowed(OWNER, direct=True) == ALLOWED_IN_DIRECT - {Action.EDIT_MESSAGE}


def test_only_the_servers_owner_invites() -> None:
    require(Action.INVITE, frozenset({Standing.ACCOUNT, Standing.SERVER_OWNER}))
    with pytest.raises(HubbubError) as refused:
        require(Action.INVITE, frozenset({Standing.ACCOUNT}))
    assert refused.value.code is ErrorCode.FORBIDDEN
