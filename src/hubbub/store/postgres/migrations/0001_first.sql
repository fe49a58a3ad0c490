-- Times are text as `domain.clock.timestamp` writes them, so they sort.  Texts sort by their bytes, as in SQLite.

-- One row.  `epoch`: which log this is, part of every cursor.  `head`: the id of the newest change; who writes holds
-- this row until the commit, so ids become visible in their order.  `schema`: the last migration that was run.
CREATE TABLE about (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT COLLATE "C" NOT NULL,
    head BIGINT NOT NULL,
    schema INTEGER NOT NULL
);
INSERT INTO about VALUES (1, left(replace(gen_random_uuid()::text, '-', ''), 8), 0, 0);

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,
    username_key TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'member')),
    password_hash TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL
);

CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at TEXT COLLATE "C" NOT NULL,
    last_used_at TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE invites (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    code_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    created_by TEXT COLLATE "C" REFERENCES users (id),  -- NULL: made at the command line
    max_uses INTEGER NOT NULL CHECK (max_uses > 0),
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND max_uses),
    created_at TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C" NOT NULL
);
CREATE INDEX invites_by_expiry ON invites (expires_at);

CREATE TABLE rooms (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    visibility TEXT COLLATE "C" NOT NULL CHECK (visibility IN ('public', 'private')),
    direct INTEGER NOT NULL CHECK (direct IN (0, 1)),
    direct_key TEXT COLLATE "C" UNIQUE,  -- the sorted user ids of a direct room, so that there is one for the same people
    last_seq BIGINT NOT NULL DEFAULT 0,
    member_count INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0),
    created_at TEXT COLLATE "C" NOT NULL,
    last_message_at TEXT COLLATE "C",
    deleted_at TEXT COLLATE "C",
    erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1))  -- of a deleted room: its texts are gone as well
);
CREATE INDEX rooms_to_erase ON rooms (id) WHERE deleted_at IS NOT NULL AND erased = 0;
CREATE INDEX rooms_public ON rooms (id) WHERE visibility = 'public' AND deleted_at IS NULL;

CREATE TABLE members (
    room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'member')),
    joined_at TEXT COLLATE "C" NOT NULL,
    read_seq BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id, room_id);

-- Which changes of a room a user may see: those with from_id <= id <= to_id.  The spans of one user in one room are
-- disjoint, and only the last of them can be open.
CREATE TABLE spans (
    room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    from_id BIGINT NOT NULL,
    to_id BIGINT CHECK (to_id >= from_id),
    PRIMARY KEY (room_id, user_id, from_id)
);
CREATE UNIQUE INDEX spans_open ON spans (room_id, user_id) WHERE to_id IS NULL;

-- room_seq counts 1, 2, 3 … without gaps in each room: a deleted message keeps its row.
CREATE TABLE messages (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id),
    room_seq BIGINT NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    body TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C",
    reply_to TEXT COLLATE "C" REFERENCES messages (id),
    created_at TEXT COLLATE "C" NOT NULL,
    edited_at TEXT COLLATE "C",
    deleted_at TEXT COLLATE "C",
    UNIQUE (room_id, room_seq)
);
CREATE UNIQUE INDEX messages_by_client_id ON messages (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE reactions (
    message_id TEXT COLLATE "C" NOT NULL REFERENCES messages (id),
    emoji TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    position BIGINT NOT NULL,  -- the order in which they came
    PRIMARY KEY (message_id, emoji, user_id)
);

-- The log.  Its ids are counted by `about.head`, so none is given twice.  It refers to nothing, so it outlives what it tells of.
CREATE TABLE changes (
    id BIGINT PRIMARY KEY,
    type TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C",
    actor_id TEXT COLLATE "C",
    at TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C",
    data TEXT COLLATE "C" NOT NULL
);
CREATE INDEX changes_of_message ON changes (message_id) WHERE message_id IS NOT NULL;

-- The first answer to a request with an Idempotency-Key.
CREATE TABLE answers (
    scope TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, key)
);
