"""What the server says of itself: `/openapi.json`, `/asyncapi.json` and `/docs`.

Each is made once, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from quart import Blueprint, Response
from quart_schema.extension import hide

from hubbub.contract.asyncapi import asyncapi_document
from hubbub.transports.rest.documentation import STYLE_PATH, page
from hubbub.transports.rest.documentation_style import STYLE

Document = dict[str, Any]


def documents_blueprint(openapi_document: Callable[[], Document]) -> Blueprint:
    """The addresses of the documents; they need no session."""
    blueprint = Blueprint("documents", __name__)

    @cache
    def document() -> Document:
        return openapi_document()

    @cache
    def messages() -> Document:
        return asyncapi_document(document()["info"]["version"])

    @cache
    def documentation() -> str:
        return page(document())

    @blueprint.get("/openapi.json")
    @hide
    async def openapi() -> Document:
        return document()

    @blueprint.get("/asyncapi.json")
    @hide
    async def asyncapi() -> Document:
        return messages()

    @blueprint.get("/docs")
    @hide
    async def docs() -> Response:
        return Response(documentation(), content_type="text/html; charset=utf-8")

    @blueprint.get(STYLE_PATH)
    @hide
    async def docs_style() -> Response:
        return Response(STYLE, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"})

    return blueprint
