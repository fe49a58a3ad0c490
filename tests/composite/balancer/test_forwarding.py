"""What goes on and what does not: RFC 9110, 7.6."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.composite.addresses import Networks
from hubbub.composite.balancer.forwarding import body_framing, request_head, response_headers
from hubbub.composite.problem import Problem
from hubbub.composite.proxies import ProxiesMiddleware
from hubbub.composite.types import Message
from tests.support.asgi_calls import Recorder, http_scope, raw, websocket_scope


def headers_of(scope: dict[str, Any]) -> dict[str, str]:
    pairs = request_head(scope).headers
    assert len({name for name, _ in pairs}) == len(pairs)
    return {name.decode(): value.decode("latin-1") for name, value in pairs}


def test_what_is_of_one_connection_stays_there() -> None:
    sent = {
        "connection": "keep-alive, X-Mine",
        "x-mine": "1",
        "keep-alive": "timeout=5",
        "te": "trailers",
        "trailer": "x",
        "transfer-encoding": "chunked",
        "upgrade": "h2c",
        "proxy-authorization": "Basic x",
        "expect": "100-continue",
        "accept": "*/*",
        "cookie": "a=b",
    }
    found = headers_of(http_scope("/", headers=sent))
    assert {"accept", "cookie"} <= set(found)
    assert set(found) - {"accept", "cookie"} == {
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "via",
    }


def test_the_upstream_learns_who_the_client_is_and_not_what_it_says_of_itself() -> None:
    lies = {"x-forwarded-for": "8.8.8.8", "forwarded": "for=8.8.8.8", "x-real-ip": "8.8.8.8", "host": "chat.example"}
    found = headers_of(http_scope("/", headers=lies, scheme="https", http_version="2"))
    assert found["x-forwarded-for"] == "192.0.2.1"
    assert found["x-forwarded-proto"] == "https"
    assert found["x-forwarded-host"] == "chat.example"
    assert found["forwarded"] == 'for=192.0.2.1;proto=https;host="chat.example"'
    assert found["via"] == "2 balancer"
    assert "x-real-ip" not in found


@pytest.mark.parametrize("style", ["x-forwarded", "forwarded"])
@pytest.mark.parametrize("client", [("192.0.2.7", 1), ("2001:db8::7", 1)], ids=["ipv4", "ipv6"])
async def test_what_we_say_is_what_a_server_behind_us_that_trusts_us_reads(
    style: Any, client: tuple[str, int]
) -> None:
    head = request_head(websocket_scope("/", headers={"host": "chat.example:8443"}, scheme="wss", client=client))
    behind = Recorder()
    scope = http_scope("/", client=None)
    scope["headers"] = [(b"host", b"127.0.0.1"), *head.headers]
    door = ProxiesMiddleware(behind, trusted=Networks(["unix"]), style=style)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        """Nobody looks at the answer."""

    await door(scope, receive, send)
    assert behind.scope["client"][0] == client[0]
    assert behind.scope["scheme"] == "https"
    assert (b"host", b"chat.example:8443") in behind.scope["headers"]


def test_a_client_without_an_address_is_unknown() -> None:
    found = headers_of(http_scope("/", client=None))
    assert found["forwarded"].startswith("for=unknown;")
    assert "x-forwarded-for" not in found


def test_the_request_id_goes_on_and_no_other() -> None:
    scope = http_scope("/", headers={"x-request-id": "forged-by-the-client"})
    assert "x-request-id" not in headers_of(scope)
    assert headers_of({**scope, "state": {"request_id": "ours"}})["x-request-id"] == "ours"


def test_a_handshake_of_a_websocket_is_made_anew() -> None:
    sent = {
        "sec-websocket-key": "k",
        "sec-websocket-version": "13",
        "sec-websocket-protocol": "a",
        "origin": "http://x",
    }
    found = headers_of(websocket_scope("/", headers=sent))
    assert "origin" in found
    assert not [name for name in found if name.startswith("sec-websocket")]
    assert found["x-forwarded-proto"] == "http"


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (http_scope("/a b", raw_path=b"/a%20b", query_string=b"x=1&y"), b"/a%20b?x=1&y"),
        (http_scope("/a b/é", raw_path=None), b"/a%20b/%C3%A9"),
        (http_scope("*", "OPTIONS"), b"*"),
    ],
    ids=["raw", "quoted", "asterisk"],
)
def test_the_target_is_what_the_client_asked_for(scope: dict[str, Any], target: bytes) -> None:
    assert request_head(scope).target == target


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (http_scope("http://elsewhere/"), 400),
        (http_scope("elsewhere:443", "CONNECT"), 405),
    ],
    ids=["absolute", "connect"],
)
def test_what_asks_for_a_proxy_of_another_kind_is_refused(scope: dict[str, Any], status: int) -> None:
    with pytest.raises(Problem) as refused:
        request_head(scope)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("method", "headers", "first", "complete", "framing"),
    [
        ("GET", {}, b"", True, {}),
        ("POST", {}, b"", True, {"content-length": "0"}),
        ("POST", {"content-length": "9"}, b"abc", False, {"content-length": "9"}),
        ("POST", {}, b"abc", True, {"content-length": "3"}),
        ("GET", {}, b"abc", False, {"transfer-encoding": "chunked"}),
    ],
)
def test_how_the_body_is_framed(
    method: str, headers: dict[str, str], first: bytes, complete: bool, framing: dict[str, str]
) -> None:
    assert body_framing(http_scope("/", method, headers), first, complete=complete) == raw(framing)


@pytest.mark.parametrize("lengths", [["3", "4"], ["+3"], ["3, 3"], [""]], ids=str)
def test_a_length_that_is_none_is_refused(lengths: list[str]) -> None:
    scope = http_scope("/", "POST", [("content-length", length) for length in lengths])
    with pytest.raises(Problem, match="Content-Length"):
        body_framing(scope, b"", complete=False)


def test_of_an_answer_all_comes_back_but_what_is_of_the_connection_or_the_server() -> None:
    came = [
        (b"Content-Type", b"text/plain"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"Connection", b"close, x-hop"),
        (b"X-Hop", b"1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Date", b"now"),
        (b"Server", b"other"),
    ]
    assert response_headers(came) == [
        (b"content-type", b"text/plain"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"via", b"1.1 balancer"),
    ]
