from __future__ import annotations

import pytest

from tests.support.chance import VARIABLE, seeded


def test_what_was_printed_brings_the_same_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = seeded().random()
    name, _, seed = capsys.readouterr().out.strip().partition("=")
    monkeypatch.setenv(name, seed)
    assert name == VARIABLE
    assert seeded().random() == first
