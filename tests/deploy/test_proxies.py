"""The recipes for proxies are right as they lie there: `hubbub doctor` finds nothing wrong with a site behind them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from hubbub.doctor.finding import Level
from hubbub.doctor.site import examine_site
from hubbub.doctor.wire import Site
from tests.support.people import PASSWORD
from tests.support.proxies import behind_caddy, behind_haproxy
from tests.support.rest import API
from tests.support.server import ServerProcess

POLL_SECONDS = 1


@pytest.fixture(scope="module")
def token(trusting: ServerProcess) -> str:
    """Somebody's at `trusting`."""
    account = {"username": "deploy", "password": PASSWORD}
    return str(httpx.post(f"{trusting.http_url}{API}/users", json=account).json()["token"])


@pytest.mark.parametrize("behind", [behind_haproxy, behind_caddy])
async def test_the_doctor_finds_nothing_wrong(
    behind: Callable[[Path, ServerProcess], AbstractContextManager[Site]],
    trusting: ServerProcess,
    token: str,
    tmp_path: Path,
) -> None:
    with behind(tmp_path, trusting) as site:
        found = [finding async for finding in examine_site(site, token, POLL_SECONDS)]
    assert [finding for finding in found if finding.level is not Level.OK] == []
    assert {"WebSocket", "event stream", "long poll", "HTTP/2", "origin"} <= {each.check for each in found}
