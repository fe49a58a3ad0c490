"""Events and their answers. https://github.com/socketio/socket.io-protocol, Sending and receiving data."""

from __future__ import annotations

import pytest

from tests.conformance.sessions import SOCKET, Packet, PollingSession, Transport, join, open_session, wait_for_end
from tests.conformance.wires import Wire

FIRST = '{"_placeholder":true,"num":0}'
SECOND = '{"_placeholder":true,"num":1}'
ONE, TWO = b"\x01\x02\x03", b"\x04\x05\x06"


@pytest.mark.parametrize("namespace", ["", "/custom,"])
@pytest.mark.parametrize(
    "arguments",
    ['1,"2",{"3":[true]}', "", "null", '"€ 😀 \\u0000\\n"', "[[[]]],{}", "-0.5,1e21,9007199254740991", '"a,b","/c,"'],
)
async def test_the_arguments_of_an_event_come_back(
    wire: Wire, transport: Transport, namespace: str, arguments: str
) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session, namespace.rstrip(",") or "/")
    more = f",{arguments}" if arguments else ""
    await session.send(f'42{namespace}["message"{more}]')
    answer = f'42{namespace}["message-back"{more}]'
    # Two forms of the same: JSON has no rule for how characters and large numbers are written.
    assert str(await session.receive()).replace("1e21", "1e+21") == answer.replace("1e21", "1e+21")


@pytest.mark.parametrize("namespace", ["", "/custom,"])
@pytest.mark.parametrize("number", [0, 1, 456, 2**31, 10**15 - 1])
async def test_an_acknowledgement_has_the_number_and_the_arguments(
    wire: Wire, transport: Transport, namespace: str, number: int
) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session, namespace.rstrip(",") or "/")
    await session.send(f'42{namespace}{number}["message-with-ack",1,"2",{{"3":[false]}}]')
    assert await session.receive() == f'43{namespace}{number}[1,"2",{{"3":[false]}}]'


async def test_an_acknowledgement_may_be_empty(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send('4212["message-with-ack"]')
    assert await session.receive() == "4312[]"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (
            [f'452-["message",{FIRST},{SECOND}]', ONE, TWO],
            [f'452-["message-back",{FIRST},{SECOND}]', ONE, TWO],
        ),
        ([f'451-["message",{{"a":[{FIRST}]}}]', ONE], [f'451-["message-back",{{"a":[{FIRST}]}}]', ONE]),
        ([f'451-["message",{FIRST},"text"]', b""], [f'451-["message-back",{FIRST},"text"]', b""]),
        (
            [f'452-789["message-with-ack",{FIRST},{SECOND}]', ONE, TWO],
            [f"462-789[{FIRST},{SECOND}]", ONE, TWO],
        ),
        ([f'452-7["message-with-ack",{SECOND},{FIRST}]', ONE, TWO], [f"462-7[{FIRST},{SECOND}]", TWO, ONE]),
        ([f'451-7["message-with-ack",1,{FIRST}]', ONE], [f"461-7[1,{FIRST}]", ONE]),
    ],
)
@pytest.mark.parametrize("namespace", ["", "/custom,"])
async def test_binary_arguments_come_back(
    wire: Wire, transport: Transport, namespace: str, sent: list[Packet], answered: list[Packet]
) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session, namespace.rstrip(",") or "/")
    await session.send(*_within(namespace, sent))
    assert [await session.receive() for _ in answered] == _within(namespace, answered)


async def test_a_placeholder_of_no_binary_packet_is_an_object(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send(f'42["message",{FIRST}]')
    assert await session.receive() == f'42["message-back",{FIRST}]'


async def test_answers_come_in_the_order_of_the_events(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send(*(f'42{number}["message-with-ack",{number}]' for number in range(50)))
    assert [await session.receive() for _ in range(50)] == [f"43{number}[{number}]" for number in range(50)]


@pytest.mark.parametrize("count", [17, 1_000])
async def test_a_post_has_any_number_of_events(wire: Wire, count: int) -> None:
    session = await PollingSession.open(wire, SOCKET)
    await join(session)
    await session.send(*(f'42["message",{number}]' for number in range(count)))
    assert [await session.receive() for _ in range(count)] == [f'42["message-back",{n}]' for n in range(count)]


async def test_an_attachment_too_many_ends_the_session_after_the_event(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send(f'451-["message",{FIRST}]', ONE)
    assert [await session.receive(), await session.receive()] == [f'451-["message-back",{FIRST}]', ONE]
    await session.send(TWO)
    assert await wait_for_end(session) == []


async def test_an_acknowledgement_that_nobody_waits_for_is_no_fault(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send('4399["late"]', f"461-99[{FIRST}]", ONE, '42["message",1]')
    assert await session.receive() == '42["message-back",1]'


async def test_an_event_that_nobody_handles_is_no_fault(wire: Wire, transport: Transport) -> None:
    session = await open_session(transport, wire, SOCKET)
    await join(session)
    await session.send('42["nobody",1]', '42["message",1]')
    assert await session.receive() == '42["message-back",1]'


async def test_the_sample_session_of_the_protocol(wire: Wire) -> None:
    session = await PollingSession.open(wire, SOCKET)
    await join(session)
    assert (await session.post(b'42["message","hello"]\x1e42["message","world"]')).body == b"ok"
    # In one answer or in two: the first may be on its way before the second has been handled.
    assert [await session.receive(), await session.receive()] == [
        '42["message-back","hello"]',
        '42["message-back","world"]',
    ]
    frames = await session.probe()
    for packet in ("5", '42["message","hello"]', "40/custom,"):
        await frames.send(packet)
    assert await frames.receive() == '42["message-back","hello"]'
    assert str(await frames.receive()).startswith('40/custom,{"sid":"')
    assert await frames.receive() == '42/custom,["auth",{}]'
    for frame in (f'451-/custom,1["message-with-ack",{FIRST}]', ONE):
        await frames.send(frame)
    assert [await frames.receive(), await frames.receive()] == [f"461-/custom,1[{FIRST}]", ONE]
    await frames.send("1")
    with pytest.raises(EOFError):
        await frames.receive()


def _within(namespace: str, packets: list[Packet]) -> list[Packet]:
    """The packets, for a namespace: it is named after the number of attachments."""
    head, *parts = packets
    assert isinstance(head, str)
    return [head.replace("-", f"-{namespace}", 1), *parts]
