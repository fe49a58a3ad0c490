"""The rows of the commands."""

from __future__ import annotations

from types import NoneType

from hubbub.contract.commands import AUTHENTICATE, COMMANDS
from hubbub.contract.models.base import Answer, Request


def test_a_row_takes_a_request_and_gives_an_answer_or_nothing() -> None:
    for name, command in {**COMMANDS, AUTHENTICATE.name: AUTHENTICATE}.items():
        assert command.name == name
        assert issubclass(command.request, Request)
        assert command.answer is NoneType or issubclass(command.answer, Answer)
        assert command.summary.endswith(".")


def test_the_native_websocket_has_one_more() -> None:
    assert AUTHENTICATE.name not in COMMANDS
