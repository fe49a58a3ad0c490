"""Limits that would let nothing through are mistakes."""

from __future__ import annotations

from dataclasses import fields

import pytest

from hubbub.composite.balancer.limits import Limits, Timeouts


@pytest.mark.parametrize("settings", [Limits, Timeouts])
@pytest.mark.parametrize("value", [0, -1])
def test_each_must_be_positive(settings: type[Limits | Timeouts], value: int) -> None:
    for field in fields(settings):
        with pytest.raises(ValueError, match=field.name):
            settings(**{field.name: value})
