"""RFC 5424: the syslog protocol. The grammar of its section 6 in order; pure."""

from __future__ import annotations

import re
from datetime import date

from hubbub.transports.syslog.message import Malformed, StructuredElement, SyslogMessage

_NIL = "-"
_BOM = b"\xef\xbb\xbf"

# HEADER behind PRI and VERSION. PRINTUSASCII is %d33-126; the possessive `++` keeps the search linear.
_HEADER = re.compile(
    rb"(?P<timestamp>[!-~]++) (?P<hostname>[!-~]{1,255}+) (?P<app_name>[!-~]{1,48}+) "
    rb"(?P<process_id>[!-~]{1,128}+) (?P<message_id>[!-~]{1,32}+) "
)
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
# SD-NAME: PRINTUSASCII without `=`, `]` and `"`.
_SD_NAME = rb"[!#-<>-\\^-~]{1,32}+"
# Within a value `"`, `\` and `]` are escaped; a backslash before anything else is itself (6.3.3).
_SD_VALUE = rb'(?:[^"\\\]]|\\.)*+'
_SD_PARAM = re.compile(rb' (?P<name>%b)="(?P<value>%b)"' % (_SD_NAME, _SD_VALUE), re.DOTALL)
_SD_ELEMENT = re.compile(rb'\[(?P<id>%b)(?P<params>(?: %b="%b")*+)\]' % (_SD_NAME, _SD_NAME, _SD_VALUE), re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\\]])')


def parse_rfc5424(priority: int, rest: bytes) -> SyslogMessage:
    """The message whose `<PRI>1 ` was read; `rest` is what follows it.

    Raises:
        Malformed: it is none.
    """
    header = _HEADER.match(rest)
    if header is None:
        raise Malformed("the header is not that of RFC 5424, section 6.2")
    fields = {name: _field(value) for name, value in header.groupdict().items()}
    _check_timestamp(fields["timestamp"])
    elements, text = _structured_data(rest, header.end())
    return SyslogMessage(priority, text, structured_data=elements, **fields)


def _field(value: bytes) -> str:
    text = value.decode("ascii")
    return "" if text == _NIL else text


def _check_timestamp(timestamp: str) -> None:
    """See that it is one of section 6.2.3: RFC 3339 with capital T and Z, without leap seconds, in the calendar."""
    if not timestamp:
        return
    try:
        if not _TIMESTAMP.fullmatch(timestamp):
            raise ValueError(timestamp)
        date.fromisoformat(timestamp[:10])
    except ValueError:
        raise Malformed("the timestamp is not that of RFC 5424, section 6.2.3") from None


def _structured_data(rest: bytes, start: int) -> tuple[tuple[StructuredElement, ...], str]:
    """The elements, and the text of the message behind them."""
    found: dict[str, StructuredElement] = {}
    place = start
    if rest.startswith(b"-", place):
        place += 1
    else:
        while (match := _SD_ELEMENT.match(rest, place)) is not None:
            element = StructuredElement(match["id"].decode("ascii"), _params(match["params"]))
            if element.id in found:
                raise Malformed("an SD-ID comes twice (RFC 5424, section 6.3.2)")
            found[element.id] = element
            place = match.end()
        if not found:
            raise Malformed("the structured data is not that of RFC 5424, section 6.3")
    if place < len(rest) and rest[place] != ord(" "):
        raise Malformed("the structured data is not that of RFC 5424, section 6.3")
    return tuple(found.values()), _text(rest[place + 1 :])


def _params(params: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(
            (match["name"].decode("ascii"), _ESCAPE.sub(r"\1", match["value"].decode("utf-8")))
            for match in _SD_PARAM.finditer(params)
        )
    except UnicodeDecodeError:
        raise Malformed("a PARAM-VALUE is not UTF-8 (RFC 5424, section 6.3.3)") from None


def _text(message: bytes) -> str:
    """MSG (section 6.4): with a byte order mark it must be UTF-8; without, it is whatever it is."""
    if not message.startswith(_BOM):
        return message.decode("utf-8", "replace")
    try:
        return message[len(_BOM) :].decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("the message has a byte order mark and is not UTF-8 (RFC 5424, section 6.4)") from None
