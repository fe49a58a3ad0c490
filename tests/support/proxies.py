"""HAProxy and Caddy with the recipes of `deploy/`, each as its package runs it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hubbub.doctor.wire import Site
from hubbub.local_authority import ensure_certificate
from tests.support.deadline import DEADLINE, wait_until
from tests.support.machine import ROOT, require
from tests.support.nginx import substituted
from tests.support.ports import ReservedPort
from tests.support.server import ServerProcess

# What lies around the recipe: nothing of the machine's own, no service to ask for certificates, no port below 1024.
AROUND_CADDY = """\
{{
	admin off
	skip_install_trust
	auto_https disable_redirects
	http_port {plain}
	grace_period 1s
}}
"""


@contextmanager
def behind_haproxy(folder: Path, server: ServerProcess) -> Iterator[Site]:
    """A server behind HAProxy, for a block."""
    program = require("haproxy")
    files = ensure_certificate(folder, now=datetime.now(UTC))
    both = folder / "both.pem"
    both.write_text(files.certificate.read_text() + files.key.read_text())
    with ReservedPort() as port, ReservedPort() as plain:
        places = {
            "maxconn 20000": "maxconn 100",  # so that it starts under any `ulimit`
            "bind :80": f"bind {plain.bind}",
            "bind :443": f"bind {port.bind}",
            "/etc/haproxy/chat.example.org.pem": str(both),
            "127.0.0.1:8000": server.http_url.removeprefix("http://"),
        }
        recipe = folder / "haproxy.cfg"
        recipe.write_text(substituted((ROOT / "deploy" / "haproxy.cfg").read_text(), places))
        with running_proxy([str(program), "-W", "-db", "-f", str(recipe)], folder, port, {}):
            yield Site.parse(f"https://{port.bind}", files.authority)


@contextmanager
def behind_caddy(folder: Path, server: ServerProcess) -> Iterator[Site]:
    """A server behind Caddy, for a block, with a certificate of ours in place of one that it would ask for."""
    program = require("caddy")
    files = ensure_certificate(folder, now=datetime.now(UTC))
    places = {"\treverse_proxy": f"\ttls {files.certificate} {files.key}\n\treverse_proxy"}
    with ReservedPort() as port, ReservedPort() as plain:
        recipe = substituted((ROOT / "deploy" / "Caddyfile").read_text(), places)
        around = folder / "Caddyfile"
        around.write_text(AROUND_CADDY.format(plain=plain.number) + recipe)
        environment = {
            "HUBBUB_SITE": f"https://{port.bind}",
            "HUBBUB_UPSTREAM": server.http_url.removeprefix("http://"),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        command = [str(program), "run", "--adapter", "caddyfile", "--config", str(around)]
        with running_proxy(command, folder, port, environment):
            yield Site.parse(f"https://{port.bind}", files.authority)


@contextmanager
def running_proxy(
    command: list[str], folder: Path, port: ReservedPort, environment: Mapping[str, str]
) -> Iterator[None]:
    """A program for the length of a block, once it takes connections at the port.

    Raises:
        RuntimeError: with what it said, when it ends instead.
    """
    said = folder / "proxy.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )

    def is_ready() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} ended with status {process.returncode}\n{said.read_text()}")
        return port.answers()

    try:
        wait_until(is_ready, f"{command[0]} to take connections")
        yield
    finally:
        process.terminate()
        try:
            process.wait(DEADLINE)
        finally:
            process.kill()
            process.wait()
