"""The thread that ends a process; here it only says that it would."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from hubbub.composite import watchdog as module
from hubbub.composite.watchdog import Watchdog
from tests.support.deadline import eventually


class Process:
    """Stands for the process: notes that its hooks ran and with what status it ended."""

    def __init__(self) -> None:
        self.rescued = False
        self.statuses: list[int] = []
        self.ended = threading.Event()

    async def rescue(self) -> None:
        self.rescued = True

    def exit(self, status: int) -> None:
        self.statuses.append(status)
        self.ended.set()

    def has_exited(self) -> bool:
        return self.statuses == [0]


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Process:
    process = Process()
    monkeypatch.setattr(module, "RESCUE_SECONDS", 0.01)
    monkeypatch.setattr(module, "PROCESS_END_SECONDS", 0.2)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(os, "_exit", process.exit)
    return process


async def test_it_runs_the_hooks_and_ends_the_process(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    Watchdog(process.rescue, stop_requested=None, ended=process.ended).arm()
    await eventually(process.has_exited, "the end")
    assert process.rescued
    assert "has not ended" in caplog.text


async def test_it_notices_a_stop_that_nobody_tells_it_of(process: Process) -> None:
    asked = threading.Event()
    Watchdog(process.rescue, stop_requested=asked.is_set, ended=process.ended)
    asked.set()
    await eventually(process.has_exited, "the end")


async def test_a_hook_that_fails_does_not_keep_it(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise OSError("no")

    Watchdog(fail, stop_requested=None, ended=process.ended).arm()
    await eventually(process.has_exited, "the end")
    assert "stopping by force failed" in caplog.text


async def test_a_hook_that_hangs_does_not_keep_it(process: Process) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    Watchdog(hang, stop_requested=None, ended=process.ended).arm()
    await eventually(process.has_exited, "the end")


async def test_a_process_that_ends_by_itself_is_left_alone(process: Process) -> None:
    process.ended.set()
    Watchdog(process.rescue, stop_requested=None, ended=process.ended).arm()
    await eventually(_no_thread, "the end of the thread")
    assert process.statuses == []


async def test_it_can_be_called_off(process: Process) -> None:
    Watchdog(process.rescue, stop_requested=None, ended=process.ended).disarm()
    await eventually(_no_thread, "the end of the thread")
    assert process.statuses == []


def _no_thread() -> bool:
    return all(thread.name != "watchdog" for thread in threading.enumerate())
