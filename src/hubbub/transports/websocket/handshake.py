"""What a native WebSocket brings with its handshake: a token, a place in the log, or a mistake."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from hubbub.composite.types import Scope
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import ConnectAuth
from hubbub.transports.credentials import token_of
from hubbub.transports.validation import parse

QUERY_FIELDS = 32  # there is one; a proxy or a program may add some


@dataclass(frozen=True)
class Handshake:
    """`error` is told after the WebSocket was accepted, since browsers do not show why one was not."""

    token: str | None = None
    cursor: str | None = None
    error: HubbubError | None = None

    @classmethod
    def of(cls, scope: Scope) -> Handshake:
        """Read what the scope brings."""
        try:
            return cls(token_of(scope), _since(scope))
        except HubbubError as error:
            return cls(error=error)


def _since(scope: Scope) -> str | None:
    try:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=QUERY_FIELDS)
    except ValueError:
        raise HubbubError(ErrorCode.INVALID_REQUEST, f"The query takes at most {QUERY_FIELDS} fields.") from None
    given = query.get("since")
    return None if given is None else parse(ConnectAuth, {"cursor": given[-1]}).cursor
