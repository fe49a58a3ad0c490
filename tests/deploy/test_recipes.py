"""The unit of systemd, the image and the composition are well formed, and start what there is."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from hubbub.cli import main
from hubbub.settings import VARIABLES, Settings
from hubbub.store.postgres.address import PostgresAddress
from tests.support.deadline import DEADLINE
from tests.support.machine import ROOT, require

DEPLOY = ROOT / "deploy"
DROP_IN = DEPLOY / "several-hosts.conf"
UNITS = sorted(DEPLOY.glob("hubbub*.service")) + sorted(DEPLOY.glob("*.timer"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()


class Unit(configparser.RawConfigParser):
    """A unit as far as these have need of it: names in their own case, given once each."""

    def __init__(self, path: Path) -> None:
        super().__init__(delimiters=("=",), comment_prefixes=("#",), interpolation=None)
        self.read_string(path.read_text())

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def instructions(name: str) -> list[str]:
    """What follows an instruction of the Containerfile, each time that it is there; lines that go on are one."""
    text = re.sub(r"\\\n\s*", " ", CONTAINERFILE)
    return [rest for word, _, rest in (line.partition(" ") for line in text.splitlines()) if word == name]


def hubbub_options(command: list[str]) -> dict[str, Any]:
    """The options of a `hubbub` command, as the command itself reads them."""
    program, name, *arguments = command
    assert Path(program).name == "hubbub"
    with click.Context(main) as around:
        return main.commands[name].make_context(name, arguments, parent=around).params


def sane(environment: Mapping[str, str]) -> Settings:
    """The settings that these variables give, none of them unknown."""
    assert set(environment) <= set(VARIABLES)
    return Settings.from_environment(environment)


def of_this_machine(unit: Path) -> str:
    """Its text with our program, as the other one is not there."""
    return unit.read_text().replace("/opt/hubbub/.venv/bin/hubbub", str(require("hubbub")))


@pytest.mark.parametrize("dropped_in", [(), (DROP_IN,)], ids=["one host", "several hosts"])
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path, dropped_in: tuple[Path, ...], tmp_path: Path) -> None:
    """It asks for the program, and for the unit that a timer starts."""
    for each in UNITS:
        (tmp_path / each.name).write_text(of_this_machine(each))
    (tmp_path / "hubbub.service.d").mkdir()
    for each in dropped_in:
        (tmp_path / "hubbub.service.d" / each.name).write_text(of_this_machine(each))
    done = subprocess.run(
        [str(require("systemd-analyze")), "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_the_server_with_options_that_it_has() -> None:
    service = Unit(DEPLOY / "hubbub.service")["Service"]
    options = hubbub_options(shlex.split(service["ExecStart"]))
    assert (options["bind"], options["insecure_bind"]) == ("127.0.0.1:8443", "127.0.0.1:8000")
    settings = sane(dict([service["Environment"].split("=")]))
    assert settings.data_dir == Path("/var/lib") / service["StateDirectory"]
    assert service["WorkingDirectory"] == str(Path(shlex.split(service["ExecStart"])[0]).parents[2])


def test_a_host_of_several_listens_where_the_others_and_the_proxy_find_it() -> None:
    page = (ROOT / "docs" / "several-hosts.md").read_text()
    (lines,) = re.findall(r"```sh\n# /etc/hubbub\.env\n(.*?)```", page, re.DOTALL)
    environment = dict(line.split("=", 1) for line in lines.splitlines())
    settings = sane(environment)
    assert isinstance(settings.database, PostgresAddress)
    assert settings.bus_url
    (command,) = re.findall(r"^ExecStart=\nExecStart=(.+)$", DROP_IN.read_text(), re.MULTILINE)
    command = command.replace("${HUBBUB_BUS_HOST}", environment["HUBBUB_BUS_HOST"])
    assert hubbub_options(shlex.split(command))["insecure_bind"] == f"{settings.bus_host}:8000"
    single = shlex.split(Unit(DEPLOY / "hubbub.service")["Service"]["ExecStart"])
    assert shlex.split(command)[:-1] == single[:-1]


def test_the_nightly_backup_is_one_of_seven_of_the_same_data() -> None:
    server, backup = Unit(DEPLOY / "hubbub.service")["Service"], Unit(DEPLOY / "hubbub-backup.service")["Service"]
    shell, flag, script = shlex.split(backup["ExecStart"])
    assert (shell, flag) == ("/bin/sh", "-c")
    assert [backup[name] for name in ("User", "Environment")] == [server[name] for name in ("User", "Environment")]
    said = subprocess.run(
        [shell, flag, script.replace("%%", "%").replace("exec ", "echo ")], capture_output=True, text=True, check=True
    )
    options = hubbub_options(said.stdout.split())
    assert options["replace"] is True
    assert options["file"].parent == Path("/var/backups/hubbub")
    assert str(options["file"].parent) in backup["ReadWritePaths"].split()


def test_the_image_serves_to_the_proxy_and_keeps_its_data_where_the_volume_is() -> None:
    """It is not built here, which takes a container engine and a registry."""
    (command,) = instructions("CMD")
    options = hubbub_options(yaml.safe_load(command))
    (port,) = instructions("EXPOSE")
    assert options["insecure_bind"] == f"0.0.0.0:{port}"
    (variables,) = instructions("ENV")
    environment = dict(word.split("=", 1) for word in variables.split() if word.startswith("HUBBUB_"))
    assert [str(sane(environment).data_dir)] == instructions("VOLUME")
    assert instructions("USER") == ["10001"]
    (check,) = instructions("HEALTHCHECK")
    assert f"127.0.0.1:{port}/readyz" in check
    compile(yaml.safe_load(check.partition("CMD ")[2])[2], "health check", "exec")


def test_what_the_image_is_made_of_is_there_and_not_left_out() -> None:
    (make,) = [line for line in instructions("RUN") if line.startswith("make ")]
    assert make.split()[1] == "setup-hosts", "with PostgreSQL and Redis"
    assert re.search(r"^setup-hosts:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    left_out = set((DEPLOY / "Containerfile.dockerignore").read_text().splitlines())
    needed = {
        "src",
        "static",
        "scripts",
        "requirements",
        "pyproject.toml",
        "package.json",
        "package-lock.json",
        "Makefile",
    }
    assert not needed & left_out
    assert all((ROOT / name).exists() for name in needed)


def test_the_composition_is_of_parts_that_know_each_other() -> None:
    hubbub, caddy = COMPOSE["services"]["hubbub"], COMPOSE["services"]["caddy"]
    context = (DEPLOY / hubbub["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / hubbub["build"]["dockerfile"]).is_file()
    (port,) = instructions("EXPOSE")
    assert caddy["environment"]["HUBBUB_UPSTREAM"] == f"hubbub:{port}"
    assert set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text())) == set(caddy["environment"])
    (subnet,) = [config["subnet"] for config in COMPOSE["networks"]["inner"]["ipam"]["config"]]
    assert [str(network) for network in sane(hubbub["environment"]).trusted_proxies] == [subnet]
    assert hubbub["networks"] == caddy["networks"] == list(COMPOSE["networks"])


def test_the_composition_keeps_what_must_outlive_a_container() -> None:
    mounts = [mount.split(":") for service in COMPOSE["services"].values() for mount in service["volumes"]]
    named = {source: target for source, target, *_ in mounts if not source.startswith(".")}
    assert set(named) == set(COMPOSE["volumes"])
    assert [named["data"]] == instructions("VOLUME")
    assert all((DEPLOY / source).is_file() for source, *_ in mounts if source.startswith("."))
    caddy = COMPOSE["services"]["caddy"]
    assert caddy["depends_on"]["hubbub"]["condition"] == "service_healthy"
    assert instructions("HEALTHCHECK")
