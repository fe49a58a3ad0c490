"""Commands and events as people read them."""

from __future__ import annotations

from hubbub.contract.asyncapi import asyncapi_document
from hubbub.contract.commands import COMMANDS
from hubbub.contract.events import CHANGES, NOTICES
from hubbub.transports.rest.documentation.socket_html import (
    article,
    change_table,
    commands_of,
    entry,
    notice_table,
    own_schemas,
)

DOCUMENT = asyncapi_document("1.2.3")
OF = {command[0]: command for command in commands_of(DOCUMENT)}


def test_every_command_is_there_in_its_order() -> None:
    assert list(OF) == list(COMMANDS)
    assert str(entry(OF["join_room"])) == '<li><a href="#command-join_room"><span>join_room</span></a></li>'


def test_a_command_says_what_it_takes_and_what_it_answers() -> None:
    read = article(OF["join_room"])
    assert read.startswith('<article id="command-join_room"><h3><code>join_room</code></h3>')
    assert "<code>room_<wbr>id</code></th><td>string, 1 to 64 characters</td>" in read
    assert '<dt>Answer</dt><dd><a href="#object-Member">Member</a></dd>' in read
    assert 'data-command="join_room"' in read
    assert "<dt>Answer</dt><dd>null</dd>" in article(OF["leave_room"])


def test_every_event_is_there_with_what_it_carries() -> None:
    changes, notices = change_table(), notice_table(DOCUMENT)
    assert all(name.replace("_", "_<wbr>") in changes for name in CHANGES)
    assert all(name.replace("_", "_<wbr>") in notices for name in NOTICES)
    assert '<code>data</code>: <a href="#object-ReactedMessage">ReactedMessage</a>' in changes
    assert "<div><code>expires_<wbr>at</code>: time</div>" in notices


def test_what_a_table_shows_is_no_object_of_its_own() -> None:
    own = own_schemas(DOCUMENT)
    assert {"SocketError", "Change", "ReadyLimits", "ReactedMessage", "ConnectAuth"} <= set(own)
    assert not {"MessagePosted", "Ready", "RoomCommand"} & set(own)
