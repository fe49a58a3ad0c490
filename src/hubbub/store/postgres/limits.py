"""How long the store waits for PostgreSQL, beside the bounds that hold for every engine (`store.limits`).

Times are in seconds.
"""

from __future__ import annotations

OLDEST_SERVER = 140_000  # PostgreSQL 14, the oldest that its makers still look after
CONNECT_SECONDS = 5  # for one host of the address; libpq takes whole seconds
SILENT_SECONDS = 10  # until a host that has vanished without a word counts as gone: the network's own would be minutes
KEEPALIVE_IDLE = 5  # before a connection on which nothing happens is asked whether it is still there,
KEEPALIVE_INTERVAL = 2  # how often,
KEEPALIVE_COUNT = 3  # and how many times for nothing
STATEMENT_SECONDS = 30  # the longest statement of the house is a page of the log, some milliseconds
CACHED_STATEMENTS = 256  # prepared statements of a connection; the store has about 120
FIRST_DELAY = 0.1  # before connecting is tried again, doubled each time
LONGEST_DELAY = 2.0  # up to this, which is how late a database that is back may be noticed
LOOK_SECONDS = 2.0  # how often the head of the log is looked at, whatever was heard
CLAIM_SECONDS = 5  # that a restore waits to be alone: the database soon forgets a server that was just stopped
