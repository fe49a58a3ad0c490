"""Accounts."""

from __future__ import annotations

import pytest

from hubbub.store.users import count_users, select_user, select_user_by_key, select_users, update_display_name
from tests.store.world import FORBIDDEN, World


def test_an_account_comes_back_as_it_was_made(world: World) -> None:
    made = world.user("u1", username="Ada")
    assert made.created_at == world.now
    assert select_user(world.connection, "u1") == made
    assert select_user_by_key(world.connection, "ada") == (made, "hash of u1")


def test_nobody_is_there_who_was_not_made(world: World) -> None:
    assert select_user(world.connection, "u1") is None
    assert select_user_by_key(world.connection, "ada") is None
    assert update_display_name(world.connection, "u1", "Ada") is None
    assert count_users(world.connection) == 0


def test_a_name_is_taken_once_however_it_is_written(world: World) -> None:
    world.user("u1", username="Ada")
    with pytest.raises(FORBIDDEN):
        world.user("u2", username="ADA")


def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    for name in "edcba":
        world.user(name)
    first = select_users(world.connection, None, 2)
    second = select_users(world.connection, first[-1].id, 2)
    third = select_users(world.connection, second[-1].id, 2)
    assert [user.id for user in [*first, *second, *third]] == list("abcde")
    assert count_users(world.connection) == 5


def test_a_display_name_changes_and_nothing_else(world: World) -> None:
    made = world.user("u1")
    changed = update_display_name(world.connection, "u1", "Countess")
    assert changed == made.model_copy(update={"display_name": "Countess"})
    assert select_user(world.connection, "u1") == changed
