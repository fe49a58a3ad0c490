from __future__ import annotations

from hubbub.composite.sockets.environ import environ_of
from tests.support.asgi_calls import http_scope


def test_the_environ_says_what_the_scope_says() -> None:
    headers = [("Host", "chat.test"), ("Cookie", "a=1"), ("Cookie", "b=2"), ("Content-Type", "text/plain")]
    scope = http_scope("/socket.io/", headers=headers, query_string=b"EIO=4", scheme="https")
    environ = environ_of(scope)
    assert environ["asgi.scope"] is scope
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("192.0.2.1", "50000")
    assert (environ["QUERY_STRING"], environ["RAW_URI"]) == ("EIO=4", "/socket.io/?EIO=4")
    assert (environ["HTTP_HOST"], environ["HTTP_COOKIE"]) == ("chat.test", "a=1,b=2")
    assert (environ["CONTENT_TYPE"], environ["wsgi.url_scheme"]) == ("text/plain", "https")


def test_a_forwarded_scheme_is_not_believed_and_a_missing_peer_is_none() -> None:
    environ = environ_of(http_scope("/", headers={"X-Forwarded-Proto": "https"}, client=None))
    assert (environ["wsgi.url_scheme"], environ["REMOTE_ADDR"], environ["RAW_URI"]) == ("http", "", "/")
