"""How much the bus holds and how long it waits; sizes in bytes, times in seconds."""

from __future__ import annotations

KIBIBYTES = 1024
MEBIBYTES = 1024 * KIBIBYTES

WORD_BYTES = 8 * MEBIBYTES  # who is here, of 300,000 people; Redis drops a listener for whom more waits a minute long
CARD_CHARS = 512  # a host name has 253 (RFC 1035, 2.3.4)
PEERS = 1_000  # far more processes than Redis could carry words between

CONNECT_SECONDS = 2.0  # for Redis to take a connection and the subscription
PUBLISH_SECONDS = 2.0  # for Redis to take one word; what comes meanwhile is merged into the next
CALL_SECONDS = 2.0  # for another host to take a request that is handed to it
RATE_SECONDS = 0.25  # for Redis to count something for all hosts; then each host counts for itself
BEAT_SECONDS = 1.0  # between two words of a process that has nothing to say
SILENCE_SECONDS = 3.0  # without hearing our own words: then the connection is given up, whatever TCP says of it
GONE_SECONDS = 5.0  # without a word of a process: then it is gone
KEEP_SECONDS = 60.0  # without Redis, until nobody elsewhere counts as here; what was known last is better than nothing

LOOK_SECONDS = 1.0  # between two looks for what was missed while nothing is heard
CALM_LOOK_SECONDS = 10.0  # while all is heard: for those who write to the log and tell nobody here
WATCH_SECONDS = 0.25  # how late a look, or a silence, may be noticed

FIRST_PAUSE_SECONDS = 0.1  # before connecting again; doubled each time
LONGEST_PAUSE_SECONDS = 2.0
CLOSE_SECONDS = 0.5  # for a goodbye when we end
