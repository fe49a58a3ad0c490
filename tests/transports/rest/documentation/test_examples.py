"""What stands in the forms can be sent as it is, but for the ids that the page has yet to see."""

from __future__ import annotations

import json
import re

import pytest

from hubbub.contract.commands import COMMANDS
from hubbub.contract.models import ChangeRoom, CreateRoom, OpenDirectRoom
from hubbub.transports.rest.documentation.examples import example, word
from hubbub.transports.validation import parse


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_of_a_command_is_taken_once_its_ids_are_there(name: str) -> None:
    request = COMMANDS[name].request
    text = re.sub(r'""', '"1"', example(request.model_json_schema()))
    assert parse(request, json.loads(text))


def test_it_has_what_is_needed_or_everything_where_nothing_is() -> None:
    assert json.loads(example(CreateRoom.model_json_schema())) == {"name": "Lobby", "visibility": "public"}
    assert set(json.loads(example(ChangeRoom.model_json_schema()))) == {"name", "topic", "visibility"}


def test_an_id_is_left_to_the_page() -> None:
    assert json.loads(example(OpenDirectRoom.model_json_schema())) == {"user_ids": [""]}
    assert (word("emoji"), word("room_id")) == ("👍", "")
