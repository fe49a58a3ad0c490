from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from tests.support.deadline import DEADLINE, eventually
from tests.support.examples import ExampleProcess, running_example
from tests.support.library_clients import socketio_client
from tests.support.workers import worker_pids

WORKERS = 3
CLIENTS_OF_EACH = 3
# Whichever worker is idle gets the next request, so that most polls come to one that does not have the session.
A_CONNECTION_EACH = {"Connection": "close"}


async def test_polling_clients_of_any_worker_hear_each_other(tmp_path: Path) -> None:
    with running_example(tmp_path, "workers", env={"WORKERS": str(tmp_path / "workers")}) as server:
        pairs = WORKERS * (WORKERS - 1)
        await eventually(lambda: server.logs().count(" joins ") == pairs, "each worker to know each other")
        async with AsyncExitStack() as stack:
            clients = []
            for pid in worker_pids(server):
                with alone(server, pid):
                    clients += [
                        await stack.enter_async_context(
                            socketio_client(server.http_url, headers=A_CONNECTION_EACH, transports=["polling"])
                        )
                        for _ in range(CLIENTS_OF_EACH)
                    ]
            answers = await asyncio.gather(*(client.call("say", "Hello", timeout=DEADLINE) for client in clients))
            assert len({answer["worker"] for answer in answers}) == WORKERS
            for client in clients:
                assert [await client.receive(DEADLINE) for _ in clients] == [["said", "Hello"]] * len(clients)


@contextmanager
def alone(server: ExampleProcess, pid: int) -> Iterator[None]:
    """The other workers stand still, so that this one gets every connection."""
    others = [other for other in worker_pids(server) if other != pid]
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)
