"""The site, its sidecar and nginx in front of both, as deploy/sidecar.nginx.conf has it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import websockets

from tests.support.deadline import DEADLINE
from tests.support.examples import running_example
from tests.support.library_clients import socketio_client
from tests.support.machine import ROOT
from tests.support.nginx import running_nginx, substituted
from tests.support.ports import ReservedPort

RECIPE = (ROOT / "deploy" / "sidecar.nginx.conf").read_text()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where nginx is: a host and a port."""
    folder = tmp_path_factory.mktemp("front")
    with (
        ReservedPort() as port,
        running_example(tmp_path_factory.mktemp("sidecar"), "sidecar") as sidecar,
        running_example(tmp_path_factory.mktemp("site"), "sidecar_site", env={"SIDECAR": sidecar.http_url}) as site,
    ):
        places = {
            "listen 80": f"listen {port.bind}",
            "http://127.0.0.1:8000": site.http_url,
            "http://127.0.0.1:8001": sidecar.http_url,
        }
        with running_nginx(folder, substituted(RECIPE, places), port):
            yield port.bind


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_what_the_site_does_is_heard_by_the_pages(front: str, transport: str) -> None:
    async with (
        httpx.AsyncClient(base_url=f"http://{front}", verify=False) as rest,
        socketio_client(f"http://{front}", transports=[transport]) as page,
    ):
        assert (await rest.post("/orders", content="tea")).status_code == 201
        assert await page.receive(DEADLINE) == ["order", "tea"]
        assert (await rest.get("/")).text.endswith(" orders\n")


async def test_a_native_websocket_gets_through(front: str) -> None:
    async with websockets.connect(f"ws://{front}/live/echo") as socket:
        await socket.send("Hello")
        assert await socket.recv() == "Hello"


async def test_nobody_outside_tells_the_pages(front: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{front}", verify=False) as rest:
        assert (await rest.post("/internal/tell", content="spam")).status_code == 404
