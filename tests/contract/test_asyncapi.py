"""The AsyncAPI document: valid for the official parser, complete, and of one piece."""

from __future__ import annotations

import copy
import json
import subprocess
from typing import Any

import pytest

from hubbub.contract import addresses
from hubbub.contract.asyncapi import SOCKETIO, WEBSOCKET, asyncapi_document
from hubbub.contract.asyncapi_messages import SOCKETIO_COMMANDS, WEBSOCKET_COMMANDS
from hubbub.contract.events import EVENTS
from tests.support.documents import references
from tests.support.machine import ROOT, missing, require

SCRIPT = ROOT / "tests" / "node" / "asyncapi.mjs"
SECONDS = 60.0


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi_document("1.2.3")


def complaints(document: dict[str, Any]) -> list[dict[str, str]]:
    """What the official parser takes for an error or a warning."""
    if not (ROOT / "node_modules" / "@asyncapi" / "parser").is_dir():
        missing("@asyncapi/parser is not installed: `make setup` does that.")
    done = subprocess.run(
        [require("node"), SCRIPT],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return [each for each in json.loads(done.stdout) if each["severity"] in ("error", "warning")]


def test_the_official_parser_takes_it_and_would_not_take_anything(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    broken = copy.deepcopy(document)
    broken["operations"]["socketio_post_message"]["action"] = "perhaps"
    broken["channels"]["websocket"]["messages"]["ready"]["payload"]["type"] = "thing"
    assert complaints(document) == []
    assert {each["path"].split("/")[0] for each in complaints(broken)} == {"operations", "channels"}


def test_every_reference_leads_to_something_and_every_schema_is_referred_to(document: dict[str, Any]) -> None:
    found = references(document)
    for target in found:
        place: Any = document
        for step in target.removeprefix("#/").split("/"):
            place = place[step]
    assert {f"#/components/schemas/{name}" for name in document["components"]["schemas"]} <= found


@pytest.mark.parametrize(
    ("channel", "commands", "more"),
    [(SOCKETIO, SOCKETIO_COMMANDS, {"connect"}), (WEBSOCKET, WEBSOCKET_COMMANDS, set())],
)
def test_a_channel_has_every_command_and_every_event(
    document: dict[str, Any], channel: str, commands: tuple[Any, ...], more: set[str]
) -> None:
    operations = {
        name.removeprefix(f"{channel}_"): operation
        for name, operation in document["operations"].items()
        if operation["channel"] == {"$ref": f"#/channels/{channel}"}
    }
    received = {name for name, operation in operations.items() if operation["action"] == "receive"}
    assert received == {command.name for command in commands} | more
    assert set(operations) - received == set(EVENTS)
    for name in received:
        answers = {each["$ref"].rsplit("/", 1)[1] for each in operations[name]["reply"]["messages"]}
        assert answers == ({"ready", "connect_error"} if name == "connect" else {f"{name}_done", "refused"})


def test_the_frames_of_the_websocket_are_told_apart_by_their_ids(document: dict[str, Any]) -> None:
    messages = document["channels"][WEBSOCKET]["messages"]
    frame, answer, refused = (messages[name] for name in ("post_message", "post_message_done", "refused"))
    assert frame["payload"]["properties"]["type"] == {"const": "post_message", "type": "string"}
    assert frame["payload"]["properties"]["id"] == answer["payload"]["properties"]["reply_to"]
    assert frame["correlationId"] == {"location": "$message.payload#/id"}
    assert answer["correlationId"] == refused["correlationId"] == {"location": "$message.payload#/reply_to"}
    assert {"type": "null"} in refused["payload"]["properties"]["reply_to"]["anyOf"]


def test_a_command_without_data_answers_null(document: dict[str, Any]) -> None:
    messages = document["channels"][SOCKETIO]["messages"]
    assert messages["leave_room_done"]["payload"]["properties"]["data"] == {"type": "null"}
    assert messages["join_room_done"]["payload"]["properties"]["data"] == {"$ref": "#/components/schemas/Member"}


def test_an_event_of_the_log_is_a_change_with_its_own_data(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["ReactionAdded"]
    assert schema["properties"]["type"]["const"] == "reaction_added"
    assert schema["properties"]["data"] == {"$ref": "#/components/schemas/ReactedMessage"}
    assert set(schema["required"]) == set(schema["properties"])


def test_it_says_where_the_server_is_and_who_may_come_in(document: dict[str, Any]) -> None:
    assert document["info"]["version"] == "1.2.3"
    assert document["servers"][SOCKETIO]["pathname"] == addresses.SOCKETIO
    assert document["channels"][SOCKETIO]["address"] == "/"
    assert document["channels"][WEBSOCKET]["address"] == addresses.WEBSOCKET
    assert set(document["channels"][WEBSOCKET]["bindings"]["ws"]["query"]["properties"]) == {"since"}
    schemes = document["components"]["securitySchemes"]
    assert schemes["cookie"]["name"] == addresses.SESSION_COOKIE
    for server in document["servers"].values():
        assert server["security"] == [{"$ref": f"#/components/securitySchemes/{name}"} for name in schemes]
