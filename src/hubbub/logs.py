"""Structured logs on standard error: one line an event, with the request id, in text or JSON, and no secret."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

from hubbub.composite.request_id import NO_REQUEST, request_id
from hubbub.domain.clock import timestamp
from hubbub.settings import LogFormat, LogLevel

# Bearer tokens, our cookie, the tokens in `auth`; whatever text they come in.
_SECRETS = re.compile(
    r"""((?:bearer\s+|hubbub_session=|["']?(?:token|password|invite|code)["']?\s*[:=]\s*["']?))[^\s"',;&}]+""",
    re.IGNORECASE,
)
HIDDEN = r"\1[hidden]"


class TextFormatter(logging.Formatter):
    """`time level logger request_id message`, then the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One event."""
        line = f"{_time(record)} {record.levelname:<7} {record.name} {request_id.get()} {record.getMessage()}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return hide_secrets(line)


class JSONFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One event."""
        event: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hide_secrets(record.getMessage()),
        }
        event |= getattr(record, "fields", {})
        if request_id.get() != NO_REQUEST:
            event["request_id"] = request_id.get()
        if record.exc_info:
            event["traceback"] = hide_secrets(self.formatException(record.exc_info))
        return json.dumps(event, ensure_ascii=False)


def hide_secrets(text: str) -> str:
    """The text without the values of tokens, passwords and cookies."""
    return _SECRETS.sub(HIDDEN, text)


def configure_logs(level: LogLevel, kind: LogFormat) -> None:
    """Send everything at or above `level` to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormatter() if kind == "json" else TextFormatter())
    handler.addFilter(_not_said_elsewhere)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def _not_said_elsewhere(record: logging.LogRecord) -> bool:
    """Under the `hypercorn` command its loggers write for themselves, and pass on what they wrote."""
    return not logging.getLogger(record.name).handlers


def _time(record: logging.LogRecord) -> str:
    return timestamp(datetime.fromtimestamp(record.created, UTC))
