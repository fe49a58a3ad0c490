"""A load balancer over three servers: round robin, health probes, and a breaker for whichever fails (seeds 2.4).

    hypercorn examples.balancer:app --bind 127.0.0.1:8000

`curl 127.0.0.1:8000/` is answered by one, two and three in turn. After `curl -X POST 127.0.0.1:8000/break/two` the
second raises, and no visitor notices; `curl 127.0.0.1:8000/targets` says that its breaker is open. After
`curl -X POST 127.0.0.1:8000/mend/two` it is half open with the next requests, then closed. The seed's balancer has no
network and no breaker.

The three run in this process. Servers of their own are `Tcp("127.0.0.1:8001")` and `Unix("/run/one.sock")`.
"""

from __future__ import annotations

from quart import Quart

from hubbub.composite.balancer import Balancer, BreakerSettings, Local, Probe
from hubbub.composite.types import AnyASGIApp, ASGIApp, Receive, Scope, Send

broken: set[str] = set()


def server(name: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        if name in broken and scope["path"] != "/healthz":
            raise RuntimeError(f"{name} is broken")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": f"hello from {name}\n".encode()})

    return app


balancer = Balancer(
    [Local(server(name), name) for name in ("one", "two", "three")],
    breaker=BreakerSettings(failures=3, open_seconds=0.5),
    probe=Probe(path="/healthz", every=1.0),
)
control = Quart("control")


@control.post("/break/<name>")
async def break_one(name: str) -> str:
    broken.add(name)
    return f"{name} raises\n"


@control.post("/mend/<name>")
async def mend_one(name: str) -> str:
    broken.discard(name)
    return f"{name} is well\n"


@control.get("/targets")
async def targets() -> dict[str, str]:
    return {target.name: target.breaker for target in balancer.targets}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`control` for what it has, the balancer for the rest; the lifespan is the balancer's."""
    is_control = scope["type"] == "http" and scope["path"].split("/")[1] in {"break", "mend", "targets"}
    chosen: AnyASGIApp = control if is_control else balancer
    await chosen(scope, receive, send)
