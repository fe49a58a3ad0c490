"""A small world to test the SQL functions in: people, rooms and what they do, on a connection without a store."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import psycopg

from hubbub.contract.models import Room, RoomRole, User, Visibility
from hubbub.domain.changes import LoggedChange
from hubbub.domain.clock import timestamp
from hubbub.store import members, messages, rooms, spans, users
from hubbub.store.connection import Session
from hubbub.store.limits import StoreLimits
from hubbub.store.messages import StoredMessage
from hubbub.store.migrate import migrate
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.prepare import prepare
from hubbub.store.thread import ThreadedConnection
from hubbub.store.transaction import Transaction
from hubbub.testing.clock import START
from tests.store.places import Place

EPOCH = "testtest"


# What a database says of a statement that its constraints forbid.
FORBIDDEN = (sqlite3.IntegrityError, psycopg.IntegrityError)


def connect() -> ThreadedConnection:
    """The schema of a new database, in memory."""
    connection: ThreadedConnection = sqlite3.connect(":memory:", isolation_level=None, factory=ThreadedConnection)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection, Path(":memory:"))
    return connection


def connect_postgres(address: Place, bounds: StoreLimits | None = None) -> PostgresConnection:
    """The schema in a database that had none."""
    assert isinstance(address, PostgresAddress)
    connection = PostgresEngine(address, bounds or StoreLimits()).connect()
    connection.prepare(prepare)
    return connection


class World:
    """Each act happens a second after the one before; ids are those that the test gives."""

    def __init__(self, connection: Session) -> None:
        self.connection = connection
        self.now = START
        self._posted = 0

    def tick(self) -> None:
        self.now += timedelta(seconds=1)

    def change(self, type: str, room_id: str | None, *, data: str = "{}", message_id: str | None = None) -> int:
        """The id of a new row in the log."""
        return self.logged(type, room_id, data=data, message_id=message_id).id

    def logged(
        self, type: str, room_id: str | None, *, data: str = "{}", message_id: str | None = None
    ) -> LoggedChange:
        head = self.connection.begin_write()
        transaction = Transaction(self.connection, epoch=EPOCH, head=head, now=self.now)
        change = transaction.append_change(type, room_id=room_id, actor_id=None, data=data, message_id=message_id)
        self.connection.commit_write(change.id, changed=True, announced=False)
        return change

    def user(self, user_id: str, *, username: str | None = None) -> User:
        self.tick()
        name = username or user_id
        return users.insert_user(
            self.connection,
            user_id=user_id,
            username=name,
            username_key=name.casefold(),
            display_name=name.title(),
            role="member",
            password_hash=f"hash of {user_id}",
            now=self.now,
        )

    def room(self, room_id: str, *, visibility: Visibility = "public", direct_key: str | None = None) -> Room:
        self.tick()
        return rooms.insert_room(
            self.connection,
            room_id=room_id,
            name=f"Room {room_id}",
            topic="",
            visibility=visibility,
            direct_key=direct_key,
            now=self.now,
        )

    def join(self, room_id: str, user_id: str, *, role: RoomRole = "member") -> int | None:
        """The id of the change that tells of it; None when they were a member."""
        self.tick()
        if members.insert_member(self.connection, room_id=room_id, user_id=user_id, role=role, now=self.now) is None:
            return None
        change_id = self.change("member_joined", room_id)
        spans.open_span(self.connection, room_id, user_id, change_id)
        return change_id

    def leave(self, room_id: str, user_id: str) -> int | None:
        """The id of the change that tells of it; None when they were no member."""
        self.tick()
        if not members.delete_member(self.connection, room_id, user_id):
            return None
        change_id = self.change("member_left", room_id)
        spans.close_span(self.connection, room_id, user_id, change_id)
        return change_id

    def delete_room(self, room_id: str) -> int | None:
        """The id of the change that tells of it; None when there was no such room."""
        self.tick()
        if rooms.mark_room_deleted(self.connection, room_id, self.now) is None:
            return None
        change_id = self.change("room_deleted", room_id)
        spans.close_all_spans(self.connection, room_id, change_id)
        return change_id

    def post(
        self,
        room_id: str,
        author_id: str,
        body: str = "hello",
        *,
        client_id: str | None = None,
        reply_to: str | None = None,
    ) -> StoredMessage:
        """A message with the id m1, m2, … in the order of posting, in the log as well."""
        self.tick()
        self._posted += 1
        new = messages.NewMessage(f"m{self._posted}", room_id, author_id, body, client_id, reply_to)
        messages.insert_messages(self.connection, [new], self.now)
        self.change("message_posted", room_id, data=messages.posted_json(new, timestamp(self.now)), message_id=new.id)
        stored = messages.select_message(self.connection, new.id)
        assert stored is not None
        return stored


class SqliteWorld(World):
    """With what only SQLite's connections can be asked."""

    connection: ThreadedConnection
