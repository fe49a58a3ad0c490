"""What a syslog message, and what was not posted, reads like in a room; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hubbub.contract.limits import BODY_CHARS
from hubbub.transports.syslog.limits import SUMMARY_SOURCES
from hubbub.transports.syslog.message import StructuredElement, SyslogMessage

NO_TEXT = "(no text)"
_CUT = " …"
# Neither terminal sequences nor lines that look like another message; RFC 5424, 6.4 asks senders for none of them.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def worded(message: SyslogMessage, source: str) -> str:
    """`auth.err web1 sshd[4711]: Failed password for root`: one line, as long as a message may be.

    Where the sender does not say its host, the address it sent from does.
    """
    program = message.app_name + (f"[{message.process_id}]" if message.app_name and message.process_id else "")
    sender = message.hostname or source
    head = f"{message.facility}.{message.severity} {sender}" + (f" {program}" if program else "")
    said = message.text.strip() or " ".join(map(_element, message.structured_data)) or NO_TEXT
    return _one_line(f"{head}: {said}")


def summary(dropped: Sequence[tuple[str, int]], seconds: float) -> str:
    """What was not posted, by source, those with most first: `312 more syslog messages were not posted …`."""
    total = sum(count for _, count in dropped)
    named = [f"{count} from {source}" for source, count in dropped[:SUMMARY_SOURCES]]
    others = dropped[SUMMARY_SOURCES:]
    if others:
        named.append(f"{sum(count for _, count in others)} from others")
    more = "1 more syslog message was" if total == 1 else f"{total} more syslog messages were"
    return _one_line(f"{more} not posted in the last {seconds:.0f} s, because of their rate: {', '.join(named)}.")


def _element(element: StructuredElement) -> str:
    params = "".join(f' {name}="{value}"' for name, value in element.params)
    return f"[{element.id}{params}]"


def _one_line(text: str) -> str:
    line = _CONTROLS.sub(" ", text)
    return line if len(line) <= BODY_CHARS else line[: BODY_CHARS - len(_CUT)] + _CUT
