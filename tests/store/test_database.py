"""The store as a whole: what a write answers, and who is told when."""

from __future__ import annotations

from hubbub.store.database import Committed, Store, Transaction
from hubbub.store.log import select_change_range


def _note(transaction: Transaction) -> int:
    return transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}").id


async def test_a_write_answers_with_what_it_returned_and_moves_the_head(store: Store) -> None:
    assert store.head == 0
    assert await store.write(_note) == 1
    assert store.head == 1
    changes = await store.read(lambda connection: select_change_range(connection, store.epoch, 0, 1))
    assert [change.id for change in changes] == [1]


async def test_listeners_are_told_after_the_answer(store: Store) -> None:
    order: list[object] = []

    def listen(committed: Committed) -> None:
        order.append([change.id for change in committed.changes])

    store.on_commit(listen)
    order.append(await store.write(_note))
    await store.write(lambda transaction: None)
    assert order == [1, [1]]
