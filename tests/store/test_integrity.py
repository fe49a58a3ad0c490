"""Whether a file is sound."""

from __future__ import annotations

from hubbub.store.integrity import select_problems
from tests.store.world import SqliteWorld


def test_a_sound_database_has_no_problems(sqlite_world: SqliteWorld) -> None:
    sqlite_world.user("a")
    sqlite_world.room("r1")
    sqlite_world.post("r1", "a")
    assert select_problems(sqlite_world.connection) == []


def test_what_refers_to_nothing_is_told(sqlite_world: SqliteWorld) -> None:
    sqlite_world.connection.execute("PRAGMA foreign_keys = OFF")
    sqlite_world.room("r1")
    sqlite_world.post("r1", "nobody")
    assert select_problems(sqlite_world.connection) == ["row 1 in messages refers to nothing in users"]


def test_what_breaks_a_rule_of_its_table_is_told(sqlite_world: SqliteWorld) -> None:
    sqlite_world.connection.execute("PRAGMA ignore_check_constraints = ON")
    sqlite_world.user("a")
    sqlite_world.connection.execute("UPDATE users SET role = 'emperor'")
    sqlite_world.connection.execute("PRAGMA ignore_check_constraints = OFF")
    assert select_problems(sqlite_world.connection) == ["CHECK constraint failed in users"]


def test_a_thorough_look_compares_each_index_with_its_table(sqlite_world: SqliteWorld) -> None:
    sqlite_world.user("a")
    sqlite_world.room("r1")
    sqlite_world.post("r1", "a")
    sqlite_world.connection.execute("PRAGMA writable_schema = ON")
    # As SQLite keeps it, the index on messages by client_id has no row for one without; now it should have.
    sqlite_world.connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'client_id IS NOT NULL', '1')"
        " WHERE name = 'messages_by_client_id'"
    )
    sqlite_world.connection.execute("PRAGMA schema_version = 1000")
    assert select_problems(sqlite_world.connection) == []
    assert "row 1 missing from index messages_by_client_id" in select_problems(sqlite_world.connection, thorough=True)
