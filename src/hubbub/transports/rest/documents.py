"""What the server says of itself: `/openapi.json`, `/asyncapi.json` and `/docs`.

Each is made once, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from quart import Blueprint, Response, request
from quart_schema.extension import hide

from hubbub.contract.asyncapi import asyncapi_document
from hubbub.transports.rest.documentation.files import PageFile, page_files
from hubbub.transports.rest.documentation.page import page

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
        return page(document(), messages())

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

    for path, file in page_files().items():
        blueprint.add_url_rule(path, path.rpartition("/")[2].replace(".", "_"), hide(partial(_send, file)))

    return blueprint


async def _send(file: PageFile) -> Response:
    """A file of the page; a browser asks each time whether it still has the right one, and mostly does."""
    response = Response(file.content, content_type=file.content_type, headers={"Cache-Control": "no-cache"})
    response.set_etag(file.tag)
    return await response.make_conditional(request)
