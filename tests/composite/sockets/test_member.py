"""The application's hooks: when each runs, and what the client is told when one fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.composite.socket_server import SocketConnection, SocketLimits
from hubbub.composite.sockets.answers import Later
from hubbub.composite.sockets.member import CONNECT_FAILED
from tests.support.deadline import eventually
from tests.support.engine_clients import WebSocket
from tests.support.socket_application import SocketApplication


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication()


async def test_what_the_connect_hook_sends_follows_connect(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app, '{"greet":"hello"}')
    assert await socket.receive() == '42["greeting","hello"]'
    await socket.end()


async def test_a_refusal_carries_its_data_and_nothing_else_is_sent(world: SocketApplication) -> None:
    socket = await WebSocket.open(world.app)
    socket.send('40{"token":"wrong"}')
    data = '{"code":"unauthenticated","detail":"Wrong token."}'
    assert await socket.receive() == f'44{{"message":"Wrong token.","data":{data}}}'
    socket.send("40")
    assert (await socket.receive()).startswith('40{"sid":')
    assert len(world.joined) == 1
    assert (world.server.counters.refused, world.server.counters.joined) == (1, 1)
    await socket.end()


async def test_a_connect_hook_that_fails_refuses(world: SocketApplication, caplog: pytest.LogCaptureFixture) -> None:
    socket = await WebSocket.open(world.app)
    socket.send('40{"token":"broken"}')
    assert await socket.receive() == f'44{{"message":"{CONNECT_FAILED}"}}'
    await socket.end()
    assert (world.left, len(caplog.records)) == ([], 1)


async def test_a_refusal_after_accepting_disconnects(world: SocketApplication) -> None:
    async def change_of_mind(connection: SocketConnection, auth: object) -> None:
        connection.accept()
        await world.connect(connection, {"token": "wrong"})

    world.server.handle(connect=change_of_mind, event=world.event, disconnect=world.disconnect)
    socket = await WebSocket.join(world.app)
    assert await socket.receive() == "41"
    await socket.end()
    assert world.left == []


async def test_a_client_that_leaves_while_joining_is_told_of_once_it_joined(world: SocketApplication) -> None:
    world.gate.clear()
    socket = await WebSocket.open(world.app)
    socket.send('40{"wait":1}')
    await eventually(lambda: bool(world.joined), "the connect hook to run")
    await socket.end()
    assert world.left == []
    world.gate.set()
    await world.gone.wait()
    assert world.left == ["transport close"]
    assert world.server.connections == []


async def test_every_event_with_an_id_is_answered(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    socket.send('421["a",1,{"b":2}]')
    socket.send('42["no id"]')
    socket.send('422["fail"]')
    assert await socket.receive() == '431[{"heard":[1,{"b":2}]}]'
    assert await socket.receive() == '432[{"failed":"fail","why":"ZeroDivisionError"}]'
    assert world.heard[1] == ("no id", [])
    await socket.end()


async def test_a_hook_that_fails_is_logged_once(world: SocketApplication, caplog: pytest.LogCaptureFixture) -> None:
    socket = await WebSocket.join(world.app)
    socket.send('421["fail"]')
    await socket.receive()
    await socket.end()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert world.server.counters.failed == 1


async def test_a_hook_that_never_ends_is_given_up() -> None:
    world = SocketApplication(SocketLimits(handler_seconds=0.01))
    world.gate.clear()
    socket = await WebSocket.join(world.app)
    socket.send('421["wait"]')
    assert await socket.receive() == '431[{"failed":"wait","why":"TimeoutError"}]'
    await socket.end()


async def test_an_answer_without_json_form_is_a_failure(world: SocketApplication) -> None:
    async def event(_connection: SocketConnection, _name: str, _arguments: list[object]) -> object:
        return object()

    world.server.handle(connect=world.connect, event=event, disconnect=world.disconnect)
    socket = await WebSocket.join(world.app)
    socket.send('421["a"]')
    assert await socket.receive() == '431[{"ok":false,"error":"internal"}]'
    await socket.end()


@pytest.mark.parametrize(("answer", "text"), [(None, "[]"), ((1, 2), "[1,2]"), ([1, 2], "[[1,2]]"), ({}, "[{}]")])
async def test_the_forms_of_an_answer(world: SocketApplication, answer: object, text: str) -> None:
    async def event(_connection: SocketConnection, _name: str, _arguments: list[object]) -> object:
        return answer

    world.server.handle(connect=world.connect, event=event, disconnect=world.disconnect)
    socket = await WebSocket.join(world.app)
    socket.send('421["a"]')
    assert await socket.receive() == "431" + text
    await socket.end()


async def test_events_are_handled_one_at_a_time_and_too_many_are_answered_at_once(world: SocketApplication) -> None:
    world.gate.clear()
    socket = await WebSocket.join(world.app)
    socket.send('420["wait"]')
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for number in range(1, 8):
        socket.send(f'42{number}["n",{number}]')
    assert [await socket.receive() for _ in range(3)] == [f'43{number}[{{"busy":"n"}}]' for number in (5, 6, 7)]
    world.gate.set()
    answers = [await socket.receive() for _ in range(5)]
    assert [answer[:3] for answer in answers] == ["430", "431", "432", "433", "434"]
    assert world.server.counters.busy == 3
    await socket.end()


async def test_what_was_sent_before_goodbye_is_handled_before_it(world: SocketApplication) -> None:
    world.gate.clear()
    socket = await WebSocket.join(world.app)
    for frame in ('42["wait"]', '42["last"]', "41"):
        socket.send(frame)
    await socket.end()
    assert (world.heard, world.left) == ([], [])
    world.gate.set()
    await world.gone.wait()
    assert ([name for name, _ in world.heard], world.left) == (["wait", "last"], ["client disconnect"])


async def test_a_disconnect_hook_that_fails_runs_once(
    world: SocketApplication, caplog: pytest.LogCaptureFixture
) -> None:
    async def disconnect(_connection: SocketConnection, reason: str) -> None:
        world.left.append(reason)
        raise TypeError

    world.server.handle(connect=world.connect, event=world.event, disconnect=disconnect)
    await (await WebSocket.join(world.app)).end()
    await eventually(lambda: not world.server.connections, "the end")
    assert (world.left, len(caplog.records)) == (["transport close"], 1)


async def test_an_overflow_hook_that_fails_is_logged(
    world: SocketApplication, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_connection: SocketConnection) -> None:
        raise ZeroDivisionError

    world.server.handle(connect=world.connect, event=world.event, disconnect=world.disconnect, on_overflow=fail)
    socket = await WebSocket.join(world.app)
    for _ in range(world.server.limits.outbox_packets + 1):
        world.connection.emit("a", "1")
    assert len(caplog.records) == 1
    await socket.end()


async def test_overlapping_events_begin_together_and_others_wait_for_them() -> None:
    world = SocketApplication(SocketLimits(inbox_events=4))
    begun: list[str] = []
    futures: list[asyncio.Future[object]] = []

    async def event(_connection: SocketConnection, name: str, _arguments: list[object]) -> object:
        begun.append(name)
        return name

    def post(_connection: SocketConnection, arguments: list[object]) -> object:
        begun.append("post")
        if arguments == ["refused"]:
            return "post"
        futures.append(asyncio.get_running_loop().create_future())
        return Later(futures[-1], lambda future: future.result())

    world.server.handle(
        connect=world.connect,
        event=event,
        disconnect=world.disconnect,
        overflow_ack=lambda _connection, name: "busy",
        error_ack=lambda _connection, name, error: type(error).__name__,
        begin={"post": post},
    )
    socket = await WebSocket.join(world.app)
    socket.send('421["post"]')
    socket.send('422["post","refused"]')
    socket.send('423["post"]')
    await eventually(lambda: len(futures) == 2, "both to begin")
    socket.send('424["read"]')
    socket.send('425["post"]')
    assert await socket.receive() == '435["busy"]'
    futures[1].set_exception(ZeroDivisionError())
    await asyncio.sleep(0)
    assert begun == ["post", "post", "post"]
    futures[0].set_result("first")
    answers = ['431["first"]', '432["post"]', '433["ZeroDivisionError"]', '434["read"]']
    assert [await socket.receive() for _ in answers] == answers
    socket.send('426["post"]')
    await eventually(lambda: len(futures) == 3, "the last to begin")
    await socket.end()
    assert world.left == []
    futures[2].set_result("too late to be heard")
    await world.gone.wait()


async def test_what_begins_needs_no_task_unless_other_work_waits() -> None:
    world = SocketApplication()
    tasks: list[asyncio.Task[Any] | None] = []
    go_on = asyncio.Event()

    async def wait(_connection: SocketConnection, _name: str, _arguments: list[object]) -> object:
        await go_on.wait()
        return None

    def post(_connection: SocketConnection, _arguments: list[object]) -> object:
        tasks.append(asyncio.current_task())
        return None

    world.server.handle(connect=world.connect, event=wait, disconnect=world.disconnect, begin={"post": post})
    socket = await WebSocket.join(world.app)
    for number in range(2):
        socket.send(f'42{number}["post"]')
        assert await socket.receive() == f"43{number}[]"
    socket.send('422["wait"]')
    socket.send('423["post"]')
    go_on.set()
    assert [await socket.receive() for _ in range(2)] == ["432[]", "433[]"]
    reader, again, inbox = tasks
    assert reader is again
    assert reader is not inbox
    await socket.end()
