"""How much the composite layer holds and how long it waits, in seconds unless said otherwise."""

from __future__ import annotations

# From SIGTERM to the end, whatever peers and handlers do; Kubernetes kills after 30, people after 10, Docker too.
PROCESS_END_SECONDS = 7.0

# Handlers of the drain: telling every client of a full server takes a few hundred milliseconds.
FAREWELL_SECONDS = 1.0
# Requests in flight when the drain begins; a slow page or a commit, not a long poll.
GRACE_SECONDS = 3.0
# A websocket told to close, or a TLS connection, has this long to answer; its close is on the way.
CLOSE_SECONDS = 0.2
# A handler that is cancelled has this long to clean up.
CANCEL_SECONDS = 0.5
# Who takes nothing of its answer, or of anything else that is written to it, for so long is taken to be gone.
TAKE_SECONDS = 30.0
# A connection whose transport was aborted has this long to notice.
CUT_SECONDS = 0.5
# Each hook and the inner application's shutdown: a checkpoint of the database, the last write of a file.
HOOK_SECONDS = 2.0
# Farewells and grace are over by then, so a server that has not come to its shutdown by itself will not come.
RESCUE_SECONDS = 5.0

# Requests and websockets at once in one process; a backstop far above what connections are limited to.
EXCHANGES = 50_000
# Clients of a draining or full server come back after this long.
RETRY_AFTER_SECONDS = 2.0

# What a file from a mapping is read in, in bytes: one thread hop each, and no more of it in memory at once.
FILE_CHUNK_BYTES = 256 * 1024
