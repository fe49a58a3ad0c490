"""The servers that are measured, and how each is started. It knows no workload."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from hubbub.local_authority import ensure_certificate

TOP = Path(__file__).resolve().parents[1]
NODE = TOP / "benchmarks" / "peers" / "node"
HOST = "127.0.0.1"

Wire = Literal["http", "https", "h2"]


@dataclass(frozen=True)
class Start:
    """A command with what it needs in its environment."""

    command: list[str]
    environment: dict[str, str]


@dataclass(frozen=True)
class Side:
    """A server: `start` makes its command for a port and an empty folder; `database` is the file it writes there.

    `wire` is how the load generator talks to it: HTTP/1.1 plain or over TLS, or HTTP/2 over TLS.
    """

    name: str
    start: Callable[[int, Path], Start]
    database: str | None
    wire: Wire = "http"

    def missing(self) -> str | None:
        """What keeps this machine from running it, or None."""
        if self.name != "node":
            return None
        if shutil.which("node") is None:
            return "Node.js is not on this machine; `make setup` brings it"
        if not (NODE / "node_modules" / ".ready").exists():
            return "its packages are not installed; `make bench` installs them"
        return None


def _hubbub(port: int, folder: Path) -> Start:
    environment = {
        "HUBBUB_DATA_DIR": str(folder),
        "HUBBUB_REGISTRATION": "open",
        "HUBBUB_RATE_LIMITS": "off",
        "HUBBUB_LOG_LEVEL": "warning",
    }
    options = ["-c", "hypercorn.toml", "--bind", f"{HOST}:{port}"]
    return Start([sys.executable, "-m", "hypercorn", *options, "src.app:app"], environment)


def _hubbub_tls(port: int, folder: Path) -> Start:
    files = ensure_certificate(folder / "tls", now=datetime.now(UTC), host_name="localhost")
    plain = _hubbub(port, folder)
    options = ["--certfile", str(files.certificate), "--keyfile", str(files.key)]
    return Start([*plain.command[:-1], *options, plain.command[-1]], plain.environment)


def _node(port: int, folder: Path) -> Start:
    return Start(["node", str(NODE / "server.js"), str(port), str(folder / "chat.db")], {"NODE_ENV": "production"})


def _fastapi(port: int, folder: Path) -> Start:
    options = ["--host", HOST, "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", *options, *quiet, "benchmarks.peers.fastapi_chat.app:app"]
    return Start(command, {"DATABASE": str(folder / "chat.db")})


def _bare(port: int, _folder: Path) -> Start:
    return Start([sys.executable, "-m", "benchmarks.peers.bare", str(port)], {})


HUBBUB = Side("hubbub", _hubbub, "hubbub.db")
SIDES = (
    HUBBUB,
    Side("node", _node, "chat.db"),
    Side("fastapi", _fastapi, "chat.db"),
    Side("bare", _bare, None),
    Side("hubbub-tls", _hubbub_tls, "hubbub.db", "https"),
    Side("hubbub-h2", _hubbub_tls, "hubbub.db", "h2"),
)


def environment(start: Start) -> dict[str, str]:
    """Ours with the side's own on top, without settings of Hubbub that somebody has set."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    return {**inherited, **start.environment}
