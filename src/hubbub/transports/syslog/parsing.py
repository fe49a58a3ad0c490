"""A datagram as a syslog message, of either format; pure."""

from __future__ import annotations

import re

from hubbub.transports.syslog.limits import DATAGRAM_BYTES
from hubbub.transports.syslog.message import PRIORITY_MAX, Malformed, SyslogMessage
from hubbub.transports.syslog.rfc3164 import parse_rfc3164
from hubbub.transports.syslog.rfc5424 import parse_rfc5424

_PRIORITY = re.compile(rb"<(\d{1,3})>")
_VERSION_1 = b"1 "


def parse_syslog(datagram: bytes) -> SyslogMessage:
    """The message of a datagram; RFC 5424 is told from RFC 3164 by its version, `1` behind the priority.

    Raises:
        Malformed: it has no priority from 0 to 191, says nothing, is too long, or says it is RFC 5424 and is not.
    """
    if len(datagram) > DATAGRAM_BYTES:
        raise Malformed(f"it has {len(datagram)} bytes; {DATAGRAM_BYTES} are taken")
    priority = _PRIORITY.match(datagram)
    if priority is None or int(priority[1]) > PRIORITY_MAX:
        raise Malformed(f"it begins with no priority from <0> to <{PRIORITY_MAX}>")
    rest = datagram[priority.end() :]
    if rest.startswith(_VERSION_1):
        return parse_rfc5424(int(priority[1]), rest[len(_VERSION_1) :])
    return parse_rfc3164(int(priority[1]), rest)
