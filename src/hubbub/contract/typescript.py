"""The TypeScript declarations: every object, the maps of commands and events, and the operations of REST.

Made of the OpenAPI and the AsyncAPI document, so that there is nothing in them that those do not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hubbub.contract.asyncapi_messages import SOCKETIO_COMMANDS, AnyCommand, payload_name
from hubbub.contract.commands import AUTHENTICATE
from hubbub.contract.events import CHANGES, EVENTS
from hubbub.contract.models import Change
from hubbub.contract.schemas import object_name
from hubbub.contract.typescript_types import comment, declaration, members, type_of, union

Document = Mapping[str, Any]

_HEAD = """\
// Hubbub {version}: what crosses the wire. Made by `hubbub contract --format typescript`, from the server's models.

"""
_SOCKETS = """\
/** No fields at all. */
export type Nothing = { [name: string]: never };

/** The acknowledgement of a command. */
export type Answered<Data> = { ok: true; data: Data } | { ok: false; error: SocketError };

/** For `Socket<ServerEvents, ClientEvents>` of socket.io-client. */
export type ServerEvents = { [Name in keyof Events]: (payload: Events[Name]) => void };
export type ClientEvents = {
  [Name in keyof Commands]: (
    data: Commands[Name]["data"],
    acknowledge: (answer: Answered<Commands[Name]["answer"]>) => void,
  ) => void;
};

/** What a client sends over the native WebSocket, and what it hears; `reply_to` is null for what had no usable id. */
export type WebSocketCommands = Commands & { authenticate: { data: AuthenticateCommand; answer: Authenticated } };
export type CommandFrame = {
  [Name in keyof WebSocketCommands]: { id: number; type: Name; data: WebSocketCommands[Name]["data"] };
}[keyof WebSocketCommands];
export type EventFrame = { [Name in keyof Events]: { type: Name; data: Events[Name] } }[keyof Events];
export type AnswerFrame = { reply_to: number | null } & Answered<WebSocketCommands[keyof WebSocketCommands]["answer"]>;

"""


def typescript_declarations(openapi: Document, asyncapi: Document) -> str:
    """A module of declarations, for `import type`."""
    schemas = dict(sorted({**openapi["components"]["schemas"], **asyncapi["components"]["schemas"]}.items()))
    parts = (
        _HEAD.format(version=openapi["info"]["version"]),
        *(f"{_object(name, schema)}\n" for name, schema in schemas.items()),
        _commands(SOCKETIO_COMMANDS, asyncapi),
        _events(),
        _SOCKETS,
        _operations(openapi),
    )
    return "".join(parts)


def _object(name: str, schema: Document) -> str:
    if name != Change.__name__:
        return declaration(name, schema)
    # One object with a `type` says less than the types one by one, of which TypeScript picks by `type`.
    kinds = "".join(f"\n  | {object_name(each)}" for each in CHANGES)
    return f"{comment([schema['description']])}export type {name} ={kinds};\n"


def _commands(commands: Iterable[AnyCommand], asyncapi: Document) -> str:
    answers = {
        name.removesuffix("_done"): type_of(message["payload"]["properties"]["data"])
        for name, message in asyncapi["channels"]["socketio"]["messages"].items()
        if name.endswith("_done")
    }
    lines = (
        f"{comment([command.summary], '  ')}"
        f"  {command.name}: {{ data: {command.request.__name__}; answer: {answers[command.name]} }};\n"
        for command in commands
    )
    told = f"The commands of Socket.IO; the native WebSocket has `{AUTHENTICATE.name}` too."
    return f"{comment([told])}export interface Commands {{\n{''.join(lines)}}}\n\n"


def _events() -> str:
    lines = (f"{comment([event.summary], '  ')}  {name}: {payload_name(name)};\n" for name, event in EVENTS.items())
    told = "What the server says, and what it says with it."
    return f"{comment([told])}export interface Events {{\n{''.join(lines)}}}\n\n"


def _operations(openapi: Document) -> str:
    found = (
        _operation(method, path, said)
        for path, methods in openapi["paths"].items()
        for method, said in methods.items()
    )
    told = "The operations of REST by their names in `/openapi.json`; errors are a `Problem`."
    return f"{comment([told])}export interface Operations {{\n{''.join(found)}}}\n"


def _operation(method: str, path: str, said: Document) -> str:
    status, answer = next((status, each) for status, each in said["responses"].items() if status < "300")
    body = said.get("requestBody", {}).get("content", {})
    parts = {
        "method": f'"{method.upper()}"',
        "path": f'"{path}"',
        "parameters": _parameters(said, "path"),
        "query": _parameters(said, "query"),
        "headers": _parameters(said, "header"),
        "body": union(_types(body)) or "undefined",
        "status": status,
        "answer": union(_types(answer.get("content", {}))) or "null",
    }
    lines = "".join(f"    {name}: {value};\n" for name, value in parts.items())
    return f"{comment([said['summary']], '  ')}  {said['operationId']}: {{\n{lines}  }};\n"


def _types(content: Document) -> Iterator[str]:
    yield from (type_of(each["schema"]) for each in content.values())


def _parameters(said: Document, place: str) -> str:
    found = [each for each in said["parameters"] if each["in"] == place]
    if not found:
        return "Nothing"
    schema = {
        "properties": {_key(each["name"]): each["schema"] for each in found},
        "required": [_key(each["name"]) for each in found if each.get("required", False)],
    }
    return members(schema, "    ")


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'
