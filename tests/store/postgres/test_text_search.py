"""How words are cut for PostgreSQL, and what its limits leave of a message; the rest is `store/test_search.py`."""

from __future__ import annotations

import pytest

from hubbub.contract.limits import BODY_CHARS
from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.text_search import NEAR, WORD_CHARS, WORD_PLACES, TextSearch, words_of
from hubbub.store.words import Entry, Wanted
from tests.store.world import World


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world!", ["hello", "world"]),
        ("foo-bar.py", ["foo", "bar", "py"]),
        ("CAFÉ ﬁne Ｗ", ["cafe", "fine", "ｗ"]),
        ("ΛΌΓΟΣ", ["λόγοσ"]),
        ("й 각", ["й", "각"]),
        ("東京!", ["東", "京"]),
        ("👩🏽\u200d🚒", ["👩", "🚒"]),
        ("a'b\\c:1", ["a", "b", "c", "1"]),
        ("\x00\ud800 ", []),
        ("!!!", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def found(connection: PostgresConnection, text: str, body: str) -> bool:
    """Whether a message of the log is found by a text."""
    World(connection).change("message_posted", "r1", message_id="m1")
    index = TextSearch()
    index.add(connection, [Entry(1, body, "r1", "a")])
    return bool(index.find(connection, Wanted(text), 0, 10, 10))


def test_a_body_of_one_word_repeated_is_found(connection: PostgresConnection) -> None:
    body = "東" * BODY_CHARS
    assert len(body) > WORD_PLACES
    assert found(connection, "東" * 100, body)


def test_a_body_that_is_one_long_word_comes_in_as_far_as_a_word_may_reach(connection: PostgresConnection) -> None:
    body = "é" * BODY_CHARS
    assert len(body) > WORD_CHARS
    assert found(connection, "e" * WORD_CHARS, body)


def test_a_body_of_all_different_words_comes_in(connection: PostgresConnection) -> None:
    body = "".join(chr(code) for code in range(0x4E00, 0x4E00 + BODY_CHARS))
    assert found(connection, body[-2:], body)


@pytest.mark.parametrize(
    ("text", "reach", "index"), [("word", NEAR, "search_pkey"), ("nowhere", NEAR + 1, "search_by_word")]
)
def test_a_common_word_is_found_by_places_close_by_and_a_rare_one_by_words_far_away(
    connection: PostgresConnection, monkeypatch: pytest.MonkeyPatch, text: str, reach: int, index: str
) -> None:
    connection.execute(
        "INSERT INTO search (place, words) SELECT n, CAST('word:1' AS tsvector) FROM generate_series(1, 50000) AS n"
    )
    connection.execute("ANALYZE search")
    execute = connection.execute
    monkeypatch.setattr(connection, "execute", lambda sql, parameters: execute(f"EXPLAIN {sql}", parameters))
    # Each time: after five the plan no longer knows what is looked for.
    for _ in range(7):
        plan = TextSearch().find(connection, Wanted(text), 50_000 - reach, 50_000, 10)
        assert any(index in line for (line,) in plan), plan


@pytest.mark.parametrize("id", ["r'1", "\\", "' | '", ":*"])
def test_no_id_is_syntax(connection: PostgresConnection, id: str) -> None:
    World(connection).change("message_posted", id, message_id="m1")
    index = TextSearch()
    index.add(connection, [Entry(1, "hello", id, id)])
    assert [row[0] for row in index.find(connection, Wanted("hello", id, id), 0, 10, 10)] == [1]
    assert index.find(connection, Wanted("hello", "r2", id), 0, 10, 10) == []
