"""What waits for one client: in order, bounded in frames and in bytes, and answers outlive events."""

from __future__ import annotations

import pytest

from hubbub.transports.websocket.outbox import Outbox


def outbox(frames: int = 3, size: int = 10) -> Outbox:
    return Outbox(max_frames=frames, max_bytes=size)


def taken(box: Outbox) -> list[str]:
    return [box.take() for _ in range(len(box))]


def test_what_goes_in_comes_out_in_order() -> None:
    box = outbox()
    assert box.put("a", is_event=True)
    assert box.put("b", is_event=False)
    assert box.put("c", is_event=True)
    assert taken(box) == ["a", "b", "c"]
    assert (len(box), box.bytes) == (0, 0)
    with pytest.raises(IndexError):
        box.take()


def test_frames_are_counted() -> None:
    box = outbox(frames=2)
    assert [box.put("x", is_event=True) for _ in range(3)] == [True, True, False]
    assert taken(box) == ["x", "x"]


def test_bytes_are_counted_as_they_go_over_the_wire() -> None:
    box = outbox(size=4)
    assert box.put("é", is_event=True)
    assert box.put("ab", is_event=True)
    assert not box.put("c", is_event=True)
    assert box.bytes == 4
    box.take()
    assert box.put("cd", is_event=True)


def test_answers_outlive_events() -> None:
    box = outbox()
    box.put("event", is_event=True)
    box.put("yes", is_event=False)
    box.drop_events()
    assert box.bytes == len("yes")
    assert taken(box) == ["yes"]


def test_nothing_outlives_the_end() -> None:
    box = outbox()
    box.put("yes", is_event=False)
    box.clear()
    assert (len(box), box.bytes) == (0, 0)
