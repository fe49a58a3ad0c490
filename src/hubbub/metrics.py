"""What `/metrics` shows: counts that the parts keep anyway, read when somebody asks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from hubbub.composite.bus.bus import Bus
from hubbub.composite.connections import ConnectionsMiddleware
from hubbub.composite.sockets.counters import SocketCounters
from hubbub.composite.supervision import TaskCounts
from hubbub.live.neighbours import Neighbours
from hubbub.store.distribution import Distribution
from hubbub.transports.backend import Backend
from hubbub.transports.syslog.listener import SyslogListener


class ServerCollector(Collector):
    """Reads the parts of a running server; before the start and after the stop there is only what has no state."""

    def __init__(
        self,
        backend: Callable[[], Backend | None],
        workers: Callable[[], int],
        sockets: SocketCounters,
        connections: Callable[[], ConnectionsMiddleware | None],
        tasks: Callable[[], Mapping[str, TaskCounts]],
        statuses: Mapping[int, int],
    ) -> None:
        self._backend = backend
        self._workers = workers
        self._sockets = sockets
        self._connections = connections
        self._tasks = tasks
        self._statuses = statuses

    def collect(self) -> Iterator[Metric]:
        """One family a fact."""
        yield _gauge("hubbub_workers", "Processes of this server, this one included", self._workers())
        connections = self._connections()
        if connections is not None:
            yield _gauge("hubbub_requests_open", "Requests being answered", connections.open_requests)
            yield _gauge("hubbub_websockets_open", "WebSockets open", connections.open_websockets)
        sessions = GaugeMetricFamily("hubbub_socket_sessions", "Engine.IO sessions open", labels=["transport"])
        for transport, count in self._sockets.sessions.items():
            sessions.add_metric([transport], count)
        yield sessions
        for name, text in _SOCKET_COUNTERS.items():
            yield CounterMetricFamily(f"hubbub_socket_{name}", text, value=getattr(self._sockets, name))
        yield from _of_tasks(self._tasks())
        yield _counter("hubbub_responses", "Requests and websockets that have ended", "status", self._statuses)
        backend = self._backend()
        if backend is not None:
            yield from _of_backend(backend)


_SOCKET_COUNTERS = {
    "packets_in": "Engine.IO packets received",
    "packets_out": "Engine.IO packets sent",
    "joined": "Connects accepted",
    "refused": "Connects refused",
    "overflows": "Outboxes dropped for a resync",
    "busy": "Commands refused because the inbox was full",
    "failed": "Hooks that raised",
    "malformed": "Sessions closed for a malformed packet",
    "timed_out": "Sessions closed for a missing pong",
}

_TASK_COUNTERS = {
    "runs": "Runs of a background task begun",
    "failures": "Runs of a background task that failed",
    "restarts": "Restarts of a background task that ended",
}


def create_registry(collector: ServerCollector) -> CollectorRegistry:
    """A registry of its own for each application, so that two in one process do not mix."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def _of_backend(backend: Backend) -> Iterator[Metric]:
    yield _gauge("hubbub_subscriptions", "Connections that hear the log", backend.hub.subscription_count)
    waiting = backend.hub.waiting_bytes
    yield _gauge("hubbub_outbox_bytes", "Bytes that wait for clients", sum(waiting))
    yield _gauge("hubbub_outbox_bytes_largest", "Bytes that wait for one client", max(waiting, default=0))
    yield _gauge("hubbub_online_users", "People who are here", len(backend.hub.presence.online()))
    yield _gauge("hubbub_log_head", "Id of the newest published change", backend.hub.head)
    unpublished = backend.hub.committed_to - backend.hub.head
    yield _gauge("hubbub_log_unpublished", "Committed changes not yet published", unpublished)
    yield _counter("hubbub_resyncs", "Clients told to fetch what they missed", "reason", backend.hub.resyncs)
    yield CounterMetricFamily(
        "hubbub_gaps_healed", "Times that what another process wrote was read from the log", backend.hub.gaps_healed
    )
    yield _counter("hubbub_refusals", "Commands and connects of sockets refused", "code", backend.refusals)
    lag = HistogramMetricFamily(
        "hubbub_delivery_lag_seconds", "From the commit to when a connection had taken it", labels=["transport"]
    )
    for transport, lags in backend.hub.lag.by_transport.items():
        lag.add_metric([transport], _buckets(lags), lags.sum)
    yield lag
    figures = backend.chat.store.figures
    yield _gauge("hubbub_writes_waiting", "Writes that wait for their commit", figures.writes_waiting)
    yield _histogram("hubbub_commit_seconds", "From the begin of a commit to the disk", figures.commit_seconds)
    yield _histogram("hubbub_commit_writes", "Writes that were one commit", figures.commit_writes)


def _counter(name: str, text: str, label: str, counts: Mapping[Any, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([str(value)], count)
    return family


def _histogram(name: str, text: str, values: Distribution) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, text, buckets=_buckets(values), sum_value=values.sum)


def _buckets(values: Distribution) -> list[tuple[str, float]]:
    return [("+Inf" if math.isinf(bound) else str(float(bound)), count) for bound, count in values.buckets()]


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


class SyslogCollector(Collector):
    """Reads what syslog counts; registered where syslog is set."""

    def __init__(self, syslog: SyslogListener) -> None:
        self._syslog = syslog

    def collect(self) -> Iterator[Metric]:
        """One family a fact."""
        yield _gauge("hubbub_syslog_instances", "Sources of syslog that have an instance", self._syslog.instances)
        for name, text in _SYSLOG_COUNTERS.items():
            yield CounterMetricFamily(f"hubbub_syslog_{name}", text, value=getattr(self._syslog.counters, name))


_SYSLOG_COUNTERS = {
    "received": "Syslog datagrams received",
    "malformed": "Syslog datagrams that were no syslog message",
    "limited": "Syslog messages dropped for a rate",
    "overflowed": "Syslog messages dropped because too many of their source waited",
    "delivered": "Syslog messages given to the instance of their source",
    "posted": "Syslog messages posted",
    "refused": "Syslog messages that could not be posted",
    "abandoned": "Syslog messages that waited for an instance when it ended",
    "created": "Instances made for a source of syslog",
    "evicted": "Instances ended for another source, at the limit",
    "expired": "Instances ended because their source was silent",
    "failed": "Instances that raised",
}


class BusCollector(Collector):
    """Reads what the bus counts; registered where one is set."""

    def __init__(self, bus: Callable[[], Bus | None], neighbours: Callable[[], Neighbours | None]) -> None:
        self._bus = bus
        self._neighbours = neighbours

    def collect(self) -> Iterator[Metric]:
        """One family a fact."""
        bus, neighbours = self._bus(), self._neighbours()
        yield _gauge("hubbub_bus_up", "Whether what is said over the bus is heard here", bus is not None and bus.hears)
        if bus is None or neighbours is None:
            return
        yield _gauge("hubbub_bus_peers", "Processes that are heard over the bus", len(bus.names))
        for name, text in _BUS_COUNTERS.items():
            yield CounterMetricFamily(f"hubbub_bus_{name}", text, value=getattr(bus.counters, name))
        text = "Times that changes were in the log of which nobody had told"
        yield CounterMetricFamily("hubbub_bus_found", text, value=neighbours.found)


_BUS_COUNTERS = {
    "connects": "Times that the bus came up",
    "losses": "Times that the bus went down",
    "published": "Words said over the bus",
    "heard": "Words of others heard over the bus",
    "merged": "Words that left together with an earlier one",
    "dropped": "Words that were not said: the bus was down, or they were too long",
    "gaps": "Times that words of another were missed, and made up for",
    "malformed": "What came over the bus and was no word",
    "looks": "Looks at the log for what may have been missed",
}


def _of_tasks(tasks: Mapping[str, TaskCounts]) -> Iterator[Metric]:
    for name, text in _TASK_COUNTERS.items():
        family = CounterMetricFamily(f"hubbub_task_{name}", text, labels=["task"])
        for task, counts in tasks.items():
            family.add_metric([task], getattr(counts, name))
        yield family
    running = GaugeMetricFamily("hubbub_task_running", "Whether a background task runs now", labels=["task"])
    for task, counts in tasks.items():
        running.add_metric([task], counts.running)
    yield running
