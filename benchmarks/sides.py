"""The servers that are measured, each a fresh process on a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
START_SECONDS = 30.0
STOP_SECONDS = 10.0


@contextmanager
def serving(application: str) -> Iterator[str]:
    """Serve `module:name` with `hypercorn.toml`; the address of it."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        options = ["-c", "hypercorn.toml", "--bind", f"127.0.0.1:{port}"]
        command = [sys.executable, "-m", "hypercorn", *options, application]
        environment = {
            **os.environ,
            "HUBBUB_DATA_DIR": folder,
            "HUBBUB_REGISTRATION": "open",
            "HUBBUB_RATE_LIMITS": "off",
            "HUBBUB_LOG_LEVEL": "warning",
        }
        process = subprocess.Popen(command, cwd=TOP, env=environment, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server on port {port} did not come up; status {process.poll()}")
