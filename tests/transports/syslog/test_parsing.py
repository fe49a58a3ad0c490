"""Which datagrams are syslog messages at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.transports.syslog.limits import DATAGRAM_BYTES
from hubbub.transports.syslog.message import Malformed
from hubbub.transports.syslog.parsing import parse_syslog


@pytest.mark.parametrize(
    "datagram", [b"", b"hello", b"<>hello", b"<192>hello", b"<1234>hello", b"<-1>hello", b"<13hello", b" <13>hello"]
)
def test_a_message_begins_with_its_priority(datagram: bytes) -> None:
    with pytest.raises(Malformed, match="no priority"):
        parse_syslog(datagram)


def test_a_message_has_an_end() -> None:
    assert parse_syslog(b"<13>" + b"x" * (DATAGRAM_BYTES - 4)).text == "x" * (DATAGRAM_BYTES - 4)
    with pytest.raises(Malformed, match="8193 bytes; 8192 are taken"):
        parse_syslog(b"<13>" + b"x" * (DATAGRAM_BYTES - 3))


@pytest.mark.parametrize(("datagram", "version_1"), [(b"<13>1 - - - - - - a", True), (b"<13>10 - - - - - - a", False)])
def test_the_version_tells_one_format_from_the_other(datagram: bytes, version_1: bool) -> None:
    assert (parse_syslog(datagram).text == "a") is version_1


@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda rest: b"<13>" + rest)
    | st.binary(max_size=200).map(lambda rest: b"<13>1 - - - - - [" + rest)
)
def test_any_bytes_are_read_or_refused_and_nothing_else(datagram: bytes) -> None:
    try:
        message = parse_syslog(datagram)
    except Malformed:
        return
    assert 0 <= message.priority <= 191
