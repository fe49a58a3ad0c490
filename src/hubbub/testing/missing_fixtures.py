"""In place of the asynchronous fixtures, where nothing could run them: they say what is missing."""

from __future__ import annotations

import pytest

MISSING = "this fixture needs pytest-asyncio: pip install 'hubbub[test]'"


@pytest.fixture
def asgi_client() -> None:
    """Fails."""
    pytest.fail(MISSING)


@pytest.fixture
def hubbub_server() -> None:
    """Fails."""
    pytest.fail(MISSING)
