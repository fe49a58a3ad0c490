"""How much syslog holds and how long it waits; sizes in bytes, times in seconds."""

from __future__ import annotations

from hubbub.composite.rates import Rate

KIBIBYTES = 1024
MEBIBYTES = 1024 * KIBIBYTES

DATAGRAM_BYTES = 8 * KIBIBYTES  # rsyslog's own limit; RFC 5424, 6.1 asks for 2,048
RECEIVE_BUFFER_BYTES = 4 * MEBIBYTES  # of the socket, as far as the system allows: a burst while a commit goes on

SOURCES = 500  # addresses that have an instance at once; the one longest silent makes room
IDLE_SECONDS = 300.0  # silent for so long, an address gives its instance back
QUEUE_MESSAGES = 100  # of one source that wait to be posted

# Above what people can read; what is beyond is counted and told in a summary.
SOURCE_MESSAGES = Rate("syslog messages of one source", burst=20, per_second=1)
ALL_MESSAGES = Rate("syslog messages", burst=200, per_second=10)
RATE_KEYS = 4_096  # sources whose rate is remembered; forged ones beyond share buckets
SUMMARY_SECONDS = 30.0  # between two summaries of what was not posted
SUMMARY_SOURCES = 5  # named in a summary; the others are counted together
LEDGER_SOURCES = 500  # counted apart until then

POST_ATTEMPTS = 5  # when the store is busy, as far apart as it asks for
RETRY_SECONDS = 1.0  # where it does not say
LEAD_SECONDS = 0.5  # how late a worker notices that it is the one to listen, or no more
BIND_SECONDS = 3.0  # for the worker that listened before to let the address go
CLOSE_SECONDS = 0.5  # for what waits to be taken when listening ends, and again for what was taken to be posted
WARN_SECONDS = 60.0  # between two lines of the log about posts that are refused
