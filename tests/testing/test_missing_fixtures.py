"""The stand-ins have the names of what they stand for."""

from __future__ import annotations

from hubbub.testing import chat_fixtures, fixtures, missing_fixtures


def test_every_asynchronous_fixture_has_its_stand_in() -> None:
    for module, name in ((fixtures, "asgi_client"), (chat_fixtures, "hubbub_server")):
        assert hasattr(module, name)
        assert hasattr(missing_fixtures, name)
    assert "pytest-asyncio" in missing_fixtures.MISSING
