"""The family of workers: its pipes are real, its processes are counted. The whole of it is in tests/cluster."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from itertools import pairwise
from multiprocessing import connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypercorn.asyncio.run import asyncio_worker
from hypercorn.config import Config

from hubbub.composite import hypercorn_workers
from hubbub.composite.hypercorn_workers import RESPAWN_AT_MOST_SECONDS, WorkerFamily
from tests.support.deadline import DEADLINE
from tests.support.worker_targets import let_go_of_sentinel, note_place

MASTER = 4_711


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Relatives:
    """Families of one process with sentinels that a test can watch, and starts that are only noted."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []  # (by whom, in whose place)
        self.ended: list[str] = []  # in whose place they would have been
        self.ends: dict[str, int] = {}  # {worker: the end of its sentinel that the master would read}
        self.event = threading.Event()
        self._open: list[int] = []

    def member(self, name: str, *, master: int = MASTER, replaces: str | None = None) -> WorkerFamily:
        config = Config()
        sentinel = None
        if replaces is None:
            reading, sentinel = os.pipe2(os.O_NONBLOCK)
            self.ends[name] = reading
            self._open += [reading, sentinel]
        else:
            vars(config)[hypercorn_workers._REPLACES] = (master, replaces)
        kwargs = {"config": config, "shutdown_event": self.event, "sockets": None}
        family = WorkerFamily(name, master=master, kwargs=kwargs, target=None, sentinel=sentinel)
        family._start = lambda killed: self._note(name, killed)  # type: ignore[method-assign]
        return family

    def _note(self, name: str, killed: str) -> Any:
        self.started.append((name, killed))
        # One that lives.
        return SimpleNamespace(pid=os.getpid(), is_alive=lambda: True, kill=lambda: self.ended.append(killed))

    def kill(self, name: str) -> None:
        """Close what the system closes of a process that was killed."""
        os.close(self._open.pop(self._open.index(self.ends[name]) + 1))

    def is_woken(self, name: str) -> bool:
        """Whether the master would notice the end of this worker."""
        try:
            return os.read(self.ends[name], 1) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)


@pytest.fixture
def relatives() -> Iterator[Relatives]:
    made = Relatives()
    yield made
    made.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(hypercorn_workers, "time", made)
    return made


def introduce(*families: WorkerFamily) -> None:
    for one in families:
        for other in families:
            if one is not other:
                one.welcome(other._name, other.card)


def test_the_master_is_not_woken_while_anybody_is_left(relatives: Relatives) -> None:
    one, two, three = (relatives.member(name) for name in ("1", "2", "3"))
    introduce(one, two, three)
    relatives.kill("1")
    assert not relatives.is_woken("1")
    two.farewell("1")
    assert not relatives.is_woken("1")
    three.farewell("1")
    assert relatives.is_woken("1")
    two.farewell("1")  # again does nothing


def test_one_who_comes_later_holds_the_sentinels_of_the_dead_as_well(relatives: Relatives) -> None:
    one, two = relatives.member("1"), relatives.member("2")
    introduce(one, two)
    relatives.kill("1")
    two.mourn("1")
    three = relatives.member("3", replaces="1")
    introduce(two, three)
    two.farewell("1")
    assert not relatives.is_woken("1")
    three.farewell("1")
    assert relatives.is_woken("1")


def test_the_earliest_that_is_left_starts_one_in_its_place_and_only_one(relatives: Relatives, clock: Clock) -> None:
    one, two, three = (relatives.member(name) for name in ("1", "2", "3"))
    introduce(one, two, three)
    for family in (two, three):
        family.mourn("1")
    assert [family.tend() for family in (three, two, two)] == [False, True, False]
    clock.now += 1_000
    assert not two.tend()  # it is on its way
    assert relatives.started == [("2", "1")]
    three.welcome("2", two.card)
    three.mourn("2")  # before the new one has come
    assert three.tend()
    assert relatives.started == [("2", "1"), ("3", "2")]


def test_whose_place_was_taken_is_not_replaced_again(relatives: Relatives, clock: Clock) -> None:
    one, two, three = (relatives.member(name) for name in ("1", "2", "3"))
    introduce(one, two, three)
    for family in (two, three):
        family.mourn("1")
    stale = dict(three.card)
    four = relatives.member("4", replaces="1")
    introduce(two, three, four)
    for family in (two, four):
        family.welcome("3", stale)
        assert not family.tend()
    assert relatives.started == []


def test_whoever_hears_late_of_a_death_starts_nobody_beside_who_is_there(relatives: Relatives, clock: Clock) -> None:
    one, two, three, late = (relatives.member(name) for name in ("1", "2", "3", "4"))
    introduce(one, two, three, late)
    two.mourn("1")
    assert two.tend()
    three.welcome("2", two.card)
    three.mourn("1")  # the new one is on its way
    introduce(late, relatives.member("5", replaces="1"))
    late.mourn("1")  # the new one has come
    for dead, family in (("2", three), ("2", late), ("3", late)):
        family.mourn(dead)
    clock.now += 1_000
    assert three.tend()
    assert late.tend()
    assert relatives.started == [("2", "1"), ("3", "2"), ("4", "2"), ("4", "3")]


def test_one_that_ends_before_it_comes_is_tried_again_ever_more_slowly(
    relatives: Relatives, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = relatives.member("1"), relatives.member("2")
    introduce(one, two)
    two.mourn("1")
    monkeypatch.setattr(relatives, "_note", lambda *_: SimpleNamespace(pid=None, is_alive=bool))
    tries = []
    for second in range(200):
        clock.now = 100.0 + second
        if two.tend():
            tries.append(second)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == RESPAWN_AT_MOST_SECONDS


def test_nobody_is_started_once_the_master_has_asked_for_the_end(relatives: Relatives) -> None:
    one, two = relatives.member("1"), relatives.member("2")
    introduce(one, two)
    two.mourn("1")
    relatives.event.set()
    assert not two.tend()


def test_whoever_ends_takes_along_those_it_started_who_have_not_come(relatives: Relatives, clock: Clock) -> None:
    one, two, three, four = (relatives.member(name) for name in ("1", "2", "3", "4"))
    introduce(one, two, three, four)
    for killed in ("1", "2"):
        three.mourn(killed)
        four.mourn(killed)
    three.tend()
    four.welcome("3", three.card)
    introduce(three, relatives.member("5", replaces="1"))
    four.close()
    assert relatives.ended == []
    three.close()
    assert relatives.ended == ["2"]


def test_the_workers_of_another_master_are_strangers(relatives: Relatives) -> None:
    one, stranger = relatives.member("1"), relatives.member("0", master=MASTER + 1)
    introduce(one, stranger)
    one.welcome("visitor", {})
    relatives.kill("0")
    assert relatives.is_woken("0")
    one.mourn("0")
    assert not one.tend()


def test_a_process_that_is_no_worker_has_no_family() -> None:
    assert WorkerFamily.find("1") is None


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Config:
    """The configuration that this process was started with, as far as it can tell, by Hypercorn's master."""
    config = Config()
    kwargs = {"config": config, "shutdown_event": threading.Event(), "sockets": None}
    process = SimpleNamespace(_kwargs=kwargs, _target=asyncio_worker)
    monkeypatch.setattr(multiprocessing, "current_process", lambda: process)
    monkeypatch.setattr(hypercorn_workers, "_find_sentinel", lambda: 17)
    return config


def test_a_worker_is_of_the_family_of_its_master(worker: Config) -> None:
    family = WorkerFamily.find("1")
    assert family
    assert family.card == {
        "master": os.getppid(),
        "pid": os.getpid(),
        "sentinels": {"1": 17},
        "killed": {},
        "replaces": None,
    }


def test_one_that_took_the_place_of_another_is_of_the_family_of_their_master(worker: Config) -> None:
    vars(worker)[hypercorn_workers._REPLACES] = (MASTER, "0")
    family = WorkerFamily.find("1")
    assert family
    assert (family.card["master"], family.card["replaces"], family.card["sentinels"]) == (MASTER, "0", {})


def test_without_its_sentinel_a_worker_has_no_family_and_says_so(
    worker: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hypercorn_workers, "_find_sentinel", lambda: None)
    assert WorkerFamily.find("1") is None
    assert "sentinel of this worker was not found" in caplog.text


@pytest.mark.parametrize("found", [None, "99.0.0"])
def test_a_hypercorn_that_was_not_read_is_left_alone(
    worker: Config, monkeypatch: pytest.MonkeyPatch, found: str | None
) -> None:
    monkeypatch.setattr(hypercorn_workers, "_version", lambda: found)
    assert WorkerFamily.find("1") is None


# --- with processes ---


def test_the_sentinel_that_is_found_is_what_the_master_waits_for() -> None:
    context = multiprocessing.get_context("spawn")
    event = context.Event()
    process = context.Process(target=let_go_of_sentinel, args=(event,))
    process.start()
    try:
        assert connection.wait([process.sentinel], DEADLINE)
        assert process.is_alive()
    finally:
        event.set()
        process.join()
        process.close()


def test_whoever_is_started_knows_its_place_and_is_nobodys_child(tmp_path: Path) -> None:
    note = tmp_path / "note"
    event = multiprocessing.get_context("spawn").Event()
    config = Config()
    kwargs = {"config": config, "shutdown_event": event, "sockets": str(note)}
    family = WorkerFamily("2", master=MASTER, kwargs=kwargs, target=note_place, sentinel=None)
    process = family._start("1")
    assert process not in multiprocessing.active_children()
    process.join(DEADLINE)
    assert process.exitcode == 0
    process.close()
    assert note.read_text() == f"{(MASTER, '1')} False"
    assert hypercorn_workers._place_of(config) is None  # this process's own is as it was
    assert not multiprocessing.current_process().daemon
