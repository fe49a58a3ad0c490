"""The documents of the contract as text, made without a running server; `docs/contract.md` says what each is for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from prometheus_client import CollectorRegistry

from hubbub.contract.asyncapi import asyncapi_document
from hubbub.contract.typescript import typescript_declarations
from hubbub.transports.backend import Backend
from hubbub.transports.rest.application import create_rest
from hubbub.transports.rest.openapi import openapi_document
from hubbub.transports.rest.server import Condition


class Format(StrEnum):
    """What `hubbub contract --format` takes."""

    OPENAPI = "openapi"
    ASYNCAPI = "asyncapi"
    TYPESCRIPT = "typescript"


FILE_NAMES: Mapping[Format, str] = {
    Format.OPENAPI: "openapi.json",
    Format.ASYNCAPI: "asyncapi.json",
    Format.TYPESCRIPT: "hubbub.d.ts",
}


def contract_text(format: Format) -> str:
    """One document, as it stands in its file."""
    openapi = openapi_document(create_rest(_no_backend, Condition(lambda: None, CollectorRegistry())))
    asyncapi = asyncapi_document(openapi["info"]["version"])
    if format is Format.TYPESCRIPT:
        return typescript_declarations(openapi, asyncapi)
    return _json(openapi if format is Format.OPENAPI else asyncapi)


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _no_backend() -> Backend:
    raise RuntimeError("the documents are made without a running server")
