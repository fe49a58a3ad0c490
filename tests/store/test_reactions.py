"""Reactions."""

from __future__ import annotations

import pytest

from hubbub.contract.models import Reaction
from hubbub.store.reactions import (
    count_emojis,
    delete_reaction,
    delete_reactions,
    insert_reaction,
    select_reactions,
)
from tests.store.world import World


@pytest.fixture
def posted(world: World) -> World:
    for name in "ab":
        world.user(name)
    world.room("r1")
    for _ in range(3):
        world.post("r1", "a")
    return world


def test_reactions_come_in_the_order_in_which_they_were_made(posted: World) -> None:
    for message_id, emoji, user_id in (("m1", "🍵", "b"), ("m1", "👍", "a"), ("m1", "🍵", "a"), ("m2", "👍", "b")):
        assert insert_reaction(posted.connection, message_id, emoji, user_id)
    assert select_reactions(posted.connection, ["m1", "m2", "m3"]) == {
        "m1": [Reaction(emoji="🍵", user_ids=["b", "a"]), Reaction(emoji="👍", user_ids=["a"])],
        "m2": [Reaction(emoji="👍", user_ids=["b"])],
    }
    assert select_reactions(posted.connection, []) == {}
    assert [count_emojis(posted.connection, message_id) for message_id in ("m1", "m2", "m3")] == [2, 1, 0]


def test_the_same_reaction_counts_once(posted: World) -> None:
    assert insert_reaction(posted.connection, "m1", "👍", "a")
    assert not insert_reaction(posted.connection, "m1", "👍", "a")
    assert delete_reaction(posted.connection, "m1", "👍", "a")
    assert not delete_reaction(posted.connection, "m1", "👍", "a")


def test_all_of_a_message_go_together(posted: World) -> None:
    insert_reaction(posted.connection, "m1", "👍", "a")
    insert_reaction(posted.connection, "m2", "👍", "a")
    delete_reactions(posted.connection, "m1")
    assert list(select_reactions(posted.connection, ["m1", "m2"])) == ["m2"]
