"""The mesh on both event loops: `hypercorn.toml` and `hubbub serve` use uvloop, whoever embeds it perhaps asyncio's.

They differ where it matters here: in what a connection that has ended does to whoever writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test of this folder once on each."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
