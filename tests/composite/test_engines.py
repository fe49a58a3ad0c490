"""Socket servers of each kind, ended together."""

from __future__ import annotations

import asyncio
from typing import Any

import engineio
import pytest
import socketio

from hubbub.composite import CompositeApp, SocketServer
from hubbub.composite import engines as module
from hubbub.composite.engines import close_sockets, shut_down
from tests.support.asgi_calls import call
from tests.support.engine_clients import Polling


def servers() -> list[Any]:
    return [
        SocketServer(),
        socketio.AsyncServer(async_mode="asgi"),
        engineio.AsyncServer(async_mode="asgi"),
    ]


async def test_every_kind_closes_its_connections() -> None:
    all_of_them = servers()
    polls = []
    for server in all_of_them:
        session = await Polling.open(CompositeApp(server, socketio_path=None))
        polls.append(session.start("GET"))
    await close_sockets(all_of_them)
    await asyncio.gather(*(poll.task for poll in polls))
    assert all(poll.body for poll in polls)


async def test_every_server_is_shut_down_with_the_lifespan_once() -> None:
    main, further = Slow(0), Slow(0)
    app = CompositeApp(main, servers={"/further": further, "/further/old": further})
    await call(app, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    assert (main.shut_down, further.shut_down) == (1, 1)


async def test_one_that_hangs_or_fails_keeps_nobody(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOOK_SECONDS", 0.01)
    good = Slow(0)
    await shut_down([Slow(60), Slow(-1), good])
    assert good.shut_down == 1
    assert "was given up" in caplog.text
    assert "failed: OSError('no')" in caplog.text


class Slow:
    """Stands for a server that takes so many seconds to shut down, or fails."""

    def __init__(self, seconds: float) -> None:
        self.shut_down = 0
        self._seconds = seconds

    async def shutdown(self) -> None:
        if self._seconds < 0:
            raise OSError("no")
        await asyncio.sleep(self._seconds)
        self.shut_down += 1
