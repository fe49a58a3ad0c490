"""The example of docs/balancer.md runs, with other ports."""

from __future__ import annotations

from typing import Any

from hubbub.testing.lifespan import running
from tests.composite.balancer.calls import ask
from tests.composite.balancer.scripted import Peer, upstream
from tests.test_docs import example


def answering(name: bytes) -> Any:
    async def script(peer: Peer) -> None:
        while await peer.request():
            peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(name), name))

    return script


async def test_nine_of_ten_visitors_see_the_old_one_and_each_stays_where_it_is() -> None:
    async with upstream(answering(b"old")) as old, upstream(answering(b"canary")) as canary:
        code = example("docs/balancer.md", "python")
        code = code.replace("127.0.0.1:8001", old.address).replace("127.0.0.1:8002", canary.address)
        names: dict[str, Any] = {}
        exec(code, names)  # the page's own text
        app = names["app"]
        async with running(app):
            visits = [await ask(app) for _ in range(20)]
            assert sorted(visit.body for visit in visits) == [b"canary"] * 2 + [b"old"] * 18
            for visit in visits:
                cookie = visit.headers["set-cookie"].partition(";")[0]
                assert (await ask(app, headers={"cookie": cookie})).body == visit.body
