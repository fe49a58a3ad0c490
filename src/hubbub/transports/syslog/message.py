"""What one syslog message says, whichever of the two formats it came in; pure."""

from __future__ import annotations

from dataclasses import dataclass

# RFC 5424, 6.2.1, tables 1 and 2, by the keywords of syslog(3); 12 to 15 have none there.
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock"),
    *(f"local{number}" for number in range(8)),
)
SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
PRIORITY_MAX = len(FACILITIES) * len(SEVERITIES) - 1  # 191


class Malformed(Exception):
    """A datagram is no syslog message; the text says what is wrong with it."""


@dataclass(frozen=True)
class StructuredElement:
    """One SD-ELEMENT (RFC 5424, 6.3); a parameter may come several times, in its order."""

    id: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SyslogMessage:
    """One message; an absent field is empty.

    `timestamp` is as it was sent: RFC 5424 has a date, a time and a zone, RFC 3164 no year and no zone.
    """

    priority: int
    text: str
    timestamp: str = ""
    hostname: str = ""
    app_name: str = ""
    process_id: str = ""
    message_id: str = ""
    structured_data: tuple[StructuredElement, ...] = ()

    @property
    def facility(self) -> str:
        """The keyword of what it is about, such as `auth`."""
        return FACILITIES[self.priority // len(SEVERITIES)]

    @property
    def severity(self) -> str:
        """The keyword of how bad it is, such as `err`."""
        return SEVERITIES[self.priority % len(SEVERITIES)]
