from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.sockets import socket_packets as packets
from hubbub.composite.sockets.engine_packets import MalformedPacket
from hubbub.composite.sockets.socket_packets import SocketPacket, decode

BINARY = '["up",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1}]}]'


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0", SocketPacket("0", "/", None, None, 0)),
        ('0{"token":"123"}', SocketPacket("0", "/", None, {"token": "123"}, 0)),
        ("0/admin", SocketPacket("0", "/admin", None, None, 0)),
        ("0/admin?old=1,", SocketPacket("0", "/admin", None, None, 0)),
        ('0/admin,{"a":1}', SocketPacket("0", "/admin", None, {"a": 1}, 0)),
        ("1", SocketPacket("1", "/", None, None, 0)),
        ("1/admin,", SocketPacket("1", "/admin", None, None, 0)),
        ('2["hello",1]', SocketPacket("2", "/", None, ["hello", 1], 0)),
        ('2/admin,456["a,b"]', SocketPacket("2", "/admin", 456, ["a,b"], 0)),
        ("312[]", SocketPacket("3", "/", 12, [], 0)),
        ('52-/admin,7["a"]', SocketPacket("5", "/admin", 7, ["a"], 2)),
        ("61-7[1]", SocketPacket("6", "/", 7, [1], 1)),
    ],
)
def test_packets_of_the_protocol(text: str, packet: SocketPacket) -> None:
    assert decode(text) == packet


@pytest.mark.parametrize(
    "text",
    ["", "7", "abc", "-1", "٣[]", "2", "2{}", "2[]", "2[1]", "2[null]", "2abc[]", '2["a"', '2["a"]x', "2/x",
     '2/x["a"]', "0[]", "0null", '0"a"', "01", "1{}", "1[]", "112", "3", "3{}", "3[]", "61-[]", "4",
     '4{"message":"x"}', '5["a"]', '50-["a"]', '20-["a"]', '51["a"]', '21-["a"]', '51000-["a"]', '2["connect"]',
     '2["disconnect","forged"]', '2["connect_error"]', '2["newListener"]', "2[NaN]", '2["a",NaN]', '2["a","\\ud800"]',
     '2["a",1e999]',
     '2["a",' + "[" * 100 + "]" * 100 + "]", "2" + "9" * 400 + '["a"]', "0/" + "n" * 200],
)  # fmt: skip
def test_anything_else_is_malformed(text: str) -> None:
    with pytest.raises(MalformedPacket):
        decode(text)


@given(st.text(max_size=40) | st.from_regex(r"[0-6](\d-)?(/a,)?\d*[\[{]?.*", fullmatch=True))
def test_every_text_is_a_packet_or_malformed(text: str) -> None:
    try:
        packet = decode(text)
    except MalformedPacket:
        return
    assert packet.kind in "012356"
    assert packet.namespace.startswith("/")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.dictionaries(st.text(max_size=5), st.integers(0, 9)))
def test_an_event_is_read_as_it_was_written(name: str, payload: dict[str, int]) -> None:
    text = packets.encode_event(name, json.dumps(payload), "/room")
    if name not in packets.RESERVED_EVENTS:
        packet = decode(text.removeprefix("4"))
        assert (packet.namespace, packet.name, packet.arguments) == ("/room", name, [payload])


def test_what_the_server_says() -> None:
    assert packets.encode_event("said", "[1]") == '42["said",[1]]'
    assert packets.encode_connect("/", "abc") == '40{"sid":"abc"}'
    assert packets.encode_connect("/admin", "abc") == '40/admin,{"sid":"abc"}'
    assert packets.encode_connect_error("/x", {"message": "no"}) == '44/x,{"message":"no"}'
    assert packets.encode_disconnect("/") == "41"
    assert packets.encode_disconnect("/admin") == "41/admin"
    assert packets.encode_ack("/", 7, [{"ok": True}]) == ['437[{"ok":true}]']
    assert packets.encode_ack("/admin", 0, []) == ["43/admin,0[]"]


def test_binary_arguments_travel_beside_their_packet() -> None:
    frames = packets.encode_ack("/", 7, [b"\x01", {"deep": [b"\x02"]}])
    assert frames[1:] == [b"\x01", b"\x02"]
    head = str(frames[0])
    assert head.startswith("462-7[")
    packet = decode(head.removeprefix("4"))
    assert packets.fill(packet.data, [b"\x01", b"\x02"]) == [b"\x01", {"deep": [b"\x02"]}]


def test_what_has_no_json_form_is_an_error() -> None:
    with pytest.raises(TypeError):
        packets.encode_ack("/", 7, [object()])


@pytest.mark.parametrize("number", ["2", "-1", '"0"', "null", "true", "0.5"])
def test_a_place_without_an_attachment_is_malformed(number: str) -> None:
    place = {"_placeholder": True, "num": json.loads(number)}
    with pytest.raises(MalformedPacket):
        packets.fill(["up", place], [b"a", b"b"])


def test_attachments_fill_their_places() -> None:
    assert packets.fill(json.loads(BINARY), [b"a", b"b"]) == ["up", b"a", {"deep": [b"b"]}]
