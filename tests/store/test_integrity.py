"""Whether a file is sound."""

from __future__ import annotations

from hubbub.store.integrity import select_problems
from tests.store.world import World


def test_a_sound_database_has_no_problems(world: World) -> None:
    world.user("a")
    world.room("r1")
    world.post("r1", "a")
    assert select_problems(world.connection) == []


def test_what_refers_to_nothing_is_told(world: World) -> None:
    world.connection.execute("PRAGMA foreign_keys = OFF")
    world.room("r1")
    world.post("r1", "nobody")
    assert select_problems(world.connection) == ["row 1 in messages refers to nothing in users"]


def test_what_breaks_a_rule_of_its_table_is_told(world: World) -> None:
    world.connection.execute("PRAGMA ignore_check_constraints = ON")
    world.user("a")
    world.connection.execute("UPDATE users SET role = 'emperor'")
    world.connection.execute("PRAGMA ignore_check_constraints = OFF")
    assert select_problems(world.connection) == ["CHECK constraint failed in users"]
