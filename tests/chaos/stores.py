"""Where the hosts of a deployment keep their log: what each is told of it, and what can go wrong with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

from tests.chaos.faults import Fault, Faults, action
from tests.chaos.plan import Target
from tests.support.small_disk import NoSmallDiskError, SmallDisk, small_disk

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
