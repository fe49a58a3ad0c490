"""What the tests need of the machine besides the locked packages, and what becomes of a test where it is missing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "tests" / "output"
# For the environment of a server: it does without what only the tests have installed.
BARE = {"PYTHONPATH": str(ROOT / "tests" / "support" / "bare")}

# program: how somebody gets it
PROGRAMS = {
    "caddy": "the Debian package caddy; `make test` installs it where it may",
    "chromium": "the Debian package chromium; `make test` installs it where it may",
    "git": "the Debian package git",
    "haproxy": "the Debian package haproxy; `make test` installs it where it may",
    "logger": "the Debian package bsdutils",
    "hypercorn": "`make setup`",
    "hubbub": "`make setup`",
    "make": "the Debian package make",
    "nginx": "the Debian package nginx; `make test` installs it where it may",
    "redis-server": "the Debian package redis-server; `make test` installs it where it may",
    "python": "`make setup`",
    "schemathesis": "`make setup`",
    "systemd-analyze": "the Debian package systemd",
    "postgres": "the Debian package postgresql; `make test` installs it where it may",
    "initdb": "the Debian package postgresql; `make test` installs it where it may",
    "pg_dump": "the Debian package postgresql; `make test` installs it where it may",
    "pg_restore": "the Debian package postgresql; `make test` installs it where it may",
    "node": "the Debian package nodejs, or `make setup`",
}


def require(program: str) -> Path:
    """The path of a program; without it the test is skipped by name, and fails where `CI=true` promises everything."""
    # Beside our Python first: a test must not meet the `hypercorn` of another environment. Debian keeps servers such
    # as nginx where only root looks, and those of PostgreSQL by version.
    databases = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = (str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin", *map(str, databases))
    path = shutil.which(program, path=os.pathsep.join(places))
    if path is None:
        missing(f"{program} is not on this machine: {PROGRAMS[program]}.")
    return Path(path)


def missing(reason: str) -> NoReturn:
    """Skip the test with the reason; fail it where `CI=true`.

    Raises:
        pytest.skip.Exception, pytest.fail.Exception: always, one of them.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} With CI=true nothing may be missing.", pytrace=False)
    pytest.skip(reason)
