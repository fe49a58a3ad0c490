"""What ties a request to a target, and what it learns from the answer."""

from __future__ import annotations

import pytest

from hubbub.composite.balancer.affinity import Affinity, Cookie, EngineSid, Header, OwnCookie, Tie
from hubbub.composite.balancer.limits import KEY_CHARS
from hubbub.composite.types import Message
from tests.support.asgi_calls import http_scope, websocket_scope

START = {"type": "http.response.start", "status": 200, "headers": []}
OPEN = b'0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'


def body(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": False}


def engine(query: str, *, path: str = "/socket.io/", method: str = "GET") -> Tie:
    tie = KNOWN.tie(http_scope(path, method, query_string=query.encode()), 0.0)
    assert tie is not None
    return tie


KNOWN = EngineSid()


@pytest.mark.parametrize(
    "answer",
    [
        [OPEN],
        [OPEN[:12], OPEN[12:20], OPEN[20:]],
        [b"97:" + OPEN + b"2:40"],  # Engine.IO 3
        [b'___eio[0]("' + OPEN.replace(b'"', b'\\"') + b'");'],  # JSONP
    ],
    ids=["whole", "in pieces", "version 3", "jsonp"],
)
def test_a_session_is_learned_from_the_answer_to_its_handshake(answer: list[bytes]) -> None:
    affinity = EngineSid()
    scope = http_scope("/socket.io/", query_string=b"EIO=4&transport=polling")
    handshake = affinity.tie(scope, 0.0)
    assert handshake is not None
    assert (handshake.target, handshake.is_strict) == (None, False)
    for message in [START, *map(body, answer)]:
        assert handshake.answered(message, "b", 0.0) == message
    for later in (http_scope, websocket_scope):
        tie = affinity.tie(later("/socket.io/", query_string=b"EIO=4&sid=lv_VI97HAXpY6yYWAAAC"), 1.0)
        assert tie is not None
        assert (tie.target, tie.is_strict) == ("b", True)


def test_an_answer_without_a_session_teaches_nothing_and_is_not_kept() -> None:
    tie = engine("EIO=4&transport=polling")
    for _ in range(100):
        tie.answered(body(b"x" * 1_000), "b", 0.0)
    tie.answered(body(OPEN), "b", 0.0)
    assert engine("sid=lv_VI97HAXpY6yYWAAAC").target is None


def test_a_session_that_was_never_seen_may_go_anywhere_and_stays_where_it_is_known() -> None:
    affinity = EngineSid()
    scope = http_scope("/socket.io/", query_string=b"sid=s1")
    tie = affinity.tie(scope, 0.0)
    assert tie is not None
    assert (tie.target, tie.is_strict) == (None, False)
    tie.answered({**START, "status": 400}, "a", 0.0)
    assert getattr(affinity.tie(scope, 0.0), "target", "") is None
    tie.answered(START, "b", 0.0)
    assert getattr(affinity.tie(scope, 0.0), "target", "") == "b"


def test_a_session_that_is_lost_belongs_nowhere() -> None:
    affinity = EngineSid()
    scope = http_scope("/socket.io/", query_string=b"sid=s1")
    first = affinity.tie(scope, 0.0)
    assert first is not None
    first.answered(START, "b", 0.0)
    bound = affinity.tie(scope, 0.0)
    assert bound is not None
    bound.lose()
    assert getattr(affinity.tie(scope, 0.0), "target", "") is None


@pytest.mark.parametrize(
    "scope",
    [
        http_scope("/socket.iox/", query_string=b"sid=s1"),
        http_scope("/api", query_string=b"sid=s1"),
        http_scope("/socket.io/", "POST", query_string=b"EIO=4"),
        websocket_scope("/socket.io/", query_string=b"EIO=4&transport=websocket"),
        http_scope("/socket.io/", query_string=b"sid=" + b"x" * (KEY_CHARS + 1)),
    ],
    ids=["other path", "elsewhere", "no handshake", "websocket alone", "too long"],
)
def test_what_is_no_session_is_not_tied(scope: dict[str, object]) -> None:
    assert EngineSid().tie(scope, 0.0) is None


@pytest.mark.parametrize(
    ("affinity", "headers"),
    [(Header("X-Api-Key"), {"x-api-key": "k1"}), (Cookie("session"), {"cookie": "a=b; session=k1"})],
    ids=["header", "cookie"],
)
def test_a_visitor_prefers_who_answered_first(affinity: Affinity, headers: dict[str, str]) -> None:
    scope = http_scope("/", headers=headers)
    tie = affinity.tie(scope, 0.0)
    assert tie is not None
    assert (tie.target, tie.is_strict) == (None, False)
    tie.answered(START, "b", 0.0)
    again = affinity.tie(scope, 1.0)
    assert again is not None
    assert (again.target, again.is_strict) == ("b", False)
    again.lose()
    again.answered(START, "c", 1.0)
    assert getattr(affinity.tie(scope, 2.0), "target", "") == "c"


@pytest.mark.parametrize("affinity", [Header("x-api-key"), Cookie("session")], ids=["header", "cookie"])
@pytest.mark.parametrize("value", [None, "", "x" * (KEY_CHARS + 1)], ids=["absent", "empty", "too long"])
def test_who_shows_nothing_useful_is_not_tied(affinity: Affinity, value: str | None) -> None:
    headers = {} if value is None else {"x-api-key": value, "cookie": f"session={value}"}
    assert affinity.tie(http_scope("/", headers=headers), 0.0) is None


def test_our_cookie_is_set_with_the_first_answer_and_followed_then() -> None:
    affinity = OwnCookie("t")
    tie = affinity.tie(http_scope("/", scheme="https"), 0.0)
    assert tie is not None
    assert tie.target is None
    message = tie.answered(START, "b:1", 0.0)
    assert message["headers"] == [(b"set-cookie", b"t=b:1; Path=/; HttpOnly; SameSite=Lax; Secure")]
    assert tie.answered(body(b"x"), "b:1", 0.0) == body(b"x")
    again = affinity.tie(http_scope("/", headers={"cookie": "t=b:1"}), 0.0)
    assert again is not None
    assert (again.target, again.is_strict) == ("b:1", False)
    assert again.answered(START, "b:1", 0.0) == START


def test_our_cookie_is_set_anew_when_another_target_answers() -> None:
    tie = OwnCookie("t").tie(http_scope("/", headers={"cookie": "t=gone"}), 0.0)
    assert tie is not None
    tie.lose()
    assert tie.target is None
    assert tie.answered(START, "c", 0.0)["headers"] == [(b"set-cookie", b"t=c; Path=/; HttpOnly; SameSite=Lax")]
