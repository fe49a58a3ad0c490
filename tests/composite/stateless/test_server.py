"""`StatelessServer`: its limit, its ends, and each fault of asgiref's that it mends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Hashable
from typing import Any

import pytest

from hubbub.composite.stateless import StatelessServer, TooManyEnding, limits, server
from hubbub.composite.stateless.instances import Instance
from tests.support.deadline import DEADLINE, eventually


class Counting:
    """An application that notes what it hears, and how it ends."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, object]] = []
        self.ended: list[object] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            while True:
                message = await receive()
                self.heard.append((scope, message))
                if message == "fail":
                    raise ValueError("as it was told")
                if message == "end":
                    return
                await send(message)
        finally:
            self.ended.append(scope)


class Serving(StatelessServer):
    """Handles until told to stop, and keeps what applications send and how they fail."""

    application_checker_interval = 0.01

    def __init__(self, application: Any, max_applications: int = 1000) -> None:
        super().__init__(application, max_applications)
        self.stop = asyncio.Event()
        self.sent: list[tuple[object, object]] = []
        self.failures: list[tuple[BaseException, Hashable]] = []

    async def handle(self) -> None:
        await self.stop.wait()

    async def application_send(self, scope: Any, message: Any) -> None:
        self.sent.append((scope, message))

    async def application_exception(self, exception: BaseException, application_details: Instance) -> None:
        self.failures.append((exception, application_details["scope_id"]))


@pytest.fixture
def counting() -> Counting:
    return Counting()


async def test_one_instance_for_each_id_gets_its_messages_in_order(counting: Counting) -> None:
    serving = Serving(counting)
    for message in ("one", "two"):
        serving.deliver("ada", "scope of ada", message)
        serving.deliver("ben", "scope of ben", message)
    await eventually(lambda: len(serving.sent) == 4, "all messages")
    assert [each for each in serving.sent if each[0] == "scope of ada"] == [
        ("scope of ada", "one"),
        ("scope of ada", "two"),
    ]
    assert serving.totals.created == 2
    await serving.end_applications()


@pytest.mark.seed("2.1")
async def test_there_are_never_more_than_the_limit(counting: Counting) -> None:
    serving = Serving(counting, max_applications=3)
    for number in range(10):
        serving.deliver(number, number, "hello")
        assert len(serving.application_instances) <= 3
    assert list(serving.application_instances) == [7, 8, 9]
    assert serving.totals.evicted == 7
    await serving.end_applications()


async def test_the_one_longest_without_a_use_is_evicted(counting: Counting) -> None:
    serving = Serving(counting, max_applications=2)
    for scope_id in ("old", "new", "old", "third"):
        serving.get_or_create_application_instance(scope_id, scope_id)
    assert list(serving.application_instances) == ["old", "third"]
    await serving.end_applications()


@pytest.mark.seed("2.1")
async def test_a_cancelled_application_does_not_end_the_server(counting: Counting) -> None:
    serving = Serving(counting)
    running = asyncio.create_task(serving.arun())
    serving.deliver("ada", "ada", "hello")
    serving.application_instances["ada"]["future"].cancel()
    await eventually(lambda: not serving.application_instances, "the checker to take it out")
    serving.deliver("ben", "ben", "hello")
    await eventually(lambda: ("ben", "hello") in serving.sent, "the server to go on")
    serving.stop.set()
    await running


@pytest.mark.seed("2.1")
async def test_nothing_is_left_running_when_it_ends(counting: Counting) -> None:
    before = asyncio.all_tasks()
    serving = Serving(counting)
    running = asyncio.create_task(serving.arun())
    serving.deliver("ada", "ada", "hello")
    await eventually(lambda: bool(serving.sent), "the application to run")
    serving.stop.set()
    await running
    assert asyncio.all_tasks() == before
    assert counting.ended == ["ada"]


@pytest.mark.parametrize("part", ["handle", "application_checker"])
async def test_a_part_that_raises_ends_the_server_with_its_error(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    async def fail() -> None:
        raise OSError("the network is gone")

    before = asyncio.all_tasks()
    serving = Serving(counting)
    monkeypatch.setattr(serving, part, fail)
    with pytest.raises(OSError, match="the network is gone"):
        await serving.arun()
    assert asyncio.all_tasks() == before


@pytest.mark.seed("2.1")
async def test_who_is_idle_expires_and_who_is_not_stays(counting: Counting) -> None:
    serving = Serving(counting)
    serving.application_idle_seconds = 0.2
    running = asyncio.create_task(serving.arun())
    serving.deliver("idle", "idle", "hello")

    def gone() -> bool:
        serving.deliver("busy", "busy", "hello")
        return "idle" not in serving.application_instances

    await eventually(gone, "the idle one to expire")
    assert list(serving.application_instances) == ["busy"]
    assert (serving.totals.expired, serving.totals.created) == (1, 2)
    serving.stop.set()
    await running


@pytest.mark.seed("2.1")
async def test_deleting_waits_for_the_application_to_clean_up() -> None:
    cleaned_up = asyncio.Event()

    async def slow_to_end(scope: Any, receive: Any, send: Any) -> None:
        try:
            await receive()
        finally:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            cleaned_up.set()

    serving = Serving(slow_to_end)
    serving.get_or_create_application_instance("ada", "ada")
    await asyncio.sleep(0)
    serving.delete_application_instance("ada")
    assert await serving.applications_ended()
    assert cleaned_up.is_set()


async def test_what_does_not_end_is_named_and_left(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ENDING_APPLICATIONS", 1)
    let_go = asyncio.Event()

    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    serving = Serving(stubborn)
    serving.get_or_create_application_instance("ada", "ada")
    await asyncio.sleep(0)
    serving.delete_application_instance("ada")
    assert not await serving.applications_ended(seconds=0.01)
    with pytest.raises(TooManyEnding):
        serving.get_or_create_application_instance("ben", "ben")
    let_go.set()
    assert await serving.applications_ended()
    serving.get_or_create_application_instance("ben", "ben")
    await serving.end_applications()


async def test_a_full_queue_refuses_and_does_not_grow(counting: Counting) -> None:
    serving = Serving(counting)
    serving.application_queue_size = 2
    for _ in range(2):
        serving.deliver("ada", "ada", "hello")
    with pytest.raises(asyncio.QueueFull):
        serving.deliver("ada", "ada", "hello")
    await serving.end_applications()


async def test_the_next_message_for_one_that_has_ended_makes_another(counting: Counting) -> None:
    serving = Serving(counting)  # nothing checks
    serving.deliver("ada", "ada", "end")
    await eventually(lambda: counting.ended == ["ada"], "it to end")
    serving.deliver("ada", "ada", "hello")
    await eventually(lambda: serving.sent == [("ada", "hello")], "the other to hear")
    await serving.end_applications()


async def test_each_failure_is_reported_once_also_of_one_that_was_deleted(counting: Counting) -> None:
    serving = Serving(counting)
    running = asyncio.create_task(serving.arun())
    serving.deliver("ada", "ada", "fail")
    await eventually(lambda: len(serving.failures) == 1, "the failure")
    serving.deliver("ben", "ben", "fail")
    await eventually(lambda: len(counting.ended) == 2, "it to fail")
    if "ben" in serving.application_instances:
        serving.delete_application_instance("ben")
    serving.stop.set()
    await running
    assert [(str(error), scope_id) for error, scope_id in serving.failures] == [
        ("as it was told", "ada"),
        ("as it was told", "ben"),
    ]
    assert serving.totals.failed == 2


async def test_a_report_that_fails_is_logged_and_stops_nothing(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(exception: BaseException, details: Instance) -> None:
        raise RuntimeError("the report is broken")

    serving = Serving(counting)
    monkeypatch.setattr(serving, "application_exception", fail)
    running = asyncio.create_task(serving.arun())
    serving.deliver("ada", "ada", "fail")
    await eventually(lambda: "the report is broken" in caplog.text, "the log")
    assert not running.done()
    serving.stop.set()
    await running


async def test_a_failure_is_logged_unless_it_is_taken(counting: Counting, caplog: pytest.LogCaptureFixture) -> None:
    class Plain(Serving):
        application_exception = StatelessServer.application_exception

    serving = Plain(counting)
    serving.deliver("ada", "ada", "fail")
    await eventually(lambda: bool(counting.ended), "it to fail")
    await serving.end_applications()
    assert "application ada failed" in caplog.text
    assert "as it was told" in caplog.text


async def test_what_must_be_overridden_says_so(counting: Counting) -> None:
    bare = StatelessServer(counting)
    with pytest.raises(NotImplementedError, match="handle"):
        await bare.arun()
    with pytest.raises(NotImplementedError, match="application_send"):
        await bare.application_send(None, None)


def test_a_server_without_room_is_refused(counting: Counting) -> None:
    with pytest.raises(ValueError, match="max_applications is 0"):
        StatelessServer(counting, 0)


_ENDED_BY = """
import asyncio, logging
from hubbub.composite.stateless import StatelessServer
logging.basicConfig(level="INFO")
class Waiting(StatelessServer):
    async def handle(self):
        self.get_or_create_application_instance(1, 1)
        print("ready", flush=True)
        await asyncio.Event().wait()
async def application(scope, receive, send):
    try:
        await receive()
    finally:
        print("cleaned up", flush=True)
Waiting(application).run()
"""


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_ends_run_cleanly(number: signal.Signals, name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", _ENDED_BY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, number)
        out, said = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out) == (0, "cleaned up\n")
    assert f"ended by {name}" in said


async def test_a_cancelled_run_is_cancelled(counting: Counting) -> None:
    running = asyncio.create_task(Serving(counting).arun())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_the_defaults_are_those_that_are_named() -> None:
    assert StatelessServer.application_queue_size == limits.QUEUE_MESSAGES
    assert StatelessServer.application_idle_seconds == limits.IDLE_SECONDS
    assert logging.getLogger(server.__name__) is server.logger
