"""RFC 3164: what BSD syslog was seen to send, and what is sent in its name today; pure.

It describes and does not define. Everything behind the priority may be missing; what is not recognised is text.
"""

from __future__ import annotations

import re

from hubbub.transports.syslog.message import Malformed, SyslogMessage

# Section 4.1.2, `Oct  7 22:14:15`; devices put a year or fractions of a second to it, and rsyslog forwards RFC 3339.
_TIMESTAMP = re.compile(
    r"(?P<timestamp>"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
    r") ",
    re.ASCII,
)
_HOSTNAME = re.compile(r"(?P<hostname>[!-9;-Z\\^-~]{1,255}(?::[!-9;-Z\\^-~:]+)?) ")  # IPv6 addresses have colons
# Section 4.1.3, `su[42]: `: what names the program ends with a colon, before which its process may be.
_TAG = re.compile(r"(?P<app_name>[!-9;-Z\\^-~]{1,48})(?:\[(?P<process_id>[^\]\s]{1,128})\])?:(?: |$)")


def parse_rfc3164(priority: int, rest: bytes) -> SyslogMessage:
    """The message whose `<PRI>` was read; `rest` is what follows it.

    Raises:
        Malformed: nothing follows it.
    """
    text = rest.decode("utf-8", "replace").rstrip("\r\n\0")
    if not text.strip():
        raise Malformed("there is nothing behind the priority")
    timestamp = hostname = app_name = process_id = ""
    if found := _TIMESTAMP.match(text):
        timestamp, text = found["timestamp"], text[found.end() :]
        # What is local leaves the host out, and begins with its tag.
        if _TAG.match(text) is None and (found := _HOSTNAME.match(text)):
            hostname, text = found["hostname"], text[found.end() :]
    if found := _TAG.match(text):
        app_name, process_id, text = found["app_name"], found["process_id"] or "", text[found.end() :]
    return SyslogMessage(priority, text, timestamp, hostname, app_name, process_id)
