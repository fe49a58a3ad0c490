-- Times are text as `domain.clock.timestamp` writes them, so they sort.

-- One row: which log this is.  Part of every cursor.
CREATE TABLE about (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL
) STRICT;
INSERT INTO about VALUES (1, lower(hex(randomblob(4))));

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    token_hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    user_agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE invites (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    created_by TEXT REFERENCES users (id),  -- NULL: made at the command line
    max_uses INTEGER NOT NULL CHECK (max_uses > 0),
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND max_uses),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX invites_by_expiry ON invites (expires_at);

CREATE TABLE rooms (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    topic TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    direct INTEGER NOT NULL CHECK (direct IN (0, 1)),
    direct_key TEXT UNIQUE,  -- the sorted user ids of a direct room, so that there is one for the same people
    last_seq INTEGER NOT NULL DEFAULT 0,
    member_count INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0),
    created_at TEXT NOT NULL,
    last_message_at TEXT,
    deleted_at TEXT,
    erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1))  -- of a deleted room: its texts are gone as well
) STRICT;
CREATE INDEX rooms_to_erase ON rooms (id) WHERE deleted_at IS NOT NULL AND erased = 0;
CREATE INDEX rooms_public ON rooms (id) WHERE visibility = 'public' AND deleted_at IS NULL;

CREATE TABLE members (
    room_id TEXT NOT NULL REFERENCES rooms (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    joined_at TEXT NOT NULL,
    read_seq INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id, room_id);

-- Which changes of a room a user may see: those with from_id <= id <= to_id.  The spans of one user in one room are
-- disjoint, and only the last of them can be open.
CREATE TABLE spans (
    room_id TEXT NOT NULL REFERENCES rooms (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    from_id INTEGER NOT NULL,
    to_id INTEGER CHECK (to_id >= from_id),
    PRIMARY KEY (room_id, user_id, from_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX spans_open ON spans (room_id, user_id) WHERE to_id IS NULL;

-- room_seq counts 1, 2, 3 … without gaps in each room: a deleted message keeps its row.
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    room_id TEXT NOT NULL REFERENCES rooms (id),
    room_seq INTEGER NOT NULL,
    author_id TEXT NOT NULL REFERENCES users (id),
    body TEXT NOT NULL,
    client_id TEXT,
    reply_to TEXT REFERENCES messages (id),
    created_at TEXT NOT NULL,
    edited_at TEXT,
    deleted_at TEXT,
    UNIQUE (room_id, room_seq)
) STRICT;
CREATE UNIQUE INDEX messages_by_client_id ON messages (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE reactions (
    message_id TEXT NOT NULL REFERENCES messages (id),
    emoji TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    position INTEGER NOT NULL,  -- the order in which they came
    PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

-- The log.  AUTOINCREMENT: an id is never given twice.  It refers to nothing, so it outlives what it tells of.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    room_id TEXT,
    actor_id TEXT,
    at TEXT NOT NULL,
    message_id TEXT,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX changes_of_message ON changes (message_id) WHERE message_id IS NOT NULL;

-- The first answer to a request with an Idempotency-Key.
CREATE TABLE answers (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
