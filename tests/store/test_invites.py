"""Invitations."""

from __future__ import annotations

from datetime import timedelta

from hubbub.store.invites import delete_expired_invites, insert_invite, use_invite
from tests.store.world import World

DAY = timedelta(days=1)


def invite(world: World, code_hash: str, *, max_uses: int = 1) -> None:
    insert_invite(
        world.connection,
        invite_id=f"id of {code_hash}",
        code_hash=code_hash,
        created_by=None,
        max_uses=max_uses,
        now=world.now,
        expires_at=world.now + DAY,
    )


def test_an_invite_is_good_for_its_uses_and_no_more(world: World) -> None:
    invite(world, "code", max_uses=2)
    assert [use_invite(world.connection, "code", world.now) for _ in range(3)] == [True, True, False]


def test_no_invite_holds_beyond_its_time(world: World) -> None:
    invite(world, "code")
    assert not use_invite(world.connection, "code", world.now + DAY)
    assert use_invite(world.connection, "code", world.now + DAY - timedelta(milliseconds=1))


def test_an_unknown_code_is_no_invite(world: World) -> None:
    assert not use_invite(world.connection, "code", world.now)


def test_expired_invites_are_removed(world: World) -> None:
    invite(world, "old")
    world.now += DAY
    invite(world, "new")
    assert delete_expired_invites(world.connection, world.now) == 1
    assert use_invite(world.connection, "new", world.now)
