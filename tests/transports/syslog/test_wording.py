"""One line a message, whatever its sender has put into it."""

from __future__ import annotations

import pytest

from hubbub.contract.limits import BODY_CHARS
from hubbub.transports.syslog.message import StructuredElement, SyslogMessage
from hubbub.transports.syslog.wording import summary, worded


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (SyslogMessage(35, "Failed", "", "web1", "sshd", "4711"), "auth.err web1 sshd[4711]: Failed"),
        (SyslogMessage(13, "hello"), "user.notice 192.0.2.1: hello"),
        (SyslogMessage(13, "hello", process_id="4711"), "user.notice 192.0.2.1: hello"),
        (SyslogMessage(13, "one\r\n\x1b[31mtwo\u2028three\0"), "user.notice 192.0.2.1: one [31mtwo three "),
        (SyslogMessage(13, " "), "user.notice 192.0.2.1: (no text)"),
        (
            SyslogMessage(13, "", structured_data=(StructuredElement("a", (("b", "1"),)), StructuredElement("c"))),
            'user.notice 192.0.2.1: [a b="1"] [c]',
        ),
        (
            SyslogMessage(13, "hello", structured_data=(StructuredElement("timeQuality", (("isSynced", "0"),)),)),
            "user.notice 192.0.2.1: hello",
        ),
    ],
)
def test_what_a_room_reads(message: SyslogMessage, line: str) -> None:
    assert worded(message, "192.0.2.1") == line


def test_a_long_message_is_cut_where_a_message_ends() -> None:
    line = worded(SyslogMessage(13, "x" * 10_000), "192.0.2.1")
    assert (len(line), line[-3:]) == (BODY_CHARS, "x …")


def test_a_summary_names_those_with_most_and_counts_the_others() -> None:
    assert summary([("web1", 1)], 30) == (
        "1 more syslog message was not posted in the last 30 s, because of their rate: 1 from web1."
    )
    dropped = [(f"web{number}", 10 - number) for number in range(8)]
    assert summary(dropped, 30) == (
        "52 more syslog messages were not posted in the last 30 s, because of their rate: "
        "10 from web0, 9 from web1, 8 from web2, 7 from web3, 6 from web4, 12 from others."
    )
