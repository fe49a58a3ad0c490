"""GET and POST of a session, through `EngineServer`, which is what finds the session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from hubbub.composite.socket_server import SocketLimits
from hubbub.composite.sockets.elsewhere import MaybeDelivered
from hubbub.composite.sockets.session import TRANSPORT_ERROR
from hubbub.composite.types import Message
from tests.support.deadline import eventually
from tests.support.engine_clients import Polling
from tests.support.socket_application import SocketApplication


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication()


async def test_a_poll_waits_for_something_to_say(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    poll = client.start("GET")
    await asyncio.sleep(0)
    assert poll.messages == []
    world.connection.emit("said", "1")
    world.connection.emit("said", "2")
    await poll.task
    assert poll.body == b'42["said",1]\x1e42["said",2]'
    assert poll.headers["content-type"] == "text/plain; charset=UTF-8"


async def test_a_post_is_answered_ok(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    post = await client.request("POST", b'42["hello",1]')
    assert (post.status, post.body) == (200, b"ok")


async def test_any_number_of_packets_in_a_post_is_heard_in_order(world: SocketApplication) -> None:
    world = SocketApplication(SocketLimits(inbox_events=1_000))
    client = await Polling.join(world.app)
    assert await client.post(*(f'42["n",{number}]' for number in range(500))) == 200
    await eventually(lambda: len(world.heard) == 500, "all events")
    assert [arguments for _, arguments in world.heard] == [[number] for number in range(500)]


async def test_what_is_handled_at_once_does_not_fill_the_inbox(world: SocketApplication) -> None:
    world = SocketApplication(SocketLimits(inbox_events=16))
    client = await Polling.join(world.app)
    assert await client.post(*(f'42["n",{number}]' for number in range(500))) == 200
    await eventually(lambda: len(world.heard) == 500, "all events")
    assert world.server.counters.busy == 0


async def test_a_poll_takes_so_many_packets_and_leaves_the_rest() -> None:
    world = SocketApplication(SocketLimits(poll_packets=2))
    client = await Polling.join(world.app)
    for number in range(3):
        world.connection.emit("said", str(number))
    assert [await client.poll(), await client.poll()] == [['42["said",0]', '42["said",1]'], ['42["said",2]']]


async def test_a_poll_whose_connection_drops_loses_nothing(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    waiting = client.start("GET")
    await asyncio.sleep(0)
    await waiting.leave()
    world.connection.emit("said", "1")
    assert await client.poll() == ['42["said",1]']
    assert world.left == []


async def test_packets_of_an_answer_that_fails_are_put_back(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    world.connection.emit("said", "1")

    async def broken(_message: object) -> None:
        raise ConnectionResetError

    poll = client.start("GET")
    poll.send = broken  # type: ignore[method-assign,assignment]
    with pytest.raises(ConnectionResetError):
        await poll.task
    assert await client.poll() == ['42["said",1]']


async def test_a_poll_that_is_repeated_gets_the_same_answer_until_another_says_that_it_arrived(
    world: SocketApplication,
) -> None:
    client = await Polling.join(world.app)
    world.connection.emit("said", "1")
    answers = [(await client.request("GET", t="one")).body]
    world.connection.emit("said", "2")
    answers += [(await client.request("GET", t=mark)).body for mark in ("one", "one", "two")]
    assert answers == [b'42["said",1]'] * 3 + [b'42["said",2]']


async def test_a_mark_that_never_changes_is_none(world: SocketApplication) -> None:
    client = Polling(world.app)
    client.sid = json.loads((await client.request("GET", t="tenant")).body[1:])["sid"]
    await client.post("40")
    await client.poll()
    for number in (b"1", b"2"):
        world.connection.emit("said", number.decode())
        assert (await client.request("GET", t="tenant")).body == b'42["said",%b]' % number


async def test_an_answer_of_which_nobody_knows_whether_it_arrived_ends_the_session(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    world.connection.emit("said", "1")

    async def broken(_message: object) -> None:
        raise MaybeDelivered

    poll = client.start("GET")
    poll.send = broken  # type: ignore[method-assign,assignment]
    with pytest.raises(MaybeDelivered):
        await poll.task
    assert await client.poll() == ["gone"]


async def test_an_answer_that_is_not_taken_ends_the_session() -> None:
    world = SocketApplication(SocketLimits(send_seconds=0.01))
    client = await Polling.join(world.app)
    world.connection.emit("said", "1")
    poll = client.start("GET")
    poll.send = lambda _message: asyncio.Event().wait()  # type: ignore[method-assign,assignment,return-value]
    await poll.task
    await world.gone.wait()
    assert world.left == [TRANSPORT_ERROR]


async def test_two_polls_at_once_end_the_session(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    first = client.start("GET")
    await asyncio.sleep(0)
    assert await client.poll() == ["gone"]
    await first.task
    assert first.body == b"1"
    await world.gone.wait()
    assert world.left == [TRANSPORT_ERROR]


async def test_two_posts_at_once_end_the_session(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    slow = client.start("POST", events=[{"type": "http.request", "body": b"4", "more_body": True}])
    await asyncio.sleep(0)
    assert await client.post('42["b"]') == 400
    await world.gone.wait()
    await slow.leave()
    assert (world.heard, slow.messages) == ([], [])


async def test_a_post_whose_session_ended_meanwhile_is_refused(world: SocketApplication) -> None:
    client = await Polling.join(world.app)

    def body() -> Iterator[Message]:
        yield {"type": "http.request", "body": b'42["b"]', "more_body": True}
        world.connection.close("revoked")
        yield {"type": "http.request", "body": b"", "more_body": False}

    post = client.start("POST", events=body())
    await post.task
    assert (post.status, world.heard) == (400, [])


@pytest.mark.parametrize("body", ["abc", "", "6", "2", "0{}", "5", "42{}", "4abc", '42["a"]\x1e', "bäh", "452-[]"])
async def test_a_malformed_post_gets_400_and_ends_the_session(world: SocketApplication, body: str) -> None:
    client = await Polling.join(world.app)
    waiting = client.start("GET")
    await asyncio.sleep(0)
    post = await client.request("POST", body.encode())
    assert (post.status, post.document["code"]) == (400, 3)
    async with asyncio.timeout(0.25):
        await waiting.task
        await world.gone.wait()
    assert world.left == ["parse error"]
    assert world.server.counters.malformed == 1


@pytest.mark.parametrize("body", ["6", "2", "3", "1"])
async def test_nothing_hangs_before_a_namespace_is_joined(world: SocketApplication, body: str) -> None:
    client = await Polling.open(world.app)
    async with asyncio.timeout(1):
        assert await client.post(body) in {200, 400}


async def test_a_post_too_large_gets_413_and_ends_the_session() -> None:
    world = SocketApplication(SocketLimits(payload_bytes=1_000))
    client = await Polling.join(world.app)
    assert await client.post('42["a","' + "x" * 1_000 + '"]') == 413
    await world.gone.wait()
    assert client.handshake["maxPayload"] == 1_000


async def test_goodbye_is_heard_and_answers_the_poll(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    waiting = client.start("GET")
    await asyncio.sleep(0)
    assert await client.post('42["last"]', "1") == 200
    await waiting.task
    assert waiting.body == b"6"
    await world.gone.wait()
    assert (world.heard, world.left) == ([("last", [])], ["client disconnect"])
    assert await client.poll() == ["gone"]
