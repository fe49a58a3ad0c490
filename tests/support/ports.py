"""Ports for servers that are started, killed and started again, which nobody else takes in between."""

from __future__ import annotations

import socket
from types import TracebackType

HOST = "127.0.0.1"
_DISCARD = 9  # RFC 863


class ReservedPort:
    """A free port, held by a socket that is bound and does not listen.

    On Linux a server that sets SO_REUSEADDR, as every one of ours does, can bind and listen beside such a socket,
    while the kernel gives the port to nobody who asks for any.  Until then a connection to it is refused.
    """

    def __init__(self) -> None:
        self._holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind((HOST, 0))
        self.number: int = self._holder.getsockname()[1]

    @property
    def bind(self) -> str:
        """The address as Hypercorn's `--bind` takes it."""
        return f"{HOST}:{self.number}"

    def answers(self) -> bool:
        """Whether somebody listens there now."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex((HOST, self.number)) == 0

    def release(self) -> None:
        self._holder.close()

    def __enter__(self) -> ReservedPort:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class ReservedUdpPort:
    """The same for datagrams, of which the holder takes none: it is connected to a port where nobody is."""

    def __init__(self) -> None:
        self._holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._holder.bind((HOST, 0))
        # After it was bound: with the option before, the kernel would give the same port to two who ask at once.
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.connect((HOST, _DISCARD))
        self.number: int = self._holder.getsockname()[1]

    @property
    def bind(self) -> str:
        """The address as Hypercorn's `--quic-bind` takes it."""
        return f"{HOST}:{self.number}"

    def release(self) -> None:
        self._holder.close()
