"""RFC 5424: its examples, its grammar by chance, and each way to be none of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.transports.syslog.message import Malformed, StructuredElement, SyslogMessage
from hubbub.transports.syslog.parsing import parse_syslog
from hubbub.transports.syslog.rfc5424 import parse_rfc5424

BOM = b"\xef\xbb\xbf"

# Section 6.5.
EXAMPLES = [
    (
        b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - "
        + BOM
        + b"'su root' failed for lonvick on /dev/pts/8",
        SyslogMessage(
            34,
            "'su root' failed for lonvick on /dev/pts/8",
            "2003-10-11T22:14:15.003Z",
            "mymachine.example.com",
            "su",
            "",
            "ID47",
        ),
    ),
    (
        b"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
        SyslogMessage(
            165,
            "%% It's time to make the do-nuts.",
            "2003-08-24T05:14:15.000003-07:00",
            "192.0.2.1",
            "myproc",
            "8710",
        ),
    ),
    (
        b'<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" '
        b'eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]',
        SyslogMessage(
            165,
            "",
            "2003-10-11T22:14:15.003Z",
            "mymachine.example.com",
            "evntslog",
            "",
            "ID47",
            (
                StructuredElement(
                    "exampleSDID@32473", (("iut", "3"), ("eventSource", "Application"), ("eventID", "1011"))
                ),
                StructuredElement("examplePriority@32473", (("class", "high"),)),
            ),
        ),
    ),
]


@pytest.mark.parametrize(("datagram", "message"), EXAMPLES, ids=["with BOM", "MSG-ANY", "structured data alone"])
def test_the_examples_of_the_rfc(datagram: bytes, message: SyslogMessage) -> None:
    assert parse_syslog(datagram) == message


# Section 6.2.3.1, and what the text there forbids.
@pytest.mark.parametrize(
    "timestamp",
    [
        "1985-04-12T23:20:50.52Z",
        "1985-04-12T19:20:50.52-04:00",
        "2003-10-11T22:14:15.003Z",
        "2024-02-29T00:00:00+23:59",
        "-",
    ],
)
def test_a_timestamp_of_the_rfc(timestamp: str) -> None:
    message = parse_syslog(f"<0>1 {timestamp} - - - - -".encode())
    assert message.timestamp == ("" if timestamp == "-" else timestamp)


@pytest.mark.parametrize(
    "timestamp",
    [
        "2003-08-24T05:14:15.000000003-07:00",
        "2003-08-24t05:14:15Z",
        "2003-08-24T05:14:15z",
        "2003-08-24T05:14:60Z",
        "2003-08-24T24:00:00Z",
        "2003-08-24T05:14:15",
        "2003-08-24T05:14:15.Z",
        "2003-02-29T05:14:15Z",
        "2003-13-01T05:14:15Z",
        "2003-08-24T05:14:15+24:00",
        "2003-08-24",
        "--",
    ],
)
def test_no_timestamp_of_the_rfc(timestamp: str) -> None:
    with pytest.raises(Malformed, match=r"6\.2\.3"):
        parse_syslog(f"<0>1 {timestamp} - - - - -".encode())


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"-",
        b"- - - - -",  # no structured data
        b"- - - - - -x",
        b"-  - - - - -",  # two spaces
        b"- \xc3\xa9 - - - -",  # a hostname that is not ASCII
        b"- " + b"h" * 256 + b" - - - -",
        b"- - " + b"a" * 49 + b" - - -",
        b"- - - " + b"p" * 129 + b" - -",
        b"- - - - " + b"m" * 33 + b" -",
        b"- - - - - text",
        b"- - - - - []",
        b"- - - - - [id",
        b"- - - - - [id ]",
        b"- - - - - [id a]",
        b"- - - - - [id a=1]",
        b'- - - - - [id a="1]',
        b'- - - - - [id a="]"]',
        b'- - - - - [id  a="1"]',
        b'- - - - - [i=d a="1"]',
        b"- - - - - [" + b"i" * 33 + b"]",
        b"- - - - - [a]text",
        b"- - - - - [a][a]",
        b'- - - - - [a b="\xff"]',
        b"- - - - - - " + BOM + b"\xff",
    ],
)
def test_what_is_none_of_it(rest: bytes) -> None:
    with pytest.raises(Malformed, match="RFC 5424"):
        parse_rfc5424(0, rest)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (r"\"", '"'),
        (r"\\", "\\"),
        (r"\]", "]"),
        (r"\n", r"\n"),
        (r"\\\"", '\\"'),
        ("a\nb", "a\nb"),
        ("é", "é"),
        ("", ""),
    ],
)
def test_escapes_within_values(value: str, meant: str) -> None:
    message = parse_rfc5424(0, f'- - - - - [a b="{value}"] text'.encode())
    assert message.structured_data == (StructuredElement("a", (("b", meant),)),)
    assert message.text == "text"


def test_a_parameter_may_come_several_times_in_its_order() -> None:
    message = parse_rfc5424(0, b'- - - - - [origin ip="192.0.2.1" ip="192.0.2.129"]')
    assert message.structured_data[0].params == (("ip", "192.0.2.1"), ("ip", "192.0.2.129"))


def test_a_message_that_is_not_utf_8_is_read_as_far_as_it_can_be() -> None:
    assert parse_rfc5424(0, b"- - - - - - caf\xe9").text == "caf\ufffd"


def test_brackets_behind_a_space_are_text() -> None:
    message = parse_rfc5424(0, b"- - - - - [a] [b]")
    assert (message.structured_data, message.text) == ((StructuredElement("a"),), "[b]")


def printable(most: int) -> st.SearchStrategy[str]:
    characters = st.characters(min_codepoint=33, max_codepoint=126)
    return st.text(characters, min_size=1, max_size=most).filter(lambda text: text != "-") | st.just("")


NAME = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='="]'), min_size=1, max_size=32)
VALUE = st.text(st.characters(codec="utf-8"), max_size=20)
ELEMENT = st.builds(StructuredElement, NAME, st.lists(st.tuples(NAME, VALUE), max_size=3).map(tuple))
MESSAGE = st.builds(
    SyslogMessage,
    st.integers(0, 191),
    st.text(st.characters(codec="utf-8"), max_size=50),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z") | st.just(""),
    printable(255),
    printable(48),
    printable(128),
    printable(32),
    st.lists(ELEMENT, max_size=3, unique_by=lambda element: element.id).map(tuple),
)


def written(message: SyslogMessage) -> bytes:
    """The message as section 6 has it."""
    fields = (message.timestamp, message.hostname, message.app_name, message.process_id, message.message_id)
    elements = "".join(
        "[{}{}]".format(
            element.id,
            "".join(' {}="{}"'.format(name, re.sub(r'(["\\\]])', r"\\\1", value)) for name, value in element.params),
        )
        for element in message.structured_data
    )
    header = " ".join([f"<{message.priority}>1", *(field or "-" for field in fields), elements or "-"])
    return header.encode() + b" " + BOM + message.text.encode()


@given(MESSAGE)
def test_what_is_written_is_read(message: SyslogMessage) -> None:
    assert parse_syslog(written(message)) == message


@given(MESSAGE, st.data())
def test_a_message_with_a_wrong_byte_is_read_or_refused_and_nothing_else(
    message: SyslogMessage, data: st.DataObject
) -> None:
    datagram = bytearray(written(message))
    datagram[data.draw(st.integers(0, len(datagram) - 1))] = data.draw(st.integers(0, 255))
    try:
        parsed = parse_syslog(bytes(datagram))
    except Malformed:
        return
    assert 0 <= parsed.priority <= 191
