"""Where a database is, as people see it."""

from __future__ import annotations

import pytest

from hubbub.store.postgres.address import PostgresAddress


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://ada:secret@db.example:5432/chat?sslmode=require", "postgresql://db.example:5432/chat"),
        ("postgresql://db.example/chat", "postgresql://db.example/chat"),
        ("postgres://ada:se%40cret@a.example,b.example/chat", "postgres://a.example,b.example/chat"),
        ("postgresql:///chat?host=/run/postgresql&password=secret", "postgresql:///chat"),
    ],
)
def test_its_name_has_no_password(url: str, name: str) -> None:
    address = PostgresAddress(url)
    assert address.name == str(address) == name
    assert "secret" not in repr(address)
