"""The composition root: what the server is made of, from the outside in."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hubbub.composite.access_log import AccessLogMiddleware
from hubbub.composite.addresses import Networks
from hubbub.composite.app import CompositeApp
from hubbub.composite.bodies import BodiesMiddleware
from hubbub.composite.body_reading import BodyLimits
from hubbub.composite.bus.bus import Bus
from hubbub.composite.connections import ConnectionBounds, ConnectionsMiddleware
from hubbub.composite.draining import Drain
from hubbub.composite.headers import HeadersMiddleware
from hubbub.composite.hypercorn_workers import WorkerFamily
from hubbub.composite.mesh.exchanges import Host
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.mesh.sessions import MeshSessions
from hubbub.composite.origin import OriginMiddleware
from hubbub.composite.proxies import ProxiesMiddleware
from hubbub.composite.rates import Rate, RateLimiter, RateLimitMiddleware, SharedLimiter
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.composite.socket_server import SocketServer
from hubbub.composite.sockets.limits import KIBIBYTES, SocketLimits
from hubbub.composite.static import StaticFiles
from hubbub.composite.static_tree import Mount
from hubbub.composite.supervision import Tasks
from hubbub.composite.types import ASGIApp, Middleware
from hubbub.live.bus import News
from hubbub.live.hub import Hub
from hubbub.live.neighbours import Neighbours
from hubbub.logs import configure_logs
from hubbub.metrics import BusCollector, ServerCollector, SyslogCollector, create_registry
from hubbub.other_hosts import OtherHosts
from hubbub.service.chat import Chat
from hubbub.service.housekeeping import tidy
from hubbub.service.passwords import Passwords
from hubbub.service.searching import Indexer
from hubbub.settings import Settings
from hubbub.store.database import Store
from hubbub.system_clock import SystemClock, Timekeeper
from hubbub.transports.backend import USER_CONNECTIONS, Backend
from hubbub.transports.credentials import SESSION_COOKIE
from hubbub.transports.rest.application import PREFIX, create_rest
from hubbub.transports.rest.listening import Listeners, ListenLimits
from hubbub.transports.rest.server import Condition
from hubbub.transports.socketio import ChatSockets
from hubbub.transports.syslog.listener import SyslogListener, SyslogWay
from hubbub.transports.websocket.endpoint import ChatWebSockets
from hubbub.transports.websocket.limits import WebSocketLimits

log = logging.getLogger(__name__)

TOP = Path(__file__).resolve().parents[2]  # the checkout; the page is served from it as it lies there
CLIENT = (
    Mount(TOP / "static"),
    Mount(TOP / "node_modules" / "socket.io-client" / "dist", "vendor", files=("socket.io.esm.min.js",)),
)
SOCKETIO_PATH = "socket.io"
WEBSOCKET_PATH = f"{PREFIX}/ws"
SIGN_IN_PATHS = (f"{PREFIX}/users", f"{PREFIX}/sessions")
NOT_PAGES = (
    "/api",
    "/socket.io",
    "/assets",
    "/docs",
    "/metrics",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/asyncapi.json",
)

# A message of 8,000 characters, each escaped as two surrogates of six bytes, and what is around it.
SOCKET_LIMITS = SocketLimits(payload_bytes=128 * KIBIBYTES)
SWEEP_SECONDS = 1.0  # how late presence and typing may run out
TIDY_SECONDS = 600.0  # how long what has expired, or was in a deleted room, may lie about
# By address, whoever is behind it: far above a busy team behind one router, far below what the process can do.
ADDRESS_REQUESTS = Rate("requests of your address", burst=2_000, per_second=500)
ADDRESS_WEBSOCKETS = Rate("websockets of your address", burst=500, per_second=50)


@dataclass(frozen=True)
class Bounds:
    """What every transport may hold and how long it waits; each of these says why as much."""

    sockets: SocketLimits = SOCKET_LIMITS
    websockets: WebSocketLimits = field(default_factory=WebSocketLimits)
    listening: ListenLimits = field(default_factory=ListenLimits)
    bodies: BodyLimits = field(default_factory=BodyLimits)


class House:
    """What lives from start to stop; transports ask it for the backend."""

    def __init__(
        self,
        settings: Settings,
        clock: Timekeeper,
        mesh: Mesh,
        host: Host,
        other_hosts: OtherHosts | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._mesh = mesh
        self._host = host
        self._other_hosts = other_hosts
        self._limiter = RateLimiter(monotonic=clock.monotonic, enabled=settings.rate_limits)
        self.running: Backend | None = None
        self.neighbours: Neighbours | None = None
        self.tasks = Tasks(clock)  # none before the start

    @property
    def bus(self) -> Bus | None:
        """What this process says to other hosts by, if to any."""
        return self._other_hosts.bus if self._other_hosts else None

    @property
    def limiter(self) -> RateLimiter:
        """The one rate limiter of every transport and of the door."""
        return self._limiter

    def backend(self) -> Backend:
        """What transports work with.

        Raises:
            RuntimeError: outside of start and stop; no request comes then.
        """
        if self.running is None:
            raise RuntimeError("the server is not running: its lifespan has not started, or is over")
        return self.running

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The store first, what needs it after; closed in reverse, the store last."""
        settings = self._settings
        for name in settings.unknown:
            log.warning("%s is not a setting of this version; it changes nothing", name)
        make_folders(settings)
        store = await Store.open(settings.database, clock=self._clock, synchronous=settings.sqlite_synchronous)
        passwords = Passwords()
        try:
            chat = Chat(store, self._clock, passwords, settings.registration)
            hub = Hub(store, self._clock, self._tell)
            self.neighbours = neighbours = Neighbours(hub)
            store.on_elsewhere(neighbours.committed_elsewhere)
            user_connections = USER_CONNECTIONS if settings.rate_limits else None
            self.tasks = Tasks(self._clock)
            self.tasks.every(SWEEP_SECONDS, hub.sweep, name="sweep presence and typing")
            self.tasks.every(TIDY_SECONDS, partial(self._tidy, chat), name="tidy the store")
            self.tasks.keep("index the messages", Indexer(chat).run)
            async with self._joined(store.epoch, neighbours) as rates, self.tasks:
                self.running = Backend(
                    chat, hub, self._limiter, user_connections=user_connections, shared_limiter=rates
                )
                try:
                    await self._mesh.open(neighbours, self._host)
                    log.info("open: %s at change %d", settings.database, store.head)
                    yield
                finally:
                    await self._mesh.close()
                    await hub.lag.close()
        finally:
            if self.neighbours is not None:
                await self.neighbours.close()
            self.running = self.neighbours = None
            passwords.close()
            await store.close()
            log.info("closed: %s", settings.database)

    def _tell(self, news: News) -> None:
        if not self._mesh.alone:
            self._mesh.say(news.encode())
        if self.bus is not None:
            self.bus.say(news)

    @asynccontextmanager
    async def _joined(self, epoch: str, neighbours: Neighbours) -> AsyncIterator[SharedLimiter | None]:
        """Known to the other hosts; what counts for all of them."""
        if self._other_hosts is None:
            yield None
            return
        mesh = self._mesh
        async with self._other_hosts.join(mesh.id, epoch, neighbours, mesh.is_here, self._host) as rates:
            yield rates if self._settings.rate_limits else None

    async def _tidy(self, chat: Chat) -> None:
        if self._mesh.leads:  # once is enough, however many processes there are
            await tidy(chat)


def make_folders(settings: Settings) -> None:
    """What has to be there before a store is opened.

    Raises:
        OSError: it cannot be made.
    """
    mesh_folder(settings).parent.mkdir(parents=True, exist_ok=True)


def mesh_folder(settings: Settings) -> Path:
    """Where the processes of this host that share a database meet."""
    if isinstance(settings.database, Path):
        return settings.database.with_suffix(".workers")
    return settings.data_dir / "hubbub.workers"


def create_app(
    settings: Settings | None = None, clock: Timekeeper | None = None, *, bounds: Bounds | None = None
) -> CompositeApp:
    """A fresh server; it starts once, with its lifespan. Without a `clock` it goes by the real one."""
    settings = settings or Settings.from_environment(os.environ)
    clock = clock or SystemClock()
    bounds = bounds or Bounds()
    configure_logs(settings.log_level, settings.log_format)
    mesh = Mesh(mesh_folder(settings), WorkerFamily.find)
    other_hosts = OtherHosts(settings.bus_url, settings.bus_host) if settings.bus_url else None
    elsewhere = MeshSessions(mesh, other_hosts)
    sockets = SocketServer(limits=bounds.sockets, later=clock.later, elsewhere=elsewhere)
    house = House(settings, clock, mesh, Host(sockets.handle_request), other_hosts)
    drain = Drain()
    counted = CountedConnections(settings)
    statuses: Counter[int] = Counter()
    collector = ServerCollector(
        lambda: house.running,
        lambda: len(mesh.names),
        sockets.counters,
        lambda: counted.middleware,
        lambda: house.tasks.counts,
        statuses,
    )
    registry = create_registry(collector)
    syslog = _syslog(settings, house, mesh, clock)
    if syslog is not None:
        registry.register(SyslogCollector(syslog))
    if other_hosts is not None:
        registry.register(BusCollector(lambda: house.bus, lambda: house.neighbours))
    listeners = Listeners(bounds.listening)
    drain.on_drain(listeners.drain)
    rest = create_rest(house.backend, Condition(partial(_unready, house, drain), registry), listeners)
    websockets = ChatWebSockets(rest, house.backend, path=WEBSOCKET_PATH, limits=bounds.websockets, later=clock.later)
    drain.on_drain(ChatSockets(sockets, house.backend).drain)
    drain.on_drain(websockets.drain)
    return CompositeApp(
        sockets,
        websockets,
        static_files=StaticFiles(CLIENT, not_pages=NOT_PAGES),
        socketio_path=SOCKETIO_PATH,
        on_startup=[house.open] if syslog is None else [house.open, syslog.open],
        middleware=_door(settings, house.limiter, counted, bounds.bodies, statuses),
        drain=drain,
    )


def _syslog(settings: Settings, house: House, mesh: Mesh, clock: Timekeeper) -> SyslogListener | None:
    """What hears syslog, where that is set; after the house has opened, and until before it closes."""
    given = settings.syslog
    if given is None:
        return None
    return SyslogListener(
        SyslogWay(given.host, given.port, given.room_id, given.username),
        house.backend,
        leads=lambda: mesh.leads,
        sleep=clock.sleep,
        rate_limits=settings.rate_limits,
    )


class CountedConnections:
    """Makes the middleware that bounds connections, and keeps it at hand for the metrics."""

    def __init__(self, settings: Settings) -> None:
        unlimited = ConnectionBounds(requests_per_address=None, websockets_per_address=None)
        self._bounds = ConnectionBounds() if settings.rate_limits else unlimited
        self.middleware: ConnectionsMiddleware | None = None

    def __call__(self, app: ASGIApp) -> ConnectionsMiddleware:
        self.middleware = ConnectionsMiddleware(app, bounds=self._bounds)
        return self.middleware


def _door(
    settings: Settings,
    limiter: RateLimiter,
    counted: CountedConnections,
    bodies: BodyLimits,
    statuses: Counter[int],
) -> Sequence[Middleware]:
    """What every request and websocket passes, whatever its transport, the first outermost (docs/decisions/0004)."""
    trusted = Networks(str(network) for network in settings.trusted_proxies)
    return (
        partial(RequestIdMiddleware, trusted=trusted),
        partial(ProxiesMiddleware, trusted=trusted),
        partial(AccessLogMiddleware, statuses=statuses),
        HeadersMiddleware,
        partial(
            OriginMiddleware,
            cookie=SESSION_COOKIE,
            guarded=(f"/{SOCKETIO_PATH}",),
            allowed=settings.allowed_origins,
            unsigned=SIGN_IN_PATHS,
        ),
        counted,
        partial(RateLimitMiddleware, limiter=limiter, requests=ADDRESS_REQUESTS, websockets=ADDRESS_WEBSOCKETS),
        partial(BodiesMiddleware, limits=bodies),
    )


def _unready(house: House, drain: Drain) -> str | None:
    if drain.draining:
        return "The server is about to stop."
    return None if house.running else "The server is starting."
