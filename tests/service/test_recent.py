"""What was put last."""

from __future__ import annotations

from hubbub.service.recent import Recent


def test_what_was_put_last_is_there_and_what_was_forgotten_is_not() -> None:
    recent: Recent[int] = Recent(2)
    recent.put("a", 1)
    recent.put("a", 2)
    assert (recent.get("a"), recent.get("b")) == (2, None)
    recent.forget("a")
    recent.forget("a")
    assert recent.get("a") is None


def test_what_was_not_put_for_longest_goes_first() -> None:
    recent: Recent[int] = Recent(2)
    for key in ("a", "b", "a", "c"):
        recent.put(key, ord(key))
    assert [recent.get(key) for key in ("a", "b", "c")] == [ord("a"), None, ord("c")]
