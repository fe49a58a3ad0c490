"""A server behind nginx, by the recipe of `deploy/` or by one with a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from hubbub.doctor.wire import Site
from hubbub.local_authority import ensure_certificate
from tests.support.machine import ROOT
from tests.support.nginx import running_nginx, substituted
from tests.support.people import PASSWORD
from tests.support.ports import ReservedPort
from tests.support.rest import API
from tests.support.server import ServerProcess

RECIPE = (ROOT / "deploy" / "nginx.conf").read_text()

Behind = Callable[..., AbstractContextManager[Site]]


@pytest.fixture(scope="session")
def token(trusting: ServerProcess) -> str:
    """Somebody's at `trusting`."""
    account = {"username": "doctor", "password": PASSWORD}
    return str(httpx.post(f"{trusting.http_url}{API}/users", json=account, verify=False).json()["token"])


@pytest.fixture
def behind(tmp_path: Path) -> Behind:
    """The server behind nginx, for a block: `behind(server)`, or with what to change in the recipe, and into what."""

    @contextmanager
    def start(server: ServerProcess, changes: Mapping[str, str] | None = None) -> Iterator[Site]:
        files = ensure_certificate(tmp_path, now=datetime.now(UTC))
        with ReservedPort() as port, ReservedPort() as plain:
            places = {
                "server 127.0.0.1:8000": f"server {server.http_url.removeprefix('http://')}",
                "listen 80": f"listen {plain.bind}",
                "listen 443": f"listen {port.bind}",
                "/etc/letsencrypt/live/chat.example.org/fullchain.pem": str(files.certificate),
                "/etc/letsencrypt/live/chat.example.org/privkey.pem": str(files.key),
            }
            recipe = substituted(substituted(RECIPE, changes or {}), places)
            with running_nginx(tmp_path, recipe, port):
                yield Site.parse(f"https://{port.bind}", files.authority)

    return start
