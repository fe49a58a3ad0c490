"""Applications of each framework, and socket servers of each kind, beside each other in one real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.deadline import DEADLINE
from tests.support.library_clients import engineio_client, socketio_client
from tests.support.server import ServerProcess

GUESTS = ("bare", "starlette", "fastapi", "quart", "flask", "django", "django/wsgi", "nested", "nested/deeper")


def guests_server(folder: Path) -> ServerProcess:
    return ServerProcess(
        folder,
        command="hypercorn",
        tls=False,
        application="tests.composite.apps.guests:app",
        env={"MARKS": str(folder / "marks")},
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = guests_server(tmp_path_factory.mktemp("guests"))
    try:
        server.start()
        yield server
    finally:
        server.release()


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.http_url) as client:
        yield client


@pytest.mark.seed("3.2", "3.3")
@pytest.mark.parametrize("guest", GUESTS)
def test_each_framework_makes_its_addresses_and_knows_its_own(client: httpx.Client, guest: str) -> None:
    assert client.get(f"/{guest}/show").text == f"/{guest}/show /{guest}/show"


@pytest.mark.parametrize("guest", GUESTS)
def test_the_bare_prefix_is_its_root(client: httpx.Client, guest: str) -> None:
    answer = client.get(f"/{guest}")
    assert (answer.status_code, answer.text) == (200, f"/{guest}/show /{guest}/")


@pytest.mark.parametrize("path", ["/starlettes", "/django-wsgi", "/socket.iox", "/x/quart/show"])
def test_what_only_looks_like_a_prefix_is_of_the_application_inside(client: httpx.Client, path: str) -> None:
    assert client.get(path).text == f"inner {path}"


def test_guests_pass_the_door_and_the_error_boundary(client: httpx.Client) -> None:
    assert client.get("/quart/show").headers["x-request-id"]
    broken = client.get("/fastapi/broken")
    assert (broken.status_code, broken.headers["x-request-id"] != "") == (500, True)


def test_a_body_over_the_limit_of_a_wsgi_guest_is_a_problem(client: httpx.Client) -> None:
    assert client.post("/flask/size", content=(b"x" for _ in range(10))).text == "10"  # in chunks, without a length
    refused = client.post("/flask/size", content=bytes(100_001))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_an_answer_of_a_wsgi_guest_without_a_body_arrives(client: httpx.Client) -> None:
    assert client.head("/flask/show").status_code == 200


async def test_websockets_reach_the_guests(server: ServerProcess) -> None:
    url = server.http_url.replace("http", "ws", 1)
    async with connect(f"{url}/fastapi/echo") as socket:
        await socket.send("hello")
        assert await socket.recv() == "/fastapi/echo fastapi hello"
    async with connect(f"{url}/quart/echo") as socket:
        await socket.send("hello")
        assert await socket.recv() == "/quart/echo hello"


async def test_a_websocket_to_a_wsgi_guest_is_refused(server: ServerProcess) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.http_url.replace("http", "ws", 1) + "/flask/echo")
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize(
    ("path", "name", "transport"),
    [
        ("socket.io", "main", "polling"),
        ("socket.io", "main", "websocket"),
        ("nested/socket.io", "nested", "polling"),
        ("nested/socket.io", "nested", "websocket"),
        # The library's own server leaves the poll of a client that goes unanswered for half a minute.
        ("notifications", "notifications", "websocket"),
    ],
)
async def test_each_socketio_server_answers_at_its_path(
    server: ServerProcess, path: str, name: str, transport: str
) -> None:
    async with socketio_client(server.http_url, socketio_path=path, transports=[transport]) as client:
        assert await client.call("who", timeout=10) == name


@pytest.mark.seed("4.5")
async def test_a_raw_engineio_server_answers_at_its_path(server: ServerProcess) -> None:
    async with engineio_client(server.http_url) as talk:
        await talk.say("hello")
        assert await talk.hear() == "engine hello"


async def test_they_start_after_the_application_inside_and_end_in_reverse(tmp_path: Path) -> None:
    """With a connection to each server open, whose end comes with theirs."""
    server = guests_server(tmp_path)
    server.start()
    try:
        url, query = server.http_url.replace("http", "ws", 1), "?EIO=4&transport=websocket"
        paths = ("socket.io", "notifications", "engine.io", "nested/socket.io")
        sockets = [await connect(f"{url}/{path}/{query}") for path in paths]
        await server.stop()
        for socket in sockets:
            async with asyncio.timeout(DEADLINE):
                await socket.wait_closed()
    finally:
        server.release()
    started = ["inner started", "starlette started", "fastapi started", "quart started"]
    stopped = [line.replace("started", "stopped") for line in reversed(started)]
    assert (tmp_path / "marks").read_text().splitlines() == [*started, *stopped]
