"""How an error is said."""

from __future__ import annotations

from pydantic import Field

from hubbub.contract.errors import ErrorCode
from hubbub.contract.models.base import Answer


class ProblemField(Answer):
    path: str
    message: str


class Problem(Answer):
    """RFC 9457, with our `code`; `retry_after` is in seconds."""

    type: str
    title: str
    status: int
    code: ErrorCode
    detail: str
    errors: list[ProblemField]
    request_id: str
    retry_after: float | None = None


class SocketError(Answer):
    """Why a command was not done, or a connection not let in.

    `errors` and `retry_after`, in seconds, are there only where there is something to say.
    """

    code: ErrorCode
    detail: str
    errors: list[ProblemField] = Field(default_factory=list)
    retry_after: float | None = None
