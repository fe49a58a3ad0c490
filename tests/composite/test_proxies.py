"""Who may speak for somebody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.addresses import Networks
from hubbub.composite.proxies import ProxiesMiddleware
from hubbub.composite.types import Scope
from tests.support.asgi_calls import Pairs, Recorder, call, http_scope, websocket_scope

PROXY = ("10.0.0.1", 40_000)
TRUSTED = Networks(["10.0.0.0/8", "unix"])
FORWARDED: Pairs = [
    ("X-Forwarded-For", "198.51.100.7"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "chat.example.org"),
]


async def rewritten(scope: Scope, style: str = "x-forwarded") -> Scope:
    inner = Recorder()
    await call(ProxiesMiddleware(inner, trusted=TRUSTED, style=style), scope)  # type: ignore[arg-type]
    return inner.scope


def hosts(scope: Scope) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == b"host"]


@pytest.mark.parametrize("client", [PROXY, None], ids=["network", "unix"])
async def test_a_trusted_proxy_is_believed(client: tuple[str, int] | None) -> None:
    scope = await rewritten(http_scope(headers=[("Host", "inner:8000"), *FORWARDED], client=client))
    assert scope["client"] == ("198.51.100.7", 0)
    assert scope["scheme"] == "https"
    assert hosts(scope) == [b"chat.example.org"]


async def test_websockets_get_the_websocket_scheme() -> None:
    scope = await rewritten(websocket_scope(headers=FORWARDED, client=PROXY))
    assert scope["scheme"] == "wss"


async def test_a_stranger_is_not_believed_and_nobody_else_can_read_it() -> None:
    headers = [("Host", "inner"), *FORWARDED, ("Forwarded", "for=1.1.1.1"), ("X-Real-IP", "1.1.1.1")]
    given_scope = http_scope(headers=headers)
    scope = await rewritten(given_scope)
    assert (scope["client"], scope["scheme"]) == (given_scope["client"], "http")
    assert scope["headers"] == [(b"host", b"inner")]


@pytest.mark.parametrize("name", ["X_Forwarded_Host", "x-forwarded_proto", "X-Forwarded-Anything"])
async def test_spellings_that_environments_confuse_are_removed(name: str) -> None:
    assert (await rewritten(http_scope(headers=[(name, "evil.example")])))["headers"] == []


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("6.6.6.6, 198.51.100.7, 10.2.2.2", "198.51.100.7"),
        ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("unknown, 10.2.2.2", "10.2.2.2"),
        ("198.51.100.7, garbage, 10.2.2.2", "10.2.2.2"),
        ("garbage", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
async def test_the_client_is_the_rightmost_hop_that_is_not_trusted(forwarded_for: str, client: str) -> None:
    scope = await rewritten(http_scope(headers={"X-Forwarded-For": forwarded_for}, client=PROXY))
    assert scope["client"][0] == client


async def test_several_header_fields_are_one_list() -> None:
    headers = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "198.51.100.7")]
    assert (await rewritten(http_scope(headers=headers, client=PROXY)))["client"][0] == "198.51.100.7"


async def test_scheme_and_host_belong_to_the_clients_hop() -> None:
    headers = {
        "X-Forwarded-For": "6.6.6.6, 198.51.100.7, 10.2.2.2",
        "X-Forwarded-Proto": "http, https, http",
        "X-Forwarded-Host": "evil.example, chat.example.org, inner",
    }
    scope = await rewritten(http_scope(headers=headers, client=PROXY))
    assert (scope["scheme"], hosts(scope)) == ("https", [b"chat.example.org"])


@pytest.mark.parametrize("host", ["evil.example/path", "a@b", "", "a b"])
async def test_a_host_that_is_none_is_not_taken(host: str) -> None:
    scope = await rewritten(http_scope(headers={"Host": "inner", "X-Forwarded-Host": host}, client=PROXY))
    assert hosts(scope) == [b"inner"]


async def test_a_scheme_that_is_none_is_not_taken() -> None:
    assert (await rewritten(http_scope(headers={"X-Forwarded-Proto": "gopher"}, client=PROXY)))["scheme"] == "http"


async def test_forwarded_is_read_where_it_is_the_style() -> None:
    value = 'for=6.6.6.6;proto=http, For="[2001:db8::7]:4711";Proto=https;host="chat.example.org:8443";by=x'
    scope = await rewritten(http_scope(headers={"Forwarded": value}, client=PROXY), "forwarded")
    assert scope["client"] == ("2001:db8::7", 4711)
    assert scope["scheme"] == "https"
    assert hosts(scope) == [b"chat.example.org:8443"]


@pytest.mark.parametrize("value", ["for", 'for="1.1.1.1', "for=1.1.1.1 host=x", "for=1.1.1.1,,for=2.2.2.2", ";"])
async def test_forwarded_that_cannot_be_read_changes_nothing(value: str) -> None:
    scope = await rewritten(http_scope(headers={"Forwarded": value}, client=PROXY), "forwarded")
    assert scope["client"] == PROXY


async def test_the_other_style_is_never_read() -> None:
    both = [*FORWARDED, ("Forwarded", "for=203.0.113.5;proto=https")]
    assert (await rewritten(http_scope(headers=both, client=PROXY)))["client"][0] == "198.51.100.7"
    assert (await rewritten(http_scope(headers=both, client=PROXY), "forwarded"))["client"][0] == "203.0.113.5"


@given(st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60))
async def test_no_header_breaks_it(value: str) -> None:
    headers = {"Forwarded": value, "X-Forwarded-For": value, "X-Forwarded-Host": value, "X-Forwarded-Proto": value}
    await rewritten(http_scope(headers=headers, client=PROXY))
    await rewritten(http_scope(headers=headers, client=PROXY), "forwarded")


async def test_lifespan_passes_through() -> None:
    scope: Scope = {"type": "lifespan"}
    assert await rewritten(scope) is scope
