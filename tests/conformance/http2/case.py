"""One fault, or none, on an HTTP/2 connection: what is sent, and what the server has to make of it.

The tables beside this file hold the cases that h2spec (github.com/summerwind/h2spec) has for servers, under its
numbers and in our words. h2spec takes a lost connection for an answer to any error; here an error of a stream ends
that stream and no more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from h2.errors import ErrorCodes

from tests.support import http2_frames as wire
from tests.support.http2_frames import RawHttp2

BYSTANDER = 1  # the stream of the request that is in flight meanwhile
STREAM = 3  # the stream of the fault

Step = bytes | Callable[[RawHttp2], Awaitable[None]]
Outcome = Callable[[RawHttp2], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """`number` as h2spec has it; `fatal` says that the connection ends."""

    number: str
    title: str
    steps: tuple[Step, ...]
    outcome: Outcome
    fatal: bool = False

    async def play(self, connection: RawHttp2) -> None:
        """Send what there is to send and look at what comes back."""
        for step in self.steps:
            if isinstance(step, bytes):
                await connection.send(step)
            else:
                await step(connection)
        await self.outcome(connection)


Row = tuple[str, tuple[Step, ...], Outcome]


def section(number: str, *rows: Row) -> list[Case]:
    """The cases of one section, numbered from 1 as they stand."""
    return [
        Case(f"{number}/{index}", title, steps, outcome, fatal=isinstance(outcome, ConnectionFault))
        for index, (title, steps, outcome) in enumerate(rows, 1)
    ]


@dataclass(frozen=True)
class Answered:
    """The stream gets an answer, whatever its status."""

    stream: int = STREAM

    async def __call__(self, connection: RawHttp2) -> None:
        assert await connection.status(self.stream)


@dataclass(frozen=True)
class Pong:
    """A PING is answered by the same bytes (RFC 9113, 6.7)."""

    payload: bytes = bytes(8)

    async def __call__(self, connection: RawHttp2) -> None:
        await connection.find(lambda each: each.kind == wire.PING and each.is_ack and each.payload == self.payload)


@dataclass(frozen=True)
class SettingsTaken:
    """So many SETTINGS were acknowledged after those of the preface."""

    times: int = 1

    async def __call__(self, connection: RawHttp2) -> None:
        def took(_: object) -> bool:
            return sum(each.kind == wire.SETTINGS and each.is_ack for each in connection.frames) > self.times

        await connection.find(took)


@dataclass(frozen=True)
class FirstData:
    """DATA comes in frames of these sizes, and no more yet."""

    sizes: Sequence[int]
    stream: int = STREAM

    async def __call__(self, connection: RawHttp2) -> None:
        def sizes() -> list[int]:
            came = (each for each in connection.frames if each.kind == wire.DATA and each.stream == self.stream)
            return [len(each.payload) for each in came]

        await connection.find(lambda _: len(sizes()) >= len(self.sizes))
        assert sizes() == list(self.sizes)


@dataclass(frozen=True)
class StreamFault:
    """The stream is reset (RFC 9113, 5.4.2) with one of the codes; None for any stream."""

    codes: tuple[ErrorCodes, ...]
    stream: int | None = STREAM

    async def __call__(self, connection: RawHttp2) -> None:
        found = await connection.find(
            lambda each: each.kind == wire.RST_STREAM and self.stream in (None, each.stream) and each.code != 0
        )
        assert found.code in self.codes, connection.story()


@dataclass(frozen=True)
class ConnectionFault:
    """GOAWAY with one of the codes, then the end of the connection (RFC 9113, 5.4.1)."""

    codes: tuple[ErrorCodes, ...]

    async def __call__(self, connection: RawHttp2) -> None:
        await connection.wait_closed()
        if self.codes:  # without any there is no HTTP/2 to say it in
            codes = [each.code for each in connection.frames if each.kind == wire.GOAWAY]
            assert codes
            assert codes[-1] in self.codes, connection.story()


def stream_error(*codes: ErrorCodes, stream: int | None = STREAM) -> StreamFault:
    return StreamFault(codes, stream)


def connection_error(*codes: ErrorCodes) -> ConnectionFault:
    return ConnectionFault(codes)


async def stream_closed(connection: RawHttp2) -> None:
    """Wait until the stream was answered whole."""
    await connection.ended(STREAM)


def fields(without: str | None = None, **pseudo: str) -> list[tuple[str, str]]:
    """Those of a request, with other values for `pseudo` fields or without one of them."""
    names: Mapping[str, str] = {f":{name}": value for name, value in pseudo.items()}
    return [(name, names.get(name, value)) for name, value in wire.request_fields() if name != without]
