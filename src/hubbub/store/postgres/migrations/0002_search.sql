-- The words of the messages, without their texts.  `place` is the id of the change that posted the message.
CREATE TABLE search (
    place BIGINT PRIMARY KEY,
    words TSVECTOR NOT NULL
);
-- What is taken in waits in a list that each search reads; it is kept short (kB).
CREATE INDEX search_by_word ON search USING gin (words) WITH (gin_pending_list_limit = 256);

-- One row: up to which change the messages are in it, and how many were taken out since the last look.
-- A database from before this begins at 0, and is filled by the running server.
CREATE TABLE search_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    indexed_to BIGINT NOT NULL,
    erased BIGINT NOT NULL
);
INSERT INTO search_state VALUES (1, 0, 0);
