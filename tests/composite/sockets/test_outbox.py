from __future__ import annotations

import pytest

from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.frames import HEAD_BYTES, Bundle
from hubbub.composite.sockets.outbox import CONTROL_PACKETS, Outbox


def outbox(**limits: int) -> Outbox:
    return Outbox(**{"max_packets": 3, "max_bytes": 10, **limits})


def test_packets_leave_in_order_and_those_of_the_protocol_first() -> None:
    box = outbox()
    assert box.put("4a")
    assert box.put(b"b")
    assert box.put_control("2")
    assert (len(box), box.bytes) == (3, 3)
    assert [box.take() for _ in range(3)] == ["2", "4a", b"b"]
    assert (len(box), box.bytes) == (0, 0)
    with pytest.raises(IndexError):
        box.take()


def test_what_does_not_fit_is_not_kept() -> None:
    box = outbox()
    assert all(box.put("4") for _ in range(3))
    assert not box.put("4")
    assert len(box) == 3


def test_bytes_are_counted_in_utf_8() -> None:
    box = outbox()
    assert box.put("4€€€")
    assert not box.put("4")
    assert box.bytes == 10


def test_clear_keeps_the_protocols_own() -> None:
    box = outbox()
    box.put("4a")
    box.put_control("40{}")
    box.clear()
    assert (box.take(), len(box), box.bytes) == ("40{}", 0, 0)


def test_what_says_how_something_is_takes_the_place_of_what_said_how_it_was() -> None:
    box = outbox()
    assert all(box.put(packet, key) for packet, key in [("4on", "ada"), ("4b", None), ("4off", "ada"), ("4on", "bob")])
    assert (len(box), box.bytes) == (3, 9)
    assert [box.take() for _ in range(3)] == ["4b", "4off", "4on"]
    assert box.bytes == 0


def test_the_same_key_a_thousand_times_is_one_packet() -> None:
    box = outbox()
    assert all(box.put(f"4{number}", "ada") for number in range(1_000))
    assert (len(box), box.bytes, box.take()) == (1, 4, "4999")


def test_what_has_a_key_survives_when_room_is_made() -> None:
    box = outbox()
    for packet, key in (("4a", None), ("4on", "ada"), ("4b", None)):
        box.put(packet, key)
    box.put_control("2")
    box.make_room()
    assert (len(box), box.bytes) == (2, 3)
    assert [box.take() for _ in range(2)] == ["2", "4on"]


def test_packets_come_back_before_those_that_wait() -> None:
    box = outbox()
    for packet in ("4a", "4b", "4c"):
        box.put(packet)
    taken = [box.take(), box.take()]
    box.put_back(taken)
    assert box.bytes == 6
    assert [box.take() for _ in range(3)] == ["4a", "4b", "4c"]


def test_even_the_protocols_own_have_an_end() -> None:
    box = outbox()
    assert all(box.put_control("40{}") for _ in range(CONTROL_PACKETS))
    assert not box.put_control("40{}")


def test_a_bundle_counts_as_its_packets_and_comes_whole_or_not_at_all() -> None:
    box = outbox()
    assert box.put("4a")
    assert not box.put_all(Bundle(["4b", "4c", "4d"]))
    assert not box.put_all(Bundle(["4" * 8, "4c"]))
    assert (len(box), box.bytes) == (1, 2)
    assert box.put_all(Bundle(["4b", "4€"]))
    assert (len(box), box.bytes) == (3, 8)
    assert not box.put("4")


def test_packets_of_a_bundle_are_taken_one_by_one_in_their_place() -> None:
    box = outbox(max_packets=10)
    box.put("4a")
    box.put_all(Bundle(["4b", "4c", "4d"]))
    box.put("4e")
    seen = []
    while box:
        before = len(box), box.bytes
        seen.append(box.take())
        assert (len(box), box.bytes) == (before[0] - 1, before[1] - 2)
    assert seen == ["4a", "4b", "4c", "4d", "4e"]


@pytest.mark.parametrize(
    ("room", "taken"),
    [
        (3, [Bundle(["a", "b"]), "c"]),  # all that waits: as it came
        (2, ["a", "b"]),
        (1, ["a"]),
        (0, []),
    ],
)
def test_a_bundle_is_parted_where_only_some_of_it_fits(room: int, taken: list[Encoded | Bundle]) -> None:
    box = outbox()
    box.put_all(Bundle(["a", "b"]))
    box.put("c")
    assert box.take_within(room * (1 + HEAD_BYTES)) == taken
    rest = ["a", "b", "c"][room:]
    assert (len(box), box.bytes) == (len(rest), len(rest))
    assert [box.take() for _ in rest] == rest


def test_a_bundle_goes_when_room_is_made() -> None:
    box = outbox()
    box.put_all(Bundle(["4a", "4b"]))
    box.put("4on", "ada")
    box.make_room()
    assert (len(box), box.bytes, box.take(), len(box)) == (1, 3, "4on", 0)
