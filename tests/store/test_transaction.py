"""What a write adds to the log and announces."""

from __future__ import annotations

from hubbub.domain.cursors import encode_cursor
from hubbub.store.log import select_change_range
from hubbub.store.transaction import Transaction
from tests.store.world import EPOCH, World


def test_changes_and_notices_are_kept_in_order_until_the_commit(world: World) -> None:
    transaction = Transaction(world.connection, epoch=EPOCH, now=world.now)
    first = transaction.append_change("room_created", room_id="r1", actor_id="a", data="{}")
    transaction.announce("a notice")
    second = transaction.append_change("message_posted", room_id="r1", actor_id="a", data="{}", message_id="m1")
    transaction.announce("another")
    assert transaction.changes == [first, second] == select_change_range(world.connection, EPOCH, 0, 2)
    assert transaction.notices == ["a notice", "another"]
    assert (first.type, first.room_id, first.actor_id, first.data) == ("room_created", "r1", "a", "{}")
    assert (first.at, first.cursor) == ("2025-03-01T12:00:00.000Z", encode_cursor(EPOCH, first.id))
