"""The rows of the events, and that the server says what they say."""

from __future__ import annotations

from typing import get_args

import pytest

from hubbub.contract.events import CHANGES, EVENTS, NOTICES
from hubbub.contract.models import Change, ChangeType


def test_every_type_of_change_is_an_event_and_no_notice_is_one() -> None:
    assert set(CHANGES) == set(get_args(ChangeType))
    assert not set(CHANGES) & set(NOTICES)
    assert set(EVENTS) == set(CHANGES) | set(NOTICES)
    assert all(event.summary.endswith(".") for event in EVENTS.values())


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_carries_is_no_change_itself(name: ChangeType) -> None:
    assert CHANGES[name].carries is not Change
