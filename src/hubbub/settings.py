"""What a host can set, from `HUBBUB_*` variables, as one frozen object; `docs/settings.md` lists them for people."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

from hubbub.store.postgres.address import SCHEMES, PostgresAddress

Registration = Literal["invite", "open", "closed"]
Synchronous = Literal["off", "normal", "full", "extra"]
LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """A variable holds what it cannot hold; the text names the variable and what it takes."""


@dataclass(frozen=True)
class SyslogSettings:
    """Where syslog is heard, and which room has it, as whose messages."""

    host: str
    port: int
    room_id: str
    username: str


@dataclass(frozen=True)
class Settings:
    """Every setting, with the value it has when nothing is set."""

    data_dir: Path = Path("var")
    database: Path | PostgresAddress = Path("var/hubbub.db")
    registration: Registration = "invite"
    allowed_origins: frozenset[str] = frozenset()
    trusted_proxies: tuple[Network, ...] = ()
    rate_limits: bool = True
    sqlite_synchronous: Synchronous = "full"
    log_level: LogLevel = "info"
    log_format: LogFormat = "text"
    bus_url: str | None = field(default=None, repr=False)  # may hold a password
    bus_host: str | None = None
    syslog: SyslogSettings | None = None
    unknown: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the `HUBBUB_*` variables; a variable that is empty counts as not set.

        Names that are none of ours go into `unknown`, to be logged and not refused: Kubernetes gives every container
        a `HUBBUB_PORT` where a service is called hubbub.

        Raises:
            SettingsError: for a value that its variable cannot hold.
        """
        given = {name: value for name, value in environment.items() if name.startswith("HUBBUB_") and value}
        data_dir = Path(given.get("HUBBUB_DATA_DIR", "var"))
        return cls(
            data_dir=data_dir,
            database=_database(given.get("HUBBUB_DATABASE_URL"), data_dir),
            registration=_choice(given, "HUBBUB_REGISTRATION", cls.registration, Registration),
            allowed_origins=_origins(given.get("HUBBUB_ALLOWED_ORIGINS", "")),
            trusted_proxies=_networks(given.get("HUBBUB_TRUSTED_PROXIES", "")),
            rate_limits=_choice(given, "HUBBUB_RATE_LIMITS", "on", Literal["on", "off"]) == "on",
            sqlite_synchronous=_choice(given, "HUBBUB_SQLITE_SYNCHRONOUS", cls.sqlite_synchronous, Synchronous),
            log_level=_choice(given, "HUBBUB_LOG_LEVEL", cls.log_level, LogLevel),
            log_format=_choice(given, "HUBBUB_LOG_FORMAT", cls.log_format, LogFormat),
            bus_url=_bus(given.get("HUBBUB_BUS_URL")),
            bus_host=given.get("HUBBUB_BUS_HOST"),
            syslog=_syslog(given),
            unknown=tuple(sorted(set(given) - set(VARIABLES))),
        )


VARIABLES = (
    "HUBBUB_DATA_DIR",
    "HUBBUB_DATABASE_URL",
    "HUBBUB_BUS_URL",
    "HUBBUB_BUS_HOST",
    "HUBBUB_REGISTRATION",
    "HUBBUB_ALLOWED_ORIGINS",
    "HUBBUB_TRUSTED_PROXIES",
    "HUBBUB_RATE_LIMITS",
    "HUBBUB_SQLITE_SYNCHRONOUS",
    "HUBBUB_LOG_LEVEL",
    "HUBBUB_LOG_FORMAT",
    "HUBBUB_SYSLOG_BIND",
    "HUBBUB_SYSLOG_ROOM",
    "HUBBUB_SYSLOG_USER",
)

T = TypeVar("T", bound=str)


def _choice(given: Mapping[str, str], name: str, default: T, kind: object) -> T:
    value = given.get(name, default).lower()
    if value not in get_args(kind):
        raise SettingsError(f"{name}={value} is not possible. It takes one of: {', '.join(get_args(kind))}.")
    return cast(T, value)


def _database(url: str | None, data_dir: Path) -> Path | PostgresAddress:
    return data_dir / "hubbub.db" if url is None else database_at("HUBBUB_DATABASE_URL", url)


def database_at(name: str, url: str) -> Path | PostgresAddress:
    """Where a URL says that a database is; `name` is what the URL is called in the error.

    Raises:
        SettingsError: it is no such URL.
    """
    if url.startswith(SCHEMES):
        return PostgresAddress(url)
    prefix = "sqlite:///"
    if not url.startswith(prefix) or len(url) == len(prefix):
        raise SettingsError(
            f"{name} takes sqlite:///relative/path.db, sqlite:////absolute/path.db, or "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
        )
    return Path(url.removeprefix(prefix))


def _bus(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:  # what it holds may be a password, and is not repeated
        raise SettingsError(
            "HUBBUB_BUS_URL takes redis://host:6379, or rediss://user:password@host:6379 for TLS; empty: no bus."
        )
    return url


def _origins(text: str) -> frozenset[str]:
    origins = set()
    for word in text.replace(",", " ").split():
        parts = urlsplit(word)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
            raise SettingsError(
                f"HUBBUB_ALLOWED_ORIGINS holds {word!r}. It takes origins such as https://chat.example.org, "
                "separated by commas, without a path."
            )
        origins.add(word.lower())
    return frozenset(origins)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(word) for word in text.replace(",", " ").split())
    except ValueError as error:
        raise SettingsError(
            f"HUBBUB_TRUSTED_PROXIES: {error}. It takes addresses or networks such as 127.0.0.1 or 192.0.2.0/24, "
            "separated by commas."
        ) from None


def _syslog(given: Mapping[str, str]) -> SyslogSettings | None:
    bind = given.get("HUBBUB_SYSLOG_BIND")
    if bind is None:
        return None
    for name in ("HUBBUB_SYSLOG_ROOM", "HUBBUB_SYSLOG_USER"):
        if name not in given:
            raise SettingsError(
                f"HUBBUB_SYSLOG_BIND is set and {name} is not. Syslog takes the id of a room, and the username of one "
                "of its members to post as."
            )
    host, port = _host_and_port("HUBBUB_SYSLOG_BIND", bind)
    return SyslogSettings(host, port, given["HUBBUB_SYSLOG_ROOM"], given["HUBBUB_SYSLOG_USER"])


def _host_and_port(name: str, text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or f"//{parts.netloc}" != f"//{text}" or parts.username is not None:
        raise SettingsError(
            f"{name}={text} is no address. It takes a host and a port, such as 127.0.0.1:5514 or [::]:514."
        )
    return host, port
