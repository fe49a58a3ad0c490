"""No hot query reads a table from end to end, and history costs the same however much of it there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hubbub.store import answers, invites, log, members, messages, reactions, rooms, search, sessions, spans, users
from hubbub.store.thread import ThreadedConnection
from hubbub.store.words import Wanted
from hubbub.testing.clock import START
from tests.store.world import EPOCH, SqliteWorld

Query = Callable[[ThreadedConnection], object]

HOT: dict[str, Query] = {
    "select_user": lambda c: users.select_user(c, "a"),
    "select_user_by_key": lambda c: users.select_user_by_key(c, "a"),
    "select_users": lambda c: users.select_users(c, "a", 10),
    "update_display_name": lambda c: users.update_display_name(c, "a", "A"),
    "select_session_by_token_hash": lambda c: sessions.select_session_by_token_hash(c, "x"),
    "select_roles": lambda c: sessions.select_roles(c, ["s", "t"]),
    "has_session": lambda c: sessions.has_session(c, "a", "s"),
    "select_sessions": lambda c: sessions.select_sessions(c, "a"),
    "touch_session": lambda c: sessions.touch_session(c, "s", last_used_at=START, expires_at=START),
    "delete_session": lambda c: sessions.delete_session(c, "a", "s"),
    "delete_oldest_sessions": lambda c: sessions.delete_oldest_sessions(c, "a", 1),
    "delete_expired_sessions": lambda c: sessions.delete_expired_sessions(c, START),
    "use_invite": lambda c: invites.use_invite(c, "x", START),
    "delete_expired_invites": lambda c: invites.delete_expired_invites(c, START),
    "select_room": lambda c: rooms.select_room(c, "r1"),
    "select_direct_room": lambda c: rooms.select_direct_room(c, "a b"),
    "select_last_seq": lambda c: rooms.select_last_seq(c, "r1"),
    "select_room_for_user": lambda c: rooms.select_room_for_user(c, "r1", "a"),
    "select_rooms_for_user": lambda c: rooms.select_rooms_for_user(c, "a", None, 10),
    "update_room": lambda c: rooms.update_room(c, "r1", name="", topic="", visibility="public"),
    "mark_room_deleted": lambda c: rooms.mark_room_deleted(c, "r2", START),
    "select_room_to_erase": rooms.select_room_to_erase,
    "mark_room_erased": lambda c: rooms.mark_room_erased(c, "r2"),
    "insert_member": lambda c: members.insert_member(c, room_id="r1", user_id="b", role="member", now=START),
    "select_member": lambda c: members.select_member(c, "r1", "a"),
    "select_members": lambda c: members.select_members(c, "r1", "a", 10),
    "select_members_of": lambda c: members.select_members_of(c, ["r1", "r2"]),
    "select_oldest_other_member": lambda c: members.select_oldest_other_member(c, "r1", "b"),
    "select_room_ids": lambda c: members.select_room_ids(c, "a"),
    "select_places": lambda c: rooms.select_places(c, [("r1", "a"), ("r2", "a"), ("r1", "b")]),
    "update_read_seqs": lambda c: members.update_read_seqs(c, {("r1", "a"): 2, ("r2", "a"): 1, ("r1", "b"): 3}),
    "update_member_role": lambda c: members.update_member_role(c, "r1", "a", "owner"),
    "update_read_seq": lambda c: members.update_read_seq(c, "r1", "a", 1),
    "delete_member": lambda c: members.delete_member(c, "r1", "a"),
    "close_span": lambda c: spans.close_span(c, "r1", "a", 1_000),
    "close_all_spans": lambda c: spans.close_all_spans(c, "r1", 1_000),
    "insert_messages": lambda c: messages.insert_messages(
        c, [messages.NewMessage(id, "r1", "a", "", id, "m1") for id in "xyz"], START
    ),
    "select_message": lambda c: messages.select_message(c, "m1"),
    "select_posted_ids": lambda c: messages.select_posted_ids(c, [("a", "c1"), ("a", "c2"), ("b", "c1")]),
    "select_messages_before": lambda c: messages.select_messages_before(c, "r1", 9, 10),
    "select_messages_after": lambda c: messages.select_messages_after(c, "r1", 1, 10),
    "select_messages_around": lambda c: messages.select_messages_around(c, "r1", 5, 10),
    "select_written_after": lambda c: messages.select_written_after(c, "r1", 5, 10),
    "update_body": lambda c: messages.update_body(c, "m1", "a", "x", START),
    "delete_message": lambda c: messages.delete_message(c, "m1", START),
    "insert_reaction": lambda c: reactions.insert_reaction(c, "m1", "x", "a"),
    "select_reactions": lambda c: reactions.select_reactions(c, ["m1", "m2"]),
    "count_emojis": lambda c: reactions.count_emojis(c, "m1"),
    "delete_reaction": lambda c: reactions.delete_reaction(c, "m1", "x", "a"),
    "select_changes": lambda c: log.select_changes(c, EPOCH, "a", 2, 10),
    "select_visible_ids": lambda c: log.select_visible_ids(c, "a", 2, 10),
    "select_changes_by_id": lambda c: log.select_changes_by_id(c, EPOCH, (2, 4)),
    "insert_changes": lambda c: log.insert_changes(
        c, EPOCH, "message_posted", [log.Entry("r1", "a", None, "{}") for _ in range(3)], first=1_000, at=START
    ),
    "select_change_range": lambda c: log.select_change_range(c, EPOCH, 2, 4),
    "select_posted_change": lambda c: log.select_posted_change(c, EPOCH, "m1"),
    "redact_message": lambda c: log.redact_message(c, "m1"),
    "select_messages": lambda c: messages.select_messages(c, ["m1", "m2"]),
    "select_hits": lambda c: search.select_hits(c, Wanted("hello", "r1", "a"), 100, 10, 50),
    "select_indexed_to": search.select_indexed_to,
    "index_changes": search.index_changes,
    "select_erased": search.select_erased,
    "forget_erased": lambda c: search.forget_erased(c, 0),
    "select_answer": lambda c: answers.select_answer(c, "s", "k"),
}

# Lists that were passed in, the one row that keeps the last id of the log, rows already found, an index that holds
# nothing but what is looked for, and FTS5, which SQLite calls a scan though it goes by words and by a range of rowids.
HARMLESS = (
    "SCAN json_each",
    "SCAN 2 CONSTANT ROWS",
    "SCAN CONSTANT ROW",
    "SCAN asked",
    "SCAN moved",
    "SCAN sqlite_sequence",
    "SCAN span",
    "SCAN found_",
    "SCAN (subquery",
    "SCAN SUBQUERY",
    "SCAN rooms USING INDEX rooms_to_erase",
    "SCAN search VIRTUAL TABLE",
)


@pytest.fixture
def busy(sqlite_world: SqliteWorld) -> SqliteWorld:
    for name in "ab":
        sqlite_world.user(name)
    for room_id in ("r1", "r2"):
        sqlite_world.room(room_id)
        sqlite_world.join(room_id, "a", role="owner")
    for _ in range(12):
        sqlite_world.post("r1", "a")
    return sqlite_world


@pytest.mark.parametrize("name", HOT)
def test_nothing_is_read_from_end_to_end(busy: SqliteWorld, name: str) -> None:
    statements: list[str] = []
    busy.connection.set_trace_callback(statements.append)
    HOT[name](busy.connection)
    busy.connection.set_trace_callback(None)
    assert statements
    # What FTS5 asks its own tables by itself is traced as a comment.
    for statement in (each for each in statements if not each.startswith("--")):
        plan = [row[3] for row in busy.connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        scans = [step for step in plan if step.startswith("SCAN") and not step.startswith(HARMLESS)]
        if statement.startswith("INSERT INTO messages"):
            # For messages that refer to what comes after them; passed over (`OP_FkIfZero`) while none does.
            scans = [step for step in scans if step != "SCAN messages"]
        assert not scans, (statement, plan)


def steps(world: SqliteWorld, query: Query) -> int:
    """How many instructions of SQLite's machine the query takes: its cost, whatever the machine below does."""
    count = 0

    def counted() -> int:
        nonlocal count
        count += 1
        return 0

    world.connection.set_progress_handler(counted, 1)
    query(world.connection)
    world.connection.set_progress_handler(None, 1)
    return count


def lengthen(world: SqliteWorld, messages_in_all: int) -> None:
    world.connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO messages (id, room_id, room_seq, author_id, body, created_at)"
        " SELECT 'x' || i, 'r2', i, 'a', 'hello', '2025-03-01T12:00:00.000Z' FROM n WHERE i > ?",
        (messages_in_all, world.connection.execute("SELECT last_seq FROM rooms WHERE id = 'r2'").fetchone()[0]),
    )
    world.connection.execute("UPDATE rooms SET last_seq = ? WHERE id = 'r2'", (messages_in_all,))


@pytest.mark.parametrize(
    "page",
    [
        lambda c: messages.select_messages_before(c, "r2", None, 50),
        lambda c: messages.select_messages_before(c, "r2", 500, 50),
        lambda c: messages.select_messages_after(c, "r2", 500, 50),
        lambda c: messages.select_messages_around(c, "r2", 500, 50),
        lambda c: rooms.select_rooms_for_user(c, "a", None, 50),
    ],
)
def test_a_page_costs_the_same_in_a_short_and_in_a_long_history(busy: SqliteWorld, page: Query) -> None:
    lengthen(busy, 1_000)
    short = steps(busy, page)
    lengthen(busy, 100_000)
    assert steps(busy, page) == short


def test_posting_many_costs_the_same_in_a_short_and_in_a_long_history(busy: SqliteWorld) -> None:
    def post(prefix: str) -> int:
        new = [messages.NewMessage(f"{prefix}{number}", "r1", "a", "x", None, "m1") for number in range(16)]
        return steps(busy, lambda c: messages.insert_messages(c, new, START))

    lengthen(busy, 1_000)
    short = post("short")
    lengthen(busy, 100_000)
    assert post("long") == short


def test_the_log_is_scanned_no_further_than_its_bound(busy: SqliteWorld) -> None:
    def lengthened(rows: int) -> int:
        busy.connection.executemany(
            "INSERT INTO changes (type, room_id, at, data) VALUES ('message_posted', 'r1', ?, '{}')",
            [("2025-03-01T12:00:00.000Z",)] * rows,
        )
        return steps(busy, lambda c: log.select_changes(c, EPOCH, "b", 0, 100, scan=500))

    assert lengthened(1_000) == lengthened(10_000)


def test_joining_and_leaving_often_does_not_slow_the_scan(busy: SqliteWorld) -> None:
    def rejoined(times: int) -> int:
        for _ in range(times):
            busy.join("r1", "b")
            busy.leave("r1", "b")
        after = log.select_head(busy.connection)
        for _ in range(10):
            busy.change("message_posted", "r1")
        return steps(busy, lambda c: log.select_changes(c, EPOCH, "b", after, 100))

    assert rejoined(1) == rejoined(200)
