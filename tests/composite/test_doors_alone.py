"""Each middleware of the door by itself: in a real Hypercorn, without `CompositeApp`, and with the barest scopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.composite.apps.doors import BODY_BYTES, create_doors
from tests.support.asgi_calls import Call, body_events, call
from tests.support.deadline import wait_until
from tests.support.server import ServerProcess

DOORS = tuple(create_doors())
FOREIGN = {"origin": "https://elsewhere.example"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(
        tmp_path_factory.mktemp("doors"), command="hypercorn", tls=False, application="tests.composite.apps.doors:app"
    )
    try:
        server.start()
        yield server
        server.end()
    finally:
        server.release()


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.http_url) as client:
        yield client


def test_request_id_names_each_request(client: httpx.Client) -> None:
    ids = {client.get("/request_id/", headers={"x-request-id": "of-a-stranger"}).headers["x-request-id"] for _ in "ab"}
    assert len(ids) == 2
    assert "of-a-stranger" not in ids


def test_proxies_finds_the_client_behind_them(client: httpx.Client) -> None:
    forwarded = {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
    assert client.get("/proxies/", headers=forwarded).json() == {"client": "192.0.2.7", "scheme": "https", "size": 0}


def test_access_log_has_a_line_for_each(client: httpx.Client, server: ServerProcess) -> None:
    client.get("/access_log/page?secret=1")
    wait_until(lambda: "GET /access_log/page 200" in server.logs(), "the line")
    assert "secret" not in server.logs()


def test_headers_are_on_what_the_application_answers(client: httpx.Client) -> None:
    assert client.get("/headers/").headers["x-content-type-options"] == "nosniff"


def test_origin_refuses_what_a_foreign_page_sends(client: httpx.Client) -> None:
    assert client.post("/origin/", headers={"authorization": "Bearer token"}).status_code == 200
    for refused in (client.post("/origin/", headers=FOREIGN), client.get("/origin/guarded", headers=FOREIGN)):
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_rates_make_an_address_wait(client: httpx.Client) -> None:
    client.get("/rates/")
    refused = client.get("/rates/")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) >= refused.json()["retry_after"] > 0


def test_bodies_refuse_what_is_too_large_and_keep_the_connection(client: httpx.Client) -> None:
    assert client.post("/bodies/", content=bytes(BODY_BYTES)).json()["size"] == BODY_BYTES
    refused = client.post("/bodies/", content=bytes(BODY_BYTES + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert "connection" not in refused.headers


async def test_connections_bound_what_is_open(server: ServerProcess) -> None:
    url = server.http_url.replace("http", "ws", 1) + "/connections/"
    async with connect(url):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
    assert (refused.value.response.status_code, b"rate_limited" in refused.value.response.body) == (429, True)


class TestBarestScopes:
    """Only what the ASGI specification does not leave out: no scheme, client, root path, state or extensions."""

    @pytest.mark.parametrize("door", DOORS)
    async def test_a_request_is_answered(self, door: str) -> None:
        made = await call(create_doors()[door], _barest("http"), body_events(b"body"))
        assert (made.status, b'"size": 4' in made.body) == (200, True)

    @pytest.mark.parametrize("door", DOORS)
    async def test_a_websocket_is_accepted(self, door: str) -> None:
        made = await call(create_doors()[door], _barest("websocket"), _comes_and_goes())
        assert [message["type"] for message in made.messages] == ["websocket.accept"]

    @pytest.mark.parametrize(
        ("door", "kind", "header", "code"),
        [
            ("origin", "http", (b"origin", b"https://elsewhere.example"), "forbidden"),
            ("origin", "websocket", (b"origin", b"https://elsewhere.example"), "forbidden"),
            ("rates", "http", None, "rate_limited"),
            ("rates", "websocket", None, "rate_limited"),
            ("bodies", "http", None, "too_large"),
        ],
    )
    async def test_a_refusal_has_its_code(
        self, door: str, kind: str, header: tuple[bytes, bytes] | None, code: str
    ) -> None:
        app = create_doors()[door]
        for _ in range(2):
            scope = _barest(kind, headers=[header] if header else [])
            events = body_events(bytes(BODY_BYTES + 1)) if kind == "http" else _comes_and_goes()
            made = Call(events)
            await app(scope, made.receive, made.send)
        if kind == "http":
            assert made.document["code"] == code
        else:  # a server that cannot refuse by a response
            assert made.messages[0]["reason"].startswith(f"{code}: ")

    async def test_the_own_page_is_no_foreign_one(self) -> None:
        headers = [(b"host", b"here.example"), (b"origin", b"http://here.example")]
        app = create_doors()["origin"]
        assert (await call(app, _barest("http", headers=headers))).status == 200
        made = await call(app, _barest("websocket", headers=headers), _comes_and_goes())
        assert [message["type"] for message in made.messages] == ["websocket.accept"]


def _barest(kind: str, **more: Any) -> dict[str, Any]:
    scope: dict[str, Any] = {"type": kind, "asgi": {"version": "3.0"}, "path": "/", "query_string": b"", "headers": []}
    return scope | ({"http_version": "1.1", "method": "POST"} if kind == "http" else {}) | more


def _comes_and_goes() -> list[Any]:
    return [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1005}]
