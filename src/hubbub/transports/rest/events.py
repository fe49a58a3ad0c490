"""`GET /events`: the log as Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from quart import Blueprint, Response, request

from hubbub.composite.hypercorn_streams import cut_stream
from hubbub.composite.limits import CUT_SECONDS
from hubbub.composite.scopes import SERVER_SEND
from hubbub.composite.types import Scope, Send
from hubbub.contract import limits
from hubbub.contract.models import ReadyLimits, StreamEvent
from hubbub.service.chat import Actor
from hubbub.transports.backend import Backend
from hubbub.transports.client import Client, Place
from hubbub.transports.rest.event_stream import EventStream
from hubbub.transports.rest.listening import Listeners, listeners
from hubbub.transports.rest.operation import EVENT_STREAM, LAST_EVENT_ID, operation, source
from hubbub.transports.rest.paging import EventsQuery

blueprint = Blueprint("events", __name__)

_HEADERS = {"X-Accel-Buffering": "no"}  # nginx would keep what is small until it is more
# A stream takes nothing from its client; what somebody posts beside it has the same bounds as ever.
_ALLOWANCE = ReadyLimits(body_chars=limits.BODY_CHARS, commands_in_flight=0, frame_bytes=0)


@operation(blueprint, "GET", "/events", query=EventsQuery, answer=StreamEvent, media_type=EVENT_STREAM)
async def stream_events(actor: Actor, query_args: EventsQuery) -> Response:
    """Every change that you may see, as it comes, as Server-Sent Events.

    `id` is the cursor, `event` the type, `data` the whole change. The header `Last-Event-ID`, or else `since`, says
    where to resume. After what was missed comes `ready`.
    """
    if request.method == "HEAD":
        return _response(())
    cursor = request.headers.get(LAST_EVENT_ID) or query_args.since
    stream = await open_stream(source()(), listeners(), actor, cursor, cast(Scope, request.scope))
    return _response(stream.chunks())


async def open_stream(
    backend: Backend, register: Listeners, actor: Actor, cursor: str | None, scope: Scope
) -> EventStream:
    """A stream that hears of everything behind the cursor, and ends with the task that serves it.

    Raises:
        HubbubError: `invalid_request` for what is no cursor; `rate_limited` or `server_busy` for one too many.
    """
    place = await Place.of(backend, cursor)
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  a coroutine under asyncio runs in one

    async def cut() -> None:
        server_send: Send | None = scope.get(SERVER_SEND)
        if server_send is not None:
            await cut_stream(server_send, CUT_SECONDS)
        task.cancel()  # behind any other server that is all there is

    stream = EventStream(register.limits, overflow=lambda: client.resync(), cut=cut)
    register.streams.enter(stream)
    try:
        backend.admit_connection(actor.user.id)
        subscription = await backend.hub.subscribe(backend.chat.new_id(), actor, stream)
    except BaseException:
        register.streams.leave(stream)
        raise
    client = Client(backend, actor, subscription, place)

    def end(_task: object) -> None:
        client.leave()
        stream.leave()
        register.streams.leave(stream)

    # Not in the stream itself: a client that goes before its first chunk never lets it begin.
    task.add_done_callback(end)
    stream.begin()
    client.begin(_ALLOWANCE)
    return stream


def _response(chunks: AsyncIterator[bytes] | tuple[()]) -> Response:
    response = Response(chunks, headers=_HEADERS, content_type=f"{EVENT_STREAM}; charset=utf-8")
    response.timeout = None  # Quart's own ends an answer after a minute
    return response
