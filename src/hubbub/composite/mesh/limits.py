"""How much the mesh holds and how long it waits; sizes in bytes, times in seconds."""

from __future__ import annotations

KIBIBYTES = 1024
MEBIBYTES = 1024 * KIBIBYTES

FRAME_BYTES = 64 * MEBIBYTES  # peers are of the same user; more is a fault, and would be taken into memory
LINK_BYTES = 8 * MEBIBYTES  # waiting for one peer; one that far behind is let go, and heals when it is back
BACKLOG = 4_096  # exchanges that arrive at once
EXCHANGES = 20_000  # carried for others at once, as many as there may be sessions and their polls
INBOUND_MESSAGES = 16  # of one exchange, read before its application asks for them

SCAN_SECONDS = 0.5  # how late somebody is found whom we should have been found by
HELLO_SECONDS = 5.0  # for the first frame of a connection
CLOSE_SECONDS = 0.5  # for exchanges of others to end when we do
