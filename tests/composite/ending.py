"""A server in its own process, asked to end in several ways, and what became of it."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificates import Certificates, make_certificates
from tests.support.deadline import wait_until
from tests.support.machine import BARE, ROOT
from tests.support.ports import ReservedPort

APPLICATION = "tests.composite.apps.draining"
KILL_AFTER = 20.0  # seconds, to tell a server that hangs from one that is late


@dataclass(frozen=True)
class Ending:
    """How the process ended: its status, the seconds it took, what it logged."""

    status: int
    seconds: float
    log: str


class Subject:
    """The running server; `marks` are the lines that its application noted."""

    def __init__(self, folder: Path, run: str, environment: dict[str, str]) -> None:
        """`run` is `serve`, or arguments of the `hypercorn` command."""
        self.plain, self.tls = ReservedPort(), ReservedPort()
        self.certificates = make_certificates(folder / "tls")
        self._marks, self._log = folder / "marks", folder / "log"
        ours = {"MARKS": str(self._marks), "GRACE": "0.5", "PYTHONUNBUFFERED": "1"}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                _command(run, self.plain.bind, self.tls.bind, self.certificates),
                cwd=ROOT,
                env=os.environ | BARE | ours | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def marks(self) -> list[str]:
        """The notes, without the numbers of the processes."""
        text = self._marks.read_text() if self._marks.exists() else ""
        return [line.rpartition(" ")[0] for line in text.splitlines()]

    def marks_of(self, worker: int) -> list[str]:
        """The notes of one process."""
        lines = (line.rpartition(" ") for line in self._marks.read_text().splitlines())
        return [text for text, _, number in lines if number == str(worker)]

    def workers(self) -> list[int]:
        """The processes that serve."""
        return [int(line.split()[-1]) for line in self._marks.read_text().splitlines() if "inner started" in line]

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def client_context(self, *protocols: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.certificates.ca_file))
        context.set_alpn_protocols(list(protocols))
        return context

    def wait_for(self, mark: str, times: int = 1) -> None:
        wait_until(lambda: self.marks.count(mark) >= times, f"{mark!r} {times} times\n{self.log()}")

    def wait_until_ready(self) -> None:
        wait_until(
            lambda: self.process.poll() is not None or (self.plain.answers() and self.tls.answers()), "the server"
        )
        assert self.process.poll() is None, self.log()

    def end(self, *, group: bool = False) -> Ending:
        """Send SIGTERM to the process, or to its whole group, and wait for the end."""
        began = time.monotonic()
        if group:
            os.killpg(self.process.pid, signal.SIGTERM)
        else:
            self.process.terminate()
        try:
            status = self.process.wait(KILL_AFTER)
        except subprocess.TimeoutExpired as error:
            error.add_note(self.log())
            raise
        return Ending(status, time.monotonic() - began, self.log())

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.plain.release()
        self.tls.release()


@contextmanager
def running(folder: Path, run: str, *, ready: bool = True, **environment: str) -> Iterator[Subject]:
    """A server for the length of a block; `ready` to take connections, or still on its way."""
    subject = Subject(folder, run, environment)
    try:
        if ready:
            subject.wait_until_ready()
        yield subject
    finally:
        subject.kill()


def _command(run: str, plain: str, tls: str, files: Certificates) -> list[str]:
    if run == "serve":
        return [
            sys.executable,
            "-m",
            "tests.composite.apps.serve_draining",
            tls,
            plain,
            str(files.certfile),
            str(files.keyfile),
        ]
    options = ["--certfile", str(files.certfile), "--keyfile", str(files.keyfile)]
    binds = ["--bind", tls, "--insecure-bind", plain]
    return [sys.executable, "-m", "hypercorn", *run.split(), f"{APPLICATION}:app", *binds, *options]
