"""Each kind of change of our own documents: what breaks is said, what does not is let through."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from hubbub.contract_files import Format, contract_text
from tests.contract.breaks.asyncapi import asyncapi_breaks
from tests.contract.breaks.openapi import openapi_breaks

Document = dict[str, Any]
Mutate = Callable[[Document], object]

OPENAPI: Document = json.loads(contract_text(Format.OPENAPI))
ASYNCAPI: Document = json.loads(contract_text(Format.ASYNCAPI))
ROOMS = "/api/v1/rooms"
MESSAGES = "/api/v1/rooms/{room_id}/messages"


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def message(document: Document, name: str) -> Document:
    found: Document = document["channels"]["socketio"]["messages"][name]
    return found


def parameter(document: Document, name: str) -> Document:
    found: Document = next(each for each in document["paths"][ROOMS]["get"]["parameters"] if each["name"] == name)
    return found


def move_answer(document: Document, before: str, after: str) -> None:
    answers = document["paths"][ROOMS]["post"]["responses"]
    answers[after] = answers.pop(before)


# {what breaks: how}
REST: dict[str, Mutate] = {
    "GET /api/v1/rooms: is gone.": lambda d: d["paths"][ROOMS].pop("get"),
    "POST /api/v1/rooms: is called make_room now, and was create_room.": lambda d: d["paths"][ROOMS]["post"].update(
        operationId="make_room"
    ),
    "POST /api/v1/sessions: needs a session now.": lambda d: d["paths"]["/api/v1/sessions"]["post"].update(
        security=[{"bearer": []}]
    ),
    "POST /api/v1/rooms: does not answer 201 any more, but 200.": lambda d: move_answer(d, "201", "200"),
    "GET /api/v1/rooms, query.after: is not taken any more.": lambda d: d["paths"][ROOMS]["get"]["parameters"].remove(
        parameter(d, "after")
    ),
    "GET /api/v1/rooms, query.limit: has to be there now.": lambda d: parameter(d, "limit").update(required=True),
    "GET /api/v1/rooms, query.limit: takes at most 20 now.": lambda d: parameter(d, "limit")["schema"].update(
        maximum=20
    ),
    "POST /api/v1/rooms, body.topic: has to be there now.": lambda d: schema(d, "CreateRoom")["required"].append(
        "topic"
    ),
    "POST /api/v1/rooms, body.visibility: takes no private any more.": lambda d: schema(d, "CreateRoom")["properties"][
        "visibility"
    ]["enum"].remove("private"),
    "POST /api/v1/rooms, body: application/json is not taken any more.": lambda d: d["paths"][ROOMS]["post"].pop(
        "requestBody"
    ),
    "PUT /api/v1/rooms/{room_id}/members/{user_id}, body: has to be there now.": lambda d: d["paths"][
        "/api/v1/rooms/{room_id}/members/{user_id}"
    ]["put"].update(requestBody={"required": True, "content": {}}),
    "GET /api/v1/server, answer 200.first_account: is gone.": lambda d: schema(d, "ServerInfo")["properties"].pop(
        "first_account"
    ),
    "GET /api/v1/server, answer 200.registration: may be paid now.": lambda d: schema(d, "ServerInfo")["properties"][
        "registration"
    ]["enum"].append("paid"),
    "the security scheme cookie: is another now.": lambda d: d["components"]["securitySchemes"]["cookie"].update(
        name="session"
    ),
    "the security scheme bearer: is gone.": lambda d: d["components"]["securitySchemes"].pop("bearer"),
}

SOCKETS: dict[str, Mutate] = {
    "socketio_join_room: is gone.": lambda d: d["operations"].pop("socketio_join_room"),
    "websocket_resync: is gone.": lambda d: d["operations"].pop("websocket_resync"),
    "socketio_join_room: is to send now, and was to receive.": lambda d: d["operations"]["socketio_join_room"].update(
        action="send"
    ),
    "servers socketio, pathname: is /sockets now, and was /socket.io.": lambda d: d["servers"]["socketio"].update(
        pathname="/sockets"
    ),
    "channels websocket, address: is /ws now, and was /api/v1/ws.": lambda d: d["channels"]["websocket"].update(
        address="/ws"
    ),
    "channels websocket, query.since: takes at most 9 characters now.": lambda d: d["channels"]["websocket"][
        "bindings"
    ]["ws"]["query"]["properties"]["since"].update(maxLength=9),
    "socketio_set_typing, set_typing.typing: takes no boolean any more.": lambda d: schema(d, "SetTypingCommand")[
        "properties"
    ]["typing"].update(type="string"),
    "socketio_mark_read, mark_read_done.data.unread_count: is gone.": lambda d: schema(d, "ReadMark")[
        "properties"
    ].pop("unread_count"),
    "socketio_presence_changed, presence_changed.status: may be away now.": lambda d: schema(d, "PresenceChanged")[
        "properties"
    ]["status"]["enum"].append("away"),
    "socketio_user_changed, user_changed.data: may be integer now.": lambda d: schema(d, "UserChanged")[
        "properties"
    ].update(data={"type": "integer"}),
    "socketio_join_room: may be answered by ready now.": lambda d: d["operations"]["socketio_join_room"]["reply"][
        "messages"
    ].append({"$ref": "#/channels/socketio/messages/ready"}),
    "socketio_join_room, join_room_done: is gone.": lambda d: d["operations"]["socketio_join_room"]["reply"][
        "messages"
    ].pop(0),
    "socketio_leave_room, leave_room_done.data: may be string now.": lambda d: message(d, "leave_room_done")[
        "payload"
    ]["properties"].update(data={"type": "string"}),
}

COMPATIBLE: dict[str, tuple[Document, Mutate]] = {
    "an operation more": (OPENAPI, lambda d: d["paths"].update({"/more": d["paths"][ROOMS]})),
    "a field more in a request": (
        OPENAPI,
        lambda d: schema(d, "CreateRoom")["properties"].update(icon={"type": "string"}),
    ),
    "a field more in an answer": (
        OPENAPI,
        lambda d: schema(d, "Message")["properties"].update(pinned={"type": "boolean"}),
    ),
    "a parameter more": (
        OPENAPI,
        lambda d: d["paths"][ROOMS]["get"]["parameters"].append(
            {"in": "query", "name": "name", "schema": {"type": "string"}}
        ),
    ),
    "a longer body": (OPENAPI, lambda d: schema(d, "PostMessage")["properties"]["body"].update(maxLength=9_000)),
    "an error more": (
        OPENAPI,
        lambda d: d["paths"][ROOMS]["get"]["responses"].update({"410": {"$ref": "#/components/responses/gone"}}),
    ),
    "another version": (OPENAPI, lambda d: d["info"].update(version="9.9.9", description="Other words.")),
    "an event more": (
        ASYNCAPI,
        lambda d: d["operations"].update({"socketio_poll_opened": d["operations"]["socketio_resync"]}),
    ),
    "a type of change more": (
        ASYNCAPI,
        lambda d: schema(d, "Change")["properties"]["type"]["enum"].append("poll_opened"),
    ),
    "a scheme explained": (
        ASYNCAPI,
        lambda d: d["components"]["securitySchemes"]["bearer"].update(description="Other words."),
    ),
}


@pytest.mark.parametrize(("sentence", "mutate"), REST.items())
def test_what_breaks_a_client_of_rest_is_said(sentence: str, mutate: Mutate) -> None:
    changed = copy.deepcopy(OPENAPI)
    mutate(changed)
    assert sentence in {str(each) for each in openapi_breaks(OPENAPI, changed)}


@pytest.mark.parametrize(("sentence", "mutate"), SOCKETS.items())
def test_what_breaks_a_client_of_a_socket_is_said(sentence: str, mutate: Mutate) -> None:
    changed = copy.deepcopy(ASYNCAPI)
    mutate(changed)
    assert sentence in {str(each) for each in asyncapi_breaks(ASYNCAPI, changed)}


@pytest.mark.parametrize("addition", COMPATIBLE)
def test_what_breaks_nobody_is_let_through(addition: str) -> None:
    document, mutate = COMPATIBLE[addition]
    changed = copy.deepcopy(document)
    mutate(changed)
    assert changed != document
    compare = openapi_breaks if "paths" in document else asyncapi_breaks
    assert compare(document, changed) == []
    assert compare(document, document) == []
