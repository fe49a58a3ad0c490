"""A fresh clone of the repository on a machine that has just been made: nothing installed, nothing in its home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.deadline import wait_until
from tests.support.machine import ROOT, require
from tests.support.ports import ReservedPort
from tests.support.server import STOP_DEADLINE, Address, authority_file

# Seconds for `make run` to install everything and serve, beside other tests; a slow network takes most of it.
SETUP_DEADLINE = 240.0

# The Python that our own environment was made with, so that the clone is tested with the same.
BASE_PYTHON = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")

# What leads to the package registries on this machine, by the environment or by a file in the home that we hide.
_KEPT_PREFIXES = ("PIP_", "NPM_CONFIG_", "SSL_", "LC_")
_KEPT = frozenset(
    {"LANG", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"} | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"}
)
_CONFIG_FILES = {"PIP_CONFIG_FILE": (".config/pip/pip.conf", ".pip/pip.conf"), "NPM_CONFIG_USERCONFIG": (".npmrc",)}

# For a start without a network.  Nobody listens on port 9 (RFC 863, discard), so whoever tries fails at once.
NO_NETWORK = {
    "PIP_NO_INDEX": "1",
    "NPM_CONFIG_OFFLINE": "true",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}


class Clone:
    """The committed state of this repository in `folder`, with an empty home beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hubbub"
        home = folder / "home"
        home.mkdir()
        # A checkout in a container often belongs to somebody else, whose repositories git does not touch unasked.
        trusting = folder / "gitconfig"
        trusting.write_text("[safe]\n\tdirectory = *\n")
        clone = [str(require("git")), "clone", "--quiet", str(ROOT), str(self.path)]
        environment = os.environ | {"GIT_CONFIG_GLOBAL": str(trusting)}
        subprocess.run(clone, check=True, stdin=subprocess.DEVNULL, env=environment)
        self.environment = _registries() | {"HOME": str(home), "PATH": _path(), "PYTHON": str(BASE_PYTHON)}

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command at the top of the clone to its end, whatever its status; both streams are in `stdout`."""
        return subprocess.run(
            command,
            cwd=self.path,
            env=self.environment | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SETUP_DEADLINE,
            check=False,
        )

    @contextmanager
    def make_run(
        self, log: Path, *, wrapper: Sequence[str] = (), env: Mapping[str, str] | None = None
    ) -> Iterator[MakeRun]:
        """`make run` for the length of a block, on ports of its own; killed at the end, if nothing ended it before."""
        with ReservedPort() as tls, ReservedPort() as plain:
            arguments = f"ARGS=--bind {tls.bind} --insecure-bind {plain.bind}"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [*wrapper, str(require("make")), "run", arguments],
                    cwd=self.path,
                    env=self.environment | dict(env or {}),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            try:
                yield MakeRun(process, log, tls, plain, authority_file(self.path / "var"))
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


class MakeRun:
    """A `make run` in its own process group, as a terminal would have it."""

    def __init__(
        self, process: subprocess.Popen[bytes], log: Path, tls: ReservedPort, plain: ReservedPort, ca_file: Path
    ) -> None:
        self.process = process
        self.address = Address(f"http://{plain.bind}", f"https://{tls.bind}", ca_file)
        self._ports = (tls, plain)
        self._log = log

    def logs(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_until_it_serves(self) -> None:
        """Wait for both ports, however long the set-up takes.

        Raises:
            RuntimeError: with its output, when it ends instead.
        """
        wait_until(lambda: self.alive() and all(port.answers() for port in self._ports), "serving", SETUP_DEADLINE)

    def alive(self) -> bool:
        """True while it runs.

        Raises:
            RuntimeError: with its output, when it has ended.
        """
        if self.process.poll() is not None:
            raise RuntimeError(f"make ended with status {self.process.returncode}\n{self.logs()}")
        return True

    def terminate(self) -> None:
        """SIGTERM to make alone, as a supervisor sends it; returns when make has ended."""
        self.process.terminate()
        self.process.wait(STOP_DEADLINE)

    def interrupt(self) -> None:
        """SIGINT to the whole group, as Ctrl-C in a terminal sends it; returns when make has ended."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(STOP_DEADLINE)

    def has_stopped_serving(self) -> bool:
        return not any(port.answers() for port in self._ports)


def tools_without(folder: Path, *absent: str) -> Path:
    """A folder of links to every program on the path but those, to be the whole path of somebody who lacks them."""
    folder.mkdir()
    for place in _path().split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / program.name
            if program.name not in absent and not link.is_symlink():
                link.symlink_to(program)
    return folder


def without_network() -> tuple[str, ...]:
    """A command to put before another so that it has a loopback interface and nothing else; empty where we may not."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--net", "true"], capture_output=True, check=False).returncode:
        return ()
    return (unshare, "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def _path() -> str:
    # Without our own environment, which `make test` puts at the end: the clone has to make its own.
    ours = Path(sys.executable).parent
    return os.pathsep.join(place for place in os.environ["PATH"].split(os.pathsep) if Path(place) != ours)


def _registries() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT or name.upper().startswith(_KEPT_PREFIXES)
    }
    for name, places in _CONFIG_FILES.items():
        for place in places:
            if (Path.home() / place).is_file():
                kept.setdefault(name, str(Path.home() / place))
    return kept
