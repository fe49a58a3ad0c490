"""The patterns this project started from, row by row: what each asks for and what is true of it.

They come from four documents: OpenHands' base application, asgiref's server base, notes on Starlette, ASGI and WSGI,
and python-engineio's ASGI middleware.
"""

from __future__ import annotations

from dataclasses import dataclass

SECTIONS = {
    "1": "One process for HTTP and Socket.IO",
    "2": "Servers for stateless protocols",
    "3": "ASGI, WSGI and what goes beyond request and response",
    "4": "Engine.IO as ASGI middleware",
}


@dataclass(frozen=True)
class Row:
    """One pattern: what it asks for, and what is true where the document it comes from was wrong."""

    asks: str
    truth: str = ""

    def __post_init__(self) -> None:
        assert "|" not in self.asks + self.truth, "a cell of a table"


ROWS: dict[str, Row] = {
    "1.1": Row("An HTTP API and Socket.IO in one process, with one entry point"),
    "1.2": Row(
        "Socket.IO outermost, everything else delegated", "by path prefix; a websocket elsewhere reaches the inner one"
    ),
    "1.3": Row(
        "One lifecycle for both",
        "a hook given to the library's `ASGIApp` cuts the inner lifespan off; here each runs, in order",
    ),
    "1.4": Row(
        "The same middleware, authentication and configuration for both",
        "middleware of the inner application never sees Socket.IO; the door goes around all transports",
    ),
    "1.5": Row("Replay from the latest event on connect", "a cursor, which also survives restarts"),
    "2.1": Row(
        "A base class for servers of stateless protocols, asgiref's `StatelessServer`",
        "its limit is off by one, a cancelled application ends `arun`, nothing expires, deleting does not wait",
    ),
    "2.2": Row("An HTTP server on it", "the document's awaits a queue, shares one writer and reads no body"),
    "2.3": Row("A WebSocket server on it", "the document's ends at once and shares one socket"),
    "2.4": Row("A load balancer over several applications, with a circuit breaker", "the document's has neither"),
    "2.5": Row("Instances with statistics, expiry and a limit", "the document's counts stay at 0"),
    "2.6": Row("A stateless protocol in real use", "syslog over UDP, into a room"),
    "3.1": Row("The smallest ASGI application", "it answers the lifespan too"),
    "3.2": Row("The smallest WSGI application, under a prefix beside the rest"),
    "3.3": Row("A Starlette application as a guest; FastAPI and Django the same"),
    "3.4": Row("A WebSocket that echoes, driven from the command line"),
    "3.5": Row("Server-Sent Events and long polling, and the proxy that buffers them"),
    "3.6": Row("A WSGI site kept as it is, with an ASGI application beside it behind a proxy"),
    "4.1": Row(
        "`ASGIApp` and its documented parts",
        "`serve_static_file` takes a dict, hooks cut the inner application off, `not_found` is wrong for websockets",
    ),
    "4.2": Row(
        "Static files by rules, streamed, with their types",
        "prefixes and no regular expressions; the library reads while it blocks and knows eight types",
    ),
    "4.3": Row("A periodic task, started and cancelled with the lifespan"),
    "4.4": Row("An endpoint at a path of one's own"),
    "4.5": Row("Several Engine.IO servers in one process", "the document's middleware does not work"),
    "4.6": Row("A broadcast from a REST handler", "`eio.manager` does not exist"),
    "4.7": Row(
        "Bearer tokens for REST and for connect, and sessions",
        "the scope is `environ['asgi.scope']`; a client that is disconnected within connect is still told 200",
    ),
    "4.8": Row("A native WebSocket beside it"),
    "4.9": Row("The scope in handlers: client, headers, query", "`REMOTE_ADDR` is 127.0.0.1 for everybody"),
    "4.10": Row(
        "Several workers",
        "Engine.IO has no client managers, and Socket.IO's hold no sessions; here no sticky sessions are needed",
    ),
    "4.11": Row("Errors are handled", "after a POST the library's errors are told as 200"),
}
