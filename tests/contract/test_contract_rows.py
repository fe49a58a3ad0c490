"""A walk through the rows of REST in the public contract, over a real server: what is written down is what is there.

The table stands here as data, so that a change of the surface is a change of this file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.contract.scene import (
    CHANGES,
    FOUND,
    HISTORY,
    MEMBER,
    MESSAGE,
    NOTHING,
    READ_MARK,
    ROOM_FOR_ME,
    SIGNED_IN,
    USER,
    Keys,
    Scene,
)
from tests.support.event_streams import listen
from tests.support.native import NativeClient
from tests.support.people import PASSWORD
from tests.support.rest import API, rest_client
from tests.support.server import ServerProcess


@pytest.fixture
async def document(scene: Scene) -> dict[str, Any]:
    found = (await scene.ada.client.get("/openapi.json")).json()
    assert isinstance(found, dict)
    return found


@dataclass(frozen=True)
class Row:
    """One line of the table: `{…}` in the path are fields of the scene, `body` is made from it."""

    method: str
    path: str
    operation: str
    status: int
    keys: Keys
    body: Callable[[Scene], object] = lambda _: None


ROWS = [
    Row("POST", "/users", "register_user", 201, SIGNED_IN, lambda scene: account(scene.ada.user.username + "-too")),
    Row("POST", "/sessions", "sign_in", 201, SIGNED_IN, lambda scene: account(scene.ada.user.username)),
    Row("GET", "/sessions", "list_sessions", 200, frozenset({"sessions"})),
    Row("DELETE", "/sessions/current", "sign_out", 204, NOTHING),
    Row("DELETE", "/sessions/{session}", "end_session", 204, NOTHING),
    Row("GET", "/users/me", "get_me", 200, USER),
    Row("PATCH", "/users/me", "change_me", 200, USER, lambda _: {"display_name": "Somebody"}),
    Row("GET", "/users/{bob}", "get_user", 200, USER),
    Row("GET", "/users", "list_users", 200, frozenset({"users", "after"})),
    Row("GET", "/rooms", "list_rooms", 200, frozenset({"rooms", "after"})),
    Row("POST", "/rooms", "create_room", 201, ROOM_FOR_ME, lambda _: {"name": "Den", "visibility": "private"}),
    Row("POST", "/rooms/direct", "open_direct_room", 201, ROOM_FOR_ME, lambda scene: {"user_ids": [scene.bob.id]}),
    Row("GET", "/rooms/{room}", "get_room", 200, ROOM_FOR_ME),
    Row("PATCH", "/rooms/{room}", "change_room", 200, ROOM_FOR_ME, lambda _: {"topic": "Foxes"}),
    Row("DELETE", "/rooms/{room}", "delete_room", 204, NOTHING),
    Row("PUT", "/rooms/{room}/members/me", "add_member", 200, MEMBER),
    Row("PUT", "/rooms/{room}/members/{bob}", "add_member", 200, MEMBER),
    Row("DELETE", "/rooms/{room}/members/me", "remove_member", 204, NOTHING),
    Row("DELETE", "/rooms/{room}/members/{bob}", "remove_member", 204, NOTHING),
    Row("GET", "/rooms/{room}/members", "list_members", 200, frozenset({"members", "after"})),
    Row("POST", "/rooms/{room}/messages", "post_message", 201, MESSAGE, lambda _: {"body": "hi", "client_id": "c"}),
    Row("GET", "/rooms/{room}/messages", "list_messages", 200, HISTORY),
    Row("GET", "/rooms/{room}/messages?before={message}", "list_messages", 200, HISTORY),
    Row("GET", "/rooms/{room}/messages?after={message}", "list_messages", 200, HISTORY),
    Row("GET", "/rooms/{room}/messages?around={message}&limit=1", "list_messages", 200, HISTORY),
    Row("GET", "/search?q=hello", "search", 200, FOUND),
    Row("GET", "/search?q=hello&room_id={room}&author_id={bob}&before={start}&limit=1", "search", 200, FOUND),
    Row("GET", "/messages/{message}", "get_message", 200, MESSAGE),
    Row("PATCH", "/messages/{message}", "edit_message", 200, MESSAGE, lambda _: {"body": "better"}),
    Row("DELETE", "/messages/{message}", "delete_message", 204, NOTHING),
    Row("PUT", "/messages/{message}/reactions/👍", "add_reaction", 200, MESSAGE),
    Row("DELETE", "/messages/{message}/reactions/👍", "remove_reaction", 204, NOTHING),
    Row("PUT", "/rooms/{room}/read", "mark_read", 200, READ_MARK, lambda scene: {"message_id": scene.message}),
    Row("GET", "/changes", "get_changes", 200, CHANGES),
    Row("GET", "/changes?since={start}&limit=1", "get_changes", 200, CHANGES),
    Row("GET", "/changes?since={start}&wait=1", "get_changes", 200, CHANGES),
]

# Documented, and of a later version.
NOT_BUILT = [
    ("POST", f"{API}/uploads"),
    ("GET", f"{API}/uploads/1/cat.png"),
    ("POST", f"{API}/hooks/1/secret"),
]

OUTSIDE = {
    "/openapi.json": "application/json",
    "/asyncapi.json": "application/json",
    "/docs": "text/html; charset=utf-8",
    "/healthz": "application/json",
    "/readyz": "application/json",
    "/metrics": "text/plain",
}


def account(username: str) -> dict[str, str]:
    return {"username": username, "password": PASSWORD}


async def ask(scene: Scene, row: Row) -> httpx.Response:
    """Ada asks for what a row names."""
    path = row.path
    if "{session}" in path:
        await scene.people.sign_in(scene.ada.user.username)
        sessions = (await scene.ada.request("GET", "/sessions")).json()["sessions"]
        path = path.format(session=next(each["id"] for each in sessions if not each["current"]))
    path = path.format(room=scene.room, message=scene.message, bob=scene.bob.id, start=scene.start)
    return await scene.ada.client.request(row.method, f"{API}{path}", json=row.body(scene))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
async def test_a_row_of_rest_answers_as_documented(scene: Scene, row: Row) -> None:
    answer = await ask(scene, row)
    assert answer.http_version == "HTTP/2"
    assert answer.status_code == row.status, answer.text
    if row.status == 204:
        assert answer.content == b""
    else:
        assert answer.headers["content-type"] == "application/json"
        assert frozenset(answer.json()) == row.keys


async def test_the_table_and_the_openapi_document_have_the_same_rows(document: dict[str, Any]) -> None:
    described = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    for row in ROWS:
        method, path, operation = described[row.operation]
        assert method == row.method
        assert path.count("/") == f"{API}{row.path}".count("/")
        assert str(row.status) in operation["responses"]
        if row.keys:
            content = operation["responses"][str(row.status)]["content"]["application/json"]
            schema = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
            assert frozenset(schema["properties"]) == row.keys
            assert frozenset(schema["required"]) == row.keys
    # A stream has a test of its own.  What the contract leaves open: how a page finds out whether to offer
    # registration, and how its owner invites.
    assert set(described) - {row.operation for row in ROWS} == {"stream_events", "get_server", "create_invite"}


async def test_events_are_the_same_changes_by_their_cursors(scene: Scene) -> None:
    page = (await scene.bob.request("GET", f"/changes?since={scene.start}")).json()
    for cursor in ({"since": scene.start}, {"last_event_id": scene.start}):
        async with listen(scene.bob.client, **cursor) as stream:
            await stream.ready()
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        heard = [(event.id, event.name, event.data) for event in stream.changes][: len(page["changes"])]
        assert heard == [(change["cursor"], change["type"], change) for change in page["changes"]]
        assert stream.named("ready")[0]["resumed"] is True


@pytest.mark.parametrize(("method", "path"), NOT_BUILT)
async def test_a_row_that_is_not_built_yet_is_not_there(
    scene: Scene, document: dict[str, Any], method: str, path: str
) -> None:
    answer = await scene.ada.client.request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    first = path.split("?")[0].removeprefix(f"{API}/").split("/")[0]
    assert not [known for known in document["paths"] if known.removeprefix(f"{API}/").split("/")[0] == first]


async def test_the_row_of_the_websocket_is_one_and_not_a_request(scene: Scene) -> None:
    headers = {"authorization": f"Bearer {scene.ada.token}"}
    async with await NativeClient.open(scene.server, http2=True, headers=headers) as socket:
        assert (await socket.wait_for("ready"))["user"]["id"] == scene.ada.id
    answer = await scene.ada.client.get(f"{API}/ws")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(("path", "content_type"), OUTSIDE.items())
async def test_what_stands_outside_the_api_needs_no_session(
    shared_server: ServerProcess, path: str, content_type: str
) -> None:
    async with rest_client(shared_server) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)


async def test_a_browser_is_known_by_its_cookie_and_trusted_by_its_origin(scene: Scene) -> None:
    async with rest_client(scene.server) as browser:
        origin = {"origin": scene.server.https_url}
        signed_in = await browser.post(f"{API}/sessions", json=account(scene.ada.user.username), headers=origin)
        cookie = signed_in.headers["set-cookie"]
        assert cookie.startswith("hubbub_session=")
        assert {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"} <= set(cookie.split("; "))
        assert (await browser.get(f"{API}/users/me")).json()["id"] == scene.ada.id
        room = {"name": "Den", "visibility": "public"}
        without = await browser.post(f"{API}/rooms", json=room)
        foreign = await browser.post(f"{API}/rooms", json=room, headers={"origin": "https://elsewhere.example"})
        own = await browser.post(f"{API}/rooms", json=room, headers=origin)
    assert [without.status_code, foreign.status_code, own.status_code] == [403, 403, 201]


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "POST"], ids=lambda row: row.path)
async def test_every_post_is_done_once_under_its_key(scene: Scene, row: Row) -> None:
    path = f"{API}{row.path.format(room=scene.room)}"
    body = row.body(scene)
    key = "c" if row.operation == "post_message" else f"{scene.room}-{row.operation}"
    first = await scene.ada.client.post(path, json=body, headers={"idempotency-key": key})
    again = await scene.ada.client.post(path, json=body, headers={"idempotency-key": key})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_times_are_utc_and_ids_are_text(scene: Scene) -> None:
    message = (await scene.ada.request("GET", f"/messages/{scene.message}")).json()
    assert message["created_at"].endswith("Z")
    assert all(isinstance(message[name], str) for name in ("id", "room_id", "author_id"))
