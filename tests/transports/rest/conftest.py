"""The application in memory, for the tests of its routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from quart import Quart

from hubbub.transports.backend import Backend
from hubbub.transports.rest.application import create_rest
from hubbub.transports.rest.server import Condition
from tests.support.api import Api, Caller, done, open_api
from tests.transports.rest.den import Den


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """On a database of the test's own, with open registration and rate limits."""
    async with open_api(tmp_path) as api:
        yield api


@pytest.fixture
async def den(api: Api) -> Den:
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    return Den(api, ada, bob, cem, await ada.room(bob, visibility="private"))


@pytest.fixture(scope="session")
def described_app() -> Quart:
    """The application without anything behind it, for what it says of itself."""

    def nothing() -> Backend:
        raise RuntimeError("the documents need no backend")

    return create_rest(nothing, Condition(lambda: None, CollectorRegistry()))


@pytest.fixture(scope="session")
def document(described_app: Quart) -> dict[str, Any]:
    """The OpenAPI document."""

    async def fetch() -> dict[str, Any]:
        return done(await Caller(described_app).get("//openapi.json"))

    return asyncio.run(fetch())
