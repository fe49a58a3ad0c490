"""Orders: which message they hit, and what a test can wait for."""

from __future__ import annotations

import pytest

from hubbub.testing.clock import ManualClock
from hubbub.testing.orders import Fault, Order, Where
from hubbub.testing.scopes import http_scope, websocket_scope


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        (Where(), True),
        (Where("/socket.io/"), True),
        (Where("/socket"), False),
        (Where(kind="http"), True),
        (Where(kind="websocket"), False),
        (Where(method="GET"), True),
        (Where(method="POST"), False),
    ],
    ids=str,
)
def test_where_says_which_connections_are_meant(where: Where, fits: bool) -> None:
    assert where.matches(http_scope("/socket.io/")) is fits


def test_a_websocket_has_no_method() -> None:
    assert Where(kind="websocket").matches(websocket_scope())
    assert not Where(method="GET").matches(websocket_scope())


def test_the_nth_message_is_hit_and_as_many_as_were_ordered() -> None:
    order = Order(Fault.DROP, "to_server", Where("/a"), nth=2, times=2)
    assert not order.count("to_client", http_scope("/a"))
    assert not order.count("to_server", http_scope("/b"))
    assert [order.count("to_server", http_scope("/a")) for _ in range(5)] == [False, True, True, False, False]


@pytest.mark.parametrize(("nth", "times"), [(0, 1), (1, 0)])
def test_messages_are_counted_from_one(nth: int, times: int) -> None:
    with pytest.raises(ValueError, match="from 1"):
        Order(Fault.DROP, "to_server", Where(), nth, times)


async def test_a_test_can_wait_for_it_and_learns_what_did_not_happen() -> None:
    order = Order(Fault.CUT, "to_client", Where("/events", method="GET"), nth=3)
    order.count("to_client", http_scope("/events"))
    with pytest.raises(TimeoutError, match=r"cut message 3 to_client, GET under /events \(1 seen so far\)"):
        await order.happened(timeout=0.01)
    order.happens(ManualClock().later)
    await order.happened()


def test_a_delay_ends_by_itself_or_by_hand() -> None:
    clock = ManualClock()
    timed = Order(Fault.DELAY, "to_client", Where(), seconds=5)
    released: list[str] = []
    timed.on_release(lambda: released.append("timed"))
    timed.happens(clock.later)
    clock.advance(4)
    assert released == []
    clock.advance(1)
    assert (released, timed.released.is_set()) == (["timed"], True)
    timed.on_release(lambda: released.append("late"))
    assert released == ["timed", "late"]
