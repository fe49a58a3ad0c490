"""A plugin of pytest: asgiref's tests of `StatelessServer` get ours."""

from __future__ import annotations

import asgiref.server
import pytest

from hubbub.composite.stateless import StatelessServer


def pytest_configure(config: pytest.Config) -> None:
    asgiref.server.StatelessServer = StatelessServer  # type: ignore[assignment,misc]
