"""The notes of `docs/migrate/`: each service before and after, and one conversation that gives the same with both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import websockets

from tests.support.deadline import DEADLINE
from tests.support.examples import CommandProcess, running_example
from tests.support.library_clients import socketio_client
from tests.support.machine import ROOT
from tests.support.nginx import running_nginx, substituted
from tests.support.ports import ReservedPort
from tests.support.sockets import Refused

NOTES = ROOT / "docs" / "migrate"
GUEST = {"token": "open-sesame"}
SIDES = ("before", "after")


def program(note: str, heading: str) -> str:
    """The Python below a heading of a note."""
    section = (NOTES / note).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    (found,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return str(found)


def command(note: str, module: str) -> str:
    """The line of a note that serves a module."""
    (found,) = set(re.findall(rf"`((?:uvicorn|hypercorn|gunicorn) (?:--\w+ \w+ )?{module}:app [^`]+)`", page(note)))
    return str(found)


def page(note: str) -> str:
    return (NOTES / note).read_text()


@contextmanager
def served(folder: Path, line: str, text: str, **env: str) -> Iterator[str]:
    """A program under the name that its command has for it; the address of what it serves."""
    (module,) = re.findall(r"(\w+):app", line)
    (folder / f"{module}.py").write_text(text)
    server = CommandProcess(folder, line, env={"PYTHONPATH": str(folder), **env})
    try:
        server.start()
        yield server.http_url
        if not line.startswith("uvicorn"):  # which would wait for polls of clients that are gone
            server.end()
    finally:
        server.release()


def in_three_lines(before: str, lines: str) -> str:
    """The program with each line in the place of the one that sets the same name."""
    first, *others = lines.splitlines()
    for line in others:
        name = line.partition(" = ")[0]
        before, replaced = re.subn(rf"^{name} = .*$", line, before, flags=re.MULTILINE)
        assert replaced == 1, line
    return f"{first}\n{before}"


async def talk(url: str, *, websocket: bool) -> list[object]:
    """What a client of REST, of Socket.IO by either transport and of a WebSocket is answered."""
    said: list[object] = []
    async with httpx.AsyncClient(base_url=url, verify=False) as rest:
        try:
            async with socketio_client(url, auth={"token": "guess"}, transports=["websocket"]):
                said.append("let in")
        except Refused:
            said.append("refused")
        for transport in ("polling", "websocket"):
            async with socketio_client(url, auth=GUEST, transports=[transport]) as client:
                said.append(await client.call("join", "tea", timeout=DEADLINE))
                for room in ("milk", "tea"):
                    posted = await rest.post(f"/rooms/{room}/messages", json={"body": f"in {room}"})
                    said.append((posted.status_code, posted.json()))
                said.append(await client.receive(DEADLINE))
        said.append((await rest.get("/nowhere")).status_code)
    if websocket:
        async with websockets.connect(url.replace("http", "ws") + "/ws") as socket:
            await socket.send("Hello")
            said.append(await socket.recv())
    return said


BY_EITHER = [
    "joined",
    (201, {"room": "milk", "body": "in milk"}),
    (201, {"room": "tea", "body": "in tea"}),
    ["message", {"room": "tea", "body": "in tea"}],
]


@pytest.mark.parametrize("step", ["before", "in three lines", "after"])
async def test_fastapi(tmp_path: Path, step: str) -> None:
    note = "fastapi.md"
    before = program(note, "Before")
    line, text = {
        "before": ("uvicorn before:app --port 8000", before),
        "in three lines": (
            "hypercorn before:app --bind 127.0.0.1:8000",
            in_three_lines(before, program(note, "First step: three lines")),
        ),
        "after": ("hypercorn after:app --bind 127.0.0.1:8000", program(note, "After")),
    }[step]
    assert f"`{line}`" in page(note)
    with served(tmp_path, line, text) as url:
        assert await talk(url, websocket=True) == ["refused", *BY_EITHER, *BY_EITHER, 404, "Hello"]
        async with httpx.AsyncClient(base_url=url, verify=False) as rest:
            assert (await rest.post("/rooms/tea/messages", json={"text": "?"})).status_code == 422


@pytest.mark.parametrize("side", SIDES)
async def test_flask_socketio(tmp_path: Path, side: str) -> None:
    note = "flask-socketio.md"
    with served(tmp_path, command(note, side), program(note, side.capitalize())) as url:
        assert await talk(url, websocket=False) == ["refused", *BY_EITHER, *BY_EITHER, 404]


@pytest.mark.parametrize("side", SIDES)
async def test_a_wsgi_site(tmp_path: Path, side: str) -> None:
    note = "wsgi.md"
    with ExitStack() as stack:
        settings, sidecar = {}, ""
        if side == "after":
            (tmp_path / "sidecar").mkdir()
            sidecar = stack.enter_context(running_example(tmp_path / "sidecar", "sidecar")).http_url
            settings = {"SIDECAR": sidecar}
        url = stack.enter_context(served(tmp_path, command(note, side), program(note, side.capitalize()), **settings))
        if side == "after":
            url = stack.enter_context(behind_nginx(tmp_path, url, sidecar))
        async with httpx.AsyncClient(base_url=url, verify=False) as rest:
            assert (await rest.get("/")).text == "0 orders\n"
            ordered = await rest.post("/orders", content="tea")
            assert (ordered.status_code, ordered.text) == (201, "ordered\n")
            assert (await rest.get("/")).text == "1 orders\n"
            if side == "after":
                async with socketio_client(url) as client:
                    await rest.post("/orders", content="milk")
                    assert await client.receive(DEADLINE) == ["order", "milk"]


@contextmanager
def behind_nginx(folder: Path, site: str, sidecar: str) -> Iterator[str]:
    """Both at one address, by the recipe that the note names."""
    recipe = (ROOT / "deploy" / "sidecar.nginx.conf").read_text()
    with ReservedPort() as port:
        places = {
            "listen 80": f"listen {port.bind}",
            "http://127.0.0.1:8000": site,
            "http://127.0.0.1:8001": sidecar,
        }
        with running_nginx(folder, substituted(recipe, places), port):
            yield f"http://{port.bind}"
