"""A change goes out as the contract shows it, around data that is not taken apart."""

from __future__ import annotations

import json

from hubbub.contract.models import Change
from hubbub.domain.changes import LoggedChange, cursor_of


def test_the_json_of_a_change_is_the_contracts() -> None:
    change = LoggedChange(
        id=7,
        cursor="k3m9x0ab-7",
        type="room_deleted",
        room_id='r"1',
        actor_id=None,
        at="2026-11-21T12:00:00.000Z",
        data='{"name": "caf\\u00e9"}',
    )
    parsed = json.loads(change.json)
    assert list(parsed) == list(Change.model_fields)
    assert parsed["room_id"] == 'r"1'
    assert parsed["data"] == {"name": "café"}
    assert Change.model_validate_json(change.json).cursor == "k3m9x0ab-7"
    assert cursor_of(change.json) == "k3m9x0ab-7"
    assert change.json is change.json, "encoded once, however many sockets there are"


def test_what_is_no_change_has_no_cursor_of_one() -> None:
    assert cursor_of('{"user_id": "u", "status": "online"}') is None
    assert cursor_of('{"reason":"overflow","cursor":"k3m9x0ab-7"}') is None
