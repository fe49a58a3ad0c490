"""Data after the answer, under a real Hypercorn; `test_door` sends more of it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from hubbub.composite import hypercorn_late_data
from hubbub.composite.hypercorn_late_data import KNOWN, LateDataMiddleware
from hubbub.composite.types import Receive, Scope, Send
from tests.support.asgi_calls import Recorder, call, http_scope
from tests.support.http2 import Http2Connection
from tests.support.server import running_server


async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once whatever is still to come."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"early"})


app = LateDataMiddleware(hasty)


async def test_answers_may_come_before_the_end_of_bodies(tmp_path: Path) -> None:
    application = "tests.composite.test_hypercorn_late_data:app"
    async with (
        running_server(tmp_path, command="hypercorn", application=application, clean=False) as server,
        await Http2Connection.connect(server) as connection,
    ):
        for _ in range(3):
            stream = await connection.open_stream("POST", "/", end=False)
            assert (await connection.response(stream)).body == b"early"
            # Below h2's own bookkeeping of streams, as a client does that has not read the answer yet.
            connection.frames.send_data(stream, b"late")
            connection.frames.send_data(stream, b"late again", end_stream=True)
            await connection.flush()
        assert (await connection.request("GET", "/")).body == b"early"
    server.assert_clean_log()


async def test_other_servers_are_left_alone() -> None:
    assert KNOWN
    inner = Recorder()
    assert (await call(LateDataMiddleware(inner), http_scope())).status == 200
    await call(LateDataMiddleware(inner), {"type": "lifespan"}, [])


async def test_an_unknown_version_is_logged_and_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hypercorn_late_data, "KNOWN", False)
    with caplog.at_level(logging.WARNING):
        app = LateDataMiddleware(Recorder())
    assert "not known" in caplog.text
    assert (await call(app, http_scope())).status == 200
