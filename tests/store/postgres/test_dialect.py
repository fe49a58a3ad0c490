"""The same statement in other words."""

from __future__ import annotations

import pytest

from hubbub.store.postgres.dialect import translated


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        ("SELECT a FROM t WHERE b = ? AND c > ?", "SELECT a FROM t WHERE b = $1 AND c > $2", ()),
        ("UPDATE t SET a = :b, c = :d WHERE e = :b", "UPDATE t SET a = $1, c = $2 WHERE e = $1", ("b", "d")),
        ("SELECT '?:a', a::text, '100 %' FROM t", "SELECT '?:a', a::text, '100 %' FROM t", ()),
        (
            "DELETE FROM t WHERE a IN (SELECT value FROM json_each(?)) AND b = ?",
            "DELETE FROM t WHERE a IN (SELECT value FROM json_array_elements_text($1::json)) AND b = $2",
            (),
        ),
        ("SELECT seq FROM sqlite_sequence WHERE name = 'changes'", "SELECT head FROM about", ()),
    ],
)
def test_parameters_are_numbered_and_literals_stay(ours: str, theirs: str, names: tuple[str, ...]) -> None:
    assert translated(ours) == (theirs.encode(), names)
