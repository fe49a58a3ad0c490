"""PostgreSQL for tests: a server of their own on a Unix socket, which they may stop, kill and start again."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from hubbub.store.postgres.address import PostgresAddress
from tests.support.deadline import DEADLINE, wait_until
from tests.support.machine import missing, require

_DATABASE = "postgres"  # the one that every server has
_OWNER = "hubbub"  # the database user, who needs no password on this socket
_DEBIAN_USER = "postgres"  # the server refuses to run as root
SOCKET = ".s.PGSQL.5432"  # its name in the folder that libpq is given as host
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "log_min_messages": "warning",
}


class PostgresServer:
    """One server and its folder; what it holds outlives its processes.

    Without `durable` it does not wait for the disk, which a test that cuts no power does not miss.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._log_file = folder / "server.log"
        self._settings = {**_SETTINGS, "fsync": "on" if durable else "off"}
        self._user = _DEBIAN_USER if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self._process: subprocess.Popen[bytes] | None = None
        self._held: list[int] = []
        self._numbers = itertools.count(1)

    def create(self) -> None:
        """Make its files.

        Raises:
            subprocess.CalledProcessError: with what `initdb` said.
        """
        account = pwd.getpwnam(self._user)
        os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._call(
            "initdb", "--pgdata", str(self._data), "--username", _OWNER, "--auth", "trust", "--encoding", "UTF8",
            # A language's order, as most servers have one, so that a statement that forgets ours is found out.
            "--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US", "--no-sync",
        )  # fmt: skip

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: with its log, when it ends instead.
        """
        if self._process is not None:
            raise RuntimeError("PostgreSQL runs already")
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [str(require("postgres")), "-D", str(self._data), "-k", str(self._folder), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                **self._as_user(),
            )
        wait_until(self._answers, "PostgreSQL to take connections")

    def stop(self) -> None:
        """End it as an administrator does who is in a hurry: connections are closed, transactions undone."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Cut its power: nothing is written any more; the next start recovers what was committed."""
        self._end(signal.SIGQUIT)

    def kill_all(self) -> None:
        """SIGKILL to every process it has, none of which can do anything about it."""
        for pid in self._pids():
            os.kill(pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def hold_still(self) -> None:
        """SIGSTOP to all of its processes: its connections stay, with what is under way on them, and nothing moves."""
        self._held = self._pids()
        for pid in self._held:
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hold_still`."""
        for pid in self._held:
            os.kill(pid, signal.SIGCONT)

    @property
    def socket(self) -> Path:
        """Where it takes connections."""
        return self._folder / SOCKET

    def logs(self) -> str:
        """Everything it has written so far."""
        return self._log_file.read_text(errors="replace")

    def address(self, database: str) -> PostgresAddress:
        """Where one of its databases is."""
        return PostgresAddress(f"postgresql:///{database}?host={quote(str(self._folder), safe='')}&user={_OWNER}")

    def make_database(self) -> PostgresAddress:
        """A database without tables: a schema of its own in the one there is, which takes a hundredth of the time."""
        name = f"test{next(self._numbers)}"
        self.run(f"CREATE SCHEMA {name}")
        return PostgresAddress(f"{self.address(_DATABASE).url}&options=-csearch_path%3D{name}")

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """As its owner, beside all databases; the rows, if there are any."""
        with psycopg.connect(self.address(_DATABASE).url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def drop_connections(self) -> None:
        """End every connection to its databases, as an administrator may."""
        self.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datid > 0"
        )

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended with status {self._process.returncode}\n{self.logs()}")
        try:
            psycopg.connect(self.address(_DATABASE).url).close()
        except psycopg.OperationalError:
            return False
        return True

    def _pids(self) -> list[int]:
        """Its first process, before which no other one is stopped, and the one of each connection and duty."""
        assert self._process is not None
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text()
        return [first, *map(int, children.split())]

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(DEADLINE)
            self._process = None

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(require(program)), *arguments],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **self._as_user(),
        )

    def _as_user(self) -> dict[str, Any]:
        account = pwd.getpwnam(self._user)
        if account.pw_uid == os.getuid():
            return {}
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}


@contextmanager
def running_postgres(*, durable: bool) -> Iterator[PostgresServer]:
    """A server for the length of a block; without one on this machine the test is skipped with the reason."""
    require("postgres")
    if os.getuid() == 0:
        try:
            pwd.getpwnam(_DEBIAN_USER)
        except KeyError:
            missing(f"there is no user {_DEBIAN_USER} to run PostgreSQL as; its Debian package makes one.")
    # Not pytest's own folder: the server's user may not enter that one, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="hubbub-pg-"))
    server = PostgresServer(folder, durable=durable)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
