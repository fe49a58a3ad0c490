"""JSON for Quart by orjson: strict about what RFC 8259 does not have, NaN, lone surrogates, unbounded nesting."""

from __future__ import annotations

from typing import Any

import orjson
from quart.json.provider import JSONProvider
from quart.wrappers import Response


class StrictJSON(JSONProvider):
    """What Quart reads requests and writes plain dictionaries with."""

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
