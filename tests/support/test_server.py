from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.server import ServerProcess, running_server

TINY = "tests.support.tiny_app:app"


def _get(url: str | urllib.request.Request, context: ssl.SSLContext | None = None) -> str:
    with urllib.request.urlopen(url, timeout=10, context=context) as response:
        body: bytes = response.read()
    return body.decode()


async def test_it_serves_plain_and_over_tls(tmp_path: Path) -> None:
    async with running_server(tmp_path, command="hypercorn", application=TINY) as server:
        assert "It works" in _get(server.http_url)
        assert "It works" in _get(server.https_url, server.ssl_context)
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            _get(server.https_url, ssl.create_default_context())


async def test_it_comes_back_on_the_same_ports_after_a_kill(tmp_path: Path) -> None:
    async with running_server(tmp_path, command="hypercorn", application=TINY) as server:
        urls = (server.http_url, server.https_url)
        await server.kill()
        with pytest.raises(urllib.error.URLError, match="refused"):
            _get(server.http_url)
        await server.restart()
        assert (server.http_url, server.https_url) == urls
        assert "It works" in _get(server.http_url)


async def test_without_tls_there_is_one_port(tmp_path: Path) -> None:
    async with running_server(tmp_path, command="hypercorn", tls=False, application=TINY) as server:
        assert "It works" in _get(server.http_url)
        with pytest.raises(ValueError, match="tls=False"):
            _ = server.https_url


async def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as failure:
        async with running_server(tmp_path, command="hypercorn", application="tests.support.no_such:app"):
            raise AssertionError("it must not start")
    assert "no_such" in "\n".join(failure.value.__notes__)


async def test_an_error_in_the_log_fails_the_stop(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, command="hypercorn", tls=False, application=TINY)
    try:
        server.start()
        _get(urllib.request.Request(f"{server.http_url}/log-an-error", method="POST"))
        with pytest.raises(AssertionError, match="ERROR as asked"):
            await server.stop()
    finally:
        server.release()
