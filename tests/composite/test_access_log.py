"""What is logged of a request, and what is not."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from hubbub.composite.access_log import AccessLogMiddleware
from hubbub.composite.types import Receive, Scope, Send
from hubbub.testing.clock import ManualClock
from tests.support.asgi_calls import body_events, call, http_scope


@pytest.fixture(autouse=True)
def at_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hubbub.composite.access_log")


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_a_request_is_one_line_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        clock.advance(0.25)
        await answer(scope, receive, send)

    scope = http_scope("/api/v1/rooms", "GET") | {"query_string": b"token=secret", "client": ("192.0.2.7", 5)}
    await call(AccessLogMiddleware(slow, monotonic=clock.monotonic), scope, body_events(b""))
    assert [record.getMessage() for record in caplog.records] == ["GET /api/v1/rooms 204 250.0 ms 192.0.2.7"]
    assert vars(caplog.records[0])["fields"]["status"] == 204


async def test_a_path_cannot_forge_a_line(caplog: pytest.LogCaptureFixture) -> None:
    await call(AccessLogMiddleware(answer), http_scope("/a\nb\x1b[31m" + "x" * 1000, "GET"), body_events(b""))
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.isprintable()
    assert len(line) < 300


async def test_a_request_that_fails_is_logged_and_the_failure_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await call(AccessLogMiddleware(fail), http_scope("/", "GET"), body_events(b""))
    assert " 0 " in caplog.records[0].getMessage()


async def test_where_it_is_off_nothing_stands_in_the_way(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "hubbub.composite.access_log")
    await call(AccessLogMiddleware(answer), http_scope("/", "GET"), body_events(b""))
    assert caplog.records == []


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING])
async def test_answers_are_counted_by_status_whether_they_are_logged_or_not(
    level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(level, "hubbub.composite.access_log")
    statuses: Counter[int] = Counter()

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError

    for _ in range(2):
        await call(AccessLogMiddleware(answer, statuses=statuses), http_scope("/", "GET"), body_events(b""))
    with pytest.raises(LookupError):
        await call(AccessLogMiddleware(fail, statuses=statuses), http_scope("/", "GET"), body_events(b""))
    assert statuses == {204: 2, 0: 1}
