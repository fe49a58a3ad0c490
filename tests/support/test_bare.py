"""What a server of the tests does without."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.machine import BARE

TRY = "import importlib, sys; importlib.import_module(sys.argv[1])"


@pytest.mark.parametrize(
    ("module", "bus", "there"),
    [
        ("aiohttp", {}, False),
        ("requests", {}, False),
        ("redis", {}, False),
        ("redis", {"HUBBUB_BUS_URL": "redis://127.0.0.1"}, True),
        ("socketio", {}, True),
    ],
)
def test_it_finds_what_is_installed_to_run(module: str, bus: dict[str, str], there: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRY, module], env=BARE | bus, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode == 0) == there, done.stderr
    assert there or "ModuleNotFoundError" in done.stderr
