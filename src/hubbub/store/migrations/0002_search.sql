-- The words of the messages, without their texts.  The rowid is the id of the change that posted the message, so the
-- order is that of the log.  `room` and `author` hold ids.  Categories: letters, numbers, private use, and emoji.
CREATE VIRTUAL TABLE search USING fts5(
    body, room, author,
    content='', columnsize=0,
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co So'"
);

-- One row: up to which change the messages are in it, and how many were taken out whose words still lie in its pages.
-- A database from before this begins at 0, and is filled by the running server.
CREATE TABLE search_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    indexed_to INTEGER NOT NULL,
    erased INTEGER NOT NULL
) STRICT;
INSERT INTO search_state VALUES (1, 0, 0);
