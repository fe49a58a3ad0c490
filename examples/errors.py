"""What goes wrong is answered, on every transport, and logged once (seeds 4.11).

    hypercorn examples.errors:app --bind 127.0.0.1:8000

A refusal that you raise reaches its reader as it is; any other exception is a 500, a failed acknowledgement or a close
by 1011, and its traceback is in the log with the request's id. The library answers 200 to a POST whose handler failed.
"""

from __future__ import annotations

from quart import Quart, websocket

from hubbub.composite import CompositeApp, Drain, Problem, SocketServer
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.composite.socket_server import ConnectRefused, SocketConnection

rest = Quart(__name__)
rest.config["PROPAGATE_EXCEPTIONS"] = True  # to the boundary outside, which is the same for all
sockets = SocketServer()


@rest.get("/divide/<int:number>/<int:by>")
async def divide_by_rest(number: int, by: int) -> dict[str, float]:
    return {"result": divide(number, by)}


@rest.websocket("/divide")
async def divide_by_websocket() -> None:
    while True:
        number, by = str(await websocket.receive()).split("/")
        await websocket.send(str(divide(int(number), int(by))))


def divide(number: int, by: int) -> float:
    if number > 1_000_000:
        raise Problem(422, "invalid_fields", "A million is the most.", errors=(("number", "is too large"),))
    return number / by


async def connect(_connection: SocketConnection, auth: object) -> None:
    if auth != {"name": "ada"}:
        raise ConnectRefused({"code": "forbidden", "detail": "This is Ada's."})


async def event(_connection: SocketConnection, _name: str, arguments: list[object]) -> object:
    number, by = arguments
    return {"ok": True, "result": divide(int(str(number)), int(str(by)))}


async def disconnect(_connection: SocketConnection, _reason: str) -> None:
    """Nothing is kept of a connection."""


def failed(_connection: SocketConnection, _name: str, error: Exception) -> object:
    return {"ok": False, "error": error.code if isinstance(error, Problem) else "internal"}


sockets.handle(connect=connect, event=event, disconnect=disconnect, error_ack=failed)
app = CompositeApp(sockets, rest, middleware=[RequestIdMiddleware], drain=Drain())
