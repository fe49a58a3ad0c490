"""Where the hosts of a deployment keep their log: what each is told of it, and what can go wrong with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from urllib.parse import quote

from tests.chaos.faults import Fault, Faults, action, link_faults, process_faults
from tests.chaos.plan import Target
from tests.support.nginx import substituted
from tests.support.postgres import SOCKET, PostgresServer, running_postgres
from tests.support.relay import Relay
from tests.support.small_disk import NoSmallDiskError, SmallDisk, small_disk
from tests.support.threads import in_thread

# What a run of ten minutes writes, several times.
DISK_KIBIBYTES = 256 * 1024


class Store(Protocol):
    """One store for all hosts."""

    faults: Faults

    def place(self, host: str) -> AbstractAsyncContextManager[StorePlace]:
        """The way of one host to it, while the host is there."""


class StorePlace(Protocol):
    """What a server needs to use the store; `before` is what its command has before it."""

    before: tuple[str, ...]

    def prepare(self, folder: Path) -> dict[str, str]:
        """The settings of a server in this folder."""


class SqliteStore:
    """One file on one machine, as containers beside each other have it, on a disk that can be full if there is one."""

    def __init__(self, folder: Path, disk: SmallDisk | None) -> None:
        self.faults: Faults = {}
        self.before: tuple[str, ...] = ()
        self._log = (disk.folder if disk else folder) / "hubbub.db"
        if disk is not None:
            self.before = disk.enter
            self.faults[Target("fill", "disk")] = Fault(action(disk.fill), action(disk.free))

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[SqliteStore]:
        yield self

    def prepare(self, folder: Path) -> dict[str, str]:
        """SQLite follows the link, and the workers of a host meet beside it: so two hosts never meet by that way."""
        link = folder / "hubbub.db"
        link.symlink_to(self._log)
        return {"HUBBUB_DATABASE_URL": f"sqlite:///{link}"}


class PostgresPart:
    """PostgreSQL, as a process of many."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    async def kill(self) -> None:
        """With SIGKILL, so that it has to recover."""
        await in_thread(self._server.kill_all)

    async def end(self) -> None:
        """As its administrator does: connections are told."""
        await in_thread(self._server.stop)

    async def start(self) -> None:
        await in_thread(self._server.start)

    async def hold_still(self) -> None:
        self._server.hold_still()

    async def go_on(self) -> None:
        self._server.go_on()


class PostgresPlace:
    """One host's way to PostgreSQL."""

    before: tuple[str, ...] = ()

    def __init__(self, url: str) -> None:
        self._url = url

    def prepare(self, folder: Path) -> dict[str, str]:
        """Nothing of it is in the folder."""
        return {"HUBBUB_DATABASE_URL": self._url}


class PostgresStore:
    """PostgreSQL, with a relay between it and each host."""

    def __init__(self, server: PostgresServer) -> None:
        self.faults: Faults = dict(process_faults("postgresql", PostgresPart(server)))
        self._server = server
        self._url = server.make_database().url

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[PostgresPlace]:
        # Not pytest's own folder: the path of a socket must be short.
        with TemporaryDirectory(prefix="hubbub-pg-") as folder:
            socket = Path(folder) / SOCKET
            async with Relay(self._server.socket, at=socket) as relay:
                self.faults |= link_faults(f"{host}–postgresql", relay)
                theirs, ours = (quote(str(each), safe="") for each in (self._server.socket.parent, folder))
                yield PostgresPlace(substituted(self._url, {theirs: ours}))


@asynccontextmanager
async def postgres_store() -> AsyncIterator[PostgresStore]:
    """A server of its own, which waits for the disk as in earnest."""
    with running_postgres(durable=True) as server:
        yield PostgresStore(server)


@asynccontextmanager
async def sqlite_store(folder: Path) -> AsyncIterator[SqliteStore]:
    """On a small disk, if this machine lets anybody mount one; prints why where it does not."""
    async with AsyncExitStack() as stack:
        try:
            disk = stack.enter_context(small_disk(folder / "disk", DISK_KIBIBYTES))
        except NoSmallDiskError as error:
            print(f"The disk will not be full: {error}")
            disk = None
        yield SqliteStore(folder, disk)
