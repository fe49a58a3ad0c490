"""What Linux knows of a process and its connections, asked without its help."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

KIB = 1024
# Of the kernel's enum of TCP states: open, and closed by the client alone.
_HELD = frozenset({"01", "08"})


def resident_bytes(pid: int) -> int:
    """The memory that a process has in RAM, with its children: `hypercorn` serves in one."""
    process = Path(f"/proc/{pid}")
    children = process.joinpath("task", str(pid), "children").read_text().split()
    of_children = sum(resident_bytes(int(child)) for child in children)
    for line in process.joinpath("status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * KIB + of_children
    raise ProcessLookupError(pid)


def held_connections(server_port: int, client_ports: Collection[int]) -> set[int]:
    """Those of the clients' ports whose connection the server's side has not closed."""
    held = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if state in _HELD and _port(local) == server_port and _port(remote) in client_ports:
            held.add(_port(remote))
    return held


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
