"""An error as the socket transports carry it; REST has problem documents instead."""

from __future__ import annotations

from typing import Any

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import ProblemField, SocketError

BUSY_SECONDS = 1.0  # a full inbox is worked off in less


def error_object(error: HubbubError) -> dict[str, Any]:
    """An error as sockets carry it."""
    said = SocketError(
        code=error.code,
        detail=error.detail,
        errors=[ProblemField(path=each.path, message=each.message) for each in error.errors],
        retry_after=error.retry_after,
    )
    return said.model_dump(mode="json", exclude_defaults=True)


def unforeseen() -> HubbubError:
    """What is told of a failure that only the log knows more of."""
    return HubbubError(ErrorCode.INTERNAL, "The server failed at this. Try again; its log knows more.")


def refusal(error: HubbubError) -> dict[str, Any]:
    """The answer to a command that was not done."""
    return {"ok": False, "error": error_object(error)}


def busy() -> HubbubError:
    """Refuses a command when too many wait before it."""
    detail = "Too many commands wait for their answers. Wait for some before sending more."
    return HubbubError(ErrorCode.SERVER_BUSY, detail, retry_after=BUSY_SECONDS)
