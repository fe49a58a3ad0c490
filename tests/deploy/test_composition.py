"""The composition of several hosts is of parts that know each other; test_several_hosts.py runs it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from hubbub.settings import VARIABLES, Settings
from hubbub.store.postgres.address import PostgresAddress
from tests.deploy.composition import GIVEN, HOSTS, PORT, SERVICES, SEVERAL, variables
from tests.support.machine import ROOT

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()


@pytest.mark.parametrize("name", HOSTS)
def test_a_host_finds_the_database_and_the_bus_and_is_found(name: str) -> None:
    environment = variables(name)
    assert set(environment) <= set(VARIABLES)
    settings = Settings.from_environment(environment)
    assert isinstance(settings.database, PostgresAddress)
    assert settings.bus_host == name
    assert [str(network) for network in settings.trusted_proxies] == [
        config["subnet"] for config in SEVERAL["networks"]["inner"]["ipam"]["config"]
    ]
    bus = urlsplit(settings.bus_url or "")
    assert (bus.hostname, bus.port) == ("redis", 6379)
    assert SERVICES[name]["depends_on"].keys() == {"redis", "postgres"}


def test_the_database_is_made_for_the_user_and_the_password_of_the_hosts() -> None:
    made = variables("postgres")
    for name in HOSTS:
        at = urlsplit(variables(name)["HUBBUB_DATABASE_URL"])
        assert (at.hostname, at.username, at.path) == ("postgres", made["POSTGRES_USER"], f"/{made['POSTGRES_DB']}")
        assert at.password == made["POSTGRES_PASSWORD"] == GIVEN["HUBBUB_DATABASE_PASSWORD"]


def test_no_secret_is_in_the_file_or_gets_into_the_image() -> None:
    assert "**/.env" in (DEPLOY / "Containerfile.dockerignore").read_text().split()
    assert "/deploy/.env" in (ROOT / ".gitignore").read_text().split()
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "PASSWORD" in value:
                assert re.search(r"\$\{HUBBUB_DATABASE_PASSWORD:\?", value)


def test_the_hosts_differ_in_their_names_only_and_are_all_behind_the_proxy() -> None:
    assert len(HOSTS) == 3
    alike = [{**SERVICES[name], "environment": {**variables(name), "HUBBUB_BUS_HOST": ""}} for name in HOSTS]
    assert alike == alike[:1] * len(HOSTS)
    assert f"EXPOSE {PORT}\n" in CONTAINERFILE
    assert alike[0]["build"]["dockerfile"] == "deploy/Containerfile"
    assert "command" not in alike[0], "that of the image"
    assert variables("caddy")["HUBBUB_UPSTREAM"].split() == [f"{name}:{PORT}" for name in HOSTS]
    assert set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text())) == set(variables("caddy"))


def test_what_others_wait_for_says_that_it_is_well() -> None:
    for service in SERVICES.values():
        for name, wanted in service.get("depends_on", {}).items():
            assert wanted["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[name] or (name in HOSTS and "\nHEALTHCHECK " in CONTAINERFILE)


def test_others_are_of_one_major_version_and_keep_their_data_in_volumes() -> None:
    others = {name: service for name, service in SERVICES.items() if name not in HOSTS}
    assert all(re.fullmatch(r"[a-z]+:\d+", service["image"]) for service in others.values())
    mounts = [mount.split(":") for service in others.values() for mount in service.get("volumes", ())]
    assert {source for source, *_ in mounts if not source.startswith(".")} == set(SEVERAL["volumes"])
    assert all((DEPLOY / source).is_file() for source, *_ in mounts if source.startswith("."))
    assert all(service["networks"] == ["inner"] for service in SERVICES.values())
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
