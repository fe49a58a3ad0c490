"""The messages of both socket transports for the AsyncAPI document: commands, their answers, events.

The same tables twice: Socket.IO has a name, an argument and an acknowledgement, the native WebSocket frames.
"""

from __future__ import annotations

from types import NoneType
from typing import Any

from hubbub.contract.commands import AUTHENTICATE, COMMANDS, Command
from hubbub.contract.events import CHANGES, EVENTS, NOTICES
from hubbub.contract.models import CommandFrame, ConnectAuth, SocketError
from hubbub.contract.schemas import Schema, object_name, reference, schemas_of

AnyCommand = Command[Any, Any]

# Messages beside those that are named after commands and events.
REFUSED, CONNECT, CONNECT_ERROR = "refused", "connect", "connect_error"

SOCKETIO_COMMANDS: tuple[AnyCommand, ...] = tuple(COMMANDS.values())
WEBSOCKET_COMMANDS: tuple[AnyCommand, ...] = (AUTHENTICATE, *COMMANDS.values())

_COMMAND_ID: Schema = schemas_of([CommandFrame])[CommandFrame.__name__]["properties"]["id"]
_NULL: Schema = {"type": "null"}


def done(command: AnyCommand) -> str:
    """The name of the answer to a command that was done."""
    return f"{command.name}_done"


def payload_name(event: str) -> str:
    """The name of the schema of what an event carries."""
    return object_name(event) if event in CHANGES else NOTICES[event].carries.__name__


def socketio_messages() -> dict[str, Schema]:
    """{name: message}; the payload is the one argument of an event, or of its acknowledgement."""
    refused_connect = _object(message={"type": "string"}, data=reference(SocketError.__name__))
    found = {
        CONNECT: _message("The `auth` of the connect.", reference(ConnectAuth.__name__)),
        CONNECT_ERROR: _message("Why the connection was not let in.", refused_connect),
        REFUSED: _message("Why a command was not done.", _refusal()),
    }
    for command in SOCKETIO_COMMANDS:
        found[command.name] = _message(command.summary, reference(command.request.__name__))
        found[done(command)] = _message("It is done.", _success(command))
    for name, event in EVENTS.items():
        found[name] = _message(event.summary, reference(payload_name(name)))
    return found


def websocket_messages() -> dict[str, Schema]:
    """{name: message}; the payload is the whole frame."""
    refusal = _refusal(reply_to={"anyOf": [_COMMAND_ID, _NULL]})
    found = {REFUSED: _message("Why a command was not done, or the connection closes.", refusal, "reply_to")}
    for command in WEBSOCKET_COMMANDS:
        found[command.name] = _message(command.summary, _command_frame(command), "id")
        found[done(command)] = _message("It is done.", _success(command, reply_to=_COMMAND_ID), "reply_to")
    for name, event in EVENTS.items():
        frame = _object(type=_const(name), data=reference(payload_name(name)))
        found[name] = _message(event.summary, frame)
    return found


def _message(summary: str, payload: Schema, correlated: str | None = None) -> Schema:
    message: Schema = {"summary": summary, "payload": payload}
    if correlated is not None:
        message["correlationId"] = {"location": f"$message.payload#/{correlated}"}
    return message


def _command_frame(command: AnyCommand) -> Schema:
    data = reference(command.request.__name__)
    return {**_object(id=_COMMAND_ID, type=_const(command.name), data=data), "additionalProperties": False}


def _success(command: AnyCommand, **more: Schema) -> Schema:
    data = _NULL if command.answer is NoneType else reference(command.answer.__name__)
    return _object(**more, ok={"const": True, "type": "boolean"}, data=data)


def _refusal(**more: Schema) -> Schema:
    return _object(**more, ok={"const": False, "type": "boolean"}, error=reference(SocketError.__name__))


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _const(text: str) -> Schema:
    return {"const": text, "type": "string"}
