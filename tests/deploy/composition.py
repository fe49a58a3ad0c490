"""`deploy/compose.several-hosts.yml` as far as one machine without containers can have it: its hosts are processes.

Each has exactly the variables that it has there, with addresses of the test's in place of the names of its network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.support.machine import ROOT
from tests.support.ports import HOST
from tests.support.server import ServerProcess

SEVERAL: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.several-hosts.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = SEVERAL["services"]
HOSTS = [name for name in SERVICES if name.startswith("hubbub-")]
PORT = 8000  # of the image: tests/deploy/test_recipes.py holds its command to it
GIVEN = {"HUBBUB_DATABASE_PASSWORD": "0123456789abcdef", "HUBBUB_SITE": "chat.example.org"}
# So that a test can have as many people as it likes.
OPEN = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off"}
_VARIABLE = re.compile(r"\$\{(\w+):\?[^}]*\}")


def variables(service: str) -> dict[str, str]:
    """Its environment, with what a host has to give."""
    environment: Mapping[str, str] = SERVICES[service]["environment"]
    return {name: _VARIABLE.sub(lambda each: GIVEN[each[1]], value) for name, value in environment.items()}


def address(server: ServerProcess) -> str:
    """What a proxy takes it by."""
    return server.http_url.removeprefix("http://")


def upstreams(servers: Mapping[str, ServerProcess]) -> list[str]:
    """Where Caddy finds the hosts: in the order of the composition."""
    names = variables("caddy")["HUBBUB_UPSTREAM"].split()
    return [address(servers[name.removesuffix(f":{PORT}")]) for name in names]


@contextmanager
def running_composition(
    folder: Path, database_url: str, bus_url: str, changes: Mapping[str, str] | None = None
) -> Iterator[dict[str, ServerProcess]]:
    """{service: its server}, with other variables where there are `changes`.

    Each must end with status 0 and a log without errors.
    """
    places = {
        variables(HOSTS[0])["HUBBUB_DATABASE_URL"]: database_url,
        variables(HOSTS[0])["HUBBUB_BUS_URL"]: bus_url,
        SEVERAL["networks"]["inner"]["ipam"]["config"][0]["subnet"]: HOST,
        **dict.fromkeys(HOSTS, HOST),
    }
    with ExitStack() as stack:
        servers: dict[str, ServerProcess] = {}
        for name in HOSTS:
            home = folder / name
            home.mkdir()
            environment = {variable: places[value] for variable, value in variables(name).items()}
            servers[name] = ServerProcess(home, env=environment | OPEN | dict(changes or {}))
            stack.callback(servers[name].release)
        with ThreadPoolExecutor() as all_at_once:
            list(all_at_once.map(ServerProcess.start, servers.values()))
        yield servers
        for server in servers.values():
            server.end()
