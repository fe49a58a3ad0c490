"""Each setting, what it takes, and what a wrong value is told."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from hubbub.settings import VARIABLES, Settings, SettingsError, SyslogSettings
from hubbub.store.postgres.address import PostgresAddress


def test_nothing_set_is_the_default() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment(dict.fromkeys(VARIABLES, "")) == Settings()


def test_everything_set() -> None:
    settings = Settings.from_environment(
        {
            "HUBBUB_DATA_DIR": "data",
            "HUBBUB_REGISTRATION": "open",
            "HUBBUB_ALLOWED_ORIGINS": "https://a.example, HTTPS://b.example:8443",
            "HUBBUB_TRUSTED_PROXIES": "127.0.0.1,192.0.2.0/24",
            "HUBBUB_RATE_LIMITS": "off",
            "HUBBUB_SQLITE_SYNCHRONOUS": "normal",
            "HUBBUB_LOG_LEVEL": "DEBUG",
            "HUBBUB_LOG_FORMAT": "json",
            "HUBBUB_BUS_URL": "rediss://:secret@bus.example:6380",
            "HUBBUB_BUS_HOST": "192.0.2.7",
            "HUBBUB_SYSLOG_BIND": "[::1]:5514",
            "HUBBUB_SYSLOG_ROOM": "room",
            "HUBBUB_SYSLOG_USER": "alerts",
        }
    )
    assert settings.database == Path("data/hubbub.db")
    assert settings.allowed_origins == {"https://a.example", "https://b.example:8443"}
    assert settings.trusted_proxies == (ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("192.0.2.0/24"))
    assert not settings.rate_limits
    assert (settings.log_level, settings.log_format) == ("debug", "json")
    assert settings.bus_url == "rediss://:secret@bus.example:6380"
    assert "secret" not in repr(settings)
    assert settings.bus_host == "192.0.2.7"
    assert settings.syslog == SyslogSettings("::1", 5514, "room", "alerts")


def test_the_database_can_lie_elsewhere() -> None:
    found = Settings.from_environment({"HUBBUB_DATABASE_URL": "sqlite:////srv/chat.db"})
    assert found.database == Path("/srv/chat.db")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_the_database_can_be_postgresql(scheme: str) -> None:
    url = f"{scheme}://chat:secret@db.example/chat"
    settings = Settings.from_environment({"HUBBUB_DATABASE_URL": url})
    assert settings.database == PostgresAddress(url)
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HUBBUB_REGISTRATION", "maybe", "invite, open, closed"),
        ("HUBBUB_RATE_LIMITS", "no", "on, off"),
        ("HUBBUB_ALLOWED_ORIGINS", "chat.example.org", "https://chat.example.org"),
        ("HUBBUB_ALLOWED_ORIGINS", "https://chat.example.org/path", "without a path"),
        ("HUBBUB_TRUSTED_PROXIES", "everybody", "addresses or networks"),
        ("HUBBUB_DATABASE_URL", "mysql://chat", "sqlite:///"),
        ("HUBBUB_DATABASE_URL", "mysql://chat", "postgresql://"),
        ("HUBBUB_BUS_URL", "127.0.0.1:6379", "redis://host:6379"),
        ("HUBBUB_BUS_URL", "redis://", "redis://host:6379"),
        ("HUBBUB_BUS_URL", "redis://127.0.0.1:none", "redis://host:6379"),
        ("HUBBUB_BUS_URL", "http://127.0.0.1", "redis://host:6379"),
    ],
)
def test_a_wrong_value_is_told_what_it_takes(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})
    assert name in str(refused.value)
    assert told in str(refused.value)


SYSLOG = {"HUBBUB_SYSLOG_BIND": "0.0.0.0:514", "HUBBUB_SYSLOG_ROOM": "room", "HUBBUB_SYSLOG_USER": "alerts"}


@pytest.mark.parametrize(
    "bind",
    ["514", ":514", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:514", "[::1:514", "a@b:1"],
)
def test_an_address_of_syslog_has_a_host_and_a_port(bind: str) -> None:
    with pytest.raises(SettingsError, match=r"HUBBUB_SYSLOG_BIND=.* is no address.*127\.0\.0\.1:5514"):
        Settings.from_environment(SYSLOG | {"HUBBUB_SYSLOG_BIND": bind})


@pytest.mark.parametrize("name", ["HUBBUB_SYSLOG_ROOM", "HUBBUB_SYSLOG_USER"])
def test_syslog_takes_a_room_and_an_account(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not"):
        Settings.from_environment(SYSLOG | {name: ""})


def test_syslog_is_off_without_an_address() -> None:
    assert Settings.from_environment(SYSLOG | {"HUBBUB_SYSLOG_BIND": ""}).syslog is None


def test_names_that_are_none_of_ours_are_remembered_and_not_refused() -> None:
    assert Settings.from_environment({"HUBBUB_PORT": "tcp://192.0.2.1:80"}).unknown == ("HUBBUB_PORT",)
