"""One connection and what a test does to it at once; orders by number are tested beside `faults`."""

from __future__ import annotations

import asyncio
from typing import Any

from hubbub.composite.types import Message
from hubbub.testing.lines import ABNORMAL, Line
from hubbub.testing.orders import Direction, Fault, Order, Where
from hubbub.testing.scopes import http_scope, websocket_scope

GONE = {"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""}


class Ends:
    """A line with the client's side in the test's hands."""

    def __init__(self, scope: dict[str, Any], *orders: Order) -> None:
        self.from_client: asyncio.Queue[Message] = asyncio.Queue()
        self.to_client: list[Message] = []
        self.orders = orders
        self.line = Line(scope, self.from_client.get, self.send, self.due)

    async def send(self, message: Message) -> None:
        self.to_client.append(message)

    def due(self, direction: Direction, scope: Any) -> Order | None:
        hit = [order for order in self.orders if order.count(direction, scope)]
        return hit[0] if hit else None

    def arrive(self, *texts: str) -> None:
        for text in texts:
            self.from_client.put_nowait(frame(text))


def frame(text: str) -> Message:
    return {"type": "websocket.receive", "text": text}


def said(text: str) -> Message:
    return {"type": "websocket.send", "text": text}


async def blocked(task: asyncio.Task[Any]) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return not task.done()


async def test_without_an_order_everything_passes() -> None:
    ends = Ends(websocket_scope())
    ends.arrive("a", "b")
    assert [await ends.line.receive(), await ends.line.receive()] == [frame("a"), frame("b")]
    await ends.line.send(said("c"))
    assert ends.to_client == [said("c")]
    assert str(ends.line) == "WebSocket /"


async def test_a_cut_is_seen_by_both_sides_at_once() -> None:
    ends = Ends(websocket_scope())
    receiving = asyncio.create_task(ends.line.receive())
    assert await blocked(receiving)
    ends.line.cut()
    assert await receiving == GONE
    assert await ends.line.receive() == GONE
    await ends.line.send(said("lost"))
    assert ends.to_client == []
    assert ends.line.cut_off.is_set()
    request = Ends(http_scope())
    request.line.cut()
    assert await request.line.receive() == {"type": "http.disconnect"}
    ends.line.close()


async def test_who_vanished_says_nothing_and_takes_everything() -> None:
    ends = Ends(websocket_scope())
    receiving = asyncio.create_task(ends.line.receive())
    assert await blocked(receiving)
    ends.line.half_open()
    ends.arrive("lost")
    assert await blocked(receiving)
    await ends.line.send(said("lost"))
    assert ends.to_client == []
    assert not ends.line.cut_off.is_set()
    ends.line.heal()
    assert await receiving == GONE
    ends.line.close()


async def test_a_stalled_client_takes_what_its_buffer_holds_and_then_nothing() -> None:
    ends = Ends(websocket_scope())
    ends.line.stall(buffer_bytes=4)
    await ends.line.send(said("1234"))
    sending = asyncio.create_task(ends.line.send(said("5")))
    assert await blocked(sending)
    assert ends.to_client == []
    ends.line.resume()
    await sending
    await ends.line.send(said("6"))
    await ends.line.flowed()
    assert ends.to_client == [said("1234"), said("5"), said("6")]


async def test_a_cut_lets_go_whoever_waits_for_a_stalled_client() -> None:
    ends = Ends(websocket_scope())
    ends.line.stall()
    sending = asyncio.create_task(ends.line.send(said("1")))
    assert await blocked(sending)
    ends.line.cut()
    await sending
    await ends.line.flowed()
    assert ends.to_client == []


async def test_a_receive_that_is_cancelled_loses_nothing() -> None:
    delay = Order(Fault.DELAY, "to_server", Where())
    ends = Ends(websocket_scope(), delay)
    for _ in range(2):
        receiving = asyncio.create_task(ends.line.receive())
        assert await blocked(receiving)
        receiving.cancel()
        ends.arrive("late")
    delay.release()
    assert [await ends.line.receive(), await ends.line.receive()] == [frame("late"), frame("late")]


async def test_two_delays_are_released_one_by_one_and_keep_the_order() -> None:
    first, second = (Order(Fault.DELAY, "to_client", Where(), nth) for nth in (1, 3))
    ends = Ends(websocket_scope(), first, second)
    for text in "abcd":
        await ends.line.send(said(text))
    flowing = asyncio.create_task(ends.line.flowed())
    assert await blocked(flowing)
    assert ends.to_client == []
    first.release()
    assert await blocked(flowing)
    assert ends.to_client == [said("a"), said("b")]
    second.release()
    await flowing
    assert ends.to_client == [said(text) for text in "abcd"]


async def test_the_end_of_a_request_stays_however_often_it_is_asked_for() -> None:
    ends = Ends(http_scope())
    ends.from_client.put_nowait({"type": "http.disconnect"})
    assert [(await ends.line.receive())["type"] for _ in range(3)] == ["http.disconnect"] * 3


async def test_a_stalled_client_that_leaves_holds_up_nobody() -> None:
    ends = Ends(websocket_scope())
    ends.line.stall()
    sending = asyncio.create_task(ends.line.send(said("1")))
    assert await blocked(sending)
    ends.arrive("last words")
    ends.from_client.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await sending
    await ends.line.flowed()
    await ends.line.send(said("to nobody"))
    assert ends.to_client == []
    assert [await ends.line.receive(), (await ends.line.receive())["code"]] == [frame("last words"), 1001]
