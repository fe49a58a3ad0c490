"""WSGI applications called as ASGI: what PEP 3333 asks of their caller, in memory."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

import pytest
from flask import Flask, request

from hubbub.composite.types import Message
from hubbub.composite.wsgi_guest import WAITING_PER_THREAD, wsgi_guest
from tests.support.asgi_calls import Call, body_events, call, http_scope, websocket_scope
from tests.support.deadline import eventually


def create_flask() -> Flask:
    flask = Flask("guest")

    @flask.get("/")
    def home() -> str:
        return f"{request.script_root}|{request.path}|{request.query_string.decode()}"

    @flask.post("/size")
    def size() -> str:
        return str(len(request.get_data()))

    @flask.delete("/")
    def delete() -> tuple[str, int]:
        return "", 204

    return flask


async def test_a_prefix_is_the_script_name() -> None:
    scope = http_scope("/old/", query_string=b"a=%20b", root_path="/old")
    assert (await call(wsgi_guest(create_flask()), scope)).body == b"/old|/|a=%20b"


async def test_an_answer_without_a_body_has_its_head() -> None:
    guest = wsgi_guest(create_flask())
    assert (await call(guest, http_scope("/", method="DELETE"))).status == 204
    head = await call(guest, http_scope("/", method="HEAD"))
    assert (head.status, head.body) == (200, b"")


async def test_a_body_over_the_limit_is_a_typed_error_after_it_was_read() -> None:
    guest = wsgi_guest(create_flask(), max_body_size=10)
    assert (await call(guest, http_scope("/size", method="POST"), body_events(b"12345", b"67890"))).body == b"10"
    refused = await call(guest, http_scope("/size", method="POST"), body_events(b"12345", b"67890", b"1"))
    assert (refused.status, refused.document["code"]) == (413, "too_large")


async def test_a_body_that_breaks_off_does_not_reach_the_application() -> None:
    calls: list[WSGIEnvironment] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        calls.append(environ)
        return []

    events: list[Message] = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    made = await call(wsgi_guest(app), http_scope("/", method="POST"), events)
    assert (calls, made.messages) == ([], [])


async def test_a_websocket_is_refused() -> None:
    refused = await call(wsgi_guest(create_flask()), websocket_scope("/"))
    assert (refused.status, refused.document["code"]) == (404, "not_found")


async def test_the_environ_passes_the_validator_of_the_standard_library() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"valid"]

    made = await call(wsgi_guest(validator(app)), http_scope("/x", headers={"host": "here"}))
    assert made.body == b"valid"


async def test_a_query_that_is_not_ascii_is_quoted() -> None:
    made = await call(wsgi_guest(create_flask()), http_scope("/", query_string=b"a=\xff%20"))
    assert made.body == b"|/|a=%FF%20"


class TestStartResponse:
    async def test_returns_write_whose_bytes_come_first(self) -> None:
        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            write = start_response("200 OK", [])
            write(b"written ")
            return [b"returned"]

        assert (await call(wsgi_guest(app), http_scope("/"))).body == b"written returned"

    async def test_may_be_called_as_late_as_the_first_byte(self) -> None:
        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            yield b""
            start_response("404", [])
            yield b"late"

        made = await call(wsgi_guest(app), http_scope("/"))
        assert (made.status, made.body) == (404, b"late")

    async def test_can_be_replaced_until_bytes_were_sent(self) -> None:
        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            start_response("200 OK", [])
            try:
                raise ValueError("late")
            except ValueError:
                start_response("500 Broken", [], sys.exc_info())
                yield b"page"
                start_response("400 Broken", [], sys.exc_info())

        made = Call(body_events())
        with pytest.raises(ValueError, match="late"):
            await wsgi_guest(app)(http_scope("/"), made.receive, made.send)
        assert (made.status, made.body) == (500, b"page")

    async def test_twice_or_never_is_a_mistake(self) -> None:
        def twice(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            start_response("200 OK", [])
            start_response("200 OK", [])
            return []

        for app, words in ((twice, "twice"), (lambda environ, start: [], "did not call")):
            with pytest.raises(RuntimeError, match=words):
                await call(wsgi_guest(app), http_scope("/"))


async def test_what_the_application_returned_is_closed() -> None:
    closed = threading.Event()

    class Body:
        def __iter__(self) -> Any:
            return iter([b"x"])

        def close(self) -> None:
            closed.set()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return Body()

    await call(wsgi_guest(app), http_scope("/"))
    assert closed.is_set()


async def test_threads_and_those_who_wait_for_one_are_bounded() -> None:
    go = threading.Event()
    running: list[str] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        running.append(threading.current_thread().name)
        go.wait()
        start_response("200 OK", [])
        return [b"done"]

    guest = wsgi_guest(app, threads=2)
    room = 2 * (1 + WAITING_PER_THREAD)
    tasks = [asyncio.create_task(call(guest, http_scope("/"))) for _ in range(room)]
    try:
        await eventually(lambda: len(running) == 2, "two requests in threads")
        refused = await call(guest, http_scope("/"))
        assert (refused.status, refused.document["code"]) == (503, "server_busy")
        assert len(running) == 2
    finally:
        go.set()
        made = await asyncio.gather(*tasks)
    assert {one.status for one in made} == {200}
    assert len(set(running)) <= 2


async def test_its_threads_end_with_its_lifespan() -> None:
    def own() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name.startswith("wsgi") and thread not in before]

    before = threading.enumerate()
    guest = wsgi_guest(create_flask())
    await call(guest, http_scope("/"))
    assert own() != []
    made = await call(guest, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    assert [message["type"] for message in made.messages] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    await eventually(lambda: own() == [], "the end of the threads")
