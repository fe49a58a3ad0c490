"""RFC 3164: its examples, and what is seen in its name."""

from __future__ import annotations

import pytest

from hubbub.transports.syslog.message import Malformed, SyslogMessage
from hubbub.transports.syslog.parsing import parse_syslog

SEEN = {
    # Section 5.4.
    "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8": SyslogMessage(
        34, "'su root' failed for lonvick on /dev/pts/8", "Oct 11 22:14:15", "mymachine", "su"
    ),
    "<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!": SyslogMessage(13, "Use the BFG!", "Feb  5 17:32:18", "10.0.0.99"),
    # A zone behind the time is none that it knows: the example of section 5.4 is taken for a host and its text.
    "<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time": SyslogMessage(
        165, "1987 mymachine myproc[10]: %% It's time", "Aug 24 05:34:00", "CST"
    ),
    "<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!": SyslogMessage(
        0, "1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!"
    ),
    # logger -i, and what local programs send, without a host.
    "<86>Nov 26 22:59:25 web1 sshd[4711]: Failed password": SyslogMessage(
        86, "Failed password", "Nov 26 22:59:25", "web1", "sshd", "4711"
    ),
    "<78>Nov  6 02:09:25 cron[12]: hello": SyslogMessage(78, "hello", "Nov  6 02:09:25", "", "cron", "12"),
    # rsyslog's forward format, systemd's IPv6 hosts, fractions, years.
    "<13>2024-05-01T12:00:00.123456+02:00 web1 app: hello": SyslogMessage(
        13, "hello", "2024-05-01T12:00:00.123456+02:00", "web1", "app"
    ),
    "<13>Nov 26 22:59:25 fe80::1 app: hello": SyslogMessage(13, "hello", "Nov 26 22:59:25", "fe80::1", "app"),
    "<13>Nov 26 22:59:25.123 web1 app: hello": SyslogMessage(13, "hello", "Nov 26 22:59:25.123", "web1", "app"),
    "<13>Nov 26 2024 22:59:25 web1 app: hello": SyslogMessage(13, "hello", "Nov 26 2024 22:59:25", "web1", "app"),
    # Nothing but a text, or a program and a text.
    "<13>hello": SyslogMessage(13, "hello"),
    "<13>hello there: all is well": SyslogMessage(13, "hello there: all is well"),
    "<13>su: hello": SyslogMessage(13, "hello", app_name="su"),
    "<13>su:": SyslogMessage(13, "", app_name="su"),
    "<189>123: *Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured": SyslogMessage(
        189, "*Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured", app_name="123"
    ),
    "<13>2 is no version that we know": SyslogMessage(13, "2 is no version that we know"),
    "<13>hello\n\0": SyslogMessage(13, "hello"),
    "<13>zwei\nZeilen": SyslogMessage(13, "zwei\nZeilen"),
}


@pytest.mark.parametrize("datagram", SEEN)
def test_what_is_seen(datagram: str) -> None:
    assert parse_syslog(datagram.encode()) == SEEN[datagram]


def test_what_is_not_utf_8_is_read_as_far_as_it_can_be() -> None:
    assert parse_syslog(b"<13>su: caf\xe9").text == "caf\ufffd"


@pytest.mark.parametrize("datagram", [b"<13>", b"<13> ", b"<13>\n", b"<13>\0\0"])
def test_nothing_is_no_message(datagram: bytes) -> None:
    with pytest.raises(Malformed, match="nothing behind the priority"):
        parse_syslog(datagram)
