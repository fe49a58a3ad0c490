"""What a write adds to the log and announces."""

from __future__ import annotations

from hubbub.domain.cursors import encode_cursor
from hubbub.store.log import Entry, select_change_range, select_posted_change
from hubbub.store.many import ROWS
from hubbub.store.transaction import Transaction
from tests.store.world import EPOCH, World


def test_changes_and_notices_are_kept_in_order_until_the_commit(world: World) -> None:
    transaction = Transaction(world.connection, epoch=EPOCH, head=0, now=world.now)
    first = transaction.append_change("room_created", room_id="r1", actor_id="a", data="{}")
    transaction.announce("a notice")
    second = transaction.append_change("message_posted", room_id="r1", actor_id="a", data="{}", message_id="m1")
    transaction.announce("another")
    assert transaction.changes == [first, second] == select_change_range(world.connection, EPOCH, 0, 2)
    assert transaction.notices == ["a notice", "another"]
    assert (first.type, first.room_id, first.actor_id, first.data) == ("room_created", "r1", "a", "{}")
    assert (first.at, first.cursor) == ("2025-03-01T12:00:00.000Z", encode_cursor(EPOCH, first.id))


def test_many_changes_at_once_are_as_one_after_another(world: World) -> None:
    transaction = Transaction(world.connection, epoch=EPOCH, head=0, now=world.now)
    entries = [Entry("r1", "a", f"m{number}", f'{{"n":{number}}}') for number in range(ROWS + 3)]
    first = transaction.append_change("room_created", room_id="r1", actor_id="a", data="{}")
    many = transaction.append_changes("message_posted", entries)
    last = transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}")
    assert transaction.append_changes("message_posted", []) == []
    assert [each.id for each in transaction.changes] == list(range(1, len(entries) + 3))
    assert transaction.changes == [first, *many, last] == select_change_range(world.connection, EPOCH, 0, 1_000)
    assert [each.data for each in many] == [each.data for each in entries]
    assert select_posted_change(world.connection, EPOCH, "m7") == many[7]
