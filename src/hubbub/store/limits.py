"""How much the store takes in and how long it works at a stretch."""

from __future__ import annotations

from dataclasses import dataclass

MILLISECONDS = 0.001
KIBIBYTES = 1024
MEBIBYTES = 1024 * KIBIBYTES


@dataclass(frozen=True)
class StoreLimits:
    """Every bound of one store; tests make them small.

    Times are in seconds.  None of them may be None, 0 or negative.
    """

    writes_waiting: int = 4096  # a quarter of a second of work (figures: docs/decisions/0002-storage.md)
    batch_writes: int = 256  # a larger group saves nothing more: the commit is 2 % of its time
    batch_seconds: float = 20 * MILLISECONDS  # of the writer's own work, which the first of a group waits for
    read_connections: int = 4  # each is a thread; more threads than this wait for the interpreter, not for the disk
    reads_waiting: int = 1024  # half a second of history pages
    retry_after_seconds: float = 1.0  # a full queue is worked off well within it
    busy_seconds: float = 5.0  # how long another process (a backup, the command line) may hold the write lock
    close_seconds: float = 2.0  # queued writes and reads in flight at the end; the rest is refused


JOURNAL_BYTES = 64 * MEBIBYTES  # what the write-ahead log keeps on disk after a checkpoint
CACHE_KIBIBYTES = 16 * KIBIBYTES  # page cache of the writer: the hot ends of all indexes at a million messages
CACHED_STATEMENTS = 256  # prepared statements a connection keeps; the store has about 120
SETTLE_COMMITS = 64  # before the engine tidies up while nothing waits: some 576 pages of SQLite's log
GROUP_WRITES = 64  # of one kind done at once: about 2 ms, a tenth of `batch_seconds`
SIBLINGS = 5  # writers, or fewer, who do not wait for each other: PostgreSQL's `commit_siblings`
SCAN_CHANGES = 5_000  # log rows that one `select_changes` looks at: some 3 ms
INDEX_CHANGES = 256  # log rows that one `index_changes` takes in: some 4 ms, which posts wait for
