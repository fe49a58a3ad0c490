"""JSON for Quart by orjson: strict about what RFC 8259 does not have, NaN, lone surrogates, unbounded nesting."""

from __future__ import annotations

from typing import Any

import orjson
from quart.json.provider import JSONProvider
from quart.wrappers import Request, Response

from hubbub.contract.errors import ErrorCode, HubbubError


class StrictRequest(Request):
    """A request whose body is parsed from its bytes: Quart 0.22 answers bytes that are not UTF-8 with a 500."""

    async def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body; the arguments are Quart's and change nothing here.

        Raises:
            HubbubError: `invalid_request` for anything that is not JSON.
        """
        try:
            return orjson.loads(await self.get_data(cache=False))
        except orjson.JSONDecodeError as error:
            raise HubbubError(
                ErrorCode.INVALID_REQUEST, f"The body must be valid JSON in UTF-8. It is not: {error}."
            ) from None


class StrictJSON(JSONProvider):
    """What Quart writes plain dictionaries with."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Encode; `kwargs` are those of the standard library and change nothing here."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Decode.

        Raises:
            ValueError: for anything that is not JSON.
        """
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A JSON response."""
        return Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), content_type="application/json")
