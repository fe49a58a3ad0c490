"""The folder in which the processes of one server find each other: one Unix socket each, named by its process.

Only its owner may enter it (mode 0700), so whoever connects is allowed to.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path

from hubbub.composite.mesh.limits import BACKLOG

OWNER_ONLY = 0o700
_NAME = re.compile(r"[0-9a-f]{15}")
_SOCKET = ".sock"
_DESCRIPTORS = Path("/proc/self/fd")  # proc(5); where there is none the path itself must do
_OPENING = ".opening"  # bound, but not listening yet

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class MeshError(Exception):
    """The folder cannot be used; the text says why and what to do."""


def make_id() -> str:
    """A name for this process: 15 hexadecimal characters, the later the larger; microseconds, and a byte by chance."""
    return f"{time.time_ns() // 1_000:013x}{secrets.token_hex(1)}"


ID_CHARS = len(make_id())


def is_id(name: str) -> bool:
    """Whether `make_id` may have made it."""
    return _NAME.fullmatch(name) is not None


class Directory:
    """Open from `open` to `close`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    @property
    def exists(self) -> bool:
        """Whether anybody has ever met here."""
        return self._path.is_dir()

    def open(self) -> None:
        """Make the folder, unless it is there.

        Raises:
            MeshError: it is somebody else's, or cannot be made.
        """
        try:
            self._path.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            found = os.fstat(self._descriptor)
            if found.st_uid != os.geteuid():
                raise MeshError(f"The folder {self._path} belongs to somebody else. Run this as its owner.")
            if stat.S_IMODE(found.st_mode) != OWNER_ONLY:
                os.fchmod(self._descriptor, OWNER_ONLY)
        except OSError as error:
            self.close()
            raise MeshError(
                f"The folder {self._path}, where workers find each other, cannot be used: {error.strerror}."
            ) from error
        except MeshError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the folder; again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def listen(self, name: str) -> socket.socket:
        """A socket that listens under a name, for as long as it is open.

        It gets the name when it listens: one that refuses a connection is of a process that has ended.

        Raises:
            MeshError: the system does not allow it.
        """
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        try:
            listener.bind(self._address(name + _OPENING))
            listener.listen(BACKLOG)
            self._rename(name + _OPENING, name + _SOCKET)
        except OSError as error:
            listener.close()
            raise MeshError(f"Cannot listen in {self._path}: {error.strerror or error}.") from error
        return listener

    def names(self) -> list[str]:
        """Who listens, or has until they were killed; in order."""
        return sorted(name.removesuffix(_SOCKET) for name in os.listdir(self._descriptor) if name.endswith(_SOCKET))

    def has(self, name: str) -> bool:
        """Whether this is the name of somebody who listens, or has until they were killed. It may be any text."""
        if self._descriptor < 0 or not is_id(name):
            return False
        try:
            os.stat(name + _SOCKET, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    async def connect(self, name: str) -> Streams:
        """A connection to somebody.

        Raises:
            OSError: they are gone; `ConnectionRefusedError` when only their name is left.
        """
        return await asyncio.open_unix_connection(self._address(name + _SOCKET))

    def forget(self, name: str) -> None:
        """Remove the name of somebody who is gone."""
        for ending in (_SOCKET, _OPENING):
            with suppress(FileNotFoundError):
                os.unlink(name + ending, dir_fd=self._descriptor)

    def _rename(self, old: str, new: str) -> None:
        os.rename(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def _address(self, name: str) -> str:
        # A socket's path has room for a hundred characters (unix(7)), and data folders lie deep.
        if _DESCRIPTORS.is_dir():
            return f"{_DESCRIPTORS}/{self._descriptor}/{name}"
        return str(self._path / name)
