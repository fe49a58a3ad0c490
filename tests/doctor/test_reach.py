"""What real proxies do to a site is in test_site.py; here are answers that they seldom give."""

from __future__ import annotations

import pytest

from hubbub.doctor.finding import Level
from hubbub.doctor.reach import find_server, look_at_tls, send_a_large_body, send_large_headers
from hubbub.doctor.wire import Site
from tests.doctor.canned import canned_site, response


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        (response(200, '{"status":"ok"}'), Level.OK),
        (response(200, "<h1>Welcome to nginx!</h1>"), Level.FAILURE),
        (response(502, "Bad Gateway"), Level.FAILURE),
        (b"", Level.FAILURE),
    ],
    ids=["ours", "somebody else", "nobody behind the proxy", "nothing"],
)
async def test_who_answers(answer: bytes, level: Level) -> None:
    async with canned_site({"/healthz": answer}) as site:
        assert (await find_server(site)).level is level


async def test_without_tls_only_this_machine_is_well() -> None:
    for url, level in [
        ("http://127.0.0.1:8000", Level.OK),
        ("http://localhost", Level.OK),
        ("http://[::1]:8000", Level.OK),
        ("http://chat.example.org", Level.FAILURE),
    ]:
        assert [finding.level for finding in await look_at_tls(Site.parse(url))] == [level], url


async def test_a_site_that_breaks_off_is_a_warning() -> None:
    async with canned_site({"/healthz": b"", "/api/v1/sessions": b""}) as site:
        assert (await send_large_headers(site)).level is Level.WARNING
        assert (await send_a_large_body(site)).level is Level.WARNING
