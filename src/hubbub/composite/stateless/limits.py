"""How much the stateless servers hold and how long they wait; sizes in bytes, times in seconds."""

from __future__ import annotations

KIBIBYTES = 1024
MEBIBYTES = 1024 * KIBIBYTES

# --- application instances ---
QUEUE_MESSAGES = 1_000  # that wait for one instance; more is a sender that is faster than its application
IDLE_SECONDS = 600.0  # without a message in or out; whoever sends again gets a new instance
END_SECONDS = 2.0  # for instances to end once they were cancelled; what does not is named in the log

ENDING_APPLICATIONS = 10_000  # that were cancelled and have not ended; each holds a task and its scope

# --- HTTP/1.1 ---
HTTP_CONNECTIONS = 1_000
HTTP_BACKLOG = 2_048  # connects that arrive at once
HEAD_BYTES = 64 * KIBIBYTES  # request line and headers; browsers and proxies stay below 32
HEAD_SECONDS = 10.0  # from a request's first byte to the end of its head; slower ones hold a connection on purpose
KEEP_ALIVE_SECONDS = 30.0  # between two requests
BODY_BYTES = 16 * MEBIBYTES  # of a request
BODY_SECONDS = 30.0  # between two pieces of a request's body
TAKE_SECONDS = 30.0  # for a client to take what it is sent
UNREAD_BYTES = MEBIBYTES  # of a body that the application did not want, read so that the connection can go on
LINGER_SECONDS = 1.0  # for a client to take the last answer and close
READ_BYTES = 64 * KIBIBYTES  # asked of a socket at once

# --- WebSocket ---
WEBSOCKETS = 1_000
WEBSOCKET_MESSAGE_BYTES = MEBIBYTES
WEBSOCKET_QUEUE_MESSAGES = 16  # received, and not yet taken by the application; beyond that reading stops
HANDSHAKE_SECONDS = 10.0  # for the client's request, and for the application to accept or refuse it
PING_SECONDS = 20.0  # between pings, and for the answer to one
CLOSE_SECONDS = 5.0  # for the other side to answer a close
