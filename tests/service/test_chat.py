"""What use cases share."""

from __future__ import annotations

from pathlib import Path

from hubbub.service.chat import new_token
from tests.support.backends import open_world


async def test_ids_and_tokens_do_not_repeat(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        assert len({world.chat.new_id() for _ in range(1000)}) == 1000
    assert len({new_token() for _ in range(1000)}) == 1000
