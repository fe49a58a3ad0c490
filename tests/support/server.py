"""The real server in its own process: started, killed, started again on the same data, and stopped cleanly.

A server belongs to no event loop, so that one fixture serves tests on any; the coroutines leave the loop free while
they wait, so that clients on it can say goodbye.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tests.support.certificates import make_certificates
from tests.support.deadline import DEADLINE, wait_until
from tests.support.machine import BARE, ROOT, require
from tests.support.ports import HOST, ReservedPort, ReservedUdpPort

Command = Literal["hubbub", "hypercorn"]

# Seconds until it takes connections; several workers that start at once on a machine at its limit need half of it.
START_DEADLINE = 60.0
# Seconds from SIGTERM to the end; more than Hypercorn's own grace, so that what hangs is told from what drains.
STOP_DEADLINE = 15.0
# What a log must not hold after a test that provoked nothing.
_COMPLAINT = re.compile(r"Traceback \(most recent call last\)|\b(?:ERROR|CRITICAL)\b|Task was destroyed|never awaited")


class Server(Protocol):
    """What a client of the tests has to know of a server."""

    @property
    def http_url(self) -> str:
        """Where it speaks HTTP/1.1 without TLS."""

    @property
    def https_url(self) -> str:
        """Where it speaks HTTP/2, and HTTP/1.1 to those who cannot, over TLS."""

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority to trust, in PEM."""

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """A fresh client context that trusts this server, and nobody else."""


@dataclass(frozen=True)
class Address:
    """A server that somebody else started."""

    http_url: str
    https_url: str
    ca_file: Path

    @property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))


def authority_file(data_dir: Path) -> Path:
    """Where `hubbub serve` leaves the certificate of its local authority."""
    return data_dir / "tls" / "ca.pem"


class ServerProcess:
    """One server and the folder it lives in; `data_dir`, ports and certificates outlive its processes."""

    def __init__(
        self,
        folder: Path,
        *,
        command: Command = "hubbub",
        tls: bool = True,
        quic: bool = False,
        env: Mapping[str, str] | None = None,
        application: str = "src.app:app",
        arguments: tuple[str, ...] = (),
        before: tuple[str, ...] = (),
    ) -> None:
        """`tls=False` with hypercorn leaves the TLS port out; `application` and `arguments` are for hypercorn too.

        `quic` adds a port for HTTP/3; `before` comes before the command and must become it by `exec`.
        """
        self.folder = folder
        self.data_dir = folder / "var"
        self.process: subprocess.Popen[bytes] | None = None
        self._command: Command = command
        self._application = application
        self._arguments = arguments
        self._before = before
        self._environment = _environment(folder, self.data_dir, env or {})
        self._plain_port = ReservedPort()
        self._tls_port = ReservedPort() if tls else None
        self._quic_port = ReservedUdpPort() if quic else None
        self._ports = [port for port in (self._plain_port, self._tls_port) if port]
        self._log_file = folder / "server.log"
        self._certificates = make_certificates(folder / "tls") if command == "hypercorn" and tls else None

    @property
    def http_url(self) -> str:
        return f"http://{HOST}:{self._plain_port.number}"

    @property
    def https_url(self) -> str:
        if self._tls_port is None:
            raise ValueError("this server was started with tls=False")
        return f"https://{HOST}:{self._tls_port.number}"

    @property
    def quic_port(self) -> int:
        """Where it speaks HTTP/3."""
        if self._quic_port is None:
            raise ValueError("this server was started without quic=True")
        return self._quic_port.number

    @property
    def ca_file(self) -> Path:
        return self._certificates.ca_file if self._certificates else authority_file(self.data_dir)

    @property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))

    @property
    def pid(self) -> int:
        return self._running().pid

    def logs(self) -> str:
        """Everything its processes have written so far, both streams."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    def start(self) -> None:
        """Start a process and wait until each port takes connections.

        Raises:
            RuntimeError: with its log, when it ends instead.
            TimeoutError: when it does neither.
        """
        if self.process is not None:
            raise RuntimeError("the server runs already")
        with self._log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._before, *self._command_line()],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its own group, so that a kill takes its children along, as a power cut would.
                start_new_session=True,
            )
        try:
            wait_until(self._is_ready, "the server to take connections", START_DEADLINE)
        except BaseException as error:
            error.add_note(self.logs())
            self.end_at_once()
            raise

    def end(self, *, clean: bool = True) -> None:
        """Send SIGTERM and wait for the end; without a process there is nothing to end.

        Raises:
            AssertionError: where `clean`, when the status is not 0 or the log holds an error or a traceback.
            TimeoutError: when it does not end in time; it is killed then.
        """
        if self.process is None:
            return
        process = self.process
        process.terminate()
        try:
            status = process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            log = self.logs()
            raise TimeoutError(f"SIGTERM did not end the server within {STOP_DEADLINE:g} s\n{log}") from None
        finally:
            self.end_at_once()
        if clean:
            assert status == 0, f"the server ended with status {status}\n{self.logs()}"
            self.assert_clean_log()

    def end_at_once(self) -> None:
        """Kill the process and its children, and wait for its end."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                self.process.kill()
            self.process.wait()
            self.process = None
            # A worker of Hypercorn's is not our child; it is gone when nobody listens any more.
            wait_until(lambda: not any(port.answers() for port in self._ports), "the killed server to be gone")

    def assert_clean_log(self) -> None:
        """Fail, with the log, if it holds an error or a traceback."""
        found = _COMPLAINT.search(self.logs())
        assert found is None, f"the log holds {found.group()!r}\n{self.logs()}"

    def release(self) -> None:
        """End what runs and give the ports back."""
        self.end_at_once()
        for port in (*self._ports, self._quic_port):
            if port is not None:
                port.release()

    async def stop(self, *, clean: bool = True) -> None:
        """`end`, with the loop free meanwhile."""
        await asyncio.to_thread(self.end, clean=clean)

    async def kill(self) -> None:
        """Cut its power: SIGKILL to everything it runs."""
        await asyncio.to_thread(self.end_at_once)

    async def restart(self, *, clean: bool = True) -> None:
        """Stop it, unless it was killed before, and start it on the same data and ports."""
        await self.stop(clean=clean)
        await asyncio.to_thread(self.start)

    async def wait_for_log(self, text: str, deadline: float = DEADLINE) -> None:
        """Wait until its log holds `text`."""
        await asyncio.to_thread(wait_until, lambda: text in self.logs(), f"{text!r} in the log", deadline)

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise RuntimeError("the server does not run")
        return self.process

    def _is_ready(self) -> bool:
        status = self._running().poll()
        if status is not None:
            raise RuntimeError(f"the server ended with status {status} before it took connections")
        return all(port.answers() for port in self._ports)

    def _command_line(self) -> list[str]:
        line = self._hubbub() if self._command == "hubbub" else self._hypercorn()
        return line if self._quic_port is None else [*line, "--quic-bind", self._quic_port.bind]

    def _hubbub(self) -> list[str]:
        if self._tls_port is None:
            raise ValueError("`hubbub serve` always has its TLS port; tls=False is for hypercorn")
        ports = ["--bind", self._tls_port.bind, "--insecure-bind", self._plain_port.bind]
        return [str(require("hubbub")), "serve", *ports, *self._arguments]

    def _hypercorn(self) -> list[str]:
        line = [str(require("hypercorn")), self._application, *self._arguments]
        if self._tls_port is None or self._certificates is None:
            return [*line, "--bind", self._plain_port.bind]
        tls = ["--certfile", str(self._certificates.certfile), "--keyfile", str(self._certificates.keyfile)]
        return [*line, "--bind", self._tls_port.bind, "--insecure-bind", self._plain_port.bind, *tls]


def _environment(folder: Path, data_dir: Path, env: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    path = os.pathsep.join((str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)))
    ours = {"PATH": path, "HOME": str(folder), "HUBBUB_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"}
    return inherited | BARE | ours | dict(env)


@asynccontextmanager
async def running_server(
    folder: Path,
    *,
    command: Command = "hubbub",
    tls: bool = True,
    quic: bool = False,
    env: Mapping[str, str] | None = None,
    application: str = "src.app:app",
    arguments: tuple[str, ...] = (),
    clean: bool = True,
) -> AsyncIterator[ServerProcess]:
    """A server for the length of a block; afterwards it must end with status 0 and a log without errors.

    `clean=False` is for tests that provoke an error on purpose: they say themselves what the log may hold.
    """
    server = ServerProcess(
        folder, command=command, tls=tls, quic=quic, env=env, application=application, arguments=arguments
    )
    try:
        await asyncio.to_thread(server.start)
        yield server
        await server.stop(clean=clean)
    finally:
        await asyncio.to_thread(server.release)
