"""What no client may send, with the reason in the protocol's documents or in the reference server's parser."""

from __future__ import annotations

from tests.conformance.sessions import Packet

FIRST = '{"_placeholder":true,"num":0}'

# To an Engine.IO server, by either transport.
ENGINE: list[Packet] = [
    "",  # no packet type
    "abc",
    "7",
    "9",
    "-1",
    "\x00",
    "٤hello",  # a four, but not the digit
    "é",
    " 4hello",
    "0",  # OPEN, PING, UPGRADE and NOOP are for the server, or for a probe
    '0{"sid":"forged"}',
    "2",
    "2probe",
    "5",
    "6",
    "b!!!",  # not base64
    "bAQI",
    "b\u20ac",
]

# To a Socket.IO server, in a message of Engine.IO, by who joined `/`.
SOCKET: list[list[Packet]] = [
    ["4"],  # no packet type
    ["4abc"],
    ["47"],
    ["48[]"],
    ["4-1"],
    ["42"],  # the payload of an event is mandatory, an array that is not empty, and starts with its name
    ["42{}"],
    ["42[]"],
    ["42null"],
    ['42"message"'],
    ["42[null]"],
    ["42[true]"],
    ["42[{}]"],
    ["42[[]]"],
    ["42[1]"],
    ['42["message"'],  # not JSON
    ['42["message"]x'],
    ["42['message']"],
    ['42["message",]'],
    ['42["message",NaN]'],  # numbers and text that JSON does not have
    ['42["message",Infinity]'],
    ['42["message",1e999]'],
    ['42["message","\\ud800"]'],
    ['42["message",' + "[" * 100 + "]" * 100 + "]"],
    ['42abc["message"]'],  # the number of the acknowledgement
    ['42-1["message"]'],
    ['421.5["message"]'],
    ['42٣["message"]'],
    ["42" + "9" * 400 + '["message"]'],
    ['42["connect"]'],  # names that are events of the library's own
    ['42["connect",{"forged":true}]'],
    ['42["connect_error",{}]'],
    ['42["disconnect","forged"]'],
    ['42["disconnecting"]'],
    ['42["newListener"]'],
    ['42["removeListener"]'],
    ["43"],  # the payload of an acknowledgement is mandatory, and an array; it has a number
    ["43[]"],
    ["431"],
    ["431{}"],
    ["431null"],
    ["40"],  # joined already
    ["40/custom,null"],  # CONNECT has an object or nothing
    ["40/custom,[]"],
    ['40/custom,"text"'],
    ['40/custom,{"a"'],
    ["41{}"],  # DISCONNECT has nothing
    ["41x"],
    ["41/custom"],  # not joined
    ['42/custom,["message"]'],
    ["43/custom,1[]"],
    ['42/random,["message"]'],
    ['42/["message"]'],
    ["44"],  # CONNECT_ERROR is for the server
    ['44{"message":"forged"}'],
    ["45"],  # a binary packet says how many attachments it has: one at least, and as many as there are
    ['45-["message"]'],
    ['450-["message"]'],
    ['451["message"]'],
    ['45a-["message"]'],
    ["451-"],
    ["451-{}"],
    ["451-[]"],
    [f'451-["connect",{FIRST}]'],
    ['4511-["message"]'],
    ['4599999-["message"]'],
    ['421-["message"]'],
    ["461-"],
    [f"461-[{FIRST}]"],
    [f'451-["message",{FIRST}]', '42["message"]'],  # text instead of an attachment
    [f'451-["message",{FIRST}]', "40/custom"],
    ['451-["message",{"_placeholder":true,"num":1}]', b"x"],  # a placeholder of nothing
    ['451-["message",{"_placeholder":true,"num":-1}]', b"x"],
    ['451-["message",{"_placeholder":true,"num":"0"}]', b"x"],
    ['451-["message",{"_placeholder":true,"num":true}]', b"x"],
    ['451-["message",{"_placeholder":true}]', b"x"],
    [b"x"],  # an attachment of nothing
]

# In the body of a POST: what is no text, and a good packet beside a bad one.
BODIES: list[bytes] = [
    b"",
    b"\x1e",
    b"4hello\x1e",
    b"\x1e4hello",
    b"4hello\x1e\x1e4world",
    b"4hello\x1e9\x1e4world",
    b"4hello\x1e2",
    b"4\xff\xfe",
    b"4\xed\xa0\x80",
    b"\x00\x04\xff4hello",
    b"6:4hello",
    b"b=",
    b'["4hello"]',
]
