"""The end of a real server in its own process, whatever its clients do; and the order of a drain in memory."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from hubbub.composite.draining import Drain
from hubbub.composite.exchange import Exchange
from hubbub.composite.hypercorn_fence import UnknownServer
from hubbub.composite.in_flight import InFlight
from hubbub.composite.limits import PROCESS_END_SECONDS
from tests.composite import peers
from tests.composite.ending import Subject, running
from tests.composite.peers import EVERY_PEER, Peer
from tests.support.asgi_calls import Call, websocket_scope
from tests.support.deadline import wait_until

LIMIT = PROCESS_END_SECONDS + 1.0  # seconds: the process's own limit and what the machine needs to see it
AT_ONCE = 2.0  # seconds; half of it is for a machine under load, and the grace alone is 3
WAYS_TO_RUN = ["serve", "-c hypercorn.toml", "-w 0", "-w 1", "-w 2"]
STOPPED = ["inner stopped", "stopped", "database closed"]


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("run", WAYS_TO_RUN)
def test_ends_in_time_and_in_order_with_every_peer_at_once(tmp_path: Path, run: str, group: bool) -> None:
    with running(tmp_path, run) as subject, ExitStack() as held:
        for peer in EVERY_PEER:
            held.enter_context(peer(subject))
        ending = subject.end(group=group)
        assert (ending.status, ending.seconds < LIMIT) == (0, True), ending
        for worker in subject.workers():
            assert subject.marks_of(worker)[-3:] == STOPPED
        assert "Traceback" not in ending.log
        assert "has not ended" not in ending.log


IDLE: tuple[Peer, ...] = (
    peers.silent,
    peers.half_handshake,
    peers.half_head,
    peers.kept_alive,
    peers.kept_alive_tls,
    peers.h2_idle,
    peers.open_poll,
    peers.socketio_websocket,
    peers.open_websocket,
)


def test_ends_at_once_with_idle_peers_that_answer_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "-c hypercorn.toml", GRACE="3") as subject, ExitStack() as held:
        for peer in IDLE * 11:
            held.enter_context(peer(subject))
        ending = subject.end()
        assert (ending.status, ending.seconds < AT_ONCE) == (0, True), ending


def test_a_request_in_flight_gets_its_answer(tmp_path: Path) -> None:
    with running(tmp_path, "serve", GRACE="3") as subject, peers.connect(subject) as connection:
        peers.request(connection, "/sleep?seconds=0.3")
        subject.wait_for("sleeping")
        assert subject.end().status == 0
        answer = peers.read_response(connection)
        assert answer.endswith(b"slept")
        assert b"connection: close" in answer.lower()


def test_a_request_that_takes_too_long_is_told_so(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as subject, peers.slow_request(subject) as connection:
        assert subject.end().status == 0
        answer = peers.read_response(connection)
        assert b" 503 " in answer
        assert b'"server_busy"' in answer


def test_a_websocket_is_closed_as_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as subject, peers.open_websocket(subject) as connection:
        peers.let_it_be_read(subject)
        subject.end()
        reason = b"server_restarting"
        assert connection.recv(64) == bytes([0x88, 2 + len(reason)]) + (1012).to_bytes(2, "big") + reason


def test_sockets_are_told_before_they_are_closed(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as subject, peers.open_poll(subject) as connection:
        peers.let_it_be_read(subject)
        subject.end()
        assert b"server_restarting" in peers.read_response(connection)


def test_an_event_loop_that_stands_still_does_not_keep_the_process(tmp_path: Path) -> None:
    with running(tmp_path, "-w 1") as subject, peers.connect(subject) as connection:
        peers.request(connection, "/block")
        subject.wait_for("blocking")
        ending = subject.end()
        assert (ending.status, ending.seconds < LIMIT) == (0, True), ending
        assert "(block)" in ending.log  # where it stood


def test_a_handler_or_a_thread_that_does_not_end_does_not_keep_the_process(tmp_path: Path) -> None:
    with running(tmp_path, "-w 0") as subject, peers.connect(subject) as one, peers.connect(subject) as other:
        peers.request(one, "/stubborn")
        subject.wait_for("stubborn")
        peers.request(other, "/thread")
        subject.wait_for("threading")
        ending = subject.end()
        assert (ending.status, ending.seconds < LIMIT) == (0, True), ending
        assert [line for line in subject.marks if line in STOPPED] == STOPPED


def test_a_worker_that_is_asked_alone_ends_alone_and_in_order(tmp_path: Path) -> None:
    with running(tmp_path, "-w 1") as subject:
        (first,) = subject.workers()
        os.kill(first, signal.SIGTERM)
        wait_until(lambda: len(subject.workers()) == 2, "another worker")
        assert subject.marks_of(first)[-3:] == STOPPED
        subject.wait_until_ready()
        assert subject.end().status == 0


@pytest.mark.parametrize("run", ["serve", "-w 0", "-w 1"])
def test_a_signal_during_the_start_ends_it_after_the_start(tmp_path: Path, run: str) -> None:
    with running(tmp_path, run, ready=False, OPENING_SECONDS="0.5") as subject:
        subject.wait_for("opening")
        ending = subject.end(group=True)
        assert (ending.status, ending.seconds < LIMIT) == (0, True), ending
        assert subject.marks == ["opening", "database opened", "inner started", "farewell", *STOPPED]


def test_signals_while_it_ends_change_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "-w 1") as subject, peers.slow_request(subject):
        subject.process.terminate()
        subject.wait_for("farewell")
        (worker,) = subject.workers()
        os.kill(worker, signal.SIGTERM)
        ending = subject.end(group=True)
        assert ending.status == 0
        assert subject.marks[-3:] == STOPPED


class _Server(UnknownServer):
    """Notes what a drain asks of it."""

    def __init__(self, story: list[str]) -> None:
        super().__init__()
        self._story = story

    def stop(self) -> None:
        self._story.append("stop")

    def stop_listening(self) -> None:
        self._story.append("stop listening")

    async def wait_for_connections(self, seconds: float) -> None:
        self._story.append("wait")

    async def cut_connections(self, seconds: float) -> None:
        self._story.append("cut")


async def test_order_of_a_drain() -> None:
    story: list[str] = []
    drain = Drain()
    drain.attach(_Server(story), InFlight(), last=lambda: story.append("last"), on_begin=lambda: story.append("begin"))
    drain.on_drain(lambda: story.append("told"))
    drain.begin()
    drain.begin()
    assert drain.draining
    await drain.finish()
    assert story == ["begin", "stop", "stop listening", "told", "last", "wait", "cut"]


async def test_callbacks_run_at_once_and_a_failing_one_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    drain = Drain()
    met = asyncio.Barrier(2)

    async def meet() -> None:
        await met.wait()

    def fail() -> None:
        raise OSError("no")

    for callback in (meet, fail, meet):
        drain.on_drain(callback)
    await drain.finish()
    assert met.n_waiting == 0
    assert "a drain callback failed" in caplog.text


async def test_a_websocket_is_closed_and_its_handler_ended() -> None:
    drain, books, made = Drain(), InFlight(), Call([])
    drain.attach(UnknownServer(), books, last=lambda: None)
    one = Exchange(websocket_scope(), made.receive, made.send, lambda: drain.draining)

    async def handle() -> None:
        books.enter(one)
        try:
            await one.send({"type": "websocket.accept"})
            event = await one.receive()
            assert event["type"] == "websocket.disconnect"
        finally:
            books.leave(one)

    handling = asyncio.create_task(handle())
    await asyncio.sleep(0)
    await drain.finish()
    await handling
    assert made.messages[-1] == {"type": "websocket.close", "code": 1012, "reason": "server_restarting"}


def test_a_listening_socket_is_closed_when_the_drain_begins(tmp_path: Path) -> None:
    with running(tmp_path, "serve", GRACE="3") as subject, peers.connect(subject) as connection:
        peers.request(connection, "/sleep?seconds=1")
        subject.wait_for("sleeping")
        subject.process.terminate()
        subject.wait_for("farewell")
        _assert_refused(subject)
        assert peers.read_response(connection).endswith(b"slept")


def _assert_refused(subject: Subject) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", subject.plain.number))
