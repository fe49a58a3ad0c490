"""Socket.IO packets, protocol version 5; pure. https://github.com/socketio/socket.io-protocol

What is encoded here is ready for a frame: the Engine.IO type of a message comes first.
"""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from hubbub.composite.sockets import strict_json
from hubbub.composite.sockets.engine_packets import MESSAGE, Encoded, MalformedPacket

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = "0123456"

MAIN_NAMESPACE = "/"
NAMESPACE_CHARS = 128

# Names that mean something to the libraries on both sides (socket.io-parser 4.2, RESERVED_EVENTS).
RESERVED_EVENTS = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)

# type, count of attachments, namespace, id of the acknowledgement (as far as JavaScript counts exactly), JSON
_PACKET = re.compile(r"([0-6])(?:([1-9]\d{0,2})-)?(?:(/[^,]*)(?:,|$))?(\d{0,15})(.*)", re.DOTALL | re.ASCII)

_BINARY = frozenset({BINARY_EVENT, BINARY_ACK})
_NOTHING = object()  # no JSON in the packet, which is not the same as null


class SocketPacket(NamedTuple):
    """One packet, valid for its type: `data` is a dict or None for CONNECT, a list for events and acknowledgements."""

    kind: str
    namespace: str
    ack_id: int | None
    data: object
    attachments: int  # binary frames that follow

    @property
    def name(self) -> str:
        """The name of an event."""
        return cast(list[str], self.data)[0]

    @property
    def arguments(self) -> list[object]:
        """The arguments of an event."""
        return cast(list[object], self.data)[1:]


def decode(text: str) -> SocketPacket:
    """The packet in a message that a client sent.

    Raises:
        MalformedPacket: it is no packet, or none that a client may send.
    """
    match = _PACKET.fullmatch(text)
    if match is None:
        raise MalformedPacket("not a Socket.IO packet")
    kind, attachments, namespace, ack_id, json = match.groups()
    namespace = (namespace or MAIN_NAMESPACE).partition("?")[0]
    data = _value(json) if json else _NOTHING
    if (attachments is not None) != (kind in _BINARY) or len(namespace) > NAMESPACE_CHARS:
        raise MalformedPacket("not a Socket.IO packet")
    if not _is_valid(kind, data) or not _may_have_id(kind, ack_id):
        raise MalformedPacket("the packet's content does not fit its type")
    return SocketPacket(
        kind,
        namespace,
        int(ack_id) if ack_id else None,
        None if data is _NOTHING else data,
        int(attachments or 0),
    )


def encode_event(name: str, json_text: str, namespace: str = MAIN_NAMESPACE) -> str:
    """An event with one argument, given as JSON; made once, it can be sent to any number of connections."""
    return f"{_head(EVENT, namespace)}[{strict_json.dumps(name)},{json_text}]"


def encode_connect(namespace: str, sid: str) -> str:
    """The acceptance of a CONNECT."""
    return _head(CONNECT, namespace) + strict_json.dumps({"sid": sid})


def encode_connect_error(namespace: str, error: dict[str, object]) -> str:
    """The refusal of a CONNECT: `message`, and `data` as the client's `err.data`."""
    return _head(CONNECT_ERROR, namespace) + strict_json.dumps(error)


def encode_disconnect(namespace: str) -> str:
    """The end of a namespace, after which the official client does not come back by itself."""
    return _head(DISCONNECT, namespace).removesuffix(",")


def encode_ack(namespace: str, ack_id: int, arguments: list[object]) -> list[Encoded]:
    """The acknowledgement of an event, with a frame for each binary argument after it.

    Raises:
        TypeError: an argument has no JSON form.
    """
    try:
        return [f"{_head(ACK, namespace)}{ack_id}{strict_json.dumps(arguments)}"]
    except TypeError:
        parts: list[bytes] = []
        hollow = _hollow(arguments, parts)
        if not parts:
            raise
        head = f"{MESSAGE}{BINARY_ACK}{len(parts)}-{_namespace(namespace)}"
        return [f"{head}{ack_id}{strict_json.dumps(hollow)}", *parts]


def fill(data: object, parts: list[bytes]) -> object:
    """The data of a binary packet with its attachments in their places.

    Raises:
        MalformedPacket: a place names no attachment.
    """
    if isinstance(data, list):
        return [fill(item, parts) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get("_placeholder") is not True:
        return {key: fill(item, parts) for key, item in data.items()}
    number = data.get("num")
    if type(number) is not int or not 0 <= number < len(parts):
        raise MalformedPacket("an attachment is missing")
    return parts[number]


def _hollow(data: object, parts: list[bytes]) -> object:
    if isinstance(data, bytes | bytearray):
        parts.append(bytes(data))
        return {"_placeholder": True, "num": len(parts) - 1}
    if isinstance(data, list | tuple):
        return [_hollow(item, parts) for item in data]
    if isinstance(data, dict):
        return {key: _hollow(item, parts) for key, item in data.items()}
    return data


def _value(json: str) -> object:
    try:
        return strict_json.loads(json)
    except ValueError as error:
        raise MalformedPacket("the packet's content is not JSON") from error


def _is_valid(kind: str, data: object) -> bool:
    match kind:
        case "0":  # CONNECT
            return data is _NOTHING or isinstance(data, dict)
        case "1":  # DISCONNECT
            return data is _NOTHING
        case "2" | "5":  # EVENT, BINARY_EVENT
            return isinstance(data, list) and bool(data) and _is_event_name(data[0])
        case "3" | "6":  # ACK, BINARY_ACK
            return isinstance(data, list)
        case _:  # CONNECT_ERROR is for servers
            return False


def _may_have_id(kind: str, ack_id: str) -> bool:
    """An acknowledgement has one, an event may have one, nothing else has."""
    if kind in {ACK, BINARY_ACK}:
        return bool(ack_id)
    return not ack_id or kind in {EVENT, BINARY_EVENT}


def _is_event_name(name: object) -> bool:
    return isinstance(name, str) and name not in RESERVED_EVENTS


def _head(kind: str, namespace: str) -> str:
    return MESSAGE + kind + _namespace(namespace)


def _namespace(namespace: str) -> str:
    return "" if namespace == MAIN_NAMESPACE else f"{namespace},"
