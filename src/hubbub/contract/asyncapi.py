"""The AsyncAPI 3.0 document: what is said over Socket.IO and over the native WebSocket, made of the contract's tables.

It describes the server, so commands are received and events are sent.
https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import NoneType

from pydantic import BaseModel, TypeAdapter

from hubbub.contract import addresses
from hubbub.contract.asyncapi_messages import (
    CONNECT,
    CONNECT_ERROR,
    REFUSED,
    SOCKETIO_COMMANDS,
    WEBSOCKET_COMMANDS,
    AnyCommand,
    done,
    socketio_messages,
    websocket_messages,
)
from hubbub.contract.events import CHANGES, EVENTS
from hubbub.contract.fields import Cursor
from hubbub.contract.models import ConnectAuth, SocketError
from hubbub.contract.schemas import Schema, change_schema, object_name, schemas_of

SOCKETIO, WEBSOCKET = "socketio", "websocket"  # the channels, and the servers that have them

_HOST = {"default": "127.0.0.1:8443", "description": "Where your server is, with its port."}
_DESCRIPTION = """\
Commands and events over one durable, ordered log of changes. What REST takes and gives is in `/openapi.json`; the \
objects and the error codes are the same."""
_SOCKETIO = """\
Connect with `auth: {token, cursor?}`, or with the cookie. With a cursor what was missed comes first; then `ready`. A \
command is an event with one argument and an acknowledgement, an event has one argument."""
_WEBSOCKET = """\
JSON text frames. With the cookie or an `Authorization` header the connection is somebody's at once; without, the \
first frame is `authenticate`. What was missed comes next, then `ready`."""


def asyncapi_document(version: str) -> Schema:
    """The whole document, for this version of the server."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Hubbub", "version": version, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {
            SOCKETIO: {"pathname": addresses.SOCKETIO, **_server("Socket.IO 3 or later, by polling or by WebSocket.")},
            WEBSOCKET: _server("A WebSocket without a library above it."),
        },
        "channels": {SOCKETIO: _socketio(), WEBSOCKET: _websocket()},
        "operations": {
            f"{SOCKETIO}_{CONNECT}": _receive(SOCKETIO, CONNECT, ("ready", CONNECT_ERROR), "Connect."),
            **_operations(SOCKETIO, SOCKETIO_COMMANDS),
            **_operations(WEBSOCKET, WEBSOCKET_COMMANDS),
        },
        "components": {"schemas": _schemas(), "securitySchemes": _security()},
    }


def _server(description: str) -> Schema:
    return {
        "host": "{host}",
        "protocol": "wss",
        "description": f"{description} Without TLS the protocol is `ws`.",
        "variables": {"host": _HOST},
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in _security()],
    }


def _security() -> Schema:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "The token that signing in gives."},
        "cookie": {"type": "httpApiKey", "in": "cookie", "name": addresses.SESSION_COOKIE},
    }


def _socketio() -> Schema:
    return {
        "address": addresses.SOCKETIO_NAMESPACE,
        "title": "The namespace of Socket.IO",
        "description": _SOCKETIO,
        "servers": [{"$ref": f"#/servers/{SOCKETIO}"}],
        "messages": socketio_messages(),
    }


def _websocket() -> Schema:
    since = {**TypeAdapter(Cursor).json_schema(), "description": "Where to go on; `authenticate` may say it instead."}
    query = {"type": "object", "properties": {"since": since}}
    return {
        "address": addresses.WEBSOCKET,
        "title": "The native WebSocket",
        "description": _WEBSOCKET,
        "servers": [{"$ref": f"#/servers/{WEBSOCKET}"}],
        "messages": websocket_messages(),
        "bindings": {"ws": {"method": "GET", "query": query}},
    }


def _operations(channel: str, commands: Sequence[AnyCommand]) -> dict[str, Schema]:
    received = {
        f"{channel}_{command.name}": _receive(channel, command.name, (done(command), REFUSED), command.summary)
        for command in commands
    }
    return received | {f"{channel}_{name}": _send(channel, name, event.summary) for name, event in EVENTS.items()}


def _send(channel: str, name: str, summary: str) -> Schema:
    return {"action": "send", "summary": summary, **_place(channel, name)}


def _receive(channel: str, name: str, answers: Sequence[str], summary: str) -> Schema:
    return {"action": "receive", "summary": summary, **_place(channel, name), "reply": _place(channel, *answers)}


def _place(channel: str, *messages: str) -> Schema:
    return {
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"} for message in messages],
    }


def _schemas() -> Schema:
    found = schemas_of(_models())
    found |= {object_name(name): change_schema(name, event) for name, event in CHANGES.items()}
    return dict(sorted(found.items()))


def _models() -> Iterator[type[BaseModel]]:
    yield from (ConnectAuth, SocketError)
    for command in WEBSOCKET_COMMANDS:
        yield command.request
        if command.answer is not NoneType:
            yield command.answer
    yield from (event.carries for event in EVENTS.values())
