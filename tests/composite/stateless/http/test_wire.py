"""A connection that takes nothing is cut off; one that is slow to close is not waited for."""

from __future__ import annotations

import asyncio
import socket

import h11
import pytest

from hubbub.composite.stateless.http import wire
from hubbub.composite.stateless.http.wire import Gone, Wire
from tests.composite.stateless.http.serving import get
from tests.support.deadline import DEADLINE


async def pair() -> tuple[Wire, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    return Wire(*await asyncio.open_connection(sock=ours)), theirs


async def test_who_takes_nothing_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "TAKE_SECONDS", 0.05)
    end, client = await pair()
    with client:
        client.sendall(get())
        assert isinstance(await end.head(), h11.Request)
        await end.write(h11.Response(status_code=200, headers=[]))
        with pytest.raises(Gone):
            await end.write(h11.Data(data=b"x" * 10_000_000))
        await end.close()


async def test_a_close_is_not_held_up_by_who_goes_on_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LINGER_SECONDS", 0.05)
    end, client = await pair()
    with client:
        client.sendall(b"GET")
        await asyncio.wait_for(end.close(), DEADLINE)


async def test_there_is_no_request_behind_the_last() -> None:
    end, client = await pair()
    client.close()
    assert await end.head() is None
    assert end.ended
    await end.close()


async def test_what_comes_while_a_request_is_answered_is_kept_for_the_next() -> None:
    end, client = await pair()
    with client:
        client.sendall(get(b"/one"))
        await end.head()
        await end.body(DEADLINE)
        watching = asyncio.create_task(end.left())
        await asyncio.sleep(0)
        client.sendall(get(b"/two"))
        await end.write(h11.Response(status_code=200, headers=[("content-length", "0")]))
        await end.write(h11.EndOfMessage())
        watching.cancel()
        await asyncio.wait({watching})
        assert end.next_request()
        following = await end.head()
        assert following is not None
        assert following.target == b"/two"
        end.abort()
        await end.close()
