"""The messages of both transports: the same names, one table, two forms."""

from __future__ import annotations

from hubbub.contract.asyncapi_messages import (
    CONNECT,
    CONNECT_ERROR,
    REFUSED,
    done,
    payload_name,
    socketio_messages,
    websocket_messages,
)
from hubbub.contract.commands import AUTHENTICATE, COMMANDS
from hubbub.contract.events import EVENTS


def test_both_have_every_command_every_answer_and_every_event() -> None:
    both = {*COMMANDS, *map(done, COMMANDS.values()), *EVENTS, REFUSED}
    assert set(socketio_messages()) == both | {CONNECT, CONNECT_ERROR}
    assert set(websocket_messages()) == both | {AUTHENTICATE.name, done(AUTHENTICATE)}


def test_what_is_an_argument_in_one_is_the_data_of_a_frame_in_the_other() -> None:
    arguments, frames = socketio_messages(), websocket_messages()
    for name in (*COMMANDS, *EVENTS):
        frame = frames[name]["payload"]
        assert frame["properties"]["data"] == arguments[name]["payload"]
        assert frame["properties"]["type"]["const"] == name
        assert set(frame["required"]) == set(frame["properties"])


def test_an_event_beside_the_log_carries_its_own_object() -> None:
    assert payload_name("message_posted") == "MessagePosted"
    assert payload_name("presence_changed") == "PresenceChanged"
