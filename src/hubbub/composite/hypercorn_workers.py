"""A worker that was killed costs the others nothing: its place is taken by a new one, and Hypercorn's master stays.

Read in Hypercorn 0.18.0 (`run.py`) and CPython 3.11 to 3.13 (`multiprocessing/popen_spawn_posix.py`). The master waits
until the pipe of some worker, its sentinel, has no writer any more; when that worker had been killed it ends all of
them, itself with status 0. So each worker holds the sentinels of the others open: the master is not woken. The
earliest of those that are left starts the new one, with what it was started with itself; the event by which the master
stops its workers stops that one as well. A worker that ends in good order says so, and its sentinel is let go.

Where any of this is not as it was read there is no family, and Hypercorn does as it does.
"""

from __future__ import annotations

import copy
import logging
import multiprocessing
import os
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from fcntl import F_GETFL, fcntl
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import process as multiprocessing_process
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnProcess
from typing import Any

from hypercorn.config import Config

from hubbub.composite.hypercorn_http2 import KNOWN_VERSIONS

log = logging.getLogger(__name__)

WORKER_MODULE = "hypercorn.asyncio.run"
RESPAWN_SECONDS = 1.0  # between two tries to start the same one; doubled each time
RESPAWN_AT_MOST_SECONDS = 30.0

_REPLACES = "hubbub_replaces"  # attribute of a Hypercorn config: (pid of the master, the worker that was killed)
_KWARGS = {"config", "shutdown_event", "sockets"}

Card = Mapping[str, Any]


class WorkerFamily:
    """The workers of one master as one of them sees it; `card` is what it tells the others of itself."""

    def __init__(
        self, name: str, *, master: int, kwargs: Mapping[str, Any], target: Any, sentinel: int | None
    ) -> None:
        """`sentinel` is this process's own, a descriptor; None for one that took the place of another."""
        self._name = name
        self._master = master
        self._kwargs = kwargs
        self._target = target
        self._sentinels: dict[str, int] = {} if sentinel is None else {name: sentinel}  # {worker: descriptor}
        self._here: set[str] = {name}
        self._killed: dict[str, _Vacancy] = {}  # {worker: who is to take its place}
        place = _place_of(kwargs["config"])
        self._replaces = place[1] if place else None
        self._replaced: set[str | None] = {self._replaces}

    @classmethod
    def find(cls, name: str) -> WorkerFamily | None:
        """The family of this process, if it is a worker of a Hypercorn that is known; asked before a loop is there."""
        current: Any = multiprocessing.current_process()
        kwargs, target = getattr(current, "_kwargs", {}), getattr(current, "_target", None)
        is_worker = getattr(target, "__module__", None) == WORKER_MODULE and set(kwargs) == _KWARGS
        if not is_worker or _version() not in KNOWN_VERSIONS:
            return None
        place = _place_of(kwargs["config"])
        if place is not None:
            return cls(name, master=place[0], kwargs=kwargs, target=target, sentinel=None)
        sentinel = _find_sentinel()
        if sentinel is None:
            log.warning("the sentinel of this worker was not found: when one is killed, Hypercorn will end all")
            return None
        return cls(name, master=os.getppid(), kwargs=kwargs, target=target, sentinel=sentinel)

    @property
    def card(self) -> Card:
        """What others need to be of the family."""
        return {
            "master": self._master,
            "pid": os.getpid(),
            "sentinels": dict(self._sentinels),
            "killed": {killed: vacancy.pid for killed, vacancy in self._killed.items()},
            "replaces": self._replaces,
        }

    def welcome(self, name: str, card: Card) -> None:
        """Somebody is here; hold the sentinels that they hold."""
        if card.get("master") != self._master:
            return
        self._here.add(name)
        for owner, descriptor in card["sentinels"].items():
            if owner not in self._sentinels:
                with suppress(OSError):  # gone in this very moment
                    path = f"/proc/{int(card['pid'])}/fd/{int(descriptor)}"
                    self._sentinels[owner] = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._replaced.add(card["replaces"])
        for killed, pid in card["killed"].items():
            vacancy = self._killed.setdefault(killed, _Vacancy())
            vacancy.pid = pid or vacancy.pid
        self._killed = {name: vacancy for name, vacancy in self._killed.items() if name not in self._replaced}

    def farewell(self, name: str) -> None:
        """Somebody ended in good order; the master may know."""
        self._here.discard(name)
        descriptor = self._sentinels.pop(name, None)
        if descriptor is not None:
            os.close(descriptor)

    def mourn(self, name: str) -> None:
        """Somebody was killed."""
        if name in self._here:
            self._here.discard(name)
            if name not in self._replaced:  # by somebody who was quicker to hear of it
                self._killed.setdefault(name, _Vacancy())

    def tend(self) -> bool:
        """Start whoever is missing, if that is this one's to do; meant to be called about once a second.

        Whether there is somebody new on the card, so that nobody starts them again if this one is killed, too.
        """
        if min(self._here) != self._name or self._kwargs["shutdown_event"].is_set():
            return False
        due = [killed for killed, vacancy in self._killed.items() if vacancy.is_due(time.monotonic())]
        for killed in due:
            log.warning("worker %s was killed; another takes its place", killed)
            self._killed[killed].started(self._start(killed))
        return bool(due)

    def close(self) -> None:
        """End whoever this one has started and has not come: the master would be gone with what they start from."""
        for vacancy in self._killed.values():
            vacancy.close()

    def _start(self, killed: str) -> SpawnProcess:
        config = copy.copy(self._kwargs["config"])
        config._log = None  # opened anew by whoever logs
        vars(config)[_REPLACES] = (self._master, killed)
        current: Any = multiprocessing.current_process()
        is_daemon = current._config.get("daemon")
        current._config["daemon"] = False  # the master's workers are, and daemons may not start processes
        try:
            process = multiprocessing.get_context("spawn").Process(
                target=self._target, kwargs={**self._kwargs, "config": config}
            )
            process.start()
        finally:
            current._config["daemon"] = is_daemon
        # It is nobody's child: the end of this process neither waits for it nor ends it.
        multiprocessing_process._children.discard(process)  # type: ignore[attr-defined]
        return process


class _Vacancy:
    """The place of a worker that was killed; `pid` is of whoever was started to take it, by this one or another."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self._process: SpawnProcess | None = None
        self._next = 0.0
        self._wait = RESPAWN_SECONDS

    def is_due(self, now: float) -> bool:
        """Whether to start somebody now; asking is trying."""
        if self._process is not None:
            self._process.is_alive()  # one that has ended leaves the system's list with this
        if self.pid is not None and os.path.exists(f"/proc/{self.pid}"):
            return False
        if now < self._next:
            return False
        self._next = now + self._wait
        self._wait = min(2 * self._wait, RESPAWN_AT_MOST_SECONDS)
        return True

    def started(self, process: SpawnProcess) -> None:
        """Somebody is on the way."""
        self._process, self.pid = process, process.pid

    def close(self) -> None:
        """End whoever this process has started; one that has ended is none."""
        if self._process is not None:
            self._process.kill()


def _place_of(config: Config) -> tuple[int, str] | None:
    """The pid of the master, and the worker whose place this one took; None for one that the master started."""
    return vars(config).get(_REPLACES)


def _find_sentinel() -> int | None:
    """The one pipe that this process was given to write to and that is neither a standard stream nor the tracker's."""
    tracker = resource_tracker._resource_tracker._fd  # type: ignore[attr-defined]
    streams = {_pipe(descriptor) for descriptor in range(3)}
    with suppress(OSError):
        found = [
            descriptor
            for descriptor in map(int, os.listdir("/proc/self/fd"))
            if descriptor > 2 and descriptor != tracker and _pipe(descriptor) not in {None, *streams}
        ]
        writable = [each for each in found if fcntl(each, F_GETFL) & os.O_ACCMODE == os.O_WRONLY]
        if len(writable) == 1:
            return writable[0]
    return None


def _pipe(descriptor: int) -> int | None:
    """Which pipe a descriptor is of; None when it is of none."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_ino if stat.S_ISFIFO(found.st_mode) else None


def _version() -> str | None:
    with suppress(PackageNotFoundError):
        return version("hypercorn")
    return None
