"""What `hubbub doctor URL` says of real proxies: nothing of a right one, and of a wrong one exactly what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubbub.cli import main
from hubbub.doctor.finding import Finding, Level
from hubbub.doctor.site import examine_site
from hubbub.doctor.wire import Site
from tests.doctor.conftest import Behind
from tests.support.ports import ReservedPort
from tests.support.server import ServerProcess

UPGRADE = "    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection $connection_upgrade;\n"
GATHERING = {
    UPGRADE: '    proxy_set_header Connection "";\n',
    "proxy_buffering off": "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering",
}
PACKING = {"proxy_buffering off": "proxy_buffering off; gzip on; gzip_min_length 0; gzip_types text/event-stream"}
NARROW = {
    "large_client_header_buffers 4 16k": "large_client_header_buffers 4 2k",
    "    client_max_body_size 9m;\n": "",
    "proxy_read_timeout 75s": "proxy_read_timeout 3s",  # long enough for all but the poll
}
CREDULOUS = {"    proxy_set_header X-Forwarded-Host $http_host;\n": "", "ssl http2": "ssl"}

# What is changed, for how many seconds a poll is to wait, and what is told.
WRONG = [
    pytest.param(GATHERING, 1, {"WebSocket": Level.FAILURE, "event stream": Level.FAILURE}, id="gathering"),
    pytest.param(PACKING, 1, {"event stream": Level.FAILURE}, id="packing"),
    pytest.param(
        NARROW,
        5,
        {"large headers": Level.WARNING, "large bodies": Level.WARNING, "long poll": Level.FAILURE},
        id="narrow",
    ),
    pytest.param(CREDULOUS, 1, {"HTTP/2": Level.WARNING, "forged host": Level.WARNING}, id="credulous"),
]


async def complaints(site: Site, token: str | None, seconds: int = 1) -> dict[str, Finding]:
    """What is not well, by the names of the checks."""
    found = [finding async for finding in examine_site(site, token, seconds)]
    return {finding.check: finding for finding in found if finding.level is not Level.OK}


async def test_the_recipe_is_right(behind: Behind, trusting: ServerProcess, token: str) -> None:
    with behind(trusting) as site:
        found = [finding async for finding in examine_site(site, token, 1)]
    assert [finding for finding in found if finding.level is not Level.OK] == []
    assert {"WebSocket", "event stream", "long poll", "HTTP/2", "trusted proxy"} <= {each.check for each in found}


@pytest.mark.parametrize(("changes", "seconds", "expected"), WRONG)
async def test_a_wrong_recipe_is_told_exactly(
    behind: Behind,
    trusting: ServerProcess,
    token: str,
    changes: Mapping[str, str],
    seconds: int,
    expected: dict[str, Level],
) -> None:
    with behind(trusting, changes) as site:
        found = await complaints(site, token, seconds)
    assert {check: finding.level for check, finding in found.items()} == expected


async def test_a_server_that_does_not_trust_its_proxy_is_told(behind: Behind, shared_server: ServerProcess) -> None:
    with behind(shared_server) as site:
        found = await complaints(site, None)
    assert {check: finding.level for check, finding in found.items()} == {
        "origin": Level.FAILURE,
        "trusted proxy": Level.FAILURE,
        "event stream, long poll": Level.WARNING,  # without a token
    }
    assert all("HUBBUB_TRUSTED_PROXIES" in found[check].text for check in ("origin", "trusted proxy"))


async def test_where_nobody_answers_nothing_else_is_asked() -> None:
    with ReservedPort() as nobody:
        found = [finding async for finding in examine_site(Site.parse(f"http://{nobody.bind}"), None, 1)]
    assert [(finding.check, finding.level) for finding in found] == [("server", Level.FAILURE)]


async def test_the_command_prints_a_line_for_each_check(
    behind: Behind, trusting: ServerProcess, token: str, tmp_path: Path
) -> None:
    with behind(trusting, PACKING) as site:
        arguments = ["doctor", site.origin, "--ca", str(tmp_path / "ca.pem"), "--token", token, "--wait", "1"]
        shown = await asyncio.to_thread(CliRunner().invoke, main, arguments)
    assert shown.exit_code == 1
    lines = shown.output.splitlines()
    assert lines[0] == f"ok      server: {site.origin} answers"
    assert [line.split(":")[0] for line in lines if not line.startswith("ok ")] == ["failure event stream"]
