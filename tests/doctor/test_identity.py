"""What real proxies do to a site is in test_site.py; here are answers that they seldom give."""

from __future__ import annotations

import pytest

from hubbub.composite.request_id import fresh_request_id
from hubbub.doctor.finding import Level
from hubbub.doctor.identity import be_seen_behind_the_proxy, come_from_the_site, forge_the_host
from tests.doctor.canned import canned_site, response

NGINX_ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("headers", "level", "said"),
    [
        ({}, Level.OK, "none shows itself"),
        ({"Server": "hypercorn-h11"}, Level.OK, "none shows itself"),
        ({"Server": "nginx", "X_Request_ID": NGINX_ID}, Level.OK, "nginx is believed"),
        ({"Via": "1.1 caddy", "X_Request_ID": fresh_request_id()}, Level.FAILURE, "HUBBUB_TRUSTED_PROXIES"),
        ({"Server": "nginx"}, Level.FAILURE, "pass X-Request-ID"),
    ],
    ids=["alone", "our own server", "its id is taken", "ours is given", "none is given"],
)
async def test_whether_the_proxy_is_believed(headers: dict[str, str], level: Level, said: str) -> None:
    async with canned_site({"/healthz": response(200, **headers)}) as site:
        found = await be_seen_behind_the_proxy(site)
    assert found.level is level
    assert said in found.text


@pytest.mark.parametrize(("status", "level"), [(200, Level.OK), (403, Level.FAILURE), (404, Level.FAILURE)])
async def test_whether_pages_of_the_site_may_connect(status: int, level: Level) -> None:
    async with canned_site({"/socket.io/": response(status)}) as site:
        assert (await come_from_the_site(site)).level is level


@pytest.mark.parametrize(("status", "level"), [(403, Level.OK), (200, Level.WARNING)])
async def test_whether_a_client_can_name_the_site(status: int, level: Level) -> None:
    async with canned_site({"/socket.io/": response(status)}) as site:
        assert (await forge_the_host(site)).level is level


async def test_a_site_that_breaks_off_is_told() -> None:
    async with canned_site({"/socket.io/": b"", "/healthz": b""}) as site:
        assert (await come_from_the_site(site)).level is Level.FAILURE
        assert (await be_seen_behind_the_proxy(site)).level is Level.FAILURE
