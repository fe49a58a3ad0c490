"""Which workloads there are, at which size, on which sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from benchmarks.meter import Measured
from benchmarks.running import Running
from benchmarks.workloads.cold_load import ColdLoad
from benchmarks.workloads.fan_out import FanOut
from benchmarks.workloads.idle import Idle
from benchmarks.workloads.ingest import Ingest
from benchmarks.workloads.latency import Latency
from benchmarks.workloads.rest import DurablePost, HistoryPage
from benchmarks.workloads.resume import Resume
from benchmarks.workloads.rooms import Rooms
from benchmarks.workloads.start import Start
from benchmarks.workloads.volume import Volume

_SOCKETS = ("hubbub", "node", "fastapi", "bare", "hubbub-tls", "hubbub-h2")
_REQUESTS = ("hubbub", "node", "fastapi", "bare", "hubbub-tls")  # the generator's requests are of HTTP/1.1
_CHATS = ("hubbub", "node", "fastapi")
_OURS = ("hubbub",)  # the peers are chats of an afternoon, with no counts and no pages further back
_BROWSED = ("hubbub-tls",)  # and have no page; a browser takes HTTP/2 of it


class Workload(Protocol):
    """Drives a server that has just started, and says what it measured once it has checked it."""

    async def run(self, server: Running) -> Measured: ...


@dataclass(frozen=True)
class Planned:
    """A workload: `full` takes some seconds a round, `short` well under one."""

    name: str
    title: str
    sides: tuple[str, ...]
    full: Workload
    short: Workload


PLAN = (
    Planned("fan-out-100", "fan-out to 100", _SOCKETS, FanOut(20, 100, 3_000, 600), FanOut(2, 20, 40, 16)),
    Planned("fan-out-500", "fan-out to 500", _SOCKETS, FanOut(20, 500, 800, 160), FanOut(2, 40, 40, 16)),
    Planned("ingest", "ingest, 20 senders × 8", _SOCKETS, Ingest(20, 8, 8_000, 1_600), Ingest(3, 8, 96, 24)),
    Planned("latency", "latency, 200 listeners", _SOCKETS, Latency(20, 200, 20, 120, 200), Latency(2, 20, 40, 12, 16)),
    Planned("history-page", "REST history page of 50", _REQUESTS, HistoryPage(4_000, 800), HistoryPage(48, 16)),
    Planned("durable-post", "REST durable post", _REQUESTS, DurablePost(4_000, 800), DurablePost(48, 16)),
    Planned("idle", "idle connections", _CHATS, Idle(20, 5_000, 200, 2.0), Idle(2, 30, 10, 0.0)),
    Planned("resume", "1,000 resuming 100 changes", _CHATS, Resume(20, 1_000, 100), Resume(2, 20, 20)),
    Planned("rooms", "rooms", _OURS, Rooms(5_000, 1_000, 2.0), Rooms(10, 5, 0.0)),
    Planned("start", "start", _CHATS, Start(), Start()),
    Planned("volume", "many messages", _OURS, Volume((1_000, 100_000, 1_000_000), 400), Volume((120,), 5)),
    Planned("cold-load", "first load of the page", _BROWSED, ColdLoad(5), ColdLoad(1)),
)
