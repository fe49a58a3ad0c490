"""A side that runs: a fresh process in a fresh folder, what it uses of the machine, and what it has written down."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sides import HOST, TOP, Side, Start, environment

START_SECONDS = 60.0  # a node process on a busy machine takes several
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")  # a second of processor time, as /proc/PID/stat counts
KIBIBYTE = 1024


@dataclass(frozen=True)
class Running:
    """A server that answers; `started` is when its command was, by `time.perf_counter`."""

    side: Side
    port: int
    folder: Path
    pid: int
    started: float

    def tls(self, protocol: str = "http/1.1") -> ssl.SSLContext | None:
        """A context that trusts this server and asks it for a protocol, where it speaks TLS."""
        if self.side.wire == "http":
            return None
        context = ssl.create_default_context(cafile=str(self.folder / "tls" / "ca.pem"))
        context.set_alpn_protocols([protocol])
        return context

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far, those of the kernel for them included."""
        return sum(_cpu_seconds(pid) for pid in _family(self.pid))

    def memory_bytes(self) -> int:
        """What its processes have in memory that nobody shares with them."""
        return sum(_private_bytes(pid) for pid in _family(self.pid))

    def check_committed(self, bodies: Iterable[tuple[str, str]]) -> None:
        """Each message that was acknowledged, as (id, body), is in the database.

        Raises:
            AssertionError: one is not.
        """
        if self.side.database is None:
            return
        address = f"file:{self.folder / self.side.database}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            written = dict(connection.execute("SELECT id, body FROM messages"))
        lost = [id for id, body in bodies if written.get(id) != body]
        assert not lost, f"{self.side.name} acknowledged {len(lost)} messages that its database does not have"


@asynccontextmanager
async def running(side: Side, folder: Path | None = None) -> AsyncIterator[Running]:
    """Start a side, wait until it answers, and stop it; `folder` is one that stays, made by an earlier start.

    Raises:
        RuntimeError: with what it wrote, when it does not come up.
    """
    where = folder or Path(tempfile.mkdtemp(prefix="hubbub-bench-"))
    port = _free_port()
    start = side.start(port, where)
    log = where / "server.log"
    started = time.perf_counter()
    process = _spawn(start, log)
    try:
        if not await _answers(process, port):
            raise RuntimeError(f"{side.name} did not come up; status {process.poll()}:\n{_text(log)}")
        yield Running(side, port, where, process.pid, started)
    finally:
        await _stop(process)
        if folder is None:
            shutil.rmtree(where)


def _spawn(start: Start, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            start.command, cwd=TOP, env=environment(start), stdout=output, stderr=output, start_new_session=True
        )


def _text(log: Path) -> str:
    return log.read_text(errors="replace")


async def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + START_SECONDS
    while process.poll() is None and loop.time() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return True
        await asyncio.sleep(POLL_SECONDS)
    return False


async def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _cpu_seconds(pid: int) -> float:
    # The name in parentheses may hold spaces; utime and stime are fields 14 and 15 (proc(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _private_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * KIBIBYTE for line in lines if line.startswith("Private_"))
