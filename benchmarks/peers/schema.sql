-- What a peer keeps: the same messages and the same log as Hubbub, with the indexes that their questions need.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE members (
    room_id TEXT NOT NULL REFERENCES rooms (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL REFERENCES rooms (id),
    author_id TEXT NOT NULL REFERENCES users (id),
    body TEXT NOT NULL,
    client_id TEXT,
    reply_to TEXT,
    created_at TEXT NOT NULL,
    edited_at TEXT,
    deleted_at TEXT
) STRICT;
CREATE INDEX messages_of_room ON messages (room_id, seq);
CREATE UNIQUE INDEX messages_by_client_id ON messages (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    room_id TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    at TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX changes_of_room ON changes (room_id, id);
