"""Every frame-level fault that h2spec tries, beside requests in flight on the same connection and on another.

One server for all: what it has leaked, and what it has logged, is looked at when they are over.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest

from tests.conformance.http2.case import Case, Pong
from tests.conformance.http2.frames import FRAMES
from tests.conformance.http2.generic import GENERIC
from tests.conformance.http2.messages import MESSAGES
from tests.conformance.http2.streams import STREAMS
from tests.conformance.http2.witness import first_person, settle, witnessed_server
from tests.support import http2_frames as wire
from tests.support.http2_frames import RawHttp2, ping
from tests.support.people import People, Person
from tests.support.server import ServerProcess

CASES: list[Case] = list(chain(GENERIC, STREAMS, FRAMES, MESSAGES))
H2SPEC_CASES = 147  # in version 2.6; one of them only in its strict mode
OTHER_PREFACE = "http2/3.5/2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with witnessed_server(tmp_path_factory.mktemp("faults")) as server:
        yield server


@pytest.fixture(scope="module")
def person(server: ServerProcess) -> Person:
    return first_person(server)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number} {case.title}")
async def test_a_fault_ends_what_it_is_in_and_nothing_else(server: ServerProcess, person: Person, case: Case) -> None:
    async with (
        People(server) as people,
        await RawHttp2.connect(server) as faulty,
        await RawHttp2.connect(server) as other,
    ):
        witness = await settle(server, people, person)
        await witness.wait_on(faulty)
        await witness.wait_on(other)
        await case.play(faulty)
        if not case.fatal:
            # Some close the window or use it up; and whoever answers a PING has got over the fault.
            open_window = wire.settings((wire.INITIAL_WINDOW_SIZE, wire.WINDOW_BYTES)), wire.window_update(0, 2**30)
            await faulty.send(*open_window, ping(b"are you?"))
            await Pong(b"are you?")(faulty)
        await witness.speak()
        await witness.expect_answer(other)
        if not case.fatal:
            await witness.expect_answer(faulty)


async def test_another_preface_is_no_http2(server: ServerProcess, person: Person) -> None:
    """`http2/3.5/2`: there is no request beside it, since there is no connection yet."""
    async with People(server) as people, await RawHttp2.connect(server) as other:
        witness = await settle(server, people, person)
        await witness.wait_on(other)
        async with await RawHttp2.connect(server, b"INVALID CONNECTION PREFACE\r\n\r\n") as faulty:
            await faulty.wait_closed()
        await witness.speak()
        await witness.expect_answer(other)


def test_every_case_of_h2spec_is_there_once() -> None:
    numbers = {case.number for case in CASES} | {OTHER_PREFACE}
    assert len(numbers) == len(CASES) + 1 == H2SPEC_CASES
