"""The documents: there for everybody, and made once."""

from __future__ import annotations

import pytest

from hubbub.contract.asyncapi import asyncapi_document
from tests.support.api import Api, done

DOCUMENTS = {
    "//openapi.json": "application/json",
    "//asyncapi.json": "application/json",
    "//docs": "text/html; charset=utf-8",
    "//docs/style.css": "text/css; charset=utf-8",
    "//docs/try.js": "text/javascript; charset=utf-8",
    "//docs/sockets.js": "text/javascript; charset=utf-8",
}


@pytest.mark.parametrize(("path", "content_type"), DOCUMENTS.items())
async def test_it_is_there_for_everybody(api: Api, path: str, content_type: str) -> None:
    reply = await api.guest.get(path)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith(content_type)


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_a_document_is_always_the_same(api: Api, path: str) -> None:
    assert (await api.guest.get(path)).body == (await api.guest.get(path)).body


async def test_both_documents_are_of_one_version(api: Api) -> None:
    version = done(await api.guest.get("//openapi.json"))["info"]["version"]
    assert done(await api.guest.get("//asyncapi.json")) == asyncapi_document(version)


async def test_a_file_of_the_page_is_asked_for_again_and_sent_once(api: Api) -> None:
    first = await api.guest.get("//docs/style.css")
    assert first.headers["cache-control"] == "no-cache"
    again = await api.guest.call("GET", "//docs/style.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
