"""Frames as text: commands read, answers and events written.  Pure; knows neither ASGI nor what a command does."""

from __future__ import annotations

from typing import Any

from hubbub.composite.sockets import strict_json
from hubbub.contract import limits
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import CommandFrame
from hubbub.transports.errors import refusal
from hubbub.transports.validation import parse


class NotAFrame(HubbubError):
    """What came is no JSON object in a text frame, so whoever sent it speaks something else."""

    def __init__(self, detail: str, code: ErrorCode = ErrorCode.INVALID_REQUEST) -> None:
        super().__init__(code, detail)


class BadCommand(HubbubError):
    """An object that is no command; `id` is the command's where it has one that will do."""

    def __init__(self, error: HubbubError, id: int | None) -> None:
        super().__init__(error.code, error.detail, errors=error.errors)
        self.id = id


def read_command(text: str | None, *, max_bytes: int) -> CommandFrame:
    """The command in a frame; None is a binary frame.

    Raises:
        NotAFrame: there is nothing to answer, and no reason to go on.
        BadCommand: it can be answered.
    """
    if text is None:
        raise NotAFrame("Frames are text. This one was binary.")
    if len(text) > max_bytes or (not text.isascii() and len(text.encode("utf-8", "replace")) > max_bytes):
        raise too_large(max_bytes)
    try:
        data = strict_json.loads(text)
    except ValueError as error:
        raise NotAFrame(f"Frames are JSON objects. This one could not be read: {error}.") from None
    if not isinstance(data, dict):
        raise NotAFrame('Frames are JSON objects: {"id": 1, "type": …, "data": {…}}.')
    try:
        return parse(CommandFrame, data)
    except HubbubError as error:
        raise BadCommand(error, _usable_id(data.get("id"))) from None


def too_large(max_bytes: int) -> NotAFrame:
    """What is said of a frame over the bound."""
    return NotAFrame(f"A frame takes at most {max_bytes} bytes.", ErrorCode.TOO_LARGE)


def encode_event(name: str, payload: str) -> str:
    """An event, with its payload as JSON text; made once, it can be sent to any number of connections."""
    return f'{{"type":"{name}","data":{payload}}}'


def encode_answer(id: int | None, answer: dict[str, Any]) -> str:
    """`{ok, data}` or `{ok, error}` as the answer to a command, or to something that had no id."""
    return strict_json.dumps({"reply_to": id, **answer})


def encode_refusal(id: int | None, error: HubbubError) -> str:
    """An answer that says why not."""
    return encode_answer(id, refusal(error))


def _usable_id(id: object) -> int | None:
    if isinstance(id, float) and id.is_integer():
        id = int(id)  # a whole number, however it was written
    return id if type(id) is int and 0 <= id <= limits.COMMAND_ID else None
