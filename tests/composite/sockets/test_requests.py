from __future__ import annotations

import asyncio
import json

import pytest

from hubbub.composite.sockets import requests
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.requests import Gone, Refusal, RequestBody, answer, refuse_websocket, session_id_of
from tests.support.asgi_calls import Call, body_events, http_scope, websocket_scope

LIMITS = SocketLimits(payload_bytes=10, discarded_bytes=100, body_seconds=0.05, send_seconds=0.05)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("EIO=4", 0),
        ("EIO=4&transport=", 0),
        ("EIO=4&transport=websocket", 3),
        ("EIO=4&transport=polling&transport=websocket", 0),
        ("transport=polling", 5),
        ("EIO=3&transport=polling", 5),
        ("EIO=abc&transport=polling&sid=a", 5),
        ("EIO=4&transport=polling&j=0", 3),
        ("EIO=4&transport=polling" + "&a=1" * 100, 3),
    ],
)
def test_a_query_that_is_not_of_the_protocol_is_refused_with_its_code(query: str, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        session_id_of(http_scope("/socket.io/", query_string=query.encode()))
    assert refused.value.code == code
    assert json.loads(refused.value.body())["code"] == code


def test_the_session_is_named_by_the_query() -> None:
    assert session_id_of(http_scope("/", query_string=b"EIO=4&transport=polling&t=x")) is None
    assert session_id_of(http_scope("/", query_string=b"EIO=4&transport=polling&sid=abc")) == "abc"
    assert session_id_of(websocket_scope("/", query_string=b"EIO=4&transport=websocket&sid=")) is None


def test_a_client_says_that_it_takes_text_only() -> None:
    assert requests.wants_text(websocket_scope("/", query_string=b"EIO=4&transport=websocket&b64=1"))
    assert not requests.wants_text(websocket_scope("/", query_string=b"EIO=4&transport=websocket"))


async def test_a_body_is_read_in_pieces() -> None:
    call = Call(body_events(b"12345", b"67890"))
    assert await RequestBody(call.receive, LIMITS).read() == b"1234567890"


async def test_a_body_too_long_is_read_to_its_end_and_refused() -> None:
    call = Call(body_events(*[b"12345"] * 10))
    with pytest.raises(Refusal) as refused:
        await RequestBody(call.receive, LIMITS).read()
    assert refused.value.status == 413
    assert await asyncio.wait_for(_left(call), 1) == "http.disconnect"


async def test_even_that_has_an_end() -> None:
    call = Call(body_events(*[b"1234567890"] * 100))
    with pytest.raises(Refusal):
        await RequestBody(call.receive, LIMITS).read()
    assert (await call.receive())["type"] == "http.request"


async def test_a_body_that_drips_is_refused() -> None:
    call = Call([{"type": "http.request", "body": b"1", "more_body": True}])
    with pytest.raises(Refusal) as refused:
        await RequestBody(call.receive, LIMITS).read()
    assert refused.value.status == 408


async def test_a_client_that_leaves_has_no_body() -> None:
    call = Call([{"type": "http.disconnect"}])
    with pytest.raises(Gone):
        await RequestBody(call.receive, LIMITS).skip()


async def test_skipping_reads_only_what_nobody_has_read() -> None:
    call = Call(body_events(*[b"12345"] * 10))
    body = RequestBody(call.receive, LIMITS)
    await body.skip()
    await body.skip()
    call.closed.set()
    assert await _left(call) == "http.disconnect"


async def test_an_answer_names_its_length_and_is_not_kept() -> None:
    call = Call([])
    await answer(call.send, b"ok", LIMITS)
    assert (call.status, call.body, call.headers["content-length"]) == (200, b"ok", "2")
    assert call.headers["cache-control"] == "no-store"


async def test_an_answer_says_when_to_come_back() -> None:
    call = Call([])
    refusal = requests.turned_away()
    await answer(call.send, refusal.body(), LIMITS, status=refusal.status)
    assert (call.status, call.headers["retry-after"]) == (503, "1")


async def test_an_answer_is_not_offered_for_ever() -> None:
    async def stuck(_message: object) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await answer(stuck, b"ok", LIMITS)


async def test_a_websocket_is_refused_by_a_response_where_that_is_possible() -> None:
    call = Call([])
    await refuse_websocket(websocket_scope("/"), call.send, requests.session_unknown())
    assert (call.status, call.document["code"]) == (400, 1)
    plain = Call([])
    await refuse_websocket(websocket_scope("/", extensions={}), plain.send, requests.session_unknown())
    assert plain.messages == [{"type": "websocket.close"}]


async def _left(call: Call) -> str:
    call.closed.set()
    return str((await call.receive())["type"])
