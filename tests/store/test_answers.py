"""First answers."""

from __future__ import annotations

import pytest

from hubbub.store.answers import AnswerRow, insert_answer, select_answer
from tests.store.world import FORBIDDEN, World


def test_the_first_answer_stands(world: World) -> None:
    def answer(text: str, *, scope: str = "u1 POST /rooms") -> None:
        insert_answer(world.connection, scope=scope, key="k", fingerprint="f", answer=text, now=world.now)

    answer("first")
    with pytest.raises(FORBIDDEN):
        answer("second")
    answer("other", scope="u2 POST /rooms")
    assert select_answer(world.connection, "u1 POST /rooms", "k") == AnswerRow("f", "first")
    assert select_answer(world.connection, "u2 POST /rooms", "k") == AnswerRow("f", "other")
    assert select_answer(world.connection, "u1 POST /rooms", "l") is None
